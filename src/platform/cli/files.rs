//! Image files from a folder or a zip.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::data::{Decoded, ImageFile};
use crate::error::Error;
use walkdir::WalkDir;
use zip::result::ZipError;

use super::cannot;

/// All files under a folder, or in a zip, by name; images of them are `size` pixels wide and high.
/// With a `limit` only so many of them, evenly spaced: every folder keeps its part.
pub(super) fn read(
    path: &Path,
    size: usize,
    limit: Option<usize>,
) -> Result<Vec<ImageFile>, Error> {
    let about = fs::metadata(path).map_err(|e| cannot("read", path, &e))?;
    let mut files = if about.is_dir() {
        folder(path, size)?
    } else {
        zip(path, size).map_err(|e| match e {
            ZipError::Io(e) => cannot("read", path, &e),
            e => cannot("read", path, &format!("neither a folder nor a zip ({e})")),
        })?
    };
    if files.is_empty() {
        return Err(Error::Data(format!("{}: no files in it", path.display())));
    }
    // The order of images is part of a run; that of a file system is anyone's guess.
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(match limit {
        Some(limit) => evenly(files, limit),
        None => files,
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

fn folder(root: &Path, size: usize) -> Result<Vec<ImageFile>, Error> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root).follow_links(true) {
        let entry = entry.map_err(|e| {
            let at = e.path().unwrap_or(root).to_owned();
            let reason = e.io_error().map(ToString::to_string);
            cannot("read", &at, &reason.unwrap_or_else(|| e.to_string()))
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path();
        let bytes = fs::read(path).map_err(|e| cannot("read", path, &e))?;
        let name = path.strip_prefix(root).unwrap_or(path);
        files.push(ImageFile {
            name: name.to_string_lossy().into_owned(),
            decoded: Decoded::of(&bytes, size),
        });
    }
    Ok(files)
}

fn zip(path: &Path, size: usize) -> Result<Vec<ImageFile>, ZipError> {
    let mut archive = zip::ZipArchive::new(File::open(path)?)?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        if entry.is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            files.push(ImageFile {
                name: entry.name()?.into_owned(),
                decoded: Decoded::of(&bytes, size),
            });
        }
    }
    Ok(files)
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
