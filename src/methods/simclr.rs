//! SimCLR: tell the other view of an image from all other images of the batch
//! (Chen, Kornblith, Norouzi, Hinton 2020, arXiv:2002.05709).

use burn::prelude::*;
use burn::tensor::IndexingUpdateOp;
use burn::tensor::activation::softplus;
use serde::{Deserialize, Serialize};

use crate::network::losses::{Loss, log_sum_exp, unit_rows};
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Choice, Diagram, Family, Knob, Part, Published, TermCard, to_z,
};
use crate::settings::with_defaults;
use crate::training::{Method, NegativePairs, Scale, StepInfo};

/// NT-Xent (eq. 1): which of the other `2n - 1` views is this view's partner? Attraction and
/// repulsion, whose sum is the loss: `[1]` each, means over all `2n` views.
///
/// `s: [2n, 2n]` holds the similarities of all views, as [`cosines`] makes them. The authors' code
/// averages over `n` and sums both directions: twice this.
pub fn nt_xent(s: Tensor<2>, temperature: f32) -> [Tensor<1>; 2] {
    // Both terms start from one matrix: there their gradients, nearly opposite for a pair that
    // agrees, cancel before anything is rounded.
    let [views, _] = s.dims();
    let logits = without_self(s / temperature);
    let attraction = positives(&logits).sum() / -(views as f32);
    let repulsion = log_sum_exp(logits).mean();
    [attraction, repulsion]
}

/// NT-Logistic (table 2): is this view the partner? A logistic loss for the pair of each view, and
/// one for each of its negatives.
pub fn nt_logistic(s: Tensor<2>, temperature: f32, reduction: Negatives) -> [Tensor<1>; 2] {
    let logits = s / temperature;
    let attraction = softplus(-positives(&logits), 1.0).mean();
    let repulsion = softplus(negatives(logits), 1.0);
    [attraction, reduction.apply(repulsion)]
}

/// The margin triplet loss (table 2): `max(0, m - s_p + s_n)` of each view with its partner p and
/// each negative n, without semi-hard mining.
///
/// The terms are `m - s_p` and `s_n` over the triplets where it is not zero: they add up to it.
pub fn margin_triplet(s: Tensor<2>, margin: f32, reduction: Negatives) -> [Tensor<1>; 2] {
    let shortfall = -positives(&s) + margin; // [2n, 1]
    let negatives = negatives(s); // [2n, 2n]
    let triplets = shortfall.clone() + negatives.clone();
    let active = triplets.detach().greater_elem(0.0).float();
    let attraction = shortfall * active.clone();
    let repulsion = negatives * active;
    [reduction.apply(attraction), reduction.apply(repulsion)]
}

/// The cosines of all pairs of rows of `z: [2n, d]`: `[2n, 2n]`.
pub fn cosines(z: Tensor<2>) -> Tensor<2> {
    products(unit_rows(z))
}

/// The dot products of all pairs of rows of `z: [2n, d]`: `[2n, 2n]`.
pub fn products(z: Tensor<2>) -> Tensor<2> {
    z.clone().matmul(z.transpose())
}

/// What each view has with its partner, the other view of its image: `[2n, 1]` of `s: [2n, 2n]`.
fn positives(s: &Tensor<2>) -> Tensor<2> {
    let [views, _] = s.dims();
    assert!(views > 2, "a contrastive loss needs negatives");
    s.clone().gather(1, columns(s, views / 2))
}

/// `s: [2n, 2n]` with nothing but the views of other images: its exponential is zero elsewhere.
fn negatives(s: Tensor<2>) -> Tensor<2> {
    let partner = columns(&s, s.dims()[0] / 2);
    mask(without_self(s), partner)
}

/// `s: [2n, 2n]` without what a view has with itself: its exponential is zero there.
fn without_self(s: Tensor<2>) -> Tensor<2> {
    let itself = columns(&s, 0);
    mask(s, itself)
}

/// Puts one column of each row of `s: [2n, 2n]`, as in [`columns`], far below all others.
fn mask(s: Tensor<2>, columns: Tensor<2, Int>) -> Tensor<2> {
    let [views, _] = s.dims();
    let low = TensorData::new(vec![-1e9_f32; views], [views, 1]);
    let low = Tensor::from_data(low, &s.device());
    s.scatter(1, columns, low, IndexingUpdateOp::Add)
}

