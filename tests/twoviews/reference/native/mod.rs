//! What only a native run does: files are read, and host-only code is checked.

mod augmentations;
mod average;
mod diagnostics;
mod lr_schedules;
mod metrics;
mod optimizers;
mod rrc_statistics;

use std::path::PathBuf;

use serde_json::Value;

use super::{LOSSES, Outcome, every};

/// Files of `tests/reference/` that are not of losses, each with a test of its name here.
const OTHERS: &[&str] = &[
    "augmentations",
    "diagnostics",
    "lr_schedules",
    "metrics",
    "optimizers",
    "rrc_statistics",
];

/// The cases of a file of losses agree.
#[cfg(test)]
pub fn agrees(name: &str) {
    let (_, check) = LOSSES
        .iter()
        .find(|(known, _)| *known == name)
        .expect("one of the losses");
    every_case(&format!("{name}.json"), async |case| check(case).await);
}

/// Runs `check` on every case of `file`. Fails if a case does, or if none was run.
pub fn every_case(file: &str, check: impl AsyncFn(&Value) -> Result<Outcome, String>) {
    let summary = pollster::block_on(every(&load(file), check));
    let failures = summary.failures;
    assert!(failures.is_empty(), "{file}:\n{}", failures.join("\n"));
    assert!(summary.ran > 0, "{file}: no case was run");
    let (ran, worst) = (summary.ran, summary.worst);
    println!("{file}: {ran} cases agree; the largest difference is {worst:.2} of what is allowed");
}

/// The whole file, for what stands beside its cases.
pub fn load(file: &str) -> Value {
    let ours = PathBuf::from("tests/reference");
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

/// A file that no test reads would be a promise that nobody keeps.
#[test]
fn every_file_is_read() {
    let ours = PathBuf::from("tests/reference");
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
                let known = OTHERS.contains(&stem) || LOSSES.iter().any(|(name, _)| *name == stem);
                assert!(known, "{name}: no test reads it");
            }
        }
    }
}
