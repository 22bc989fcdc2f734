use serde_json::Value;
use twoviews::methods::simclr::{Negatives, Objective, Settings, contrast};

use super::ntxent::two_views;
use super::{Outcome, bound, hyper, only_known, term};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["loss", "temperature", "margin", "negatives"])?;
    let settings = settings(case)?;
    two_views(case, async |a, b| {
        let loss = contrast(a, b, &settings);
        let terms = case["expected"]["terms"].as_object();
        // The margin loss has none in the file.
        for name in terms.into_iter().flat_map(|terms| terms.keys()) {
            let at = ["positive", "negative"].iter().position(|n| n == name);
            let value = &loss.terms[at.ok_or(format!("unknown term {name}"))?].value;
            term(case, name, value, bound(case, "loss_abs")).await?;
        }
        Ok(loss.total)
    })
    .await
}

fn settings(case: &Value) -> Result<Settings, String> {
    let mut settings = Settings {
        negatives: match case["hyper"]["negatives"].as_str() {
            Some("mean") => Negatives::Mean,
            Some("sum") => Negatives::Sum,
            other => return Err(format!("unknown reduction {other:?}")),
        },
        ..Settings::default()
    };
    match case["hyper"]["loss"].as_str() {
        Some("nt_logistic") => {
            settings.loss = Objective::Logistic;
            settings.temperature = hyper(case, "temperature") as f32;
        }
        Some("margin_triplet") => {
            settings.loss = Objective::Margin;
            settings.margin = hyper(case, "margin") as f32;
        }
        other => return Err(format!("unknown loss {other:?}")),
    }
    Ok(settings)
}
