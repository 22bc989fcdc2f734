//! The 3 x 3 convolution and both its gradients, over channels-last images (NHWC).
//!
//! In a padded channels-last image, the three taps of a kernel row are `3 c` contiguous elements,
//! wherever the kernel is. So all three passes are matrix products whose rows are slices of the
//! padded images: no im2col, only a padded copy of a few images at a time, which stays in the cache.

use std::array;

use pulp::{Simd, WithSimd};

use super::gemm::{MR, Panel, RegisterTile, nr, pack, panels};
use super::{threads, winograd};

/// The shapes of a convolution.
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

/// Output pixels of the images that are worked on together, if one image has no more.
const BATCH_PIXELS: usize = 128;

/// Shares of the batch that sum the gradient of the weights separately. Their number does not depend
/// on the threads, so neither does the rounding.
const SHARES: usize = 8;

impl Geometry {
    /// Height and width of the output, for padding 1.
    pub(super) fn output(&self) -> [usize; 2] {
        self.input.map(|side| (side - 1) / self.stride + 1)
    }

    /// Pixels of an image of the output.
    fn pixels(&self) -> usize {
        self.output().iter().product()
    }

    /// Elements under a row of the kernel: three taps of all channels.
    fn kernel_row(&self) -> usize {
        3 * self.channels[0]
    }

    /// Elements of a row of a padded image.
    fn pitch(&self) -> usize {
        (self.input[1] + 2) * self.channels[0]
    }

    /// Images that are worked on together.
    fn batch(&self) -> usize {
        (BATCH_PIXELS / self.pixels()).clamp(1, self.n)
    }

    /// Does `work` on a few images at a time, in all threads. `sizes` are the elements of an image
    /// of `source` and of `target`.
    #[inline(always)]
    fn each_batch<S: Simd>(
        &self,
        simd: S,
        (source, target): (&[f32], &mut [f32]),
        sizes: [usize; 2],
        work: impl Fn(&mut Padded, &[f32], &mut [f32]) + Sync,
    ) {
        let chunk = threads::chunk(self.n, self.batch());
        let chunk = sizes.map(|size| chunk * size);
        threads::each_with(
            simd,
            source.chunks(chunk[0]).zip(target.chunks_mut(chunk[1])),
            #[inline(always)]
            |(source, target)| {
                let mut padded = self.padded();
                let sizes = sizes.map(|size| padded.images * size);
                let batches = source.chunks(sizes[0]).zip(target.chunks_mut(sizes[1]));
                for (source, target) in batches {
                    work(&mut padded, source, target);
                }
            },
        );
    }

    /// Elements of an image of the input, and of the output.
    fn sizes(&self) -> [usize; 2] {
        let [height, width] = self.input;
        let [c_in, c_out] = self.channels;
        [height * width * c_in, self.pixels() * c_out]
    }

    /// Padded images, all zero, as many as are worked on together.
    fn padded(&self) -> Padded {
        let images = self.batch();
        let size = (self.input[0] + 2) * self.pitch();
        let [_, width] = self.output();
        let window = |pixel: usize| {
            let (image, pixel) = (pixel / self.pixels(), pixel % self.pixels());
            let (y, x) = (pixel / width, pixel % width);
            image * size + self.stride * (y * self.pitch() + x * self.channels[0])
        };
        Padded {
            g: *self,
            images,
            windows: (0..images * self.pixels()).map(window).collect(),
            values: vec![0.0; images * size],
        }
    }

    /// `weights: [c_out, c_in, 3, 3]` as `[c_out, 3, 3, c_in]`.
    fn channels_last(&self, weights: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; weights.len()];
        let [c_in, c_out] = self.channels;
        for o in 0..c_out {
            for i in 0..c_in {
                for tap in 0..9 {
                    out[(o * 9 + tap) * c_in + i] = weights[(o * c_in + i) * 9 + tap];
                }
            }
        }
        out
    }
}

/// A few images of the input, padded with zeros.
struct Padded {
    g: Geometry,
    images: usize,
    /// For each pixel of the output, the index of the first element under the kernel.
    windows: Vec<usize>,
    values: Vec<f32>,
}

impl Padded {
    /// Elements of as many images of the input, and of the output.
    fn sizes(&self) -> [usize; 2] {
        self.g.sizes().map(|size| self.images * size)
    }

    /// The rows of the images without their padding.
    fn rows(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let (pitch, c) = (self.g.pitch(), self.g.channels[0]);
        let [height, _] = self.g.input;
        let images = self.values.chunks_exact_mut((height + 2) * pitch);
        let rows = images.flat_map(move |image| image.chunks_exact_mut(pitch).skip(1).take(height));
        rows.map(move |row| &mut row[c..pitch - c])
    }

