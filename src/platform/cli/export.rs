//! `twoviews export`: a run as a project of the field's own engine.
//!
//! The project is plain Python, in `crates/session-file`: a session that is saved has it too.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use burn::prelude::*;
use serde_json::json;
use twoviews_session_file::engine;

use crate::error::Error;
use crate::methods;
use crate::settings::Settings;
use crate::training::checkpoint::{self, About};
use crate::training::schedule::default_rate;

use super::run_file::{self, RunFile};
use super::{Export, cannot, files, session_file};

/// Where the project starts from.
const WEIGHTS: &str = "weights.safetensors";

pub(super) fn export(args: &Export) -> Result<(), Error> {
    let out = &args.out;
    vacant(out)?;
    let run = session_file::run(&args.run)?;
    let settings = methods::settings(&run.settings).map_err(|e| cannot("read", &args.run, &e))?;
    let weights = match &args.weights {
        Some(file) => given(file, &settings)?,
        None => fresh(&settings)?,
    };
    let python = engine::files(&settings.method).expect("every method has its file");
    let run = described(&settings, run)?;

    fs::create_dir_all(out).map_err(|e| cannot("write", out, &e))?;
    let python = python.iter().map(|(name, text)| (*name, text.as_bytes()));
    let own = [(run_file::NAME, &*run), (WEIGHTS, &*weights)];
    for (name, bytes) in python.chain(own) {
        files::write(&out.join(name), bytes)?;
    }
    println!("{}: README.md says how it is trained", out.display());
    Ok(())
}

/// Whether a folder is empty or not there: what others have written stays as it is.
fn vacant(folder: &Path) -> Result<(), Error> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            let reason = "the folder is not empty; name another, or one that is not there yet";
            Err(cannot("write", folder, &reason))
        }
        Err(e) if e.kind() != ErrorKind::NotFound => Err(cannot("write", folder, &e)),
        _ => Ok(()),
    }
}

/// `run.json` with all settings, and the rate that they leave to the method.
fn described(settings: &Settings, run: RunFile) -> Result<Vec<u8>, Error> {
    let entry = methods::find(&settings.method)?;
    let own = || default_rate(&settings.train, &entry.card.published);
    let rate = settings.train.learning_rate.unwrap_or_else(own);
    let settings = serde_json::to_value(settings).expect("plain data");
    let run = RunFile::new(settings, run.images);
    let mut run = serde_json::to_value(run).expect("plain data");
    run["rate"] = json!(rate);
    Ok(serde_json::to_vec_pretty(&run).expect("plain data"))
}

/// Weights that were kept, if they fit the run.
fn given(file: &Path, settings: &Settings) -> Result<Vec<u8>, Error> {
    let bytes = session_file::checkpoint(file)?;
    let unfit = |e: Error| cannot("read", file, &e);
    let device = Device::flex();
    let (about, weights) = checkpoint::load(&bytes, &device).map_err(unfit)?;
    // Of another method no tensor fits, and its first one says less than its name.
    let wanted = settings.method.as_str();
    let of = about.settings["method"].as_str().unwrap_or("no method");
    if of != wanted {
        let reason = format!("these are weights of {of}, and the run is of {wanted}");
        return Err(cannot("read", file, &reason));
    }
    let mut learner = methods::start(settings, &device);
    learner.restore(weights).map_err(unfit)?;
    Ok(bytes)
}

/// Weights as a run with these settings starts with.
fn fresh(settings: &Settings) -> Result<Vec<u8>, Error> {
    let about = About {
        settings: serde_json::to_value(settings).expect("plain data"),
        ..About::default()
    };
    let learner = methods::start(settings, &Device::flex());
    pollster::block_on(checkpoint::save(about, learner.state()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_file() {
        let ids: Vec<_> = methods::METHODS.iter().map(|entry| entry.card.id).collect();
        let files: Vec<_> = engine::methods().collect();
        assert_eq!(ids, files);
    }
}
