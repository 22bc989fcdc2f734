//! The loss at chance, beside the loss of embeddings that say nothing.

use burn::prelude::*;
use serde_json::{Map, json};
use twoviews::methods::{
    amdim, barlow_twins, byol, cpc, deep_infomax, find, moco, simclr, simsiam, swav, tico, vicreg,
    w_mse,
};
use twoviews::network::losses::Loss;
use twoviews::rng::{Purpose, Rng};
use twoviews::training::Scale;

const N: usize = 32;
const SCALE: Scale = Scale {
    images: N,
    size: 32,
    features: 64,
};

/// The line of a method with these knobs.
fn chance(id: &str, knobs: serde_json::Value) -> f32 {
    let entry = find(id).expect("a method");
    let knobs: Map<_, _> = serde_json::from_value(knobs).expect("an object");
    let knobs = entry.complete(&knobs).expect("knobs of the method");
    entry.chance(&knobs, SCALE).expect("it has a line")
}

fn drawn(rng: &mut Rng, shape: [usize; 2]) -> Tensor<2> {
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| rng.normal()).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// The mean of a loss over 40 draws of two independent views, `[N, d]` each.
fn mean(d: usize, loss: impl Fn(Tensor<2>, Tensor<2>) -> Loss) -> f32 {
    let mut rng = Rng::keyed(1, Purpose::Test, &[]);
    let mut one = || {
        let [a, b] = [(); 2].map(|()| drawn(&mut rng, [N, d]));
        loss(a, b).total.into_scalar::<f32>()
    };
    (0..40).map(|_| one()).sum::<f32>() / 40.0
}

fn near(got: f32, expected: f32, tolerance: f32) {
    let off = (got - expected).abs();
    assert!(
        off <= tolerance * expected.abs().max(1.0),
        "{got}, not {expected}"
    );
}

fn total(terms: [Tensor<1>; 2]) -> f32 {
    let [a, b] = terms;
    (a + b).into_scalar()
}

#[test]
fn a_choice_among_equals_costs_the_log_of_their_number() {
    let device = Device::flex();
    let ones = |n: usize| Tensor::<2>::ones([n, 8], &device);
    let s = simclr::cosines(ones(2 * N));
    near(
        total(simclr::nt_xent(s, 0.2)),
        chance("simclr", json!({})),
        1e-5,
    );

    let unit = 1.0 / 8.0_f32.sqrt();
    let even = moco::info_nce(ones(N), ones(N) * unit, ones(50) * unit, 0.2);
    near(
        even.total.into_scalar(),
        chance("moco", json!({"queue": 50})),
        1e-5,
    );

    let scores = || Tensor::<2>::ones([N, 12], &device) * 0.3;
    let all = [scores(), scores(), scores()];
    let codes = [0, 1].map(|_| swav::codes(scores(), None, 0.02, 3));
    let swapped = swav::swapped(&all, &codes, 0.1).into_scalar::<f32>();
    near(swapped, chance("swav", json!({"prototypes": 12})), 1e-5);
}

#[test]
fn other_losses_of_simclr_cost_their_thresholds() {
    use simclr::Negatives::{Mean, Sum};
    let device = Device::flex();
    let s = || Tensor::<2>::zeros([2 * N, 2 * N], &device);
    for (word, reduction) in [("mean", Mean), ("sum", Sum)] {
        let knobs = |loss: &str| json!({"loss": loss, "negatives": word, "margin": 0.6});
        let logistic = total(simclr::nt_logistic(s(), 0.2, reduction));
        near(logistic, chance("simclr", knobs("logistic")), 1e-5);
        let margin = total(simclr::margin_triplet(s(), 0.6, reduction));
        near(margin, chance("simclr", knobs("margin")), 1e-5);
    }
}

#[test]
fn right_angles_are_what_independent_directions_come_to() {
    let rows = |row: [f32; 2]| Tensor::<2>::from_floats([row], &Device::flex());
    let pair = |row| [rows(row), rows(row)];
    let (p, z) = ([1.0, 0.0], [0.0, 2.0]);
    near(
        total(byol::distance(pair(p), pair(z))),
        chance("byol", json!({})),
        1e-6,
    );
    let cosine = total(simsiam::negative_cosine(pair(p), pair(z)));
    near(cosine, chance("simsiam", json!({})), 1e-6);
}

#[test]
fn places_of_zero_scores_are_found_by_chance() {
    let device = Device::flex();
    let scales = || amdim::Scales {
        one: Tensor::zeros([N, 8], &device),
        mid: Tensor::zeros([N, 9, 8], &device),
        big: Tensor::zeros([N, 16, 8], &device),
    };
    let sources = [vec![0; N], vec![0; N]];
    let loss = amdim::amdim(scales(), scales(), &sources, &amdim::Settings::default());
    near(loss.total.into_scalar(), chance("amdim", json!({})), 1e-5);

    let patches = || Tensor::<4>::zeros([N, 4, 4, 8], &device);
    let term = |k| cpc::info_nce_below(patches(), patches(), k, 0.5).0;
    let three = (1..=3).map(|k| term(k).into_scalar::<f32>()).sum();
    near(three, chance("cpc", json!({})), 1e-5);
    let two = (2..=3).map(|k| term(k).into_scalar::<f32>()).sum();
    near(two, chance("cpc", json!({"first": 2})), 1e-5);

    for (word, bound) in [
        ("infonce", deep_infomax::Bound::InfoNce),
        ("jsd", deep_infomax::Bound::Jsd),
    ] {
        let cost = |places| {
            let logits = Tensor::<3>::zeros([N, N, places], &device);
            deep_infomax::minus_information(logits, bound).into_scalar::<f32>()
        };
        let knobs = json!({"bound": word, "global": 0.5, "local": 2.0, "prior": 0.0});
        // Twice ln 2 is what the discriminator loses.
        let discriminator = 2.0 * std::f32::consts::LN_2;
        let expected = 0.5 * cost(1) + 2.0 * cost(16) + discriminator;
        near(chance("deep_infomax", knobs), expected, 1e-5);
    }
}

#[test]
fn independent_features_cost_what_the_formulas_say() {
    let latent = json!({"latent": 24});
    let redundant = mean(24, |a, b| barlow_twins::barlow_twins(a, b, 0.0051));
    near(redundant, chance("barlow_twins", latent.clone()), 0.02);
    let vic = mean(24, |a, b| {
        vicreg::vicreg(a, b, &vicreg::Settings::default())
    });
    // A sample's deviation falls below 1 half of the time, by a little.
    near(vic, chance("vicreg", latent.clone()), 0.05);
    let even = Tensor::<2>::eye(24, &Device::flex()) / 24.0;
    let settings = tico::Settings::default();
    let contrast = mean(24, |a, b| tico::tico(a, b, even.clone(), &settings).0);
    near(contrast, chance("tico", latent), 0.02);
    let all = [(0..N).collect::<Vec<_>>()];
    for normalise in [true, false] {
        let settings = w_mse::Settings {
            normalise,
            sub_batch: N,
            epsilon: 0.0,
            ..w_mse::Settings::default()
        };
        let apart = mean(8, |a, b| w_mse::w_mse(vec![a, b], &settings, &all));
        near(apart, chance("w_mse", json!({})), 0.05);
    }
}
