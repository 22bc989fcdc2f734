//! What a decode worker of the page calls. The only module here that names JavaScript.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileReaderSync, TextDecoder, TextDecoderOptions, WorkerGlobalScope};

use crate::Archive;

/// [`crate::decode`] for a worker.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn decode(bytes: &[u8], size: usize) -> Result<Vec<u8>, String> {
    crate::decode(bytes, size).map_err(|refused| refused.to_string())
}

/// [`crate::cut`] for a worker.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn cut(picture: &[u8], tile: usize, size: usize) -> Result<Vec<u8>, String> {
    crate::cut(picture, tile, size).map_err(|refused| refused.to_string())
}

/// [`crate::check`] for a worker: the first 512 bytes of a file, and its length.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn check(head: &[u8], length: f64) -> Result<(), String> {
    crate::check(head, whole(length)).map_err(|refused| refused.to_string())
}

/// [`crate::foreign`] for a worker: the first 512 bytes of a file, and its length.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn foreign(head: &[u8], length: f64) -> Result<Option<String>, String> {
    let kind = crate::foreign(head, whole(length)).map_err(|refused| refused.to_string())?;
    Ok(kind.map(String::from))
}

/// [`crate::square`] for a worker: RGBA pixels that the browser has read.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn square(rgba: Vec<u8>, width: u32, height: u32, size: usize) -> Result<Vec<u8>, String> {
    crate::square(rgba, width, height, size).map_err(|refused| refused.to_string())
}

/// [`crate::fits`] for a worker.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn fits(width: u32, height: u32) -> Result<(), String> {
    crate::fits(width, height).map_err(|refused| refused.to_string())
}

/// [`crate::is_leftover`] for the page.
#[wasm_bindgen(js_name = isLeftover)]
pub fn is_leftover(path: &str) -> bool {
    crate::is_leftover(path)
}

/// An [`Archive`] of a file that the page has: nothing of it is read but what is asked for.
#[wasm_bindgen]
pub struct Zip(Archive<BlobReader>);

#[wasm_bindgen]
impl Zip {
    /// Reads the list of what is in it.
    ///
    /// # Errors
    /// Throws the reason as a string.
    #[wasm_bindgen(constructor)]
    pub fn new(file: Blob) -> Result<Self, String> {
        let reader = BlobReader::of(file).map_err(|error| error.to_string())?;
        let archive =
            Archive::open_by(reader, of_the_country).map_err(|refused| refused.to_string())?;
        Ok(Self(archive))
    }

    /// The name of each entry, with its folders.
    pub fn names(&self) -> Vec<String> {
        self.0
            .entries()
            .iter()
            .map(|entry| entry.name.clone())
            .collect()
    }

    /// The bytes of each entry when unpacked.
    pub fn lengths(&self) -> Vec<f64> {
        self.0
            .entries()
            .iter()
            .map(|entry| entry.length as f64)
            .collect()
    }

    /// Why each entry is not read; empty where the list tells no reason.
    pub fn reasons(&self) -> Vec<String> {
        let reason = |entry: &crate::Entry| match &entry.refused {
            Some(refused) => refused.to_string(),
            None => String::new(),
        };
        self.0.entries().iter().map(reason).collect()
    }

    /// Names of what systems have left beside the entries: they are counted, and passed over.
    pub fn leftovers(&self) -> Vec<String> {
        self.0.leftovers().to_vec()
    }

    /// [`crate::decode`] of an entry, by its place among the names.
    ///
    /// # Errors
    /// Throws the reason as a string.
    pub fn decode(&mut self, at: usize, size: usize) -> Result<Vec<u8>, String> {
        let bytes = self.0.read(at).map_err(|refused| refused.to_string())?;
        decode(&bytes, size)
    }

    /// The bytes of an entry, whatever it is: for the browser's own decoder.
    ///
    /// # Errors
    /// Throws the reason as a string.
    pub fn contents(&mut self, at: usize) -> Result<Vec<u8>, String> {
        self.0.contents(at).map_err(|refused| refused.to_string())
    }
}

/// Names in the encoding that Windows has where the browser's language is spoken, if it is one of
/// several bytes a letter and they can be in it.
fn of_the_country(names: &[&[u8]]) -> Option<Vec<String>> {
    let worker = js_sys::global().dyn_into::<WorkerGlobalScope>().ok()?;
    let language = worker.navigator().language()?.to_ascii_lowercase();
    let encoding = match language.get(..2)? {
        "ja" => "shift_jis",
        "ko" => "euc-kr",
        "zh" if ["hant", "tw", "hk", "mo"]
            .iter()
            .any(|part| language.ends_with(part)) =>
        {
            "big5"
        }
        "zh" => "gb18030",
        _ => return None,
    };
    let options = TextDecoderOptions::new();
    options.set_fatal(true);
    let decoder = TextDecoder::new_with_label_and_options(encoding, &options).ok()?;
    let text = |name: &&[u8]| decoder.decode_with_u8_array(name).ok();
    names.iter().map(text).collect()
}

/// Bytes that are fetched of a blob at a time.
const WINDOW: u64 = 256 * 1024;

/// A blob, read where one looks. Only a worker may read so: it waits.
#[derive(Debug)]
struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    length: u64,
    position: u64,
    /// The part that was fetched last, and where it begins.
    window: Vec<u8>,
    begins: u64,
}

impl BlobReader {
    fn of(blob: Blob) -> io::Result<Self> {
        Ok(Self {
            length: whole(blob.size()),
            blob,
            reader: FileReaderSync::new().map_err(|error| failed(&error))?,
            position: 0,
            window: Vec::new(),
            begins: 0,
        })
    }

    fn fetch(&mut self) -> io::Result<()> {
        let (from, to) = (self.position, self.length.min(self.position + WINDOW));
        let part = self.blob.slice_with_f64_and_f64(from as f64, to as f64);
        let part = part.map_err(|error| failed(&error))?;
        let bytes = self.reader.read_as_array_buffer(&part);
        let bytes = bytes.map_err(|error| failed(&error))?;
        self.window = Uint8Array::new(&bytes).to_vec();
        self.begins = from;
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length {
            return Ok(0);
        }
        let inside = self.begins..self.begins + self.window.len() as u64;
        if !inside.contains(&self.position) {
            self.fetch()?;
        }
        let skipped = usize::try_from(self.position - self.begins).unwrap_or(usize::MAX);
        let rest = self.window.get(skipped..).unwrap_or_default();
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "before the beginning");
        self.position = position.ok_or_else(before)?;
        Ok(self.position)
    }
}

/// The browser's words for why a file cannot be read: it was changed or taken away, mostly.
fn failed(error: &JsValue) -> io::Error {
    let message = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
    let message = message.map_or_else(|| "the browser does not say why".into(), String::from);
    io::Error::other(message)
}

/// A length in bytes, as JavaScript tells it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of files are whole and below 2^53"
)]
fn whole(length: f64) -> u64 {
    length as u64
}
