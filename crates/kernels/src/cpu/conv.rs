//! The 3 x 3 convolution and both its gradients, over images whose channels lie side by side.
//!
//! In an image with a border of zeros, the three places of a kernel's row lie one after the other,
//! wherever the kernel is. So all three are products of matrices whose rows are parts of such an
//! image: nothing is copied out (no im2col) but the images into their border, a few at a time, so
//! that they stay in the cache.

use std::array;

use pulp::{Simd, WithSimd};

use super::product::{Block, HIGH, Panel, fill, panels, wide};
use super::{threads, winograd};

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

/// Places of the output that are worked on together, if one image has no more.
const TOGETHER: usize = 128;

/// Shares of the images that have sums of their own for the gradient of the weights, however many
/// threads there are: so results are the same.
const SHARES: usize = 8;

impl Geometry {
    /// Height and width of the output, for padding 1.
    pub(super) fn output(&self) -> [usize; 2] {
        self.input.map(|side| (side - 1) / self.stride + 1)
    }

    fn places(&self) -> usize {
        self.output().iter().product()
    }

    /// Numbers under a row of the kernel.
    fn reach(&self) -> usize {
        3 * self.channels[0]
    }

    /// Numbers in a row of an image with its border.
    fn pitch(&self) -> usize {
        (self.input[1] + 2) * self.channels[0]
    }

    /// Images that are worked on together.
    fn together(&self) -> usize {
        (TOGETHER / self.places()).clamp(1, self.n)
    }

    /// Does `work` on the images that are worked on together, in all threads: on what is `from` them
    /// and `to` them, of these sizes each.
    #[inline(always)]
    fn each_group<S: Simd>(
        &self,
        simd: S,
        (from, to): (&[f32], &mut [f32]),
        sizes: [usize; 2],
        work: impl Fn(&mut Group, &[f32], &mut [f32]) + Sync,
    ) {
        let share = threads::share(self.n, self.together());
        let share = sizes.map(|size| share * size);
        threads::each_with(
            simd,
            from.chunks(share[0]).zip(to.chunks_mut(share[1])),
            #[inline(always)]
            |(from, to)| {
                let mut group = self.group();
                let sizes = sizes.map(|size| group.images * size);
                for (from, to) in from.chunks(sizes[0]).zip(to.chunks_mut(sizes[1])) {
                    work(&mut group, from, to);
                }
            },
        );
    }

    /// Numbers in an image of the input, and of the output.
    fn sizes(&self) -> [usize; 2] {
        let [height, width] = self.input;
        let [from, to] = self.channels;
        [height * width * from, self.places() * to]
    }

    /// Room for images with their border that are worked on together.
    fn group(&self) -> Group {
        let images = self.together();
        let bordered = (self.input[0] + 2) * self.pitch();
        let [_, across] = self.output();
        let start = |place: usize| {
            let (image, place) = (place / self.places(), place % self.places());
            let (y, x) = (place / across, place % across);
            image * bordered + self.stride * (y * self.pitch() + x * self.channels[0])
        };
        Group {
            g: *self,
            images,
            starts: (0..images * self.places()).map(start).collect(),
            values: vec![0.0; images * bordered],
        }
    }

    /// `weights: [to, from, 3, 3]` as `[to, 3, 3, from]`.
    fn by_place(&self, weights: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; weights.len()];
        let [from, to] = self.channels;
        for o in 0..to {
            for i in 0..from {
                for place in 0..9 {
                    out[(o * 9 + place) * from + i] = weights[(o * from + i) * 9 + place];
                }
            }
        }
        out
    }
}

/// Images with a border of zeros.
struct Group {
    g: Geometry,
    images: usize,
    /// Where the numbers under the first row of the kernel start, for each place of the output.
    starts: Vec<usize>,
    values: Vec<f32>,
}

impl Group {
    /// Numbers in as many images of the input, and of the output.
    fn sizes(&self) -> [usize; 2] {
        self.g.sizes().map(|size| self.images * size)
    }

