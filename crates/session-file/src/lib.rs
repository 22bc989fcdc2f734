//! A session as one zip: what runs were on, what they have learned, and what was measured of them, in
//! files that the tools of the field open.
//!
//! ```text
//! README.txt             what is what
//! session.ipynb          opens the rest
//! session.json           what a page needs to go on, with names of files in place of large arrays
//! images/                squares.npy [n, size, size, 3], images.csv; another set: images-2/
//! runs/<name>/           run.json, checkpoint.safetensors,
//!                        h.npy [n, width of h], z.npy, embeddings.csv, projector/,
//!                        loss.csv, course.csv, readings.csv,
//!                        loss.svg, loss.png, charts/<reading>.svg, .png, map.svg, map.png,
//!                        lightly/: the run as a project of PyTorch Lightning
//! ```
//!
//! [`write()`] makes it of a [`Session`]; [`Opened`] reads one back. Only `session.json` and what it names
//! are read, and everything else is made of them: so whatever is changed there changes nothing here.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod archive;
mod chart;
pub mod engine;
mod letters;
mod map;
mod notebook;
mod npy;
mod projector;
mod run_file;
mod tables;
#[cfg(feature = "web")]
pub mod web;

pub use archive::{FORMAT, MOST_BYTES, Opened, STATE, write};
pub use npy::{Kind, npy_head};
pub use run_file::{ImageHash, Images, RUN_FORMAT, RunFile};
pub use tables::images as images_table;

/// Why a session cannot be written or opened, in words a learner understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// Bytes as `session.json` has them.
pub fn to_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The same back; none if it is no such text.
pub fn of_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

fn refuse(reason: impl Into<String>) -> Refused {
    Refused(reason.into())
}

/// All that goes into the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// What a page needs to go on: the contents of `session.json`.
    pub state: Value,
    /// The images of its runs.
    pub sets: Vec<Set>,
    /// Its runs.
    pub runs: Vec<Run>,
}

/// Images, as a network sees them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Set {
    /// Name of its folder.
    pub folder: String,
    /// Id of a built-in set; null for the learner's own images.
    pub set: Option<String>,
    /// Side of each image, in pixels.
    pub size: usize,
    /// Name of each image.
    pub names: Vec<String>,
    /// What is known of them, the label first.
    pub factors: Vec<Factor>,
    /// RGB, a byte a channel: `[n, size, size, 3]`.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

/// What is known of images: their labels, or what a drawn image shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Factor {
    /// What it is: `label`, `shape`, ...
    pub name: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Class of each image.
    pub of: Vec<u16>,
}

/// A run.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Name of its folder, under `runs`.
    pub folder: String,
    /// What it is called.
    pub name: String,
    /// Place of its images among the sets; null if they are there no more.
    pub set: Option<usize>,
    /// All settings.
    pub settings: Value,
    /// What it has learned, a `.safetensors` file; null if that is there no more.
    #[serde(default, with = "serde_bytes")]
    pub checkpoint: Option<Vec<u8>>,
    /// h and z of all images; null if they are not known.
    pub embeddings: Option<Embeddings>,
    /// The loss and its terms, over steps.
    pub loss: Curves,
    /// Readings of h and z that were taken while it trained, over steps.
    pub course: Curves,
    /// What was read of it last: a list of `Measured` as the core tells them; null if nothing was.
    pub readings: Value,
    /// Its map; null if there is none.
    pub map: Option<Map>,
}

/// h and z of all images of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct Embeddings {
    /// Representations: `[n, d]`, little-endian f32.
    #[serde(with = "serde_bytes")]
    pub h: Vec<u8>,
    /// Embeddings, likewise.
    #[serde(with = "serde_bytes")]
    pub z: Vec<u8>,
}

/// Numbers over steps.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Curves {
    /// Step of each point.
    pub steps: Vec<f64>,
    /// One line after the other.
    pub lines: Vec<Line>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    /// Its name in tables.
    pub id: String,
    /// Its name in charts.
    pub label: String,
    /// Values, as many as steps or fewer; null where there is none.
    pub values: Vec<Option<f64>>,
}

/// Where the images lie.
#[derive(Debug, Clone, Deserialize)]
pub struct Map {
    /// Which vectors are shown: `h` or `z`.
    pub space: String,
    /// Which images, in the order of the points.
    pub images: Vec<usize>,
    /// Little-endian f32, x then y: `[n, 2]`.
    #[serde(with = "serde_bytes")]
    pub points: Vec<u8>,
}

impl Set {
    /// How many images.
    fn len(&self) -> usize {
        self.names.len()
    }

    /// Bytes of an image.
    fn stride(&self) -> usize {
        self.size * self.size * 3
    }

    fn image(&self, at: usize) -> &[u8] {
        &self.pixels[at * self.stride()..][..self.stride()]
    }

    /// Whether its parts fit together.
    fn check(&self) -> Result<(), Refused> {
        let fits = |factor: &Factor| {
            let known = |class: &u16| usize::from(*class) < factor.classes.len();
            factor.of.len() == self.len() && factor.of.iter().all(known)
        };
        if self.pixels.len() != self.len() * self.stride() || !self.factors.iter().all(fits) {
            return Err(refuse(format!(
                "images of {} do not fit together",
                self.folder
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `n` images, each of one grey.
    pub(crate) fn set(n: usize, size: usize) -> Set {
        let grey = |at: usize| u8::try_from(at * 10 % 250).expect("a byte");
        let classes = ["even", "odd"].map(String::from).to_vec();
        let of = (0..n).map(|at| u16::from(at % 2 == 1)).collect();
        let name = "label".into();
        Set {
            folder: "images".into(),
            set: None,
            size,
            names: (0..n).map(|at| format!("{at}.png")).collect(),
            factors: vec![Factor { name, classes, of }],
            pixels: (0..n)
                .flat_map(|at| vec![grey(at); size * size * 3])
                .collect(),
        }
    }

    fn curves(id: &str, values: [f64; 2]) -> Curves {
        Curves {
            steps: vec![1.0, 2.0],
            lines: vec![Line {
                id: id.into(),
                label: id.into(),
                values: values.map(Some).to_vec(),
            }],
        }
    }

    /// A run of which all is known, and one of which little is left.
    pub(crate) fn session() -> Session {
        let numbers = |n: u8| (0..n).flat_map(|x| f32::from(x).to_le_bytes()).collect();
        let whole = Run {
            folder: "one".into(),
            name: "one".into(),
            set: Some(0),
            settings: json!({"method": "simclr", "seed": 1}),
            checkpoint: Some(b"ABCD".to_vec()),
            embeddings: Some(Embeddings {
                h: numbers(12),
                z: numbers(18),
            }),
            loss: curves("total", [2.5, 1.5]),
            course: curves("knn: h", [0.5, 0.75]),
            readings: json!([{"id": "knn", "h": 0.5}]),
            map: Some(Map {
                space: "h".into(),
                images: (0..6).collect(),
                points: numbers(12),
            }),
        };
        let bare = Run {
            folder: "two".into(),
            name: "two".into(),
            set: None,
            settings: json!({}),
            checkpoint: None,
            embeddings: None,
            loss: Curves::default(),
            course: Curves::default(),
            readings: Value::Null,
            map: None,
        };
        Session {
            state: json!({"format": 1}),
            sets: vec![set(6, 4)],
            runs: vec![whole, bare],
        }
    }
}
