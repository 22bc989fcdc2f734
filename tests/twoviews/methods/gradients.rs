//! What a loss tells when it is asked: gradients of its terms, and where its negatives are pulled.

use super::*;
use twoviews::evaluation::readings::{NegativeRows, hard_negatives};
use twoviews::training::NegativePairs;

/// All numbers of a network and its optimiser, by name.
fn numbers(learner: &dyn Learner) -> BTreeMap<String, Vec<f32>> {
    let tensors = learner.state().tensors.into_iter();
    tensors
        .map(|tensor| (tensor.name, tensor.value.into_data().iter().collect()))
        .collect()
}

fn with(id: &str, partial: &Value) -> Settings {
    complete(settings(id).merged(partial).unwrap()).unwrap()
}

/// The learner of these settings, its views, and how long the gradient of a term is.
fn gradient(settings: &Settings, term: Option<usize>) -> [f32; 2] {
    let device = Device::flex();
    let (mut learner, views) = (start(settings, &device), views(settings, &device));
    learner.gradient(term, &views, at(0, 9)).map(number)
}

#[test]
fn the_gradient_of_the_whole_is_what_a_step_of_sgd_moves() {
    const RATE: f32 = 0.01;
    let device = Device::flex();
    for id in ["simclr", "vicreg", "cpc", "amdim"] {
        let plain = json!({"train": {"optimizer": "sgd", "momentum": 0.0, "weightDecay": 0.0}});
        let settings = with(id, &plain);
        let (mut learner, views) = (start(&settings, &device), views(&settings, &device));
        let lengths = gradient(&settings, None);
        let before = numbers(&*learner);
        let rates = Rates {
            now: RATE,
            peak: RATE,
        };
        learner.step(&views, rates, at(0, 9));
        let after = numbers(&*learner);
        let mut squares = [0.0; 2];
        for (name, before) in &before {
            if name.contains("running") || name.starts_with("optimizer") {
                continue;
            }
            let moved = before.iter().zip(&after[name]);
            let moved = moved.map(|(a, b)| f64::from((a - b) / RATE).powi(2));
            squares[usize::from(!name.contains("encoder"))] += moved.sum::<f64>();
        }
        for (length, squares) in lengths.into_iter().zip(squares) {
            let (length, moved) = (f64::from(length), squares.sqrt());
            // Weights are some hundred times as large as what moves them.
            assert!(
                (length - moved).abs() <= 0.01 * moved,
                "{id}: {length}, moved {moved}"
            );
        }
    }
}

#[test]
fn every_loss_and_every_term_has_one() {
    let device = Device::flex();
    for entry in METHODS {
        let id = entry.card.id;
        let settings = settings(id);
        let views = views(&settings, &device);
        let ask = |term| {
            let mut learner = start(&settings, &device);
            let [h, z] = learner.gradient(term, &views, at(0, 9)).map(number);
            assert!(h.is_finite() && z.is_finite(), "{id}: {h}, {z} of {term:?}");
            assert!(h > 0.0 || term.is_some(), "{id}: its encoder is found");
            f64::from(h).hypot(f64::from(z))
        };
        let whole = ask(None);
        let each = (0..entry.card.terms.len()).map(|term| ask(Some(term)));
        let sum: f64 = each.sum();
        assert!(
            whole > 0.0 && whole <= sum * 1.0001,
            "{id}: {whole} of {sum}"
        );
        let negatives = start(&settings, &device).negatives(&views);
        assert_eq!(
            negatives.is_some(),
            ["simclr", "moco"].contains(&id),
            "{id}"
        );
    }
}

#[test]
fn near_collapse_the_deviation_still_pulls_and_the_variance_hardly() {
    let variance = |root: bool| {
        let knobs = json!({"knobs": {"root": root, "initialScale": 0.01}});
        // Of the encoder's weights: those behind are large or small by the scale itself.
        gradient(&with("vicreg", &knobs), Some(1))[0]
    };
    let (deviation, variance) = (variance(true), variance(false));
    assert!(deviation > 10.0 * variance, "{deviation} and {variance}");
}

/// The part of the pull that the hardest tenth of the negatives gets.
fn share(id: &str, knobs: &Value) -> f64 {
    let device = Device::flex();
    let settings = with(id, &json!({"knobs": knobs}));
    let (mut learner, views) = (start(&settings, &device), views(&settings, &device));
    let NegativePairs { similarity, pull } = learner.negatives(&views).expect("it has negatives");
    let rows = NegativeRows {
        width: similarity.dims()[1],
        similarity: similarity.into_data().iter().collect(),
        pull: pull.into_data().iter().collect(),
    };
    hard_negatives(&rows, 0.1).expect("they are pulled at")
}

#[test]
fn a_low_temperature_looks_at_the_hardest_negatives_and_a_sum_of_all_at_all() {
    for id in ["simclr", "moco"] {
        let [cool, warm] =
            [0.02, 2.0].map(|temperature| share(id, &json!({"temperature": temperature})));
        assert!(cool > 2.0 * warm, "{id}: {cool} and {warm}");
    }
    // Of 22 negatives three are the hardest tenth; far from the threshold all are pulled alike.
    let logistic = share("simclr", &json!({"loss": "logistic", "temperature": 2.0}));
    assert!((logistic - 3.0 / 22.0).abs() < 0.03, "{logistic}");
}
