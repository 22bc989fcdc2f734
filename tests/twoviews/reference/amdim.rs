use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::amdim::{Scales, Settings, amdim};

use super::cpc_infonce::{Inputs, compare};
use super::{Outcome, floats, hyper, only_known};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(
        case,
        &[
            "tclip",
            "regulariser_weight",
            "layout",
            "total",
            "location_index",
            "mid_source_location_view1",
            "mid_source_location_view2",
        ],
    )?;
    let settings = Settings {
        clip: hyper(case, "tclip") as f32,
        regulariser: hyper(case, "regulariser_weight") as f32,
        ..Settings::default()
    };
    let sources = [1, 2].map(|v| places(&case["hyper"][format!("mid_source_location_view{v}")]));
    compare(case, async |inputs| {
        let [a, b] = [1, 2].map(|view| scales(inputs, view));
        let loss = amdim(a, b, &sources, &settings);
        let names = ["nce_1_to_m", "nce_1_to_b", "nce_m_to_m", "regulariser"];
        for (term, name) in loss.terms.iter().zip(names) {
            inputs
                .term(name, &(term.value.clone() * term.weight))
                .await?;
        }
        Ok(loss.total)
    })
    .await
}

fn scales(inputs: &mut Inputs<'_>, view: usize) -> Scales {
    let mut places =
        |scale: &str| -> Tensor<3> { inputs.take::<4>(&format!("{scale}_{view}")).flatten(1, 2) };
    Scales {
        one: places("r1").squeeze_dim(1),
        mid: places("rm"),
        big: places("rb"),
    }
}

fn places(list: &Value) -> Vec<usize> {
    let floats = floats(list).into_iter();
    floats
        .map(|x| format!("{x}").parse().expect("a place"))
        .collect()
}
