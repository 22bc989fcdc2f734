use serde_json::Value;
use twoviews::methods::deep_infomax::{Bound, jsd, minus_information};
use twoviews::network::losses::local_logits;

use super::cpc_infonce::compare;
use super::{Outcome, only_known};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["loss", "layout", "self_mask"])?;
    let hyper = &case["hyper"];
    let bound = match (hyper["loss"].as_str(), hyper["self_mask"].as_str()) {
        (Some("jsd"), None) => Bound::Jsd,
        (Some("infonce"), Some("-inf")) => Bound::InfoNce,
        // Masked by -10 in the authors' code.
        (Some("infonce"), None) => return Ok(Outcome::Convention),
        other => return Err(format!("unknown loss {other:?}")),
    };
    let whole = case["inputs"]["local"]["shape"].as_array().map(Vec::len) == Some(2);
    compare(case, async |inputs| {
        let global = inputs.take::<2>("global");
        let local = if whole {
            inputs.take::<2>("local").unsqueeze_dim(1)
        } else {
            inputs.take::<3>("local")
        };
        let logits = local_logits(global, local);
        if bound == Bound::Jsd {
            let [positive, negative] = jsd(logits.clone());
            inputs.term("E_pos", &positive).await?;
            inputs.term("E_neg", &negative).await?;
        }
        Ok(minus_information(logits, bound))
    })
    .await
}
