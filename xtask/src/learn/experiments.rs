//! What is trained on what and for how long, and the workers that do it.

use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::cache::{Cache, Outcome};
use crate::project::{Project, fingerprint_under, say};

pub(super) const SEEDS: [u64; 3] = [42, 43, 44];

/// Images, and how a run on them is made: about half a minute of one core for SimCLR.
#[derive(Clone)]
pub(super) struct Images {
    pub(super) name: String,
    /// What `train` is to read.
    source: String,
    /// Files whose change makes a run another one.
    files: Vec<PathBuf>,
    /// Only so many of the images.
    pub(super) limit: Option<usize>,
    /// On top of what suits the images.
    pub(super) settings: Vec<String>,
}

impl Images {
    /// The built-in sets, with what makes their runs half a minute long.
    pub(super) fn built_in() -> Vec<Self> {
        let set = |name: &str, settings: &[&'static str], files: &[&str]| Self {
            name: name.into(),
            source: format!("builtin:{name}"),
            files: files.iter().map(PathBuf::from).collect(),
            limit: None,
            settings: settings.iter().map(ToString::to_string).collect(),
        };
        let short = |epochs| [epochs, "encoder.width=8", "train.batch=64"];
        vec![
            set("shapes", &["train.epochs=24"], &[]),
            set(
                "emoji",
                // With half of them BYOL, SimSiam and W-MSE have seeds that gain nothing.
                &short("train.epochs=40"),
                &["www/public/sets/emoji.png"],
            ),
            set(
                "photos",
                &short("train.epochs=5"),
                &["www/public/sets/photos.png"],
            ),
        ]
    }

    /// A built-in set, trained on with these settings instead.
    pub(super) fn with(set: &str, settings: Vec<String>) -> Option<Self> {
        let found = Self::built_in().into_iter().find(|own| own.name == set)?;
        Some(Self { settings, ..found })
    }

    /// Parts of a folder or zip of images, with the settings that a learner gets.
    pub(super) fn own(path: &Path) -> Vec<Self> {
        // Relative to where the command was given, not to the project.
        let path = &path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let name = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        let part = |limit: Option<usize>| Self {
            name: match limit {
                Some(limit) => format!("{name}, {limit} images"),
                None => format!("{name}, all"),
            },
            source: path.to_string_lossy().into_owned(),
            files: vec![path.clone()],
            limit,
            settings: Vec::new(),
        };
        [Some(100), Some(300), Some(1000), None].map(part).to_vec()
    }
}

/// One method on one set with one seed.
pub(super) struct Experiment {
    pub(super) set: String,
    pub(super) method: String,
    pub(super) seed: u64,
    /// What [`code`] says of it.
    pub(super) code: String,
    /// Which run it is, where method, set and seed do not tell.
    note: String,
    images: Images,
}

impl Experiment {
    pub(super) fn new(images: &Images, method: &str, seed: u64, code: &str) -> Self {
        Self {
            set: images.name.clone(),
            method: method.into(),
            seed,
            code: code.into(),
            note: String::new(),
            images: images.clone(),
        }
    }

    /// The same, said to be that one.
    pub(super) fn noted(mut self, note: String) -> Self {
        self.note = note;
        self
    }

    /// Of the command line.
    pub(super) fn arguments(&self) -> Vec<String> {
        let Images {
            source,
            limit,
            settings,
            ..
        } = &self.images;
        let seed = self.seed.to_string();
        let fixed = ["train", source, "--method", &self.method, "--seed", &seed];
        let settings = settings
            .iter()
            .flat_map(|setting| ["--set", setting.as_str()]);
        let all = fixed.into_iter().chain(["--json"]).chain(settings);
        let mut all: Vec<String> = all.map(String::from).collect();
        if let Some(limit) = limit {
            all.extend(["--limit".into(), limit.to_string()]);
        }
        all
    }

    fn make(&self, program: &Path) -> Result<Outcome> {
        let start = Instant::now();
        let output = Command::new(program)
            .args(self.arguments())
            .output()
            .context("cannot run twoviews")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", said.trim());
        let lines = String::from_utf8(output.stdout)?;
        let events = lines.lines().rev();
        let mut events = events.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let scores = events.find(|event| event["type"] == "evaluated");
        let scores = scores.context("it ended without a score")?;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Outcome { seconds, scores })
    }
}

/// A text that changes with the code and the files that a run depends on: image decoders, kernels, all of
/// `src/` but what only the page or the command line uses, and of `src/methods/` the method's own
/// file. Not the registry: it changes with every method.
pub(super) fn code(project: &Project, images: &Images, method: &str) -> Result<String> {
    let own = [
        "Cargo.lock".to_owned(),
        format!("src/methods/{method}.rs"),
        "crates/images".to_owned(),
        "crates/kernels".to_owned(),
        "src".to_owned(),
    ];
    let files: Vec<PathBuf> = own
        .into_iter()
        .map(PathBuf::from)
        .chain(images.files.clone())
        .collect();
    // What only tells of a run does not change it.
    let beside = [
        "methods", "platform", "protocol", "readings", "verdict", "main.rs",
    ];
    fingerprint_under(&project.root, &files, &beside)
}

/// Makes runs, as many at a time as there are cores, and keeps each as it ends; says which failed.
pub(super) fn make(program: &Path, runs: &[&Experiment], cache: &Cache) -> Result<Vec<String>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let waiting = Mutex::new(runs.iter());
    let failed = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        loop {
            let next = waiting.lock().expect("no worker has panicked").next();
            let Some(run) = next else {
                return Ok(());
            };
            let name = format!(
                "{}{} on {}, seed {}",
                run.note, run.method, run.set, run.seed
            );
            match run.make(program) {
                Ok(outcome) => {
                    cache.keep(run, &outcome)?;
                    say(&format!("{name}: {}", summary(&outcome)));
                }
                Err(error) => {
                    say(&format!("{name} failed: {error:#}"));
                    let mut failed = failed.lock().expect("no worker has panicked");
                    failed.push(format!("{name}: {error:#}"));
                }
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(ScopedJoinHandle::join);
        joined
            .map(|result| result.expect("a worker does not panic"))
            .collect::<Result<Vec<()>>>()
    })?;
    Ok(failed.into_inner().expect("no worker has panicked"))
}

fn summary(outcome: &Outcome) -> String {
    let score = |kind: &str, of: &str| {
        let value = outcome.score(kind, of);
        value.map_or_else(
            || "none".to_owned(),
            |value| format!("{:.1}", value * 100.0),
        )
    };
    format!(
        "kNN {} (untrained {}), probe {} (untrained {}), {:.0} s",
        score("h", "knn"),
        score("untrained", "knn"),
        score("h", "probe"),
        score("untrained", "probe"),
        outcome.seconds
    )
}
