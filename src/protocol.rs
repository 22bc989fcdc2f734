//! All that the page and the core say to each other: one closed list of commands, one of events.
//!
//! `www/src/protocol.ts` is written from these types by a test. Everything is
//! `{"type": ...}` in camelCase; counts are integers; pixels and points are bytes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dataset::ShapesOptions;
use crate::method::Card;
use crate::settings::Settings;

/// What the page may ask for.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Command {
    /// Replaces the images by a built-in set.
    LoadSet {
        /// Id of the set.
        set: String,
        /// For *shapes*: how many, and what varies.
        #[serde(default)]
        options: Option<ShapesOptions>,
        /// For a set that is a picture: the bytes of that picture.
        #[serde(default)]
        sheet: Option<Bytes>,
    },
    /// Adds image files; the first ones replace a built-in set.
    AddImages {
        /// The files.
        files: Vec<ImageFile>,
        /// Whether further files follow at once; `loaded` comes after the last.
        #[serde(default)]
        more: bool,
    },
    /// Removes all images.
    Clear,
    /// Changes settings; those that a run cannot take up wait for the next start.
    Configure {
        /// Any part of the settings.
        #[cfg_attr(test, ts(type = "DeepPartial<Settings>"))]
        settings: Value,
    },
    /// Builds a fresh network from the settings and waits.
    Start,
    /// Trains until told otherwise.
    Resume,
    /// Stops after the step under way.
    Pause,
    /// One step.
    Step,
    /// Steps to the end of the epoch.
    Epoch,
    /// Which of the two vectors the map shows.
    Watch {
        /// h or z.
        space: Space,
    },
    /// Asks for the images nearest to one.
    Neighbours {
        /// Which image.
        index: usize,
        /// How many.
        k: usize,
    },
    /// Scores h, z, pixels and the untrained encoder by kNN, in full.
    Evaluate,
    /// Takes up a run from what `loaded` and `checkpoint` carried.
    Restore {
        /// The images.
        images: Box<ImageSet>,
        /// The settings of the run.
        settings: Box<Settings>,
        /// The run, if one had started.
        checkpoint: Option<Bytes>,
    },
}

/// One image file.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImageFile {
    /// Name, with its folders (`cats/tom.png`); the innermost folder is the label.
    pub name: String,
    /// Contents.
    pub bytes: Bytes,
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

/// What the core tells. Each event carries the run it belongs to: see [`Report`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The core is there.
    Ready {
        /// Every method, in the order of the menu.
        #[cfg_attr(test, ts(type = "Card[]"))]
        methods: Cards,
        /// Every built-in set; the first is the one to open with.
        sets: Vec<SetCard>,
        /// The settings in force, complete.
        settings: Settings,
    },
    /// Image files are being read.
    Reading {
        /// Files read.
        done: usize,
        /// Files to read.
        total: usize,
    },
    /// The images have changed.
    Loaded {
        /// The images.
        images: ImageSet,
        /// Files that could not be used.
        skipped: Vec<Skipped>,
    },
    /// The settings have changed.
    Configured {
        /// All settings, complete.
        settings: Settings,
        /// Dotted paths of changes that wait for the next start.
        pending: Vec<String>,
        /// The learning rate that is in force or will be.
        learning_rate: f32,
    },
    /// A fresh network is ready.
    Started {
        /// Where it computes and why.
        device: DeviceCard,
        /// Numbers the training moves.
        parameters: usize,
        /// Width of h.
        h: usize,
        /// Width of z.
        z: usize,
        /// Steps of an epoch.
        steps_per_epoch: usize,
        /// Epochs of the run.
        epochs: usize,
    },
    /// The state has changed.
    State {
        /// The state now.
        state: State,
    },
    /// Steps were done.
    Stepped {
        /// Steps done in all.
        step: usize,
        /// Steps of the run.
        steps: usize,
        /// Epochs finished.
        epoch: usize,
        /// Epochs of the run.
        epochs: usize,
        /// The loss of each step since the last report.
        losses: Vec<LossPoint>,
        /// Milliseconds a step, a running median; zero until known.
        ms_per_step: f64,
        /// Images a second.
        images_per_second: f64,
        /// Seconds to the end of the run.
        eta: f64,
    },
    /// Views of the batch just trained on.
    Views {
        /// Steps done.
        step: usize,
        /// Side in pixels.
        size: usize,
        /// Which images.
        images: Vec<usize>,
        /// First view of each: RGB bytes, `[n, size, size, 3]`.
        a: Bytes,
        /// Second view of each.
        b: Bytes,
        /// Cosine of the pair's z.
        cosine: Vec<f32>,
    },
    /// Where the images lie.
    Map {
        /// Steps done.
        step: usize,
        /// Which vectors are shown.
        space: Space,
        /// Which images, in the order of the points.
        images: Vec<usize>,
        /// Little-endian f32, x then y: `[n, 2]`.
        points: Bytes,
        /// Part of the variance that the two axes show.
        explained: f32,
    },
    /// How the embeddings are spread.
    Health {
        /// Steps done.
        step: usize,
        /// Of h.
        h: Spread,
        /// Of z.
        z: Spread,
        /// The verdict.
        verdict: Verdict,
        /// The verdict in a sentence.
        sentence: String,
    },
    /// How often the nearest images have the same label (k = 5, cosine, five folds).
    Knn {
        /// Steps done.
        step: usize,
        /// The accuracies, 0 to 1.
        #[serde(flatten)]
        scores: KnnScores,
    },
    /// The images nearest to one, by cosine.
    Neighbours {
        /// The image asked about.
        index: usize,
        /// In h, nearest first.
        h: Vec<Neighbour>,
        /// In z, nearest first.
        z: Vec<Neighbour>,
    },
    /// The full score.
    Evaluated {
        /// Steps done.
        step: usize,
        /// Of h.
        h: Score,
        /// Of z.
        z: Score,
        /// Of the pixels themselves.
        pixels: Score,
        /// Of h before training.
        untrained: Score,
        /// kNN for each further factor.
        factors: Vec<FactorScore>,
    },
    /// The run as bytes, from which another worker can go on.
    Checkpoint {
        /// Steps done.
        step: usize,
        /// Opaque.
        bytes: Bytes,
    },
    /// A command could not be obeyed; nothing else has changed.
    Refused {
        /// What to do about it.
        error: String,
        /// The dotted path of the setting at fault, if it is one.
        path: Option<String>,
    },
    /// The device has gone or the core has crashed; another worker must take the run up.
    Lost {
        /// What happened.
        error: String,
    },
    /// The run has failed.
    Failed {
        /// What happened.
        error: String,
    },
}

/// An event and the run it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Report {
    /// Which run: `a`.
    pub run: &'static str,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
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
