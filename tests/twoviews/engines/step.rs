//! One step, and three, of every method, from the same weights, views and draws.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use burn::prelude::*;
use serde_json::{Map, Value, json};
use twoviews::data::augment::View;
use twoviews::methods;
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::Settings;
use twoviews::training::StepInfo;
use twoviews::training::checkpoint::{self, About, Named, Weights};
use twoviews::training::learner::Rates;
use twoviews::training::schedule;

use super::{IMAGES, python, ran, settings};
use crate::export::{export, run_json};
use crate::folder::Folder;

const STEPS: usize = 3;
const TOTAL: usize = 10;

/// Images of four coarse patches, each view with noise of its own.
fn view_of(step: usize, number: usize, view: View) -> Vec<f32> {
    let side = view.size;
    let mut values = Vec::with_capacity(IMAGES * 3 * side * side);
    for image in 0..IMAGES {
        let mut of_image = Rng::keyed(1, Purpose::Test, &[step as u64, image as u64]);
        let key = [step as u64, image as u64, number as u64];
        let mut noise = Rng::keyed(2, Purpose::Test, &key);
        for _ in 0..3 {
            let coarse: Vec<f32> = (0..16).map(|_| of_image.uniform(0.0, 0.8)).collect();
            for at in 0..side * side {
                let place = at / side * 4 / side * 4 + at % side * 4 / side;
                values.push(coarse[place] + noise.uniform(0.0, 0.2));
            }
        }
    }
    values
}

fn named(name: String, shape: Vec<usize>, values: Vec<f32>) -> Named {
    let length = values.len();
    let value = Tensor::from_data(TensorData::new(values, [length]), &Device::flex());
    Named { name, shape, value }
}

/// What the loss of a method draws at a step, as the method draws it: by kind, one after the other.
fn draws(settings: &Settings, step: usize, into: &mut Vec<Named>) {
    let at = StepInfo {
        seed: settings.seed,
        step,
        total: TOTAL,
    };
    let mut rng = at.rng();
    let count = |knob: &str| settings.knobs[knob].as_u64().expect("a count") as usize;
    let mut add = |what: &str, number: usize, values: Vec<f32>| {
        let name = format!("draws.{step}.{what}.{number}");
        into.push(named(name, vec![values.len()], values));
    };
    match settings.method.as_str() {
        "w_mse" => {
            let mut order: Vec<usize> = (0..IMAGES).collect();
            for iteration in 0..count("iterations") {
                rng.shuffle(&mut order);
                add(
                    "order",
                    iteration,
                    order.iter().map(|i| *i as f32).collect(),
                );
            }
        }
        "amdim" => {
            // 4 x 4 places in the last map of a view of 32 pixels, 3 x 3 means of neighbours.
            for view in 0..2 {
                let places = (0..IMAGES).map(|_| rng.below(9) as f32);
                add("below", view, places.collect());
            }
        }
        "deep_infomax" => {
            let codes = count("views") * IMAGES * count("latent");
            let prior = (0..codes).map(|_| rng.uniform(0.0, 1.0));
            add("uniform", 0, prior.collect());
        }
        "cpc" => {
            let often = settings.knobs["drop"].as_f64().expect("a number") as f32;
            let patches = IMAGES * count("grid").pow(2);
            let drawn = (0..patches).map(|_| (f32::from(rng.chance(often)), rng.below(3) as f32));
            let (chance, below) = drawn.unzip();
            add("chance", 0, chance);
            add("below", 0, below);
        }
        _ => {}
    }
}

