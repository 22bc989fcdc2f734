//! The 3 x 3 convolution and both its gradients, over images whose channels lie side by side.
//!
//! A unit computes [`TILE`] x [`TILE`] results in registers: eight numbers are read for sixteen
//! products. It takes one place of several images, so that all its reads lie inside the image or
//! all outside. Neighbouring units take neighbouring channels of the same places: what they read of
//! the images is the same, what they write lies side by side. The weights stay as burn has them, so
//! nothing is turned over before or after.

#![allow(clippy::trivially_copy_pass_by_ref)] // an array of a kernel stands for its registers

use burn::backend::TensorMetadata;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, empty, features, side_by_side};

/// Side of a unit's results.
const TILE: usize = 4;

/// Units enough to keep a GPU busy: sums over more places are shared between more units.
const BUSY: usize = 1 << 14;

/// What is convolved to what.
struct Geometry {
    n: usize,
    /// Height and width of the input, and of the output.
    input: [usize; 2],
    output: [usize; 2],
    from: usize,
    to: usize,
}

impl Geometry {
    fn of(x: &CubeTensor, weight: &CubeTensor, stride: usize) -> Self {
        let [n, from, height, width] = x.shape().dims();
        Self {
            n,
            input: [height, width],
            output: [height, width].map(|side| (side - 1) / stride + 1),
            from,
            to: weight.shape()[0],
        }
    }
}

/// See [`super::Kernels::conv3x3`].
pub(super) fn forward(x: CubeTensor, weight: CubeTensor, stride: usize) -> CubeTensor {
    let g = Geometry::of(&x, &weight, stride);
    let (x, weight) = (side_by_side(x), into_contiguous(weight));
    let [height, width] = g.output;
    let out = empty(&x, [g.n, height, width, g.to]);
    let tiles = g.n.div_ceil(TILE) * height * width * g.to.div_ceil(TILE);
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
        g.from,
        g.to,
        stride,
    );
    features(out)
}

/// See [`super::Slopes::conv3x3_by_x`].
pub(super) fn by_x(
    x: &CubeTensor,
    weight: CubeTensor,
    grad: CubeTensor,
    stride: usize,
) -> CubeTensor {
    let g = Geometry::of(x, &weight, stride);
    let (grad, weight) = (side_by_side(grad), into_contiguous(weight));
    let [height, width] = g.input;
    let out = empty(&grad, [g.n, height, width, g.from]);
    let tiles = g.n.div_ceil(TILE) * height * width * g.from.div_ceil(TILE);
    let work = Work::of(&grad, tiles);
    conv_by_x::launch(
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
        g.from,
        g.to,
        stride,
    );
    features(out)
}

