use burn::prelude::*;
use serde_json::Value;
use twoviews::whitening::{CONDITION_LIMIT, cholesky, whiten};

use super::{Outcome, close, every_case, floats, hyper, only_known, tensor, values};

#[test]
fn wmse_agrees() {
    every_case("wmse.json", |case| {
        if case["inputs"].get("cotangent").is_some() {
            whitening(case)
        } else {
            Ok(Outcome::Ran)
        }
    });
}

/// Whitening alone: `sum(y * cotangent)` and its gradient.
fn whitening(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["what", "eps"])?;
    let epsilon = hyper(case, "eps") as f32;
    let device = Device::flex().autodiff();
    let input = |name: &str| tensor::<2>(&case["inputs"][name], &device).unsqueeze::<3>();
    let (x, cotangent) = (input("x").require_grad(), input("cotangent"));
    let whitened = whiten(x.clone(), epsilon);
    let y = whitened.y.clone().inner();
    let total = (whitened.y * cotangent).sum();
    let grads = total.backward();
    let grad = x.grad(&grads).ok_or("no gradient")?;
    if values(whitened.condition.inner())[0] >= f64::from(CONDITION_LIMIT) {
        return Err("counts as failed".into());
    }
    let (expected, bound) = (&case["expected"], |name| bound(case, name));
    agree("loss", total.inner(), &expected["loss"], bound("loss_abs"))?;
    agree("x", grad, &expected["grads"]["x"], bound("grad_abs"))?;
    agree(
        "y",
        y.clone(),
        &expected["aux"]["whitened"],
        bound("loss_abs"),
    )?;

    let [_, n, d] = y.dims();
    let second = |x: Tensor<3>| x.clone().transpose().matmul(x) / (n as f32 - 1.0);
    let found = second(y);
    let covariance = &expected["aux"]["covariance_of_output"];
    agree("covariance", found, covariance, bound("loss_abs"))?;

    let x = x.inner();
    let eye = Tensor::<2>::eye(d, &x.device()).unsqueeze::<3>();
    let shrunk = second(x.clone() - x.mean_dim(1)) * (1.0 - epsilon) + eye * epsilon;
    let lower = cholesky(shrunk).lower;
    let largest = floats(&expected["aux"]["cholesky_L"]);
    let largest = largest.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    agree("L", lower, &expected["aux"]["cholesky_L"], 1e-5 * largest)?;
    Ok(Outcome::Ran)
}

fn bound(case: &Value, name: &str) -> f64 {
    case["tolerance"][name].as_f64().expect("a tolerance")
}

fn agree<const D: usize>(
    what: &str,
    got: Tensor<D>,
    expected: &Value,
    bound: f64,
) -> Result<(), String> {
    let expected = expected
        .as_f64()
        .map_or_else(|| floats(expected), |number| vec![number]);
    let got = values(got);
    let off = got.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    println!(
        "{what}: {:.3} of what is allowed",
        off.fold(0.0, f64::max) / bound
    );
    close(what, &got, &expected, bound)
}
