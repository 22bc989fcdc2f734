use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::tico::{Form, Settings, tico};

use super::{Outcome, close, device, floats, hyper, only_known, tensor, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["beta", "rho"])?;
    for form in [Form::Covariance, Form::Pairwise] {
        let settings = Settings {
            beta: hyper(case, "beta") as f32,
            rho: hyper(case, "rho") as f32,
            form,
            ..Settings::default()
        };
        calls(case, &settings)
            .await
            .map_err(|reason| format!("{form:?}: {reason}"))?;
    }
    Ok(Outcome::Ran)
}

/// Consecutive calls on one C.
async fn calls(case: &Value, settings: &Settings) -> Result<(), String> {
    let device = device();
    let steps = case["steps"].as_array().ok_or("no steps")?;
    let [d, _] = super::shape::<2>(&steps[0]["C_after"]);
    let mut moment = Tensor::<2>::zeros([d, d], &device);
    for step in steps {
        let input = |which: usize| {
            let name = step["inputs"][which].as_str().expect("a name");
            tensor::<2>(&case["inputs"][name], &device).require_grad()
        };
        let bound = |name: &str| step["tolerance"][name].as_f64().expect("a tolerance");
        let number = |value: &Value| value.as_f64().expect("a number");
        let (a, b) = (input(0), input(1));
        let (loss, after) = tico(a.clone(), b.clone(), moment, settings);
        let scalar = async |value: Tensor<1>| values(value.inner()).await;
        let allowed = bound("loss_abs");
        let expected = [number(&step["loss"])];
        close(
            "loss",
            &scalar(loss.total.clone()).await,
            &expected,
            allowed,
        )?;
        for (term, name) in loss.terms.iter().zip(["invariance", "covariance_contrast"]) {
            let expected = [number(&step["terms"][name])];
            close(name, &scalar(term.value.clone()).await, &expected, allowed)?;
        }
        let grads = loss.total.backward();
        for (name, input) in [("z_a", a), ("z_b", b)] {
            let got = values(input.grad(&grads).expect("both views have a gradient")).await;
            close(name, &got, &floats(&step["grads"][name]), bound("grad_abs"))?;
        }
        // The trace of C is at most 1.
        let expected = floats(&step["C_after"]);
        close("C", &values(after.clone().inner()).await, &expected, 5e-6)?;
        moment = after;
    }
    Ok(())
}
