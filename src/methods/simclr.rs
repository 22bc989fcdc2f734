//! SimCLR: tell the other view of an image from all other images of the batch
//! (Chen, Kornblith, Norouzi, Hinton 2020, arXiv:2002.05709).

use burn::prelude::*;
use burn::tensor::activation::softplus;
use serde::{Deserialize, Serialize};

use crate::network::Embedding;
use crate::network::encoder::EncoderConfig;
use crate::network::heads::{Branch, PROJECTOR, ProjectorKind};
use crate::network::losses::{Loss, log_sum_exp, unit_rows};
use crate::rng::Rng;
use crate::settings::OptimizerKind;
use crate::settings::card::{
    Card, Choice, Diagram, Family, Knob, Part, Published, TermCard, Weights,
};
use crate::training::{Method, StepInfo};

/// The loss of two views `a, b: [n, d]`, a mean over all `2n` anchors.
///
/// NT-Xent is eq. 1 of the paper; the authors' code averages over `n` and sums both directions,
/// twice this. The others are rows of its table 2 for every negative, without semi-hard mining.
/// The terms of the margin loss, `max(0, m - s + s')` for the cosines s of a pair and s' of a
/// negative, are `m - s` and `s'` over the triplets where it is not zero: they add up to it.
pub fn contrast(a: Tensor<2>, b: Tensor<2>, settings: &Settings) -> Loss {
    assert_eq!(b.dims(), a.dims(), "two views of the same images");
    contrast_all(Tensor::cat(vec![a, b], 0), settings)
}

/// The same for both views, one after the other: `z: [2n, d]`.
fn contrast_all(z: Tensor<2>, settings: &Settings) -> Loss {
    let n = z.dims()[0] / 2;
    assert!(n > 1, "a contrastive loss needs negatives");
    let halves = z.clone().detach().chunk(2, 0);
    let all = if settings.normalise { unit_rows(z) } else { z };
    // Where row and column are as many places apart, on a circle. Made on the host: a GPU would
    // take ten steps.
    let apart = |places: usize, value: f32| {
        let mut values = vec![0.0; 4 * n * n];
        for row in 0..2 * n {
            values[row * 2 * n + (row + places) % (2 * n)] = value;
        }
        Tensor::<2>::from_data(TensorData::new(values, [2 * n, 2 * n]), &all.device())
    };
    let partner = apart(n, 1.0);
    // Both terms start from one matrix: there their gradients, nearly opposite for a pair that
    // agrees, cancel before anything is rounded.
    let similar = all.clone().matmul(all.clone().transpose());
    let warm = |similar: Tensor<2>| similar / settings.temperature;
    let anchors = 2.0 * n as f32;
    let negatives = match settings.negatives {
        Negatives::Mean => anchors * (anchors - 2.0),
        Negatives::Sum => anchors,
    };
    let (attraction, repulsion) = match settings.loss {
        Objective::NtXent => {
            // An anchor is not its own negative: far below all others, its exponential is zero.
            let similar = warm(similar) - apart(0, 1e9);
            let attraction = (similar.clone() * partner).sum() / -anchors;
            (attraction, log_sum_exp(similar).mean())
        }
        Objective::Logistic => {
            let similar = warm(similar);
            let pairs = softplus(-similar.clone(), 1.0) * partner.clone();
            let others = softplus(similar, 1.0) * (-apart(0, 1.0) - partner + 1.0);
            (pairs.sum() / anchors, others.sum() / negatives)
        }
        Objective::Margin => {
            let pair = (similar.clone() * partner.clone()).sum_dim(1);
            let short = -pair + settings.margin;
            let near = (short.clone() + similar.clone()).detach().greater_elem(0.0);
            let near = near.float() * (-apart(0, 1.0) - partner + 1.0);
            let attraction = (short * near.clone().sum_dim(1)).sum() / negatives;
            (attraction, (similar * near).sum() / negatives)
        }
    };

    Loss::weighted(
        [
            ("attraction", 1.0, attraction),
            ("repulsion", 1.0, repulsion),
        ],
        halves,
    )
}

