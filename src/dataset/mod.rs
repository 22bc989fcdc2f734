//! Images, what is known of them, and the order in which a run meets them.

use serde::{Deserialize, Serialize};

/// What *shapes* is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ShapesOptions {
    /// How many images: 8 to 20,000.
    pub count: usize,
    /// Colour of the shape.
    pub colour: Freedom,
    /// Colour of the ground.
    pub background: Freedom,
    /// Radius of the shape.
    pub size: Freedom,
    /// Turn of the shape.
    pub angle: Freedom,
    /// Place of the shape.
    pub place: Freedom,
}

impl Default for ShapesOptions {
    fn default() -> Self {
        Self {
            count: 512,
            colour: Freedom::Free,
            background: Freedom::Fixed,
            size: Freedom::Slight,
            angle: Freedom::Slight,
            place: Freedom::Slight,
        }
    }
}

/// How much a factor of *shapes* varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Freedom {
    /// The same in every image.
    Fixed,
    /// A little.
    Slight,
    /// Over its whole range.
    Free,
}
