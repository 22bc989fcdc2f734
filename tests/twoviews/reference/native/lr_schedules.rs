//! The learning rate at each step beside the authors' schedules.

use serde_json::Value;
use twoviews::training::schedule::rate;

use super::super::{Outcome, close, floats, hyper, only_known};
use super::every_case;

#[test]
fn schedules_agree() {
    every_case("lr_schedules.json", async |case| check(case));
}

fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["warmup", "total", "base_lr"])?;
    let Some(last) = last(case["formula"].as_str().ok_or("no formula")?)? else {
        return Ok(Outcome::Convention);
    };
    let count = |name| {
        case["hyper"][name]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
    };
    let warmup = count("warmup").ok_or("no warmup")?;
    let total = count("total").ok_or("no total")?;
    let peak = hyper(case, "base_lr");
    let expected = floats(&case["expected"]["lr"]);
    if case["expected"]["steps"] != format!("0..{}", expected.len().saturating_sub(1)) {
        return Err(format!("steps {}", case["expected"]["steps"]));
    }
    let got = |step| f64::from(rate(step, total, warmup, peak as f32, last));
    let got: Vec<f64> = (0..expected.len()).map(got).collect();
    close("rate", &got, &expected, 1e-6 * peak)?;
    Ok(Outcome::Ran)
}

/// What part of the peak the formula ends at; none for a formula that is not ours.
fn last(formula: &str) -> Result<Option<f32>, String> {
    if formula == "s<W: base*s/W; else base*(1+cos(pi*(s-W)/(T-W)))/2" {
        return Ok(Some(0.0));
    }
    let part = formula
        .strip_prefix("q=(1+cos(pi*(s-W)/(T-W)))/2; lr = base*q + ")
        .and_then(|rest| rest.strip_suffix("*base*(1-q)"));
    part.map(str::parse)
        .transpose()
        .map_err(|_| format!("formula {formula}"))
}
