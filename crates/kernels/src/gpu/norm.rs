//! Batch norm with `ReLU`, over rows whose channels lie side by side.

#![allow(clippy::cast_possible_truncation)] // constants fit

use burn::backend::TensorMetadata;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, empty, features, like, side_by_side};

/// See [`super::Plain::moments`].
pub(super) fn moments(
    x: CubeTensor,
    mean: CubeTensor,
    variance: CubeTensor,
    groups: usize,
    momentum: f64,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let x = side_by_side(x);
    let sizes = Sizes::of(&x, groups);
    let parts = empty(&x, [groups, sizes.chunks, 2, sizes.c]);
    let work = Work::of(&x, groups * sizes.chunks * sizes.c);
    chunk_moments::launch(
        &x.client,
        work.count,
        work.dim,
        x.clone().into_buffer_arg(),
        parts.clone().into_buffer_arg(),
        sizes.rows,
        sizes.c,
        sizes.chunk,
        sizes.chunks,
    );
    let moments = empty(&x, [groups, 2, sizes.c]);
    let kept = [(); 2].map(|()| empty(&x, [sizes.c]));
    let [next_mean, next_variance] = kept;
    let work = Work::of(&x, sizes.c);
    all_moments::launch(
        &x.client,
        work.count,
        work.dim,
        parts.into_buffer_arg(),
        into_contiguous(mean).into_buffer_arg(),
        into_contiguous(variance).into_buffer_arg(),
        moments.clone().into_buffer_arg(),
        next_mean.clone().into_buffer_arg(),
        next_variance.clone().into_buffer_arg(),
        momentum as f32,
        groups,
        sizes.rows,
        sizes.c,
        sizes.chunk,
        sizes.chunks,
    );
    (moments, next_mean, next_variance)
}

/// See [`super::Kernels::norm_relu`].
pub(super) fn forward(
    x: CubeTensor,
    moments: CubeTensor,
    gain: CubeTensor,
    shift: CubeTensor,
    epsilon: f64,
) -> CubeTensor {
    let x = side_by_side(x);
    let out = like(&x);
    let sizes = Sizes::of(&x, moments.shape()[0]);
    let work = Work::of(&x, x.shape().num_elements());
    norm_relu::launch(
        &out.client,
        work.count,
        work.dim,
        x.into_buffer_arg(),
        into_contiguous(moments).into_buffer_arg(),
        into_contiguous(gain).into_buffer_arg(),
        into_contiguous(shift).into_buffer_arg(),
        out.clone().into_buffer_arg(),
        epsilon as f32,
        sizes.rows,
        sizes.c,
    );
    features(out)
}

/// See [`super::Slopes::norm_relu_by_all`].
pub(super) fn backward(
    x: CubeTensor,
    parts: [CubeTensor; 3],
    epsilon: f64,
    grad: CubeTensor,
) -> [CubeTensor; 3] {
    let (x, grad) = (side_by_side(x), side_by_side(grad));
    let [moments, gain, shift] = parts.map(into_contiguous);
    let groups = moments.shape()[0];
    let sizes = Sizes::of(&x, groups);
    let sums = empty(&x, [groups, sizes.chunks, 2, sizes.c]);
    let work = Work::of(&x, groups * sizes.chunks * sizes.c);
    chunk_flows::launch(
        &x.client,
        work.count,
        work.dim,
        x.clone().into_buffer_arg(),
        grad.clone().into_buffer_arg(),
        moments.clone().into_buffer_arg(),
        gain.clone().into_buffer_arg(),
        shift.clone().into_buffer_arg(),
        sums.clone().into_buffer_arg(),
        epsilon as f32,
        sizes.rows,
        sizes.c,
        sizes.chunk,
        sizes.chunks,
    );
    let flows = empty(&x, [groups, 2, sizes.c]);
    let [by_gain, by_shift] = [(); 2].map(|()| like(&gain));
    let work = Work::of(&x, sizes.c);
    all_flows::launch(
        &x.client,
        work.count,
        work.dim,
        sums.into_buffer_arg(),
        flows.clone().into_buffer_arg(),
        by_gain.clone().into_buffer_arg(),
        by_shift.clone().into_buffer_arg(),
        groups,
        sizes.c,
        sizes.chunks,
    );
    let by_x = like(&x);
    let work = Work::of(&x, x.shape().num_elements());
    norm_relu_by_x::launch(
        &by_x.client,
        work.count,
        work.dim,
        x.into_buffer_arg(),
        grad.into_buffer_arg(),
        moments.into_buffer_arg(),
        gain.into_buffer_arg(),
        shift.into_buffer_arg(),
        flows.into_buffer_arg(),
        by_x.clone().into_buffer_arg(),
        epsilon as f32,
        sizes.rows,
        sizes.c,
    );
    [features(by_x), by_gain, by_shift]
}

