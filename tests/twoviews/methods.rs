//! What every method keeps to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::prelude::*;
use serde_json::{Value, json};
use twoviews::data::augment::View;
use twoviews::error::Error;
use twoviews::methods::{METHODS, Setup, complete};
use twoviews::network::ema::MOMENTUM;
use twoviews::network::encoder::EncoderConfig;
use twoviews::network::losses::Loss;
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::card::{Card, KnobKind, Weights};
use twoviews::settings::{Augment, Settings};
use twoviews::training::checkpoint::{self, About};
use twoviews::training::learner::{Learner, Rates};
use twoviews::training::method::StepInfo;

mod cards;
mod gradients;

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
        encoder: EncoderConfig {
            width: 4,
            norm: true,
        },
        train: &settings.train,
        seed: settings.seed,
        device: &device.clone().autodiff(),
    })
}

/// The two halves of an `OnlineAndTarget` in the path of a tensor.
const ONLINE: &str = ".online.";
const TARGET: &str = ".target.";

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

fn at(step: usize, total: usize) -> StepInfo {
    StepInfo {
        seed: 42,
        step,
        total,
    }
}

/// The total of a loss that is as its card says.
fn total(loss: Loss, card: &Card, views: usize) -> f32 {
    let id = card.id;
    let total = number(loss.total);
    assert!(total.is_finite(), "{id}: {total}");
    let terms = loss.terms.iter();
    let sum: f32 = terms.map(|t| t.weight * number(t.value.clone())).sum();
    assert!(
        (sum - total).abs() <= 1e-4 * total.abs().max(1.0),
        "{id}: {sum} is not {total}"
    );
    let ids: Vec<_> = loss.terms.iter().map(|term| term.id).collect();
    let promised: Vec<_> = card.terms.iter().map(|term| term.id).collect();
    assert_eq!(ids, promised, "{id}");
    let measured: Vec<_> = loss.gauges.iter().map(|gauge| gauge.id).collect();
    let promised: Vec<_> = card.gauges.iter().map(|gauge| gauge.id).collect();
    assert_eq!(measured, promised, "{id}");
    for gauge in loss.gauges {
        let value = number(gauge.value);
        assert!(value.is_finite(), "{id}: {} is {value}", gauge.id);
    }
    let compared = loss.z.len();
    assert!((1..=views).contains(&compared), "{id}: {compared} z");
    total
}

#[test]
fn the_toy_loss_falls_and_its_terms_add_up() {
    let device = Device::flex();
    for entry in METHODS {
        let id = entry.card.id;
        let settings = settings(id);
        let (mut learner, views) = (start(&settings, &device), views(&settings, &device));
        // First the network stands still, while queues fill and running matrices settle: until
        // then a loss may rise for reasons of its own.
        let still = Rates {
            now: 0.0,
            peak: 0.0,
        };
        let mut curve = Vec::new();
        for step in 0..60 {
            let rates = if step < 30 { still } else { RATES };
            let loss = learner.step(&views, rates, at(step, 60));
            curve.push(total(loss, &entry.card, views.len()));
        }
        assert!(
            curve[59] < curve[30] - 0.1 - 0.02 * curve[30].abs(),
            "{id}: {} -> {}",
            curve[30],
            curve[59]
        );
    }
}

#[test]
fn every_word_of_every_knob_trains() {
    let device = Device::flex();
    for entry in METHODS {
        let plain = settings(entry.card.id);
        for knob in entry.card.knobs {
            let words: Vec<Value> = match knob.kind {
                KnobKind::Switch => vec![false.into(), true.into()],
                KnobKind::Choice { options } => options.iter().map(|o| o.value.into()).collect(),
                KnobKind::Number { .. } | KnobKind::Count { .. } => continue,
            };
            for word in words {
                let turned = json!({"knobs": {knob.field: word}});
                let settings = complete(plain.merged(&turned).unwrap()).unwrap();
                let (mut learner, views) = (start(&settings, &device), views(&settings, &device));
                for step in 0..2 {
                    let loss = learner.step(&views, RATES, at(step, 2));
                    total(loss, &entry.card, views.len());
                }
            }
        }
    }
}

