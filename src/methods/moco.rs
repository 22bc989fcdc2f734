//! `MoCo`: tell the other view of an image from many that passed before, kept in a queue
//! (He, Fan, Wu, Xie, Girshick 2020, arXiv:1911.05722; v2: Chen, Fan, Girshick, He 2020,
//! arXiv:2003.04297).

use burn::module::Param;
use burn::prelude::*;

use crate::network::ema::{AVERAGE, MOMENTUM, OnlineAndTarget};
use crate::network::layers::buffer;
use crate::network::losses::{Loss, log_sum_exp, unit_rows};
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, to_z,
};
use crate::settings::{OptimizerKind, with_defaults};
use crate::training::{Method, NegativePairs, Scale, StepInfo};

/// `InfoNCE` of queries `q: [n, d]`, of any length, with their own [`keys`] `k: [n, d]` against those
/// of past batches in `queue: [m, d]`, the negatives (eq. 1).
pub fn info_nce(q: Tensor<2>, k: Tensor<2>, queue: Tensor<2>, temperature: f32) -> Loss {
    let [length, _] = queue.dims();
    // Both terms start from one matrix: there their gradients, nearly opposite for a pair that
    // agrees, cancel before anything is rounded.
    let logits = logits(q.clone(), k.clone(), queue, temperature); // [n, 1 + m]
    let positives = logits.clone().narrow(1, 0, 1);
    let hardest = logits.clone().narrow(1, 1, length).max_dim(1);
    let top1 = positives.greater(hardest).float().mean();
    let [attraction, repulsion] = terms(logits);
    let terms = [
        ("attraction", 1.0, attraction),
        ("repulsion", 1.0, repulsion),
    ];
    Loss::weighted(terms, vec![q, k]).with_gauge("top1", top1)
}

/// Attraction and repulsion of `logits: [n, 1 + m]`, the positives first: `[1]` each.
fn terms(logits: Tensor<2>) -> [Tensor<1>; 2] {
    let attraction = -logits.clone().narrow(1, 0, 1).mean();
    [attraction, log_sum_exp(logits).mean()]
}

/// Cosines of queries `q: [n, d]` with their own key in `k: [n, d]`, first, and with those in
/// `queue: [m, d]`, over the temperature: `[n, 1 + m]`.
pub fn logits(q: Tensor<2>, k: Tensor<2>, queue: Tensor<2>, temperature: f32) -> Tensor<2> {
    let q = unit_rows(q);
    let positives = (q.clone() * k).sum_dim(1);
    let negatives = q.matmul(queue.transpose());
    Tensor::cat(vec![positives, negatives], 1) / temperature
}

/// What queries are compared with, of the target's `z: [n, d]`: of length one, without gradient.
pub fn keys(z: Tensor<2>) -> Tensor<2> {
    // Detached last: a leaf that is detached still asks for a gradient.
    unit_rows(z).detach()
}

/// `queue: [m, d]`, the oldest key first, after keys `k: [n, d]` have entered at its end and as many
/// have left. Of more keys than it holds the last stay; `m` need not be a multiple of `n`.
pub fn enqueue(queue: Tensor<2>, k: Tensor<2>) -> Tensor<2> {
    let ([n, _], [length, _]) = (k.dims(), queue.dims());
    Tensor::cat(vec![queue, k], 0).narrow(0, n, length)
}

/// The network in training with its slow copy, and the queue.
///
/// Shuffled batch norm is left out: it hides from the keys which queries they were batched with
/// when a batch is split over several devices. Here there is one, and queries and keys pass
/// through it in batches of their own.
#[derive(Module, Debug)]
pub struct Moco {
    networks: OnlineAndTarget,
    /// Keys of past batches, the oldest first: `[m, d]`.
    queue: Param<Tensor<2>>,
}

impl Method for Moco {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d, kind) = (encoder.features(), settings.latent, settings.projector);
        let online = Branch::new(encoder, kind, &[c, d], rng, device);
        let shape = [settings.queue, kind.width(c, d)];
        let drawn: Vec<f32> = (0..shape[0] * shape[1]).map(|_| rng.normal()).collect();
        let drawn = Tensor::from_data(TensorData::new(drawn, shape), device);
        Self {
            networks: OnlineAndTarget::new(online),
            queue: buffer(unit_rows(drawn)),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let q = self.networks.online.embed(views[0].clone()).z;
        let k = keys(self.networks.target.embed(views[1].clone()).z);
        let queue = self.queue.val();
        self.queue = buffer(enqueue(queue.clone(), k.clone()));
        info_nce(q, k, queue, settings.temperature)
    }

    /// All `1 + m` keys equally near, of a queue of m: `ln(1 + m)`.
    fn chance(settings: &Settings, _of: Scale) -> Option<f32> {
        Some((1.0 + settings.queue as f32).ln())
    }

    /// One of the two views is passed forwards alone.
    fn cost(_settings: &Settings) -> f32 {
        2.0 / 3.0
    }

    fn held(_settings: &Settings) -> f32 {
        0.7
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.networks.online.embed(images)
    }

    fn negatives(&mut self, settings: &Settings, views: &[Tensor<4>]) -> Option<NegativePairs> {
        let q = self.networks.online.embed(views[0].clone()).z.detach();
        let k = keys(self.networks.target.embed(views[1].clone()).z);
        let logits = logits(q, k, self.queue.val(), settings.temperature);
        let logits = logits.detach().require_grad();
        let [attraction, repulsion] = terms(logits.clone());
        let pull = logits.grad(&(attraction + repulsion).backward())?.abs();
        // The first column has the positives.
        let negatives = |of: Tensor<2>| of.narrow(1, 1, settings.queue);
        Some(NegativePairs {
            similarity: negatives(logits.inner()),
            pull: negatives(pull),
        })
    }

    fn after_step(self, settings: &Settings, _at: StepInfo) -> Self {
        let networks = self.networks.update(settings.average, settings.momentum);
        Self { networks, ..self }
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// τ of the paper: cosines are divided by it.
        pub temperature: f32 = 0.2,
        /// K of the paper: keys in the queue.
        pub queue: usize = 256,
        /// m of the paper: how much of the target is kept at each step.
        // The paper's 0.999 is for runs of 100,000 steps and more.
        pub momentum: f32 = 0.95,
        /// Whether the target is a moving average; else a copy.
        pub average: bool = true,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 64,
    }
}

