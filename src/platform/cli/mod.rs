//! Arguments, and what is said to a terminal.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::Error;
use crate::methods::METHODS;
use crate::settings::{self, Backend};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};

mod files;
mod train;

/// Self-supervised learning on your own images.
///
/// The same core as the page: what a run computes here, it computes there. Nothing leaves this
/// machine.
#[derive(Parser)]
#[command(name = "twoviews", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<Train>),
    /// Lists the methods that `train --method` knows.
    Methods {
        /// As JSON: an array of cards, each with its id, terms and knobs.
        #[arg(long)]
        json: bool,
    },
}

/// Trains a network on images without their labels, then scores it.
///
/// The score is kNN accuracy of the representation h and the embedding z, beside raw pixels and
/// the same network before training. It needs labels: put each kind of image in a folder of its
/// own. Labels never train.
///
/// The score is cross-validated in five folds, stratified by label and drawn from the seed. Where
/// file names carry a group (see the README), a group stays in one fold.
#[derive(Args)]
#[command(after_help = "Examples:
  twoviews train photos/                        SimCLR with its defaults
  twoviews train photos.zip --method vicreg --epochs 100
  twoviews train photos/ --set train.optimizer=lars --set knobs.temperature=0.1
  twoviews train builtin:shapes --json | tail -1")]
struct Train {
    /// A folder or zip of images, or builtin:shapes, builtin:emoji, builtin:photos.
    #[arg(value_name = "DIR_OR_ZIP")]
    images: String,
    /// The method, as `twoviews methods` lists it.
    #[arg(long, value_name = "ID")]
    method: Option<String>,
    /// Any setting by its dotted path, e.g. train.learningRate=0.002; may be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Passes over the images.
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Images a step.
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Side to which images are resized, 16 to 96 pixels.
    #[arg(long, value_name = "PX")]
    size: Option<usize>,
    /// Seed of every random draw.
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// Where to compute. Natively there is only the CPU.
    #[arg(long, value_enum, value_name = "BACKEND")]
    backend: Option<BackendArg>,
    /// Print one event a line as JSON instead of a progress bar.
    #[arg(long)]
    json: bool,
    /// Write settings.json, events.jsonl and checkpoint.bin there.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum BackendArg {
    Auto,
    Cpu,
    Webgpu,
}

/// Runs what the arguments say.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Train(train) => pollster::block_on(train::train(&train)),
        Command::Methods { json } => {
            methods(json);
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("twoviews: {error}");
            ExitCode::FAILURE
        }
    }
}

fn methods(as_json: bool) {
    if as_json {
        let cards: Vec<_> = METHODS.iter().map(|entry| entry.card).collect();
        let text = serde_json::to_string_pretty(&cards).expect("cards are plain data");
        println!("{text}");
        return;
    }
    for card in METHODS.iter().map(|entry| entry.card) {
        println!("{:10} {}\n{:10} {}", card.id, card.title, "", card.idea);
        for knob in card.knobs {
            println!("{:10} knobs.{}: {}", "", knob.field, knob.about);
        }
    }
}

impl Train {
    /// The settings that the arguments ask for; `--set` wins.
    fn settings(&self) -> Result<Value, Error> {
        let mut partial = json!({});
        let mut put = |path: &str, value: Option<Value>| {
            if let Some(value) = value {
                let wrap = |value, key: &str| json!({ key: value });
                settings::merge(&mut partial, &path.rsplit('.').fold(value, wrap));
            }
        };
        put("method", self.method.clone().map(Value::from));
        put("train.epochs", self.epochs.map(Value::from));
        put("train.batch", self.batch.map(Value::from));
        put("size", self.size.map(Value::from));
        put("seed", self.seed.map(Value::from));
        let backend = self.backend.map(|backend| match backend {
            BackendArg::Auto => Backend::Auto,
            BackendArg::Cpu => Backend::Cpu,
            BackendArg::Webgpu => Backend::WebGpu,
        });
        put("backend", backend.map(|backend| json!(backend)));
        for text in &self.set {
            settings::merge(&mut partial, &settings::from_path(text)?);
        }
        Ok(partial)
    }
}
