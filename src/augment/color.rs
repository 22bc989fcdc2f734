//! Colour distortion: without it two crops of one image are told from their colours alone (Chen et
//! al. 2020, arXiv:2002.05709, section 3.1).
//!
//! Pixels are `[n, 3, p]` with `p = h * w`. What is linear in a pixel is one 3 x 3 matrix for each
//! image; an image left alone has the neutral one.

use burn::prelude::*;
use serde::Serialize;

use super::ImageParams;

/// How much red, green and blue count in a grey.
const GREY: [f32; 3] = [0.2989, 0.587, 0.114];

/// One operation of the jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
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

    /// Changes `pixels: [n, 3, p]`, unless all images have the neutral value.
    pub(super) fn apply(self, pixels: Tensor<3>, images: &[ImageParams]) -> Tensor<3> {
        let (neutral, value): (f32, fn(&ImageParams) -> f32) = match self {
            Self::Brightness => (1.0, |p| p.brightness),
            Self::Contrast => (1.0, |p| p.contrast),
            Self::Saturation => (1.0, |p| p.saturation),
            Self::Hue => (0.0, |p| p.hue),
        };
        let values: Vec<f32> = images.iter().map(value).collect();
        #[expect(clippy::float_cmp, reason = "neutral is set, never computed")]
        if values.iter().all(|value| *value == neutral) {
            return pixels;
        }
        match self {
            Self::Brightness => brightness(pixels, &values),
            Self::Contrast => contrast(pixels, &values),
            Self::Saturation => saturation(pixels, &values),
            Self::Hue => hue(pixels, &values),
        }
    }
}

fn brightness(pixels: Tensor<3>, factors: &[f32]) -> Tensor<3> {
    let factors = per_image(factors.to_vec(), [1, 1], &pixels.device());
    (pixels * factors).clamp(0.0, 1.0)
}

fn contrast(pixels: Tensor<3>, factors: &[f32]) -> Tensor<3> {
    let device = pixels.device();
    let greys = factors
        .iter()
        .flat_map(|f| GREY.map(|weight| (1.0 - f) * weight));
    let greys = per_image(greys.collect(), [1, 3], &device);
    let factors = per_image(factors.to_vec(), [1, 1], &device);
    let mean = greys.matmul(pixels.clone().mean_dim(2));
    (pixels * factors + mean).clamp(0.0, 1.0)
}

fn saturation(pixels: Tensor<3>, factors: &[f32]) -> Tensor<3> {
    let matrices = factors.iter().flat_map(|f| towards_grey(*f));
    let matrices = per_image(matrices.collect(), [3, 3], &pixels.device());
    matrices.matmul(pixels).clamp(0.0, 1.0)
}

/// Takes the colour of those of `pixels: [n, 3, p]` that ask for it.
pub(super) fn greyscale(pixels: Tensor<3>, images: &[ImageParams]) -> Tensor<3> {
    let matrices = images
        .iter()
        .flat_map(|p| towards_grey(if p.grey { 0.0 } else { 1.0 }));
    per_image(matrices.collect(), [3, 3], &pixels.device()).matmul(pixels)
}

/// The 3 x 3 matrix that keeps `factor` of the colour and adds `1 - factor` of the grey.
fn towards_grey(factor: f32) -> [f32; 9] {
    std::array::from_fn(|i| {
        let kept = if i % 4 == 0 { factor } else { 0.0 };
        kept + (1.0 - factor) * GREY[i % 3]
    })
}

