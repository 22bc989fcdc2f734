//! CPC: from the patches above, tell the patches below from those of all images (van den Oord,
//! Li, Vinyals 2018, arXiv:1807.03748; for images as in its second version, Hénaff et al. 2019,
//! arXiv:1905.09272).

use burn::nn::Linear;
use burn::prelude::*;

use crate::data::augment::View;
use crate::data::augment::{patches, without_colour};
use crate::network::context::Context;
use crate::network::layers::linear;
use crate::network::losses::{Loss, cross_entropy, top1_accuracy};
use crate::network::{Embedding, Encoder, EncoderConfig};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard,
};
use crate::settings::{OptimizerKind, with_defaults};
use crate::training::{Method, Scale, StepInfo};

/// `InfoNCE` (eq. 4) of `predicted: [m, d]` among the `candidates: [k, d]`, of which those of
/// `labels: [m]` were to be predicted: `[1]`, in nats. And how often that scores highest: `[1]`.
pub fn info_nce(
    predicted: Tensor<2>,
    candidates: Tensor<2>,
    labels: Tensor<1, Int>,
) -> (Tensor<1>, Tensor<1>) {
    let logits = predicted.matmul(candidates.transpose());
    let accuracy = top1_accuracy(logits.clone(), labels.clone());
    (cross_entropy(logits, labels), accuracy)
}

/// `W c` of eq. 3 for contexts `c: [.., e]` and a predictor `w: [e, d]`, which is the paper's W
/// transposed: `[.., d]`. Its product with a candidate z is the logit `z W c`.
pub fn predict<const D: usize>(c: Tensor<D>, w: Tensor<2>) -> Tensor<D> {
    burn::tensor::module::linear(c, w, None)
}

/// [`info_nce`] of each place's prediction of the place `k` rows below, in
/// `predicted: [n, rows, columns, d]`, among all `targets: [n, rows, columns, d]`: of all images,
/// as in the second paper, the same image among them. Logits are multiplied by `scale`.
pub fn info_nce_below(
    predicted: Tensor<4>,
    targets: Tensor<4>,
    k: usize,
    scale: f32,
) -> (Tensor<1>, Tensor<1>) {
    let [n, rows, columns, d] = targets.dims();
    assert!((1..rows).contains(&k), "a row below, within the image");
    let predicted = predicted.narrow(1, 0, rows - k) * scale;
    let predicted = predicted.reshape([n * (rows - k) * columns, d]);
    let labels: Vec<i32> = (0..n * rows * columns)
        .filter(|place| place / columns % rows >= k)
        .map(|place| i32::try_from(place).expect("few patches"))
        .collect();
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &targets.device());
    info_nce(predicted, targets.reshape([n * rows * columns, d]), labels)
}

/// Names of the terms: one for each number of rows below.
const STEPS: [&str; 3] = ["step_1", "step_2", "step_3"];

/// Blocks of the context network: each sees one row more above and one column more on both sides.
const BLOCKS: usize = 3;

/// Encoder of patches, context network, and what is compared.
#[derive(Module, Debug)]
pub struct Cpc {
    encoder: Encoder,
    context: Context,
    /// Patch vectors to what is predicted.
    candidates: Linear,
    /// `W_k` of the paper, for one, two and three rows below.
    predictors: Vec<Linear>,
    #[module(skip)]
    grid: usize,
}

