//! What is measured of h and z: one file a reading, and the list of them.
//!
//! A reading is a function of the vectors of one [`Kind`]. The same function is taken of h and z
//! now, of both before training and, where its card says so, of raw pixels: nothing is shown
//! without what it must be compared with.

mod card;
mod material;
mod measure;
mod measured;
mod parameters;

mod alignment;
mod alpha_req;
mod augmentation_probe;
mod cka;
mod colour;
mod continuity;
mod correlation;
mod dead_dimensions;
mod effective_rank;
mod gradient;
mod hard_negatives;
mod hubness;
mod knn;
mod knn_weighted;
mod lidar;
mod mean_cosine;
mod probe;
mod spectrum;
mod spread;
mod trustworthiness;
mod uniformity;

pub use alpha_req::alpha;
pub use card::{Better, ReadingCard, Unit};
pub use correlation::correlation;
pub use hard_negatives::hard_negatives;
pub use hubness::hubness;
pub use lidar::{lidar, lidar_eigenvalues};
pub use material::{
    Gradient, Kind, Labels, LossAsked, Material, NegativeRows, SOME, Sources, Split, Vectors, Views,
};
pub use measure::Measuring;
pub use measured::{Measured, Value};
pub use parameters::parameters;
pub use trustworthiness::trustworthiness;

use burn::prelude::Device;

use crate::evaluation::Probe;

/// Every reading, in the order in which they are shown.
pub static READINGS: &[Reading] = &[
    knn::READING,
    knn_weighted::READING,
    probe::READING,
    spread::READING,
    effective_rank::READING,
    mean_cosine::READING,
    dead_dimensions::READING,
    alignment::READING,
    uniformity::READING,
    correlation::READING,
    cka::READING,
    alpha_req::READING,
    lidar::READING,
    spectrum::READING,
    augmentation_probe::READING,
    colour::READING,
    hubness::READING,
    trustworthiness::READING,
    continuity::READING,
    gradient::READING,
    hard_negatives::READING,
];

/// A reading.
pub struct Reading {
    /// What is said of it.
    pub card: ReadingCard,
    /// What it is taken of.
    pub scope: Scope,
    /// How it is taken.
    pub take: Take,
    /// What vectors that say nothing would give, if that is known.
    pub chance: Option<fn(&Material) -> f64>,
}

impl Reading {
    /// Whether it is taken of vectors of this kind.
    pub fn is_of(&self, kind: Kind) -> bool {
        match (self.scope, kind) {
            (_, Kind::Pixels) => self.card.pixels,
            (Scope::Negatives, Kind::H | Kind::Untrained) => false,
            _ => true,
        }
    }
}

/// What a reading is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The images, once.
    Images,
    /// Views of some images, once.
    Views,
    /// Each known factor of the images: its parts are their names.
    Factors,
    /// Each parameter that made the views: its parts are their names.
    Parameters,
    /// The loss of a batch and each of its terms: its parts are their labels.
    Terms,
    /// The negatives of a batch, once: of z alone.
    Negatives,
}

/// How a reading is taken.
#[derive(Debug, Clone, Copy)]
pub enum Take {
    /// At once; there is always a number.
    Number(fn(&Material) -> f64),
    /// At once; there may be a sentence instead.
    Try(fn(&Material) -> Taken),
    /// By a probe that is fitted slice by slice, to the material's split.
    Fit,
}

/// A value, or a sentence that says why there is none.
pub type Taken = Result<Value, String>;

/// A number, or a sentence that says why there is none.
fn number(value: Option<f64>, missing: &str) -> Taken {
    value.map(Value::number).ok_or_else(|| missing.to_owned())
}

/// The probe of a material's split.
fn fitted(material: &Material, device: &Device) -> Result<Probe, String> {
    let split = material.split.as_ref().expect("a probe is of classes");
    let rows = split.rows.expect("a probe is of vectors of a network");
    Probe::new(rows, split.classes, split.folds, device)
}
