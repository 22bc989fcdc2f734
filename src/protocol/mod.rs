//! All that the page and the core say to each other: one closed list of commands, one of events.
//!
//! `www/src/protocol.ts` is written from these types by a test. Everything is
//! `{"type": ...}` in camelCase; counts are integers; pixels and points are bytes.
//!
//! A command is obeyed at once, or [`Event::Refused`] and nothing has changed. What it leads to comes
//! in this order, and the page relies on it; `state` comes besides, whenever it changes:
//!
//! | command | events |
//! |---|---|
//! | `configure` | `configured` |
//! | `loadSet`, `addImages`, `clear` | `loaded` |
//! | `start` | `started`, `configured` |
//! | `restore` | with images `loaded`; `configured`; with a checkpoint `started`, `configured`, `stepped` |
//! | `neighbours`, `evaluate`, `embeddings` | `neighbours`, `evaluated`, `embeddings`, when they are found |
//!
//! `watch`, `hold`, `threads` and `stopEvaluating` are always obeyed and not answered; they are of this run and of those
//! after it.
//!
//! ```text
//!         addImages, loadSet         start           resume, step, epoch
//!   empty ------------------> loaded ------> paused <-------------------> running --all steps--> done
//!                                               ^     pause, goal reached                         |
//!                                               +-------- start, from any state but empty --------+
//! ```
//!
//! `clear` leads to `empty`, from any state. `failed` is the state of a run whose loss is no finite
//! number, or whose device has gone; `start` and other images lead out of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::wanted;
use crate::settings::table::Row;
use crate::settings::{Settings, partial};

mod name;
mod parts;
#[cfg(test)]
mod typescript;

pub use parts::{Cards, DeviceCard, GaugeValue, LossPoint, LossTerm, MapPoints, State, ViewImages};

pub use crate::data::{
    Bytes, Collection, Factor, ImageSet, SetCard, ShapesOptions, SheetCard, Skipped, Squares,
};
pub use crate::evaluation::Neighbour;
pub use crate::evaluation::readings::{Better, Measured, ReadingCard, Unit};
pub use crate::evaluation::verdict::{
    Collapse, CollapseState, Comparison, Gain, Learned, LearnedState, NextStep,
};
pub use crate::network::Space;
pub use crate::settings::Advice;

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
        /// For a set that is a picture: what is cut of it, row after row.
        #[serde(default)]
        squares: Option<Squares>,
    },
    /// Adds images; the first ones replace a built-in set, and images of another size. Refused if
    /// no file can be used.
    AddImages(Collection),
    /// Removes all images.
    Clear,
    /// Changes settings; those that a run cannot take up wait for the next start.
    Configure {
        /// Any part of the settings.
        #[serde(deserialize_with = "partial")]
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
    /// How far any run may go for now: a run that has finished so many epochs waits, and does not train
    /// on. It stays `running`; what is due meanwhile is done. Runs side by side are kept together so.
    Hold {
        /// Finished epochs; null if nothing waits.
        #[serde(deserialize_with = "wanted::epoch")]
        epoch: Option<usize>,
    },
    /// How many of the threads that the core was started with compute, from the next step on: at least
    /// one, at most all. Runs side by side share the processors so. Results are the same bit for bit.
    /// On a GPU, and natively, where there is one thread, this changes nothing.
    Threads {
        /// How many.
        #[serde(deserialize_with = "wanted::count")]
        count: usize,
    },
    /// Which of the two vectors the map shows.
    Watch {
        /// h or z.
        space: Space,
    },
    /// Asks which images are nearest to one, which may be any. Answered at once if its vectors are known;
    /// else once it is embedded by the network of the last whole look, which may need a new one.
    Neighbours {
        /// Which image.
        #[serde(deserialize_with = "wanted::index")]
        index: usize,
        /// How many.
        #[serde(deserialize_with = "wanted::k")]
        k: usize,
    },
    /// Takes every reading of h and z, beside the untrained network and the pixels.
    Evaluate,
    /// Asks for h and z of all images: answered by `embeddings` once the run is at rest and all are embedded.
    Embeddings,
    /// Gives up the readings that `evaluate` asked for, if they are still being taken.
    StopEvaluating,
    /// Takes up a run from what `loaded` and `checkpoint` carried: all of it or, if that is refused,
    /// nothing. Without a run it has other images take the place of these: labels of own images are
    /// found anew, from their names.
    Restore {
        /// The images; null for those that are there.
        images: Option<Box<ImageSet>>,
        /// The settings of the run.
        #[serde(deserialize_with = "wanted::settings")]
        settings: Box<Settings>,
        /// The run, if one had started.
        checkpoint: Option<Bytes>,
    },
}

