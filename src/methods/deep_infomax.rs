//! Deep InfoMax: a summary of an image must know the image's parts, and fill a given space evenly
//! (Hjelm, Fedorov, Lavoie-Marchildon, Grewal, Bachman, Trischler, Bengio 2019, arXiv:1808.06670).

use std::f32::consts::LN_2;

use burn::prelude::*;
use burn::tensor::activation::{sigmoid, softplus};
use serde::{Deserialize, Serialize};

use crate::data::augment::View;
use crate::network::ema::frozen_copy;
use crate::network::encoder::last_side;
use crate::network::losses::{Loss, local_info_nce, local_logits, positives_mask, top1_accuracy};
use crate::network::{Embedding, Encoder, EncoderConfig, Mlp};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Choice, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard,
};
use crate::settings::{OptimizerKind, with_defaults};
use crate::training::{Method, Scale, StepInfo};

/// Minus a lower bound on the information between images and local features, up to a constant:
/// `[1]`, in nats. `logits: [n, n, l]` has those of image `i` with place `l` of image `j`.
///
/// In `InfoNCE` (eq. 5) the other places of an image are left out; the authors' code sets their
/// logits to -10, which dominates once logits fall well below.
pub fn minus_information(logits: Tensor<3>, bound: Bound) -> Tensor<1> {
    match bound {
        Bound::InfoNce => local_info_nce(logits),
        Bound::Jsd => {
            let [positive, negative] = jsd(logits);
            negative - positive
        }
    }
}

/// The two expectations of the Jensen-Shannon bound (eq. 4), over an image's own places and over
/// those of all others: `[1]` each, 0 at chance. `logits: [n, n, l]`.
pub fn jsd(logits: Tensor<3>) -> [Tensor<1>; 2] {
    let [n, _, l] = logits.dims();
    assert!(n > 1, "a contrastive loss needs negatives");
    let positives = positives_mask(&logits);
    let positive = (-softplus(-logits.clone(), 1.0) + LN_2) * positives.clone();
    let negative = (softplus(logits, 1.0) - LN_2) * (-positives + 1.0);
    let positive = positive.sum() / (n * l) as f32;
    [positive, negative.sum() / (n * (n - 1) * l) as f32]
}

/// What the discriminator loses (eq. 7): `logits: [2n, 1]` of being drawn from the prior, of which
/// the first `n` were and the others are codes of images.
fn discrimination(logits: &Tensor<2>) -> Tensor<1> {
    let [prior, code] = halves(logits);
    softplus(-prior, 1.0).mean() + softplus(code, 1.0).mean()
}

/// What the encoder loses to the discriminator. As in the authors' code it raises log D, not lowers
/// log(1 - D) as in eq. 7, whose gradient fades.
fn prior_match(logits: &Tensor<2>) -> Tensor<1> {
    softplus(-halves(logits)[1].clone(), 1.0).mean()
}

/// How much of `logits: [2n, 1]`, as above, the discriminator sorts rightly: `[1]`, 0 to 1.
fn discriminator_accuracy(logits: &Tensor<2>) -> Tensor<1> {
    let [prior, code] = halves(logits);
    (prior.greater_elem(0.0).float().mean() + code.lower_elem(0.0).float().mean()) / 2.0
}

fn halves(logits: &Tensor<2>) -> [Tensor<2>; 2] {
    let half = logits.dims()[0] / 2;
    [0, half].map(|start| logits.clone().narrow(0, start, half))
}

/// Encoder, what turns its maps into vectors that are compared, and the discriminator.
///
/// The local features are the last map, 4 x 4 places for images of 32 pixels. The paper's global
/// term flattens the map; here it is averaged over its places, for images of any size.
#[derive(Module, Debug)]
pub struct DeepInfoMax {
    encoder: Encoder,
    projector: Mlp,
    /// z to what is compared, so that the prior is not in the way of large logits.
    query: Mlp,
    local: Mlp,
    global: Mlp,
    discriminator: Mlp,
}

/// What is compared of one view.
struct Compared {
    /// `[n, d]`.
    z: Tensor<2>,
    /// The map averaged over its places: `[n, 1, d]`.
    global: Tensor<3>,
    /// Each place of the map: `[n, l, d]`.
    local: Tensor<3>,
}

impl Method for DeepInfoMax {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn views(settings: &Settings, base: View) -> Vec<View> {
        vec![base; settings.views]
    }

