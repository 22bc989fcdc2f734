//! AMDIM: parts of one view, at several scales, must recognise the other view of their image
//! (Bachman, Hjelm, Buchwalter 2019, arXiv:1906.00910).

use burn::prelude::*;
use burn::tensor::activation::tanh;

use crate::network::encoder::last_side;
use crate::network::losses::{Loss, local_info_nce, local_logits, top1_accuracy};
use crate::network::{Embedding, Encoder, EncoderConfig, Mlp};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard,
};
use crate::settings::{OptimizerKind, with_defaults};
use crate::training::{Method, Scale, StepInfo};

/// The loss of two views at three scales (sections 3.2 to 3.4). `sources` holds for each view the
/// place of each image from which "coarse to coarse" looks at the other view.
///
/// As in the authors' code, the other places of an image are not among the negatives of one of
/// them.
pub fn amdim(a: Scales, b: Scales, sources: &[Vec<usize>; 2], settings: &Settings) -> Loss {
    let clip = settings.clip;
    let [from_a, from_b] = sources;
    let [mid_a, mid_b] = [select(&a.mid, from_a), select(&b.mid, from_b)];
    let one_to_mid = both_ways([(&a.one, &b.mid), (&b.one, &a.mid)], clip);
    let one_to_big = both_ways([(&a.one, &b.big), (&b.one, &a.big)], clip);
    let mid_to_mid = both_ways([(&mid_a, &b.mid), (&mid_b, &a.mid)], clip);
    let squares = one_to_mid.squares + one_to_big.squares + mid_to_mid.squares;
    let [n, places, _] = a.big.dims();
    let candidates = ((n - 1) * places + 1) as f32;
    let information = -one_to_big.nce.clone() + candidates.ln();
    let terms = [
        ("one_to_mid", on(settings.one_to_mid), one_to_mid.nce),
        ("one_to_big", on(settings.one_to_big), one_to_big.nce),
        ("mid_to_mid", on(settings.mid_to_mid), mid_to_mid.nce),
        ("regulariser", settings.regulariser, squares),
    ];
    Loss::weighted(terms, vec![a.one, b.one])
        .with_gauge("information", information)
        .with_gauge("retrieved", one_to_big.retrieved)
}

/// The weight of a comparison.
fn on(switch: bool) -> f32 {
    f32::from(u8::from(switch))
}

/// One view at three scales: vectors of the same width `d`.
#[derive(Debug, Clone)]
pub struct Scales {
    /// The whole view: `[n, d]`.
    pub one: Tensor<2>,
    /// Its places on a coarse grid, row after row: `[n, m, d]`.
    pub mid: Tensor<3>,
    /// Its places on a finer grid: `[n, b, d]`.
    pub big: Tensor<3>,
}

/// A comparison of two scales, averaged over both directions.
struct Compared {
    /// `InfoNCE` of the clipped logits: `[1]`, in nats.
    nce: Tensor<1>,
    /// The mean square of the logits before they are clipped: `[1]`.
    squares: Tensor<1>,
    /// How often a source scores highest, on average, with the places of its own image: `[1]`.
    retrieved: Tensor<1>,
}

/// Compares sources `[n, d]` of one view with the places `[n, l, d]` of the other, in both
/// directions. Logits are products over `sqrt(d)`, bent by tanh to lie within `clip`.
fn both_ways(directions: [(&Tensor<2>, &Tensor<3>); 2], clip: f32) -> Compared {
    let [there, back] = directions.map(|(source, places)| {
        let [n, d] = source.dims();
        let logits = local_logits(source.clone(), places.clone()) / (d as f32).sqrt();
        let images = Tensor::arange(0..i64::try_from(n).expect("a batch"), &logits.device());
        let of_image = logits.clone().mean_dim(2).reshape([n, n]);
        let clipped = tanh(logits.clone() / clip) * clip;
        (
            local_info_nce(clipped),
            logits.square().mean(),
            top1_accuracy(of_image, images),
        )
    });
    Compared {
        nce: (there.0 + back.0) / 2.0,
        squares: (there.1 + back.1) / 2.0,
        retrieved: (there.2 + back.2) / 2.0,
    }
}

/// Row `at[i]` of each `x[i]`, where `x: [n, l, d]`: `[n, d]`.
fn select(x: &Tensor<3>, at: &[usize]) -> Tensor<2> {
    let [n, l, d] = x.dims();
    assert_eq!(at.len(), n, "one place of each image");
    let rows: Vec<i32> = at
        .iter()
        .enumerate()
        .map(|(image, place)| i32::try_from(image * l + place).expect("few places"))
        .collect();
    let rows = Tensor::<1, Int>::from_ints(rows.as_slice(), &x.device());
    x.clone().reshape([n * l, d]).select(0, rows)
}