/// Encoder and projector.
#[derive(Module, Debug)]
pub struct SimClr {
    branch: Branch,
}

impl Method for SimClr {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let c = encoder.features();
        Self {
            branch: Branch::new(
                encoder,
                settings.projector,
                &[c, settings.latent],
                rng,
                device,
            ),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        contrast_all(self.branch.embed_views(&views[..2]), settings)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let [h, z] = self.branch.forward(images);
        Embedding { h, z }
    }
}

/// What can be turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Which loss compares the views.
    pub loss: Objective,
    /// τ of the paper: cosines are divided by it, but for the margin loss.
    pub temperature: f32,
    /// m of the paper: by how much a pair must be nearer than a negative, for the margin loss.
    pub margin: f32,
    /// How the negatives of an anchor are reduced, for the logistic and the margin loss.
    pub negatives: Negatives,
    /// Whether z are scaled to length one: cosines; else dot products.
    pub normalise: bool,
    /// What turns h into z.
    pub projector: ProjectorKind,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: Objective::NtXent,
            temperature: 0.2,
            margin: 0.8,
            negatives: Negatives::Mean,
            normalise: true,
            projector: ProjectorKind::Mlp,
            latent: 64,
        }
    }
}

/// The losses that the paper compares (table 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Objective {
    /// Cross-entropy of the pair among all negatives.
    NtXent,
    /// A logistic loss for the pair, and one for each negative.
    Logistic,
    /// A hinge for each triplet of anchor, pair and negative, without mining.
    Margin,
}

/// How the negatives of an anchor are reduced. The paper does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Negatives {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
}

const BRANCH: &[Part] = &[
    Part::VIEW,
    Part::ENCODER,
    Part::H,
    Part::PROJECTOR,
    Part::Z,
    Part::UNIT.switched("normalise"),
];