/// What the core says.
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
        /// Everything that can be turned.
        table: Vec<Row>,
        /// Every reading, in the order in which they are shown.
        readings: Vec<ReadingCard>,
        /// Every built-in set; the first is the one to open with.
        sets: Vec<SetCard>,
        /// The settings in force, complete.
        settings: Settings,
    },
    /// The images have changed.
    Loaded {
        /// The images.
        images: ImageSet,
        /// Files that could not be used.
        skipped: Vec<Skipped>,
        /// Sentences on what was found: files that were ignored, copies, images of one colour, and why
        /// there are no labels, if so.
        notes: Vec<String>,
        /// Settings that suit the images, each with its reason.
        advice: Vec<Advice>,
    },
    /// The settings have changed.
    Configured {
        /// All settings, complete.
        settings: Settings,
        /// Dotted paths of changes that wait for the next start.
        pending: Vec<String>,
        /// The learning rate that is in force or will be.
        learning_rate: f32,
        /// The learning rate of the method's paper, scaled to the batch in force.
        published_rate: f32,
        /// Seconds that a whole run takes, about: at the pace of the last run, or else of a laptop's
        /// CPU. Null without images.
        seconds: Option<f64>,
        /// The loss of the run where its embeddings say nothing; null if that is not known, or without a
        /// run.
        loss_at_chance: Option<f32>,
    },
    /// A fresh network is ready.
    Started {
        /// Where it computes and why.
        device: DeviceCard,
        /// Numbers that training moves.
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
        /// The loss of each step since the event before.
        losses: Vec<LossPoint>,
        /// Milliseconds a step, a running mean; zero until known.
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
        /// Which images.
        images: Vec<usize>,
        /// Their views, in the order of the method's.
        views: Vec<ViewImages>,
        /// Cosine of what the loss compares of the first two views; empty if it has but one.
        cosine: Vec<f32>,
    },
    /// Where the images lie: a function of the images, the settings, the seed, the step and which
    /// images are shown, never of when one looked.
    ///
    /// The two principal components of the vectors, turned and mirrored to lie as well as they can on the
    /// untrained network's map of h; that is turned towards the map of raw pixels. So runs on the same
    /// images, with one seed and encoder, have the same axes, of h and of z.
    ///
    /// The root of the points' mean squared distance from the middle is 1, or less if the vectors have
    /// drawn together: from a spread of 0.25 down it falls in proportion to that.
    ///
    /// While training, of at most 512 images, and of fewer of them where embedding takes so long that the
    /// map would be old. At rest, once all images have been embedded, of all: on the same axes, so that no
    /// point moves.
    Map {
        /// Steps done.
        step: usize,
        /// Which vectors are shown.
        space: Space,
        /// Which images, in the order of the points: rising.
        images: Vec<usize>,
        /// Whether these are only some of those that maps are of while training: the same ones each time,
        /// so that they move; the others are to stay where the last map had them.
        partial: bool,
        /// Little-endian f32, x then y: `[n, 2]`.
        points: Bytes,
        /// Half-width of the frame in which the untrained network's map of this space would just fit,
        /// drawn at its full size: the largest coordinate at a mean squared distance of 1. On it what
        /// has drawn together looks small.
        reach: f32,
        /// Part of the variance that the two axes show: 0 to 1.
        explained: f32,
    },
    /// What the map can be compared with and costs no training: the untrained network and raw pixels, on
    /// the axes of the run's maps. Once a run, after the first map; again with more images, once at rest
    /// all are embedded.
    Baselines {
        /// Which images, in the order of the points: rising.
        images: Vec<usize>,
        /// Of h before training.
        untrained_h: MapPoints,
        /// Of z before training.
        untrained_z: MapPoints,
        /// Of the pixels.
        pixels: MapPoints,
    },
    /// What is to be said of the run by now: two statements, never mixed.
    Verdict {
        /// Steps done.
        step: usize,
        /// Did it collapse?
        collapse: Collapse,
        /// Did it learn?
        learned: Learned,
        /// What to try next, what promises most first; empty until the run has ended.
        next: Vec<NextStep>,
    },
    /// The live readings, of the images of the map.
    Readings {
        /// Steps done.
        step: usize,
        /// In the order of the cards.
        values: Vec<Measured>,
    },
    /// The images nearest to one by cosine, nearest first: at rest among all, once they are embedded;
    /// else among those of the last whole look, at most 512. The same images in each list.
    Neighbours {
        /// Steps done, as of the vectors.
        step: usize,
        /// The image asked about.
        index: usize,
        /// Among how many images.
        among: usize,
        /// In h.
        h: Vec<Neighbour>,
        /// In z.
        z: Vec<Neighbour>,
        /// In h before training.
        untrained_h: Vec<Neighbour>,
        /// In z before training.
        untrained_z: Vec<Neighbour>,
        /// In the pixels as they are, from 0 to 1: as the kNN of raw pixels.
        pixels: Vec<Neighbour>,
    },
    /// Readings that `evaluate` asked for are being taken.
    Evaluating {
        /// The part of the work that is done: 0 to 1.
        progress: f32,
    },
    /// Every reading, of all images or, if they are many, of some, the same ones in each run of a seed:
    /// at most 4,096, and fewer of more than 64 pixels a side, for time and memory grow with their
    /// square.
    Evaluated {
        /// Steps done.
        step: usize,
        /// Of how many images.
        images: usize,
        /// In the order of the cards.
        values: Vec<Measured>,
    },
    /// What `embeddings` asked for: one row an image, little-endian f32.
    Embeddings {
        /// Steps done, as of the vectors.
        step: usize,
        /// Representations: `[n, width of h]`.
        h: Bytes,
        /// Embeddings: `[n, width of z]`.
        z: Bytes,
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
        /// The `type` of the command; empty if what came has none.
        command: String,
        /// What to do about it.
        error: String,
        /// The dotted path of the setting at fault, if it is one.
        path: Option<String>,
        /// Of a run that is too large: settings each of which would make it fit.
        instead: Vec<Advice>,
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