    fn compares(_settings: &Settings, size: usize) -> f32 {
        0.37 * size as f32
    }

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d) = (encoder.features(), settings.latent);
        Self {
            encoder: encoder.init(rng, device),
            projector: encoder.mlp(&[c, c, d], rng, device),
            query: encoder.mlp(&[d, c, d], rng, device),
            local: encoder.mlp(&[c, c, d], rng, device),
            global: encoder.mlp(&[c, c, d], rng, device),
            discriminator: encoder.mlp(&[d, 4 * d, d, 1], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let views: Vec<_> = views.iter().map(|view| self.compared(view)).collect();
        let (n, count) = (views[0].z.dims()[0], views.len() as f32);
        let device = views[0].z.device();
        let images = Tensor::arange(0..i64::try_from(n).expect("a batch"), &device);
        let zero = || Tensor::zeros([1], &device);
        let (mut global, mut local, mut accuracy) = (zero(), zero(), zero());
        for (v, a) in views.iter().enumerate() {
            // With one view, the same.
            let b = &views[(v + 1) % views.len()];
            let query = self.query.forward(a.z.clone());
            let to_global = local_logits(query.clone(), b.global.clone());
            let to_local = local_logits(query, b.local.clone());
            let of_image = to_local.clone().mean_dim(2).reshape([n, n]);
            global = global + minus_information(to_global, settings.bound) / count;
            local = local + minus_information(to_local, settings.bound) / count;
            accuracy = accuracy + top1_accuracy(of_image, images.clone()) / count;
        }

        let z: Vec<_> = views.into_iter().map(|view| view.z).collect();
        let codes = sigmoid(Tensor::cat(z.clone(), 0));
        let prior = uniform(codes.dims(), &mut at.rng(), &device);
        let discriminate = |discriminator: &Mlp, codes| {
            // In one batch: batch norm would hide a difference between two.
            discriminator.forward(Tensor::cat(vec![prior.clone(), codes], 0))
        };
        // The encoder plays against the discriminator as it stands, which takes no gradient from
        // that, and the discriminator against codes that take none.
        let fixed = discriminate(&frozen_copy(&self.discriminator), codes.clone());
        let logits = discriminate(&self.discriminator, codes.detach());
        let terms = [
            ("global", settings.global, global),
            ("local", settings.local, local),
            ("prior", settings.prior, prior_match(&fixed)),
            ("discriminator", 1.0, discrimination(&logits)),
        ];
        Loss::weighted(terms, z)
            .with_gauge("retrieved", accuracy)
            .with_gauge("caught", discriminator_accuracy(&logits))
    }

    /// Scores of 0: among n images `ln n` for the whole and `ln((n - 1) l + 1)` for each of l places, or
    /// nothing by the other bound; a discriminator that says a half each time loses `ln 2` a draw.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let (n, places) = (of.images as f32, last_side(of.size).pow(2) as f32);
        let [global, local] = match settings.bound {
            Bound::InfoNce => [n.ln(), ((n - 1.0) * places + 1.0).ln()],
            Bound::Jsd => [0.0; 2],
        };
        let information = settings.global * global + settings.local * local;
        Some(information + (settings.prior + 2.0) * LN_2)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.projector.forward(h.clone());
        Embedding { h, z }
    }
}

impl DeepInfoMax {
    /// `images: [n, 3, h, w]`.
    fn compared(&self, images: &Tensor<4>) -> Compared {
        let features = self.encoder.forward(images.clone());
        let global = self.global.forward(features.pooled.clone());
        Compared {
            z: self.projector.forward(features.pooled),
            global: global.unsqueeze_dim(1),
            local: self.local.at_each_place(features.maps[3].clone()),
        }
    }
}

/// Draws of the prior: uniform between 0 and 1.
fn uniform(shape: [usize; 2], rng: &mut Rng, device: &Device) -> Tensor<2> {
    let values = (0..shape[0] * shape[1]).map(|_| rng.uniform(0.0, 1.0));
    Tensor::from_data(TensorData::new(values.collect::<Vec<f32>>(), shape), device)
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// α of the paper: weight of what z knows of the whole map.
        pub global: f32 = 0.5,
        /// β of the paper: weight of what z knows of each place.
        pub local: f32 = 1.0,
        /// γ of the paper: weight of matching the prior.
        pub prior: f32 = 0.1,
        /// How information is bounded.
        pub bound: Bound = Bound::default(),
        /// 1: z is compared with places of its own view, as published; 2: of another, whose colour differs.
        pub views: usize = 2,
        /// Width of z.
        pub latent: usize = 64,
    }
}

/// A lower bound on mutual information, up to constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The Jensen-Shannon estimator, eq. 4.
    Jsd,
    /// `InfoNCE`, eq. 5.
    #[default]
    InfoNce,
}

/// The same for the whole and for each place.
const INFORMATION: &[Case] = &[
    Case::when(
        &[("bound", &["jsd"])],
        r"\operatorname{mean}\log\frac{1 + e^{q\cdot m'}}{2} + \operatorname{mean}\log\frac{1 + e^{-q\cdot m}}{2}",
    ),
    Case::always(
        r"\operatorname{mean}\Big[-\log\frac{e^{q\cdot m}}{e^{q\cdot m} + \sum_{m'} e^{q\cdot m'}}\Big]",
    ),
];

