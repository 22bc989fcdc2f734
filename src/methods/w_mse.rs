//! W-MSE: views of an image agree once their features are whitened, so that nothing can collapse
//! (Ermolov, Siarohin, Sangineto, Sebe 2021, arXiv:2007.06346).

use burn::prelude::*;

use crate::data::augment::View;
use crate::network::losses::{Loss, unit_rows};
use crate::network::whitening::whiten;
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, to_z,
};
use crate::settings::{OptimizerKind, with_defaults};
use crate::training::{Method, ParamGroup, Scale, StepInfo};

/// The mean distance of whitened views, eq. 5 and 6 of the paper, over all pairs of two or more
/// views `z: [n, d]`.
///
/// `splits`: orders of the images, each cut into sub-batches that are whitened on their own. The
/// gradient flows through all views and their whitening, as in the authors' code.
pub fn w_mse(z: Vec<Tensor<2>>, settings: &Settings, splits: &[Vec<usize>]) -> Loss {
    let grouped = sub_batches(&z, splits, settings.sub_batch); // [groups, rows, d]
    let [groups, rows, d] = grouped.dims();
    let (views, m) = (z.len(), groups * rows / z.len());
    let whitened = whiten(grouped, settings.epsilon);
    let y = whitened.y.reshape([views * m, d]);
    let y = if settings.normalise { unit_rows(y) } else { y };
    let view = |v: usize| y.clone().narrow(0, v * m, m);
    let pairs = (0..views).flat_map(|a| (a + 1..views).map(move |b| (a, b)));
    let distances = pairs.map(|(a, b)| {
        if settings.normalise {
            // The squared distance of unit rows.
            (view(a) * view(b)).sum() * (-2.0 / m as f32) + 2.0
        } else {
            (view(a) - view(b)).square().mean()
        }
    });
    let distance = Tensor::cat(distances.collect(), 0).mean();
    Loss::weighted([("distance", 1.0, distance)], z)
        .with_gauge("condition", whitened.condition)
        .with_gauge("smallest", whitened.smallest)
}

/// The rows of views `z: [n, d]`, view after view, in the order of `splits`, cut into groups of
/// `sub_batch` or of the whole batch: `[groups, rows, d]`.
fn sub_batches(z: &[Tensor<2>], splits: &[Vec<usize>], sub_batch: usize) -> Tensor<3> {
    let [n, d] = z[0].dims();
    let rows = sub_batch.min(n);
    let of_view = |v: usize| splits.iter().flatten().map(move |i| v * n + i);
    let picked = (0..z.len())
        .flat_map(of_view)
        .map(|i| i64::try_from(i).expect("a row"));
    let picked: Vec<_> = picked.collect();
    let groups = picked.len() / rows;
    let picked = Tensor::<1, Int>::from_data(&picked[..], &z[0].device());
    let picked = Tensor::cat(z.to_vec(), 0).select(0, picked);
    picked.reshape([groups, rows, d])
}

/// Random orders of `n` images, cut to whole sub-batches. They are the same for every view.
fn splits(n: usize, settings: &Settings, rng: &mut Rng) -> Vec<Vec<usize>> {
    let rows = settings.sub_batch.min(n);
    let mut order: Vec<usize> = (0..n).collect();
    if rows == n {
        // Whatever the order, all rows are whitened together.
        return vec![order];
    }
    let draw = |_| {
        rng.shuffle(&mut order);
        order[..n / rows * rows].to_vec()
    };
    (0..settings.iterations).map(draw).collect()
}

/// Encoder and projector.
#[derive(Module, Debug)]
pub struct WMse {
    branch: Branch,
}

