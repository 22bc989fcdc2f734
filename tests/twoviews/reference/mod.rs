//! Our numbers beside those of the authors' code and its peers.
//!
//! Each file of `tests/reference/` holds cases computed in float64 with PyTorch; see the README
//! there. When `TWOVIEWS_REFERENCE` names a folder, a file found there replaces its namesake.

mod amdim;
mod augmentations;
mod cpc_infonce;
mod deep_infomax;
mod lr_schedules;
mod metrics;
mod ntxent;
mod optimizers;
mod rrc_statistics;
mod vicreg;

use std::path::{Path, PathBuf};

use burn::prelude::*;
use serde_json::Value;

/// The files of `tests/reference/`, each with a test of its name here.
const FILES: &[&str] = &[
    "amdim",
    "augmentations",
    "cpc_infonce",
    "deep_infomax",
    "lr_schedules",
    "metrics",
    "ntxent",
    "optimizers",
    "rrc_statistics",
    "vicreg",
];

/// What became of a case.
pub enum Outcome {
    /// It was computed and agreed.
    Ran,
    /// It shows another library's convention, which no setting of ours produces.
    Convention,
}

/// Runs `check` on every case of `file`. Fails if a case does, or if none was run.
pub fn every_case(file: &str, check: impl Fn(&Value) -> Result<Outcome, String>) {
    let root = load(file);
    let mut ran = 0;
    let mut failures = Vec::new();
    for case in root["cases"].as_array().expect("a list of cases") {
        match check(case) {
            Ok(Outcome::Ran) => ran += 1,
            Ok(Outcome::Convention) if tagged(case, "convention") => {}
            Ok(Outcome::Convention) => failures.push(format!("{}: not run", case["id"])),
            Err(reason) => failures.push(format!("{}: {reason}", case["id"])),
        }
    }
    assert!(failures.is_empty(), "{file}:\n{}", failures.join("\n"));
    assert!(ran > 0, "{file}: no case was run");
    println!("{file}: {ran} cases agree");
}

/// The whole file, for what stands beside its cases.
pub fn load(file: &str) -> Value {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let path = std::env::var_os("TWOVIEWS_REFERENCE")
        .map(|folder| PathBuf::from(folder).join(file))
        .filter(|path| path.exists())
        .unwrap_or_else(|| ours.join(file));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let root: Value = serde_json::from_str(&text).expect("valid JSON");
    assert_eq!(root["schema"], "ssl-ref/1", "{}", path.display());
    let method = file.trim_end_matches(".json");
    assert_eq!(root["method"], method, "{}: unknown method", path.display());
    root
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
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// Agreement within `bound` in the largest difference; NaN never agrees.
pub fn close(what: &str, got: &[f64], expected: &[f64], bound: f64) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!(
            "{what}: {} numbers, not {}",
            got.len(),
            expected.len()
        ));
    }
    let off = got.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let worst = off.fold(
        0.0,
        |worst, d| if d > worst || d.is_nan() { d } else { worst },
    );
    if worst <= bound {
        Ok(())
    } else {
        Err(format!("{what}: off by {worst:e}, allowed {bound:e}"))
    }
}

/// A file that no test reads would be a promise that nobody keeps.
#[test]
fn every_file_is_read() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let folders = [
        Some(ours),
        std::env::var_os("TWOVIEWS_REFERENCE").map(PathBuf::from),
    ];
    for folder in folders.into_iter().flatten() {
        let entries = std::fs::read_dir(&folder);
        let entries = entries.unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let name = entry
                .expect("a listing")
                .file_name()
                .to_string_lossy()
                .into_owned();
            if let Some(stem) = name.strip_suffix(".json") {
                assert!(FILES.contains(&stem), "{name}: no test reads it");
            }
        }
    }
}