const CARD: Card = Card {
    id: "simclr",
    title: "SimCLR",
    family: Family::Contrastive,
    paper: "Chen, Kornblith, Norouzi, Hinton: A Simple Framework for Contrastive Learning of Visual Representations, ICML 2020",
    link: "https://arxiv.org/abs/2002.05709",
    idea: "Two views of one image should be close, and far from the views of every other image in the batch.",
    letters: r"$s_{ij}$: cosine of views $i$ and $j$ of the batch; $i'$: the other view of $i$'s image; $\tau$: temperature; $m$: margin; means over all $2N$ views $i$; $\overline{\sum}_j$: mean or sum over the $2N-2$ views of other images, $\overline{\sum}{}^m_j$ over those of them with $s_{ij}>s_{ii'}-m$",
    terms: &[
        TermCard {
            id: "attraction",
            label: "attraction",
            about: "How far apart the two views of an image are: NT-Xent takes minus their cosine over the temperature, the logistic loss a soft threshold of it, the margin loss what it lacks to the margin, wherever a negative is too near.",
            formula: r"\frac{1}{2N}\sum_i\begin{cases}-s_{ii'}/\tau&\text{NT-Xent}\\\log(1+e^{-s_{ii'}/\tau})&\text{logistic}\\\overline{\sum}{}^m_j(m-s_{ii'})&\text{margin}\end{cases}",
        },
        TermCard {
            id: "repulsion",
            label: "repulsion",
            about: "How near everything else is: NT-Xent takes the log of the summed exponentials of all cosines over the temperature, the logistic loss a soft threshold of each, the margin loss the cosines of the negatives that are too near.",
            formula: r"\frac{1}{2N}\sum_i\begin{cases}\log\sum_{j\neq i}e^{s_{ij}/\tau}&\text{NT-Xent}\\\overline{\sum}_j\log(1+e^{s_{ij}/\tau})&\text{logistic}\\\overline{\sum}{}^m_j s_{ij}&\text{margin}\end{cases}",
        },
    ],
    gauges: &[],
    knobs: &[
        Knob::choice(
            "loss",
            "Loss",
            "What compares the views; the paper finds NT-Xent best.",
            &[
                Choice {
                    value: "ntXent",
                    label: "NT-Xent",
                },
                Choice {
                    value: "logistic",
                    label: "NT-Logistic",
                },
                Choice {
                    value: "margin",
                    label: "margin triplet",
                },
            ],
        ),
        Knob::factor(
            "temperature",
            "Temperature τ",
            "Low: only the nearest negatives count. High: all count alike. Not in the margin loss.",
            [0.02, 2.0],
            0.01,
        )
        .idle_while("knobs.loss", &["margin"]),
        Knob::number(
            "margin",
            "Margin m",
            "In the margin loss: by how much the other view must be nearer than any other image.",
            [0.0, 2.0],
            0.05,
        )
        .idle_while("knobs.loss", &["ntXent", "logistic"]),
        Knob::choice(
            "negatives",
            "Negatives",
            "In the logistic and the margin loss: whether the negatives of a view count as their mean or as their sum.",
            &[
                Choice {
                    value: "mean",
                    label: "mean",
                },
                Choice {
                    value: "sum",
                    label: "sum",
                },
            ],
        )
        .idle_while("knobs.loss", &["ntXent"]),
        Knob::switch(
            "normalise",
            "Cosines",
            "Off: z are compared by their dot products, whatever their lengths.",
        ),
        PROJECTOR,
        Knob::latent(512),
    ],
    diagram: Diagram {
        branches: &[BRANCH, BRANCH],
        weights: Weights::Shared,
        memory: &[],
        loss: "contrast within the batch",
    },
    published: Published {
        latent: 128,
        batch: 4096,
        optimizer: OptimizerKind::Lars,
        rate: 4.8,
        weight_decay: 1e-6,
        epochs: 100,
        schedule: "linear warm-up, cosine decay",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two orthogonal images, seen alike: cosine 1 with the other view, 0 with both views of
    /// the other image.
    fn cost(settings: &Settings) -> f32 {
        let z = Tensor::<2>::from_floats([[3.0, 0.0], [0.0, 2.0]], &Device::flex());
        contrast(z.clone(), z, settings).total.into_scalar()
    }

    #[test]
    fn two_orthogonal_images_cost_what_the_formulas_say() {
        let nt_xent = Settings {
            temperature: 0.5,
            margin: 1.25,
            ..Settings::default()
        };
        let sum = Settings {
            negatives: Negatives::Sum,
            ..nt_xent.clone()
        };
        let logistic = |settings: &Settings| Settings {
            loss: Objective::Logistic,
            ..settings.clone()
        };
        let margin = |settings: &Settings| Settings {
            loss: Objective::Margin,
            ..settings.clone()
        };
        let pair = (1.0 + f32::exp(-2.0)).ln();
        for (settings, expected) in [
            (&nt_xent, (1.0 + 2.0 * f32::exp(-2.0)).ln()),
            (&logistic(&nt_xent), pair + f32::ln(2.0)),
            (&logistic(&sum), pair + 2.0 * f32::ln(2.0)),
            (&margin(&nt_xent), 0.25),
            (&margin(&sum), 0.5),
        ] {
            let got = cost(settings);
            assert!((got - expected).abs() < 1e-5, "{settings:?}: {got}");
        }
    }

    #[test]
    fn without_cosines_length_counts() {
        let settings = Settings {
            temperature: 1.0,
            normalise: false,
            ..Settings::default()
        };
        let expected =
            0.5 * (1.0 + 2.0 * f32::exp(-9.0)).ln() + 0.5 * (1.0 + 2.0 * f32::exp(-4.0)).ln();
        assert!((cost(&settings) - expected).abs() < 1e-5);
    }
}
