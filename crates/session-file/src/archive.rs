//! The zip: what is written into it, and what is read of one.

use std::collections::HashSet;
use std::io::{Cursor, Read, Seek, Write};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::chart::Chart;
use crate::map::{Sprite, pictures};
use crate::notebook::notebook;
use crate::npy::{Kind, contents, npy};
use crate::{
    Curves, Embeddings, Images, Refused, Run, RunFile, Session, Set, engine, projector, refuse,
    tables,
};

/// The file that makes a zip a session.
pub const STATE: &str = "session.json";

/// Most bytes of a session that is opened, and of each of its files.
pub const MOST_BYTES: u64 = 1 << 30;

/// The version of `session.json` that is written; later ones are refused.
pub const FORMAT: u32 = 1;

/// Most bytes of `session.json`.
const MOST_STATE: u64 = 128 << 20;

const ABOUT: &str = include_str!("about.txt");

struct Zip<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Zip<W> {
    /// Adds a file. What is compressed already is stored as it is.
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        let whole = [".png", ".safetensors"]
            .iter()
            .any(|end| name.ends_with(end));
        let method = if whole {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level((!whole).then_some(1))
            .large_file(u32::try_from(bytes.len()).is_err());
        let written = self.0.start_file(name, options);
        written
            .map_err(std::io::Error::from)
            .and_then(|()| self.0.write_all(bytes))
            .map_err(|error| refuse(format!("{name} cannot be written: {error}")))
    }

    fn add_text(&mut self, name: &str, value: &Value) -> Result<(), Refused> {
        let text = serde_json::to_vec_pretty(value).expect("plain data");
        self.add(name, &text)
    }
}

/// Writes a session.
///
/// # Errors
/// If the parts do not fit together, or `to` takes no more.
pub fn write<W: Write + Seek>(session: &Session, to: W) -> Result<W, Refused> {
    check(session)?;
    let mut zip = Zip(ZipWriter::new(to));
    zip.add("README.txt", ABOUT.as_bytes())?;
    zip.add_text("session.ipynb", &notebook())?;
    let mut sprites = Vec::with_capacity(session.sets.len());
    for set in &session.sets {
        let folder = &set.folder;
        let shape = [set.len(), set.size, set.size, 3];
        zip.add(
            &format!("{folder}/squares.npy"),
            &npy(Kind::Bytes, &shape, &set.pixels),
        )?;
        zip.add(
            &format!("{folder}/images.csv"),
            &tables::images(&set.names, &set.factors),
        )?;
        sprites.push(Sprite::of(set));
    }
    for run in &session.runs {
        let set = run.set.map(|at| (&session.sets[at], &sprites[at]));
        add_run(&mut zip, run, set)?;
    }
    // Last, so that what was cut short is no session.
    zip.add_text(STATE, &session.state)?;
    zip.0
        .finish()
        .map_err(|error| refuse(format!("the zip cannot be ended: {error}")))
}

fn add_run<W: Write + Seek>(
    zip: &mut Zip<W>,
    run: &Run,
    set: Option<(&Set, &Sprite)>,
) -> Result<(), Refused> {
    let folder = format!("runs/{}", run.folder);
    let images = set.map(|(set, _)| Images::of(set.set.clone(), set.size, &set.names, &set.pixels));
    let about = RunFile::new(run.settings.clone(), images);
    zip.add(&format!("{folder}/run.json"), &about.text())?;
    if let Some(bytes) = &run.checkpoint {
        zip.add(&format!("{folder}/checkpoint.safetensors"), bytes)?;
        let method = run.settings["method"].as_str();
        for (name, text) in method.and_then(engine::files).into_iter().flatten() {
            zip.add(&format!("{folder}/lightly/{name}"), text.as_bytes())?;
        }
    }
    zip.add(&format!("{folder}/loss.csv"), &tables::curves(&run.loss))?;
    zip.add(
        &format!("{folder}/course.csv"),
        &tables::curves(&run.course),
    )?;
    zip.add(
        &format!("{folder}/readings.csv"),
        &tables::readings(&run.readings),
    )?;
    if let Some(chart) = Chart::of(&format!("{}: loss", run.name), &run.loss) {
        add_chart(zip, &format!("{folder}/loss"), &chart)?;
    }
    for (id, curves) in readings(&run.course) {
        let title = format!("{}: {}", run.name, curves.lines[0].label);
        let Some(chart) = Chart::of(&title, &curves) else {
            continue;
        };
        let mut read = run.readings.as_array().into_iter().flatten();
        let read = read.find(|read| read["id"] == id);
        let compared = |field: &str| read?[field].as_f64();
        let chart = chart
            .with("untrained, h", compared("untrained"))
            .with("raw pixels", compared("pixels"))
            .with("chance", compared("chance"));
        add_chart(zip, &format!("{folder}/charts/{}", plain(&id)), &chart)?;
    }
    let Some((set, sprite)) = set else {
        return Ok(());
    };
    if let Some(map) = &run.map
        && let Some((png, svg)) = pictures(map, set, sprite)?
    {
        zip.add(&format!("{folder}/map.png"), &png)?;
        zip.add(&format!("{folder}/map.svg"), svg.as_bytes())?;
    }
    if let Some(embeddings) = &run.embeddings {
        add_embeddings(zip, &folder, embeddings, set, sprite)?;
    }
    Ok(())
}

