//! `SwAV`: sort images evenly into clusters, and guess the cluster of one view from another
//! (Caron, Misra, Mairal, Goyal, Bojanowski, Joulin 2020, arXiv:2006.09882).

use burn::module::Param;
use burn::prelude::*;
use burn::tensor::activation::{log_softmax, softmax};

use crate::data::augment::View;
use crate::network::layers::buffer;
use crate::network::losses::{Loss, unit_rows};
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, to_z,
};
use crate::settings::{Crop, with_defaults};
use crate::training::{Method, Scale, StepInfo};

/// The swapped prediction (eq. 1 and 2): the cross-entropy of each of the `codes: [n, k]`, those of
/// the first views, with the softmax of the `scores: [n, k]` over the temperature of every other
/// view. The mean over codes, views and images: `[1]`.
pub fn swapped(scores: &[Tensor<2>], codes: &[Tensor<2>], temperature: f32) -> Tensor<1> {
    let [n, _] = scores[0].dims();
    let log_p = |scores: &Tensor<2>| log_softmax(scores.clone() / temperature, 1);
    let log_p: Vec<_> = scores.iter().map(log_p).collect();
    let cross_entropies = codes.iter().enumerate().flat_map(|(s, code)| {
        let others = log_p.iter().enumerate().filter(move |(v, _)| *v != s);
        others.map(|(_, log_p)| (code.clone() * log_p.clone()).sum())
    });
    let count = codes.len() * (scores.len() - 1) * n;
    let sum = cross_entropies.reduce(|sum, one| sum + one);
    sum.expect("two views") / -(count as f32)
}

/// Cosines of `z: [n, d]` with `prototypes: [k, d]`, which are of length one: `[n, k]`.
pub fn scores(z: Tensor<2>, prototypes: Tensor<2>) -> Tensor<2> {
    unit_rows(z).matmul(prototypes.transpose())
}

/// Codes of `scores: [n, k]`, sorted together with those of the queue, `[m, k]`: `[n, k]`, rows of
/// sum one, without gradient (eq. 3 to 5). `epsilon` and `rounds` as in [`Settings`].
pub fn codes(
    scores: Tensor<2>,
    queued: Option<Tensor<2>>,
    epsilon: f32,
    rounds: usize,
) -> Tensor<2> {
    let [n, _] = scores.dims();
    let all = Tensor::cat([Some(scores), queued].into_iter().flatten().collect(), 0);
    sinkhorn(all.detach(), epsilon, rounds).narrow(0, 0, n)
}

/// Sinkhorn's algorithm on `exp(scores / epsilon): [n, k]`: each round makes the columns even, then
/// the rows of sum one.
///
/// It works with logarithms: above scores of about 4.4 the exponential would overflow.
fn sinkhorn(scores: Tensor<2>, epsilon: f32, rounds: usize) -> Tensor<2> {
    let even = |q, _| log_softmax(log_softmax(q, 0), 1);
    // After a round the last line changes nothing; without any it makes codes of the rows.
    softmax((0..rounds).fold(scores / epsilon, even), 1)
}

/// To how many prototypes the rows of `scores: [n, k]` are nearest, as the exponential of the
/// entropy of their shares: `[1]`, 1 to k.
fn clusters_in_use(scores: Tensor<2>) -> Tensor<1> {
    let scores = scores.detach();
    let nearest = scores.clone().equal(scores.max_dim(1)).float();
    exp_entropy(nearest.mean_dim(0))
}

/// Over how many clusters a code is spread, the exponential of the mean entropy of
/// `codes: [n, k]`: `[1]`, 1 to k.
fn width_of_code(codes: &[Tensor<2>]) -> Tensor<1> {
    exp_entropy(Tensor::cat(codes.to_vec(), 0))
}

/// The exponential of the entropy of the rows of `p: [n, k]`, averaged.
fn exp_entropy(p: Tensor<2>) -> Tensor<1> {
    // Where p is zero, so is its part.
    let part = p.clone() * p.clamp_min(1e-30).log();
    (-part.sum_dim(1).mean()).exp()
}