const CARD: Card = Card {
    id: "deep_infomax",
    title: "Deep InfoMax",
    family: Family::Patches,
    paper: "Hjelm, Fedorov, Lavoie-Marchildon, Grewal, Bachman, Trischler, Bengio: Learning Deep Representations by Mutual Information Estimation and Maximization, ICLR 2019",
    link: "https://arxiv.org/abs/1808.06670",
    idea: "One vector per image must tell the local features of its own image from those of all others.",
    tries: "Take one view, as published: on drawn images colour alone gives an image away. Then weigh global against local, and see which of them keeps the kind of an image.",
    fails: "An image's own places share its colour: with one view that is a shortcut. If the discriminator tells z from the prior every time, matching the prior takes over from the images.",
    letters: &[
        &[
            Case::when(&[("views", &["1"])], r"$m$: a place of the same view"),
            Case::always(r"$m$: a place of another view of the image"),
        ],
        &[Case::always(
            r"$m'$: one of another image; in the global term the mean of all places; $q(z)$: query of an image's vector $z$; $\sigma$: logistic function; $D$: probability of being a draw of the prior, by the discriminator; $u$: such a draw, uniform in $[0, 1]^d$",
        )],
    ],
    terms: &[
        TermCard {
            id: "global",
            label: "global",
            about: "How badly z tells the map of its image from the maps of others.",
            formula: INFORMATION,
        },
        TermCard {
            id: "local",
            label: "local",
            about: "How badly z tells each place of its image from the places of others, by the bound chosen.",
            formula: INFORMATION,
        },
        TermCard {
            id: "prior",
            label: "prior",
            about: "How far the discriminator is from taking z for a draw of the prior; it is held still here.",
            formula: &[Case::always(r"-\operatorname{mean}\log D(\sigma(z))")],
        },
        TermCard {
            id: "discriminator",
            label: "discriminator",
            about: "How badly the discriminator tells z from draws of the prior; the encoder takes no part in it.",
            formula: &[Case::always(
                r"-\operatorname{mean}\log D(u) - \operatorname{mean}\log(1 - D(\sigma(z)))",
            )],
        },
    ],
    lower: "Lower is better for the global and local terms; prior and discriminator play against each other, and one gains what the other loses.",
    gauges: &[
        GaugeCard {
            id: "retrieved",
            label: "own image found",
            about: "Share of images whose z scores highest, on average, with the places of its own image.",
            broken: None,
        },
        GaugeCard {
            id: "caught",
            label: "prior told apart",
            about: "Share of vectors that the discriminator sorts rightly; a half where z follows the prior.",
            broken: None,
        },
    ],
    knobs: &[
        weight(
            "global",
            "Global weight α",
            "How strongly z must know the map as a whole.",
        ),
        weight(
            "local",
            "Local weight β",
            "How strongly z must know each place of the map.",
        ),
        weight(
            "prior",
            "Prior weight γ",
            "How strongly z is spread evenly over its space.",
        ),
        Knob::choice(
            "bound",
            "Bound",
            "How information is estimated: against all others at once, or pair by pair.",
            &[
                Choice {
                    value: "infonce",
                    label: "InfoNCE",
                },
                Choice {
                    value: "jsd",
                    label: "JSD",
                },
            ],
        ),
        Knob::count(
            "views",
            "Views",
            "1: the places of the same view, as published; 2: of another view, whose colours may differ.",
            [1, 2],
        ),
        Knob::latent(512),
    ],
    diagram: Diagram::shared(
        &[
            &[
                Part::VIEW,
                Part::ENCODER,
                Part::H,
                Part::new(Role::Projector, "projector"),
                Part::Z,
                Part::new(Role::Predictor, "query"),
            ],
            &[
                Part::VIEW,
                Part::ENCODER,
                Part::new(Role::Maps, "local features"),
                Part::new(Role::Projector, "1 x 1 convolutions"),
            ],
        ],
        "global, local, prior",
    ),
    published: Published {
        latent: 64,
        batch: 64,
        optimizer: OptimizerKind::Adam,
        rate: 1e-4,
        weight_decay: 0.0,
        epochs: 1000,
        schedule: "constant",
    },
};

const fn weight(field: &'static str, label: &'static str, about: &'static str) -> Knob {
    Knob::number(field, label, about, [0.0, 2.0], 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_of_zero_are_chance() {
        let logits = Tensor::<3>::zeros([3, 3, 2], &Device::flex());
        let cost = |bound| minus_information(logits.clone(), bound).into_scalar::<f32>();
        let jsd = cost(Bound::Jsd);
        assert!(jsd.abs() < 1e-6, "{jsd}");
        // One positive, and two images of two places.
        let nce = cost(Bound::InfoNce);
        assert!((nce - 5.0_f32.ln()).abs() < 1e-6, "{nce}");
    }

    #[test]
    fn a_discriminator_that_knows_nothing_loses_two_bits() {
        let logits = Tensor::<2>::zeros([4, 1], &Device::flex());
        let loss = discrimination(&logits).into_scalar::<f32>();
        assert!((loss - 2.0 * LN_2).abs() < 1e-6, "{loss}");
        let logits = Tensor::<2>::from_floats([[1.0], [-1.0], [-2.0], [-1.0]], &Device::flex());
        let accuracy = discriminator_accuracy(&logits).into_scalar::<f32>();
        assert_eq!(accuracy, 0.75);
    }
}
