//! The kernels on a GPU.
//!
//! Neighbouring units work on neighbouring channels, which lie side by side: what they read and
//! write comes in whole lines. Sums over the many rows of a map are taken in two dispatches, over
//! about as many chunks as a chunk has rows, so that thousands of units work at once and none for
//! long. No workgroup memory, no subgroups: there is nothing that a limit of WebGPU could refuse.

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::prelude::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_wgpu::{CubeBackend, CubeTensor};
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::*;

use super::{AdamMove, Change, Kernels, MomentumMove, Plain, Slopes, Taps};

mod conv;
mod moves;
mod norm;
mod pixels;

impl Plain for CubeBackend {
    fn resample(images: CubeTensor, rows: &Taps, columns: &Taps) -> CubeTensor {
        pixels::resample(images, rows, columns)
    }

    fn distort(images: CubeTensor, changes: &[Vec<Change>]) -> CubeTensor {
        pixels::distort(images, changes)
    }

    fn moments(
        x: CubeTensor,
        mean: CubeTensor,
        variance: CubeTensor,
        groups: usize,
        momentum: f64,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        norm::moments(x, mean, variance, groups, momentum)
    }

    fn momentum_move(
        param: CubeTensor,
        grad: CubeTensor,
        velocity: CubeTensor,
        by: MomentumMove,
    ) -> (CubeTensor, CubeTensor) {
        moves::momentum(param, grad, velocity, by)
    }

    fn adam_move(
        param: CubeTensor,
        grad: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        by: AdamMove,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        moves::adam(param, grad, first, second, by)
    }
}

impl Kernels for CubeBackend {
    fn conv3x3(x: CubeTensor, weight: CubeTensor, stride: usize) -> CubeTensor {
        conv::forward(x, weight, stride)
    }

    fn norm_relu(
        x: CubeTensor,
        moments: CubeTensor,
        gain: CubeTensor,
        shift: CubeTensor,
        epsilon: f64,
    ) -> CubeTensor {
        norm::forward(x, moments, gain, shift, epsilon)
    }
}

impl Slopes for CubeBackend {
    fn conv3x3_by_x(
        x: CubeTensor,
        weight: CubeTensor,
        grad: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        conv::by_x(&x, weight, grad, stride)
    }

    fn conv3x3_by_weight(
        x: CubeTensor,
        weight: CubeTensor,
        grad: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        conv::by_weight(x, &weight, grad, stride)
    }

    fn norm_relu_by_all(
        x: CubeTensor,
        parts: [CubeTensor; 3],
        epsilon: f64,
        grad: CubeTensor,
    ) -> [CubeTensor; 3] {
        norm::backward(x, parts, epsilon, grad)
    }
}

/// `x: [n, c, h, w]` as `[n, h, w, c]`, one number after the other; a copy only where it is not yet.
fn side_by_side(x: CubeTensor) -> CubeTensor {
    into_contiguous(CubeBackend::float_permute(x, &[0, 2, 3, 1]))
}

/// What [`side_by_side`] takes apart.
fn features(x: CubeTensor) -> CubeTensor {
    CubeBackend::float_permute(x, &[0, 3, 1, 2])
}

fn empty<const D: usize>(beside: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    let (client, device) = (beside.client.clone(), beside.device.clone());
    empty_device_contiguous_dtype(client, device, Shape::new(shape), beside.dtype)
}

fn like(x: &CubeTensor) -> CubeTensor {
    let (client, device) = (x.client.clone(), x.device.clone());
    empty_device_contiguous_dtype(client, device, x.shape(), x.dtype)
}

/// One unit for each thing to do.
struct Work {
    count: CubeCount,
    dim: CubeDim,
}

impl Work {
    fn of(x: &CubeTensor, things: usize) -> Self {
        let dim = CubeDim::new(&x.client, things);
        let count = calculate_cube_count_elemwise(&x.client, things, dim);
        Self { count, dim }
    }
}
