use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::simclr::{Negatives, cosines, margin_triplet, nt_logistic};

use super::ntxent::two_views;
use super::{Outcome, bound, hyper, only_known, term};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["loss", "temperature", "margin", "negatives"])?;
    let reduction = match case["hyper"]["negatives"].as_str() {
        Some("mean") => Negatives::Mean,
        Some("sum") => Negatives::Sum,
        other => return Err(format!("unknown reduction {other:?}")),
    };
    two_views(case, async |a, b| {
        let s = cosines(Tensor::cat(vec![a, b], 0));
        let number = |name| hyper(case, name) as f32;
        let [attraction, repulsion] = match case["hyper"]["loss"].as_str() {
            Some("nt_logistic") => nt_logistic(s, number("temperature"), reduction),
            Some("margin_triplet") => margin_triplet(s, number("margin"), reduction),
            other => return Err(format!("unknown loss {other:?}")),
        };
        let terms = case["expected"]["terms"].as_object();
        // The margin loss has none in the file.
        for name in terms.into_iter().flat_map(|terms| terms.keys()) {
            let value = match name.as_str() {
                "positive" => &attraction,
                "negative" => &repulsion,
                other => return Err(format!("unknown term {other}")),
            };
            term(case, name, value, bound(case, "loss_abs")).await?;
        }
        Ok(attraction + repulsion)
    })
    .await
}
