//! What lessons came to: `lessons/results.json`, which page and docs read.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::super::cache::Outcome as Run;
use super::content::{Answer, Lesson, Outcome, Which};
use crate::project::{Project, replace};

pub(super) const FILE: &str = "lessons/results.json";

/// The results of each lesson that was measured, by its id.
pub(super) type Results = BTreeMap<String, Measured>;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Measured {
    /// What its runs were of: while that is so, none is made anew.
    pub(super) of: String,
    /// Of a run, on one thread.
    pub(super) seconds: f64,
    /// The reading that answers, of A and of B.
    pub(super) a: Figures,
    pub(super) b: Figures,
    /// A less B, seed by seed.
    pub(super) difference: Figures,
    pub(super) outcome: Outcome,
    /// The reading that answers, of the variants beside those two.
    pub(super) more: Vec<Figures>,
    /// The readings beside it, of A and of B.
    pub(super) also: Vec<[Option<Figures>; 2]>,
}

/// A number of each seed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) mean: f64,
    /// Standard deviation over the seeds, by n - 1.
    pub(super) deviation: f64,
    pub(super) seeds: Vec<f64>,
}

impl Figures {
    pub(super) fn of(seeds: Vec<f64>) -> Self {
        let n = seeds.len() as f64;
        let mean = seeds.iter().sum::<f64>() / n;
        let squares = seeds.iter().map(|value| (value - mean).powi(2));
        let deviation = if seeds.len() > 1 {
            (squares.sum::<f64>() / (n - 1.0)).sqrt()
        } else {
            0.0
        };
        Self {
            mean: rounded(mean),
            deviation: rounded(deviation),
            seeds: seeds.into_iter().map(rounded).collect(),
        }
    }
}

/// Six decimals: what is beyond them no seed repeats.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Which of the two is higher: where every seed says so, and the mean by as much as counts.
pub(super) fn outcome(difference: &Figures, clear: f64) -> Outcome {
    let all = |sign: f64| difference.seeds.iter().all(|value| value * sign > 0.0);
    if difference.mean.abs() < clear {
        Outcome::Alike
    } else if all(1.0) {
        Outcome::A
    } else if all(-1.0) {
        Outcome::B
    } else {
        Outcome::Alike
    }
}

/// What a lesson's runs came to: those of A, of B unless it comes with A, and of those beside, each by
/// seed.
pub(super) fn measured(lesson: &Lesson, of: &str, runs: &[Vec<Run>]) -> Result<Measured> {
    let Answer {
        reading,
        part,
        a,
        b,
        ..
    } = &lesson.answer;
    let answer = |of: &str| Which {
        reading: reading.clone(),
        part: part.clone(),
        of: of.to_owned(),
    };
    let [of_a, of_b] = [answer(a), answer(b)];
    let (own, beside) = runs.split_first().context("A was run")?;
    let (other, more) = match beside.split_first() {
        Some((other, more)) if lesson.two() => (other, more),
        _ => (own, beside),
    };
    let figures = |runs: &Vec<Run>, reading: &Which| {
        let values: Option<Vec<f64>> = runs.iter().map(|run| value(run, reading)).collect();
        let missing = || format!("{}: no {} of {}", lesson.id, reading.reading, reading.of);
        values.map(Figures::of).with_context(missing)
    };
    let [a, b] = [figures(own, &of_a)?, figures(other, &of_b)?];
    let pairs = a.seeds.iter().zip(&b.seeds);
    let difference = Figures::of(pairs.map(|(a, b)| a - b).collect());
    // What else the machine had to do is no part of it.
    let least = |runs: &Vec<Run>| {
        let seconds = runs.iter().map(|run| run.seconds);
        seconds.fold(f64::INFINITY, f64::min)
    };
    let seconds = least(own).max(least(other));
    Ok(Measured {
        of: of.to_owned(),
        seconds: seconds.round(),
        outcome: outcome(&difference, lesson.answer.clear),
        a,
        b,
        difference,
        more: more
            .iter()
            .map(|runs| figures(runs, &of_a))
            .collect::<Result<_>>()?,
        also: lesson
            .also
            .iter()
            .map(|reading| [own, other].map(|runs| figures(runs, reading).ok()))
            .collect(),
    })
}

fn value(run: &Run, reading: &Which) -> Option<f64> {
    let values = run.scores["values"].as_array()?;
    let wanted = |value: &&serde_json::Value| {
        let part = reading.part.as_ref();
        value["id"] == reading.reading && part.is_none_or(|part| value["part"] == *part)
    };
    values.iter().find(wanted)?[&reading.of].as_f64()
}

pub(super) fn read(project: &Project) -> Result<Results> {
    match fs::read_to_string(project.path(FILE)) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("{FILE} is broken")),
        Err(_) => Ok(Results::new()),
    }
}

pub(super) fn write(project: &Project, results: &Results) -> Result<()> {
    let text = serde_json::to_string_pretty(results)?;
    replace(&project.path(FILE), &(text + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_clear_if_every_seed_has_it() {
        let of = |seeds: [f64; 3]| outcome(&Figures::of(seeds.to_vec()), 0.02);
        assert_eq!(of([0.05, 0.04, 0.03]), Outcome::A);
        assert_eq!(of([-0.05, -0.04, -0.03]), Outcome::B);
        assert_eq!(of([0.2, 0.1, -0.01]), Outcome::Alike);
        assert_eq!(of([0.01, 0.015, 0.02]), Outcome::Alike);
        assert_eq!(Figures::of(vec![1.0, 2.0, 3.0]).deviation, 1.0);
    }

    #[test]
    fn a_reading_is_found_by_its_part() {
        let run = Run {
            seconds: 1.0,
            scores: serde_json::json!({"values": [
                {"id": "knn", "part": "shape", "h": 0.5, "z": 0.25},
                {"id": "knn", "part": "colour", "h": 0.75, "z": null},
            ]}),
        };
        let of = |part: Option<&str>, of: &str| {
            let part = part.map(String::from);
            let (reading, of) = ("knn".into(), of.into());
            value(&run, &Which { reading, part, of })
        };
        assert_eq!(of(None, "z"), Some(0.25));
        assert_eq!(of(Some("colour"), "h"), Some(0.75));
        assert_eq!(of(Some("colour"), "z"), None);
    }
}
