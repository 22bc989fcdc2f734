//! `SimSiam`: predict one view of an image from the other, and let only the prediction move
//! (Chen, He 2021, arXiv:2011.10566).

use burn::prelude::*;

use crate::network::losses::{Loss, mean_cosine, unit_std};
use crate::network::{Branch, Embedding, EncoderConfig, Mlp, PREDICTOR, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, TermCard, to_z,
};
use crate::settings::{OptimizerKind, with_defaults};
use crate::training::{Method, ParamGroup, Scale, StepInfo};

/// The negative cosine `-cos(p, z')` (eq. 1) of both directions, -1 to 1 each; the loss (eq. 2) is
/// their mean. `p: [n, d]` are the predictions from the two views, `z: [n, d]` the same views;
/// `p[0]` is compared with `z[1]`.
///
/// Whether a gradient flows into `z` is up to the caller.
pub fn negative_cosine(p: [Tensor<2>; 2], z: [Tensor<2>; 2]) -> [Tensor<1>; 2] {
    let ([p1, p2], [z1, z2]) = (p, z);
    [(p1, z2), (p2, z1)].map(|(p, z)| -mean_cosine(p, z))
}

/// Encoder and projector, and the predictor.
#[derive(Module, Debug)]
pub struct SimSiam {
    branch: Branch,
    predictor: Mlp,
}

impl Method for SimSiam {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d, kind) = (encoder.features(), settings.latent, settings.projector);
        let branch = Branch::new(encoder, kind, &[d, d, d], rng, device);
        let d = kind.width(c, d);
        Self {
            branch: branch.with_output_norm(device),
            // Four times narrower in the middle, as in the paper.
            predictor: encoder.mlp(&[d, d.div_ceil(4), d], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let z = [&views[0], &views[1]].map(|view| self.branch.embed(view.clone()).z);
        let mut p = z.clone();
        if settings.predictor {
            p = p.map(|z| self.predictor.forward(z));
        }
        let mut targets = z.clone();
        if settings.stop_gradient {
            targets = targets.map(Tensor::detach);
        }
        let [first, second] = negative_cosine(p, targets);
        let spread = unit_std(z[0].clone());
        Loss::weighted([("first", 0.5, first), ("second", 0.5, second)], z.into())
            .with_gauge("spread", spread)
    }

    /// Independent directions: cosines of 0.
    fn chance(_settings: &Settings, _of: Scale) -> Option<f32> {
        Some(0.0)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.branch.embed(images)
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

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// Whether the z that is predicted takes no gradient.
        pub stop_gradient: bool = true,
        /// Whether z passes through the predictor before it is compared.
        pub predictor: bool = true,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 256,
    }
}

const PREDICTING: [Part; 6] = to_z(&[Part::PREDICTOR]);

const PREDICTED: [Part; 6] = to_z(&[Part::STOP]);

const CARD: Card = Card {
    id: "simsiam",
    title: "SimSiam",
    family: Family::Distillation,
    paper: "Chen, He: Exploring Simple Siamese Representation Learning, CVPR 2021",
    link: "https://arxiv.org/abs/2011.10566",
    idea: "A small network predicts one view of an image from the other. Only the prediction moves, never what it aims at: without negatives, large batches or a slow copy, that is enough to keep images apart.",
    tries: "Take the stop-gradient away: the loss falls to -1 in some steps, and all images are one point. Put it back and take the predictor away.",
    fails: "Of all methods here it depends most on its rate, and on a predictor that learns faster than the rest. In part it can collapse without any sign in the loss: look at the effective rank.",
    letters: &[
        &[Case::always(r"$z, z'$: the two views")],
        &[Case::when(
            &[("predictor", &["true"])],
            r"$p, p'$: what the predictor makes of each",
        )],
        &[Case::when(
            &[("stopGradient", &["true"])],
            r"$\operatorname{sg}$: no gradient flows back",
        )],
        &[Case::always(r"means over the $N$ images")],
    ],
    terms: &[
        TermCard {
            id: "first",
            label: "first predicts second",
            about: "Minus the cosine of the first view's prediction and the second view; counts half.",
            formula: &[
                Case::when(
                    &[("predictor", &["true"]), ("stopGradient", &["true"])],
                    r"-\frac{1}{N}\sum_i \cos\bigl(p_i, \operatorname{sg}(z'_i)\bigr)",
                ),
                Case::when(
                    &[("predictor", &["true"])],
                    r"-\frac{1}{N}\sum_i \cos\bigl(p_i, z'_i\bigr)",
                ),
                Case::when(
                    &[("stopGradient", &["true"])],
                    r"-\frac{1}{N}\sum_i \cos\bigl(z_i, \operatorname{sg}(z'_i)\bigr)",
                ),
                Case::always(r"-\frac{1}{N}\sum_i \cos\bigl(z_i, z'_i\bigr)"),
            ],
        },
        TermCard {
            id: "second",
            label: "second predicts first",
            about: "Minus the cosine of the second view's prediction and the first view; counts half.",
            formula: &[
                Case::when(
                    &[("predictor", &["true"]), ("stopGradient", &["true"])],
                    r"-\frac{1}{N}\sum_i \cos\bigl(p'_i, \operatorname{sg}(z_i)\bigr)",
                ),
                Case::when(
                    &[("predictor", &["true"])],
                    r"-\frac{1}{N}\sum_i \cos\bigl(p'_i, z_i\bigr)",
                ),
                Case::when(
                    &[("stopGradient", &["true"])],
                    r"-\frac{1}{N}\sum_i \cos\bigl(z'_i, \operatorname{sg}(z_i)\bigr)",
                ),
                Case::always(r"-\frac{1}{N}\sum_i \cos\bigl(z'_i, z_i\bigr)"),
            ],
        },
    ],
    lower: "Not by itself: a collapse has the lowest loss of all, -1, so look at the spread beside it.",
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
    diagram: Diagram::shared(&[&PREDICTING, &PREDICTED], "negative cosine, both ways"),
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
        // The first predicts the second, which is equal; the second the first, which is turned.
        let terms = negative_cosine([a.clone(), a.clone()], [turned, a]);
        assert_eq!(terms.map(Tensor::into_scalar::<f32>), [-1.0, 0.0]);
    }
}
