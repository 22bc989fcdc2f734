//! `run.json`: what a run is a function of. Settings, versions, and which images.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The version of this file that is written; later ones are refused.
pub const RUN_FORMAT: u32 = 1;

/// A run, but for what it has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunFile {
    /// Version of this file.
    pub format: u32,
    /// Version of Twoviews that wrote it.
    pub twoviews: String,
    /// All settings, method and seed among them; any part of them in a file written by hand.
    pub settings: Value,
    /// The images; none in a file written by hand.
    #[serde(default)]
    pub images: Option<Images>,
}

/// Which images a run was on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Images {
    /// Id of the built-in set; null for the learner's own.
    pub set: Option<String>,
    /// Side of each, in pixels.
    pub size: usize,
    /// Each image, in their order.
    pub list: Vec<ImageHash>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ImageHash {
    /// Its name.
    pub name: String,
    /// SHA-256 of its square, as it is trained on: rows of RGB, a byte a channel.
    pub sha256: String,
}

impl Images {
    /// Of the pixels of images, RGB, a byte a channel: `[n, size, size, 3]`.
    pub fn of(set: Option<String>, size: usize, names: &[String], pixels: &[u8]) -> Self {
        let squares = pixels.chunks_exact((size * size * 3).max(1));
        let list = names.iter().zip(squares).map(|(name, square)| ImageHash {
            name: name.clone(),
            sha256: format!("{:x}", Sha256::digest(square)),
        });
        let list = list.collect();
        Self { set, size, list }
    }
}

impl RunFile {
    /// Of this version.
    pub fn new(settings: Value, images: Option<Images>) -> Self {
        Self {
            format: RUN_FORMAT,
            twoviews: env!("CARGO_PKG_VERSION").into(),
            settings,
            images,
        }
    }

    /// As text.
    pub fn text(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("plain data")
    }
}
