use burn::module::Param;
use burn::prelude::*;
use serde_json::Value;
use twoviews::method::Clock;
use twoviews::methods::{byol::distance, simsiam::negative_cosine};
use twoviews::target::{copy_of, follow, rising};

use super::{Outcome, close, every_case, floats, load, only_known, tensor, values};

const FILE: &str = "byol_simsiam.json";

#[test]
fn losses() {
    every_case(FILE, |case| {
        only_known(case, &["loss", "symmetrised"])?;
        let (loss, terms): (fn(_, _, _) -> _, _) = match case["hyper"]["loss"].as_str() {
            Some("byol") => (distance, ["mse_p1_z2", "mse_p2_z1"]),
            Some("simsiam") => (negative_cosine, ["neg_cos_p1_z2", "neg_cos_p2_z1"]),
            other => return Err(format!("unknown loss {other:?}")),
        };
        let device = Device::flex().autodiff();
        let input = |name: &str| tensor::<2>(&case["inputs"][name], &device).require_grad();
        let [p, z] = [["p_1", "p_2"], ["z_1", "z_2"]].map(|names| names.map(input));
        let aim = z.clone().map(Tensor::detach);
        let loss = loss(p.clone(), aim, z.clone());

        let expected = &case["expected"];
        let bound = |name: &str| case["tolerance"][name].as_f64().expect("a tolerance");
        let grads = loss.total.backward();
        let got = [(loss.total, &expected["loss"])];
        let terms = loss.terms.into_iter().zip(terms);
        let terms = terms.map(|(term, name)| (term.value, &expected["terms"][name]));
        for (value, expected) in got.into_iter().chain(terms) {
            let expected = expected.as_f64().expect("a number");
            close(
                "loss",
                &values(value.inner()),
                &[expected],
                bound("loss_abs"),
            )?;
        }
        for (input, name) in p.iter().zip(["p_1", "p_2"]) {
            let got = values(input.grad(&grads).ok_or("a prediction has a gradient")?);
            close(
                name,
                &got,
                &floats(&expected["grads"][name]),
                bound("grad_abs"),
            )?;
        }
        for (input, name) in z.iter().zip(["z_1", "z_2"]) {
            let zero = floats(&expected["grads"][name]).iter().all(|g| *g == 0.0);
            if input.grad(&grads).is_some() || !zero {
                return Err(format!("{name} has no gradient"));
            }
        }
        Ok(Outcome::Ran)
    });
}

#[test]
fn schedules_of_the_average() {
    let root = load(FILE);
    let schedules = root["ema_schedules"].as_array().expect("schedules");
    for schedule in schedules {
        let number = |name: &str| schedule[name].as_f64().expect("a number");
        assert_eq!(number("final"), 1.0);
        let total = number("total_steps") as usize;
        let got = (0..=total).map(|step| {
            let at = Clock {
                seed: 0,
                step,
                total,
            };
            f64::from(rising(number("base") as f32, at))
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
    let mut target = copy_of(&weights(&case["target_0"]));
    let steps = list("online").iter().zip(floats(&case["tau"]));
    let mut done = 0;
    for ((online, tau), after) in steps.zip(list("target_after")) {
        target = follow(target, &weights(online), tau as f32);
        let got = values(target.matrix.val().inner());
        close("target", &got, &floats(after), 1e-6).unwrap();
        done += 1;
    }
    assert_eq!(done, list("target_after").len());
    assert!(done > 0);
}
