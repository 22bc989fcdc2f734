//! VICReg: agree between views, keep every feature varied, keep features uncorrelated
//! (Bardes, Ponce, LeCun 2022, arXiv:2105.04906).

use burn::prelude::*;
use burn::tensor::activation::relu;
use serde::{Deserialize, Serialize};

use crate::network::losses::{Loss, covariance, off_diagonal_squares, standardise};
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Choice, Diagram, Family, Knob, Part, Published, Role, TermCard, to_z,
};
use crate::settings::with_defaults;
use crate::training::{Method, Scale, StepInfo};

/// `λ s(a, b) + μ [v(a) + v(b)] / 2 + ν [c(a) + c(b)]` for two views `a, b: [n, d]`.
///
/// Eq. 6 of the paper with the variance halved, as in the authors' code; its weights were found
/// with that code. Eq. 5's invariance is a mean over `n` alone, the code's over `n * d`: as there.
pub fn vicreg(a: Tensor<2>, b: Tensor<2>, settings: &Settings) -> Loss {
    let z = if settings.standardise {
        [a, b].map(standardise)
    } else {
        [a, b]
    };
    let [a, b] = z.clone();
    let invariance = (a - b).square().mean();
    let [variance_a, variance_b] = z.clone().map(|z| variance(z, settings.root));
    let variance = match settings.views {
        Views::Half => (variance_a + variance_b) / 2.0,
        Views::Sum => variance_a + variance_b,
    };
    let [covariance_a, covariance_b] = z.clone().map(off_diagonal_covariance);
    let terms = [
        ("invariance", settings.invariance, invariance),
        ("variance", settings.variance, variance),
        (
            "covariance",
            settings.covariance,
            covariance_a + covariance_b,
        ),
    ];
    Loss::weighted(terms, z.into())
}

/// How far the standard deviation of each feature of `z: [n, d]` falls below 1 (eq. 1 and 2), or,
/// without the root, its variance: the mean over features, `[1]`.
fn variance(z: Tensor<2>, root: bool) -> Tensor<1> {
    assert!(z.dims()[0] > 1, "a variance needs two images");
    let variance = z.var(0);
    let kept_up = if root {
        (variance + 1e-4).sqrt()
    } else {
        variance
    };
    relu(-kept_up + 1.0).mean()
}

/// Squared off-diagonal covariances of `z: [n, d]`, summed and divided by `d` (eq. 3 and 4): `[1]`.
fn off_diagonal_covariance(z: Tensor<2>) -> Tensor<1> {
    let [_, d] = z.dims();
    off_diagonal_squares(covariance(z)) / d as f32
}

/// Encoder and projector, which the paper calls expander.
#[derive(Module, Debug)]
pub struct VicReg {
    branch: Branch,
}

impl Method for VicReg {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let widths = [settings.latent; 3];
        Self {
            branch: Branch::new(encoder, settings.projector, &widths, rng, device)
                .scaled(settings.initial_scale),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let [a, b] = self.branch.embed_two_views(views);
        vicreg(a, b, settings)
    }

    /// Independent features of variance 1: two of them are 2 apart, and their covariance over n images
    /// has the variance `1 / (n - 1)`, so `2 λ + 2 ν (d - 1) / (n - 1)`.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let (n, d) = (
            of.images as f32,
            settings.projector.width(of.features, settings.latent) as f32,
        );
        let covariance = 2.0 * (d - 1.0) / (n - 1.0).max(1.0);
        Some(2.0 * settings.invariance + settings.covariance * covariance)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.branch.embed(images)
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// λ of the paper.
        pub invariance: f32 = 25.0,
        /// μ of the paper.
        pub variance: f32 = 25.0,
        /// ν of the paper.
        pub covariance: f32 = 1.0,
        /// How the variance terms of the two views are put together.
        pub views: Views = Views::Half,
        /// Whether the standard deviation is kept up; else the variance.
        pub root: bool = true,
        /// Whether each feature is standardised over the batch before it is compared.
        pub standardise: bool = false,
        /// How large z is at the start, in times of the usual: small, and the run starts near collapse.
        pub initial_scale: f32 = 1.0,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 256,
    }
}

/// How the variance terms of the two views are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Views {
    /// Half of the sum, as in the authors' code, with which the weights were found.
    Half,
    /// The sum, as in eq. 6 and algorithm 1 of the paper.
    Sum,
}

const BRANCH: [Part; 6] =
    to_z(&[Part::new(Role::Whitening, "standardise").switched("standardise")]);

