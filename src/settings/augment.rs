//! How a view is made from an image.

use serde::{Deserialize, Serialize};

use super::knob::Knob;

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
    /// How often; else the whole image is the view.
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

/// Its rows. A hundredth of a 32-pixel image is 3 x 3 pixels, the least that has a texture; beyond 4
/// a strip is left of what is shown. Every address ever made keeps to both.
pub(super) const CROP: &[Knob] = &[
    often("augment.crop.probability", "Random crop: how often"),
    strength(
        "augment.crop.minArea",
        "Random crop: smallest area",
        "Smallest part of the image that a view may show.",
        [0.01, 1.0],
    )
    .idle_while("augment.crop.probability", NEVER),
    strength(
        "augment.crop.maxArea",
        "Random crop: largest area",
        "Largest part of the image that a view may show.",
        [0.01, 1.0],
    )
    .idle_while("augment.crop.probability", NEVER),
    strength(
        "augment.crop.maxAspect",
        "Random crop: largest aspect",
        "How much wider than high, or higher than wide, the part may be.",
        [1.0, 4.0],
    )
    .idle_while("augment.crop.probability", NEVER),
];

/// Horizontal flip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Flip {
    /// How often.
    pub probability: f32,
}

impl Default for Flip {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

/// Its rows.
pub(super) const FLIP: &[Knob] = &[often("augment.flip.probability", "Flip: how often")];

/// Colour jitter: each factor is uniform in `[1 - s, 1 + s]`, the hue in `[-s, s]` of a full turn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Jitter {
    /// How often.
    pub probability: f32,
    /// Strength of the brightness change.
    pub brightness: f32,
    /// Strength of the contrast change.
    pub contrast: f32,
    /// Strength of the saturation change.
    pub saturation: f32,
    /// Strength of the hue change, as a part of a full turn.
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

/// Its rows.
pub(super) const JITTER: &[Knob] = &[
    often("augment.jitter.probability", "Colour jitter: how often"),
    strength(
        "augment.jitter.brightness",
        "Colour jitter: brightness",
        "At s, brightness is multiplied by a factor from 1 - s to 1 + s.",
        [0.0, 1.0],
    )
    .idle_while("augment.jitter.probability", NEVER),
    strength(
        "augment.jitter.contrast",
        "Colour jitter: contrast",
        "At s, contrast is multiplied by a factor from 1 - s to 1 + s.",
        [0.0, 1.0],
    )
    .idle_while("augment.jitter.probability", NEVER),
    strength(
        "augment.jitter.saturation",
        "Colour jitter: saturation",
        "At s, saturation is multiplied by a factor from 1 - s to 1 + s.",
        [0.0, 1.0],
    )
    .idle_while("augment.jitter.probability", NEVER),
    strength(
        "augment.jitter.hue",
        "Colour jitter: hue",
        "Part of a full turn by which the hue may change either way; 0.5 makes any of any.",
        [0.0, 0.5],
    )
    .idle_while("augment.jitter.probability", NEVER),
];

/// Greyscale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Grey {
    /// How often.
    pub probability: f32,
}

impl Default for Grey {
    fn default() -> Self {
        Self { probability: 0.2 }
    }
}

/// Its rows.
pub(super) const GREY: &[Knob] = &[often("augment.grey.probability", "Greyscale: how often")];

/// Gaussian blur; sigma is uniform between the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Blur {
    /// How often.
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

/// Its rows. The largest sigma leaves of the smallest image its mean colour.
pub(super) const BLUR: &[Knob] = &[
    often("augment.blur.probability", "Blur: how often"),
    Knob::factor(
        "augment.blur.minSigma",
        "Blur: smallest sigma",
        "Width of the weakest blur.",
        [0.01, 16.0],
        0.01,
    )
    .unit("px")
    .idle_while("augment.blur.probability", NEVER),
    Knob::factor(
        "augment.blur.maxSigma",
        "Blur: largest sigma",
        "Width of the strongest blur.",
        [0.01, 16.0],
        0.01,
    )
    .unit("px")
    .idle_while("augment.blur.probability", NEVER),
];

/// Solarise: `1 - x` where `x >= threshold`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Solarise {
    /// How often.
    pub probability: f32,
    /// Values from here on are inverted.
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

/// Its rows.
pub(super) const SOLARISE: &[Knob] = &[
    often("augment.solarise.probability", "Solarise: how often"),
    strength(
        "augment.solarise.threshold",
        "Solarise: threshold",
        "Values from here on are inverted.",
        [0.0, 1.0],
    )
    .idle_while("augment.solarise.probability", NEVER),
];

const NEVER: &[&str] = &["0"];

const fn often(field: &'static str, label: &'static str) -> Knob {
    let about = "Part of the views that go through this step.";
    Knob::number(field, label, about, [0.0, 1.0], 0.01)
}

const fn strength(
    field: &'static str,
    label: &'static str,
    about: &'static str,
    range: [f64; 2],
) -> Knob {
    Knob::number(field, label, about, range, 0.01)
}
