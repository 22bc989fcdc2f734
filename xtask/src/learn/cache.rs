//! Finished runs, a JSON line each, so that an interrupted command goes on where it stopped.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::experiments::Experiment;

/// What one run came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) seconds: f64,
    /// The event `evaluated`.
    pub(super) scores: Value,
}

impl Outcome {
    /// Of the label, by a reading's id and the kind of vectors: 0 to 1.
    pub(super) fn score(&self, kind: &str, id: &str) -> Option<f64> {
        let values = self.scores["values"].as_array()?;
        // Of the factors of a reading the label comes first.
        values.iter().find(|value| value["id"] == id)?[kind].as_f64()
    }
}

pub(super) struct Cache {
    lines: Mutex<(Vec<Value>, File)>,
}

impl Cache {
    /// The runs kept in a file, which is made if there is none.
    pub(super) fn open(path: &Path) -> Result<Self> {
        // What a killed run left half written is no run.
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let lines = Mutex::new((lines.collect(), file));
        Ok(Self { lines })
    }

    /// The outcome of the same run of the same code, if it was made.
    pub(super) fn find(&self, run: &Experiment) -> Option<Outcome> {
        let lines = &self.lines.lock().expect("no worker has panicked").0;
        let key = key(run);
        let found = lines.iter().rfind(|line| line["run"] == key)?;
        Some(Outcome {
            seconds: found["seconds"].as_f64()?,
            scores: found["scores"].clone(),
        })
    }

    /// Keeps a finished run.
    pub(super) fn keep(&self, run: &Experiment, outcome: &Outcome) -> Result<()> {
        let Outcome { seconds, scores } = outcome;
        let line = json!({"run": key(run), "seconds": seconds, "scores": scores});
        let (lines, file) = &mut *self.lines.lock().expect("no worker has panicked");
        file.write_all(format!("{line}\n").as_bytes())?;
        lines.push(line);
        Ok(())
    }
}

fn key(run: &Experiment) -> Value {
    json!({
        "set": run.set,
        "method": run.method,
        "seed": run.seed,
        "arguments": run.arguments(),
        "code": run.code,
    })
}

#[cfg(test)]
mod tests {
    use super::super::experiments::Images;
    use super::*;

    #[test]
    fn a_run_is_found_again_until_its_code_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let sets = Images::built_in();
        let run = |seed, code: &str| Experiment::new(&sets[0], "simclr", seed, code);
        let outcome = Outcome {
            seconds: 1.5,
            scores: json!({"h": 1}),
        };
        let cache = Cache::open(&path).unwrap();
        cache.keep(&run(42, "a"), &outcome).unwrap();
        assert_eq!(cache.find(&run(42, "a")), Some(outcome.clone()));
        // A run that was killed while it was written.
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"run\":").unwrap();
        let cache = Cache::open(&path).unwrap();
        cache.keep(&run(43, "a"), &outcome).unwrap();
        let cache = Cache::open(&path).unwrap();
        assert_eq!(cache.find(&run(42, "a")), Some(outcome.clone()));
        assert_eq!(cache.find(&run(43, "a")), Some(outcome));
        assert_eq!(cache.find(&run(42, "b")), None);
        assert_eq!(cache.find(&run(44, "a")), None);
        assert_eq!(
            cache.find(&Experiment::new(&sets[1], "simclr", 42, "a")),
            None
        );
    }
}
