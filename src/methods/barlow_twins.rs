//! Barlow Twins: each feature should agree between the views, and with no other feature
//! (Zbontar, Jing, Misra, LeCun, Deny 2021, arXiv:2103.03230).

use burn::prelude::*;

use crate::network::losses::{Loss, off_diagonal_squares, standardise};
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, to_z,
};
use crate::settings::with_defaults;
use crate::training::{Method, ParamGroup, Scale, StepInfo};

/// `Σ_k (C_kk - 1)² + λ Σ_{k≠l} C_kl²` (eq. 1) for two views `a, b: [n, d]`.
///
/// As in the authors' code, each view is standardised by its own batch with the variance divided
/// by `n`. The paper's pseudo-code divides it by `n - 1`, and C never quite reaches 1.
pub fn barlow_twins(a: Tensor<2>, b: Tensor<2>, lambda: f32) -> Loss {
    let [n, _] = a.dims();
    assert!(n > 1, "a correlation needs two images");
    let [left, right] = [&a, &b].map(|z| standardise(z.clone()));
    let correlation = left.clone().transpose().matmul(right.clone()) / n as f32; // [d, d]
    let diagonal = (left * right).mean_dim(0);
    let agreement = diagonal.clone().mean();
    let invariance = (diagonal - 1.0).square().sum();
    let redundancy = off_diagonal_squares(correlation);
    let terms = [
        ("invariance", 1.0, invariance),
        ("redundancy", lambda, redundancy),
    ];
    Loss::weighted(terms, vec![a, b]).with_gauge("agreement", agreement)
}

/// Encoder and projector.
#[derive(Module, Debug)]
pub struct BarlowTwins {
    branch: Branch,
}

impl Method for BarlowTwins {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let widths = [settings.latent; 3];
        Self {
            branch: Branch::new(encoder, settings.projector, &widths, rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let [a, b] = self.branch.embed_two_views(views);
        barlow_twins(a, b, settings.lambda)
    }

    /// Independent features: each correlation over n images has the mean 0 and the variance `1 / (n - 1)`,
    /// so `d + (d + λ d (d - 1)) / (n - 1)`.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let (n, d) = (
            of.images as f32,
            settings.projector.width(of.features, settings.latent) as f32,
        );
        let by_chance = d + settings.lambda * d * (d - 1.0);
        Some(d + by_chance / (n - 1.0).max(1.0))
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.branch.embed(images)
    }

    /// With LARS, biases and norms have a rate of their own: 0.0048 beside 0.2 for the weights.
    fn group(_settings: &Settings, _path: &str, rank: usize) -> ParamGroup {
        ParamGroup::by_rank(rank).with_plain_lars(0.0048 / 0.2)
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// λ of the paper.
        pub lambda: f32 = 0.0051,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 256,
    }
}

const BRANCH: [Part; 6] = to_z(&[Part::new(Role::Whitening, "batch norm")]);

const CARD: Card = Card {
    id: "barlow_twins",
    title: "Barlow Twins",
    family: Family::Redundancy,
    paper: "Zbontar, Jing, Misra, LeCun, Deny: Barlow Twins: Self-Supervised Learning via Redundancy Reduction, ICML 2021",
    link: "https://arxiv.org/abs/2103.03230",
    idea: "Over a batch, each feature of one view should go with the same feature of the other view, and with no other feature.",
    tries: "Raise lambda step by step: features differ more, and views agree less. Then make z wider: in the paper this method gains by it, and others hardly.",
    fails: "The correlation is that of a batch. The smaller the batch, the more of what lies off its diagonal is chance, and the loss never gets near 0.",
    letters: &[&[Case::always(
        r"$C_{kl}$: correlation, over the $N$ images of a batch, of feature $k$ of one view with feature $l$ of the other; both have mean 0 and standard deviation 1",
    )]],
    terms: &[
        TermCard {
            id: "invariance",
            label: "invariance",
            about: "How far each feature is from agreeing with itself in the other view.",
            formula: &[Case::always(r"\sum_k (C_{kk}-1)^2")],
        },
        TermCard {
            id: "redundancy",
            label: "redundancy",
            about: "How much different features say the same.",
            formula: &[Case::always(r"\sum_{k\neq l} C_{kl}^2")],
        },
    ],
    lower: "Lower is better at one λ and width; a batch smaller than z leaves a rest that no network takes away.",
    gauges: &[GaugeCard {
        id: "agreement",
        label: "mean correlation of a feature with itself",
        about: "The mean of C's diagonal; 1: the two views agree in every feature.",
        broken: None,
    }],
    knobs: &[
        Knob::factor(
            "lambda",
            "Redundancy weight λ",
            "How strongly features are kept from repeating each other. The paper has 0.005, its code 0.0051.",
            [0.0005, 1.0],
            0.0001,
        ),
        PROJECTOR,
        Knob::latent(1024),
    ],
    diagram: Diagram::shared(&[&BRANCH, &BRANCH], "cross-correlation to identity"),
    published: Published {
        latent: 8192,
        batch: 2048,
        rate: 1.6,
        weight_decay: 1.5e-6,
        epochs: 1000,
        schedule: "linear warm-up, cosine decay to a thousandth; biases and norms at 0.024 times the rate",
        ..Published::LARS
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    fn terms(a: [[f32; 2]; 4], b: [[f32; 2]; 4]) -> [f32; 3] {
        let [a, b] = [a, b].map(|z| Tensor::<2>::from_floats(z, &Device::flex()));
        let loss = barlow_twins(a, b, 0.5);
        let value = |t: usize| loss.terms[t].value.clone().into_scalar::<f32>();
        [value(0), value(1), loss.total.clone().into_scalar()]
    }

    #[test]
    fn features_that_agree_and_differ_cost_nothing() {
        let z = [[2.0, 0.0], [-2.0, 0.0], [0.0, 3.0], [0.0, -3.0]];
        for got in terms(z, z) {
            assert!(got.abs() < 1e-6, "{got}");
        }
    }

    #[test]
    fn a_feature_twice_is_redundant_and_a_feature_turned_over_disagrees() {
        let a = [[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]];
        let b = a.map(|[x, y]| [x, -y]);
        // C is [[1, -1], [1, -1]].
        TensorData::from(terms(a, b)).assert_approx_eq::<f32>(
            &TensorData::from([4.0, 2.0, 5.0]),
            Tolerance::rel_abs(1e-4, 1e-4),
        );
    }
}
