//! What is said of a reading: the page and the command line know none by name and read these cards.

use serde::Serialize;

/// What is said of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own"
)]
pub struct ReadingCard {
    /// Its name in events, files and tests.
    pub id: &'static str,
    /// Its name on the page.
    pub label: &'static str,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// What its numbers are.
    pub unit: Unit,
    /// Which way is better, if any is.
    pub better: Option<Better>,
    /// When it misleads, in one sentence.
    pub misleads: &'static str,
    /// Whether it is taken while a network trains; else when asked for.
    pub live: bool,
    /// Whether it is the one by which is judged what was learned. One reading is.
    pub headline: bool,
    /// Whether it is taken of raw pixels too, beside the untrained network.
    pub pixels: bool,
    /// Whether it stays the same when all vectors are turned alike.
    pub rotation: bool,
    /// Paper and equation.
    pub source: &'static str,
    /// Cases of `tests/reference` that it agrees with: a file, and how their ids begin. Empty if
    /// there are none.
    pub cases: &'static [&'static str],
}

/// What the numbers of a reading are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// A part of a whole, 0 to 1; written in per cent.
    Share,
    /// How many directions or coordinates, of as many as the vectors have.
    Directions,
    /// A number without a unit.
    Number,
    /// A list of shares, largest first.
    Shares,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Better {
    /// Larger numbers are.
    High,
    /// Smaller numbers are.
    Low,
}
