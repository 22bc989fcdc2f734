//! The 3 x 3 convolution and both its gradients, over channels-last images (NHWC).
//!
//! An invocation computes a register tile of [`TILE`] x [`TILE`] results: eight reads for sixteen
//! multiply-adds. Its rows are one pixel of several images, so that a tap is inside all of them or
//! outside all. Its columns are channels. Neighbouring invocations take neighbouring channels of the
//! same pixels: they read the same elements of the images, and their writes coalesce. The weights
//! stay as burn has them: nothing is transposed before or after.

#![allow(clippy::trivially_copy_pass_by_ref)] // an `Array` of a kernel is its registers

use burn::backend::TensorMetadata;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, empty, from_nhwc, to_nhwc};

/// Side of a register tile.
const TILE: usize = 4;

/// Invocations that keep a GPU busy: with fewer results, several share the sum of each.
const BUSY: usize = 1 << 14;

/// The shapes of a convolution.
struct Geometry {
    /// Images.
    n: usize,
    /// Height and width of the input, and of the output.
    input: [usize; 2],
    output: [usize; 2],
    c_in: usize,
    c_out: usize,
}

impl Geometry {
    fn of(x: &CubeTensor, weight: &CubeTensor, stride: usize) -> Self {
        let [n, c_in, height, width] = x.shape().dims();
        Self {
            n,
            input: [height, width],
            output: [height, width].map(|side| (side - 1) / stride + 1),
            c_in,
            c_out: weight.shape()[0],
        }
    }
}

/// See [`super::GradOps::conv3x3`].
pub(super) fn forward(x: CubeTensor, weight: CubeTensor, stride: usize) -> CubeTensor {
    let g = Geometry::of(&x, &weight, stride);
    let (x, weight) = (to_nhwc(x), into_contiguous(weight));
    let [height, width] = g.output;
    let out = empty(&x, [g.n, height, width, g.c_out]);
    let tiles = g.n.div_ceil(TILE) * height * width * g.c_out.div_ceil(TILE);
    let work = Work::of(&x, tiles);
    conv::launch(
        &out.client,
        work.count,
        work.dim,
        x.into_buffer_arg(),
        weight.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        g.n,
        g.input[0],
        g.input[1],
        height,
        width,
        g.c_in,
        g.c_out,
        stride,
    );
    from_nhwc(out)
}

/// See [`super::BackwardOps::conv3x3_grad_x`].
pub(super) fn grad_x(
    x: &CubeTensor,
    weight: CubeTensor,
    grad: CubeTensor,
    stride: usize,
) -> CubeTensor {
    let g = Geometry::of(x, &weight, stride);
    let (grad, weight) = (to_nhwc(grad), into_contiguous(weight));
    let [height, width] = g.input;
    let out = empty(&grad, [g.n, height, width, g.c_in]);
    let tiles = g.n.div_ceil(TILE) * height * width * g.c_in.div_ceil(TILE);
    let work = Work::of(&grad, tiles);
    conv_grad_x::launch(
        &out.client,
        work.count,
        work.dim,
        grad.into_buffer_arg(),
        weight.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        g.n,
        height,
        width,
        g.output[0],
        g.output[1],
        g.c_in,
        g.c_out,
        stride,
    );
    from_nhwc(out)
}

/// See [`super::BackwardOps::conv3x3_grad_weight`].
pub(super) fn grad_weight(
    x: CubeTensor,
    weight: &CubeTensor,
    grad: CubeTensor,
    stride: usize,
) -> CubeTensor {
    let g = Geometry::of(&x, weight, stride);
    let (x, grad) = (to_nhwc(x), to_nhwc(grad));
    let pixels = g.n * g.output[0] * g.output[1];
    let tiles = 9 * g.c_out.div_ceil(TILE) * g.c_in.div_ceil(TILE);
    let chunks = BUSY.div_ceil(tiles).min(pixels.div_ceil(64));
    let chunk = pixels.div_ceil(chunks);
    let parts = empty(&x, [chunks, g.c_out, g.c_in, 9]);
    let work = Work::of(&x, tiles * chunks);
    conv_grad_weight::launch(
        &parts.client,
        work.count,
        work.dim,
        x.into_buffer_arg(),
        grad.into_buffer_arg(),
        parts.clone().into_buffer_arg(),
        pixels,
        chunk,
        chunks,
        g.input[0],
        g.input[1],
        g.output[0],
        g.output[1],
        g.c_in,
        g.c_out,
        stride,
    );
    let out = empty(&parts, [g.c_out, g.c_in, 3, 3]);
    let work = Work::of(&out, g.c_out * g.c_in * 9);
    sum_of_chunks::launch(
        &out.client,
        work.count,
        work.dim,
        parts.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        chunks,
    );
    out
}