fn add_chart<W: Write + Seek>(zip: &mut Zip<W>, path: &str, chart: &Chart) -> Result<(), Refused> {
    zip.add(&format!("{path}.svg"), chart.svg()?.as_bytes())?;
    zip.add(&format!("{path}.png"), &chart.png()?)
}

/// The curves of each reading, which have its id before a colon: each has its own unit.
fn readings(course: &Curves) -> Vec<(String, Curves)> {
    let mut all: Vec<(String, Curves)> = Vec::new();
    for line in &course.lines {
        let id = line.id.split(':').next().unwrap_or_default();
        let at = all.iter().position(|(known, _)| known == id);
        let at = at.unwrap_or_else(|| {
            let (steps, lines) = (course.steps.clone(), Vec::new());
            all.push((id.to_owned(), Curves { steps, lines }));
            all.len() - 1
        });
        all[at].1.lines.push(line.clone());
    }
    all
}

/// Letters and digits of an id.
fn plain(id: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    id.chars().map(letter).collect()
}

fn add_embeddings<W: Write + Seek>(
    zip: &mut Zip<W>,
    folder: &str,
    Embeddings { h, z }: &Embeddings,
    set: &Set,
    sprite: &Sprite,
) -> Result<(), Refused> {
    let n = set.len();
    for (name, bytes) in [("h", h), ("z", z)] {
        let shape = [n, bytes.len() / 4 / n];
        zip.add(
            &format!("{folder}/{name}.npy"),
            &npy(Kind::Floats, &shape, bytes),
        )?;
    }
    let [h, z] = [h, z].map(|bytes| floats(bytes));
    let table = tables::embeddings(&set.names, &set.factors, [&h, &z]);
    zip.add(&format!("{folder}/embeddings.csv"), &table)?;
    let folder = format!("{folder}/projector");
    zip.add(&format!("{folder}/h.tsv"), &projector::vectors(&h, n))?;
    zip.add(&format!("{folder}/z.tsv"), &projector::vectors(&z, n))?;
    zip.add(
        &format!("{folder}/metadata.tsv"),
        &tables::metadata(&set.names, &set.factors),
    )?;
    zip.add(&format!("{folder}/sprite.png"), &sprite.png()?)?;
    zip.add_text(
        &format!("{folder}/config.json"),
        &projector::config(set, sprite, &h, &z),
    )
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let floats = bytes.chunks_exact(4);
    floats
        .map(|x| f32::from_le_bytes(x.try_into().expect("four bytes")))
        .collect()
}