#[test]
fn the_optimiser_moves_what_takes_a_gradient_and_a_target_only_follows() {
    let device = Device::flex();
    for entry in METHODS {
        let follows = matches!(entry.card.diagram.weights, Weights::Average { .. });
        for optimizer in ["sgd", "adamw", "lars"] {
            let id = entry.card.id;
            let mut partial = json!({"train": {"optimizer": optimizer}});
            if follows {
                assert!(
                    entry.card.knobs.contains(&MOMENTUM),
                    "{id}: no ema::MOMENTUM"
                );
                partial["knobs"] = json!({MOMENTUM.field: 0.5});
            }
            let settings = complete(settings(id).merged(&partial).unwrap()).unwrap();
            let (mut learner, views) = (start(&settings, &device), views(&settings, &device));
            let before = tensors(&*learner);
            learner.step(&views, RATES, at(0, 100));
            let after = tensors(&*learner);

            // Halfway from where it was to where the network in training went.
            let targets = after
                .iter()
                .filter(|(path, _)| path.contains(TARGET) && !path.contains("running"));
            let mut found = 0;
            for (path, target) in targets {
                let online = &after[&path.replacen(TARGET, ONLINE, 1)];
                for ((new, old), online) in target.iter().zip(&before[path]).zip(online) {
                    let expected = f32::midpoint(*old, *online);
                    assert!(
                        (new - expected).abs() < 1e-6,
                        "{id} with {optimizer}: {path}"
                    );
                }
                found += 1;
            }
            assert_eq!(found > 0, follows, "{id}: a target is an OnlineAndTarget");

            // Some parameters may be frozen at first, but not for long.
            learner.step(&views, RATES, at(50, 100));
            let moved = learner.state().moved;
            let moved: usize = moved.keys().map(|path| after[path].len()).sum();
            assert_eq!(moved, learner.parameters(), "{id} with {optimizer}");
        }
    }
}

/// All tensors of a run by path.
fn tensors(learner: &dyn Learner) -> BTreeMap<String, Vec<f32>> {
    let tensors = learner.state().tensors.into_iter();
    tensors
        .map(|tensor| (tensor.name, tensor.value.into_data().iter().collect()))
        .collect()
}

#[test]
fn one_seed_gives_one_curve_and_another_seed_another() {
    let device = Device::flex();
    let curve = |settings: &Settings| -> Vec<f32> {
        let (mut learner, views) = (start(settings, &device), views(settings, &device));
        (0..4)
            .map(|step| number(learner.step(&views, RATES, at(step, 4)).total))
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
            match entry.complete(&wrong).unwrap_err() {
                Error::Setting { path, .. } => assert_eq!(path, format!("knobs.{field}")),
                other => panic!("{other}"),
            }
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
            for step in 0..3 {
                learner.step(&views, RATES, at(step, 6));
            }
            let about = About {
                step: 3,
                ..About::default()
            };
            let saved = checkpoint::save(about, learner.state());
            let saved = pollster::block_on(saved).unwrap();
            let (about, weights) = checkpoint::load(&saved, &device).unwrap();
            assert_eq!(about.step, 3);
            let mut other = start(
                &Settings {
                    seed: 9,
                    ..settings
                },
                &device,
            );
            other.restore(weights).unwrap();
            for step in 3..6 {
                let [a, b] = [&mut learner, &mut other]
                    .map(|learner| number(learner.step(&views, RATES, at(step, 6)).total));
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

/// What a file of a method begins its parts with, in their order.
const PARTS: [(&str, &str); 7] = [
    ("the paper", "//! "),
    ("the loss", "pub fn "),
    ("the network", "#[derive(Module"),
    ("the method", "impl Method for "),
    ("the settings", "with_defaults! {"),
    ("the card", "const CARD: Card = Card {"),
    ("the tests", "mod tests"),
];

#[test]
fn a_method_reads_like_its_paper() {
    for entry in METHODS {
        let id = entry.card.id;
        let file = PathBuf::from(format!("src/methods/{id}.rs"));
        let text = std::fs::read_to_string(file).expect("a method is the file of its id");
        let mut last = 0;
        for (part, start) in PARTS {
            let at = text.lines().position(|line| line.starts_with(start));
            let at = at.unwrap_or_else(|| panic!("{id}: no {part}, `{start}`")) + 1;
            assert!(at > last, "{id}: {part} comes too early, in line {at}");
            if part == "the loss" {
                assert!(at <= 40, "{id}: the loss begins in line {at}");
            }
            last = at;
        }
    }
}