impl Method for WMse {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn views(settings: &Settings, base: View) -> Vec<View> {
        vec![base; settings.views]
    }

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let widths = [encoder.features(), settings.latent];
        Self {
            branch: Branch::new(encoder, settings.projector, &widths, rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let z: Vec<_> = views.iter().map(|v| self.embed(v.clone()).z).collect();
        let [n, _] = z[0].dims();
        w_mse(z, settings, &splits(n, settings, &mut at.rng()))
    }

    /// Independent whitened views: cosines of 0, or differences of variance 2. Either way 2.
    fn chance(_settings: &Settings, _of: Scale) -> Option<f32> {
        Some(2.0)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.branch.embed(images)
    }

    /// At the rate that suits others z ends in a few dimensions, which whitening then blows up.
    fn group(_settings: &Settings, _path: &str, rank: usize) -> ParamGroup {
        ParamGroup {
            rate: 0.5,
            ..ParamGroup::by_rank(rank)
        }
    }
}

with_defaults! {
    /// What can be turned. The defaults are the paper's W-MSE 4, but for z: the whitening is as noisy
    /// as its sub-batch is small, and z of 16 features suits batches of 32 and 64; wider ones teach
    /// less. So does shrinkage; a trace of it keeps batches smaller than z from breaking down.
    pub struct Settings {
        /// Views of an image: d of the paper.
        pub views: usize = 4,
        /// Images whitened together.
        pub sub_batch: usize = 64,
        /// Random splits of the batch into sub-batches.
        pub iterations: usize = 1,
        /// ε: what the covariance is shrunk by.
        pub epsilon: f32 = 0.0001,
        /// Whether whitened rows are scaled to length one.
        pub normalise: bool = true,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 16,
    }
}

const BRANCH: [Part; 6] = to_z(&[Part::new(Role::Whitening, "whitening")]);

const CARD: Card = Card {
    id: "w_mse",
    title: "W-MSE",
    family: Family::Redundancy,
    paper: "Ermolov, Siarohin, Sangineto, Sebe: Whitening for Self-Supervised Representation Learning, ICML 2021",
    link: "https://arxiv.org/abs/2007.06346",
    idea: "The views of an image should agree after whitening. Whitened features all vary and differ from each other, so there is nothing else to ask for.",
    tries: "Make the sub-batch smaller, and watch the condition number. More splits of the batch make the loss steadier again.",
    fails: "A sub-batch with fewer images than z has features has a covariance without an inverse; only epsilon keeps it going. When features become alike the factorisation fails, and the run stops and says so.",
    letters: &[
        &[
            Case::when(
                &[("normalise", &["false"])],
                r"$y_i = L^{-1}(z_i - \bar z)$: a whitened view, of $D$ features",
            ),
            Case::always(r"$y_i = L^{-1}(z_i - \bar z)$, over its length: a whitened view"),
        ],
        &[Case::always(
            r"$\bar z$: mean of its sub-batch; $LL^\top = (1-\varepsilon)\,\mathrm{Cov}(z) + \varepsilon I$; $y, y'$: two views; mean over pairs of views and splits of the batch",
        )],
    ],
    terms: &[TermCard {
        id: "distance",
        label: "distance",
        about: "Squared distance of the whitened views of an image.",
        formula: &[
            Case::when(
                &[("normalise", &["false"])],
                r"\frac{1}{ND}\sum_i \lVert y_i - y_i' \rVert^2",
            ),
            Case::always(r"\frac{1}{N}\sum_i \lVert y_i - y_i' \rVert^2"),
        ],
    }],
    lower: "Lower is better: after whitening no collapse can lower it, but where z hardly varies whitening magnifies chance, which the condition number tells.",
    gauges: &[GaugeCard {
        id: "condition",
        label: "condition number",
        about: "Largest variance of z in any direction over the smallest, in the worst sub-batch; the higher, the more whitening magnifies chance.",
        broken: Some(
            "the whitening broke down: in some direction z does not vary, so its covariance has no Cholesky factor. Raise ε or the sub-batch (with the batch), or lower the width of z, and start again.",
        ),
    }, GaugeCard {
        id: "smallest",
        label: "smallest eigenvalue",
        about: "Smallest variance of z in any direction, epsilon and all, in the worst sub-batch; whitening divides by its root.",
        broken: None,
    }],
    knobs: &[
        Knob::count(
            "views",
            "Views",
            "Views of each image; every pair of them is compared. More views learn faster and cost more.",
            [2, 4],
        ),
        Knob::count(
            "subBatch",
            "Sub-batch",
            "Images whitened together, at most the batch; what a batch has beyond whole sub-batches is left out. At least twice the width of z, unless ε helps.",
            [4, 1024],
        )
        .live(),
        Knob::count(
            "iterations",
            "Splits",
            "Random splits of the batch into sub-batches; the loss is their mean, and more of them steady it. There is but one if a sub-batch is the whole batch.",
            [1, 8],
        )
        .live(),
        Knob::number(
            "epsilon",
            "Shrinkage ε",
            "How far the covariance is moved towards the identity before it is inverted: high in small batches; the authors take 0, with sub-batches of 128.",
            [0.0, 0.5],
            0.0001,
        ),
        Knob::switch(
            "normalise",
            "Unit length",
            "Scales whitened views to length one: their distance is 2 minus twice their cosine. Off, it is averaged over the features.",
        ),
        PROJECTOR,
        Knob::latent(256),
    ],
    diagram: Diagram::shared(&[&BRANCH, &BRANCH], "squared distance"),
    published: Published {
        latent: 64,
        batch: 512,
        optimizer: OptimizerKind::Adam,
        rate: 3e-3,
        weight_decay: 1e-6,
        epochs: 1000,
        schedule: "linear warm-up, a fifth at 50 and again at 25 epochs before the end",
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn a_split_holds_whole_sub_batches_of_different_images() {
        let settings = |sub_batch, iterations| Settings {
            sub_batch,
            iterations,
            ..Settings::default()
        };
        let draw = |n, settings| splits(n, &settings, &mut Rng::keyed(1, Purpose::Test, &[]));
        let drawn = draw(10, settings(4, 3));
        assert_eq!(drawn.len(), 3);
        assert_ne!(drawn[0], drawn[1]);
        for mut split in drawn {
            split.sort_unstable();
            split.dedup();
            assert_eq!(split.len(), 8);
        }
        assert_eq!(draw(4, settings(64, 3)), [[0, 1, 2, 3]]);
    }

    #[test]
    fn views_that_differ_by_any_scale_and_shift_of_features_cost_nothing() {
        let z = [[1.0, 2.0], [-1.0, 3.0], [0.5, -1.0], [2.0, 0.0]];
        let z = Tensor::<2>::from_floats(z, &Device::flex());
        let other = z.clone() * Tensor::<2>::from_floats([[3.0, 0.2]], &z.device()) + 5.0;
        let settings = Settings {
            epsilon: 0.0,
            ..Settings::default()
        };
        let all = [vec![0, 1, 2, 3]];
        let cost = |a: &Tensor<2>, b: &Tensor<2>| -> f32 {
            let loss = w_mse(vec![a.clone(), b.clone()], &settings, &all);
            loss.total.into_scalar()
        };
        assert!(cost(&z, &other).abs() < 1e-5);
        assert!(cost(&z, &other.flip([0])) > 0.1);
    }
}