/// Encoder, and what turns its features at three scales into vectors that are compared.
///
/// The paper has scales of 1 x 1, 5 x 5 and 7 x 7 places, each a layer above the next. Here they
/// are the pooled features, the means of 2 x 2 neighbours in the last map, and that map: for
/// images of 32 pixels 1 x 1, 3 x 3 and 4 x 4 places.
#[derive(Module, Debug)]
pub struct Amdim {
    encoder: Encoder,
    one: Mlp,
    mid: Mlp,
    big: Mlp,
}

impl Method for Amdim {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d) = (encoder.features(), settings.latent);
        Self {
            encoder: encoder.init(rng, device),
            one: encoder.mlp(&[c, c, d], rng, device),
            mid: encoder.mlp(&[c, c, d], rng, device),
            big: encoder.mlp(&[c, c, d], rng, device),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let [a, b] = [&views[0], &views[1]].map(|view| self.scales(view.clone()));
        let [n, places, _] = a.mid.dims();
        let mut rng = at.rng();
        let sources = [(); 2].map(|()| (0..n).map(|_| rng.below(places)).collect::<Vec<_>>());
        amdim(a, b, &sources, settings)
    }

    /// Scores of 0: one right place among those of the other images, `ln((n - 1) l + 1)` for l places, twice
    /// on the coarse grid and once on the fine one.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let side = last_side(of.size);
        let among = |side: usize| ((of.images - 1) * side * side + 1) as f32;
        let coarse = on(settings.one_to_mid) + on(settings.mid_to_mid);
        Some(coarse * among(side - 1).ln() + on(settings.one_to_big) * among(side).ln())
    }

    /// Every place is compared with every image on three scales: as measured.
    fn cost(_settings: &Settings) -> f32 {
        1.5
    }

    fn compares(_settings: &Settings, size: usize) -> f32 {
        0.5 * size as f32
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.one.forward(h.clone());
        Embedding { h, z }
    }
}

impl Amdim {
    /// `images: [n, 3, h, w]` at three scales.
    fn scales(&self, images: Tensor<4>) -> Scales {
        let features = self.encoder.forward(images);
        let map = features.maps[3].clone();
        Scales {
            one: self.one.forward(features.pooled),
            mid: self.mid.at_each_place(neighbours(map.clone())),
            big: self.big.at_each_place(map),
        }
    }
}

/// The means of 2 x 2 neighbouring places of `map: [n, c, h, w]`: `[n, c, h - 1, w - 1]`.
fn neighbours(map: Tensor<4>) -> Tensor<4> {
    [2, 3].into_iter().fold(map, |map, dim| {
        let side = map.dims()[dim] - 1;
        (map.clone().narrow(dim, 0, side) + map.narrow(dim, 1, side)) / 2.0
    })
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// Scores are bent to lie within this, by tanh: `tclip` of the authors' code.
        pub clip: f32 = 20.0,
        /// λ of the paper: weight of the squared scores. 0.04 in the authors' first code, 0.05 in
        /// their last.
        pub regulariser: f32 = 0.04,
        /// Whether the whole is compared with places of the coarse grid.
        pub one_to_mid: bool = true,
        /// Whether the whole is compared with places of the fine grid.
        pub one_to_big: bool = true,
        /// Whether places of the coarse grid are compared.
        pub mid_to_mid: bool = true,
        /// Width of z.
        pub latent: usize = 64,
    }
}

const BRANCH: &[Part] = &[
    Part::VIEW,
    Part::ENCODER,
    Part::new(Role::Maps, "three scales"),
    Part::new(Role::Projector, "projectors"),
    Part::Z,
];

