//! BYOL: predict what a slow copy of the network says of the other view
//! (Grill et al. 2020, arXiv:2006.07733).

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::network::Embedding;
use crate::network::ema::{AVERAGE, MOMENTUM, ema_update, frozen_copy, momentum_schedule};
use crate::network::encoder::EncoderConfig;
use crate::network::heads::{Branch, Mlp, PREDICTOR, PROJECTOR, ProjectorKind};
use crate::network::losses::{Loss, mean_cosine, unit_std};
use crate::rng::Rng;
use crate::settings::OptimizerKind;
use crate::settings::card::{
    Card, Diagram, Family, GaugeCard, Knob, PREDICTED, PREDICTING, Published, TermCard, Weights,
};
use crate::training::{Method, ParamGroup, StepInfo};

/// The sum over both directions of the squared distance of unit vectors (eq. 2), 0 to 8: of the
/// predictions `p` of two views and what each of them `aim`s at, the other view; `[n, d]` each.
///
/// `p[0]` is compared with `aim[1]`. Whether a gradient flows into `aim` is up to the caller.
pub fn distance(p: [Tensor<2>; 2], aim: [Tensor<2>; 2], z: [Tensor<2>; 2]) -> Loss {
    let ([p1, p2], [z1, z2]) = (p, aim);
    Loss::weighted(
        [
            ("first", 1.0, mean_cosine(p1, z2) * -2.0 + 2.0),
            ("second", 1.0, mean_cosine(p2, z1) * -2.0 + 2.0),
        ],
        z.into(),
    )
}

/// The network in training, its predictor and its slow copy.
#[derive(Module, Debug)]
pub struct Byol {
    online: Branch,
    predictor: Mlp,
    target: Branch,
}

impl Method for Byol {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d, kind) = (encoder.features(), settings.latent, settings.projector);
        // The hidden layer of projector and predictor is twice as wide as h (2048 and 4096 there).
        let online = Branch::new(encoder, kind, &[2 * c, d], rng, device);
        let d = kind.width(c, d);
        let predictor = Mlp::new(&[d, 2 * c, d], rng, device);
        Self {
            target: frozen_copy(&online),
            online,
            predictor,
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let z = self.online.embed_two_views(views);
        let aim = if settings.average {
            self.target.embed_two_views(views)
        } else {
            z.clone()
        };
        let aim = aim.map(|z| {
            if settings.stop_gradient {
                z.detach()
            } else {
                z
            }
        });
        let p = z.clone().map(|z| {
            if settings.predictor {
                self.predictor.forward(z)
            } else {
                z
            }
        });
        let spread = unit_std(z[0].clone());
        distance(p, aim, z).with_gauge("spread", spread)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let [h, z] = self.online.forward(images);
        Embedding { h, z }
    }

    /// The predictor's rate does not decay, so that it keeps up with z: so in `SimSiam`, not there.
    /// In a short run it does better if it is faster than the rest.
    fn group(_settings: &Settings, path: &str, rank: usize) -> ParamGroup {
        let predicts = path.starts_with("predictor");
        ParamGroup {
            rate: if predicts { 5.0 } else { 1.0 },
            constant: predicts,
            ..ParamGroup::by_rank(rank)
        }
    }

    fn after_step(self, settings: &Settings, at: StepInfo) -> Self {
        let kept = if settings.average {
            momentum_schedule(settings.momentum, at.progress())
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
    /// τ of the paper at the start of the run; it rises to 1.
    pub momentum: f32,
    /// Whether the target is a moving average; else the network in training itself.
    pub average: bool,
    /// Whether z passes through the predictor before it is compared.
    pub predictor: bool,
    /// Without the average: whether the z that is predicted takes no gradient.
    pub stop_gradient: bool,
    /// What turns h into z.
    pub projector: ProjectorKind,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            momentum: 0.9,
            average: true,
            predictor: true,
            stop_gradient: true,
            projector: ProjectorKind::Mlp,
            latent: 128,
        }
    }
}

const CARD: Card = Card {
    id: "byol",
    title: "BYOL",
    family: Family::Distillation,
    paper: "Grill, Strub, Altché, Tallec, Richemond, Buchatskaya et al.: Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning, NeurIPS 2020",
    link: "https://arxiv.org/abs/2006.07733",
    idea: "A network predicts what a slow copy of itself says of the other view; the copy follows. No image pushes another away, and yet they do not all become one.",
    letters: r"$p, p'$: predictions from the two views; $z, z'$: what the slow copy, the target, says of them; means over the $N$ images; the target's weights become $\xi \leftarrow \tau\xi+(1-\tau)\theta$ after each step, $\tau$ rising to 1",
    terms: &[
        TermCard {
            id: "first",
            label: "first predicts second",
            about: "Squared distance of the first view's prediction and the second view, both of length 1: 0 to 4.",
            formula: r"\frac{1}{N}\sum_i \bigl(2-2\cos(p_i, z'_i)\bigr)",
        },
        TermCard {
            id: "second",
            label: "second predicts first",
            about: "Squared distance of the second view's prediction and the first view, both of length 1: 0 to 4.",
            formula: r"\frac{1}{N}\sum_i \bigl(2-2\cos(p'_i, z_i)\bigr)",
        },
    ],
    gauges: &[GaugeCard::SPREAD],
    knobs: &[
        MOMENTUM,
        AVERAGE,
        PREDICTOR,
        Knob::switch(
            "stopGradient",
            "Stop-gradient",
            "Off, with the moving average off as well: what is predicted gives way too. With the average on there is nothing to stop: the target's weights are not trained.",
        )
        .idle_while("knobs.average", &["true"]),
        PROJECTOR,
        Knob::latent(512),
    ],
    diagram: Diagram {
        branches: &[PREDICTING, PREDICTED],
        weights: Weights::Average {
            switch: Some("average"),
        },
        memory: &[],
        loss: "distance, both ways",
    },
    published: Published {
        latent: 256,
        batch: 4096,
        optimizer: OptimizerKind::Lars,
        rate: 3.2,
        weight_decay: 1.5e-6,
        epochs: 1000,
        schedule: "linear warm-up, cosine decay",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_vectors_are_four_apart_and_right_angles_two() {
        let z = |row: [f32; 2]| Tensor::<2>::from_floats([row], &Device::flex());
        let [right, left, up] = [[2.0, 0.0], [-1.0, 0.0], [0.0, 3.0]].map(z);
        let z = [right.clone(), right.clone()];
        let loss = distance(z.clone(), [up, left], z);
        let terms = loss.terms.into_iter().map(|term| term.value.into_scalar());
        assert_eq!(terms.collect::<Vec<f32>>(), [4.0, 2.0]);
    }
}
