//! Session files, as the command line takes them: in place of images, of a checkpoint, of `run.json`.

use std::fs::{self, File};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use twoviews_session_file::{Opened, RunFile};

use super::{cannot, run_file};
use crate::data::{Factor, ImageSet};
use crate::error::Error;

/// The session file at a path; none if there is something else.
fn open(path: &Path) -> Result<Option<Opened<File>>, Error> {
    match File::open(path) {
        Ok(file) if path.is_file() => {
            Opened::find(file).map_err(|refused| cannot("read", path, &refused))
        }
        _ => Ok(None),
    }
}

/// The side of the images of a session file, in pixels; none if there is something else.
pub(super) fn size(path: &Path) -> Result<Option<usize>, Error> {
    let session = open(path)?;
    let size = session.map(|session| Ok(set(path, session.state())?.size));
    size.transpose()
}

/// The images of a session file, as squares of this size; none if there is something else.
pub(super) fn images(path: &Path, wanted: usize) -> Result<Option<ImageSet>, Error> {
    let Some(mut session) = open(path)? else {
        return Ok(None);
    };
    let Set {
        id,
        size,
        names,
        factors,
        pixels,
    } = set(path, session.state())?;
    if size != wanted {
        let reason =
            format!("its images are squares of {size} pixels, and the settings ask for {wanted}");
        return Err(cannot("use", path, &reason));
    }
    let pixels = session.squares(&pixels.file, names.len(), size);
    let pixels = pixels.map_err(|refused| cannot("read", path, &refused))?;
    Ok(Some(ImageSet {
        set: id,
        size,
        names,
        pixels: pixels.into(),
        factors,
    }))
}

/// What it says of its images.
fn set(path: &Path, state: &Value) -> Result<Set, Error> {
    let wrong = |why: &str| cannot("read", path, &why);
    let at = state["source"]["images"].as_u64();
    let at = at.and_then(|at| usize::try_from(at).ok());
    let set = at.and_then(|at| state["sets"].get(at)).cloned();
    let set = set.ok_or_else(|| wrong("the session has no images"))?;
    serde_json::from_value(set)
        .map_err(|error| wrong(&format!("its images cannot be read: {error}")))
}

#[derive(Deserialize)]
struct Set {
    #[serde(rename = "set")]
    id: Option<String>,
    size: usize,
    names: Vec<String>,
    factors: Vec<Factor>,
    pixels: Away,
}

#[derive(Deserialize)]
struct Away {
    file: String,
}

/// The bytes of a checkpoint: a file of its own, or that of the first run of a session that has one.
pub(super) fn checkpoint(path: &Path) -> Result<Vec<u8>, Error> {
    let Some(mut session) = open(path)? else {
        return fs::read(path).map_err(|e| cannot("read", path, &e));
    };
    let found = runs(session.state()).find_map(|run| file_of(&run["checkpoint"]["bytes"]));
    let reason = "no run of this session has weights";
    let name = found.ok_or_else(|| cannot("read", path, &reason))?;
    session
        .file(&name)
        .map_err(|refused| cannot("read", path, &refused))
}

/// What a run was: a `run.json`, or that of the first run of a session.
pub(super) fn run(path: &Path) -> Result<RunFile, Error> {
    let Some(session) = open(path)? else {
        return run_file::read(path);
    };
    let state = session.state();
    // One that has not begun yet has those of its start.
    let mut all = runs(state).chain([&state["a"]]).map(|run| &run["settings"]);
    let settings = all.find(|settings| settings.is_object());
    let reason = "the session has no settings";
    let settings = settings.ok_or_else(|| cannot("read", path, &reason))?;
    Ok(RunFile::new(settings.clone(), None))
}

/// Its runs: first that which stood on the page.
fn runs(state: &Value) -> impl Iterator<Item = &Value> {
    let at = state["a"]["run"].as_u64();
    let at = at.and_then(|at| usize::try_from(at).ok());
    let first = at.and_then(|at| state["runs"].get(at));
    first
        .into_iter()
        .chain(state["runs"].as_array().into_iter().flatten())
}

fn file_of(bytes: &Value) -> Option<String> {
    bytes["file"].as_str().map(str::to_owned)
}