/// Turns the hue of `pixels: [n, 3, p]`, without branches.
///
/// Let v be the largest value of a pixel, c its chroma (largest minus smallest), and hue be counted
/// in sixths of a turn, red at 0, green at 2, blue at 4. A channel `u` sixths from the pixel's hue
/// is `v - c t(u)`, where the trapezium t is 0 within one sixth, 1 beyond two, a line between. With
/// `x' = (v - x) / c`, that gives back `|hue - 3| = 1 + g' + b' - r'`, and hue is below 3 where
/// there is more green than blue.
fn hue(pixels: Tensor<3>, turns: &[f32]) -> Tensor<3> {
    let device = pixels.device();
    let row = |weights: [f32; 3]| per_image(weights.to_vec(), [1, 3], &device);
    let largest = pixels.clone().max_dim(1);
    let below = largest.clone() - pixels;
    let chroma = below.clone().max_dim(1);

    let green = row([0.0, -1.0, 1.0])
        .matmul(below.clone())
        .greater_elem(0.0);
    // A grey has no chroma: any hue will do.
    let from_cyan = row([-1.0, 1.0, 1.0]).matmul(below) / chroma.clone().clamp_min(1e-12) + 1.0;
    let from_cyan = from_cyan.clone().mask_where(green, from_cyan.neg());

    // From the hue less 3 to u, on a circle: both terms lie in -3 to 3, so that two absolute
    // values close it.
    let offsets = turns
        .iter()
        .flat_map(|turn| [0.0, 2.0, 4.0].map(|peak| (6.0 * turn - peak).rem_euclid(6.0) - 3.0));
    let offsets = per_image(offsets.collect(), [3, 1], &device);
    let from_opposite = ((from_cyan + offsets).abs() - 3.0).abs();
    largest + chroma * (from_opposite - 2.0).clamp(-1.0, 0.0)
}

/// Inverts what is at least the threshold of its image, in `pixels: [n, 3, p]`.
pub(super) fn solarise(pixels: Tensor<3>, images: &[ImageParams]) -> Tensor<3> {
    // Above all values where nothing is to be inverted.
    let thresholds = images.iter().map(|p| p.solarise.unwrap_or(2.0)).collect();
    let thresholds = per_image(thresholds, [1, 1], &pixels.device());
    let bright = pixels.clone().greater_equal(thresholds);
    pixels.clone().mask_where(bright, 1.0 - pixels)
}

/// `(x - mean) / std` for each channel of `images: [n, 3, h, w]`.
pub fn normalise(images: Tensor<4>, mean: [f32; 3], std: [f32; 3]) -> Tensor<4> {
    let device = images.device();
    let channels = |values: [f32; 3]| {
        Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), &device)
    };
    (images - channels(mean)) / channels(std)
}

/// A small matrix for each image: `[n, rows, columns]`.
fn per_image(values: Vec<f32>, [rows, columns]: [usize; 2], device: &Device) -> Tensor<3> {
    let n = values.len() / (rows * columns);
    Tensor::from_data(TensorData::new(values, [n, rows, columns]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One pixel in one image.
    fn pixel(values: [f32; 3]) -> Tensor<3> {
        per_image(values.to_vec(), [3, 1], &Device::flex())
    }

    fn values(pixels: Tensor<3>) -> Vec<f32> {
        pixels.into_data().iter().collect()
    }

    #[test]
    fn a_third_of_a_turn_takes_red_to_green_to_blue() {
        let third = 1.0 / 3.0;
        assert_eq!(
            values(hue(pixel([0.75, 0.25, 0.25]), &[third])),
            [0.25, 0.75, 0.25]
        );
        assert_eq!(
            values(hue(pixel([0.25, 0.75, 0.25]), &[third])),
            [0.25, 0.25, 0.75]
        );
        assert_eq!(
            values(hue(pixel([0.25, 0.25, 0.75]), &[third])),
            [0.75, 0.25, 0.25]
        );
    }

    #[test]
    fn a_grey_has_no_hue() {
        assert_eq!(values(hue(pixel([0.3; 3]), &[0.2])), [0.3; 3]);
    }

    #[test]
    fn contrast_moves_away_from_the_mean_of_the_image() {
        let two = per_image(vec![0.4, 0.6, 0.4, 0.6, 0.4, 0.6], [3, 2], &Device::flex());
        let got = values(contrast(two, &[2.0]));
        // The three weights of a grey sum to 0.9999.
        for (got, expected) in got.iter().zip([0.3, 0.7, 0.3, 0.7, 0.3, 0.7]) {
            assert!((got - expected).abs() < 1e-4);
        }
    }
}