/// Steps of a run here, and the project that is to repeat them.
fn record(folder: &Folder, name: &str, wanted: &Value) -> PathBuf {
    let run = run_json(folder, &format!("{name}.json"), wanted);
    let project = folder.at(format!("{name}/project"));
    ran(&export(&run, &project, &[]));
    let run: Value = serde_json::from_slice(&fs::read(project.join("run.json")).unwrap()).unwrap();

    let settings = methods::settings(wanted).expect("settings");
    let entry = methods::find(&settings.method).expect("a method");
    let device = Device::flex();
    let mut learner = methods::start(&settings, &device);
    let base = View {
        size: settings.size,
        augment: settings.augment,
    };
    let plan = entry.views(&settings.knobs, base);
    let mut tensors = vec![named("total".into(), vec![1], vec![TOTAL as f32])];
    let mut losses = Vec::new();
    for step in 0..STEPS {
        draws(&settings, step, &mut tensors);
        let mut views = Vec::new();
        for (number, view) in plan.iter().enumerate() {
            let values = view_of(step, number, *view);
            let shape = [IMAGES, 3, view.size, view.size];
            let data = TensorData::new(values.clone(), shape);
            views.push(Tensor::<4>::from_data(data, &device));
            tensors.push(named(
                format!("views.{step}.{number}"),
                shape.into(),
                values,
            ));
        }
        let at = StepInfo {
            seed: settings.seed,
            step,
            total: TOTAL,
        };
        let train = &settings.train;
        let peak = run["rate"].as_f64().expect("a number") as f32;
        let warmup = schedule::warmup_steps(train, TOTAL);
        let rates = Rates {
            now: schedule::rate(step, TOTAL, warmup, peak, train.final_rate),
            peak,
        };
        losses.push(learner.step(&views, rates, at).total.into_scalar::<f32>());
        let after = keep(learner.state());
        fs::write(
            project.with_file_name(format!("after-{}.safetensors", step + 1)),
            after,
        )
        .unwrap();
    }
    tensors.push(named("loss".into(), vec![losses.len()], losses));
    let weights = Weights {
        tensors,
        ..Weights::default()
    };
    fs::write(project.with_file_name("steps.safetensors"), keep(weights)).unwrap();
    project.parent().expect("a folder").to_owned()
}

fn keep(weights: Weights) -> Vec<u8> {
    let about = About {
        settings: Value::Object(Map::new()),
        ..About::default()
    };
    pollster::block_on(checkpoint::save(about, weights)).expect("finite numbers")
}

/// Of every method and every optimiser; and of what a learner can take away or choose otherwise.
#[test]
fn a_step_on_the_other_engine_is_the_same() {
    let Some(python) = python() else { return };
    let folder = Folder::new("engines");
    let mut runs: Vec<(String, Value)> = Vec::new();
    for entry in methods::METHODS {
        let id = entry.card.id;
        for optimizer in ["sgd", "lars", "adamw"] {
            let all = settings(id, optimizer, &json!({}));
            runs.push((format!("{id}-{optimizer}"), all));
        }
    }
    for (name, method, more) in [
        ("adam", "simclr", json!({"train": {"optimizer": "adam"}})),
        ("no-norm", "vicreg", json!({"encoder": {"norm": false}})),
        ("momentum-0", "moco", json!({"train": {"momentum": 0.0}})),
        (
            "logistic",
            "simclr",
            json!({"knobs": {"loss": "logistic", "projector": "linear"}}),
        ),
        (
            "margin",
            "simclr",
            json!({"knobs": {"loss": "margin", "negatives": "sum"}}),
        ),
        (
            "products",
            "simclr",
            json!({"knobs": {"normalise": false, "projector": "none"}}),
        ),
        (
            "sum",
            "vicreg",
            json!({"knobs": {"views": "sum", "standardise": true}}),
        ),
        (
            "variance",
            "vicreg",
            json!({"knobs": {"root": false, "initialScale": 0.5}}),
        ),
        ("pairwise", "tico", json!({"knobs": {"form": "pairwise"}})),
        (
            "distance",
            "w_mse",
            json!({"knobs": {"normalise": false, "views": 2}}),
        ),
        ("copy", "byol", json!({"knobs": {"average": false}})),
        (
            "collapse",
            "simsiam",
            json!({"knobs": {"stopGradient": false, "predictor": false}}),
        ),
        (
            "uneven",
            "swav",
            json!({"knobs": {"rounds": 0, "smallViews": 0}}),
        ),
        (
            "sharp",
            "swav",
            json!({"knobs": {"epsilon": 0.01, "queue": 0}}),
        ),
        (
            "jsd",
            "deep_infomax",
            json!({"knobs": {"bound": "jsd", "views": 1}}),
        ),
        ("whole", "amdim", json!({"knobs": {"midToMid": false}})),
        ("far", "cpc", json!({"knobs": {"first": 2, "last": 2}})),
    ] {
        runs.push((format!("{method}-{name}"), settings(method, "sgd", &more)));
    }
    let folders = runs.iter().map(|(name, all)| record(&folder, name, all));
    let folders: Vec<PathBuf> = folders.collect();
    let output = Command::new(python)
        .arg("tests/engines/one_step.py")
        .args(&folders)
        .env("OMP_NUM_THREADS", "1")
        .output()
        .expect("Python runs");
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
    ran(&output);
    let lines = String::from_utf8_lossy(&output.stdout).lines().count();
    assert_eq!(lines, runs.len());
}