/// An empty register tile.
#[cube]
fn zeros() -> Array<f32> {
    let mut sums = Array::<f32>::new(TILE * TILE);
    #[unroll]
    for i in 0..TILE * TILE {
        sums[i] = 0.0;
    }
    sums
}

/// Adds `values * factor` to a column of the register tile.
#[cube]
fn add_column(sums: &mut Array<f32>, values: &Array<f32>, factor: f32, #[comptime] column: usize) {
    #[unroll]
    for i in 0..TILE {
        sums[i * TILE + column] += values[i] * factor;
    }
}

/// Writes the channels from `first` on of one pixel of several images, of `pixels` pixels each.
#[cube]
fn store_images(
    sums: &Array<f32>,
    out: &mut [f32],
    first_image: usize,
    n: usize,
    pixel: usize,
    pixels: usize,
    first: usize,
    channels: usize,
) {
    #[unroll]
    for i in 0..TILE {
        let image = first_image + i;
        if image < n {
            let start = (image * pixels + pixel) * channels;
            #[unroll]
            for j in 0..TILE {
                if first + j < channels {
                    out[start + first + j] = sums[i * TILE + j];
                }
            }
        }
    }
}

/// `x: [n, h, w, c_in]` and `weight: [c_out, c_in, 3, 3]` to `out: [n, h', w', c_out]`.
#[cube(launch)]
fn conv(
    x: &[f32],
    weight: &[f32],
    out: &mut [f32],
    n: usize,
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    c_in: usize,
    c_out: usize,
    stride: usize,
) {
    let channel_tiles = c_out.div_ceil(TILE);
    let first_out = ABSOLUTE_POS % channel_tiles * TILE;
    let tile = ABSOLUTE_POS / channel_tiles;
    let column = tile % out_width;
    let row = tile / out_width % out_height;
    let first_image = tile / out_width / out_height * TILE;
    if first_image >= n {
        terminate!();
    }
    let mut sums = zeros();
    for tap in 0..9usize {
        // In the padded image: one more than in the image, so never negative.
        let in_row = row * stride + tap / 3;
        let in_column = column * stride + tap % 3;
        if in_row > 0 && in_row <= height && in_column > 0 && in_column <= width {
            for c in 0..c_in {
                let mut values = Array::<f32>::new(TILE);
                #[unroll]
                for i in 0..TILE {
                    let image = usize::min(first_image + i, n - 1);
                    values[i] =
                        x[((image * height + in_row - 1) * width + in_column - 1) * c_in + c];
                }
                #[unroll]
                for j in 0..TILE {
                    let o = usize::min(first_out + j, c_out - 1);
                    add_column(&mut sums, &values, weight[(o * c_in + c) * 9 + tap], j);
                }
            }
        }
    }
    let pixel = row * out_width + column;
    store_images(
        &sums,
        out,
        first_image,
        n,
        pixel,
        out_height * out_width,
        first_out,
        c_out,
    );
}

