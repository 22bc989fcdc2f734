//! The lessons' answers: every variant of each over three seeds, into a data file and a table.

mod content;
mod results;
mod table;

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;
use xshell::cmd;

use super::cache::Cache;
use super::experiments::{Experiment, Images, SEEDS, code};
use super::{FOLDER, known, make};
use crate::program::with_program;
use crate::project::{Project, say};
use content::{Lesson, Settings};

/// Which lessons are to be measured; all that have changed, if none is named.
#[derive(Args)]
pub(crate) struct Only {
    /// Only this lesson; may be repeated.
    #[arg(long = "lesson", value_name = "ID")]
    lessons: Vec<String>,
    /// Only write the table of what was measured.
    #[arg(long)]
    table: bool,
}

const TABLE: &str = "docs/lessons.md";
/// What a lesson's runs train by, unless it says otherwise.
const METHOD: &str = "simclr";

/// Makes the runs of lessons that have changed, and writes what all came to.
pub(crate) fn run(project: &Project, only: &Only) -> Result<()> {
    let lessons = content::read(project)?;
    let ids: Vec<String> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
    known("lesson", &only.lessons, &ids)?;
    with_program(project, FOLDER, |program, folder| {
        let cache = Cache::open(&folder.join("lessons.jsonl"))?;
        let failed = if only.table {
            Vec::new()
        } else {
            measure(project, program, &lessons, &only.lessons, &cache)?
        };
        let results = results::read(project)?;
        let readings = list(project, program, "readings")?;
        fs::write(
            project.path(TABLE),
            table::table(&lessons, &results, &readings),
        )?;
        say(&format!("{TABLE} is written"));
        ensure!(failed.is_empty(), "these failed:\n{}", failed.join("\n"));
        Ok(())
    })
}

/// Measures what has changed, and keeps each lesson as soon as all of its runs are there; says which runs
/// failed.
fn measure(
    project: &Project,
    program: &Path,
    lessons: &[Lesson],
    only: &[String],
    cache: &Cache,
) -> Result<Vec<String>> {
    let mut failed = Vec::new();
    for lesson in lessons {
        if !only.is_empty() && !only.contains(&lesson.id) {
            continue;
        }
        let mut results = results::read(project)?;
        let runs = experiments(project, lesson)?;
        let of = digest(lesson, &runs);
        if results.get(&lesson.id).is_some_and(|known| known.of == of) {
            say(&format!("{}: as it was", lesson.id));
            continue;
        }
        say(&format!("{}: {}", lesson.id, lesson.question));
        failed.extend(make(program, runs.iter().flatten(), cache)?);
        let outcomes: Option<Vec<Vec<_>>> = runs
            .iter()
            .map(|variant| variant.iter().map(|run| cache.find(run)).collect())
            .collect();
        if let Some(outcomes) = outcomes {
            let measured = results::measured(lesson, &of, &outcomes)?;
            say(&format!("{}: {:?}", lesson.id, measured.outcome));
            results.insert(lesson.id.clone(), measured);
            results::write(project, &results)?;
        }
    }
    Ok(failed)
}

/// The runs of a lesson: of each variant one a seed.
fn experiments(project: &Project, lesson: &Lesson) -> Result<Vec<Vec<Experiment>>> {
    let variant = |(name, variant): (String, &content::Variant)| {
        let mut settings = lesson.settings(variant);
        let method = settings.remove("method");
        let method = method.as_ref().and_then(Value::as_str).unwrap_or(METHOD);
        let images = Images::with(&lesson.set, arguments(&settings));
        let images = images.with_context(|| format!("{}: no set {}", lesson.id, lesson.set))?;
        let code = code(project, &images, method)?;
        let run = |seed: &u64| {
            let note = format!("{}, {name}: ", lesson.id);
            Experiment::new(&images, method, *seed, &code).noted(note)
        };
        Ok(SEEDS.iter().map(run).collect())
    };
    lesson.variants().into_iter().map(variant).collect()
}

fn arguments(settings: &Settings) -> Vec<String> {
    let written = |value: &Value| match value {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    let all = settings.iter();
    all.map(|(path, value)| format!("{path}={}", written(value)))
        .collect()
}

/// A text that changes with the runs of a lesson and with what is read of them.
fn digest(lesson: &Lesson, runs: &[Vec<Experiment>]) -> String {
    let mut hasher = DefaultHasher::new();
    for run in runs.iter().flatten() {
        hasher.write(run.code.as_bytes());
    }
    format!("{} {:016x}", asked(lesson, runs), hasher.finish())
}

/// The part of it that no code changes.
fn asked(lesson: &Lesson, runs: &[Vec<Experiment>]) -> String {
    let mut hasher = DefaultHasher::new();
    for run in runs.iter().flatten() {
        for argument in run.arguments() {
            hasher.write(argument.as_bytes());
        }
    }
    let answer = &lesson.answer;
    let part = answer.part.as_deref().unwrap_or_default();
    let also = lesson.also.iter();
    let also = also.flat_map(|one| {
        let part = one.part.as_deref().unwrap_or_default();
        [one.reading.as_str(), part, &one.of]
    });
    for text in [&answer.reading, part, &answer.a, &answer.b]
        .into_iter()
        .chain(also)
    {
        hasher.write(text.as_bytes());
    }
    hasher.write(&answer.clear.to_bits().to_le_bytes());
    format!("{:016x}", hasher.finish())
}

/// What the command line lists as JSON.
fn list(project: &Project, program: &Path, what: &str) -> Result<Vec<Value>> {
    let sh = &project.shell;
    let text = cmd!(sh, "{program} {what} --json").quiet().read()?;
    Ok(serde_json::from_str(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was measured, of this checkout.
    fn measured() -> Vec<(Lesson, Option<results::Measured>, String)> {
        let project = Project::find().unwrap();
        let results = results::read(&project).unwrap();
        let lessons = content::read(&project).unwrap();
        let one = |lesson: Lesson| {
            let runs = experiments(&project, &lesson).unwrap();
            let asked = asked(&lesson, &runs);
            let known = results.get(&lesson.id).cloned();
            (lesson, known, asked)
        };
        lessons.into_iter().map(one).collect()
    }

    #[test]
    fn what_a_lesson_says_came_out_is_what_was_measured() {
        for (lesson, known, asked) in measured() {
            let Some(known) = known else { continue };
            let id = &lesson.id;
            assert_eq!(known.outcome, lesson.ours.found, "{id}: as `ours.found`");
            let again = results::outcome(&known.difference, lesson.answer.clear);
            assert_eq!(known.outcome, again, "{id}: by its own seeds");
            let now = known.of.starts_with(&asked);
            assert!(now, "{id} has changed: run `cargo xtask lessons`");
            assert_eq!(known.difference.seeds.len(), SEEDS.len(), "{id}");
        }
    }

    #[test]
    fn results_are_of_lessons() {
        let project = Project::find().unwrap();
        let lessons = content::read(&project).unwrap();
        for id in results::read(&project).unwrap().keys() {
            assert!(lessons.iter().any(|lesson| lesson.id == *id), "no {id}");
        }
    }
}