impl Method for Cpc {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn views(_settings: &Settings, base: View) -> Vec<View> {
        vec![base]
    }

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d) = (encoder.features(), settings.latent);
        Self {
            encoder: encoder.init(rng, device),
            context: Context::new(c, BLOCKS, rng, device),
            candidates: linear(c, d, true, rng, device),
            predictors: STEPS.map(|_| linear(c, d, false, rng, device)).into(),
            grid: settings.grid,
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let device = views[0].device();
        let cut = patches(views[0].clone(), self.grid);
        let cut = without_colour(cut, settings.drop, &mut at.rng());
        let latents = self.latents(cut);
        let context = self.context.forward(latents.clone());
        let targets = self.candidates.forward(latents);
        let last = settings.last.min(self.grid - 1);
        let rows_below = settings.first.min(last)..=last;
        let mut terms = STEPS.map(|id| (id, 0.0, Tensor::zeros([1], &device)));
        let mut accuracy = Tensor::zeros([1], &device);
        let mut mean = Tensor::zeros([1], &device);
        let count = rows_below.clone().count() as f32;
        for k in rows_below {
            let predicted = predict(context.clone(), self.predictors[k - 1].weight.val());
            let (loss, top1) = info_nce_below(predicted, targets.clone(), k, settings.scale);
            mean = mean + loss.clone().detach() / count;
            accuracy = accuracy + top1 / count;
            terms[k - 1] = (STEPS[k - 1], 1.0, loss);
        }
        let [n, rows, columns, _] = targets.dims();
        let candidates = (n * rows * columns) as f32;
        Loss::weighted(terms, vec![mean_over_patches(targets)])
            .with_gauge("information", -mean + candidates.ln())
            .with_gauge("retrieved", accuracy)
    }

    /// All patches of all n images equally likely, `ln(n g²)` for a grid of g, in each term.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let last = settings.last.min(settings.grid - 1);
        let terms = last + 1 - settings.first.min(last);
        let candidates = (of.images * settings.grid * settings.grid) as f32;
        Some(terms as f32 * candidates.ln())
    }

    /// h is the mean of the patches' vectors, z that of what is predicted of them.
    /// Patches overlap by half, so that most of the image is in four of them; what is computed from them
    /// adds a third.
    fn cost(settings: &Settings) -> f32 {
        let grid = settings.grid as f32;
        4.0 / 3.0 * (2.0 * grid / (grid + 1.0)).powi(2)
    }

    fn held(_settings: &Settings) -> f32 {
        2.8
    }

    fn compares(settings: &Settings, _size: usize) -> f32 {
        1.45 * (settings.grid * settings.grid) as f32
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = mean_over_patches(self.latents(patches(images, self.grid)));
        // The mean of linear images is the image of the mean.
        let z = self.candidates.forward(h.clone());
        Embedding { h, z }
    }
}

impl Cpc {
    /// One vector per patch, of `patches: [n, g, g, 3, p, p]`: `[n, g, g, c]`.
    fn latents(&self, patches: Tensor<6>) -> Tensor<4> {
        let [n, rows, columns, channels, h, w] = patches.dims();
        let patches = patches.reshape([n * rows * columns, channels, h, w]);
        let pooled = self.encoder.forward(patches).pooled;
        let [_, c] = pooled.dims();
        pooled.reshape([n, rows, columns, c])
    }
}

/// `x: [n, rows, columns, d]` averaged over rows and columns: `[n, d]`.
fn mean_over_patches(x: Tensor<4>) -> Tensor<2> {
    let [n, rows, columns, d] = x.dims();
    x.reshape([n, rows * columns, d])
        .mean_dim(1)
        .reshape([n, d])
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// Rows and columns of patches; each overlaps its neighbours by half.
        pub grid: usize = 4,
        /// Row that is predicted first, counted downwards from the context's; at most the last.
        pub first: usize = 1,
        /// Row that is predicted last; rows below the image are left out.
        pub last: usize = 3,
        /// Factor on the scores: `emb_scale` of the second paper, 0.1 there.
        pub scale: f32 = 0.5,
        /// How often a patch loses its colour: all channels become one of them.
        pub drop: f32 = 0.5,
        /// Width of the vectors that are compared.
        pub latent: usize = 64,
    }
}

