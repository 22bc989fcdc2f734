use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::simclr::{cosines, nt_xent};

use super::{Outcome, close, device, floats, hyper, only_known, tensor, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["temperature"])?;
    let temperature = hyper(case, "temperature") as f32;
    two_views(case, async |a, b| {
        let [attraction, repulsion] = nt_xent(cosines(Tensor::cat(vec![a, b], 0)), temperature);
        Ok(attraction + repulsion)
    })
    .await
}

/// Compares the loss of two views and its gradients with the case.
pub(super) async fn two_views(
    case: &Value,
    loss: impl AsyncFn(Tensor<2>, Tensor<2>) -> Result<Tensor<1>, String>,
) -> Result<Outcome, String> {
    let device = device();
    let input = |name: &str| tensor::<2>(&case["inputs"][name], &device).require_grad();
    let (a, b) = (input("z_a"), input("z_b"));
    let total = loss(a.clone(), b.clone()).await?;
    let expected = &case["expected"];
    let bound = |name: &str| super::bound(case, name);
    let grads = total.backward();
    close(
        "loss",
        &values(total.inner()).await,
        &[expected["loss"].as_f64().expect("a loss")],
        bound("loss_abs"),
    )?;
    for (name, input) in [("z_a", a), ("z_b", b)] {
        let got = values(input.grad(&grads).expect("both views have a gradient")).await;
        match case["grad_check"].as_str() {
            Some("full") => {
                let expected = floats(&expected["grads"][name]);
                close(name, &got, &expected, bound("grad_abs"))?;
            }
            Some("finite_only") => {
                if got.iter().any(|x| !x.is_finite()) {
                    return Err(format!("the gradient of {name} is not finite"));
                }
            }
            other => return Err(format!("unknown grad_check {other:?}")),
        }
    }
    Ok(Outcome::Ran)
}
