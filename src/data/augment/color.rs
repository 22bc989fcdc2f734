//! Colour distortion: without it two crops of one image are told from their colours alone (Chen et
//! al. 2020, arXiv:2002.05709, section 3.1).

use burn::prelude::*;

use super::ImageParams;
use crate::kernels::Change;

/// One operation of the jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorOp {
    /// All values times a factor, then clamped.
    Brightness,
    /// Away from the image's mean grey by a factor, then clamped.
    Contrast,
    /// Away from each pixel's grey by a factor, then clamped.
    Saturation,
    /// Around the colour circle by a part of a full turn.
    Hue,
}

impl ColorOp {
    /// The four, in torchvision's order.
    pub const ALL: [Self; 4] = [
        Self::Brightness,
        Self::Contrast,
        Self::Saturation,
        Self::Hue,
    ];

    /// What it does to an image, if anything.
    fn change(self, image: &ImageParams) -> Option<Change> {
        let (neutral, value, change): (f32, f32, fn(f32) -> Change) = match self {
            Self::Brightness => (1.0, image.brightness, Change::Brightness),
            Self::Contrast => (1.0, image.contrast, Change::Contrast),
            Self::Saturation => (1.0, image.saturation, Change::Saturation),
            Self::Hue => (0.0, image.hue, Change::Hue),
        };
        (value != neutral).then(|| change(value))
    }
}

/// What the jitter in this order, and the greyscale after it, do to an image.
pub(super) fn changes(order: [ColorOp; 4], image: &ImageParams) -> Vec<Change> {
    let jitter = order.into_iter().filter_map(|op| op.change(image));
    // A grey has none of its colour.
    jitter
        .chain(image.grey.then_some(Change::Saturation(0.0)))
        .collect()
}

/// `(x - mean) / std` for each channel of `images: [n, 3, h, w]`.
pub fn normalise(images: Tensor<4>, mean: [f32; 3], std: [f32; 3]) -> Tensor<4> {
    let device = images.device();
    let channels = |values: [f32; 3]| {
        Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), &device)
    };
    (images - channels(mean)) / channels(std)
}
