//! `MoCo`: tell the other view of an image from many that passed before, kept in a queue
//! (He, Fan, Wu, Xie, Girshick 2020, arXiv:1911.05722; v2: Chen, Fan, Girshick, He 2020,
//! arXiv:2003.04297).
//!
//! Shuffled batch norm is left out: it hides from the keys which queries they were batched with
//! when a batch is split over several devices. Here there is one, and queries and keys pass
//! through it in batches of their own.

use burn::module::Param;
use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::network::Embedding;
use crate::network::ema::{AVERAGE, MOMENTUM, ema_update, frozen_copy};
use crate::network::encoder::EncoderConfig;
use crate::network::heads::{Branch, PROJECTOR, ProjectorKind};
use crate::network::layers::memory;
use crate::network::losses::{Loss, log_sum_exp, unit_rows};
use crate::rng::Rng;
use crate::settings::OptimizerKind;
use crate::settings::card::{
    Card, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, UNIT, UNIT_TARGET,
    Weights,
};
use crate::training::{Method, StepInfo};

/// `InfoNCE` of queries and keys `q, k: [n, d]` against `queue: [k, d]` (eq. 1), and the queue
/// with the keys in it.
///
/// Queries and keys are scaled to length one inside; the keys get no gradient. The negatives are
/// what the queue held before. The oldest row comes first and leaves first: a ring buffer read
/// from its pointer, so K need not be a multiple of n, and of a batch larger than K the last stay.
pub fn info_nce(
    q: Tensor<2>,
    k: Tensor<2>,
    queue: Tensor<2>,
    temperature: f32,
) -> (Loss, Tensor<2>) {
    let ([n, d], [length, _]) = (q.dims(), queue.dims());
    assert_eq!(k.dims(), [n, d], "a key for each query");
    // Detached last: a leaf that is detached still asks for a gradient.
    let key = unit_rows(k.clone()).detach();
    // Both terms start from one matrix: there their gradients, nearly opposite for a pair that
    // agrees, cancel before anything is rounded.
    let similar = logits(q.clone(), key.clone(), queue.clone(), temperature);
    let own = similar.clone().narrow(1, 0, 1);
    let nearest = similar.clone().narrow(1, 1, length).max_dim(1);
    let top1 = own.clone().greater(nearest).float().mean();
    let loss = Loss::weighted(
        [
            ("attraction", 1.0, -own.mean()),
            ("repulsion", 1.0, log_sum_exp(similar).mean()),
        ],
        vec![q, k],
    );

    let queue = if n < length {
        Tensor::cat(vec![queue.narrow(0, n, length - n), key], 0)
    } else {
        key.narrow(0, n - length, length)
    };
    (loss.with_gauge("top1", top1), queue)
}

/// Cosines of queries `q: [n, d]` with their own key in `key: [n, d]`, first, and with those in
/// `queue: [k, d]`, over the temperature: `[n, 1 + k]`. Keys have length one.
pub fn logits(q: Tensor<2>, key: Tensor<2>, queue: Tensor<2>, temperature: f32) -> Tensor<2> {
    let query = unit_rows(q);
    let own = (query.clone() * key).sum_dim(1);
    let others = query.matmul(queue.transpose());
    Tensor::cat(vec![own, others], 1) / temperature
}

/// Two branches and the queue.
#[derive(Module, Debug)]
pub struct Moco {
    online: Branch,
    target: Branch,
    /// Keys of past batches, the oldest first: `[k, d]`.
    queue: Param<Tensor<2>>,
}

impl Method for Moco {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, kind) = (encoder.features(), settings.projector);
        let online = Branch::new(encoder, kind, &[c, settings.latent], rng, device);
        let shape = [settings.queue, kind.width(c, settings.latent)];
        let drawn: Vec<f32> = (0..shape[0] * shape[1]).map(|_| rng.normal()).collect();
        let drawn = Tensor::from_data(TensorData::new(drawn, shape), device);
        Self {
            target: frozen_copy(&online),
            online,
            queue: memory(unit_rows(drawn)),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let [_, query] = self.online.forward(views[0].clone());
        let [_, key] = self.target.forward(views[1].clone());
        let (loss, queue) = info_nce(query, key, self.queue.val(), settings.temperature);
        self.queue = memory(queue);
        loss
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let [h, z] = self.online.forward(images);
        Embedding { h, z }
    }

    fn after_step(self, settings: &Settings, _at: StepInfo) -> Self {
        let kept = if settings.average {
            settings.momentum
        } else {
            0.0
        };
        Self {
            target: ema_update(self.target, &self.online, kept),
            ..self
        }
    }
}

