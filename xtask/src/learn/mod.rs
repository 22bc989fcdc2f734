//! What every method learns: several seeds, on the built-in sets, into a table.

mod cache;
mod experiments;
pub(crate) mod lessons;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;
use xshell::cmd;

use crate::program::with_program;
use crate::project::{Project, say};
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
}

/// Images that a learner brings.
#[derive(Args)]
pub(crate) struct Own {
    /// Folders or zips, with a folder inside for each kind of image.
    #[arg(value_name = "DIR_OR_ZIP", required = true)]
    images: Vec<PathBuf>,
    /// The methods; may be repeated.
    #[arg(long = "method", value_name = "ID", default_values = ["simclr", "vicreg"])]
    methods: Vec<String>,
}

const TABLE: &str = "docs/learning.md";
/// Where finished runs are kept, among what is compiled.
const FOLDER: &str = "learn";

/// Makes the runs on built-in sets whose settings or code have changed, and writes the table of all.
pub(crate) fn run(project: &Project, only: &Only) -> Result<()> {
    with_program(project, FOLDER, |program, folder| {
        learn(project, only, program, folder)
    })
}

/// The same for a learner's own images: parts of them, with the settings that a learner gets.
pub(crate) fn own(project: &Project, own: &Own) -> Result<()> {
    with_program(project, FOLDER, |program, folder| {
        known("method", &own.methods, &methods(project, program)?)?;
        let sets: Vec<Images> = own
            .images
            .iter()
            .flat_map(|path| Images::own(path))
            .collect();
        let all = experiments(project, &sets, &own.methods, &experiments::SEEDS)?;
        let cache = Cache::open(&folder.join("own.jsonl"))?;
        let failed = make(program, all.iter(), &cache)?;
        keep(
            project,
            table::OWN,
            &table::table(table::OWN, &sets, &own.methods, &all, &cache),
        )?;
        ensure!(failed.is_empty(), "these failed:\n{}", failed.join("\n"));
        Ok(())
    })
}

fn learn(project: &Project, only: &Only, program: &Path, folder: &Path) -> Result<()> {
    let methods = methods(project, program)?;
    let sets = Images::built_in();
    known("method", &only.methods, &methods)?;
    let names: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
    known("set", &only.sets, &names)?;
    let spelt = |seeds: &[u64]| -> Vec<String> { seeds.iter().map(u64::to_string).collect() };
    known("seed", &spelt(&only.seeds), &spelt(&experiments::SEEDS))?;

    let all = experiments(project, &sets, &methods, &experiments::SEEDS)?;
    let chosen = |run: &&Experiment| {
        let among = |ids: &[String], id: &String| ids.is_empty() || ids.contains(id);
        among(&only.methods, &run.method)
            && among(&only.sets, &run.set)
            && (only.seeds.is_empty() || only.seeds.contains(&run.seed))
    };
    let cache = Cache::open(&folder.join("runs.jsonl"))?;
    let failed = make(program, all.iter().filter(chosen), &cache)?;
    keep(
        project,
        table::SETS,
        &table::table(table::SETS, &sets, &methods, &all, &cache),
    )?;
    ensure!(failed.is_empty(), "these failed:\n{}", failed.join("\n"));
    Ok(())
}

fn experiments(
    project: &Project,
    sets: &[Images],
    methods: &[String],
    seeds: &[u64],
) -> Result<Vec<Experiment>> {
    let mut all = Vec::new();
    for set in sets {
        for method in methods {
            let code = experiments::code(project, set, method)?;
            let run = |seed: &u64| Experiment::new(set, method, *seed, &code);
            all.extend(seeds.iter().map(run));
        }
    }
    Ok(all)
}

/// Makes those that are not in the cache; says which failed.
fn make<'a>(
    program: &Path,
    runs: impl Iterator<Item = &'a Experiment>,
    cache: &Cache,
) -> Result<Vec<String>> {
    let mut missing: Vec<&Experiment> = runs.filter(|run| cache.find(run).is_none()).collect();
    // Every row has a seed before one has two, should this be interrupted.
    missing.sort_by_key(|run| run.seed);
    say(&format!("{} runs to make", missing.len()));
    experiments::make(program, &missing, cache)
}

/// Puts a chapter, which begins with its heading, into the place of the last one of that heading.
fn keep(project: &Project, head: &str, chapter: &str) -> Result<()> {
    let path = project.path(TABLE);
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, table::replaced(&text, head, chapter))?;
    say(&format!("{TABLE} is written"));
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