/// See [`super::Slopes::conv3x3_by_weight`].
pub(super) fn by_weight(
    x: CubeTensor,
    weight: &CubeTensor,
    grad: CubeTensor,
    stride: usize,
) -> CubeTensor {
    let g = Geometry::of(&x, weight, stride);
    let (x, grad) = (side_by_side(x), side_by_side(grad));
    let places = g.n * g.output[0] * g.output[1];
    let tiles = 9 * g.to.div_ceil(TILE) * g.from.div_ceil(TILE);
    let chunks = BUSY.div_ceil(tiles).min(places.div_ceil(64));
    let chunk = places.div_ceil(chunks);
    let parts = empty(&x, [chunks, g.to, g.from, 9]);
    let work = Work::of(&x, tiles * chunks);
    conv_by_weight::launch(
        &parts.client,
        work.count,
        work.dim,
        x.into_buffer_arg(),
        grad.into_buffer_arg(),
        parts.clone().into_buffer_arg(),
        places,
        chunk,
        chunks,
        g.input[0],
        g.input[1],
        g.output[0],
        g.output[1],
        g.from,
        g.to,
        stride,
    );
    let out = empty(&parts, [g.to, g.from, 3, 3]);
    let work = Work::of(&out, g.to * g.from * 9);
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

/// The results of a unit before it has read anything.
#[cube]
fn zeros() -> Array<f32> {
    let mut sums = Array::<f32>::new(TILE * TILE);
    #[unroll]
    for i in 0..TILE * TILE {
        sums[i] = 0.0;
    }
    sums
}

/// Adds the products of all values with one factor to a column of the results.
#[cube]
fn add_column(sums: &mut Array<f32>, values: &Array<f32>, factor: f32, #[comptime] column: usize) {
    #[unroll]
    for i in 0..TILE {
        sums[i * TILE + column] += values[i] * factor;
    }
}

/// Writes the channels from `first` on at one place of several images, of `places` places each.
#[cube]
fn store_images(
    sums: &Array<f32>,
    out: &mut [f32],
    first_image: usize,
    n: usize,
    place: usize,
    places: usize,
    first: usize,
    channels: usize,
) {
    #[unroll]
    for i in 0..TILE {
        let image = first_image + i;
        if image < n {
            let start = (image * places + place) * channels;
            #[unroll]
            for j in 0..TILE {
                if first + j < channels {
                    out[start + first + j] = sums[i * TILE + j];
                }
            }
        }
    }
}

/// `x: [n, h, w, from]` and `weight: [to, from, 3, 3]` to `out: [n, h', w', to]`.
#[cube(launch)]
fn conv(
    x: &[f32],
    weight: &[f32],
    out: &mut [f32],
    n: usize,
    height: usize,
    width: usize,
    rows: usize,
    columns: usize,
    from: usize,
    to: usize,
    stride: usize,
) {
    let across = to.div_ceil(TILE);
    let first_to = ABSOLUTE_POS % across * TILE;
    let tile = ABSOLUTE_POS / across;
    let column = tile % columns;
    let row = tile / columns % rows;
    let first_image = tile / columns / rows * TILE;
    if first_image >= n {
        terminate!();
    }
    let mut sums = zeros();
    for tap in 0..9usize {
        // One more than the place, so that none is below zero.
        let y = row * stride + tap / 3;
        let z = column * stride + tap % 3;
        if y > 0 && y <= height && z > 0 && z <= width {
            for c in 0..from {
                let mut values = Array::<f32>::new(TILE);
                #[unroll]
                for i in 0..TILE {
                    let image = usize::min(first_image + i, n - 1);
                    values[i] = x[((image * height + y - 1) * width + z - 1) * from + c];
                }
                #[unroll]
                for j in 0..TILE {
                    let o = usize::min(first_to + j, to - 1);
                    add_column(&mut sums, &values, weight[(o * from + c) * 9 + tap], j);
                }
            }
        }
    }
    let place = row * columns + column;
    store_images(
        &sums,
        out,
        first_image,
        n,
        place,
        rows * columns,
        first_to,
        to,
    );
}

/// `grad: [n, h', w', to]` and `weight: [to, from, 3, 3]` to `out: [n, h, w, from]`.
#[cube(launch)]
fn conv_by_x(
    grad: &[f32],
    weight: &[f32],
    out: &mut [f32],
    n: usize,
    height: usize,
    width: usize,
    rows: usize,
    columns: usize,
    from: usize,
    to: usize,
    stride: usize,
) {
    let across = from.div_ceil(TILE);
    let first_from = ABSOLUTE_POS % across * TILE;
    let tile = ABSOLUTE_POS / across;
    let z = tile % width;
    let y = tile / width % height;
    let first_image = tile / width / height * TILE;
    if first_image >= n {
        terminate!();
    }
    let mut sums = zeros();
    for tap in 0..9usize {
        // Where the kernel is when this part of it lies on the place, times the stride; 2 more
        // than that, so that none is below zero.
        let down = y + 3 - tap / 3;
        let right = z + 3 - tap % 3;
        let row = (down - 2) / stride;
        let column = (right - 2) / stride;
        let whole =
            down >= 2 && right >= 2 && row * stride + 2 == down && column * stride + 2 == right;
        if whole && row < rows && column < columns {
            for o in 0..to {
                let mut values = Array::<f32>::new(TILE);
                #[unroll]
                for i in 0..TILE {
                    let image = usize::min(first_image + i, n - 1);
                    values[i] = grad[((image * rows + row) * columns + column) * to + o];
                }
                #[unroll]
                for j in 0..TILE {
                    let c = usize::min(first_from + j, from - 1);
                    add_column(&mut sums, &values, weight[(o * from + c) * 9 + tap], j);
                }
            }
        }
    }
    let place = y * width + z;
    store_images(
        &sums,
        out,
        first_image,
        n,
        place,
        height * width,
        first_from,
        from,
    );
}

/// `x: [n, h, w, from]` and `grad: [n, h', w', to]` to the gradient of the weight over each chunk
/// of places: `[chunks, to, from, 3, 3]`.
#[cube(launch)]
fn conv_by_weight(
    x: &[f32],
    grad: &[f32],
    out: &mut [f32],
    places: usize,
    chunk: usize,
    chunks: usize,
    height: usize,
    width: usize,
    rows: usize,
    columns: usize,
    from: usize,
    to: usize,
    stride: usize,
) {
    let across = from.div_ceil(TILE);
    let down = to.div_ceil(TILE);
    let first_from = ABSOLUTE_POS % across * TILE;
    let first_to = ABSOLUTE_POS / across % down * TILE;
    let tap = ABSOLUTE_POS / across / down % 9;
    let part = ABSOLUTE_POS / across / down / 9;
    if part >= chunks {
        terminate!();
    }
    let mut sums = zeros();
    for place in part * chunk..usize::min((part + 1) * chunk, places) {
        let y = place / columns % rows * stride + tap / 3;
        let z = place % columns * stride + tap % 3;
        if y > 0 && y <= height && z > 0 && z <= width {
            let image = place / columns / rows;
            let at = ((image * height + y - 1) * width + z - 1) * from;
            let mut values = Array::<f32>::new(TILE);
            #[unroll]
            for i in 0..TILE {
                values[i] = x[at + usize::min(first_from + i, from - 1)];
            }
            #[unroll]
            for j in 0..TILE {
                let o = usize::min(first_to + j, to - 1);
                add_column(&mut sums, &values, grad[place * to + o], j);
            }
        }
    }
    #[unroll]
    for j in 0..TILE {
        if first_to + j < to {
            #[unroll]
            for i in 0..TILE {
                if first_from + i < from {
                    let channels = (part * to + first_to + j) * from + first_from + i;
                    out[channels * 9 + tap] = sums[i * TILE + j];
                }
            }
        }
    }
}

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