/// For each row of `s: [2n, 2n]` the column `shift` further on, around the end: `[2n, 1]`. Columns
/// instead of a mask of `[2n, 2n]`, which would be megabytes to make or to upload at each step.
fn columns(s: &Tensor<2>, shift: usize) -> Tensor<2, Int> {
    let [views, _] = s.dims();
    let column = |row| i32::try_from((row + shift) % views).expect("a batch");
    let columns: Vec<i32> = (0..views).map(column).collect();
    Tensor::<1, Int>::from_ints(&columns[..], &s.device()).reshape([views, 1])
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
        let widths = [encoder.features(), settings.latent];
        Self {
            branch: Branch::new(encoder, settings.projector, &widths, rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let z = self.branch.embed_views(&views[..2]);
        let [attraction, repulsion] = settings.terms(settings.similarities(z.clone()));
        let terms = [
            ("attraction", 1.0, attraction),
            ("repulsion", 1.0, repulsion),
        ];
        Loss::weighted(terms, z.detach().chunk(2, 0))
    }

    /// NT-Xent: all `2n - 1` other views equally near, `ln(2n - 1)`. The others: cosines of 0, so that each
    /// soft threshold costs `ln 2` and each triplet `m`; a sum has `2n - 2` negatives.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let others = 2.0 * of.images as f32 - 1.0;
        let negatives = match settings.negatives {
            Negatives::Mean => 1.0,
            Negatives::Sum => others - 1.0,
        };
        Some(match settings.loss {
            Objective::NtXent => others.ln(),
            Objective::Logistic => (1.0 + negatives) * std::f32::consts::LN_2,
            Objective::Margin => negatives * settings.margin,
        })
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.branch.embed(images)
    }

    fn negatives(&mut self, settings: &Settings, views: &[Tensor<4>]) -> Option<NegativePairs> {
        let z = self.branch.embed_views(&views[..2]).detach();
        let s = settings.similarities(z).detach().require_grad();
        let [attraction, repulsion] = settings.terms(s.clone());
        let pull = s.grad(&(attraction + repulsion).backward())?.abs();
        let similarity = negatives(s.inner());
        Some(NegativePairs { similarity, pull })
    }
}

impl Settings {
    /// What the terms compare, of `z: [2n, d]`: `[2n, 2n]`.
    fn similarities(&self, z: Tensor<2>) -> Tensor<2> {
        let compare = if self.normalise { cosines } else { products };
        compare(z)
    }