/// Encoder, projector, prototypes and queue.
#[derive(Module, Debug)]
pub struct Swav {
    branch: Branch,
    /// Of length one: `[k, d]`.
    prototypes: Param<Tensor<2>>,
    /// Unit embeddings of past batches for each of the two large views, the newest first:
    /// `[queue, d]`. Empty without a queue.
    queue: Vec<Param<Tensor<2>>>,
}

impl Method for Swav {
    type Settings = Settings;

    const CARD: Card = CARD;

    /// Two large views as all methods have them, then small ones of parts that the large leave
    /// out: areas of 0.05 to 0.14 where those are 0.14 to 1, in the authors' code.
    fn views(settings: &Settings, base: View) -> Vec<View> {
        let mut small = View {
            size: (base.size / 2).max(8),
            ..base
        };
        small.augment.crop = Crop {
            probability: 1.0,
            min_area: base.augment.crop.min_area * 0.05 / 0.14,
            max_area: base.augment.crop.min_area,
            ..base.augment.crop
        };
        let mut views = vec![base, base];
        views.resize(2 + settings.small_views, small);
        views
    }

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d, kind) = (encoder.features(), settings.latent, settings.projector);
        let branch = Branch::new(encoder, kind, &[2 * c, d], rng, device);
        let d = kind.width(c, d);
        let drawn = (0..settings.prototypes * d).map(|_| rng.normal());
        let drawn = TensorData::new(drawn.collect::<Vec<_>>(), [settings.prototypes, d]);
        let queues = if settings.queue > 0 { 2 } else { 0 };
        let queue = (0..queues).map(|_| buffer(Tensor::zeros([settings.queue, d], device)));
        Self {
            branch,
            prototypes: Param::from_tensor(unit_rows(Tensor::from_data(drawn, device))),
            queue: queue.collect(),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let n = views[0].dims()[0];
        let of_view = |x: &Tensor<2>, v: usize| x.clone().narrow(0, v * n, n);
        let z = self.embed_all(views);
        let prototypes = self.prototypes.val();
        // Without a gradient no optimiser moves them, and no momentum builds up.
        let prototypes = if at.step < settings.frozen {
            prototypes.detach()
        } else {
            prototypes
        };
        let all = scores(z.clone(), prototypes.clone());
        let scores_of: Vec<_> = (0..views.len()).map(|v| of_view(&all, v)).collect();

        // The queue counts once it is full, as in the authors' code.
        let full = settings.queue > 0 && at.step * n >= settings.queue;
        let codes = [0, 1].map(|s| {
            let queued = full.then(|| scores(self.queue[s].val(), prototypes.clone()));
            let scores = scores_of[s].clone();
            codes(scores, queued, settings.epsilon, settings.rounds)
        });
        let z = [of_view(&z, 0), of_view(&z, 1)];
        for (queue, z) in self.queue.iter_mut().zip(&z) {
            let z = unit_rows(z.clone().detach());
            let newest = Tensor::cat(vec![z, queue.val()], 0).narrow(0, 0, settings.queue);
            *queue = buffer(newest);
        }
        let swapped = swapped(&scores_of, &codes, settings.temperature);
        Loss::weighted([("swapped", 1.0, swapped)], z.into())
            .with_gauge("used", clusters_in_use(all.narrow(0, 0, 2 * n)))
            .with_gauge("width", width_of_code(&codes))
    }

    /// All K clusters equally likely, whatever the codes: `ln K`.
    fn chance(settings: &Settings, _of: Scale) -> Option<f32> {
        Some((settings.prototypes as f32).ln())
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.branch.embed(images)
    }

    /// Prototypes keep length one.
    fn after_step(self, _settings: &Settings, _at: StepInfo) -> Self {
        let unit = |c: Tensor<2>| Tensor::from_inner(unit_rows(c.inner())).require_grad();
        Self {
            prototypes: self.prototypes.map(unit),
            ..self
        }
    }
}

