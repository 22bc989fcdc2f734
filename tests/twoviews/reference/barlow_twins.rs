use serde_json::Value;
use twoviews::methods::barlow_twins::barlow_twins;

use super::ntxent::two_views;
use super::{Outcome, bound, hyper, only_known};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["lambda", "bn_eps"])?;
    if (hyper(case, "bn_eps") - 1e-5).abs() > 1e-12 {
        return Err("bn_eps is fixed here, at 1e-5".into());
    }
    two_views(case, async |a, b| {
        let loss = barlow_twins(a, b, hyper(case, "lambda") as f32);
        for (term, name) in loss.terms.iter().zip(["on_diag", "off_diag"]) {
            let expected = case["expected"]["terms"][name].as_f64().expect("a term");
            // The tolerance is that of the loss, whose size is not that of the terms.
            let bound = bound(case, "loss_abs").max(5e-6 * expected);
            super::term(case, name, &term.value, bound).await?;
        }
        Ok(loss.total)
    })
    .await
}
