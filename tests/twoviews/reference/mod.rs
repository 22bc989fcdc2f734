//! Our numbers beside those of the authors' code and its peers.
//!
//! Each file of `tests/reference/` holds cases computed in float64 with PyTorch; see the README
//! there. When `TWOVIEWS_REFERENCE` names a folder, a file found there replaces its namesake.
//!
//! The files of losses run natively on the CPU and, from `tests/harness/`, in a browser on WebGPU: so
//! their checks read asynchronously.

mod amdim;
mod barlow_twins;
mod byol_simsiam;
mod cpc_infonce;
mod deep_infomax;
mod moco;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
mod ntxent;
mod simclr_alternatives;
mod swav;
mod tico;
mod vicreg;
mod wmse;

use std::cell::{Cell, OnceCell};
use std::pin::Pin;

use burn::prelude::*;
use serde_json::Value;

/// The check of one case.
pub type Check = fn(&Value) -> Pin<Box<dyn Future<Output = Result<Outcome, String>> + '_>>;

/// Files of losses: the modules above that have a `check`.
macro_rules! losses {
    ($($name:ident),* $(,)?) => {
        /// Each file of losses, and the check of its cases.
        pub const LOSSES: &[(&str, Check)] =
            &[$((stringify!($name), |case| Box::pin($name::check(case)))),*];

        #[cfg(test)]
        mod agrees {
            $(#[test]
            fn $name() {
                super::native::agrees(stringify!($name));
            })*
        }
    };
}

losses!(
    amdim,
    barlow_twins,
    byol_simsiam,
    cpc_infonce,
    deep_infomax,
    moco,
    ntxent,
    simclr_alternatives,
    swav,
    tico,
    vicreg,
    wmse,
);

thread_local! {
    static PLACE: OnceCell<(Device, f64)> = const { OnceCell::new() };
    static WORST: Cell<f64> = const { Cell::new(0.0) };
    static DIGEST: Cell<u64> = const { Cell::new(0) };
}

/// Computes on this device from now on, in this thread, where errors may be `slack` times those of the CPU.
#[cfg(any(target_arch = "wasm32", feature = "webgpu"))]
pub fn compute_on(device: &Device, slack: f64) {
    let place = (device.clone().autodiff(), slack);
    let is_first = PLACE.with(|cell| cell.set(place).is_ok());
    assert!(is_first, "chosen once");
}

fn place() -> (Device, f64) {
    let cpu = || (Device::flex().autodiff(), 1.0);
    PLACE.with(|cell| cell.get_or_init(cpu).clone())
}

/// Where the cases are computed; with autodiff.
pub fn device() -> Device {
    place().0
}

/// What became of a case.
pub enum Outcome {
    /// It was computed and agreed.
    Ran,
    /// It shows another library's convention, which no setting of ours produces.
    Convention,
}

/// What became of all cases of a file.
#[derive(Debug, Default)]
pub struct Summary {
    /// Cases that were computed and agreed.
    pub ran: usize,
    /// The others, but for conventions that are not ours.
    pub failures: Vec<String>,
    /// The largest difference, as a part of what is allowed.
    pub worst: f64,
    /// Depends on every bit of every number compared.
    #[cfg(target_arch = "wasm32")]
    pub digest: u64,
}

/// Runs `check` on every case of a file.
pub async fn every(
    root: &Value,
    check: impl AsyncFn(&Value) -> Result<Outcome, String>,
) -> Summary {
    let mut summary = Summary::default();
    WORST.set(0.0);
    DIGEST.set(0);
    for case in root["cases"].as_array().expect("a list of cases") {
        match check(case).await {
            Ok(Outcome::Ran) => summary.ran += 1,
            Ok(Outcome::Convention) if tagged(case, "convention") => {}
            Ok(Outcome::Convention) => summary.failures.push(format!("{}: not run", case["id"])),
            Err(reason) => summary.failures.push(format!("{}: {reason}", case["id"])),
        }
    }
    summary.worst = WORST.get();
    #[cfg(target_arch = "wasm32")]
    {
        summary.digest = DIGEST.get();
    }
    summary
}

pub fn tagged(case: &Value, tag: &str) -> bool {
    case["tags"]
        .as_array()
        .is_some_and(|tags| tags.iter().any(|t| t == tag))
}

/// A hyper-parameter that must be there.
pub fn hyper(case: &Value, name: &str) -> f64 {
    case["hyper"][name]
        .as_f64()
        .unwrap_or_else(|| panic!("{}: no {name}", case["id"]))
}

/// Fails if the case has a hyper-parameter that we would ignore.
pub fn only_known(case: &Value, known: &[&str]) -> Result<(), String> {
    let given = case["hyper"].as_object().ok_or("no hyper-parameters")?;
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("unknown hyper-parameter {name}")),
        None => Ok(()),
    }
}

/// The numbers of `{shape, data}`, row after row.
pub fn floats(value: &Value) -> Vec<f64> {
    let data = value.get("data").unwrap_or(value);
    let data = data
        .as_array()
        .unwrap_or_else(|| panic!("not an array: {value}"));
    data.iter().map(|x| x.as_f64().expect("a number")).collect()
}

pub fn shape<const D: usize>(value: &Value) -> [usize; D] {
    let shape: Vec<usize> = value["shape"]
        .as_array()
        .expect("a shape")
        .iter()
        .map(|n| usize::try_from(n.as_u64().expect("a count")).expect("small"))
        .collect();
    shape.try_into().expect("the expected rank")
}

/// A tensor of `{shape, data}`; every f32 input of the files is exact.
pub fn tensor<const D: usize>(value: &Value, device: &Device) -> Tensor<D> {
    let data: Vec<f32> = floats(value).into_iter().map(|x| x as f32).collect();
    Tensor::from_data(TensorData::new(data, shape::<D>(value)), device)
}

/// The numbers of a tensor, row after row.
pub async fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    let data = tensor.into_data_async().await.expect("the device works");
    data.iter::<f64>().collect()
}

/// What the file allows for `name`, on the CPU.
pub fn bound(case: &Value, name: &str) -> f64 {
    case["tolerance"][name].as_f64().expect("a tolerance")
}

/// Compares a term of the loss with the case.
pub async fn term(case: &Value, name: &str, value: &Tensor<1>, bound: f64) -> Result<(), String> {
    let expected = case["expected"]["terms"][name].as_f64();
    let expected = expected.ok_or_else(|| format!("no term {name}"))?;
    close(
        name,
        &values(value.clone().inner()).await,
        &[expected],
        bound,
    )
}

/// Agreement within `bound` (of the CPU) in the largest difference; NaN never agrees.
pub fn close(what: &str, got: &[f64], expected: &[f64], bound: f64) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!(
            "{what}: {} numbers, not {}",
            got.len(),
            expected.len()
        ));
    }
    for number in got {
        let mixed = (DIGEST.get() ^ number.to_bits()).wrapping_mul(0x0100_0000_01b3);
        DIGEST.set(mixed.rotate_left(29));
    }
    let off = got.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let worst = off.fold(
        0.0,
        |worst, d| if d > worst || d.is_nan() { d } else { worst },
    );
    let bound = bound * place().1;
    WORST.set(WORST.get().max(worst / bound));
    if worst <= bound {
        Ok(())
    } else {
        Err(format!("{what}: off by {worst:e}, allowed {bound:e}"))
    }
}
