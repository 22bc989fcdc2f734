//! What lies in a folder: files, and what looks like one and cannot be read.

use std::fs::FileType;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::images::readable;
use unicode_normalization::UnicodeNormalization;
use walkdir::WalkDir;

use super::cannot;
use super::files::Listed;

/// Something in a folder.
pub(super) struct Found {
    /// With its folders, as text.
    pub(super) name: String,
    /// Where it is, or why it cannot be read.
    pub(super) file: Result<PathBuf, String>,
}

/// All there is under a folder but folders. Links are followed.
pub(super) fn folder(root: &Path) -> Result<Vec<Listed>, Error> {
    let mut paths = Vec::new();
    for entry in WalkDir::new(root).follow_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let kind = entry.file_type();
                let path = entry.into_path();
                let file = if kind.is_file() {
                    Ok(path.clone())
                } else {
                    // Reading one of these may wait for ever.
                    Err(format!("not a file but {}", self::kind(kind)))
                };
                paths.push((path, file));
            }
            // One entry that cannot be read is one line; the folder itself is the end.
            Err(error) if error.depth() == 0 => {
                let reason = error.io_error().map_or_else(|| error.to_string(), reason);
                return Err(cannot("read", root, &reason));
            }
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                paths.push((path, Err(why(&error))));
            }
        }
    }
    let raw = paths.iter().map(|(path, _)| {
        let path = path.strip_prefix(root).unwrap_or(path);
        path.as_os_str().as_encoded_bytes()
    });
    let names = readable(&raw.collect::<Vec<_>>());
    let found = names.iter().zip(paths).map(|(name, (_, file))| Found {
        name: composed(name),
        file,
    });
    Ok(found.map(Listed::from).collect())
}

/// A name with each letter and its accents as one character (NFC). macOS takes them apart, and the
/// same label would be two.
pub(super) fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// Why an entry of a folder cannot be reached.
fn why(error: &walkdir::Error) -> String {
    if error.loop_ancestor().is_some() {
        return "a link back to a folder that it lies in".into();
    }
    let Some(io) = error.io_error() else {
        return error.to_string();
    };
    let is_link = error.path().is_some_and(Path::is_symlink);
    match io.kind() {
        ErrorKind::NotFound if is_link => "a link to a file that is not there".into(),
        ErrorKind::PermissionDenied => reason(io),
        _ if is_link => "a link that leads to itself".into(),
        _ => reason(io),
    }
}

/// Why a file cannot be read.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "it is not there any more".into(),
        ErrorKind::PermissionDenied => "no permission to read it".into(),
        ErrorKind::OutOfMemory => "there is not enough memory for it".into(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// What is no file.
pub(super) fn kind(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    "something else"
}
