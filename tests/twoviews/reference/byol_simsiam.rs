use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::{byol::distance, simsiam::negative_cosine};

use super::{Outcome, close, device, floats, only_known, tensor, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["loss", "symmetrised"])?;
    // Terms, their weight in the loss, and their names in the file.
    let (terms, weight, names): (fn(_, _) -> _, _, _) = match case["hyper"]["loss"].as_str() {
        Some("byol") => (distance, 1.0, ["mse_p1_z2", "mse_p2_z1"]),
        Some("simsiam") => (negative_cosine, 0.5, ["neg_cos_p1_z2", "neg_cos_p2_z1"]),
        other => return Err(format!("unknown loss {other:?}")),
    };
    let device = device();
    let input = |name: &str| tensor::<2>(&case["inputs"][name], &device).require_grad();
    let [p, z] = [["p_1", "p_2"], ["z_1", "z_2"]].map(|names| names.map(input));
    let terms: [Tensor<1>; 2] = terms(p.clone(), z.clone().map(Tensor::detach));
    let [first, second] = terms.clone();
    let total = (first + second) * weight;

    let expected = &case["expected"];
    let bound = |name: &str| super::bound(case, name);
    let grads = total.backward();
    let got = [(total, &expected["loss"])];
    let terms = terms.into_iter().zip(names);
    let terms = terms.map(|(term, name)| (term, &expected["terms"][name]));
    for (value, expected) in got.into_iter().chain(terms) {
        let expected = expected.as_f64().expect("a number");
        close(
            "loss",
            &values(value.inner()).await,
            &[expected],
            bound("loss_abs"),
        )?;
    }
    for (input, name) in p.iter().zip(["p_1", "p_2"]) {
        let got = values(input.grad(&grads).ok_or("a prediction has a gradient")?).await;
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
}
