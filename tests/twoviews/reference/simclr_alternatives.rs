use serde_json::Value;
use twoviews::methods::simclr::{Negatives, Objective, Settings, contrast};

use super::ntxent::two_views;
use super::{Outcome, close, hyper, only_known, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["loss", "temperature", "margin", "negatives"])?;
    let settings = settings(case)?;
    two_views(case, async |a, b| {
        let loss = contrast(a, b, &settings);
        let bound = case["tolerance"]["loss_abs"].as_f64().expect("a tolerance");
        let terms = case["expected"]["terms"].as_object();
        // The margin loss has none in the file.
        for (name, expected) in terms.into_iter().flatten() {
            let term = ["positive", "negative"].iter().position(|n| n == name);
            let term = &loss.terms[term.ok_or(format!("unknown term {name}"))?];
            let expected = expected.as_f64().expect("a term");
            close(
                name,
                &values(term.value.clone().inner()).await,
                &[expected],
                bound,
            )?;
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
