//! How a view is made from an image.

use serde::{Deserialize, Serialize};

/// How a view is made from an image: each step has a probability and a strength.
///
/// The steps run in the order of the fields. See `augment/`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Augment {
    /// A random part of the image, resized to the view.
    pub crop: Crop,
    /// Left and right exchanged.
    pub flip: Flip,
    /// Brightness, contrast, saturation and hue changed, in random order.
    pub jitter: Jitter,
    /// Colour taken away.
    pub grey: Grey,
    /// Gaussian blur.
    pub blur: Blur,
    /// Bright values inverted.
    pub solarise: Solarise,
}

/// Random resized crop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Crop {
    /// How often: 0 to 1; else the whole image is the view.
    pub probability: f32,
    /// Smallest part of the image's area.
    pub min_area: f32,
    /// Largest part of the image's area.
    pub max_area: f32,
    /// Largest width over height, and height over width.
    pub max_aspect: f32,
}

impl Default for Crop {
    fn default() -> Self {
        Self {
            probability: 1.0,
            min_area: 0.2,
            max_area: 1.0,
            max_aspect: 4.0 / 3.0,
        }
    }
}

/// Horizontal flip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Flip {
    /// How often: 0 to 1.
    pub probability: f32,
}

impl Default for Flip {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

/// Colour jitter: each factor is uniform in `[1 - s, 1 + s]`, the hue in `[-s, s]` of a full turn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Jitter {
    /// How often: 0 to 1.
    pub probability: f32,
    /// Strength of the brightness change: 0 to 1.
    pub brightness: f32,
    /// Strength of the contrast change: 0 to 1.
    pub contrast: f32,
    /// Strength of the saturation change: 0 to 1.
    pub saturation: f32,
    /// Strength of the hue change: 0 to 0.5 of a full turn.
    pub hue: f32,
}

impl Default for Jitter {
    fn default() -> Self {
        Self {
            probability: 0.8,
            brightness: 0.4,
            contrast: 0.4,
            saturation: 0.4,
            hue: 0.1,
        }
    }
}

/// Greyscale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Grey {
    /// How often: 0 to 1.
    pub probability: f32,
}

impl Default for Grey {
    fn default() -> Self {
        Self { probability: 0.2 }
    }
}

/// Gaussian blur; sigma is uniform between the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Blur {
    /// How often: 0 to 1.
    pub probability: f32,
    /// Smallest sigma, in pixels of the view.
    pub min_sigma: f32,
    /// Largest sigma, in pixels of the view.
    pub max_sigma: f32,
}

impl Default for Blur {
    fn default() -> Self {
        Self {
            probability: 0.0,
            min_sigma: 0.1,
            max_sigma: 2.0,
        }
    }
}

/// Solarise: `1 - x` where `x >= threshold`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Solarise {
    /// How often: 0 to 1.
    pub probability: f32,
    /// Values from here on are inverted: 0 to 1.
    pub threshold: f32,
}

impl Default for Solarise {
    fn default() -> Self {
        Self {
            probability: 0.0,
            threshold: 0.5,
        }
    }
}
