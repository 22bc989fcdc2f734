//! What commands and events are made of.

use serde::Serialize;

use crate::data::Bytes;
use crate::settings::Backend;
use crate::settings::card::Card;

/// The cards of all methods.
pub type Cards = Vec<Card>;

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

/// Where a run computes, and why there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DeviceCard {
    /// `webgpu` or `cpu`.
    pub backend: Backend,
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

/// Where images lie on a map that belongs to no step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MapPoints {
    /// Little-endian f32, x then y: `[n, 2]`.
    pub points: Bytes,
    /// Half-width of the frame, as in [`Event::Map`](super::Event::Map).
    pub reach: f32,
    /// Part of the variance that the two axes show: 0 to 1.
    pub explained: f32,
}
