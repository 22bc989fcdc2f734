//! Image files from a folder or a zip, one of which is in memory at a time for each thread.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use crate::data::{Collection, Decoded, Skipped};
use crate::error::Error;
use crate::images::{Archive, MOST_BYTES, check, is_leftover};
use indicatif::ProgressBar;

use super::progress::bar;
use super::train::available;
use super::walk::{self, Found};
use super::{cannot, stop};

/// Threads that decode, at most: each has one file in memory.
const THREADS: usize = 4;

/// Bytes by which a file tells what it is.
const HEAD: u64 = 512;

/// A file that is there, and where its bytes are.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) at: At,
}

pub(super) enum At {
    Path(PathBuf),
    /// In the zip, by its place.
    Entry(usize),
    /// Nowhere, and why.
    Refused(String),
}

/// All files under a folder, or in a zip, by name; images of them are `size` pixels wide and high.
/// With a `limit` only so many of them, evenly spaced: every folder keeps its part. What cannot be
/// used has its reason; how far it is, a bar shows unless it is to be `quiet`.
pub(super) fn read(
    path: &Path,
    size: usize,
    limit: Option<usize>,
    quiet: bool,
) -> Result<Collection, Error> {
    let about = fs::metadata(path).map_err(|e| cannot("read", path, &e))?;
    let (mut list, archive) = if about.is_dir() {
        (walk::folder(path)?, None)
    } else if about.is_file() {
        let (list, archive) = zip(path)?;
        (list, Some(Mutex::new(archive)))
    } else {
        let what = walk::kind(about.file_type());
        let reason = format!("neither a folder nor a zip, but {what}");
        return Err(cannot("read", path, &reason));
    };
    if list.is_empty() {
        return Err(Error::Data(format!("{}: no files in it", path.display())));
    }
    // The order of images is part of a run; that of a file system is anyone's guess.
    list.sort_by(|a, b| a.name.cmp(&b.name));
    let (ignored, mut list): (Vec<_>, Vec<_>) =
        list.into_iter().partition(|file| is_leftover(&file.name));
    if let Some(limit) = limit {
        list = evenly(list, limit);
    }
    if let Some(bytes) = available() {
        room(path, list.len(), size, bytes)?;
    }
    let bar = progress(list.len(), quiet);
    let mut found = decode(list, archive.as_ref(), size, &bar);
    bar.finish_and_clear();
    if stop::asked() {
        return Err(stop::stopped());
    }
    found.ignored = ignored.len();
    Ok(found)
}

fn zip(path: &Path) -> Result<(Vec<Listed>, Archive<File>), Error> {
    let file = File::open(path).map_err(|e| cannot("read", path, &e))?;
    let archive = Archive::open(file).map_err(|refused| cannot("read", path, &refused))?;
    let entries = archive.entries().iter().enumerate();
    let list = entries.map(|(at, entry)| Listed {
        name: walk::composed(&entry.name),
        at: match &entry.refused {
            Some(refused) => At::Refused(refused.to_string()),
            None => At::Entry(at),
        },
    });
    let leftovers = archive.leftovers().iter().map(|name| Listed {
        name: name.clone(),
        at: At::Refused(String::new()),
    });
    Ok((list.chain(leftovers).collect(), archive))
}

/// Whether so many images would fit into so many bytes.
fn room(path: &Path, images: usize, size: usize, most: usize) -> Result<(), Error> {
    let needed = images * size * size * 3;
    if needed <= most {
        return Ok(());
    }
    let [needed, most] = [needed, most].map(|bytes| bytes as f64 / 1e9);
    let reason = format!(
        "{images} images of {size} pixels take {needed:.1} GB of memory, and there are {most:.1}; take fewer \
         with --limit"
    );
    Err(cannot("read", path, &reason))
}

/// `count` of the items, or all there are.
fn evenly<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let n = items.len();
    let count = count.min(n);
    let first_of_its_part = |at: usize| at * count % n < count;
    let items = items.into_iter().enumerate();
    let kept = items.filter(|(at, _)| first_of_its_part(*at));
    kept.map(|(_, item)| item).collect()
}

