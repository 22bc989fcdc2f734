//! A list of images: a text file with a path a line.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::Error;

use super::cannot;
use super::files::{At, Listed};
use super::walk::{self, composed};

/// A list is not longer, in bytes.
const MOST: u64 = 1 << 28;

/// The files that a list names, each from the folder of the list. Behind a tab may stand a label, which takes
/// the place of a file's folders. Lines that are empty, or begin with `#`, name nothing. None if it is no text.
///
/// # Errors
/// If it cannot be read, or is a text and none of its lines names a file that is there.
pub(super) fn files(path: &Path) -> Result<Option<Vec<Listed>>, Error> {
    let Some(text) = text(path)? else {
        return Ok(None);
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let lines = text.trim_start_matches('\u{feff}').lines();
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let list: Vec<Listed> = lines.map(|line| listed(folder, line)).collect();
    let is_there = |listed: &Listed| matches!(listed.at, At::Path(_));
    match list.first() {
        Some(first) if !list.iter().any(is_there) => {
            let reason = format!(
                "neither a folder nor a zip, and no list of files: its first line, {}, is none",
                first.name
            );
            Err(cannot("read", path, &reason))
        }
        _ => Ok(Some(list)),
    }
}

fn listed(folder: &Path, line: &str) -> Listed {
    let (at, label) = match line.split_once('\t') {
        Some((at, label)) => (at, Some(label.trim()).filter(|label| !label.is_empty())),
        None => (line, None),
    };
    let path = folder.join(at);
    let name = match (label, path.file_name()) {
        (Some(label), Some(file)) => format!("{label}/{}", file.to_string_lossy()),
        _ => at.to_owned(),
    };
    let at = match fs::metadata(&path) {
        Ok(about) if about.is_file() => At::Path(path),
        Ok(about) => At::Refused(format!("not a file but {}", walk::kind(about.file_type()))),
        Err(error) => At::Refused(walk::reason(&error)),
    };
    let name = composed(&name);
    Listed { name, at }
}

/// The text of a file; none if it is no text.
fn text(path: &Path) -> Result<Option<String>, Error> {
    let unread = |e| cannot("read", path, &walk::reason(&e));
    let mut file = File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    let mut take = |most, bytes: &mut Vec<u8>| {
        let taken = Read::take(&mut file, most).read_to_end(bytes);
        taken.map_err(unread)
    };
    // A zip has noughts in its first bytes, and what else is no text has some soon: it is not read to its end.
    take(4096, &mut bytes)?;
    if bytes.contains(&0) {
        return Ok(None);
    }
    take(MOST, &mut bytes)?;
    Ok(String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0')))
}