/// `grad: [n, h', w', c_out]` and `weight: [c_out, c_in, 3, 3]` to `out: [n, h, w, c_in]`.
#[cube(launch)]
fn conv_grad_x(
    grad: &[f32],
    weight: &[f32],
    out: &mut [f32],
    n: usize,
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    c_in: usize,
    c_out: usize,
    stride: usize,
) {
    let channel_tiles = c_in.div_ceil(TILE);
    let first_in = ABSOLUTE_POS % channel_tiles * TILE;
    let tile = ABSOLUTE_POS / channel_tiles;
    let in_column = tile % width;
    let in_row = tile / width % height;
    let first_image = tile / width / height * TILE;
    if first_image >= n {
        terminate!();
    }
    let mut sums = zeros();
    for tap in 0..9usize {
        // The output pixel whose kernel has this tap here, times the stride; plus 2, so that it is
        // never negative.
        let down = in_row + 3 - tap / 3;
        let right = in_column + 3 - tap % 3;
        let row = (down - 2) / stride;
        let column = (right - 2) / stride;
        let divides =
            down >= 2 && right >= 2 && row * stride + 2 == down && column * stride + 2 == right;
        if divides && row < out_height && column < out_width {
            for o in 0..c_out {
                let mut values = Array::<f32>::new(TILE);
                #[unroll]
                for i in 0..TILE {
                    let image = usize::min(first_image + i, n - 1);
                    values[i] = grad[((image * out_height + row) * out_width + column) * c_out + o];
                }
                #[unroll]
                for j in 0..TILE {
                    let c = usize::min(first_in + j, c_in - 1);
                    add_column(&mut sums, &values, weight[(o * c_in + c) * 9 + tap], j);
                }
            }
        }
    }
    let pixel = in_row * width + in_column;
    store_images(
        &sums,
        out,
        first_image,
        n,
        pixel,
        height * width,
        first_in,
        c_in,
    );
}

/// `x: [n, h, w, c_in]` and `grad: [n, h', w', c_out]` to the gradient of the weight, summed over each
/// chunk of output pixels: `[chunks, c_out, c_in, 3, 3]`.
#[cube(launch)]
fn conv_grad_weight(
    x: &[f32],
    grad: &[f32],
    out: &mut [f32],
    pixels: usize,
    chunk: usize,
    chunks: usize,
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    c_in: usize,
    c_out: usize,
    stride: usize,
) {
    let in_tiles = c_in.div_ceil(TILE);
    let out_tiles = c_out.div_ceil(TILE);
    let first_in = ABSOLUTE_POS % in_tiles * TILE;
    let first_out = ABSOLUTE_POS / in_tiles % out_tiles * TILE;
    let tap = ABSOLUTE_POS / in_tiles / out_tiles % 9;
    let part = ABSOLUTE_POS / in_tiles / out_tiles / 9;
    if part >= chunks {
        terminate!();
    }
    let mut sums = zeros();
    for pixel in part * chunk..usize::min((part + 1) * chunk, pixels) {
        let in_row = pixel / out_width % out_height * stride + tap / 3;
        let in_column = pixel % out_width * stride + tap % 3;
        if in_row > 0 && in_row <= height && in_column > 0 && in_column <= width {
            let image = pixel / out_width / out_height;
            let at = ((image * height + in_row - 1) * width + in_column - 1) * c_in;
            let mut values = Array::<f32>::new(TILE);
            #[unroll]
            for i in 0..TILE {
                values[i] = x[at + usize::min(first_in + i, c_in - 1)];
            }
            #[unroll]
            for j in 0..TILE {
                let o = usize::min(first_out + j, c_out - 1);
                add_column(&mut sums, &values, grad[pixel * c_out + o], j);
            }
        }
    }
    #[unroll]
    for j in 0..TILE {
        if first_out + j < c_out {
            #[unroll]
            for i in 0..TILE {
                if first_in + i < c_in {
                    let channels = (part * c_out + first_out + j) * c_in + first_in + i;
                    out[channels * 9 + tap] = sums[i * TILE + j];
                }
            }
        }
    }
}

/// The sum of `parts: [chunks, ...]` over chunks.
#[cube(launch)]
fn sum_of_chunks(parts: &[f32], out: &mut [f32], chunks: usize) {
    let at = ABSOLUTE_POS;
    if at >= out.len() {
        terminate!();
    }
    let mut sum = 0.0f32;
    for part in 0..chunks {
        sum += parts[part * out.len() + at];
    }
    out[at] = sum;
}
