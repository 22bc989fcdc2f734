//! The kernels on a GPU.
//!
//! Features are channels-last, and neighbouring invocations work on neighbouring channels: reads and
//! writes coalesce. Sums over the many rows of a feature map take two dispatches, over about as many
//! chunks as a chunk has rows: so thousands of invocations work at once, and none for long. There is
//! no workgroup memory, no subgroup operation, and no kernel binds more than seven tensors: nothing
//! that WebGPU's baseline could refuse.

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::prelude::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::*;

use super::{AdamStep, BackwardOps, Change, GradOps, PlainOps, SgdStep, Taps};

mod conv;
mod norm;
mod optim;
mod pixels;

impl PlainOps for CubeBackend {
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

    fn sgd_step(
        param: CubeTensor,
        grad: CubeTensor,
        velocity: CubeTensor,
        step: SgdStep,
    ) -> (CubeTensor, CubeTensor) {
        optim::sgd(param, grad, velocity, step)
    }

    fn adam_step(
        param: CubeTensor,
        grad: CubeTensor,
        m: CubeTensor,
        v: CubeTensor,
        step: AdamStep,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        optim::adam(param, grad, m, v, step)
    }
}

impl GradOps for CubeBackend {
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

impl BackwardOps for CubeBackend {
    fn conv3x3_grad_x(
        x: CubeTensor,
        weight: CubeTensor,
        grad: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        conv::grad_x(&x, weight, grad, stride)
    }

    fn conv3x3_grad_weight(
        x: CubeTensor,
        weight: CubeTensor,
        grad: CubeTensor,
        stride: usize,
    ) -> CubeTensor {
        conv::grad_weight(x, &weight, grad, stride)
    }

    fn norm_relu_grads(
        x: CubeTensor,
        params: [CubeTensor; 3],
        epsilon: f64,
        grad: CubeTensor,
    ) -> [CubeTensor; 3] {
        norm::backward(x, params, epsilon, grad)
    }
}

/// `x: [n, c, h, w]` as a contiguous `[n, h, w, c]`; copies only if it does not lie so already.
fn to_nhwc(x: CubeTensor) -> CubeTensor {
    into_contiguous(CubeBackend::float_permute(x, &[0, 2, 3, 1]))
}

/// `x: [n, h, w, c]` as `[n, c, h, w]`, by strides alone: the inverse of [`to_nhwc`].
fn from_nhwc(x: CubeTensor) -> CubeTensor {
    CubeBackend::float_permute(x, &[0, 3, 1, 2])
}

/// A contiguous tensor of undefined values, on the device of another.
fn empty<const D: usize>(beside: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    let (client, device) = (beside.client.clone(), beside.device.clone());
    empty_device_contiguous_dtype(client, device, Shape::new(shape), beside.dtype)
}

/// The same, of the other's shape.
fn like(x: &CubeTensor) -> CubeTensor {
    let (client, device) = (x.client.clone(), x.device.clone());
    empty_device_contiguous_dtype(client, device, x.shape(), x.dtype)
}

/// How a kernel is launched: one invocation for each result, or some more.
struct Work {
    count: CubeCount,
    dim: CubeDim,
}

impl Work {
    fn of(x: &CubeTensor, results: usize) -> Self {
        let dim = CubeDim::new(&x.client, results);
        let count = calculate_cube_count_elemwise(&x.client, results, dim);
        Self { count, dim }
    }
}