const CARD: Card = Card {
    id: "vicreg",
    title: "VICReg",
    family: Family::Redundancy,
    paper: "Bardes, Ponce, LeCun: VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning, ICLR 2022",
    link: "https://arxiv.org/abs/2105.04906",
    idea: "Two views of one image should agree; each feature must vary over the batch, and no two features may say the same.",
    tries: "Set the weight of variance to 0, and all images fall into one point. Put it back and set covariance to 0: features repeat each other, and the effective rank of z falls.",
    fails: "Variance and covariance are those of a batch: where z is wider than the batch is large, much of the covariance is chance. The three weights go together; one alone out of step brings collapse or noise.",
    letters: &[
        &[
            Case::when(
                &[("standardise", &["true"])],
                r"$z, z'$: the two views, $[N, D]$, each feature with mean 0 and standard deviation 1",
            ),
            Case::always(r"$z, z'$: the two views, $[N, D]$"),
        ],
        &[Case::always(
            r"$\sigma_k$: standard deviation of feature $k$ over the batch; $C$: covariance of the features; the same of $z'$",
        )],
    ],
    terms: &[
        TermCard {
            id: "invariance",
            label: "invariance",
            about: "Mean squared difference of the two views.",
            formula: &[Case::always(r"\frac{1}{ND}\sum_{i,k}(z_{ik}-z'_{ik})^2")],
        },
        TermCard {
            id: "variance",
            label: "variance",
            about: "How far each feature falls short of varying by 1 over the batch.",
            formula: &[
                Case::when(
                    &[("views", &["sum"]), ("root", &["true"])],
                    r"\frac{1}{D}\sum_k \left[\max(0, 1-\sigma_k)+\max(0, 1-\sigma'_k)\right]",
                ),
                Case::when(
                    &[("views", &["sum"])],
                    r"\frac{1}{D}\sum_k \left[\max(0, 1-\sigma_k^2)+\max(0, 1-\sigma_k'^2)\right]",
                ),
                Case::when(
                    &[("root", &["true"])],
                    r"\frac{1}{2D}\sum_k \left[\max(0, 1-\sigma_k)+\max(0, 1-\sigma'_k)\right]",
                ),
                Case::always(
                    r"\frac{1}{2D}\sum_k \left[\max(0, 1-\sigma_k^2)+\max(0, 1-\sigma_k'^2)\right]",
                ),
            ],
        },
        TermCard {
            id: "covariance",
            label: "covariance",
            about: "How much different features vary together.",
            formula: &[Case::always(
                r"\frac{1}{D}\sum_{k\neq l} \left[C_{kl}^2+C_{kl}'^2\right]",
            )],
        },
    ],
    lower: "Lower is better at one set of weights; the three terms pull against each other, so read them apart: a collapse has no invariance and no covariance, and all of the variance term.",
    gauges: &[],
    knobs: &[
        weight(
            "invariance",
            "Invariance weight λ",
            "How strongly the two views are pulled together.",
        ),
        weight(
            "variance",
            "Variance weight μ",
            "How strongly each feature is kept varied; at 0 everything may collapse.",
        ),
        weight(
            "covariance",
            "Covariance weight ν",
            "How strongly features are kept from repeating each other.",
        ),
        Knob::choice(
            "views",
            "Variance of the two views",
            "The paper's text adds them, its code takes half of that.",
            &[
                Choice {
                    value: "half",
                    label: "half of the sum",
                },
                Choice {
                    value: "sum",
                    label: "sum",
                },
            ],
        ),
        Knob::switch(
            "root",
            "Standard deviation",
            "Off: the variance itself is kept up, whose slope vanishes where everything is alike.",
        ),
        Knob::switch(
            "standardise",
            "Standardise z",
            "Each feature is given mean 0 and standard deviation 1 over the batch before z are compared.",
        ),
        Knob::factor(
            "initialScale",
            "Initial scale of z",
            "How large z is at the start: small, and the run begins near collapse.",
            [0.001, 10.0],
            0.001,
        )
        .at_start()
        .idle_while("knobs.projector", &["none"]),
        PROJECTOR,
        Knob::latent(1024),
    ],
    diagram: Diagram::shared(&[&BRANCH, &BRANCH], "variance, invariance, covariance"),
    published: Published {
        latent: 8192,
        batch: 2048,
        rate: 1.6,
        epochs: 1000,
        ..Published::LARS
    },
};

const fn weight(field: &'static str, label: &'static str, about: &'static str) -> Knob {
    Knob::number(field, label, about, [0.0, 100.0], 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    #[test]
    fn equal_views_with_wide_uncorrelated_features_cost_nothing() {
        let z = [[2.0, 0.0], [-2.0, 0.0], [0.0, 2.0], [0.0, -2.0]];
        let z = Tensor::<2>::from_floats(z, &Device::flex());
        let loss = vicreg(z.clone(), z, &Settings::default());
        let expected = TensorData::from([0.0]);
        loss.total
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
    }

    #[test]
    fn each_switch_changes_what_its_name_says() {
        let z = [[0.25, 0.0], [-0.25, 0.0], [0.25, 0.0], [-0.25, 0.0]];
        let z = Tensor::<2>::from_floats(z, &Device::flex());
        let variance = |settings: Settings| {
            let loss = vicreg(z.clone(), z.clone(), &settings);
            loss.terms[1].value.clone().into_scalar::<f32>()
        };
        // The first feature's variance is 1/12, the second is dead.
        let half = |first: f32, second: f32| f32::midpoint(1.0 - first, 1.0 - second);
        let std = half(f32::sqrt(1.0 / 12.0 + 1e-4), 0.01);
        for (settings, expected) in [
            (Settings::default(), std),
            (
                Settings {
                    views: Views::Sum,
                    ..Settings::default()
                },
                2.0 * std,
            ),
            (
                Settings {
                    root: false,
                    ..Settings::default()
                },
                half(1.0 / 12.0, 0.0),
            ),
            (
                Settings {
                    standardise: true,
                    ..Settings::default()
                },
                half(1.0, 0.01),
            ),
        ] {
            let got = variance(settings.clone());
            assert!((got - expected).abs() < 1e-5, "{settings:?}: {got}");
        }
    }
}
