//! Runs whose verdicts are known, recorded look by look: what the verdict is tested on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::program::with_program;
use crate::project::{Project, replace, say};

/// What is to be recorded.
#[derive(Args)]
pub(crate) struct Only {
    /// Only this run; may be repeated.
    #[arg(long = "only", value_name = "NAME")]
    names: Vec<String>,
    /// Where the zips of own images lie, as tests/recorded/README.md says; without it the runs on
    /// them stay as they are.
    #[arg(long, value_name = "DIR")]
    own: Option<PathBuf>,
}

const FOLDER: &str = "tests/recorded";

/// A run that is recorded: its name, what it is, its images and the arguments of `train`.
struct Recording {
    name: &'static str,
    about: &'static str,
    /// `builtin:` and the name of a set, or the name of a zip of own images.
    images: &'static str,
    arguments: &'static [&'static str],
}

const fn on_shapes(
    name: &'static str,
    about: &'static str,
    arguments: &'static [&'static str],
) -> Recording {
    Recording {
        name,
        about,
        images: "builtin:shapes",
        arguments,
    }
}

const fn own(
    name: &'static str,
    about: &'static str,
    images: &'static str,
    arguments: &'static [&'static str],
) -> Recording {
    Recording {
        name,
        about,
        images,
        arguments,
    }
}

/// Settings of every recording: what suits the images would be chosen else, and may change.
const FIXED: &[&str] = &["augment.flip.probability=0.5"];
/// Further ones of recordings on own images, the program's defaults: the runs that misled were made
/// before there was a rule for images.
const FIXED_OWN: &[&str] = &[
    "augment.crop.minArea=0.2",
    "augment.jitter.brightness=0.4",
    "augment.jitter.contrast=0.4",
    "augment.jitter.saturation=0.4",
    "augment.jitter.hue=0.1",
    "augment.grey.probability=0.2",
    "encoder.width=16",
    "train.batch=64",
    "train.epochs=40",
];

const RECORDINGS: &[Recording] = &[
    on_shapes("simclr", "SimCLR, sound", &["--epochs=12"]),
    on_shapes("moco", "MoCo, sound", &["--method=moco", "--epochs=12"]),
    on_shapes(
        "vicreg",
        "VICReg, sound",
        &["--method=vicreg", "--epochs=12"],
    ),
    on_shapes(
        "barlow_twins",
        "Barlow Twins, sound, too short to learn",
        &["--method=barlow_twins", "--epochs=12"],
    ),
    on_shapes("tico", "TiCo, sound", &["--method=tico", "--epochs=12"]),
    on_shapes("w_mse", "W-MSE, sound", &["--method=w_mse", "--epochs=12"]),
    on_shapes(
        "byol",
        "BYOL, sound: z starts near one point",
        &["--method=byol", "--epochs=20"],
    ),
    on_shapes(
        "simsiam",
        "SimSiam, sound: read \"Collapsed\" at its first step",
        &["--method=simsiam", "--epochs=20"],
    ),
    on_shapes(
        "swav",
        "SwAV, sound: its z shares one direction",
        &["--method=swav", "--epochs=10"],
    ),
    on_shapes(
        "cpc",
        "CPC, sound: its z shares one direction",
        &["--method=cpc", "--epochs=10"],
    ),
    on_shapes(
        "deep_infomax",
        "Deep InfoMax, sound",
        &["--method=deep_infomax", "--epochs=12"],
    ),
    on_shapes("amdim", "AMDIM, sound", &["--method=amdim", "--epochs=12"]),
    on_shapes(
        "slow",
        "SimCLR whose rate rises over half of the run: z widens late",
        &[
            "--epochs=12",
            "--set=train.warmup=0.5",
            "--set=train.learningRate=0.0005",
        ],
    ),
    on_shapes(
        "simsiam_without_stop_gradient",
        "SimSiam without stop-gradient: the verdict changed twelve times",
        &[
            "--method=simsiam",
            "--epochs=20",
            "--set=knobs.stopGradient=false",
        ],
    ),
    on_shapes(
        "byol_bare",
        "BYOL without average, predictor and stop-gradient",
        &[
            "--method=byol",
            "--epochs=12",
            "--set=knobs.average=false",
            "--set=knobs.predictor=false",
            "--set=knobs.stopGradient=false",
        ],
    ),
    on_shapes(
        "vicreg_without_variance",
        "VICReg with a variance weight of 0",
        &["--method=vicreg", "--epochs=12", "--set=knobs.variance=0"],
    ),
    on_shapes(
        "swav_without_rounds",
        "SwAV without Sinkhorn's rounds: all images in one cluster",
        &["--method=swav", "--epochs=10", "--set=knobs.rounds=0"],
    ),
    on_shapes(
        "tico_without_contrast",
        "TiCo with a contrast weight of 0",
        &["--method=tico", "--epochs=12", "--set=knobs.rho=0"],
    ),
    on_shapes(
        "rate_100",
        "SimCLR at a learning rate of 100",
        &["--epochs=12", "--set=train.learningRate=100"],
    ),
    own(
        "photos",
        "300 own photos at the default augmentations: learns nothing; read \"Collapsed\" at its first step",
        "trashnet-300",
        &[],
    ),
    own(
        "photos_rate_100",
        "300 own photos at a learning rate of 100: read \"Healthy\"",
        "trashnet-300",
        &["--set=train.learningRate=100"],
    ),
    own(
        "photos_unlabelled",
        "300 own photos without labels",
        "trashnet-300-flat",
        &["--epochs=20"],
    ),
    own(
        "tiles",
        "306 own drawings, VICReg at the defaults",
        "crawl-tiles-300",
        &["--method=vicreg", "--epochs=20"],
    ),
    own(
        "forty",
        "40 own drawings: 20 steps",
        "crawl-tiles-40",
        &["--epochs=20"],
    ),
];

