//! BYOL: predict what a slow copy of the network says of the other view
//! (Grill et al. 2020, arXiv:2006.07733).

use burn::prelude::*;

use crate::network::ema::{AVERAGE, MOMENTUM, OnlineAndTarget, momentum_schedule};
use crate::network::losses::{Loss, mean_cosine, unit_std};
use crate::network::{Branch, Embedding, EncoderConfig, Mlp, PREDICTOR, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, TermCard, to_z,
};
use crate::settings::with_defaults;
use crate::training::{Method, ParamGroup, Scale, StepInfo};

/// The squared distance of unit vectors (eq. 2), `2 - 2 cos(p, z')`, added up over both directions:
/// 0 to 8. `p: [n, d]` are the predictions from the two views, `targets: [n, d]` the target's z of
/// the same views; `p[0]` is compared with `targets[1]`.
///
/// Whether a gradient flows into the targets is up to the caller.
pub fn distance(p: [Tensor<2>; 2], targets: [Tensor<2>; 2]) -> [Tensor<1>; 2] {
    let ([p1, p2], [z1, z2]) = (p, targets);
    [(p1, z2), (p2, z1)].map(|(p, z)| mean_cosine(p, z) * -2.0 + 2.0)
}

/// The network in training with its slow copy, and the predictor.
#[derive(Module, Debug)]
pub struct Byol {
    networks: OnlineAndTarget,
    predictor: Mlp,
}

impl Method for Byol {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d, kind) = (encoder.features(), settings.latent, settings.projector);
        // The hidden layer of projector and predictor is twice as wide as h (2048 and 4096 there).
        let online = Branch::new(encoder, kind, &[2 * c, d], rng, device);
        let d = kind.width(c, d);
        Self {
            networks: OnlineAndTarget::new(online),
            predictor: encoder.mlp(&[d, 2 * c, d], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let z = self.networks.online.embed_two_views(views);
        let mut p = z.clone();
        if settings.predictor {
            p = p.map(|z| self.predictor.forward(z));
        }
        let mut targets = z.clone();
        if settings.average {
            targets = self.networks.target.embed_two_views(views);
        }
        if settings.stop_gradient {
            targets = targets.map(Tensor::detach);
        }
        let [first, second] = distance(p, targets);
        let spread = unit_std(z[0].clone());
        Loss::weighted([("first", 1.0, first), ("second", 1.0, second)], z.into())
            .with_gauge("spread", spread)
    }

    /// Independent directions: cosines of 0, so 2 for each of both ways.
    fn chance(_settings: &Settings, _of: Scale) -> Option<f32> {
        Some(4.0)
    }

    /// The target passes both views forwards once more.
    fn cost(settings: &Settings) -> f32 {
        if settings.average { 4.0 / 3.0 } else { 1.0 }
    }

    fn held(settings: &Settings) -> f32 {
        if settings.average { 1.45 } else { 1.0 }
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.networks.online.embed(images)
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
        let momentum = momentum_schedule(settings.momentum, at.progress());
        let networks = self.networks.update(settings.average, momentum);
        Self { networks, ..self }
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// τ of the paper at the start of the run; it rises to 1.
        pub momentum: f32 = 0.9,
        /// Whether the target is a moving average; else the network in training itself.
        pub average: bool = true,
        /// Whether z passes through the predictor before it is compared.
        pub predictor: bool = true,
        /// Without the average: whether the z that is predicted takes no gradient.
        pub stop_gradient: bool = true,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 128,
    }
}

const PREDICTING: [Part; 6] = to_z(&[Part::PREDICTOR]);

const PREDICTED: [Part; 6] = to_z(&[Part::STOP]);

