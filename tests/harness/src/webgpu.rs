//! The reference cases of the losses on WebGPU.

#[path = "../../twoviews/reference/mod.rs"]
mod reference;

use burn::tensor::{Device, Tensor, TensorData};
use twoviews::data::augment;
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::Augment;
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
        "digest": format!("{:016x}", summary.digest),
    });
    Ok(told.to_string())
}

/// The largest difference between views made on the CPU, which the references hold to, and on
/// WebGPU: of noise, of this side and half of it, in several orders of the jitter.
#[wasm_bindgen]
pub async fn views_apart(augment: &str, side: usize) -> Result<f32, JsValue> {
    let augment: Augment = serde_json::from_str(augment).map_err(|e| e.to_string())?;
    let numbers: Vec<usize> = (0..6).collect();
    let shape = [numbers.len(), 3, side, side];
    let mut rng = Rng::keyed(1, Purpose::Test, &[]);
    let mut noise = || rng.uniform(0.0, 1.0);
    let pixels: Vec<f32> = (0..shape.iter().product()).map(|_| noise()).collect();
    let mut most = 0.0_f32;
    for step in 0..6 {
        let params = augment::draw(&augment, side, &numbers, 1, step, 0);
        for size in [side, side / 2] {
            let mut views = Vec::new();
            for device in [Device::flex().autodiff(), reference::device()] {
                let images = TensorData::new(pixels.clone(), shape);
                let images = Tensor::<4>::from_data(images, &device).inner();
                views.push(reference::values(augment::apply(images, &params, size)).await);
            }
            let pairs = views[0].iter().zip(&views[1]);
            most = pairs.fold(most, |most, (a, b)| most.max((a - b).abs() as f32));
        }
    }
    Ok(most)
}
