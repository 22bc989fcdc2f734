//! The reference cases of the losses on WebGPU.

#[path = "../../twoviews/reference/mod.rs"]
mod reference;

use burn::tensor::Device;
use wasm_bindgen::prelude::*;

/// Errors on a GPU may be this many times those on the CPU: WGSL's `exp` and `tanh` are loose.
const SLACK: f64 = 10.0;

/// Chooses the WebGPU adapter that all cases run on.
#[wasm_bindgen]
pub async fn prepare() -> Result<(), JsValue> {
    crate::tell_panics();
    let device = Device::wgpu_options().init_async().await;
    let device = device.map_err(|e| JsValue::from(format!("{e:?}")))?;
    reference::compute_on(&device, SLACK);
    Ok(())
}

/// Names of the files of losses.
#[wasm_bindgen]
pub fn files() -> Vec<String> {
    let names = reference::LOSSES.iter();
    names.map(|(name, _)| (*name).to_owned()).collect()
}

/// Runs all cases of a file, given as JSON; tells in JSON what became of them.
#[wasm_bindgen]
pub async fn agree(name: &str, text: &str) -> Result<String, JsValue> {
    let root: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let check = reference::LOSSES.iter().find(|(known, _)| *known == name);
    let (_, check) = check.ok_or("no such file")?;
    let summary = reference::every(&root, async |case| check(case).await).await;
    let told = serde_json::json!({
        "ran": summary.ran,
        "failures": summary.failures,
        "worst": summary.worst,
    });
    Ok(told.to_string())
}