const QUERY: [Part; 6] = to_z(&[Part::UNIT]);

const KEY: [Part; 7] = to_z(&[Part::UNIT, Part::NO_GRADIENT]);

const CARD: Card = Card {
    id: "moco",
    title: "MoCo",
    family: Family::Contrastive,
    paper: "He, Fan, Wu, Xie, Girshick: Momentum Contrast for Unsupervised Visual Representation Learning, CVPR 2020; v2: Chen, Fan, Girshick, He: Improved Baselines with Momentum Contrastive Learning, 2020",
    link: "https://arxiv.org/abs/1911.05722",
    idea: "As in SimCLR, but the other images come from a queue of past batches, so there can be many of them however small the batch; a slow copy of the network keeps what is in the queue comparable.",
    tries: "Turn the momentum from 0.95 to 0.5, and back: how long are old keys worth comparing with? Then make the queue four times as long.",
    fails: "Keys in the queue are as old as the queue is long: a network that moves fast is compared with what it no longer is. A queue longer than the set holds keys of the image itself, as negatives.",
    letters: &[
        &[Case::always(r"$q_i$: query, the first view of image $i$")],
        &[
            Case::when(
                &[("average", &["false"])],
                r"$k_i$: key, its second view by a copy of the network as it stands",
            ),
            Case::always(r"$k_i$: key, its second view by the slow copy"),
        ],
        &[Case::always(
            r"$u_j$: the $K$ keys in the queue; all scaled to length 1; $\tau$: temperature",
        )],
    ],
    terms: &[
        TermCard {
            id: "attraction",
            label: "attraction",
            about: "How far apart query and key of an image are: minus their cosine over the temperature.",
            formula: &[Case::always(
                r"-\frac{1}{N}\sum_i \frac{q_i\cdot k_i}{\tau}",
            )],
        },
        TermCard {
            id: "repulsion",
            label: "repulsion",
            about: "How near the keys in the queue are: the log of the summed exponentials of all cosines over the temperature.",
            formula: &[Case::always(
                r"\frac{1}{N}\sum_i \log\Bigl(\exp\frac{q_i\cdot k_i}{\tau}+\sum_{j=1}^{K}\exp\frac{q_i\cdot u_j}{\tau}\Bigr)",
            )],
        },
    ],
    lower: "Lower is better at one queue and temperature, but for the first steps: a fresh queue is random, and easy to tell from any image.",
    gauges: &[GaugeCard {
        id: "top1",
        label: "own key nearest",
        about: "Part of the queries that are nearer to their own key than to any in the queue.",
        broken: None,
    }],
    knobs: &[
        Knob::factor(
            "temperature",
            "Temperature τ",
            "Low: only the nearest negatives count. High: all count alike.",
            [0.02, 2.0],
            0.01,
        ),
        Knob::count(
            "queue",
            "Queue K",
            "Keys of past batches to tell an image from. Of few images, a long queue holds the same image too.",
            [2, 65536],
        ),
        MOMENTUM,
        AVERAGE,
        PROJECTOR,
        Knob::latent(512),
    ],
    diagram: Diagram::averaged(&[&QUERY, &KEY], "InfoNCE")
        .with_memory(&[Part::new(Role::Memory, "queue of keys")]),
    published: Published {
        latent: 128,
        batch: 256,
        optimizer: OptimizerKind::Sgd,
        rate: 0.03,
        weight_decay: 1e-4,
        epochs: 200,
        schedule: "cosine decay (v2)",
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    const ROWS: [[f32; 2]; 4] = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];

    fn rows(which: &[usize]) -> Tensor<2> {
        let values: Vec<f32> = which.iter().flat_map(|row| ROWS[*row]).collect();
        Tensor::from_data(TensorData::new(values, [which.len(), 2]), &Device::flex())
    }

    #[test]
    fn a_query_between_two_keys_costs_what_the_formula_says() {
        let loss = info_nce(rows(&[0]) * 3.0, rows(&[0]), rows(&[1, 2]), 0.5);
        // Cosine 1 with its own key, 0 and -1 with those in the queue.
        let expected = (1.0 + f32::exp(-2.0) + f32::exp(-4.0)).ln();
        let got = TensorData::from([loss.total.into_scalar::<f32>()]);
        got.assert_approx_eq::<f32>(&TensorData::from([expected]), Tolerance::default());
        assert_eq!(loss.gauges[0].value.clone().into_scalar::<f32>(), 1.0);
    }

    #[test]
    fn the_oldest_keys_leave_and_of_too_many_the_last_stay() {
        let after =
            |queue: &[usize], keys: &[usize]| enqueue(rows(queue), super::keys(rows(keys) * 2.0));
        let same = |got: Tensor<2>, expected: &[usize]| {
            assert_eq!(got.into_data(), rows(expected).into_data());
        };
        same(after(&[0, 1, 2], &[3]), &[1, 2, 3]);
        same(after(&[0, 1], &[2, 3]), &[2, 3]);
        same(after(&[0], &[1, 2, 3]), &[3]);
    }
}
