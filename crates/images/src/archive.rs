//! Zips: what is in one, and the files in it, one at a time.
//!
//! An archive is never in memory as a whole, and nothing of it is written anywhere. One entry that
//! cannot be read is refused alone; the whole archive only if it is no zip, or damaged where it
//! lists what is in it, or more than can be meant.

use std::io::{self, Read, Seek, SeekFrom};

use zip::read::{Config, OwnedZipFileEntry};
use zip::result::ZipError;
use zip::{System, ZipReadOptions};
// `ZipArchive` keeps one of two entries of the same name; both are images.
use zip::unstable::read::ZipIterable;

use crate::check::{MOST_BYTES, check, too_long};
use crate::kind::format_of;
use crate::leftovers::is_leftover;
use crate::names::as_text;
use crate::{Refused, refuse};

/// Most entries of an archive. The largest sets that people share as files have half as many.
pub const MOST_ENTRIES: usize = 300_000;

/// Most bytes that all images of an archive may take when unpacked, in GB: 40,000 photos.
pub const MOST_UNPACKED: u64 = 200;

/// How many times its own length an archive may become, from a gigabyte on. Photos do not shrink at
/// all, drawings by ten; a bomb by a thousand, and if its entries overlap by millions.
pub const MOST_RATIO: u64 = 200;

/// What may come of any archive, in GB.
const SMALL: u64 = 1;

const GB: u64 = 1_000_000_000;

/// Bytes by which a file tells what it is.
const HEAD: usize = 512;

const UNPACK: &str = "unpack the zip and add the folder";

/// A zip that is open.
#[derive(Debug)]
pub struct Archive<R> {
    reader: R,
    entries: Vec<Entry>,
    /// Of each entry.
    members: Vec<OwnedZipFileEntry>,
    leftovers: Vec<String>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name with its folders. Two entries may have the same.
    pub name: String,
    /// Its bytes when unpacked, as the archive claims.
    pub length: u64,
    /// Why it is not read, if the archive's list alone tells.
    pub refused: Option<Refused>,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the list of what is in an archive.
    ///
    /// # Errors
    /// What is no zip, a zip that is cut short or damaged, or more than the limits.
    #[cfg(feature = "names")]
    pub fn open(reader: R) -> Result<Self, Refused> {
        Self::open_by(reader, crate::names::guessed)
    }

