//! What makes views of images: resampling, and changes of colours. Neither has a gradient.

use burn::backend::Dispatch;
use burn::prelude::*;

use super::PlainOps;

/// The weights of red, green and blue in a grey (ITU-R BT.601).
pub(super) const GREY: [f32; 3] = [0.2989, 0.587, 0.114];

/// How lines of pixels are resampled: each new pixel is a weighted sum of neighbours in the old line.
#[derive(Debug, Clone)]
pub struct Taps {
    /// Pixels of an old line.
    source: usize,
    /// Neighbours of each new pixel.
    pub(super) width: usize,
    /// The index of the first neighbour of each new pixel: one image after the other.
    pub(super) firsts: Vec<usize>,
    /// The weights of the neighbours, `width` for each new pixel.
    pub(super) weights: Vec<f32>,
}

impl Taps {
    /// No pixel yet, from lines of `source` pixels, with room for `count` pixels of at most `width`
    /// neighbours each.
    pub fn new(source: usize, width: usize, count: usize) -> Self {
        let width = width.min(source);
        Self {
            source,
            width,
            firsts: Vec::with_capacity(count),
            weights: Vec::with_capacity(count * width),
        }
    }

    /// Adds a new pixel: its neighbours from `first` on, all of them inside the old line.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights are computed in f64, pixels are f32"
    )]
    pub fn push(&mut self, first: usize, weights: impl Iterator<Item = f64>) {
        // All pixels get `width` neighbours, none of them outside: further ones weigh nothing.
        let start = first.min(self.source - self.width);
        self.firsts.push(start);
        let (before, end) = (first - start, self.firsts.len() * self.width);
        self.weights.resize(end - self.width + before, 0.0);
        self.weights.extend(weights.map(|weight| weight as f32));
        assert!(self.weights.len() <= end, "neighbours lie in the source");
        self.weights.resize(end, 0.0);
    }

    /// For each new pixel, the index of its first neighbour and the weights.
    pub fn each(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let firsts = self.firsts.iter().copied();
        firsts.zip(self.weights.chunks_exact(self.width))
    }

    /// Of an image of `size` new pixels: the first neighbours, and all weights.
    pub(super) fn of_image(&self, image: usize, size: usize) -> (&[usize], &[f32]) {
        let firsts = &self.firsts[image * size..][..size];
        (
            firsts,
            &self.weights[image * size * self.width..][..size * self.width],
        )
    }
}

/// A change of an image's colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// All values times a factor, then clamped.
    Brightness(f32),
    /// Away from the image's mean grey by a factor, then clamped.
    Contrast(f32),
    /// Away from each pixel's grey by a factor, then clamped.
    Saturation(f32),
    /// Rotates the hue by a part of a full turn.
    Hue(f32),
    /// Inverts values from a threshold on.
    Solarise(f32),
}

impl Change {
    /// How the kernels rotate a hue without branches.
    ///
    /// Let v be the largest value of a pixel, c its chroma (largest minus smallest), and hue be
    /// counted in sixths of a turn, red at 0, green at 2, blue at 4. A channel `u` sixths from the
    /// pixel's hue is `v - c t(u)`, where the trapezium t is 0 within one sixth, 1 beyond two, a
    /// line between. That gives back `|hue - 3| = 1 + (v + r - g - b) / c`, and hue is below 3 where
    /// there is more green than blue.
    ///
    /// What is added to `hue - 3` for each channel, so that two absolute values close the circle:
    /// `|| hue - 3 + offset | - 3 | = 3 - u`. Both terms lie in -3 to 3.
    pub(super) fn offsets(turn: f32) -> [f32; 3] {
        [0.0, 2.0, 4.0].map(|peak| (6.0 * turn - peak).rem_euclid(6.0) - 3.0)
    }
}

/// Resamples `images: [n, c, h, w]`, vertically by `rows` and horizontally by `columns`, which have
/// `n * a` and `n * b` pixels: `[n, c, a, b]`.
pub fn resample(images: Tensor<4>, rows: &Taps, columns: &Taps) -> Tensor<4> {
    let [_, _, h, w] = images.dims();
    assert_eq!([h, w], [rows.source, columns.source], "taps of the images");
    let images = images.into_dispatch();
    Tensor::from_dispatch(<Dispatch as PlainOps>::resample(images, rows, columns))
}

