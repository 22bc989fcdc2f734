//! Batch norm and `ReLU` in one, over channels-last features: `[rows, c]`, a row for each pixel.

#![allow(clippy::cast_possible_truncation)] // constants fit

use burn::backend::TensorMetadata;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, empty, from_nhwc, like, to_nhwc};

/// See [`super::PlainOps::moments`].
pub(super) fn moments(
    x: CubeTensor,
    mean: CubeTensor,
    variance: CubeTensor,
    groups: usize,
    momentum: f64,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let x = to_nhwc(x);
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
    let [next_mean, next_variance] = [(); 2].map(|()| empty(&x, [sizes.c]));
    let work = Work::of(&x, sizes.c);
    combine_moments::launch(
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

/// See [`super::GradOps::norm_relu`].
pub(super) fn forward(
    x: CubeTensor,
    moments: CubeTensor,
    gain: CubeTensor,
    shift: CubeTensor,
    epsilon: f64,
) -> CubeTensor {
    let x = to_nhwc(x);
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
    from_nhwc(out)
}

/// See [`super::BackwardOps::norm_relu_grads`].
pub(super) fn backward(
    x: CubeTensor,
    params: [CubeTensor; 3],
    epsilon: f64,
    grad: CubeTensor,
) -> [CubeTensor; 3] {
    let (x, grad) = (to_nhwc(x), to_nhwc(grad));
    let [moments, gain, shift] = params.map(into_contiguous);
    let groups = moments.shape()[0];
    let sizes = Sizes::of(&x, groups);
    let sums = empty(&x, [groups, sizes.chunks, 2, sizes.c]);
    let work = Work::of(&x, groups * sizes.chunks * sizes.c);
    chunk_param_grads::launch(
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
    let param_grads = empty(&x, [groups, 2, sizes.c]);
    let [grad_gain, grad_shift] = [(); 2].map(|()| like(&gain));
    let work = Work::of(&x, sizes.c);
    sum_param_grads::launch(
        &x.client,
        work.count,
        work.dim,
        sums.into_buffer_arg(),
        param_grads.clone().into_buffer_arg(),
        grad_gain.clone().into_buffer_arg(),
        grad_shift.clone().into_buffer_arg(),
        groups,
        sizes.c,
        sizes.chunks,
    );
    let grad_x = like(&x);
    let work = Work::of(&x, x.shape().num_elements());
    norm_relu_grad_x::launch(
        &grad_x.client,
        work.count,
        work.dim,
        x.into_buffer_arg(),
        grad.into_buffer_arg(),
        moments.into_buffer_arg(),
        gain.into_buffer_arg(),
        shift.into_buffer_arg(),
        param_grads.into_buffer_arg(),
        grad_x.clone().into_buffer_arg(),
        epsilon as f32,
        sizes.rows,
        sizes.c,
    );
    [from_nhwc(grad_x), grad_gain, grad_shift]
}

/// How the rows of features `[groups, rows, c]` are split for sums.
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

/// Mean of each chunk of `x: [groups, rows, c]`, and the sum of squared deviations from it:
/// `[groups, chunks, 2, c]`.
#[cube(launch)]
fn chunk_moments(x: &[f32], out: &mut [f32], rows: usize, c: usize, chunk: usize, chunks: usize) {
    let at = ABSOLUTE_POS;
    if at >= out.len() / 2 {
        terminate!();
    }
    let channel = at % c;
    let chunk_index = at / c;
    let first = chunk_index % chunks * chunk;
    let last = usize::min(first + chunk, rows);
    let group = chunk_index / chunks * rows;
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
    out[chunk_index * 2 * c + channel] = mean;
    out[(chunk_index * 2 + 1) * c + channel] = squares;
}

/// Combines the [`chunk_moments`] (Chan, Golub, `LeVeque` 1983) to means and variances of the groups,
/// `[groups, 2, c]`, and updates the running ones.
#[cube(launch)]
fn combine_moments(
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
    let mut running_mean = mean[channel];
    let mut running_variance = variance[channel];
    for group in 0..groups {
        let first = group * chunks;
        let mut sum = 0.0f32;
        for chunk_index in 0..chunks {
            let size = f32::cast_from(usize::min(chunk, rows - chunk_index * chunk));
            sum += parts[(first + chunk_index) * 2 * c + channel] * size;
        }
        let group_mean = sum / n;
        let mut squares = 0.0f32;
        for chunk_index in 0..chunks {
            let size = f32::cast_from(usize::min(chunk, rows - chunk_index * chunk));
            let apart = parts[(first + chunk_index) * 2 * c + channel] - group_mean;
            squares += parts[((first + chunk_index) * 2 + 1) * c + channel] + apart * apart * size;
        }
        let group_variance = squares / n;
        out[group * 2 * c + channel] = group_mean;
        out[(group * 2 + 1) * c + channel] = group_variance;
        running_mean = running_mean * (1.0 - momentum) + group_mean * momentum;
        running_variance = running_variance * (1.0 - momentum) + group_variance * momentum;
    }
    next_mean[channel] = running_mean;
    next_variance[channel] = running_variance;
}

/// `x: [groups, rows, c]` to `out`, of the same shape.
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
    let at = ABSOLUTE_POS;
    if at >= out.len() {
        terminate!();
    }
    let channel = at % c;
    let group = at / c / rows * 2 * c;
    let scale = gain[channel] / (moments[group + c + channel] + epsilon).sqrt();
    let value = (x[at] - moments[group + channel]) * scale + shift[channel];
    out[at] = f32::max(value, 0.0);
}

/// The gradients of shift and gain, summed over each chunk: `[groups, chunks, 2, c]`.
#[cube(launch)]
fn chunk_param_grads(
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
    let at = ABSOLUTE_POS;
    if at >= out.len() / 2 {
        terminate!();
    }
    let channel = at % c;
    let chunk_index = at / c;
    let first = chunk_index % chunks * chunk;
    let last = usize::min(first + chunk, rows);
    let group = chunk_index / chunks;
    let mean = moments[group * 2 * c + channel];
    let inverse_std = 1.0 / (moments[(group * 2 + 1) * c + channel] + epsilon).sqrt();
    let scale = gain[channel] * inverse_std;
    let level = shift[channel];
    let mut for_shift = 0.0f32;
    let mut for_gain = 0.0f32;
    for row in first..last {
        let element = (group * rows + row) * c + channel;
        let centred = x[element] - mean;
        if centred * scale + level > 0.0 {
            for_shift += grad[element];
            for_gain += grad[element] * centred;
        }
    }
    out[chunk_index * 2 * c + channel] = for_shift;
    out[(chunk_index * 2 + 1) * c + channel] = for_gain * inverse_std;
}

/// Sums the [`chunk_param_grads`]: over each group, `[groups, 2, c]`, and over all, `[c]` each.
#[cube(launch)]
fn sum_param_grads(
    parts: &[f32],
    out: &mut [f32],
    grad_gain: &mut [f32],
    grad_shift: &mut [f32],
    groups: usize,
    c: usize,
    chunks: usize,
) {
    let channel = ABSOLUTE_POS;
    if channel >= c {
        terminate!();
    }
    let mut all_for_shift = 0.0f32;
    let mut all_for_gain = 0.0f32;
    for group in 0..groups {
        let mut for_shift = 0.0f32;
        let mut for_gain = 0.0f32;
        for chunk_index in group * chunks..(group + 1) * chunks {
            for_shift += parts[chunk_index * 2 * c + channel];
            for_gain += parts[(chunk_index * 2 + 1) * c + channel];
        }
        out[group * 2 * c + channel] = for_shift;
        out[(group * 2 + 1) * c + channel] = for_gain;
        all_for_shift += for_shift;
        all_for_gain += for_gain;
    }
    grad_gain[channel] = all_for_gain;
    grad_shift[channel] = all_for_shift;
}

/// The gradient of x: directly, and through the mean and the variance. `param_grads: [groups, 2, c]`.
#[cube(launch)]
fn norm_relu_grad_x(
    x: &[f32],
    grad: &[f32],
    moments: &[f32],
    gain: &[f32],
    shift: &[f32],
    param_grads: &[f32],
    out: &mut [f32],
    epsilon: f32,
    rows: usize,
    c: usize,
) {
    let at = ABSOLUTE_POS;
    if at >= out.len() {
        terminate!();
    }
    let channel = at % c;
    let group = at / c / rows * 2 * c;
    let inverse_std = 1.0 / (moments[group + c + channel] + epsilon).sqrt();
    let scale = gain[channel] * inverse_std;
    let centred = x[at] - moments[group + channel];
    let by_moments =
        param_grads[group + channel] + centred * inverse_std * param_grads[group + c + channel];
    let mut before_relu = 0.0f32;
    if centred * scale + shift[channel] > 0.0 {
        before_relu = grad[at];
    }
    out[at] = scale * (before_relu - by_moments / f32::cast_from(rows));
}