    /// Copies images in; there may be fewer than there is room for.
    fn copy_in(&mut self, images: &[f32]) {
        let width = self.g.input[1] * self.g.channels[0];
        for (row, image_row) in self.rows().zip(images.chunks_exact(width)) {
            row.copy_from_slice(image_row);
        }
    }

    /// Copies images out, and leaves zeros.
    fn copy_out(&mut self, images: &mut [f32]) {
        let width = self.g.input[1] * self.g.channels[0];
        for (row, image_row) in self.rows().zip(images.chunks_exact_mut(width)) {
            image_row.copy_from_slice(row);
        }
        self.values.fill(0.0);
    }

    /// For each window, the elements at `MR` offsets in it.
    #[inline(always)]
    fn gather(&self, offsets: &[usize; MR], windows: &[usize], out: &mut [[f32; MR]]) {
        if offsets[MR - 1] - offsets[0] == MR - 1 {
            for (out, window) in out.iter_mut().zip(windows) {
                out.copy_from_slice(&self.values[window + offsets[0]..][..MR]);
            }
        } else {
            for (out, window) in out.iter_mut().zip(windows) {
                *out = offsets.map(|offset| self.values[window + offset]);
            }
        }
    }
}

/// `x: [n, h, w, c_in]` and `weights: [c_out, c_in, 3, 3]` to `[n, h', w', c_out]`.
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
        let ([_, c_out], kernel) = (g.channels, 3 * g.kernel_row());
        let weights = g.channels_last(weights);
        let weights = panels(simd, [kernel, c_out], |i, o| weights[o * kernel + i]);
        let mut out = vec![0.0; g.n * g.sizes()[1]];
        g.each_batch(
            simd,
            (x, &mut out),
            g.sizes(),
            #[inline(always)]
            |padded, x, out| {
                padded.copy_in(x);
                padded.forward(simd, &weights, out);
            },
        );
        out
    }
}

impl Padded {
    /// The output of the images: `[pixels, c_out]`.
    #[inline(always)]
    fn forward<S: Simd>(&self, simd: S, weights: &Panel<S>, out: &mut [f32]) {
        let g = self.g;
        let (c_out, kernel_row, pitch) = (g.channels[1], g.kernel_row(), g.pitch());
        let windows = &self.windows[..out.len() / c_out];
        let lefts = (0..).step_by(nr::<S>());
        for (panel, left) in weights.chunks_exact(3 * kernel_row).zip(lefts) {
            let right = c_out.min(left + nr::<S>());
            for (windows, out) in windows.chunks(MR).zip(out.chunks_mut(MR * c_out)) {
                // Rows beyond the last pixel repeat it, and are not stored.
                let windows: [usize; MR] = array::from_fn(|r| windows[r.min(windows.len() - 1)]);
                let mut tile = RegisterTile::zero(simd);
                for (row, panel) in panel.chunks_exact(kernel_row).enumerate() {
                    let rows = windows.map(|window| &self.values[window + row * pitch..]);
                    tile.add_rows(simd, rows, panel);
                }
                for (r, out) in out.chunks_exact_mut(c_out).enumerate() {
                    tile.store(simd, r, &mut out[left..right]);
                }
            }
        }
    }
}

/// The gradient of `x` for `grad: [n, h', w', c_out]`, the gradient of the output.
pub(super) struct GradX<'a> {
    pub(super) g: Geometry,
    pub(super) weights: &'a [f32],
    pub(super) grad: &'a [f32],
}

impl WithSimd for GradX<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { g, weights, grad } = self;
        if winograd::is_faster(g) {
            return winograd::grad_x(simd, g, weights, grad);
        }
        let ([_, c_out], kernel_row) = (g.channels, g.kernel_row());
        let weights = g.channels_last(weights);
        let weights: [_; 3] = array::from_fn(|row| {
            let at = |o, i| weights[(3 * o + row) * kernel_row + i];
            panels(simd, [c_out, kernel_row], at)
        });
        let [input, output] = g.sizes();
        let mut out = vec![0.0; g.n * input];
        g.each_batch(
            simd,
            (grad, &mut out),
            [output, input],
            #[inline(always)]
            |padded, grad, out| {
                padded.add_grad(simd, &weights, grad);
                padded.copy_out(out);
            },
        );
        out
    }
}

