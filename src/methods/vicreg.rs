//! VICReg: agree between views, keep every feature varied, keep features uncorrelated
//! (Bardes, Ponce, LeCun 2022, arXiv:2105.04906).

use burn::prelude::*;
use burn::tensor::activation::relu;
use serde::{Deserialize, Serialize};

use crate::card::{Card, Diagram, Family, Knob, PLAIN, Published, TermCard, Weights};
use crate::encoder::{Encoder, EncoderConfig};
use crate::heads::{PROJECTOR, Projector, ProjectorKind};
use crate::losses::{Loss, covariance, off_diagonal_squares};
use crate::method::{Clock, Embedding, Method};
use crate::rng::Rng;
use crate::settings::OptimizerKind;

/// What can be turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// λ of the paper.
    pub invariance: f32,
    /// μ of the paper.
    pub variance: f32,
    /// ν of the paper.
    pub covariance: f32,
    /// What turns h into z.
    pub projector: ProjectorKind,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            invariance: 25.0,
            variance: 25.0,
            covariance: 1.0,
            projector: ProjectorKind::Mlp,
            latent: 256,
        }
    }
}

/// Encoder and projector, which the paper calls expander.
#[derive(Module, Debug)]
pub struct VicReg {
    encoder: Encoder,
    projector: Projector,
}

const fn weight(field: &'static str, label: &'static str, about: &'static str) -> Knob {
    Knob::number(field, label, about, [0.0, 100.0], 0.5)
}

impl Method for VicReg {
    type Settings = Settings;

    const CARD: Card = Card {
        id: "vicreg",
        title: "VICReg",
        family: Family::Redundancy,
        paper: "Bardes, Ponce, LeCun: VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning, ICLR 2022",
        link: "https://arxiv.org/abs/2105.04906",
        idea: "Two views of one image should agree; each feature must vary over the batch, and no two features may say the same.",
        letters: r"$z, z'$: the two views, $[N, D]$; $\sigma_k$: standard deviation of feature $k$ over the batch; $C$: covariance of the features; the same of $z'$",
        terms: &[
            TermCard {
                id: "invariance",
                label: "invariance",
                about: "Mean squared difference of the two views.",
                formula: r"\frac{1}{ND}\sum_{i,k}(z_{ik}-z'_{ik})^2",
            },
            TermCard {
                id: "variance",
                label: "variance",
                about: "How far each feature's standard deviation over the batch falls below 1.",
                formula: r"\frac{1}{2D}\sum_k \left[\max(0, 1-\sigma_k)+\max(0, 1-\sigma'_k)\right]",
            },
            TermCard {
                id: "covariance",
                label: "covariance",
                about: "How much different features vary together.",
                formula: r"\frac{1}{D}\sum_{k\neq l} \left[C_{kl}^2+C_{kl}'^2\right]",
            },
        ],
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
            PROJECTOR,
            Knob::latent(1024),
        ],
        diagram: Diagram {
            branches: &[PLAIN, PLAIN],
            weights: Weights::Shared,
            memory: &[],
            loss: "variance, invariance, covariance",
        },
        published: Published {
            latent: 8192,
            batch: 2048,
            optimizer: OptimizerKind::Lars,
            rate: 1.6,
            weight_decay: 1e-6,
            epochs: 1000,
            schedule: "linear warm-up, cosine decay",
        },
    };

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d) = (encoder.features(), settings.latent);
        Self {
            encoder: encoder.init(rng, device),
            projector: settings.projector.init(&[c, d, d, d], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: Clock) -> Loss {
        let [a, b] = [&views[0], &views[1]].map(|view| self.embed(view.clone()).z);
        vicreg(a, b, settings)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.projector.forward(h.clone());
        Embedding { h, z }
    }
}

/// `λ s(a, b) + μ [v(a) + v(b)] / 2 + ν [c(a) + c(b)]` for two views `a, b: [n, d]`.
///
/// Eq. 6 of the paper with the variance halved, as in the authors' code; its weights were found
/// with that code. Eq. 5's invariance is a mean over `n` alone, the code's over `n * d`: as there.
pub fn vicreg(a: Tensor<2>, b: Tensor<2>, weights: &Settings) -> Loss {
    let [n, d] = a.dims();
    assert!(n > 1, "a variance needs two images");
    assert_eq!(b.dims(), [n, d], "two views of the same images");
    let invariance = (a.clone() - b.clone()).square().mean();
    let [(variance_a, covariance_a), (variance_b, covariance_b)] =
        [&a, &b].map(|z| (hinge(z.clone()), redundancy(z.clone())));
    Loss::weighted(
        [
            ("invariance", weights.invariance, invariance),
            (
                "variance",
                weights.variance,
                (variance_a + variance_b) / 2.0,
            ),
            (
                "covariance",
                weights.covariance,
                covariance_a + covariance_b,
            ),
        ],
        vec![a, b],
    )
}

/// How far the standard deviation of each feature of `z: [n, d]` falls below 1 (eq. 1 and 2).
fn hinge(z: Tensor<2>) -> Tensor<1> {
    let std = (z.var(0) + 1e-4).sqrt();
    relu(-std + 1.0).mean()
}

/// Squared off-diagonal covariances of `z: [n, d]`, summed and divided by `d` (eq. 3 and 4).
fn redundancy(z: Tensor<2>) -> Tensor<1> {
    let [_, d] = z.dims();
    off_diagonal_squares(covariance(z)) / d as f32
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
}
