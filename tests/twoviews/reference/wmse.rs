use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::w_mse::{Settings, w_mse};
use twoviews::network::whitening::{cholesky, whiten};

use super::{Outcome, close, device, floats, hyper, only_known, tensor, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    if case["inputs"].get("cotangent").is_some() {
        whitening(case).await
    } else {
        loss(case).await
    }
}

/// Whitening alone: `sum(y * cotangent)` and its gradient.
async fn whitening(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["what", "eps"])?;
    let epsilon = hyper(case, "eps") as f32;
    let device = device();
    let input = |name: &str| tensor::<2>(&case["inputs"][name], &device).unsqueeze::<3>();
    let (x, cotangent) = (input("x").require_grad(), input("cotangent"));
    let whitened = whiten(x.clone(), epsilon);
    let condition = values(whitened.condition.inner()).await[0];
    if !(0.999..1e6).contains(&condition) {
        return Err(format!("a condition number of {condition}"));
    }
    let y = whitened.y.clone().inner();
    let total = (whitened.y * cotangent).sum();
    let grad = x.grad(&total.backward()).ok_or("no gradient")?;
    let (expected, aux) = (&case["expected"], &case["expected"]["aux"]);
    let (loss, grads) = (bound(case, "loss_abs"), bound(case, "grad_abs"));
    agree("loss", total.inner(), &expected["loss"], loss).await?;
    agree("x", grad, &expected["grads"]["x"], grads).await?;
    agree("y", y.clone(), &aux["whitened"], loss).await?;

    let [_, n, d] = y.dims();
    let second = |x: Tensor<3>| x.clone().transpose().matmul(x) / (n as f32 - 1.0);
    let covariance = second(y);
    agree("cov", covariance, &aux["covariance_of_output"], loss).await?;

    let x = x.inner();
    let eye = Tensor::<2>::eye(d, &x.device()).unsqueeze::<3>();
    let shrunk = second(x.clone() - x.mean_dim(1)) * (1.0 - epsilon) + eye * epsilon;
    let largest = floats(&aux["cholesky_L"]).into_iter();
    let largest = largest.fold(1.0, |a: f64, b| a.max(b.abs()));
    let lower = cholesky(shrunk).lower;
    agree("L", lower, &aux["cholesky_L"], 1e-5 * largest).await?;
    Ok(Outcome::Ran)
}

/// The loss of two or more views and its gradients.
async fn loss(case: &Value) -> Result<Outcome, String> {
    let known = [
        "views",
        "w_size",
        "w_iter",
        "eps",
        "pair_loss",
        "permutations",
    ];
    only_known(case, &known)?;
    let settings = Settings {
        views: hyper(case, "views") as usize,
        sub_batch: hyper(case, "w_size") as usize,
        iterations: hyper(case, "w_iter") as usize,
        epsilon: hyper(case, "eps") as f32,
        normalise: match case["hyper"]["pair_loss"].as_str() {
            Some("2-2cos") => true,
            Some("mse") => false,
            other => return Err(format!("unknown pair loss {other:?}")),
        },
        ..Settings::default()
    };
    let order = |order: &Value| floats(order).into_iter().map(|i| i as usize).collect();
    let splits = case["hyper"]["permutations"]
        .as_array()
        .ok_or("no splits")?;
    let splits: Vec<Vec<usize>> = splits.iter().map(order).collect();
    if splits.len() != settings.iterations {
        return Err(format!("{} splits", splits.len()));
    }
    let names: Vec<_> = (0..settings.views).map(|v| format!("z_{v}")).collect();
    let input = |name: &String| tensor::<2>(&case["inputs"][name], &device()).require_grad();
    let z: Vec<_> = names.iter().map(input).collect();
    let total = w_mse(z.clone(), &settings, &splits).total;
    let grads = total.backward();
    let expected = &case["expected"];
    let allowed = bound(case, "loss_abs");
    agree("loss", total.inner(), &expected["loss"], allowed).await?;
    for (name, z) in names.iter().zip(z) {
        let grad = z.grad(&grads).ok_or("no gradient")?;
        let expected = &expected["grads"][name];
        agree(name, grad, expected, bound(case, "grad_abs")).await?;
    }
    Ok(Outcome::Ran)
}

fn bound(case: &Value, name: &str) -> f64 {
    case["tolerance"][name].as_f64().expect("a tolerance")
}

async fn agree<const D: usize>(
    what: &str,
    got: Tensor<D>,
    expected: &Value,
    bound: f64,
) -> Result<(), String> {
    let number = expected.as_f64().map(|number| vec![number]);
    let expected = number.unwrap_or_else(|| floats(expected));
    close(what, &values(got).await, &expected, bound)
}
