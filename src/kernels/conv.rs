//! The 3 x 3 convolution and both its gradients, over images whose channels lie side by side.
//!
//! A tile of places at a time, their neighbourhoods are copied out, row by row, into a matrix that
//! stays in the cache (im2col), and multiplied. All three work on the same tiles.

use pulp::{Simd, WithSimd};

use super::product::{HIGH, Panels, add_transposed};

/// What is convolved to what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    /// Images.
    pub(super) n: usize,
    /// Height and width of the input.
    pub(super) input: [usize; 2],
    /// Channels of the input and of the output.
    pub(super) channels: [usize; 2],
    pub(super) stride: usize,
}

/// Numbers in a tile: what fits into the cache beside the weights of one panel.
const TILE: usize = 1 << 15;

impl Geometry {
    /// Height and width of the output, for padding 1.
    pub(super) fn output(&self) -> [usize; 2] {
        self.input.map(|side| (side - 1) / self.stride + 1)
    }

    /// Numbers in a neighbourhood.
    fn depth(&self) -> usize {
        9 * self.channels[0]
    }

    /// From one neighbourhood to the next in a tile: an odd number of cache lines, so that a column
    /// of them does not fall on a few places of the cache.
    fn pitch(&self) -> usize {
        let lines = (self.depth() + HIGH).div_ceil(16);
        16 * (lines | 1)
    }

    /// The places of an image, row by row, in tiles: first place and number of places.
    fn tiles(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [height, width] = self.output();
        let places = height * width;
        let most = (TILE / self.pitch()).next_multiple_of(HIGH);
        (0..places)
            .step_by(most)
            .map(move |first| (first, most.min(places - first)))
    }

    /// For each place of a tile, and each row of its neighbourhood within the image: where the row
    /// starts in the neighbourhood, and which numbers of the image it is.
    #[inline(always)]
    fn rows(
        &self,
        (first, count): (usize, usize),
        mut each: impl FnMut(usize, usize, std::ops::Range<usize>),
    ) {
        let [_, across] = self.output();
        let ([height, width], c) = (self.input, self.channels[0]);
        for place in 0..count {
            let (y, x) = ((first + place) / across, (first + place) % across);
            let (top, left) = (y * self.stride, x * self.stride);
            // One to the left and above, where there is one.
            let skipped = usize::from(left == 0);
            let columns = left + skipped..(left + 3).min(width + 1);
            for row in usize::from(top == 0)..3.min(height + 1 - top) {
                let start = (top + row - 1) * width;
                let range = (start + columns.start - 1) * c..(start + columns.end - 1) * c;
                each(place, (3 * row + skipped) * c, range);
            }
        }
    }

    /// Copies the neighbourhoods of a tile out of an image.
    #[inline(always)]
    fn gather(&self, image: &[f32], tile: (usize, usize), out: &mut Vec<f32>) {
        let pitch = self.pitch();
        out.clear();
        out.resize(tile.1 * pitch, 0.0);
        self.rows(tile, |place, start, range| {
            let start = place * pitch + start;
            out[start..start + range.len()].copy_from_slice(&image[range]);
        });
    }

    /// Adds neighbourhoods, `[count, depth]`, to the image they are of.
    #[inline(always)]
    fn scatter(&self, from: &[f32], tile: (usize, usize), image: &mut [f32]) {
        let depth = self.depth();
        self.rows(tile, |place, start, range| {
            let start = place * depth + start;
            let from = &from[start..start + range.len()];
            for (to, from) in image[range].iter_mut().zip(from) {
                *to += from;
            }
        });
    }

    fn sizes(&self) -> [usize; 2] {
        let size = |[height, width]: [usize; 2], channels| height * width * channels;
        let [from, to] = self.channels;
        [size(self.input, from), size(self.output(), to)]
    }

    /// Where the weight of a number of the neighbourhood and an output channel lies in `weights:
    /// [to, from, 3, 3]`.
    fn weight(&self, number: usize, to: usize) -> usize {
        let from = self.channels[0];
        (to * from + number % from) * 9 + number / from
    }
}

/// `x: [n, h, w, from]` and `weights: [to, from, 3, 3]` to `[n, h', w', to]`.
pub(super) struct Forward<'a> {
    pub(super) g: Geometry,
    pub(super) x: &'a [f32],
    pub(super) weights: &'a [f32],
}

impl WithSimd for Forward<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { g, x, weights } = self;
        let ([from, to], [_, channels]) = (g.sizes(), g.channels);
        let weight = |i, o| weights[g.weight(i, o)];
        let weights = Panels::pack(simd, g.depth(), channels, weight);
        let mut out = vec![0.0; g.n * to];
        let mut tile = Vec::new();
        for (image, out) in x.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
            for (first, count) in g.tiles() {
                g.gather(image, (first, count), &mut tile);
                let out = &mut out[first * channels..(first + count) * channels];
                weights.times(simd, &tile, g.pitch(), out);
            }
        }
        out
    }
}

/// The gradient of `x` for that of the output, `grad: [n, h', w', to]`.
pub(super) struct OfInput<'a> {
    pub(super) g: Geometry,
    pub(super) weights: &'a [f32],
    pub(super) grad: &'a [f32],
}

impl WithSimd for OfInput<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { g, weights, grad } = self;
        let ([from, to], [_, channels]) = (g.sizes(), g.channels);
        let weight = |o, i| weights[g.weight(i, o)];
        let weights = Panels::pack(simd, channels, g.depth(), weight);
        let mut out = vec![0.0; g.n * from];
        let mut tile = Vec::new();
        for (grad, image) in grad.chunks_exact(to).zip(out.chunks_exact_mut(from)) {
            for (first, count) in g.tiles() {
                tile.resize(count * g.depth(), 0.0);
                let grad = &grad[first * channels..(first + count) * channels];
                weights.times(simd, grad, channels, &mut tile);
                g.scatter(&tile, (first, count), image);
            }
        }
        out
    }
}

/// The gradient of the weights, `[to, from, 3, 3]`.
pub(super) struct OfWeights<'a> {
    pub(super) g: Geometry,
    pub(super) x: &'a [f32],
    pub(super) grad: &'a [f32],
}

impl WithSimd for OfWeights<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { g, x, grad } = self;
        let ([from, to], [_, channels]) = (g.sizes(), g.channels);
        let mut sums = vec![0.0; g.depth() * channels];
        let (mut tile, mut panel) = (Vec::new(), Vec::new());
        for (image, grad) in x.chunks_exact(from).zip(grad.chunks_exact(to)) {
            for (first, count) in g.tiles() {
                g.gather(image, (first, count), &mut tile);
                let grad = &grad[first * channels..(first + count) * channels];
                let steps = [g.pitch(), channels];
                add_transposed(simd, [&tile, grad], steps, &mut sums, &mut panel);
            }
        }
        let mut out = vec![0.0; sums.len()];
        for (i, row) in sums.chunks_exact(channels).enumerate() {
            for (o, sum) in row.iter().enumerate() {
                out[g.weight(i, o)] = *sum;
            }
        }
        out
    }
}
