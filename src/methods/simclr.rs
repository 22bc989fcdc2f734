//! SimCLR: tell the other view of an image from all other images of the batch
//! (Chen, Kornblith, Norouzi, Hinton 2020, arXiv:2002.05709).

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::card::{Card, Diagram, Family, Knob, PLAIN, Published, TermCard, Weights};
use crate::encoder::{Encoder, EncoderConfig};
use crate::heads::{PROJECTOR, Projector, ProjectorKind};
use crate::losses::{Loss, unit_rows};
use crate::method::{Clock, Embedding, Method};
use crate::rng::Rng;
use crate::settings::OptimizerKind;

/// What can be turned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// τ of the paper: cosines are divided by it.
    pub temperature: f32,
    /// What turns h into z.
    pub projector: ProjectorKind,
    /// Width of z.
    pub latent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            temperature: 0.2,
            projector: ProjectorKind::Mlp,
            latent: 64,
        }
    }
}

/// Encoder and projector.
#[derive(Module, Debug)]
pub struct SimClr {
    encoder: Encoder,
    projector: Projector,
}

impl Method for SimClr {
    type Settings = Settings;

    const CARD: Card = Card {
        id: "simclr",
        title: "SimCLR",
        family: Family::Contrastive,
        paper: "Chen, Kornblith, Norouzi, Hinton: A Simple Framework for Contrastive Learning of Visual Representations, ICML 2020",
        link: "https://arxiv.org/abs/2002.05709",
        idea: "Two views of one image should be close, and far from the views of every other image in the batch.",
        letters: r"$s_{ij}$: cosine of views $i$ and $j$ of the batch; $i'$: the other view of $i$'s image; $\tau$: temperature; means over all $2N$ views",
        terms: &[
            TermCard {
                id: "attraction",
                label: "attraction",
                about: "How far apart the two views of an image are: minus their cosine over the temperature.",
                formula: r"-\frac{1}{2N}\sum_i \frac{s_{ii'}}{\tau}",
            },
            TermCard {
                id: "repulsion",
                label: "repulsion",
                about: "How near everything else is: the log of the summed exponentials of all cosines over the temperature.",
                formula: r"\frac{1}{2N}\sum_i \log\sum_{j\neq i} \exp\frac{s_{ij}}{\tau}",
            },
        ],
        gauges: &[],
        knobs: &[
            Knob::factor(
                "temperature",
                "Temperature τ",
                "Low: only the nearest negatives count. High: all count alike.",
                [0.02, 2.0],
                0.01,
            ),
            PROJECTOR,
            Knob::latent(512),
        ],
        diagram: Diagram {
            branches: &[PLAIN, PLAIN],
            weights: Weights::Shared,
            memory: &[],
            loss: "NT-Xent",
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

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let c = encoder.features();
        Self {
            encoder: encoder.init(rng, device),
            projector: settings
                .projector
                .init(&[c, c, settings.latent], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: Clock) -> Loss {
        let [a, b] = [&views[0], &views[1]].map(|view| self.embed(view.clone()).z);
        nt_xent(a, b, settings.temperature)
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.projector.forward(h.clone());
        Embedding { h, z }
    }
}

/// NT-Xent, eq. 1 of the paper, for two views `a, b: [n, d]`, averaged over all `2n` anchors.
///
/// Rows are scaled to length one inside. The authors' code averages over `n` and sums both
/// directions: twice this.
pub fn nt_xent(a: Tensor<2>, b: Tensor<2>, temperature: f32) -> Loss {
    let [n, d] = a.dims();
    assert!(n > 1, "a contrastive loss needs negatives");
    assert_eq!(b.dims(), [n, d], "two views of the same images");
    let all = Tensor::cat(vec![unit_rows(a.clone()), unit_rows(b.clone())], 0);
    let eye = Tensor::<2>::eye(2 * n, &all.device());
    let partner = Tensor::cat(
        vec![eye.clone().narrow(0, n, n), eye.clone().narrow(0, 0, n)],
        0,
    );
    // An anchor is not its own negative: far below every cosine, its exponential is zero.
    let similar = all.clone().matmul(all.transpose()) / temperature - eye * 1e9;
    // Both terms start from one matrix: there their gradients, nearly opposite for a pair that
    // agrees, cancel before anything is rounded.
    let attraction = (similar.clone() * partner).sum() / -(2.0 * n as f32);
    let highest = similar.clone().detach().max_dim(1);
    let sum = (similar - highest.clone()).exp().sum_dim(1);
    let repulsion = (sum.log() + highest).mean();

    Loss::weighted(
        [
            ("attraction", 1.0, attraction),
            ("repulsion", 1.0, repulsion),
        ],
        vec![a, b],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    #[test]
    fn two_orthogonal_images_cost_what_the_formula_says() {
        let z = Tensor::<2>::from_floats([[3.0, 0.0], [0.0, 2.0]], &Device::flex());
        let loss = nt_xent(z.clone(), z, 0.5);
        // Cosine 1 with the other view, 0 with both views of the other image.
        let expected = TensorData::from([(1.0 + 2.0 * f32::exp(-2.0)).ln()]);
        loss.total
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
    }
}
