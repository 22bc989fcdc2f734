//! `SimSiam`: predict one view of an image from the other, and let only the prediction move
//! (Chen, He 2021, arXiv:2011.10566).

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::network::Embedding;
use crate::network::encoder::{Encoder, EncoderConfig};
use crate::network::heads::{Mlp, PREDICTOR, PROJECTOR, Projector, ProjectorKind};
use crate::network::losses::{Loss, mean_cosine, unit_std};
use crate::rng::Rng;
use crate::settings::OptimizerKind;
use crate::settings::card::{
    Card, Diagram, Family, GaugeCard, Knob, PREDICTED, PREDICTING, Published, TermCard, Weights,
};
use crate::training::{Method, ParamGroup, StepInfo};

/// The mean of both negative cosines (eq. 1 and 2): of the predictions `p` of two views and what
/// each of them `aim`s at, the other view; `[n, d]` each.
///
/// `p[0]` is compared with `aim[1]`. Whether a gradient flows into `aim` is up to the caller.
pub fn negative_cosine(p: [Tensor<2>; 2], aim: [Tensor<2>; 2], z: [Tensor<2>; 2]) -> Loss {
    let ([p1, p2], [z1, z2]) = (p, aim);
    Loss::weighted(
        [
            ("first", 0.5, -mean_cosine(p1, z2)),
            ("second", 0.5, -mean_cosine(p2, z1)),
        ],
        z.into(),
    )
}

/// Encoder, projector and predictor.
#[derive(Module, Debug)]
pub struct SimSiam {
    encoder: Encoder,
    projector: Projector,
    predictor: Mlp,
}

impl Method for SimSiam {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d) = (encoder.features(), settings.latent);
        let encoder = encoder.init(rng, device);
        let projector = settings.projector.init(&[c, d, d, d], rng, device);
        let d = settings.projector.width(c, d);
        Self {
            encoder,
            projector: projector.with_output_norm(device),
            // Four times narrower in the middle, as in the paper.
            predictor: Mlp::new(&[d, d.div_ceil(4), d], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let z = [&views[0], &views[1]].map(|view| self.embed(view.clone()).z);
        let p = z.clone().map(|z| {
            if settings.predictor {
                self.predictor.forward(z)
            } else {
                z
            }
        });
        let aim = z.clone().map(|z| {
            if settings.stop_gradient {
                z.detach()
            } else {
                z
            }
        });
        let spread = unit_std(z[0].clone());
        negative_cosine(p, aim, z).with_gauge("spread", spread)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.projector.forward(h.clone());
        Embedding { h, z }
    }

    /// The predictor's rate does not decay (section 4.2): it must keep up with z. In a short run it
    /// does better if it is faster than the rest; else z collapses in part.
    fn group(_settings: &Settings, path: &str, rank: usize) -> ParamGroup {
        let predicts = path.starts_with("predictor");
        ParamGroup {
            rate: if predicts { 2.0 } else { 0.5 },
            constant: predicts,
            ..ParamGroup::by_rank(rank)
        }
    }
}

/// What can be turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Whether the z that is predicted takes no gradient.
    pub stop_gradient: bool,
    /// Whether z passes through the predictor before it is compared.
    pub predictor: bool,
    /// What turns h into z.
    pub projector: ProjectorKind,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stop_gradient: true,
            predictor: true,
            projector: ProjectorKind::Mlp,
            latent: 256,
        }
    }
}

const CARD: Card = Card {
    id: "simsiam",
    title: "SimSiam",
    family: Family::Distillation,
    paper: "Chen, He: Exploring Simple Siamese Representation Learning, CVPR 2021",
    link: "https://arxiv.org/abs/2011.10566",
    idea: "A small network predicts one view of an image from the other. Only the prediction moves, never what it aims at: without negatives, large batches or a slow copy, that is enough to keep images apart.",
    letters: r"$z, z'$: the two views; $p, p'$: what the predictor makes of each; $\operatorname{sg}$: no gradient flows back; means over the $N$ images",
    terms: &[
        TermCard {
            id: "first",
            label: "first predicts second",
            about: "Minus the cosine of the first view's prediction and the second view; counts half.",
            formula: r"-\frac{1}{N}\sum_i \cos\bigl(p_i, \operatorname{sg}(z'_i)\bigr)",
        },
        TermCard {
            id: "second",
            label: "second predicts first",
            about: "Minus the cosine of the second view's prediction and the first view; counts half.",
            formula: r"-\frac{1}{N}\sum_i \cos\bigl(p'_i, \operatorname{sg}(z_i)\bigr)",
        },
    ],
    gauges: &[GaugeCard::SPREAD],
    knobs: &[
        Knob::switch(
            "stopGradient",
            "Stop-gradient",
            "Off: what is predicted gives way too, and soon all images are one point.",
        ),
        PREDICTOR,
        PROJECTOR,
        Knob::latent(2048),
    ],
    diagram: Diagram {
        branches: &[PREDICTING, PREDICTED],
        weights: Weights::Shared,
        memory: &[],
        loss: "negative cosine, both ways",
    },
    published: Published {
        latent: 2048,
        batch: 512,
        optimizer: OptimizerKind::Sgd,
        rate: 0.1,
        weight_decay: 1e-4,
        epochs: 100,
        schedule: "cosine decay; the predictor's rate stays",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_is_minus_one_and_a_right_angle_is_zero() {
        let z = |rows: [[f32; 2]; 2]| Tensor::<2>::from_floats(rows, &Device::flex());
        let (a, turned) = (z([[3.0, 0.0], [0.0, 2.0]]), z([[0.0, 1.0], [-4.0, 0.0]]));
        let loss = negative_cosine(
            [a.clone(), a.clone()],
            [turned, a.clone()],
            [a.clone(), a.clone()],
        );
        // The first predicts the second, which is equal; the second the first, which is turned.
        let terms = loss.terms.into_iter().map(|term| term.value.into_scalar());
        assert_eq!(terms.collect::<Vec<f32>>(), [-1.0, 0.0]);
        assert_eq!(loss.total.into_scalar::<f32>(), -0.5);
    }
}
