//! What is trained on what and for how long, and the workers that do it.

use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::cache::{Cache, Outcome};
use crate::project::{Project, fingerprint, say};

pub(super) const SEEDS: [u64; 3] = [42, 43, 44];

/// Images, and how a run on them is made: about half a minute of one core for SimCLR.
#[derive(Clone)]
pub(super) struct Images {
    pub(super) name: String,
    /// What `train` is to read.
    source: String,
    /// Files whose change makes a run another one.
    files: Vec<PathBuf>,
    pub(super) epochs: usize,
    /// On top of the set's preset.
    pub(super) settings: Vec<&'static str>,
}

/// The encoder and the batch of the sets whose presets are made for longer runs.
const SHORT: [&str; 2] = ["encoder.width=8", "train.batch=64"];

/// The augmentations of the preset of *photos*.
const WEAK: [&str; 6] = [
    "augment.crop.minArea=0.2",
    "augment.jitter.brightness=0.13",
    "augment.jitter.contrast=0.13",
    "augment.jitter.saturation=0.13",
    "augment.jitter.hue=0.03",
    "augment.grey.probability=0",
];

impl Images {
    pub(super) fn built_in() -> Vec<Self> {
        let set = |name: &str, epochs, settings: &[&'static str], files: &[&str]| Self {
            name: name.into(),
            source: format!("builtin:{name}"),
            files: files.iter().map(PathBuf::from).collect(),
            epochs,
            settings: settings.to_vec(),
        };
        vec![
            set("shapes", 24, &[], &[]),
            set("emoji", 20, &SHORT, &["www/public/sets/emoji.png"]),
            set("photos", 5, &SHORT, &["www/public/sets/photos.png"]),
        ]
    }

    /// A folder or zip that nothing was tuned to.
    pub(super) fn own(path: &Path) -> Self {
        // Relative to where the command was given, not to the project.
        let path = &path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let name = path.file_stem().unwrap_or(path.as_os_str());
        Self {
            name: name.to_string_lossy().into_owned(),
            source: path.to_string_lossy().into_owned(),
            files: vec![path.clone()],
            epochs: 10,
            settings: [&SHORT[..], &WEAK[..]].concat(),
        }
    }
}

/// One method on one set with one seed.
pub(super) struct Experiment {
    pub(super) set: String,
    pub(super) method: String,
    pub(super) seed: u64,
    /// What [`code`] says of it.
    pub(super) code: String,
    images: Images,
}

impl Experiment {
    pub(super) fn new(images: &Images, method: &str, seed: u64, code: &str) -> Self {
        Self {
            set: images.name.clone(),
            method: method.into(),
            seed,
            code: code.into(),
            images: images.clone(),
        }
    }

    /// Of the command line.
    pub(super) fn arguments(&self) -> Vec<String> {
        let Images {
            source,
            epochs,
            settings,
            ..
        } = &self.images;
        let (epochs, seed) = (epochs.to_string(), self.seed.to_string());
        let fixed = ["train", source, "--method", &self.method, "--json"];
        let numbers = ["--epochs", &epochs, "--seed", &seed];
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let all = fixed.into_iter().chain(numbers).chain(settings);
        all.map(String::from).collect()
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
    let own = own
        .into_iter()
        .map(PathBuf::from)
        .chain(images.files.clone());
    let files: Vec<PathBuf> = own.map(|file| project.root.join(file)).collect();
    fingerprint(&files, &["methods", "platform", "main.rs"])
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
            let name = format!("{} on {}, seed {}", run.method, run.set, run.seed);
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