    /// The same, by a function that reads names in an encoding of several bytes a letter, if they
    /// seem to be in one.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_by(
        mut reader: R,
        eastern: impl Fn(&[&[u8]]) -> Option<Vec<String>>,
    ) -> Result<Self, Refused> {
        let length = reader.seek(SeekFrom::End(0)).map_err(|e| unreadable(&e))?;
        is_zip(&mut reader)?;
        let listed = ZipIterable::try_new(&mut reader, Config::default());
        let mut listed = listed.map_err(|e| no_list(&e))?;
        let count = listed.len();
        if count > MOST_ENTRIES {
            return Err(refuse(format!(
                "{count} entries in the zip; at most {MOST_ENTRIES} are read: make several zips of it"
            )));
        }
        let listed = listed.files().map_err(|e| no_list(&e))?;
        let listed = listed.map(|member| Ok(member.map_err(|e| no_list(&e))?.into()));
        let all: Vec<OwnedZipFileEntry> = listed.collect::<Result<_, Refused>>()?;
        let names = names(&all, eastern);
        let (mut entries, mut members, mut leftovers) = (Vec::new(), Vec::new(), Vec::new());
        for (member, name) in all.into_iter().zip(names) {
            if name.ends_with(['/', '\\']) {
                continue;
            }
            if is_leftover(&name) {
                leftovers.push(name);
                continue;
            }
            entries.push(Entry {
                refused: refusal(&member, &name).map(refuse),
                name,
                length: member.size(),
            });
            members.push(member);
        }
        is_no_bomb(&entries, length)?;
        Ok(Self {
            reader,
            entries,
            members,
            leftovers,
        })
    }

    /// What is in it, in its order, without folders and what systems leave behind.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Names of what systems have left beside the entries.
    pub fn leftovers(&self) -> &[String] {
        &self.leftovers
    }

    /// The bytes of an entry, by its place among the entries. What is no image is refused by its
    /// first bytes, before the rest is unpacked.
    ///
    /// # Errors
    /// An entry that is refused, or damaged, or longer than it claims, or no image.
    pub fn read(&mut self, at: usize) -> Result<Vec<u8>, Refused> {
        self.unpack(at, check)
    }

    /// As [`Self::read`], whatever it is: for a decoder that may know more formats than ours.
    ///
    /// # Errors
    /// An entry that is refused, or damaged, or longer than it claims.
    pub fn contents(&mut self, at: usize) -> Result<Vec<u8>, Refused> {
        self.unpack(at, |_, length| too_long(length))
    }

    fn unpack(
        &mut self,
        at: usize,
        check: impl Fn(&[u8], u64) -> Result<(), Refused>,
    ) -> Result<Vec<u8>, Refused> {
        let entry = &self.entries[at];
        if let Some(refused) = &entry.refused {
            return Err(refused.clone());
        }
        let member = self.members[at].as_ref();
        let file = member.with_reader(&mut self.reader, ZipReadOptions::new());
        let mut file = file.map_err(|e| broken(&e))?;
        let mut bytes = Vec::new();
        let mut take = |most: u64, bytes: &mut Vec<u8>| {
            let taken = Read::take(&mut file, most).read_to_end(bytes);
            taken.map_err(|e| broken(&ZipError::Io(e)))
        };
        take(HEAD as u64, &mut bytes)?;
        check(&bytes, entry.length)?;
        let rest = usize::try_from(entry.length).unwrap_or(usize::MAX);
        // A claim is no reason to fail where memory is short.
        let _ = bytes.try_reserve_exact(rest.saturating_sub(bytes.len()));
        take(MOST_BYTES, &mut bytes)?;
        too_long(bytes.len() as u64)?;
        Ok(bytes)
    }
}

/// That a file is a zip, by its first bytes.
fn is_zip(reader: &mut (impl Read + Seek)) -> Result<(), Refused> {
    let mut head = Vec::new();
    let mut fill = || {
        reader.rewind()?;
        reader.take(HEAD as u64).read_to_end(&mut head)
    };
    fill().map_err(|e| unreadable(&e))?;
    let other = match head[..] {
        // A program that unpacks itself has the zip at its end.
        [b'P', b'K', 3 | 5 | 7, ..] | [b'M', b'Z', ..] => return Ok(()),
        [b'R', b'a', b'r', b'!', ..] => "a RAR archive",
        [b'7', b'z', 0xBC, 0xAF, ..] => "a 7z archive",
        [0x1F, 0x8B, ..] | [b'B', b'Z', b'h', ..] => "an archive of tar",
        _ if head.get(257..262) == Some(b"ustar") => "an archive of tar",
        _ if format_of(&head).is_ok() => {
            return Err(refuse("one image; a folder or a zip of images is needed"));
        }
        _ => return Err(refuse("neither a folder nor a zip")),
    };
    Err(refuse(format!(
        "{other}, not a zip: unpack it and add the folder"
    )))
}

/// Why an entry is not read, as far as the archive's list tells.
fn refusal(member: &OwnedZipFileEntry, name: &str) -> Option<String> {
    if member.is_symlink() {
        return Some("a link, not a file: add the file it leads to".into());
    }
    if let Some(trick) = trick(name) {
        return Some(format!("{trick}: give it a plain name"));
    }
    let ends = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    if ends(".zip") {
        return Some("a zip inside the zip is not opened: unpack it and add it by itself".into());
    }
    if member.encrypted() {
        return Some(format!("it has a password: {UNPACK}"));
    }
    if let Some(method) = unread(member) {
        return Some(format!(
            "compressed by {method}, which is not read: {UNPACK}"
        ));
    }
    None
}