    /// The rows of the images without their border.
    fn rows(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let (pitch, c) = (self.g.pitch(), self.g.channels[0]);
        let [height, _] = self.g.input;
        let images = self.values.chunks_exact_mut((height + 2) * pitch);
        let rows = images.flat_map(move |image| image.chunks_exact_mut(pitch).skip(1).take(height));
        rows.map(move |row| &mut row[c..pitch - c])
    }

    /// Takes in images; they may be fewer than the group has room for.
    fn put(&mut self, images: &[f32]) {
        let width = self.g.input[1] * self.g.channels[0];
        for (to, from) in self.rows().zip(images.chunks_exact(width)) {
            to.copy_from_slice(from);
        }
    }

    /// Takes out a few numbers under the kernel, for each place.
    #[inline(always)]
    fn numbers(&self, at: &[usize; HIGH], starts: &[usize], out: &mut [[f32; HIGH]]) {
        if at[HIGH - 1] - at[0] == HIGH - 1 {
            for (out, start) in out.iter_mut().zip(starts) {
                out.copy_from_slice(&self.values[start + at[0]..][..HIGH]);
            }
        } else {
            for (out, start) in out.iter_mut().zip(starts) {
                *out = at.map(|at| self.values[start + at]);
            }
        }
    }

    /// Gives out images, and leaves zeros.
    fn take(&mut self, images: &mut [f32]) {
        let width = self.g.input[1] * self.g.channels[0];
        for (from, to) in self.rows().zip(images.chunks_exact_mut(width)) {
            to.copy_from_slice(from);
        }
        self.values.fill(0.0);
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
        if winograd::is_faster(g) {
            return winograd::forward(simd, g, x, weights);
        }
        let ([_, to], reach) = (g.channels, g.reach());
        let weights = g.by_place(weights);
        let weights = panels(simd, [3 * reach, to], |i, o| weights[o * 3 * reach + i]);
        let mut out = vec![0.0; g.n * g.sizes()[1]];
        g.each_group(
            simd,
            (x, &mut out),
            g.sizes(),
            #[inline(always)]
            |group, x, out| {
                group.put(x);
                group.forward(simd, &weights, out);
            },
        );
        out
    }
}

impl Group {
    /// The output of the images, `[places, to]`.
    #[inline(always)]
    fn forward<S: Simd>(&self, simd: S, weights: &Panel<S>, out: &mut [f32]) {
        let (to, reach, pitch) = (self.g.channels[1], self.g.reach(), self.g.pitch());
        let starts = &self.starts[..out.len() / to];
        for (panel, left) in weights
            .chunks_exact(3 * reach)
            .zip((0..).step_by(wide::<S>()))
        {
            let right = to.min(left + wide::<S>());
            for (starts, out) in starts.chunks(HIGH).zip(out.chunks_mut(HIGH * to)) {
                // What is beyond the last place is computed again, and not kept.
                let starts: [usize; HIGH] = array::from_fn(|r| starts[r.min(starts.len() - 1)]);
                let mut block = Block::zero(simd);
                for (row, panel) in panel.chunks_exact(reach).enumerate() {
                    let rows = starts.map(|start| &self.values[start + row * pitch..]);
                    block.add_rows(simd, rows, panel);
                }
                for (r, out) in out.chunks_exact_mut(to).enumerate() {
                    block.store(simd, r, &mut out[left..right]);
                }
            }
        }
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
        if winograd::is_faster(g) {
            return winograd::of_input(simd, g, weights, grad);
        }
        let ([_, to], reach) = (g.channels, g.reach());
        let weights = g.by_place(weights);
        let weights: [_; 3] = array::from_fn(|row| {
            panels(simd, [to, reach], |o, i| weights[(3 * o + row) * reach + i])
        });
        let [input, output] = g.sizes();
        let mut out = vec![0.0; g.n * input];
        g.each_group(
            simd,
            (grad, &mut out),
            [output, input],
            #[inline(always)]
            |group, grad, out| {
                group.add_slopes(simd, &weights, grad);
                group.take(out);
            },
        );
        out
    }
}