impl Swav {
    /// z of views, `[n, 3, h, w]` each, view after view: `[views * n, d]`. Views of one size pass
    /// through the encoder together, all through the projector: batch norm sees what it sees in
    /// the authors' code.
    fn embed_all(&self, views: &[Tensor<4>]) -> Tensor<2> {
        let Branch { encoder, projector } = &self.branch;
        let sizes = views.chunk_by(|a, b| a.dims() == b.dims());
        let h = sizes.map(|same| encoder.forward(Tensor::cat(same.to_vec(), 0)).pooled);
        projector.forward(Tensor::cat(h.collect(), 0))
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// How many clusters there are.
        pub prototypes: usize = 32,
        /// τ of the paper: what a view says of its cluster is divided by it.
        pub temperature: f32 = 0.1,
        /// ε of the paper: how far codes are smoothed.
        // 0.05 there; in a short run it leaves every code spread over all clusters.
        pub epsilon: f32 = 0.02,
        /// Rounds of the Sinkhorn algorithm; without any, clusters need not be even.
        pub rounds: usize = 3,
        /// Small views of each image, beside the two large ones.
        pub small_views: usize = 2,
        /// Embeddings of past batches that are sorted together with the batch, for each large view.
        pub queue: usize = 0,
        /// Steps at the start during which the prototypes stand still.
        pub frozen: usize = 16,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 128,
    }
}

const PREDICTION: [Part; 7] = to_z(&[Part::UNIT, Part::new(Role::Codes, "cluster")]);

const CODE: [Part; 8] = to_z(&[
    Part::UNIT,
    Part::new(Role::Codes, "even code"),
    Part::new(Role::StopGradient, "stop-gradient"),
]);

