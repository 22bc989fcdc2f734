use serde_json::Value;
use twoviews::methods::vicreg::{Settings, vicreg};

use super::ntxent::two_views;
use super::{Outcome, close, hyper, only_known, values};

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
            let bound = case["tolerance"]["loss_abs"].as_f64().expect("a tolerance");
            for (term, name) in loss.terms.iter().zip(["inv", "var", "cov"]) {
                let expected = case["expected"]["terms"][name].as_f64().expect("a term");
                close(
                    name,
                    &values(term.value.clone().inner()).await,
                    &[expected],
                    bound,
                )?;
            }
            Ok(loss.total)
        }).await
}
