use serde_json::Value;
use twoviews::methods::vicreg::{Settings, Views, vicreg};
use twoviews::network::losses::Loss;

use super::ntxent::two_views;
use super::{Outcome, bound, close, hyper, only_known, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(
        case,
        &["sim_coeff", "std_coeff", "cov_coeff", "eps", "gamma"],
    )?;
    if (hyper(case, "eps") - 1e-4).abs() > 1e-12 || (hyper(case, "gamma") - 1.0).abs() > 0.0 {
        return Err("eps and gamma are fixed here, at 1e-4 and 1".into());
    }
    let weights = Settings {
        invariance: hyper(case, "sim_coeff") as f32,
        variance: hyper(case, "std_coeff") as f32,
        covariance: hyper(case, "cov_coeff") as f32,
        ..Settings::default()
    };
    two_views(case, async |a, b| {
        let loss = vicreg(a, b, &weights);
        for (term, name) in loss.terms.iter().zip(["inv", "var", "cov"]) {
            super::term(case, name, &term.value, bound(case, "loss_abs")).await?;
        }
        paper(case, &loss, &weights).await?;
        Ok(loss.total)
    })
    .await
}

/// The paper's text adds the variances of the two views: another loss, with a setting of its own.
async fn paper(case: &Value, loss: &Loss, weights: &Settings) -> Result<(), String> {
    let Some(expected) = case["variants"]["paper_algorithm1_and_solo_learn"]["loss"].as_f64()
    else {
        return Ok(());
    };
    let weights = Settings {
        views: Views::Sum,
        ..weights.clone()
    };
    let [a, b] = [0, 1].map(|view: usize| loss.z[view].clone());
    let got = values(vicreg(a, b, &weights).total.inner()).await;
    let bound = 5e-6 * expected.abs().max(1.0);
    close("the paper's sum", &got, &[expected], bound)
}