/// Whether all fits together: names of folders, places of images, lengths of arrays.
fn check(session: &Session) -> Result<(), Refused> {
    let folders = session.sets.iter().map(|set| ("", &set.folder));
    let folders = folders.chain(session.runs.iter().map(|run| ("runs/", &run.folder)));
    let mut known = HashSet::new();
    for (under, folder) in folders {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if folder.is_empty() || !folder.bytes().all(plain) || !known.insert((under, folder)) {
            return Err(refuse(format!(
                "{folder:?} cannot be the name of a folder here"
            )));
        }
    }
    for set in &session.sets {
        set.check()?;
    }
    for run in &session.runs {
        let set = match run.set {
            Some(at) => Some(session.sets.get(at).ok_or_else(|| no_images(run))?),
            None => None,
        };
        if let Some(Embeddings { h, z }) = &run.embeddings {
            let n = set.map_or(0, Set::len);
            let fits =
                |bytes: &[u8]| n > 0 && !bytes.is_empty() && bytes.len().is_multiple_of(n * 4);
            if !fits(h) || !fits(z) {
                return Err(no_images(run));
            }
        }
    }
    Ok(())
}

fn no_images(run: &Run) -> Refused {
    refuse(format!("the run {} does not fit its images", run.name))
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened<R> {
    zip: ZipArchive<R>,
    state: Value,
}

impl Opened<Cursor<Vec<u8>>> {
    /// Opens the bytes of a file.
    ///
    /// # Errors
    /// If they are no session.
    pub fn of(bytes: Vec<u8>) -> Result<Self, Refused> {
        Self::new(Cursor::new(bytes))
    }
}

impl<R: Read + Seek> Opened<R> {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is no session.
    pub fn new(file: R) -> Result<Self, Refused> {
        let zip = ZipArchive::new(file);
        let zip = zip.map_err(|_| refuse("this is no zip, or one that was cut short"))?;
        if !has_state(&zip) {
            let reason = format!("there is no {STATE} in it, so it is no session of Twoviews");
            return Err(refuse(reason));
        }
        Self::of_zip(zip)
    }

    /// The same of what may be any file; none if it is no zip, or one of something else.
    ///
    /// # Errors
    /// If it is a session that cannot be opened.
    pub fn find(file: R) -> Result<Option<Self>, Refused> {
        let zip = ZipArchive::new(file).ok().filter(has_state);
        zip.map(Self::of_zip).transpose()
    }

    fn of_zip(mut zip: ZipArchive<R>) -> Result<Self, Refused> {
        let text = entry(&mut zip, STATE, MOST_STATE)?;
        let state: Value = serde_json::from_slice(&text)
            .map_err(|error| refuse(format!("{STATE} cannot be read: {error}")))?;
        if state["format"].as_u64() > Some(FORMAT.into()) {
            return Err(refuse("it was written by a later version of Twoviews"));
        }
        Ok(Self { zip, state })
    }

    /// The contents of `session.json`.
    pub fn state(&self) -> &Value {
        &self.state
    }

    /// A file, as it is.
    ///
    /// # Errors
    /// If it is not there, is damaged or too large.
    pub fn file(&mut self, name: &str) -> Result<Vec<u8>, Refused> {
        entry(&mut self.zip, name, MOST_BYTES)
    }

    /// The pixels of images: `[n, size, size, 3]`.
    ///
    /// # Errors
    /// If they are not there, or of other images.
    pub fn squares(&mut self, name: &str, n: usize, size: usize) -> Result<Vec<u8>, Refused> {
        let bytes = self.file(name)?;
        let shape = [n, size, size, 3];
        let pixels = contents(&bytes, Kind::Bytes, &shape)
            .map_err(|why| refuse(format!("{name} cannot be read: {why}")))?;
        if Some(pixels.len())
            != shape
                .iter()
                .try_fold(1usize, |all, side| all.checked_mul(*side))
        {
            return Err(refuse(format!("{name} is cut short")));
        }
        Ok(pixels)
    }
}

fn has_state<R: Read + Seek>(zip: &ZipArchive<R>) -> bool {
    zip.index_for_name(STATE).is_some()
}

fn entry<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    name: &str,
    most: u64,
) -> Result<Vec<u8>, Refused> {
    let file = zip.by_name(name);
    let file = file.map_err(|_| refuse(format!("{name} is missing")))?;
    if file.size() > most {
        let megabytes = most >> 20;
        return Err(refuse(format!("{name} is larger than {megabytes} MB")));
    }
    let mut bytes = Vec::new();
    // What it claims is not to be trusted.
    let read = file.take(most + 1).read_to_end(&mut bytes);
    if read.is_err() || bytes.len() as u64 > most {
        return Err(refuse(format!("{name} is damaged")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