impl Padded {
    /// Adds the gradient of the images for `grad: [pixels, c_out]`, the gradient of their output.
    /// `weights` are the panels of each row of the kernel.
    #[inline(always)]
    fn add_grad<S: Simd>(&mut self, simd: S, weights: &[Vec<[S::f32s; 2]>; 3], grad: &[f32]) {
        let g = self.g;
        let (c_out, kernel_row, pitch) = (g.channels[1], g.kernel_row(), g.pitch());
        for (row, weights) in weights.iter().enumerate() {
            for (panel, left) in weights.chunks_exact(c_out).zip((0..).step_by(nr::<S>())) {
                let columns = nr::<S>().min(kernel_row - left);
                let start = row * pitch + left;
                for (windows, grad) in self.windows.chunks(MR).zip(grad.chunks(MR * c_out)) {
                    let last = grad.len() / c_out - 1;
                    let rows = array::from_fn(|r| &grad[r.min(last) * c_out..]);
                    let mut tile = RegisterTile::zero(simd);
                    tile.add_rows(simd, rows, panel);
                    for (r, window) in (0..=last).zip(windows) {
                        let out = &mut self.values[window + start..][..columns];
                        tile.add_row(simd, r, out);
                    }
                }
            }
        }
    }
}

/// The gradient of the weights, `[c_out, c_in, 3, 3]`.
pub(super) struct GradWeight<'a> {
    pub(super) g: Geometry,
    pub(super) x: &'a [f32],
    pub(super) grad: &'a [f32],
}

impl WithSimd for GradWeight<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { g, x, grad } = self;
        if winograd::is_faster(g) {
            return winograd::grad_weight(simd, g, x, grad);
        }
        let ([c_in, c_out], kernel_row, pitch) = (g.channels, g.kernel_row(), g.pitch());
        // Sums are kept tile by tile: MR elements of the kernel (rows) by NR output channels.
        let (kernel, tile_size) = (9 * c_in, MR * nr::<S>());
        let row_size = c_out.div_ceil(nr::<S>()) * tile_size;
        let size = kernel.div_ceil(MR) * row_size;
        let share = Geometry {
            n: g.n.div_ceil(SHARES),
            ..g
        };
        let mut sums = vec![0.0; g.n.div_ceil(share.n) * size];
        let [input, output] = g.sizes().map(|size| size * share.n);
        threads::each_with(
            simd,
            x.chunks(input)
                .zip(grad.chunks(output))
                .zip(sums.chunks_mut(size)),
            #[inline(always)]
            |((x, grad), sums)| {
                let mut padded = share.padded();
                let sizes = padded.sizes();
                let (mut columns, mut panels) = (Vec::new(), Vec::new());
                let zero = [simd.splat_f32s(0.0); 2];
                // Where in a window each element of the kernel is, MR at a time.
                let offset = |element: usize| element / kernel_row * pitch + element % kernel_row;
                let offsets = (0..kernel).step_by(MR).map(|first| -> [usize; MR] {
                    array::from_fn(|r| offset((first + r).min(kernel - 1)))
                });
                let offsets: Vec<_> = offsets.collect();
                for (x, grad) in x.chunks(sizes[0]).zip(grad.chunks(sizes[1])) {
                    padded.copy_in(x);
                    let windows = &padded.windows[..grad.len() / c_out];
                    panels.resize(windows.len() * c_out.div_ceil(nr::<S>()), zero);
                    pack(simd, &grad.chunks_exact(c_out), windows.len(), &mut panels);
                    columns.resize(windows.len(), [0.0; MR]);
                    for (offsets, sums) in offsets.iter().zip(sums.chunks_exact_mut(row_size)) {
                        padded.gather(offsets, windows, &mut columns);
                        let panels = panels.chunks_exact(windows.len());
                        for (panel, sums) in panels.zip(sums.chunks_exact_mut(tile_size)) {
                            let mut tile = RegisterTile::zero(simd);
                            tile.add_columns(simd, &columns, panel);
                            tile.add_to(simd, sums);
                        }
                    }
                }
            },
        );
        let mut out = vec![0.0; 9 * c_in * c_out];
        let shares = sums.chunks_exact(size);
        for (tile_row, sums) in shares.flat_map(|share| share.chunks_exact(row_size).enumerate()) {
            let lefts = (0..).step_by(nr::<S>());
            for (left, sums) in lefts.zip(sums.chunks_exact(tile_size)) {
                for (element, sums) in (tile_row * MR..kernel).zip(sums.chunks_exact(nr::<S>())) {
                    for (o, sum) in (left..c_out).zip(sums) {
                        out[(o * c_in + element % c_in) * 9 + element / c_in] += *sum;
                    }
                }
            }
        }
        out
    }
}