    /// Attraction and repulsion: `[1]` each.
    fn terms(&self, s: Tensor<2>) -> [Tensor<1>; 2] {
        match self.loss {
            Objective::NtXent => nt_xent(s, self.temperature),
            Objective::Logistic => nt_logistic(s, self.temperature, self.negatives),
            Objective::Margin => margin_triplet(s, self.margin, self.negatives),
        }
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// Which loss compares the views.
        pub loss: Objective = Objective::NtXent,
        /// τ of the paper: cosines are divided by it, but for the margin loss.
        pub temperature: f32 = 0.2,
        /// m of the paper: by how much a pair must be nearer than a negative, for the margin loss.
        pub margin: f32 = 0.8,
        /// How the negatives of an anchor are reduced, for the logistic and the margin loss.
        pub negatives: Negatives = Negatives::Mean,
        /// Whether z are scaled to length one: cosines; else dot products.
        pub normalise: bool = true,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 64,
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

impl Negatives {
    /// Of `x: [2n, 2n]`, nothing but whose negatives count: the mean over views of the mean or the
    /// sum over their `2n - 2` negatives, `[1]`.
    fn apply(self, x: Tensor<2>) -> Tensor<1> {
        let [views, _] = x.dims();
        let count = match self {
            Self::Mean => views * (views - 2),
            Self::Sum => views,
        };
        x.sum() / count as f32
    }
}

const BRANCH: [Part; 6] = to_z(&[Part::UNIT.switched("normalise")]);

const CARD: Card = Card {
    id: "simclr",
    title: "SimCLR",
    family: Family::Contrastive,
    paper: "Chen, Kornblith, Norouzi, Hinton: A Simple Framework for Contrastive Learning of Visual Representations, ICML 2020",
    link: "https://arxiv.org/abs/2002.05709",
    idea: "Two views of one image should be close, and far from the views of every other image in the batch.",
    tries: "Turn the temperature while it trains, from 0.05 to 1, and watch the clumps tighten and loosen. Then take the projector away, and see what that costs kNN of h.",
    fails: "A small batch has few negatives: telling views apart is then easy, and teaches little. If views keep their colours, colour alone tells images apart, and that is what is learned.",
    letters: &[
        &[
            Case::when(
                &[("normalise", &["false"])],
                r"$s_{ij}$: dot product of the $z$ of views $i$ and $j$ of the batch",
            ),
            Case::always(r"$s_{ij}$: cosine of views $i$ and $j$ of the batch"),
        ],
        &[Case::always(r"$i'$: the other view of $i$'s image")],
        &[Case::when(
            &[("loss", &["ntXent", "logistic"])],
            r"$\tau$: temperature",
        )],
        &[Case::when(
            &[("loss", &["margin"])],
            r"$m$: margin; $A_i$: the views of other images that are too near, $s_{ij}>s_{ii'}-m$",
        )],
        &[Case::always(r"$2N$: views in the batch")],
    ],
    terms: &[
        TermCard {
            id: "attraction",
            label: "attraction",
            about: "How far apart the two views of an image are; the margin loss asks only where another image is too near.",
            formula: &[
                Case::when(
                    &[("loss", &["ntXent"])],
                    r"-\frac{1}{2N}\sum_i \frac{s_{ii'}}{\tau}",
                ),
                Case::when(
                    &[("loss", &["logistic"])],
                    r"\frac{1}{2N}\sum_i \log\bigl(1+e^{-s_{ii'}/\tau}\bigr)",
                ),
                Case::when(
                    &[("negatives", &["sum"])],
                    r"\frac{1}{2N}\sum_i\sum_{j\in A_i}(m-s_{ii'})",
                ),
                Case::always(r"\frac{1}{2N(2N-2)}\sum_i\sum_{j\in A_i}(m-s_{ii'})"),
            ],
        },
        TermCard {
            id: "repulsion",
            label: "repulsion",
            about: "How near the views of other images are; the margin loss counts only those that are too near.",
            formula: &[
                Case::when(
                    &[("loss", &["ntXent"])],
                    r"\frac{1}{2N}\sum_i \log\sum_{j\neq i}e^{s_{ij}/\tau}",
                ),
                Case::when(
                    &[("loss", &["logistic"]), ("negatives", &["sum"])],
                    r"\frac{1}{2N}\sum_i\sum_{j\neq i,i'} \log\bigl(1+e^{s_{ij}/\tau}\bigr)",
                ),
                Case::when(
                    &[("loss", &["logistic"])],
                    r"\frac{1}{2N(2N-2)}\sum_i\sum_{j\neq i,i'} \log\bigl(1+e^{s_{ij}/\tau}\bigr)",
                ),
                Case::when(
                    &[("negatives", &["sum"])],
                    r"\frac{1}{2N}\sum_i\sum_{j\in A_i}s_{ij}",
                ),
                Case::always(r"\frac{1}{2N(2N-2)}\sum_i\sum_{j\in A_i}s_{ij}"),
            ],
        },
    ],
    lower: "Lower is better at one loss, batch and temperature: the lower, the more surely a view finds its partner among all others.",
    gauges: &[],
    knobs: &[
        Knob::choice(
            "loss",
            "Loss",
            "What compares the views; the paper finds NT-Xent best.",
            &[
                Choice::new("ntXent", "NT-Xent"),
                Choice::new("logistic", "NT-Logistic"),
                Choice::new("margin", "margin triplet"),
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
                Choice::new("mean", "mean"),
                Choice::new("sum", "sum"),
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
    diagram: Diagram::shared(&[&BRANCH, &BRANCH], "contrast within the batch"),
    published: Published::LARS,
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two orthogonal images whose views are equal: similarity 9 and 4 with the partner, or 1,
    /// and 0 with both views of the other image.
    fn z() -> Tensor<2> {
        let views = [[3.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 2.0]];
        Tensor::from_floats(views, &Device::flex())
    }

    fn total([attraction, repulsion]: [Tensor<1>; 2]) -> f32 {
        (attraction + repulsion).into_scalar()
    }

    #[test]
    fn two_orthogonal_images_cost_what_the_formulas_say() {
        use Negatives::{Mean, Sum};
        let s = cosines(z());
        let pair = (1.0 + f32::exp(-2.0)).ln();
        for (loss, expected) in [
            (nt_xent(s.clone(), 0.5), (1.0 + 2.0 * f32::exp(-2.0)).ln()),
            (nt_logistic(s.clone(), 0.5, Mean), pair + f32::ln(2.0)),
            (nt_logistic(s.clone(), 0.5, Sum), pair + 2.0 * f32::ln(2.0)),
            (margin_triplet(s.clone(), 1.25, Mean), 0.25),
            (margin_triplet(s, 1.25, Sum), 0.5),
        ] {
            let got = total(loss);
            assert!((got - expected).abs() < 1e-5, "{got}, not {expected}");
        }
    }

    #[test]
    fn without_cosines_length_counts() {
        let expected =
            0.5 * (1.0 + 2.0 * f32::exp(-9.0)).ln() + 0.5 * (1.0 + 2.0 * f32::exp(-4.0)).ln();
        let got = total(nt_xent(products(z()), 1.0));
        assert!((got - expected).abs() < 1e-5, "{got}, not {expected}");
    }
}