/// What can be turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// τ of the paper: cosines are divided by it.
    pub temperature: f32,
    /// K of the paper: keys in the queue.
    pub queue: usize,
    /// m of the paper: how much of the target is kept at each step.
    pub momentum: f32,
    /// Whether the target is a moving average; else a copy.
    pub average: bool,
    /// What turns h into z.
    pub projector: ProjectorKind,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            temperature: 0.2,
            queue: 256,
            // The paper's 0.999 is for runs of 100,000 steps and more.
            momentum: 0.95,
            average: true,
            projector: ProjectorKind::Mlp,
            latent: 64,
        }
    }
}

const CARD: Card = Card {
    id: "moco",
    title: "MoCo",
    family: Family::Contrastive,
    paper: "He, Fan, Wu, Xie, Girshick: Momentum Contrast for Unsupervised Visual Representation Learning, CVPR 2020; v2: Chen, Fan, Girshick, He: Improved Baselines with Momentum Contrastive Learning, 2020",
    link: "https://arxiv.org/abs/1911.05722",
    idea: "As in SimCLR, but the other images come from a queue of past batches, so there can be many of them however small the batch; a slow copy of the network keeps what is in the queue comparable.",
    letters: r"$q_i$: query, the first view of image $i$; $k_i$: key, its second view by the slow copy; $u_j$: the $K$ keys in the queue; all scaled to length 1; $\tau$: temperature",
    terms: &[
        TermCard {
            id: "attraction",
            label: "attraction",
            about: "How far apart query and key of an image are: minus their cosine over the temperature.",
            formula: r"-\frac{1}{N}\sum_i \frac{q_i\cdot k_i}{\tau}",
        },
        TermCard {
            id: "repulsion",
            label: "repulsion",
            about: "How near the keys in the queue are: the log of the summed exponentials of all cosines over the temperature.",
            formula: r"\frac{1}{N}\sum_i \log\Bigl(\exp\frac{q_i\cdot k_i}{\tau}+\sum_{j=1}^{K}\exp\frac{q_i\cdot u_j}{\tau}\Bigr)",
        },
    ],
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
    diagram: Diagram {
        branches: &[UNIT, UNIT_TARGET],
        weights: Weights::Average {
            switch: Some("average"),
        },
        memory: &[Part::new(Role::Memory, "queue of keys")],
        loss: "InfoNCE",
    },
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
        let (loss, _) = info_nce(rows(&[0]) * 3.0, rows(&[0]), rows(&[1, 2]), 0.5);
        // Cosine 1 with its own key, 0 and -1 with those in the queue.
        let expected = (1.0 + f32::exp(-2.0) + f32::exp(-4.0)).ln();
        let got = TensorData::from([loss.total.into_scalar::<f32>()]);
        got.assert_approx_eq::<f32>(&TensorData::from([expected]), Tolerance::default());
        assert_eq!(loss.gauges[0].value.clone().into_scalar::<f32>(), 1.0);
    }

    #[test]
    fn the_oldest_keys_leave_and_of_too_many_the_last_stay() {
        let after = |queue: &[usize], keys: &[usize]| {
            info_nce(rows(keys), rows(keys) * 2.0, rows(queue), 0.5).1
        };
        let same = |got: Tensor<2>, expected: &[usize]| {
            assert_eq!(got.into_data(), rows(expected).into_data());
        };
        same(after(&[0, 1, 2], &[3]), &[1, 2, 3]);
        same(after(&[0, 1], &[2, 3]), &[2, 3]);
        same(after(&[0], &[1, 2, 3]), &[3]);
    }
}