/// How the rows of a map, `[groups, rows, c]`, are parted for its sums.
#[derive(Clone, Copy)]
struct Sizes {
    rows: usize,
    c: usize,
    /// Rows of a chunk.
    chunk: usize,
    /// Chunks of a group.
    chunks: usize,
}

impl Sizes {
    fn of(x: &CubeTensor, groups: usize) -> Self {
        let c = x.shape()[3];
        let rows = x.shape().num_elements() / (groups * c);
        let chunk = rows.isqrt().max(1);
        Self {
            rows,
            c,
            chunk,
            chunks: rows.div_ceil(chunk),
        }
    }
}

/// Means of the chunks of `x: [groups, rows, c]`, and sums of squares about them:
/// `[groups, chunks, 2, c]`.
#[cube(launch)]
fn chunk_moments(x: &[f32], out: &mut [f32], rows: usize, c: usize, chunk: usize, chunks: usize) {
    let place = ABSOLUTE_POS;
    if place >= out.len() / 2 {
        terminate!();
    }
    let channel = place % c;
    let part = place / c;
    let first = part % chunks * chunk;
    let last = usize::min(first + chunk, rows);
    let group = part / chunks * rows;
    let count = f32::cast_from(last - first);
    let mut sum = 0.0f32;
    for row in first..last {
        sum += x[(group + row) * c + channel];
    }
    let mean = sum / count;
    let mut squares = 0.0f32;
    for row in first..last {
        let apart = x[(group + row) * c + channel] - mean;
        squares += apart * apart;
    }
    out[part * 2 * c + channel] = mean;
    out[(part * 2 + 1) * c + channel] = squares;
}

/// From [`chunk_moments`] to means and variances of the groups, `[groups, 2, c]`, and running ones
/// that follow them (Chan, Golub, LeVeque 1983).
#[cube(launch)]
fn all_moments(
    parts: &[f32],
    mean: &[f32],
    variance: &[f32],
    out: &mut [f32],
    next_mean: &mut [f32],
    next_variance: &mut [f32],
    momentum: f32,
    groups: usize,
    rows: usize,
    c: usize,
    chunk: usize,
    chunks: usize,
) {
    let channel = ABSOLUTE_POS;
    if channel >= c {
        terminate!();
    }
    let n = f32::cast_from(rows);
    let mut kept_mean = mean[channel];
    let mut kept_variance = variance[channel];
    for group in 0..groups {
        let first = group * chunks;
        let mut sum = 0.0f32;
        for part in 0..chunks {
            let size = f32::cast_from(usize::min(chunk, rows - part * chunk));
            sum += parts[(first + part) * 2 * c + channel] * size;
        }
        let middle = sum / n;
        let mut squares = 0.0f32;
        for part in 0..chunks {
            let size = f32::cast_from(usize::min(chunk, rows - part * chunk));
            let apart = parts[(first + part) * 2 * c + channel] - middle;
            squares += parts[((first + part) * 2 + 1) * c + channel] + apart * apart * size;
        }
        let spread = squares / n;
        out[group * 2 * c + channel] = middle;
        out[(group * 2 + 1) * c + channel] = spread;
        kept_mean = kept_mean * (1.0 - momentum) + middle * momentum;
        kept_variance = kept_variance * (1.0 - momentum) + spread * momentum;
    }
    next_mean[channel] = kept_mean;
    next_variance[channel] = kept_variance;
}

