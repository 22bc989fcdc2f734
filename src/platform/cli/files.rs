//! Image files from a folder, a list or a zip, one of which is in memory at a time for each thread.

use std::cell::Cell;
use std::env;
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
use super::squares::Squares;
use super::train::available;
use super::walk::{self, Found};
use super::{Source, cannot, list, stop};

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

/// All files under a folder, of a list, or in a zip, by name; images of them are `size` pixels wide and high.
/// With a limit only so many of them, evenly spaced: every folder keeps its part. What cannot be
/// used has its reason; how far it is, a bar shows unless it is to be `quiet`.
pub(super) fn read(source: &Source, size: usize, quiet: bool) -> Result<Collection, Error> {
    let path = Path::new(&source.images);
    let about = fs::metadata(path).map_err(|e| cannot("read", path, &e))?;
    let (mut list, archive) = if about.is_dir() {
        (walk::folder(path)?, None)
    } else if about.is_file() {
        if let Some(list) = list::files(path)? {
            (list, None)
        } else {
            let (list, archive) = zip(path)?;
            (list, Some(Mutex::new(archive)))
        }
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
    if let Some(limit) = source.limit {
        list = evenly(list, limit);
    }
    let length = size * size * 3;
    let folder = folder(list.len(), size, source, quiet);
    let unwritten = |e| {
        let folder = folder.as_deref().unwrap_or(path);
        let reason = format!(
            "{}; name another folder with --on-disk, or take fewer with --limit",
            walk::reason(&e)
        );
        cannot("write", folder, &reason)
    };
    let squares = match &folder {
        None => Squares::here(list.len(), length),
        Some(folder) => Squares::in_file(folder, length).map_err(unwritten)?,
    };
    let bar = progress(list.len(), quiet);
    let found = decode(list, archive.as_ref(), size, squares, &bar);
    bar.finish_and_clear();
    let mut found = found.map_err(unwritten)?;
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

/// Where squares are kept in a file, if they are: where that was asked for, or for want of memory.
fn folder(images: usize, size: usize, source: &Source, quiet: bool) -> Option<PathBuf> {
    if source.on_disk.is_some() {
        return source.on_disk.clone();
    }
    let why = too_large(images, size, available()?)?;
    let folder = env::temp_dir();
    if !quiet {
        eprintln!(
            "{why}: they are kept in a file in {} meanwhile",
            folder.display()
        );
    }
    Some(folder)
}

/// Why so many images shall not lie in memory, of which so many bytes are free; none if they may. A run needs
/// some for itself.
fn too_large(images: usize, size: usize, free: usize) -> Option<String> {
    let needed = images * size * size * 3;
    let [all, most] = [needed, free].map(|bytes| bytes as f64 / 1e9);
    (needed > free / 2).then(|| {
        format!(
            "{images} images of {size} pixels take {all:.1} GB, and {most:.1} GB of memory are free"
        )
    })
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
///
/// # Errors
/// If a square cannot be written.
fn decode(
    list: Vec<Listed>,
    archive: Option<&Mutex<Archive<File>>>,
    size: usize,
    squares: Squares,
    bar: &ProgressBar,
) -> io::Result<Collection> {
    let mut reasons = vec![None; list.len()];
    let next = Mutex::new(list.iter().zip(&mut reasons).enumerate());
    let squares = Mutex::new(Ok(squares));
    let work = || {
        while !stop::asked() {
            let taken = next.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((at, (file, reason))) = taken else {
                return;
            };
            let bytes = contents(&file.at, archive);
            match bytes.map_or_else(Decoded::Reason, |bytes| guarded(&bytes, size)) {
                Decoded::Pixels(square) => {
                    let mut squares = squares.lock().unwrap_or_else(PoisonError::into_inner);
                    let put = squares.as_mut().map(|squares| squares.put(at, &square));
                    match put {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => *squares = Err(error),
                        // Another thread had no luck.
                        Err(_) => return,
                    }
                }
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
    let squares = squares
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)?;
    // What was stopped has not written all.
    if stop::asked() {
        return Ok(found);
    }
    let mut kept = Vec::with_capacity(list.len());
    for (at, (Listed { name, .. }, reason)) in list.into_iter().zip(reasons).enumerate() {
        if let Some(reason) = reason {
            found.skipped.push(Skipped { name, reason });
        } else {
            kept.push(at);
            found.names.push(name);
        }
    }
    found.pixels = squares.close(&kept)?;
    Ok(found)
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
    fn what_takes_more_than_half_of_the_memory_does_not_lie_in_it() {
        let why = |images| too_large(images, 64, 4_000_000_000);
        assert_eq!(why(160_000), None);
        let said = "200000 images of 64 pixels take 2.5 GB, and 4.0 GB of memory are free";
        assert_eq!(why(200_000).unwrap(), said);
    }

    #[test]
    fn a_limit_keeps_items_evenly() {
        let all = || (0..10).collect::<Vec<_>>();
        assert_eq!(evenly(all(), 4), [0, 3, 5, 8]);
        assert_eq!(evenly(all(), 10), all());
        assert_eq!(evenly(all(), 99), all());
    }
}
