//! What every method keeps to.

use burn::prelude::*;
use serde_json::{Value, json};
use twoviews::checkpoint::{self, State};
use twoviews::encoder::EncoderConfig;
use twoviews::learner::{Learner, Rates};
use twoviews::method::{Clock, View};
use twoviews::methods::{METHODS, Setup, complete};
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::{Augment, Settings};

const SIDE: usize = 16;
const RATES: Rates = Rates {
    now: 1e-3,
    peak: 1e-3,
};

fn settings(id: &str) -> Settings {
    let partial = json!({"method": id, "size": SIDE, "train": {"learningRate": 1e-3}});
    complete(Settings::default().merged(&partial).unwrap()).unwrap()
}

fn start(settings: &Settings, device: &Device) -> Box<dyn Learner> {
    let entry = METHODS
        .iter()
        .find(|entry| entry.card.id == settings.method);
    entry.expect("a known method").start(Setup {
        knobs: &settings.knobs,
        encoder: EncoderConfig { width: 4 },
        train: &settings.train,
        seed: settings.seed,
        device: &device.clone().autodiff(),
    })
}

/// Twelve images, each seen twice with a little noise.
fn views(settings: &Settings, device: &Device) -> Vec<Tensor<4>> {
    let base = View {
        size: SIDE,
        augment: Augment::default(),
    };
    let entry = METHODS
        .iter()
        .find(|entry| entry.card.id == settings.method);
    let plan = entry.expect("a known method").views(&settings.knobs, base);
    let noise = |key: u64, scale: f32, size: usize| {
        let mut rng = Rng::keyed(5, Purpose::Test, &[key]);
        let count = 12 * 3 * size * size;
        let values: Vec<f32> = (0..count).map(|_| rng.normal() * scale).collect();
        Tensor::<4>::from_data(TensorData::new(values, [12, 3, size, size]), device)
    };
    let views = plan.iter().enumerate();
    let views =
        views.map(|(v, view)| noise(0, 1.0, view.size) + noise(v as u64 + 1, 0.3, view.size));
    views.collect()
}

fn number(tensor: Tensor<1>) -> f32 {
    tensor.into_scalar()
}

#[test]
fn the_toy_loss_falls_and_its_terms_add_up() {
    let device = Device::flex();
    for entry in METHODS {
        let id = entry.card.id;
        let settings = settings(id);
        let (mut learner, views) = (start(&settings, &device), views(&settings, &device));
        let mut curve = Vec::new();
        for step in 0..30 {
            let loss = learner.step(
                &views,
                RATES,
                Clock {
                    seed: 42,
                    step,
                    total: 30,
                },
            );
            let total = number(loss.total);
            let sum: f32 = loss
                .terms
                .iter()
                .map(|t| t.weight * number(t.value.clone()))
                .sum();
            assert!(
                (sum - total).abs() <= 1e-4 * total.abs().max(1.0),
                "{id}: {sum} is not {total}"
            );
            let ids: Vec<_> = loss.terms.iter().map(|term| term.id).collect();
            let promised: Vec<_> = entry.card.terms.iter().map(|term| term.id).collect();
            assert_eq!(ids, promised, "{id}");
            let measured: Vec<_> = loss.gauges.iter().map(|gauge| gauge.id).collect();
            let promised: Vec<_> = entry.card.gauges.iter().map(|gauge| gauge.id).collect();
            assert_eq!(measured, promised, "{id}");
            let compared = loss.z.len();
            assert!((1..=views.len()).contains(&compared), "{id}: {compared} z");
            curve.push(total);
        }
        assert!(
            curve.iter().all(|total| total.is_finite()),
            "{id}: {curve:?}"
        );
        assert!(
            curve[29] < curve[0] - 0.1 * curve[0].abs().max(1.0),
            "{id}: {} -> {}",
            curve[0],
            curve[29]
        );
    }
}

#[test]
fn one_seed_gives_one_curve_and_another_seed_another() {
    let device = Device::flex();
    let curve = |settings: &Settings| -> Vec<f32> {
        let (mut learner, views) = (start(settings, &device), views(settings, &device));
        let at = |step| Clock {
            seed: 42,
            step,
            total: 4,
        };
        (0..4)
            .map(|step| number(learner.step(&views, RATES, at(step)).total))
            .collect()
    };
    for entry in METHODS {
        let settings = settings(entry.card.id);
        let first = curve(&settings);
        assert_eq!(first, curve(&settings), "{}", entry.card.id);
        let other = Settings {
            seed: 43,
            ..settings
        };
        assert_ne!(first, curve(&other), "{}", entry.card.id);
    }
}

#[test]
fn every_knob_is_a_setting_within_its_range() {
    for entry in METHODS {
        let defaults = settings(entry.card.id).knobs;
        let fields: Vec<_> = entry.card.knobs.iter().map(|knob| knob.field).collect();
        let mut known: Vec<_> = defaults.keys().map(String::as_str).collect();
        let mut sorted = fields.clone();
        sorted.sort_unstable();
        known.sort_unstable();
        assert_eq!(sorted, known, "{}", entry.card.id);
        entry
            .complete(&defaults)
            .expect("defaults are within their ranges");
        for field in fields {
            let wrong = serde_json::Map::from_iter([(field.to_owned(), Value::from(-1e9))]);
            let error = entry.complete(&wrong).unwrap_err().to_string();
            assert!(error.starts_with(&format!("knobs.{field}")), "{error}");
        }
    }
}

#[test]
fn a_checkpoint_and_back_gives_the_same_next_step() {
    let device = Device::flex();
    for entry in METHODS {
        for optimizer in ["sgd", "adamw", "lars"] {
            let partial = json!({"train": {"optimizer": optimizer}});
            let settings = settings(entry.card.id).merged(&partial).unwrap();
            let views = views(&settings, &device);
            let mut learner = start(&settings, &device);
            let at = |step| Clock {
                seed: 42,
                step,
                total: 6,
            };
            for step in 0..3 {
                learner.step(&views, RATES, at(step));
            }
            let state = State {
                step: 3,
                ..learner.state()
            };
            let saved = pollster::block_on(checkpoint::save(state)).unwrap();
            let state = checkpoint::load(&saved, &device).unwrap();
            assert_eq!(state.step, 3);
            let mut other = start(
                &Settings {
                    seed: 9,
                    ..settings
                },
                &device,
            );
            other.restore(state).unwrap();
            for step in 3..6 {
                let [a, b] = [&mut learner, &mut other]
                    .map(|learner| number(learner.step(&views, RATES, at(step)).total));
                assert_eq!(
                    a.to_bits(),
                    b.to_bits(),
                    "{} with {optimizer}",
                    entry.card.id
                );
            }
            let images = views[0].clone();
            let embed = |learner: &dyn Learner| learner.embed(images.clone()).h.into_data();
            assert_eq!(embed(&*learner), embed(&*other), "running statistics");
        }
    }
}

#[test]
fn the_weights_do_not_depend_on_what_ran_before() {
    let device = Device::flex();
    let settings = settings("simclr");
    let first = start(&settings, &device).state().tensors;
    device.seed(99);
    start(&settings, &device);
    let second = start(&settings, &device).state().tensors;
    for (a, b) in first.into_iter().zip(second) {
        assert_eq!(a.value.into_data(), b.value.into_data(), "{}", a.name);
    }
}