#[cube(launch)]
fn norm_relu(
    x: &[f32],
    moments: &[f32],
    gain: &[f32],
    shift: &[f32],
    out: &mut [f32],
    epsilon: f32,
    rows: usize,
    c: usize,
) {
    let place = ABSOLUTE_POS;
    if place >= out.len() {
        terminate!();
    }
    let channel = place % c;
    let group = place / c / rows * 2 * c;
    let scale = gain[channel] / (moments[group + c + channel] + epsilon).sqrt();
    let value = (x[place] - moments[group + channel]) * scale + shift[channel];
    out[place] = f32::max(value, 0.0);
}

/// What flows through the `ReLU` into the shift, and that times the distance from the mean, summed
/// over each chunk: `[groups, chunks, 2, c]`.
#[cube(launch)]
fn chunk_flows(
    x: &[f32],
    grad: &[f32],
    moments: &[f32],
    gain: &[f32],
    shift: &[f32],
    out: &mut [f32],
    epsilon: f32,
    rows: usize,
    c: usize,
    chunk: usize,
    chunks: usize,
) {
    let place = ABSOLUTE_POS;
    if place >= out.len() / 2 {
        terminate!();
    }
    let channel = place % c;
    let part = place / c;
    let first = part % chunks * chunk;
    let last = usize::min(first + chunk, rows);
    let group = part / chunks;
    let mean = moments[group * 2 * c + channel];
    let rate = 1.0 / (moments[(group * 2 + 1) * c + channel] + epsilon).sqrt();
    let scale = gain[channel] * rate;
    let level = shift[channel];
    let mut flows = 0.0f32;
    let mut products = 0.0f32;
    for row in first..last {
        let at = (group * rows + row) * c + channel;
        let apart = x[at] - mean;
        if apart * scale + level > 0.0 {
            flows += grad[at];
            products += grad[at] * apart;
        }
    }
    out[part * 2 * c + channel] = flows;
    out[(part * 2 + 1) * c + channel] = products * rate;
}

/// From [`chunk_flows`] to the gradients of shift and gain: of the groups, `[groups, 2, c]`, and of
/// all, `[c]` each.
#[cube(launch)]
fn all_flows(
    parts: &[f32],
    out: &mut [f32],
    by_gain: &mut [f32],
    by_shift: &mut [f32],
    groups: usize,
    c: usize,
    chunks: usize,
) {
    let channel = ABSOLUTE_POS;
    if channel >= c {
        terminate!();
    }
    let mut all_flows = 0.0f32;
    let mut all_products = 0.0f32;
    for group in 0..groups {
        let mut flows = 0.0f32;
        let mut products = 0.0f32;
        for part in group * chunks..(group + 1) * chunks {
            flows += parts[part * 2 * c + channel];
            products += parts[(part * 2 + 1) * c + channel];
        }
        out[group * 2 * c + channel] = flows;
        out[(group * 2 + 1) * c + channel] = products;
        all_flows += flows;
        all_products += products;
    }
    by_gain[channel] = all_products;
    by_shift[channel] = all_flows;
}

/// The gradient of x: what passes, less what every row gives back because the mean moves, and
/// because the deviation does.
#[cube(launch)]
fn norm_relu_by_x(
    x: &[f32],
    grad: &[f32],
    moments: &[f32],
    gain: &[f32],
    shift: &[f32],
    flows: &[f32],
    out: &mut [f32],
    epsilon: f32,
    rows: usize,
    c: usize,
) {
    let place = ABSOLUTE_POS;
    if place >= out.len() {
        terminate!();
    }
    let channel = place % c;
    let group = place / c / rows * 2 * c;
    let rate = 1.0 / (moments[group + c + channel] + epsilon).sqrt();
    let scale = gain[channel] * rate;
    let apart = x[place] - moments[group + channel];
    let back = flows[group + channel] + apart * rate * flows[group + c + channel];
    let mut passed = 0.0f32;
    if apart * scale + shift[channel] > 0.0 {
        passed = grad[place];
    }
    out[place] = scale * (passed - back / f32::cast_from(rows));
}
