//! What every method learns: several seeds, on the built-in sets, into a table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::cmd;

use crate::project::{Project, say};
use crate::wasm::target_folder;

/// Sets, and the epochs that take a minute or two of one core.
const SETS: [(&str, usize); 2] = [("shapes", 40), ("emoji", 12)];
const SEEDS: [u64; 3] = [42, 43, 44];
const TABLE: &str = "docs/learning.md";

const HEAD: &str = "# What each method learns

Written by `cargo xtask learn`: natively, on one thread of a CPU, with each built-in set's preset.
kNN accuracy in per cent (k = 5, cosine, five folds): mean over the seeds 42, 43, 44, and the
spread from the lowest to the highest. *Untrained* is h of the same network before training.
Two rows closer than their spread rank nothing.

| set | epochs | method | raw pixels | untrained | h | z | seconds a run |
|---|---|---|---|---|---|---|---|
";

/// Trains every method on every set and writes the table.
pub(crate) fn run(project: &Project) -> Result<()> {
    let sh = &project.shell;
    say("compiling the command line");
    cmd!(sh, "cargo build --package twoviews --bin twoviews")
        .quiet()
        .run()?;
    let program = target_folder(project)?.join("debug/twoviews");
    let methods = cmd!(sh, "{program} methods --json").quiet().read()?;
    let methods: Value = serde_json::from_str(&methods)?;
    let mut table = HEAD.to_owned();
    for (set, epochs) in SETS {
        for method in methods.as_array().context("methods are a list")? {
            let id = method["id"].as_str().context("a method has an id")?;
            table += &row(project, &program, set, epochs, id)?;
        }
    }
    let path = project.path(TABLE);
    fs::create_dir_all(path.parent().context("docs")?)?;
    fs::write(&path, &table)?;
    say(&format!("{TABLE} is written"));
    Ok(())
}

fn row(
    project: &Project,
    program: &Path,
    set: &str,
    epochs: usize,
    method: &str,
) -> Result<String> {
    let mut scores = Vec::new();
    let start = Instant::now();
    for seed in SEEDS {
        say(&format!("{method} on {set}, seed {seed}, {epochs} epochs"));
        let score = evaluated(project, program, set, epochs, method, seed)?;
        scores.push(score);
    }
    let seconds = start.elapsed().as_secs_f64() / SEEDS.len() as f64;
    let mut line = format!("| {set} | {epochs} | {method} |");
    for kind in ["pixels", "untrained", "h", "z"] {
        let values = scores.iter().map(|score| score[kind]["knn"].as_f64());
        let values: Vec<f64> = values.map(|v| v.unwrap_or(f64::NAN) * 100.0).collect();
        write!(line, " {} |", spread(&values))?;
    }
    writeln!(line, " {seconds:.0} |")?;
    print!("{line}");
    Ok(line)
}

fn evaluated(
    project: &Project,
    program: &Path,
    set: &str,
    epochs: usize,
    method: &str,
    seed: u64,
) -> Result<Value> {
    let sh = &project.shell;
    let (epochs, seed) = (epochs.to_string(), seed.to_string());
    let lines = cmd!(
        sh,
        "{program} train builtin:{set} --method {method} --epochs {epochs} --seed {seed} --json"
    )
    .quiet()
    .read()?;
    let last: Value = serde_json::from_str(lines.lines().last().unwrap_or_default())?;
    if last["type"] != "evaluated" {
        bail!("{method} on {set} ended without a score");
    }
    Ok(last)
}

/// Mean, and lowest to highest.
fn spread(values: &[f64]) -> String {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high - low < 0.05 {
        format!("{mean:.1}")
    } else {
        format!("{mean:.1} ({low:.1} to {high:.1})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_tells_mean_and_spread() {
        assert_eq!(spread(&[50.0, 52.0, 54.0]), "52.0 (50.0 to 54.0)");
        assert_eq!(spread(&[86.1, 86.1, 86.1]), "86.1");
    }
}