/// What is wrong with a path that leads elsewhere when it is unpacked.
fn trick(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if name.contains('\0') {
        return Some("there is a zero byte in its name");
    }
    if matches!(bytes, [b'/' | b'\\', ..])
        || matches!(bytes, [letter, b':', ..] if letter.is_ascii_alphabetic())
    {
        return Some("its path begins at the root of a disk");
    }
    let up = name.split(['/', '\\']).any(|part| part == "..");
    up.then_some("its path leads out of the zip")
}

/// The method that an entry is compressed by, if it is not read.
fn unread(member: &OwnedZipFileEntry) -> Option<String> {
    use zip::CompressionMethod as Method;
    let method = member.compression();
    if [Method::STORE, Method::DEFLATE, Method::DEFLATE64].contains(&method) {
        return None;
    }
    let known = [
        (Method::SHRINK, "Shrink"),
        (Method::IMPLODE, "Implode"),
        (Method::BZIP2, "bzip2"),
        (Method::LZMA, "LZMA"),
        (Method::ZSTD, "Zstandard"),
        (Method::ZSTD_DEPRECATED, "Zstandard"),
        (Method::XZ, "XZ"),
        (Method::PPMD, "PPMd"),
        (Method::AES, "AES"),
    ];
    let name = known.iter().find(|known| known.0 == method);
    Some(name.map_or_else(
        || format!("an unknown method ({method})"),
        |known| known.1.into(),
    ))
}

/// That what is to be unpacked is what somebody may mean.
fn is_no_bomb(entries: &[Entry], length: u64) -> Result<(), Refused> {
    let images = entries.iter().filter(|entry| entry.refused.is_none());
    let unpacked = images.fold(0_u64, |sum, entry| sum.saturating_add(entry.length));
    let gigabytes = unpacked.div_ceil(GB);
    if unpacked > MOST_UNPACKED * GB {
        return Err(refuse(format!(
            "unpacked it would be {gigabytes} GB; at most {MOST_UNPACKED} are read: make several zips of it"
        )));
    }
    if unpacked > SMALL * GB && unpacked / MOST_RATIO > length {
        return Err(refuse(format!(
            "unpacked it would be {gigabytes} GB, over {MOST_RATIO} times its length: no zip of images is like this"
        )));
    }
    Ok(())
}

/// What entries are called. Old programs say no encoding: they write the code page of DOS, as the
/// standard asks, or what is usual in their country.
fn names(
    members: &[OwnedZipFileEntry],
    eastern: impl Fn(&[&[u8]]) -> Option<Vec<String>>,
) -> Vec<String> {
    let raw: Vec<&[u8]> = members.iter().map(OwnedZipFileEntry::name_raw).collect();
    as_text(&raw, eastern, |at| match members[at].system() {
        System::Unix => raw[at].iter().map(|byte| char::from(*byte)).collect(),
        _ => members[at].name().unwrap_or_default().into_owned(),
    })
}

fn unreadable(error: &io::Error) -> Refused {
    refuse(format!("the zip cannot be read: {error}"))
}

/// Why there is no list of what is in an archive.
fn no_list(error: &ZipError) -> Refused {
    match error {
        ZipError::Io(e) if e.kind() != io::ErrorKind::UnexpectedEof => unreadable(e),
        ZipError::UnsupportedArchive(_) => refuse(
            "one part of a zip that is in several parts: join them, or unpack them and add the folder",
        ),
        _ => refuse(
            "the zip is cut short or damaged: the list of its files, at its end, cannot be read. \
             Copy or download it again",
        ),
    }
}

/// Why an entry cannot be unpacked.
fn broken(error: &ZipError) -> Refused {
    match error {
        ZipError::Io(e) if e.to_string().contains("checksum") => {
            refuse("damaged in the zip: its checksum is wrong")
        }
        ZipError::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            refuse("damaged in the zip: it is cut short")
        }
        ZipError::Io(e)
            if !matches!(
                e.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
            ) =>
        {
            unreadable(e)
        }
        _ => refuse("damaged in the zip: it cannot be unpacked"),
    }
}

#[cfg(test)]
mod tests;
