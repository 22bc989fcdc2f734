//! What commands and events are made of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::card::Card;
use crate::dataset::ShapesOptions;
use crate::images;

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

/// The cards of all methods.
pub type Cards = Vec<Card>;

/// What the page says of a built-in set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetCard {
    /// Names the set in commands and addresses.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What is in it, and who made it.
    pub about: &'static str,
    /// The picture that holds it, relative to the page; null if it is drawn.
    pub sheet: Option<&'static str>,
    /// Settings that fit it: partial.
    #[cfg_attr(test, ts(type = "DeepPartial<Settings>"))]
    pub preset: Value,
    /// What *shapes* is drawn with at first; null for other sets.
    pub options: Option<ShapesOptions>,
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

/// What a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// No images.
    Empty,
    /// Images, no run.
    Loaded,
    /// Training.
    Running,
    /// A run waits.
    Paused,
    /// A run has made all its steps.
    Done,
    /// A run has failed.
    Failed,
}

/// Which of the two vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Space {
    /// The representation.
    #[default]
    H,
    /// The embedding.
    Z,
}

/// Where a run computes, and why there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DeviceCard {
    /// `webgpu` or `cpu`.
    pub backend: crate::settings::Backend,
    /// The adapter, or how the CPU is used.
    pub name: String,
    /// Why this one.
    pub reason: String,
}

/// The loss of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LossPoint {
    /// Steps done, this one included.
    pub step: usize,
    /// What was minimised.
    pub total: f32,
    /// Its terms, unweighted, in the order of the card.
    pub terms: Vec<LossTerm>,
    /// What was measured beside it, in the order of the card.
    pub gauges: Vec<GaugeValue>,
    /// The learning rate.
    pub rate: f32,
}

/// One term of a loss.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LossTerm {
    /// As in the method's card.
    pub id: &'static str,
    /// Unweighted.
    pub value: f32,
    /// Its weight in the total.
    pub weight: f32,
}

/// A number measured beside a loss.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GaugeValue {
    /// As in the method's card.
    pub id: &'static str,
    /// Its value.
    pub value: f32,
}

/// One view of some images.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ViewImages {
    /// Side in pixels.
    pub size: usize,
    /// RGB bytes: `[n, size, size, 3]`.
    pub pixels: Bytes,
}

/// How a set of vectors is spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// Width of the vectors.
    pub dims: usize,
    /// Mean standard deviation of the unit vectors' coordinates, times the root of `dims`: 1 when
    /// spread evenly over the sphere, 0 when all are one point.
    pub std: f32,
    /// `RankMe`: how many directions are in use, 1 to `dims`.
    pub effective_rank: f32,
    /// Coordinates that never vary.
    pub dead: usize,
    /// Mean cosine of two different images.
    pub mean_cosine: f32,
}

/// Whether the network still tells images apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It does.
    Healthy,
    /// It does so less and less.
    Collapsing,
    /// All images map to one point.
    Collapsed,
}

/// kNN accuracy, 0 to 1, of what is learned and of what it must beat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KnnScores {
    /// Of h.
    pub h: f32,
    /// Of z.
    pub z: f32,
    /// Of the pixels themselves.
    pub pixels: f32,
    /// Of h before training.
    pub untrained: f32,
}

/// An image near another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Neighbour {
    /// Which image.
    pub index: usize,
    /// Cosine.
    pub cosine: f32,
}

/// Scores of one kind of vector, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Majority of the 5 nearest, by cosine.
    pub knn: f32,
    /// The 20 nearest, weighted by `exp(cosine / 0.07)`.
    pub knn_weighted: f32,
    /// Linear probe; null for the pixels, which are too wide to fit in a browser in time, and for
    /// any vectors wider than 512.
    pub probe: Option<f32>,
}

/// kNN (k = 5) accuracy for one factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FactorScore {
    /// Name of the factor.
    pub name: String,
    /// Chance: the share of the largest class.
    pub chance: f32,
    /// The accuracies.
    #[serde(flatten)]
    pub scores: KnnScores,
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
