//! A part of the images, looked at one by one: nothing grows with their number.

use crate::data::ImageSet;

/// Images looked at, at most: evenly spaced, so that every folder has its part.
const MOST: usize = 256;

/// Some images as RGB bytes.
pub(super) struct Sample<'a> {
    /// Side of an image in pixels.
    pub(super) side: usize,
    /// `[side, side, 3]` each.
    pub(super) images: Vec<&'a [u8]>,
}

impl<'a> Sample<'a> {
    pub(super) fn of(set: &'a ImageSet) -> Self {
        let n = set.names.len();
        let count = n.min(MOST);
        let length = set.size * set.size * 3;
        let image = |i: usize| &set.pixels[i * n / count * length..][..length];
        Self {
            side: set.size,
            images: (0..count).map(image).collect(),
        }
    }

    /// Brightness of each pixel, 0 to 1, into `values: [side, side]` (ITU-R BT.601).
    pub(super) fn brightness(image: &[u8], values: &mut Vec<f32>) {
        values.clear();
        values.extend(image.chunks_exact(3).map(|rgb| {
            let [red, green, blue] = [0, 1, 2].map(|channel| f32::from(rgb[channel]) / 255.0);
            0.299 * red + 0.587 * green + 0.114 * blue
        }));
    }
}

/// `values: [from, from, channels]` averaged to `[to, to, channels]`, into `means`.
pub(super) fn shrink(
    values: impl Iterator<Item = f32>,
    channels: usize,
    [from, to]: [usize; 2],
    means: &mut Vec<f32>,
) {
    means.clear();
    means.resize(to * to * channels, 0.0);
    let part = |at: usize| at * to / from;
    for (at, value) in values.enumerate() {
        let (pixel, channel) = (at / channels, at % channels);
        let [y, x] = [pixel / from, pixel % from].map(part);
        means[(y * to + x) * channels + channel] += value;
    }
    let length = |part: usize| ((part + 1) * from).div_ceil(to) - (part * from).div_ceil(to);
    for (at, mean) in means.iter_mut().enumerate() {
        let (pixel, _) = (at / channels, at % channels);
        *mean /= (length(pixel / to) * length(pixel % to)).max(1) as f32;
    }
}

/// Mean of some numbers; 0 of none.
pub(super) fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f32;
    // The sum of none is -0.
    values.fold(0.0, |sum, value| sum + value) / count
}

/// Standard deviation of some numbers, around their mean; they are gone through twice.
pub(super) fn deviation<'a>(values: impl Iterator<Item = &'a f32> + Clone) -> f32 {
    let count = values.clone().count().max(1) as f32;
    let middle = values.clone().sum::<f32>() / count;
    let squares = values.map(|value| (value - middle).powi(2));
    (squares.sum::<f32>() / count).sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Pixels of images of 32 pixels a side.
    pub(in crate::session::advice) struct Drawn(Vec<Vec<u8>>);

    impl Drawn {
        pub(in crate::session::advice) fn sample(&self) -> Sample<'_> {
            Sample {
                side: 32,
                images: self.0.iter().map(|image| &image[..]).collect(),
            }
        }
    }

    /// `n` images of 32 pixels, drawn pixel by pixel from number, x and y.
    pub(in crate::session::advice) fn drawn(
        n: usize,
        pixel: impl Fn(usize, usize, usize) -> [f32; 3],
    ) -> Drawn {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 255"
        )]
        let byte = |value: f32| (value * 255.0).round() as u8;
        let image = |i: usize| {
            let places = (0..32 * 32).map(|at| (at % 32, at / 32));
            places.flat_map(|(x, y)| pixel(i, x, y).map(byte)).collect()
        };
        Drawn((0..n).map(image).collect())
    }

    #[test]
    fn a_shrunk_image_has_the_means_of_its_parts() {
        let values = (0..32 * 32).flat_map(|at| [(at % 32) as f32, (at / 32) as f32]);
        let mut means = Vec::new();
        shrink(values, 2, [32, 2], &mut means);
        assert_eq!(means, [7.5, 7.5, 23.5, 7.5, 7.5, 23.5, 23.5, 23.5]);
        // Parts that are not all as long.
        shrink([1.0, 2.0, 3.0].repeat(3).into_iter(), 1, [3, 2], &mut means);
        assert_eq!(means, [1.5, 3.0, 1.5, 3.0]);
    }
}
