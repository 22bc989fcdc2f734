//! What every method learns: several seeds, on the built-in sets, into a table.

mod cache;
mod experiments;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;
use xshell::cmd;

use crate::project::{Project, say};
use crate::wasm::target_folder;
use cache::Cache;
use experiments::{Experiment, Images};

/// What is to be trained; all that has changed, if nothing is named.
#[derive(Args)]
pub(crate) struct Only {
    /// Only this method; may be repeated.
    #[arg(long = "method", value_name = "ID")]
    methods: Vec<String>,
    /// Only this built-in set; may be repeated.
    #[arg(long = "set", value_name = "ID")]
    sets: Vec<String>,
    /// Only this seed of 42, 43 and 44; may be repeated.
    #[arg(long = "seed", value_name = "SEED")]
    seeds: Vec<u64>,
    /// Instead of the built-in sets, this folder or zip, with one seed; the table is printed and
    /// not kept. May be repeated.
    #[arg(long, value_name = "DIR_OR_ZIP", conflicts_with_all = ["sets", "seeds"])]
    images: Vec<PathBuf>,
}

const TABLE: &str = "docs/learning.md";

/// Makes the runs whose settings or code have changed, and writes the table of all.
pub(crate) fn run(project: &Project, only: &Only) -> Result<()> {
    let sh = &project.shell;
    say("compiling the command line");
    cmd!(sh, "cargo build --locked --package twoviews --bin twoviews")
        .quiet()
        .run()?;
    let target = target_folder(project)?;
    let folder = target.join("learn");
    fs::create_dir_all(&folder)?;
    // A copy: what is compiled meanwhile, here or in another checkout, must not get into the runs.
    let program = folder.join(format!("twoviews-{}", std::process::id()));
    fs::copy(target.join("debug/twoviews"), &program).context("no twoviews was compiled")?;
    let outcome = learn(project, only, &program, &folder);
    fs::remove_file(&program)?;
    outcome
}

fn learn(project: &Project, only: &Only, program: &Path, folder: &Path) -> Result<()> {
    let methods = methods(project, program)?;
    let own: Vec<Images> = only.images.iter().map(|path| Images::own(path)).collect();
    let (sets, seeds) = if own.is_empty() {
        (Images::built_in(), &experiments::SEEDS[..])
    } else {
        (own, &experiments::SEEDS[..1])
    };
    known("method", &only.methods, &methods)?;
    let names: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
    known("set", &only.sets, &names)?;
    let spelt = |seeds: &[u64]| -> Vec<String> { seeds.iter().map(u64::to_string).collect() };
    known("seed", &spelt(&only.seeds), &spelt(seeds))?;

    let mut all = Vec::new();
    for set in &sets {
        for method in &methods {
            let code = experiments::code(project, set, method)?;
            all.extend(
                seeds
                    .iter()
                    .map(|seed| Experiment::new(set, method, *seed, &code)),
            );
        }
    }
    let chosen = |run: &&Experiment| {
        let among = |ids: &[String], id: &String| ids.is_empty() || ids.contains(id);
        among(&only.methods, &run.method)
            && among(&only.sets, &run.set)
            && (only.seeds.is_empty() || only.seeds.contains(&run.seed))
    };
    let cache = Cache::open(&folder.join("runs.jsonl"))?;
    let missing = all.iter().filter(chosen);
    let missing: Vec<&Experiment> = missing.filter(|run| cache.find(run).is_none()).collect();
    say(&format!("{} runs to make", missing.len()));
    let failed = experiments::make(program, &missing, &cache)?;
    let table = table::table(&sets, &methods, &all, &cache);
    if only.images.is_empty() {
        let path = project.path(TABLE);
        fs::create_dir_all(path.parent().context("docs")?)?;
        fs::write(&path, &table)?;
        say(&format!("{TABLE} is written"));
    } else {
        print!("{table}");
    }
    ensure!(failed.is_empty(), "these failed:\n{}", failed.join("\n"));
    Ok(())
}

fn methods(project: &Project, program: &Path) -> Result<Vec<String>> {
    let sh = &project.shell;
    let cards = cmd!(sh, "{program} methods --json").quiet().read()?;
    let cards: Vec<Value> = serde_json::from_str(&cards)?;
    let id = |card: &Value| card["id"].as_str().map(String::from);
    let ids: Option<Vec<String>> = cards.iter().map(id).collect();
    ids.context("a method has no id")
}

fn known(what: &str, asked: &[String], known: &[String]) -> Result<()> {
    if let Some(other) = asked.iter().find(|id| !known.contains(id)) {
        bail!("no {what} {other}; there are {}", known.join(", "));
    }
    Ok(())
}