/// What is in each file, in their order, by some threads. Each square is written where it stays: of many
/// images there is no room for a second copy.
fn decode(
    list: Vec<Listed>,
    archive: Option<&Mutex<Archive<File>>>,
    size: usize,
    bar: &ProgressBar,
) -> Collection {
    let length = size * size * 3;
    // Memory that nothing was written to yet is there in name only.
    let mut pixels = vec![0; list.len() * length];
    let mut reasons = vec![None; list.len()];
    let places = pixels.chunks_exact_mut(length).zip(&mut reasons);
    let next = Mutex::new(list.iter().zip(places));
    let work = || {
        while !stop::asked() {
            let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((file, (place, reason))) = taken else {
                return;
            };
            let bytes = contents(&file.at, archive);
            match bytes.map_or_else(Decoded::Reason, |bytes| guarded(&bytes, size)) {
                Decoded::Pixels(square) => place.copy_from_slice(&square),
                Decoded::Reason(why) => *reason = Some(why),
            }
            bar.inc(1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, |all| all.get().min(THREADS));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut found = Collection {
        size,
        ..Collection::default()
    };
    for (at, (Listed { name, .. }, reason)) in list.into_iter().zip(reasons).enumerate() {
        if let Some(reason) = reason {
            found.skipped.push(Skipped { name, reason });
        } else {
            // No gaps where files were of no use.
            let to = found.names.len() * length;
            pixels.copy_within(at * length..(at + 1) * length, to);
            found.names.push(name);
        }
    }
    pixels.truncate(found.names.len() * length);
    pixels.shrink_to_fit();
    found.pixels = pixels.into();
    found
}

/// The bytes of a file that may be an image: its head tells, before the rest is read.
fn contents(at: &At, archive: Option<&Mutex<Archive<File>>>) -> Result<Vec<u8>, String> {
    match at {
        At::Refused(reason) => Err(reason.clone()),
        At::Entry(at) => {
            let archive = archive.expect("an entry has its archive");
            let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
            archive.read(*at).map_err(|refused| refused.to_string())
        }
        At::Path(path) => {
            let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
            let (length, mut file) = opened.map_err(|e| walk::reason(&e))?;
            let mut bytes = Vec::new();
            let mut take = |most, bytes: &mut Vec<u8>| {
                let taken = Read::take(&mut file, most).read_to_end(bytes);
                taken.map_err(|e| walk::reason(&e))
            };
            take(HEAD, &mut bytes)?;
            check(&bytes, length).map_err(|refused| refused.to_string())?;
            take(MOST_BYTES, &mut bytes)?;
            Ok(bytes)
        }
    }
}

/// What is in a file. A decoder that fails on one costs that one.
fn guarded(bytes: &[u8], size: usize) -> Decoded {
    thread_local!(static GUARDED: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    // What a panic says is for whoever mends it; here the file's line says what a learner can do.
    HOOK.call_once(|| {
        let all_else = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                all_else(info);
            }
        }));
    });
    GUARDED.set(true);
    let decoded = panic::catch_unwind(|| Decoded::of(bytes, size));
    GUARDED.set(false);
    decoded.unwrap_or_else(|_| {
        let reason = "the decoder failed on it: save it anew, as PNG, and report this one";
        Decoded::Reason(reason.into())
    })
}

fn progress(files: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    bar(
        "{bar:30} {pos}/{len} files read  {per_sec}  {eta} left",
        files,
    )
}

impl From<Found> for Listed {
    fn from(Found { name, file }: Found) -> Self {
        let at = match file {
            Ok(path) => At::Path(path),
            Err(reason) => At::Refused(reason),
        };
        Self { name, at }
    }
}

/// Writes a file whole, or leaves the one that was there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fill(path, |file| file.write_all(bytes))
}

/// The same of a file that is written piece by piece.
pub(super) fn fill(
    path: &Path,
    pieces: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let filled = File::create(&part).and_then(|mut file| pieces(&mut file));
    let written = filled.and_then(|()| fs::rename(&part, path));
    written.map_err(|e| cannot("write", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_images_than_memory_holds_are_refused_before_they_are_read() {
        let said = |images| {
            let told = room(Path::new("photos"), images, 64, 2_000_000_000);
            told.map_err(|error| error.to_string())
        };
        assert_eq!(said(160_000), Ok(()));
        let refused = said(200_000).unwrap_err();
        let wanted = "200000 images of 64 pixels take 2.5 GB of memory, and there are 2.0; take fewer with --limit";
        assert!(refused.contains(wanted), "{refused}");
    }

    #[test]
    fn a_limit_keeps_items_evenly() {
        let all = || (0..10).collect::<Vec<_>>();
        assert_eq!(evenly(all(), 4), [0, 3, 5, 8]);
        assert_eq!(evenly(all(), 10), all());
        assert_eq!(evenly(all(), 99), all());
    }
}
