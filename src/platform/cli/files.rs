//! Image files from a folder or a zip, one of which is in memory at a time for each thread.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Read;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use crate::data::{Collection, Decoded, ImageFile};
use crate::error::Error;
use crate::images::{Archive, MOST_BYTES, check, is_leftover};
use indicatif::ProgressBar;

use super::progress::bar;
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
    let bar = progress(list.len(), quiet);
    let decoded = decode(&list, archive.as_ref(), size, &bar);
    bar.finish_and_clear();
    if stop::asked() {
        return Err(stop::stopped());
    }
    let files = list.into_iter().zip(decoded);
    let files = files.map(|(Listed { name, .. }, decoded)| ImageFile { name, decoded });
    // What systems have left is only counted.
    let ignored = ignored.into_iter().map(|Listed { name, .. }| ImageFile {
        name,
        decoded: Decoded::Reason("a file of the system".into()),
    });
    Ok(Collection::of(size, files.chain(ignored).collect()))
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

/// `count` of the items, or all there are.
fn evenly<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let n = items.len();
    let count = count.min(n);
    let first_of_its_part = |at: usize| at * count % n < count;
    let items = items.into_iter().enumerate();
    let kept = items.filter(|(at, _)| first_of_its_part(*at));
    kept.map(|(_, item)| item).collect()
}

/// What is in each file, in their order, by some threads.
fn decode(
    list: &[Listed],
    archive: Option<&Mutex<Archive<File>>>,
    size: usize,
    bar: &ProgressBar,
) -> Vec<Decoded> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = list.get(at).filter(|_| !stop::asked()) else {
                return done;
            };
            let decoded = match contents(&file.at, archive) {
                Ok(bytes) => guarded(&bytes, size),
                Err(reason) => Decoded::Reason(reason),
            };
            done.push((at, decoded));
            bar.inc(1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, |all| all.get().min(THREADS));
    let mut done: Vec<(usize, Decoded)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let threads = threads.into_iter();
        let done = threads.flat_map(|thread| thread.join().expect("a decoder's panic is caught"));
        done.collect()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, decoded)| decoded).collect()
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
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    written.map_err(|e| cannot("write", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_keeps_items_evenly() {
        let all = || (0..10).collect::<Vec<_>>();
        assert_eq!(evenly(all(), 4), [0, 3, 5, 8]);
        assert_eq!(evenly(all(), 10), all());
        assert_eq!(evenly(all(), 99), all());
    }
}
