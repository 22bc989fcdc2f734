//! Arguments, and what is said to a terminal.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::Error;
use crate::methods::METHODS;
use crate::settings::{from_path, merge};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};

mod embed;
mod export;
mod files;
mod list;
mod output;
mod progress;
mod readings;
mod record;
mod run_file;
mod session_file;
mod settings;
mod squares;
mod stop;
mod tables;
mod train;
mod walk;
mod words;

use settings::help;

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
    Embed(Embed),
    Score(Score),
    Export(Export),
    /// Lists the methods that `train --method` knows.
    Methods {
        /// As JSON: an array of cards, each with its id, terms and diagram.
        #[arg(long)]
        json: bool,
    },
    /// Lists what is measured of h and z: the ids that `train --json` carries.
    Readings {
        /// As JSON: an array of cards.
        #[arg(long)]
        json: bool,
    },
    /// Lists every setting that `train --set` knows: path, name, values, default, when it counts.
    Settings {
        /// Only what all methods share and the knobs of this one.
        #[arg(long, value_name = "ID")]
        method: Option<String>,
        /// As JSON: an array of rows.
        #[arg(long)]
        json: bool,
    },
}

/// Trains a network on images without their labels, then reads what it has learned.
///
/// Each reading, as `twoviews readings` lists them, is of the representation h and the embedding z,
/// beside the same network before training and, where that makes sense, raw pixels and chance.
/// Scores need labels: put each kind of image in a folder of its own. Labels never train.
///
/// The label of an image is the innermost of its folders that tells images apart. Folders do not if all
/// images lie in them, if all labels would have that name, if they are called as a part of a set or a
/// kind of file is (train, val, images, ...) or by a date, unless folders with other names lie beside:
/// train/cat/images/1.png is a cat. Images outside such a folder are "(none)".
///
/// What cannot be read is named with its reason, and the rest is used: a file of more than 512 MB, a link
/// that leads nowhere, an entry of a zip with a password. Hidden files and what systems leave beside
/// images (Thumbs.db, __MACOSX, @eaDir, ...) are counted and ignored.
///
/// Scores are cross-validated in five folds, stratified by label and drawn from the seed. Images
/// of a class whose names are the same up to the last number (`cat/cat_03_1.png`,
/// `cat/cat_03_2.png`) are one group and stay in one fold; a stem that more than a quarter of its
/// class shares is plain numbering and groups nothing. Copies, images that are equal pixel by pixel,
/// stay in one fold too, whatever they are called and labelled.
///
/// kNN is by cosine: the majority of the 5 nearest, and the 20 nearest weighted by
/// exp(cosine / 0.07). The linear probe is multinomial logistic regression on standardised
/// features, with a small L2 penalty.
#[derive(Args)]
#[command(after_help = "Examples:
  twoviews train photos/                        SimCLR, and settings that suit the photos
  twoviews train photos.zip --method vicreg --epochs 100
  twoviews train photos/ --set train.optimizer=lars --set knobs.temperature=0.1
  twoviews train photos/ --out run/             keeps settings, events, weights, h and z
  twoviews train photos/ --config run/run.json --seed 2
  twoviews train photos/ --resume run/checkpoint.safetensors --out run/
  twoviews train photos/ --session run.zip      one file that the page opens
  twoviews train run.zip --resume run.zip       goes on with what a page or this saved
  twoviews train builtin:shapes --json | tail -1")]
struct Train {
    #[command(flatten)]
    source: Source,
    /// Take the settings of this run; those given here go before them.
    #[arg(long, value_name = "RUN_JSON", conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// Go on with the run of this checkpoint, to the end that it was to have. On the same images the
    /// losses are those of a run that was never interrupted, bit for bit.
    #[arg(long, value_name = "CHECKPOINT")]
    resume: Option<PathBuf>,
    /// The method, as `twoviews methods` lists it.
    #[arg(long, value_name = "ID")]
    method: Option<String>,
    /// Any setting by its dotted path, as `twoviews settings` lists it; may be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[arg(long, value_name = "N", help = help("train.epochs"))]
    epochs: Option<String>,
    #[arg(long, value_name = "N", help = help("train.batch"))]
    batch: Option<String>,
    #[arg(long, value_name = "PX", help = help("size"))]
    size: Option<String>,
    #[arg(long, value_name = "S", help = help("seed"))]
    seed: Option<String>,
    #[arg(long, value_name = "BACKEND", help = help("backend"))]
    backend: Option<String>,
    /// Leave the readings at the end out, which takes long for many images or labels.
    #[arg(long)]
    no_scores: bool,
    /// Print one event a line as JSON instead of a progress bar.
    #[arg(long)]
    json: bool,
    /// Write run.json (settings, versions, images), events.jsonl, checkpoint.safetensors (what was
    /// learned, and all that the next step needs) and, at the end, what `embed` writes there.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the whole session there as one zip, which the page opens: images, settings, weights, h and z,
    /// readings, curves, the map, and a notebook.
    #[arg(long, value_name = "ZIP")]
    session: Option<PathBuf>,
}

/// Where images come from.
#[derive(Args)]
struct Source {
    /// A folder or zip of images, a text file with a path a line and perhaps a label behind a tab, a session
    /// that was saved, or builtin:shapes, builtin:emoji, builtin:photos.
    #[arg(value_name = "DIR_OR_ZIP")]
    images: String,
    /// Only so many of the images, evenly spaced in the order of their names.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Keep what is read of the images in a file there while this runs, and as much of it in memory as there
    /// is room for. Where it would take more than half of the memory that is free, it is kept so without
    /// being asked, in the system's folder for temporary files.
    #[arg(long, value_name = "DIR")]
    on_disk: Option<PathBuf>,
}

