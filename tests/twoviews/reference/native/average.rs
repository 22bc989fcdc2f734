//! The moving average that targets follow: its schedule and its updates.

use burn::module::Param;
use burn::prelude::*;
use serde_json::Value;
use twoviews::network::ema::{ema_update, frozen_copy, momentum_schedule};
use twoviews::training::method::StepInfo;

use super::super::{close, floats, tensor};
use super::load;

const FILE: &str = "byol_simsiam.json";

#[test]
fn schedules_of_the_average() {
    let root = load(FILE);
    let schedules = root["ema_schedules"].as_array().expect("schedules");
    for schedule in schedules {
        let number = |name: &str| schedule[name].as_f64().expect("a number");
        assert_eq!(number("final"), 1.0);
        let total = number("total_steps") as usize;
        let got = (0..=total).map(|step| {
            let at = StepInfo {
                seed: 0,
                step,
                total,
            };
            f64::from(momentum_schedule(number("base") as f32, at.progress()))
        });
        // A number near 1 is known to 6e-8 in f32.
        let got: Vec<_> = got.collect();
        close("decay", &got, &floats(&schedule["tau"]), 2e-7).unwrap();
    }
    assert!(!schedules.is_empty());
}

#[derive(Module, Debug)]
struct Weights {
    matrix: Param<Tensor<2>>,
}

#[test]
fn updates_of_the_average() {
    let root = load(FILE);
    let case = &root["ema_update"];
    let device = Device::flex().autodiff();
    let weights = |value: &Value| Weights {
        matrix: Param::from_tensor(tensor(value, &device)),
    };
    let list = |name: &str| case[name].as_array().expect("a list");
    let mut target = frozen_copy(&weights(&case["target_0"]));
    let steps = list("online").iter().zip(floats(&case["tau"]));
    let mut done = 0;
    for ((online, tau), after) in steps.zip(list("target_after")) {
        target = ema_update(target, &weights(online), tau as f32);
        let got: Vec<f64> = target.matrix.val().inner().into_data().iter().collect();
        close("target", &got, &floats(after), 1e-6).unwrap();
        done += 1;
    }
    assert_eq!(done, list("target_after").len());
    assert!(done > 0);
}