const CARD: Card = Card {
    id: "byol",
    title: "BYOL",
    family: Family::Distillation,
    paper: "Grill, Strub, Altché, Tallec, Richemond, Buchatskaya et al.: Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning, NeurIPS 2020",
    link: "https://arxiv.org/abs/2006.07733",
    idea: "A network predicts what a slow copy of itself says of the other view; the copy follows. No image pushes another away, and yet they do not all become one.",
    tries: "Take the moving average away: it goes on, for the gradient is still stopped. Take the predictor away as well, and watch the spread of z.",
    fails: "Nothing pushes images apart. Without predictor and target that differ, all fall into one point while the loss looks perfect: the spread says it, the loss does not.",
    letters: &[
        &[Case::when(
            &[("predictor", &["true"])],
            r"$p, p'$: predictions from the two views",
        )],
        &[
            Case::when(&[("predictor", &["false"])], r"$z, z'$: the two views"),
            Case::when(
                &[("average", &["false"])],
                r"$z, z'$: the two views, which are predicted",
            ),
        ],
        &[
            Case::when(
                &[("average", &["true"])],
                r"$t, t'$: what the slow copy, the target, says of them; its weights become $\xi \leftarrow \tau\xi+(1-\tau)\theta$ after each step, $\tau$ rising to 1",
            ),
            Case::when(
                &[("stopGradient", &["true"])],
                r"$\operatorname{sg}$: no gradient flows back",
            ),
        ],
        &[Case::always(r"means over the $N$ images")],
    ],
    terms: &[
        TermCard {
            id: "first",
            label: "first predicts second",
            about: "Squared distance of the first view's prediction and the second view, both of length 1: 0 to 4.",
            formula: &[
                Case::when(
                    &[("predictor", &["true"]), ("average", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(p_i, t'_i)\bigr)",
                ),
                Case::when(
                    &[("predictor", &["true"]), ("stopGradient", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(p_i, \operatorname{sg}(z'_i))\bigr)",
                ),
                Case::when(
                    &[("predictor", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(p_i, z'_i)\bigr)",
                ),
                Case::when(
                    &[("average", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(z_i, t'_i)\bigr)",
                ),
                Case::when(
                    &[("stopGradient", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(z_i, \operatorname{sg}(z'_i))\bigr)",
                ),
                Case::always(r"\frac{1}{N}\sum_i \bigl(2-2\cos(z_i, z'_i)\bigr)"),
            ],
        },
        TermCard {
            id: "second",
            label: "second predicts first",
            about: "Squared distance of the second view's prediction and the first view, both of length 1: 0 to 4.",
            formula: &[
                Case::when(
                    &[("predictor", &["true"]), ("average", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(p'_i, t_i)\bigr)",
                ),
                Case::when(
                    &[("predictor", &["true"]), ("stopGradient", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(p'_i, \operatorname{sg}(z_i))\bigr)",
                ),
                Case::when(
                    &[("predictor", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(p'_i, z_i)\bigr)",
                ),
                Case::when(
                    &[("average", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(z'_i, t_i)\bigr)",
                ),
                Case::when(
                    &[("stopGradient", &["true"])],
                    r"\frac{1}{N}\sum_i \bigl(2-2\cos(z'_i, \operatorname{sg}(z_i))\bigr)",
                ),
                Case::always(r"\frac{1}{N}\sum_i \bigl(2-2\cos(z'_i, z_i)\bigr)"),
            ],
        },
    ],
    lower: "Not by itself: a collapse has the lowest loss of all, 0, so look at the spread beside it.",
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
    diagram: Diagram::averaged(&[&PREDICTING, &PREDICTED], "distance, both ways"),
    published: Published {
        latent: 256,
        batch: 4096,
        rate: 3.2,
        weight_decay: 1.5e-6,
        epochs: 1000,
        ..Published::LARS
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_vectors_are_four_apart_and_right_angles_two() {
        let z = |row: [f32; 2]| Tensor::<2>::from_floats([row], &Device::flex());
        let [right, left, up] = [[2.0, 0.0], [-1.0, 0.0], [0.0, 3.0]].map(z);
        let terms = distance([right.clone(), right], [up, left]);
        assert_eq!(terms.map(Tensor::into_scalar::<f32>), [4.0, 2.0]);
    }
}
