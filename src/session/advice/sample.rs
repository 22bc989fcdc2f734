//! A part of the images as numbers, small enough to compare each with each.

use crate::data::ImageSet;

/// Images looked at, at most: evenly spaced, so that every folder has its part.
const MOST: usize = 256;

/// Some images as RGB, 0 to 1.
pub(super) struct Sample {
    /// Side of an image in pixels.
    pub(super) side: usize,
    /// `[side, side, 3]` each.
    pub(super) images: Vec<Vec<f32>>,
}

impl Sample {
    pub(super) fn of(set: &ImageSet) -> Self {
        let n = set.names.len();
        let count = n.min(MOST);
        let length = set.size * set.size * 3;
        let image = |i: usize| {
            let bytes = &set.pixels[i * n / count * length..][..length];
            bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect()
        };
        Self {
            side: set.size,
            images: (0..count).map(image).collect(),
        }
    }

    /// The image, averaged to `side` pixels wide and high: `[side, side, 3]`.
    pub(super) fn shrunk(&self, image: &[f32], side: usize) -> Vec<f32> {
        let mut sums = vec![0.0; side * side * 3];
        let mut counts = vec![0.0_f32; side * side];
        for (at, pixel) in image.chunks_exact(3).enumerate() {
            let [y, x] = [at / self.side, at % self.side].map(|at| at * side / self.side);
            counts[y * side + x] += 1.0;
            for (sum, value) in sums[(y * side + x) * 3..].iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        for (sums, count) in sums.chunks_exact_mut(3).zip(&counts) {
            for sum in sums {
                *sum /= count.max(1.0);
            }
        }
        sums
    }

    /// Brightness of each pixel: `[side, side]` (ITU-R BT.601).
    pub(super) fn brightness(image: &[f32]) -> Vec<f32> {
        let pixels = image.chunks_exact(3);
        pixels
            .map(|rgb| 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])
            .collect()
    }
}

/// Mean of some numbers; 0 of none.
pub(super) fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f32;
    // The sum of none is -0.
    values.fold(0.0, |sum, value| sum + value) / count
}

/// Standard deviation of some numbers, around their mean.
pub(super) fn deviation(values: &[f32]) -> f32 {
    let middle = mean(values.iter().copied());
    mean(values.iter().map(|value| (value - middle).powi(2))).sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `n` images of 32 pixels, drawn pixel by pixel from number, x and y.
    pub(in crate::session::advice) fn drawn(
        n: usize,
        pixel: impl Fn(usize, usize, usize) -> [f32; 3],
    ) -> Sample {
        let image = |i: usize| {
            let places = (0..32 * 32).map(|at| (at % 32, at / 32));
            places.flat_map(|(x, y)| pixel(i, x, y)).collect()
        };
        Sample {
            side: 32,
            images: (0..n).map(image).collect(),
        }
    }

    #[test]
    fn a_shrunk_image_has_the_means_of_its_parts() {
        let halves = drawn(1, |_, x, y| [x as f32 / 31.0, y as f32 / 31.0, 1.0]);
        let small = halves.shrunk(&halves.images[0], 2);
        let (low, high) = (7.5 / 31.0, 23.5 / 31.0);
        let wanted = [
            [low, low, 1.0],
            [high, low, 1.0],
            [low, high, 1.0],
            [high, high, 1.0],
        ];
        for (found, wanted) in small.iter().zip(wanted.as_flattened()) {
            assert!((found - wanted).abs() < 1e-5, "{small:?}");
        }
    }
}
