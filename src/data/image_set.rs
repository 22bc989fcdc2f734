//! Images, the files they come from, and what is known of them.

use serde::{Deserialize, Serialize};

use crate::images;

/// Images ready to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ImageSet {
    /// Id of the built-in set; null for the learner's own images.
    pub set: Option<String>,
    /// Side of each image, in pixels.
    pub size: usize,
    /// Name of each image.
    pub names: Vec<String>,
    /// RGB, a byte a channel, image after image, row after row: `[n, size, size, 3]`.
    pub pixels: Bytes,
    /// What is known of the images, the label first; empty without labels.
    pub factors: Vec<Factor>,
}

/// A property of each image. Factors colour points and score features; they never train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Factor {
    /// What it is: `label`, or of shapes `shape`, `colour`, ...
    pub name: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Class of each image.
    pub of: Vec<u16>,
}

/// One image file.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImageFile {
    /// Name, with its folders (`cats/tom.png`); the innermost folder is the label.
    pub name: String,
    /// What it holds.
    pub decoded: Decoded,
}

/// What has come of a file's contents.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Decoded {
    /// The image's middle square, RGB, a byte a channel, row after row: `[size, size, 3]`.
    Pixels(Bytes),
    /// Why the file cannot be used.
    Reason(String),
}

impl Decoded {
    /// What is in a file's contents, `size` pixels wide and high.
    pub fn of(contents: &[u8], size: usize) -> Self {
        match images::decode(contents, size) {
            Ok(pixels) => Self::Pixels(Bytes(pixels)),
            Err(refused) => Self::Reason(refused.to_string()),
        }
    }
}

/// A file that could not be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Bytes that travel as a typed array, not as a list of numbers.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Bytes(
    #[serde(with = "serde_bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array<ArrayBuffer>"))]
    pub Vec<u8>,
);

impl Bytes {
    /// Numbers as little-endian f32.
    pub fn of_floats(values: &[f32]) -> Self {
        Self(
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