const CARD: Card = Card {
    id: "swav",
    title: "SwAV",
    family: Family::Clustering,
    paper: "Caron, Misra, Mairal, Goyal, Bojanowski, Joulin: Unsupervised Learning of Visual Features by Contrasting Cluster Assignments, NeurIPS 2020",
    link: "https://arxiv.org/abs/2006.09882",
    idea: "Each batch is sorted evenly into clusters; from one view of an image the network must guess the cluster of another. As the clusters are kept even, not all images can be one.",
    tries: "Set Sinkhorn's rounds to 0: nothing keeps clusters even, and soon one has all images. Then halve the prototypes, and watch how many are in use.",
    fails: "A batch with fewer views than prototypes cannot fill them evenly: take fewer, or a queue. Prototypes that move from the first step follow an encoder that knows nothing yet.",
    letters: &[
        &[Case::always(
            r"$z_v$: view $v$ of an image, of length 1; $c_k$: prototype of cluster $k$, of length 1; $p_v=\operatorname{softmax}_k(z_v\cdot c_k/\tau)$: what a view says",
        )],
        &[
            Case::when(
                &[("rounds", &["0"])],
                r"$q_s=\operatorname{softmax}_k(z_s\cdot c_k/\varepsilon)$: code of a large view",
            ),
            Case::always(
                r"$q_s$: code of a large view, $z_s\cdot c_k/\varepsilon$ made even over the batch by Sinkhorn's algorithm",
            ),
        ],
        &[Case::always(r"$V$: views of an image")],
    ],
    terms: &[TermCard {
        id: "swapped",
        label: "swapped prediction",
        about: "How badly each view tells the code of each large view other than itself: the cross-entropy.",
        formula: &[Case::always(
            r"-\frac{1}{2N(V-1)}\sum_i\sum_{s=1}^{2}\sum_{v\neq s}\sum_k q_{s,ik}\log p_{v,ik}",
        )],
    }],
    lower: "Lower is better while clusters stay even; without that, all images in one cluster cost nothing, which the clusters in use tell.",
    gauges: &[
        GaugeCard {
            id: "used",
            label: "clusters in use",
            about: "To how many prototypes the large views of a batch are nearest: the exponential of the entropy of their shares. 1: all to one.",
            broken: None,
        },
        GaugeCard {
            id: "width",
            label: "width of a code",
            about: "Over how many clusters a code is spread: the exponential of its entropy. 1: each image has one cluster; as many as there are: codes say nothing.",
            broken: None,
        },
    ],
    knobs: &[
        Knob::count(
            "prototypes",
            "Prototypes K",
            "How many clusters there are; the paper finds that more than there are kinds do no harm.",
            [2, 3000],
        ),
        Knob::factor(
            "temperature",
            "Temperature τ",
            "Low: a view must be sure of its cluster.",
            [0.02, 2.0],
            0.01,
        ),
        Knob::factor(
            "epsilon",
            "Smoothing ε",
            "High: codes are spread over many clusters. Low: each image has one.",
            [0.01, 1.0],
            0.01,
        ),
        Knob::count(
            "rounds",
            "Sinkhorn rounds",
            "How often clusters are made even. 0: never, and all images may go to one.",
            [0, 10],
        )
        .live(),
        Knob::count(
            "smallViews",
            "Small views",
            "Half as wide and high, of smaller parts of the image; their clusters are guessed, not used.",
            [0, 6],
        ),
        Knob::count(
            "queue",
            "Queue",
            "Past embeddings that are sorted with the batch, once there are as many; for batches smaller than the number of clusters. 0: none.",
            [0, 4096],
        ),
        Knob::count(
            "frozen",
            "Frozen prototypes",
            "Steps at the start during which the prototypes stand still.",
            [0, 10_000],
        )
        .live(),
        PROJECTOR,
        Knob::latent(512),
    ],
    diagram: Diagram::shared(&[&PREDICTION, &CODE], "swapped prediction").with_memory(&[
        Part::new(Role::Codes, "prototypes"),
        Part::new(Role::Memory, "queue of z"),
    ]),
    published: Published {
        latent: 128,
        batch: 4096,
        rate: 4.8,
        epochs: 800,
        ..Published::LARS
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    fn tensor<const N: usize>(rows: [[f32; N]; 2]) -> Tensor<2> {
        Tensor::from_floats(rows, &Device::flex())
    }

    #[test]
    fn sinkhorn_gives_each_cluster_its_share() {
        // Both images are nearer to the first cluster. Of exp: [[4, 1], [8, 1]]; columns of sum
        // one: [[1/3, 1/2], [2/3, 1/2]]; rows of sum one.
        let scores = tensor([[f32::ln(4.0), 0.0], [f32::ln(8.0), 0.0]]);
        let got = |rounds| sinkhorn(scores.clone(), 1.0, rounds).into_data();
        let once = TensorData::from([[0.4_f32, 0.6], [4.0 / 7.0, 3.0 / 7.0]]);
        got(1).assert_approx_eq::<f32>(&once, Tolerance::default());
        let never = TensorData::from([[0.8_f32, 0.2], [8.0 / 9.0, 1.0 / 9.0]]);
        got(0).assert_approx_eq::<f32>(&never, Tolerance::default());
    }

    #[test]
    fn gauges_count_clusters() {
        let two = tensor([[0.9, 0.1, 0.2], [0.1, 0.2, 0.9]]);
        let one = tensor([[0.9, 0.1, 0.2], [0.8, 0.2, 0.1]]);
        let got = |scores| clusters_in_use(scores).into_scalar::<f32>();
        assert!((got(two) - 2.0).abs() < 1e-5);
        assert!((got(one) - 1.0).abs() < 1e-5);
        let even = width_of_code(&[tensor([[0.25; 4]; 2])]).into_scalar::<f32>();
        assert!((even - 4.0).abs() < 1e-5);
    }

    #[test]
    fn small_views_are_half_as_wide_and_of_smaller_parts() {
        let base = View {
            size: 32,
            augment: crate::settings::Augment::default(),
        };
        let views = Swav::views(&Settings::default(), base);
        assert_eq!(
            views.iter().map(|v| v.size).collect::<Vec<_>>(),
            [32, 32, 16, 16]
        );
        assert_eq!(views[2].augment.crop.max_area, base.augment.crop.min_area);
        assert!(views[2].augment.crop.min_area < views[2].augment.crop.max_area);
    }
}