impl Group {
    /// Adds to the images the gradient for that of their output, with the weights under each row of
    /// the kernel.
    #[inline(always)]
    fn add_slopes<S: Simd>(&mut self, simd: S, weights: &[Vec<[S::f32s; 2]>; 3], grad: &[f32]) {
        let (to, reach, pitch) = (self.g.channels[1], self.g.reach(), self.g.pitch());
        for (row, weights) in weights.iter().enumerate() {
            for (panel, left) in weights.chunks_exact(to).zip((0..).step_by(wide::<S>())) {
                let columns = wide::<S>().min(reach - left);
                let start = row * pitch + left;
                for (starts, grad) in self.starts.chunks(HIGH).zip(grad.chunks(HIGH * to)) {
                    let last = grad.len() / to - 1;
                    let rows = array::from_fn(|r| &grad[r.min(last) * to..]);
                    let mut block = Block::zero(simd);
                    block.add_rows(simd, rows, panel);
                    for (r, place) in (0..=last).zip(starts) {
                        let out = &mut self.values[place + start..][..columns];
                        block.add_row(simd, r, out);
                    }
                }
            }
        }
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
        if winograd::is_faster(g) {
            return winograd::of_weights(simd, g, x, grad);
        }
        let ([from, to], reach, pitch) = (g.channels, g.reach(), g.pitch());
        // For each few numbers under the kernel, those of all channels.
        let (taps, size) = (9 * from, to.div_ceil(wide::<S>()) * HIGH * wide::<S>());
        let all = taps.div_ceil(HIGH) * size;
        let share = Geometry {
            n: g.n.div_ceil(SHARES),
            ..g
        };
        let mut sums = vec![0.0; g.n.div_ceil(share.n) * all];
        let [input, output] = g.sizes().map(|size| size * share.n);
        threads::each_with(
            simd,
            x.chunks(input)
                .zip(grad.chunks(output))
                .zip(sums.chunks_mut(all)),
            #[inline(always)]
            |((x, grad), sums)| {
                let mut group = share.group();
                let sizes = group.sizes();
                let (mut columns, mut panels) = (Vec::new(), Vec::new());
                let zero = [simd.splat_f32s(0.0); 2];
                // Where under the kernel a few numbers are.
                let offset = |tap: usize| tap / reach * pitch + tap % reach;
                let offsets = (0..taps).step_by(HIGH).map(|first| -> [usize; HIGH] {
                    array::from_fn(|r| offset((first + r).min(taps - 1)))
                });
                let offsets: Vec<_> = offsets.collect();
                for (x, grad) in x.chunks(sizes[0]).zip(grad.chunks(sizes[1])) {
                    group.put(x);
                    let starts = &group.starts[..grad.len() / to];
                    // A panel of channels of all places after the other.
                    panels.resize(starts.len() * to.div_ceil(wide::<S>()), zero);
                    fill(simd, &grad.chunks_exact(to), starts.len(), &mut panels);
                    columns.resize(starts.len(), [0.0; HIGH]);
                    for (offsets, sums) in offsets.iter().zip(sums.chunks_exact_mut(size)) {
                        group.numbers(offsets, starts, &mut columns);
                        let panels = panels.chunks_exact(starts.len());
                        for (panel, sums) in panels.zip(sums.chunks_exact_mut(HIGH * wide::<S>())) {
                            let mut block = Block::zero(simd);
                            block.add_columns(simd, &columns, panel);
                            block.add_to(simd, sums);
                        }
                    }
                }
            },
        );
        let mut out = vec![0.0; 9 * from * to];
        let shares = sums.chunks_exact(all);
        for (few, sums) in shares.flat_map(|share| share.chunks_exact(size).enumerate()) {
            for (left, sums) in (0..)
                .step_by(wide::<S>())
                .zip(sums.chunks_exact(HIGH * wide::<S>()))
            {
                for (tap, sums) in (few * HIGH..taps).zip(sums.chunks_exact(wide::<S>())) {
                    for (o, sum) in (left..to).zip(sums) {
                        out[(o * from + tap % from) * 9 + tap / from] += *sum;
                    }
                }
            }
        }
        out
    }
}
