//! Everything a run depends on besides its images: one JSON object.
//!
//! Partial settings are completed from the defaults. A path with dots (`train.batch`) names one
//! setting on the command line and in the page's address. Each has a row in the [`table`], which
//! says its name, its range and when it takes effect; what is checked, listed and drawn is read there.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod advice;
mod augment;
pub mod card;
mod cross;
mod defaults;
mod diagram;
mod knob;
mod merge;
pub mod table;
mod train;

pub(crate) use defaults::with_defaults;

pub use advice::{Advice, chosen};
pub use augment::{Augment, Blur, Crop, Flip, Grey, Jitter, Solarise};
pub use knob::{Choice, Knob, KnobKind};
pub use merge::{check, differences, from_path, merge, partial, to_paths};
pub use table::take_up;
pub use train::{Backend, EncoderSettings, OptimizerKind, TrainSettings};

/// The version of this format; raised when a setting changes its meaning.
pub const VERSION: u32 = 1;

/// The settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Version of the format.
    pub version: u32,
    /// Id of the method: the name of its file.
    pub method: String,
    /// Seed of every random draw.
    pub seed: u32,
    /// Where the run computes.
    pub backend: Backend,
    /// Side of the images, in pixels.
    pub size: usize,
    /// The network under study.
    pub encoder: EncoderSettings,
    /// How the network is trained.
    pub train: TrainSettings,
    /// How views are made from an image.
    pub augment: Augment,
    /// Hyper-parameters of the method, as its card lists them.
    #[cfg_attr(test, ts(type = "Record<string, number | string | boolean>"))]
    pub knobs: Map<String, Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            method: "simclr".into(),
            seed: 42,
            backend: Backend::Auto,
            size: 32,
            encoder: EncoderSettings::default(),
            train: TrainSettings::default(),
            augment: Augment::default(),
            knobs: Map::new(),
        }
    }
}