const CARD: Card = Card {
    id: "cpc",
    title: "CPC",
    family: Family::Patches,
    paper: "van den Oord, Li, Vinyals: Representation Learning with Contrastive Predictive Coding, 2018",
    link: "https://arxiv.org/abs/1807.03748",
    idea: "Cut the image into patches; from the rows above, tell which patch comes below, among the patches of all images.",
    tries: "Predict the next row only, then only the last one: what is further away needs more than edges that go on. Let patches keep their colour, and see what becomes of kNN.",
    fails: "Patches overlap by half, and share light and colour: the next row can be told by these alone. On small images there are few patches to tell apart, so the task is soon done.",
    letters: &[&[Case::always(
        r"$z_{uv}$: vector of the patch in row $u$ and column $v$; $c_{uv}$: context, from the rows up to $u$; $W_k$: predictor for $k$ rows below; $s$: scale; $z'$: all patches of all images; means over images, $u$ and $v$",
    )]],
    terms: &[
        TermCard {
            id: STEPS[0],
            label: "next row",
            about: "How badly the patch in the next row is found, half of which the context has seen.",
            formula: &[Case::always(
                r"\operatorname{mean}\Big[-\log\frac{\exp(s\, z_{u+1,v}^\top W_1 c_{uv})}{\sum_{z'} \exp(s\, z'^\top W_1 c_{uv})}\Big]",
            )],
        },
        TermCard {
            id: STEPS[1],
            label: "second row",
            about: "How badly the patch two rows below is found.",
            formula: &[Case::always(
                r"\operatorname{mean}\Big[-\log\frac{\exp(s\, z_{u+2,v}^\top W_2 c_{uv})}{\sum_{z'} \exp(s\, z'^\top W_2 c_{uv})}\Big]",
            )],
        },
        TermCard {
            id: STEPS[2],
            label: "third row",
            about: "How badly the patch three rows below is found.",
            formula: &[Case::always(
                r"\operatorname{mean}\Big[-\log\frac{\exp(s\, z_{u+3,v}^\top W_3 c_{uv})}{\sum_{z'} \exp(s\, z'^\top W_3 c_{uv})}\Big]",
            )],
        },
    ],
    lower: "Lower is better at one batch and grid: the right patch is found more surely; patches that overlap what was seen are easy, and teach less.",
    gauges: &[
        GaugeCard {
            id: "information",
            label: "information below",
            about: "A lower bound on what a context tells of a patch below, in nats: the log of the number of candidates less the loss, averaged over the steps.",
            broken: None,
        },
        GaugeCard {
            id: "retrieved",
            label: "patch found",
            about: "Share of contexts for which the right patch scores highest of all, averaged over the steps.",
            broken: None,
        },
    ],
    knobs: &[
        Knob::count(
            "grid",
            "Rows of patches",
            "Many: small patches, of which each says little. Few: large ones, and few rows to predict.",
            [3, 7],
        ),
        Knob::count(
            "first",
            "First row predicted",
            "1 is the next row, which overlaps what the context has seen: an easy task.",
            [1, 3],
        )
        .live(),
        Knob::count(
            "last",
            "Last row predicted",
            "Rows below the image are left out.",
            [1, 3],
        )
        .live(),
        Knob::factor(
            "scale",
            "Scale of scores s",
            "Small: scores grow slowly, and training starts softly.",
            [0.01, 1.0],
            0.01,
        ),
        Knob::number(
            "drop",
            "Patches without colour",
            "How often a patch is shown by one of its three channels alone, so that colour does not give it away.",
            [0.0, 1.0],
            0.05,
        ),
        Knob::latent(512),
    ],
    diagram: Diagram::shared(
        &[
            &[
                Part::VIEW,
                Part::new(Role::Patches, "patches"),
                Part::ENCODER,
                Part::H,
                Part::new(Role::Context, "rows above"),
                Part::new(Role::Predictor, "predictors"),
            ],
            &[
                Part::VIEW,
                Part::new(Role::Patches, "patches"),
                Part::ENCODER,
                Part::H,
                Part::new(Role::Projector, "linear"),
                Part::Z,
            ],
        ],
        "InfoNCE over patches",
    ),
    // Those of the second paper.
    published: Published {
        latent: 64,
        batch: 512,
        optimizer: OptimizerKind::Adam,
        rate: 4e-4,
        weight_decay: 0.0,
        epochs: 200,
        schedule: "constant",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_asks_for_the_one_k_rows_below() {
        let device = Device::flex();
        // Two images of three rows and one column; each place predicts the unit vector of the one
        // two rows below, so the first of each image is right.
        let eye = Tensor::<2>::eye(6, &device).reshape([2, 3, 1, 6]);
        let ask = Tensor::<1, Int>::from_ints([2, 0, 0, 5, 0, 0], &device);
        let asked = Tensor::<2>::eye(6, &device)
            .select(0, ask)
            .reshape([2, 3, 1, 6]);
        let (loss, accuracy) = info_nce_below(asked, eye, 2, 1.0);
        let expected = (1.0_f32.exp() + 5.0).ln() - 1.0;
        assert!((loss.into_scalar::<f32>() - expected).abs() < 1e-6);
        assert_eq!(accuracy.into_scalar::<f32>(), 1.0);
    }
}