/// Makes the runs and writes each as a file; what a file expects of its run stays.
pub(crate) fn run(project: &Project, only: &Only) -> Result<()> {
    let wanted = |name: &str| only.names.is_empty() || only.names.iter().any(|one| one == name);
    let mut recordings = RECORDINGS.iter().filter(|recording| wanted(recording.name));
    with_program(project, "record", |program, _| {
        recordings.try_for_each(|recording| {
            let Some(images) = recording.images(only.own.as_deref()) else {
                say(&format!("{}: left as it is", recording.name));
                return Ok(());
            };
            let path = project
                .path(FOLDER)
                .join(format!("{}.json", recording.name));
            let expected = fs::read_to_string(&path).ok();
            let expected = expected.and_then(|text| serde_json::from_str::<Value>(&text).ok());
            let expected = expected.map_or(Value::Null, |file| file["expected"].clone());
            let text = recording.record(program, &images, &expected)?;
            say(&format!("{}: recorded", recording.name));
            replace(&path, &text)
        })
    })
}

impl Recording {
    /// What `train` is to read; None without the folder of own images.
    fn images(&self, own: Option<&Path>) -> Option<PathBuf> {
        if self.images.starts_with("builtin:") {
            return Some(self.images.into());
        }
        // Relative to where the command was given, not to the project.
        let path = own?.join(self.images).with_extension("zip");
        Some(std::path::absolute(&path).unwrap_or(path))
    }

    fn fixed(&self) -> impl Iterator<Item = &'static str> {
        let own = !self.images.starts_with("builtin:");
        let own = if own { FIXED_OWN } else { &[] };
        FIXED.iter().chain(own).copied()
    }

    fn record(&self, program: &Path, images: &Path, expected: &Value) -> Result<String> {
        let output = Command::new(program)
            .arg("train")
            .arg(images)
            .args(self.fixed().map(|setting| format!("--set={setting}")))
            .args(self.arguments)
            .arg("--json")
            .output()
            .context("cannot run twoviews")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {}", self.name, said.trim());
        let events = String::from_utf8(output.stdout)?;
        let events: Vec<Value> = events
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        let last = |kind: &str| events.iter().rfind(|event| event["type"] == kind);
        let total = &last("stepped").context("it did not train")?["steps"];
        let settings = &last("configured").context("it has no settings")?["settings"];
        let part = settings["train"]["warmup"].as_f64().context("no warm-up")?;
        let warmup = (part * total.as_f64().context("no steps")?).round();
        let looks = looks(&events);
        let looks: Vec<String> = looks.iter().map(|look| format!("  {look}")).collect();
        // A look a line, so that a change can be read.
        Ok(format!(
            "{{\n \"about\": {},\n \"images\": {},\n \"arguments\": {},\n \"total\": {total},\n \"warmup\": {warmup:.0},\n \
             \"expected\": {expected},\n \"looks\": [\n{}\n ]\n}}\n",
            json!(self.about),
            json!(self.images),
            json!(self.arguments),
            looks.join(",\n")
        ))
    }
}

/// What was known at each look: spreads of h and z, and how h compares or why nothing can be scored.
fn looks(events: &[Value]) -> Vec<Value> {
    let mut looks = Vec::new();
    let [mut started, mut readings] = [&Value::Null; 2];
    for event in events {
        if event["type"] == "started" {
            started = event;
        }
        if event["type"] == "readings" {
            readings = &event["values"];
        }
        if event["type"] == "verdict" {
            let learned = &event["learned"];
            let (scores, reason) = (&learned["scores"], &learned["sentence"]);
            let unscored = if scores.is_null() {
                reason
            } else {
                &Value::Null
            };
            looks.push(json!({
                "step": event["step"],
                "h": spread(readings, "h", &started["h"]),
                "z": spread(readings, "z", &started["z"]),
                "scores": scores,
                "unscored": unscored,
            }));
        }
    }
    looks
}

/// How h or z were spread, from the readings of a look; `dims` is its width.
fn spread(readings: &Value, of: &str, dims: &Value) -> Value {
    let rows = readings.as_array();
    let row = |id: &str| rows.and_then(|rows| rows.iter().find(|row| row["id"] == id));
    let value = |id: &str| row(id).map_or(&Value::Null, |row| &row[of]);
    json!({
        "dims": dims,
        "std": value("spread"),
        "effectiveRank": value("effectiveRank"),
        // A reading is a number; this one counts.
        "dead": value("deadDimensions").as_f64().map(|dead| format!("{dead:.0}")).and_then(|text| text.parse::<u64>().ok()),
        "meanCosine": value("meanCosine"),
    })
}