/// Changes the colours of `images: [n, 3, h, w]`, values 0 to 1: each image by its own list, in order.
/// A list has at most one contrast.
pub fn distort(images: Tensor<4>, changes: &[Vec<Change>]) -> Tensor<4> {
    let [n, channels, _, _] = images.dims();
    assert_eq!([n, channels], [changes.len(), 3], "a list for each image");
    if changes.iter().all(Vec::is_empty) {
        return images;
    }
    let images = images.into_dispatch();
    Tensor::from_dispatch(<Dispatch as PlainOps>::distort(images, changes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images of one row of pixels, channel by channel.
    fn row<const N: usize>(values: [f32; N]) -> Tensor<4> {
        let data = TensorData::new(values.to_vec(), [1, 3, 1, N / 3]);
        Tensor::from_data(data, &Device::flex())
    }

    fn changed<const N: usize>(values: [f32; N], change: Change) -> Vec<f32> {
        let changed = distort(row(values), &[vec![change]]);
        changed.into_data().iter().collect()
    }

    #[test]
    fn taps_stay_in_the_line_and_weigh_what_they_are_told() {
        let mut taps = Taps::new(4, 3, 2);
        taps.push(0, [0.5].into_iter());
        taps.push(3, [0.25].into_iter());
        let each: Vec<_> = taps.each().collect();
        assert_eq!(each, [(0, &[0.5, 0.0, 0.0][..]), (1, &[0.0, 0.0, 0.25])]);
    }

    #[test]
    fn each_image_is_made_of_its_own_taps() {
        let device = Device::flex();
        let images = Tensor::<1, Int>::arange(0..12, &device).float();
        let mut rows = Taps::new(2, 2, 2);
        rows.push(0, [1.0].into_iter());
        rows.push(0, [0.5, 0.5].into_iter());
        let mut columns = Taps::new(3, 2, 4);
        for first in [2, 0, 0, 1] {
            columns.push(first, [1.0].into_iter());
        }
        let got = resample(images.reshape([2, 1, 2, 3]), &rows, &columns);
        assert_eq!(got.dims(), [2, 1, 1, 2]);
        let values: Vec<f32> = got.into_data().iter().collect();
        assert_eq!(values, [2.0, 0.0, 7.5, 8.5]);
    }

    #[test]
    fn a_third_of_a_turn_takes_red_to_green_to_blue() {
        let third = Change::Hue(1.0 / 3.0);
        let [red, green, blue] = [[0.75, 0.25, 0.25], [0.25, 0.75, 0.25], [0.25, 0.25, 0.75]];
        assert_eq!(changed(red, third), green);
        assert_eq!(changed(green, third), blue);
        assert_eq!(changed(blue, third), red);
    }

    #[test]
    fn a_grey_has_no_hue() {
        assert_eq!(changed([0.3; 3], Change::Hue(0.2)), [0.3; 3]);
    }

    #[test]
    fn contrast_moves_away_from_the_mean_of_the_image() {
        let got = changed([0.4, 0.6, 0.4, 0.6, 0.4, 0.6], Change::Contrast(2.0));
        // The three weights of a grey sum to 0.9999.
        for (got, expected) in got.iter().zip([0.3, 0.7, 0.3, 0.7, 0.3, 0.7]) {
            assert!((got - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn changes_are_made_in_their_order() {
        let [darker, apart] = [Change::Brightness(0.5), Change::Contrast(0.0)];
        let pixels = [0.2, 1.0, 0.2, 1.0, 0.2, 1.0];
        let both = |changes: Vec<Change>| -> Vec<f32> {
            distort(row(pixels), &[changes])
                .into_data()
                .iter()
                .collect()
        };
        for got in [both(vec![darker, apart]), both(vec![apart, darker])] {
            assert!(
                got.iter().all(|value| (value - 0.3).abs() < 1e-4),
                "{got:?}"
            );
        }
        let brighter = Change::Brightness(2.0);
        // Clamped before the mean is taken, or after.
        assert!((both(vec![brighter, apart])[0] - 0.7).abs() < 1e-4);
        assert!((both(vec![apart, brighter])[0] - 1.0).abs() < 1e-4);
    }
}