/// Writes h and z of images, by a network that was trained before.
///
/// h.npy and z.npy have a row of 32-bit floats an image, squares.npy what the network saw of it (rows of
/// RGB, a byte a channel), and images.csv its name and what is known of it: the label first.
/// embeddings.parquet has all but the squares in one table, h and z as lists.
#[derive(Args)]
struct Embed {
    /// What `twoviews train` kept, or a page: a checkpoint, or a session.
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Where to write.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Takes the readings of a network that was trained before, on any images.
#[derive(Args)]
struct Score {
    /// What `twoviews train` kept, or a page: a checkpoint, or a session.
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Print one event a line as JSON.
    #[arg(long)]
    json: bool,
}

/// Writes a run as a project of another engine, to go on with on GPUs or a cluster.
///
/// The project is PyTorch Lightning and lightly: train.py, what it needs (requirements.txt), how it is
/// started on one machine or many (README.md), settings and weights. At its end it writes a checkpoint
/// that `embed`, `score`, `train --resume` and the page open.
#[derive(Args)]
#[command(after_help = "Examples:
  twoviews train photos/ --out run/
  twoviews export --to lightly run/run.json --out project/
  twoviews export --to lightly run/run.json --weights run/checkpoint.safetensors --out project/")]
struct Export {
    /// What `twoviews train --out` wrote: settings, or a part of them. Or a session, from the page or `train
    /// --session`.
    #[arg(value_name = "RUN_JSON")]
    run: PathBuf,
    /// The engine.
    #[arg(long, value_enum)]
    to: Engine,
    /// Go on from this checkpoint, or that of a session; else the project begins as the run did, with the weights of its seed.
    #[arg(long, value_name = "CHECKPOINT")]
    weights: Option<PathBuf>,
    /// Where to write: an empty folder, or one that is not there yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Where a run can go on.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Engine {
    /// PyTorch Lightning and lightly.
    Lightly,
}

/// Runs what the arguments say.
pub fn main() -> ExitCode {
    stop::listen();
    let result = match Cli::parse().command {
        Command::Train(train) => pollster::block_on(train::train(&train)),
        Command::Embed(args) => pollster::block_on(embed::embed(&args)),
        Command::Score(args) => pollster::block_on(train::score(&args)),
        Command::Export(args) => {
            let Engine::Lightly = args.to;
            export::export(&args)
        }
        Command::Methods { json } => {
            methods(json);
            Ok(())
        }
        Command::Readings { json } => {
            readings::list(json);
            Ok(())
        }
        Command::Settings { method, json } => settings::list(method.as_deref(), json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("twoviews: {}", words::plain(&said(&error)));
            if stop::asked() {
                ExitCode::from(stop::CODE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// An error with the path of the setting at fault, by which it can be set.
fn said(error: &Error) -> String {
    match error {
        // A path that is no setting's is named already.
        Error::Setting { path, reason } if !reason.ends_with(path) => format!("{path}: {reason}"),
        _ => error.to_string(),
    }
}

/// What a system call said of a file or folder.
fn cannot(verb: &'static str, path: &Path, reason: &dyn Display) -> Error {
    Error::File {
        verb,
        path: path.display().to_string(),
        reason: reason.to_string(),
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
        println!("{:13} {}\n{:13} {}", card.id, card.title, "", card.idea);
    }
}

impl Train {
    /// The settings that the arguments ask for; `--set` wins.
    fn settings(&self) -> Result<Value, Error> {
        let short = [
            ("method", &self.method),
            ("train.epochs", &self.epochs),
            ("train.batch", &self.batch),
            ("size", &self.size),
            ("seed", &self.seed),
            ("backend", &self.backend),
        ];
        let short = short.into_iter();
        let short = short.filter_map(|(path, value)| Some(format!("{path}={}", value.as_ref()?)));
        let mut partial = json!({});
        for text in short.chain(self.set.iter().cloned()) {
            merge(&mut partial, &from_path(&text)?);
        }
        Ok(partial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(args: &[&str]) -> Train {
        let all = ["twoviews", "train", "builtin:shapes"].iter().chain(args);
        match Cli::parse_from(all).command {
            Command::Train(train) => *train,
            _ => unreachable!("it was asked to train"),
        }
    }

    #[test]
    fn arguments_are_short_for_settings_and_set_wins() {
        let args = train(&["--epochs", "3", "--set", "train.epochs=4", "--size", "24"]);
        let wanted = json!({"train": {"epochs": 4}, "size": 24});
        assert_eq!(args.settings().unwrap(), wanted);
    }

    #[test]
    fn a_refusal_says_path_name_value_range_and_unit() {
        let args = train(&["--batch", "1"]);
        let refused = pollster::block_on(train::train(&args)).unwrap_err();
        assert_eq!(
            said(&refused),
            "train.batch: Batch size: 1 is not a whole number from 2 to 1024 images"
        );
    }

    #[test]
    fn a_file_that_cannot_be_is_an_error_of_that_file() {
        // A file is no folder to write to, and what is missing cannot be read.
        let file = "Cargo.toml";
        let mut args = train(&["--out", file]);
        for (verb, wanted) in [("write", file), ("read", "no/such/folder")] {
            match pollster::block_on(train::train(&args)).unwrap_err() {
                Error::File {
                    verb: is,
                    path,
                    reason,
                } => {
                    assert_eq!((is, path.as_str()), (verb, wanted));
                    assert!(reason.contains("os error"), "{reason}");
                }
                other => panic!("{other:?}"),
            }
            args.out = None;
            args.source.images = "no/such/folder".into();
        }
    }
}