const CARD: Card = Card {
    id: "amdim",
    title: "AMDIM",
    family: Family::Patches,
    paper: "Bachman, Hjelm, Buchwalter: Learning Representations by Maximizing Mutual Information Across Views, NeurIPS 2019",
    link: "https://arxiv.org/abs/1906.00910",
    idea: "The whole of one view must recognise every place of the other view, coarse and fine, among the places of other images; and so must its places.",
    tries: "Lower the clip of the scores: a few pairs that are easily told then no longer rule the loss. Compare it with Deep InfoMax, which has one scale.",
    fails: "Coarse and fine places of two crops may show different things, and are still called the same. Strong crops on images with little in them make that worse.",
    letters: &[&[Case::always(
        r"$f_1, f_m, f_b$: a view's vectors for the whole, for a place of the coarse and of the fine grid; $s$: score of two of them, their product over $\sqrt{d}$; $\hat s = c\tanh(s/c)$: the same, clipped; $j$: places of other images; means over images, places and both directions",
    )]],
    terms: &[
        TermCard {
            id: "one_to_mid",
            label: "whole to coarse",
            about: "How badly the whole of a view finds the places of the coarse grid of the other view.",
            formula: &[Case::always(
                r"\operatorname{mean}\Big[-\log\frac{e^{\hat s(f_1, f'_m)}}{e^{\hat s(f_1, f'_m)} + \sum_j e^{\hat s(f_1, f'_{m,j})}}\Big]",
            )],
        },
        TermCard {
            id: "one_to_big",
            label: "whole to fine",
            about: "How badly the whole of a view finds the places of the fine grid of the other view.",
            formula: &[Case::always(
                r"\operatorname{mean}\Big[-\log\frac{e^{\hat s(f_1, f'_b)}}{e^{\hat s(f_1, f'_b)} + \sum_j e^{\hat s(f_1, f'_{b,j})}}\Big]",
            )],
        },
        TermCard {
            id: "mid_to_mid",
            label: "coarse to coarse",
            about: "How badly one place of the coarse grid, drawn anew for each image, finds those of the other view.",
            formula: &[Case::always(
                r"\operatorname{mean}\Big[-\log\frac{e^{\hat s(f_m, f'_m)}}{e^{\hat s(f_m, f'_m)} + \sum_j e^{\hat s(f_m, f'_{m,j})}}\Big]",
            )],
        },
        TermCard {
            id: "regulariser",
            label: "squared scores",
            about: "How large the scores are before they are clipped, over all pairs of the three comparisons.",
            formula: &[Case::always(
                r"\operatorname{mean} s_{1m}^2 + \operatorname{mean} s_{1b}^2 + \operatorname{mean} s_{mm}^2",
            )],
        },
    ],
    lower: "Lower is better at one batch and image size: places of the other view are found more surely.",
    gauges: &[
        GaugeCard {
            id: "information",
            label: "information between views",
            about: "A lower bound on what the whole of a view tells of a fine place of the other, in nats: the log of the number of candidates less the loss.",
            broken: None,
        },
        GaugeCard {
            id: "retrieved",
            label: "own places found",
            about: "Share of views whose whole scores highest, on average, with the fine places of the other view of its image.",
            broken: None,
        },
    ],
    knobs: &[
        Knob::factor(
            "clip",
            "Largest score c",
            "Scores bend towards it: low, and no pair can be told apart with certainty.",
            [1.0, 100.0],
            1.0,
        ),
        Knob::number(
            "regulariser",
            "Weight of squared scores λ",
            "How strongly large scores are held down.",
            [0.0, 1.0],
            0.01,
        ),
        Knob::switch(
            "oneToMid",
            "Whole to coarse",
            "The whole of a view finds places of the other's coarse grid.",
        ),
        Knob::switch(
            "oneToBig",
            "Whole to fine",
            "The whole of a view finds places of the other's fine grid.",
        ),
        Knob::switch(
            "midToMid",
            "Coarse to coarse",
            "A place of the coarse grid finds those of the other view.",
        ),
        Knob::latent(512),
    ],
    diagram: Diagram::shared(&[BRANCH, BRANCH], "InfoNCE across scales"),
    published: Published {
        latent: 1024,
        batch: 200,
        optimizer: OptimizerKind::Adam,
        rate: 2e-4,
        weight_decay: 1e-5,
        epochs: 300,
        schedule: "a fifth of the rate after epochs 250 and 280",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_vectors_cost_the_log_of_the_candidates() {
        let device = Device::flex();
        let view = Scales {
            one: Tensor::ones([3, 4], &device),
            mid: Tensor::ones([3, 2, 4], &device),
            big: Tensor::ones([3, 5, 4], &device),
        };
        let sources = [vec![0, 1, 0], vec![1, 1, 0]];
        let loss = amdim(view.clone(), view, &sources, &Settings::default());
        let terms: Vec<f32> = loss
            .terms
            .iter()
            .map(|t| t.value.clone().into_scalar())
            .collect();
        // One positive, and two images with 2 or 5 places each. Unclipped logits are 4 / 2.
        for (term, expected) in terms
            .iter()
            .zip([5_f32.ln(), 11_f32.ln(), 5_f32.ln(), 12.0])
        {
            assert!((term - expected).abs() < 1e-5, "{terms:?}");
        }
    }

    #[test]
    fn a_coarse_place_is_the_mean_of_four() {
        let map = Tensor::<1, Int>::arange(0..6, &Device::flex()).float();
        let coarse = neighbours(map.reshape([1, 1, 2, 3])).into_data();
        assert_eq!(coarse, TensorData::from([[[[2.0_f32, 3.0]]]]));
    }

    #[test]
    fn the_chosen_places_are_those_of_each_image() {
        let device = Device::flex();
        let x = Tensor::from_floats([[[1.0], [2.0]], [[3.0], [4.0]]], &device);
        let expected = TensorData::from([[2.0_f32], [3.0]]);
        assert_eq!(select(&x, &[1, 0]).into_data(), expected);
    }
}
