//! Deep InfoMax: a summary of an image must know the image's parts, and fill a given space evenly
//! (Hjelm, Fedorov, Lavoie-Marchildon, Grewal, Bachman, Trischler, Bengio 2019, arXiv:1808.06670).

use std::f32::consts::LN_2;

use burn::prelude::*;
use burn::tensor::activation::{sigmoid, softplus};
use serde::{Deserialize, Serialize};

use crate::data::augment::View;
use crate::network::Embedding;
use crate::network::ema::frozen_copy;
use crate::network::encoder::{Encoder, EncoderConfig};
use crate::network::heads::Mlp;
use crate::network::losses::{Loss, local_info_nce, local_logits, positives_mask, top1_accuracy};
use crate::rng::Rng;
use crate::settings::OptimizerKind;
use crate::settings::card::{
    Card, Choice, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, Weights,
};
use crate::training::{Method, StepInfo};

impl Bound {
    /// Minus the information between images and parts, for the `scores: [n, n, l]` of image `i`
    /// with part `l` of image `j`.
    ///
    /// In `InfoNCE` the other parts of an image are left out; the authors' code sets their scores
    /// to -10, which dominates once scores fall well below.
    pub fn loss(self, scores: Tensor<3>) -> Tensor<1> {
        match self {
            Self::InfoNce => local_info_nce(scores),
            Self::Jsd => {
                let [positive, negative] = jsd(scores);
                negative - positive
            }
        }
    }
}

/// The two expectations of eq. 4, over an image's own parts and over those of all others; each is
/// 0 at chance.
pub fn jsd(scores: Tensor<3>) -> [Tensor<1>; 2] {
    let [n, _, l] = scores.dims();
    assert!(n > 1, "the others are at least one");
    let own = positives_mask(&scores);
    let positive = (-softplus(-scores.clone(), 1.0) + LN_2) * own.clone();
    let negative = (softplus(scores, 1.0) - LN_2) * (-own + 1.0);
    [
        positive.sum() / (n * l) as f32,
        negative.sum() / (n * (n - 1) * l) as f32,
    ]
}

/// What the discriminator loses, eq. 7: of `verdicts: [2n, 1]`, logits of being drawn from the
/// prior, the first `n` are.
fn discrimination(verdicts: &Tensor<2>) -> Tensor<1> {
    let [real, code] = halves(verdicts);
    softplus(-real, 1.0).mean() + softplus(code, 1.0).mean()
}

/// The share of verdicts that are right.
fn caught(verdicts: &Tensor<2>) -> Tensor<1> {
    let [real, code] = halves(verdicts);
    (real.greater_elem(0.0).float().mean() + code.lower_elem(0.0).float().mean()) / 2.0
}

fn halves(verdicts: &Tensor<2>) -> [Tensor<2>; 2] {
    let half = verdicts.dims()[0] / 2;
    [0, half].map(|start| verdicts.clone().narrow(0, start, half))
}

/// Encoder, what turns its maps into vectors that are compared, and the judge of the prior.
///
/// The local features are the last map, 4 x 4 places for images of 32 pixels. The paper's global
/// term flattens the map; here it is averaged over its places, for images of any size.
#[derive(Module, Debug)]
pub struct DeepInfoMax {
    encoder: Encoder,
    projector: Mlp,
    /// z to what is compared, so that the prior is not in the way of large scores.
    query: Mlp,
    local: Mlp,
    global: Mlp,
    discriminator: Mlp,
}

/// What is compared of one view.
struct Seen {
    /// `[n, d]`.
    z: Tensor<2>,
    /// The map averaged over its places: `[n, 1, d]`.
    whole: Tensor<3>,
    /// Each place of the map: `[n, l, d]`.
    places: Tensor<3>,
}

impl DeepInfoMax {
    fn see(&self, images: Tensor<4>) -> Seen {
        let features = self.encoder.forward(images);
        let whole = self.global.forward(features.pooled.clone());
        Seen {
            z: self.projector.forward(features.pooled),
            whole: whole.unsqueeze_dim(1),
            places: self.local.at_each_place(features.maps[3].clone()),
        }
    }
}

impl Method for DeepInfoMax {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn views(settings: &Settings, base: View) -> Vec<View> {
        vec![base; settings.views]
    }

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d) = (encoder.features(), settings.latent);
        Self {
            encoder: encoder.init(rng, device),
            projector: Mlp::new(&[c, c, d], rng, device),
            query: Mlp::new(&[d, c, d], rng, device),
            local: Mlp::new(&[c, c, d], rng, device),
            global: Mlp::new(&[c, c, d], rng, device),
            discriminator: Mlp::new(&[d, 4 * d, d, 1], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let seen: Vec<_> = views.iter().map(|view| self.see(view.clone())).collect();
        let (n, count) = (seen[0].z.dims()[0], seen.len() as f32);
        let device = seen[0].z.device();
        let images = Tensor::arange(0..i64::try_from(n).expect("a batch"), &device);
        let zero = || Tensor::zeros([1], &device);
        let (mut global, mut local, mut retrieved) = (zero(), zero(), zero());
        for (view, a) in seen.iter().enumerate() {
            // With one view, the same.
            let b = &seen[(view + 1) % seen.len()];
            let query = self.query.forward(a.z.clone());
            let whole = local_logits(query.clone(), b.whole.clone());
            let places = local_logits(query, b.places.clone());
            let each = places.clone().mean_dim(2).reshape([n, n]);
            global = global + settings.bound.loss(whole) / count;
            local = local + settings.bound.loss(places) / count;
            retrieved = retrieved + top1_accuracy(each, images.clone()) / count;
        }

        let z = Tensor::cat(seen.iter().map(|seen| seen.z.clone()).collect(), 0);
        let mut rng = at.rng();
        let prior: Vec<f32> = (0..z.shape().num_elements())
            .map(|_| rng.uniform(0.0, 1.0))
            .collect();
        let prior = Tensor::from_data(TensorData::new(prior, z.dims()), &z.device());
        let code = sigmoid(z.clone());
        let judge = |judge: &Mlp, code: Tensor<2>| {
            // In one batch: batch norm would hide a difference between two.
            judge.forward(Tensor::cat(vec![prior.clone(), code], 0))
        };
        // The encoder plays against the discriminator as it stands, which takes no gradient from
        // that, and the discriminator against codes that take none (eq. 7). As in the authors'
        // code the encoder raises log D, not lowers log(1 - D), whose gradient fades.
        let [_, code_verdicts] = halves(&judge(&frozen_copy(&self.discriminator), code.clone()));
        let verdicts = judge(&self.discriminator, code.detach());
        let terms = [
            ("global", settings.global, global),
            ("local", settings.local, local),
            (
                "prior",
                settings.prior,
                softplus(-code_verdicts, 1.0).mean(),
            ),
            ("discriminator", 1.0, discrimination(&verdicts)),
        ];
        Loss::weighted(terms, seen.into_iter().map(|seen| seen.z).collect())
            .with_gauge("retrieved", retrieved)
            .with_gauge("caught", caught(&verdicts))
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.projector.forward(h.clone());
        Embedding { h, z }
    }
}

/// What can be turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// α of the paper: weight of what z knows of the whole map.
    pub global: f32,
    /// β of the paper: weight of what z knows of each place.
    pub local: f32,
    /// γ of the paper: weight of matching the prior.
    pub prior: f32,
    /// How information is bounded.
    pub bound: Bound,
    /// 1: z is compared with the places of the view it was made from, as published. 2: with those
    /// of another view, so that the colour of a view does not give them away.
    pub views: usize,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            global: 0.5,
            local: 1.0,
            prior: 0.1,
            bound: Bound::default(),
            views: 2,
            latent: 64,
        }
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

const CARD: Card = Card {
    id: "deep_infomax",
    title: "Deep InfoMax",
    family: Family::Patches,
    paper: "Hjelm, Fedorov, Lavoie-Marchildon, Grewal, Bachman, Trischler, Bengio: Learning Deep Representations by Mutual Information Estimation and Maximization, ICLR 2019",
    link: "https://arxiv.org/abs/1808.06670",
    idea: "One vector per image must tell the local features of its own image from those of all others.",
    letters: r"$z$: an image's vector, in scores its query $q(z)$; $m$: local features of the same image, $m'$ of another; $\bar m$: of all places together; $\sigma$: logistic function; $D$: probability of being a draw of the prior, by the discriminator; $u$: a draw of the prior, uniform in $[0, 1]^d$",
    terms: &[
        TermCard {
            id: "global",
            label: "global",
            about: "How badly z tells the map of its image from the maps of others.",
            formula: r"-\hat I(z; \bar m)",
        },
        TermCard {
            id: "local",
            label: "local",
            about: "How badly z tells each place of its image from the places of others, by the bound chosen.",
            formula: r"-\hat I(z; m),\quad -\hat I_{\text{NCE}} = \operatorname{mean}\Big[-\log\frac{e^{q\cdot m}}{e^{q\cdot m} + \sum_{m'} e^{q\cdot m'}}\Big],\quad -\hat I_{\text{JSD}} = \operatorname{mean}\log\frac{1 + e^{q\cdot m'}}{2} + \operatorname{mean}\log\frac{1 + e^{-q\cdot m}}{2}",
        },
        TermCard {
            id: "prior",
            label: "prior",
            about: "How far the discriminator is from taking z for a draw of the prior; it is held still here.",
            formula: r"-\operatorname{mean}\log D(\sigma(z))",
        },
        TermCard {
            id: "discriminator",
            label: "discriminator",
            about: "How badly the discriminator tells z from draws of the prior; the encoder takes no part in it.",
            formula: r"-\operatorname{mean}\log D(u) - \operatorname{mean}\log(1 - D(\sigma(z)))",
        },
    ],
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
    diagram: Diagram {
        branches: &[
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
        weights: Weights::Shared,
        memory: &[],
        loss: "global, local, prior",
    },
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
    fn scores_of_zero_are_chance() {
        let scores = Tensor::<3>::zeros([3, 3, 2], &Device::flex());
        let jsd = Bound::Jsd.loss(scores.clone()).into_scalar::<f32>();
        assert!(jsd.abs() < 1e-6, "{jsd}");
        // One right place among it and two images of two places.
        let nce = Bound::InfoNce.loss(scores).into_scalar::<f32>();
        assert!((nce - 5.0_f32.ln()).abs() < 1e-6, "{nce}");
    }

    #[test]
    fn a_discriminator_that_knows_nothing_loses_two_bits() {
        let verdicts = Tensor::<2>::zeros([4, 1], &Device::flex());
        let loss = discrimination(&verdicts).into_scalar::<f32>();
        assert!((loss - 2.0 * LN_2).abs() < 1e-6, "{loss}");
        let verdicts = Tensor::<2>::from_floats([[1.0], [-1.0], [-2.0], [-1.0]], &Device::flex());
        assert_eq!(caught(&verdicts).into_scalar::<f32>(), 0.75);
    }
}
