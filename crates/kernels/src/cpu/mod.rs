//! The kernels on the CPU, with the widest vectors it has.

#![allow(clippy::inline_always)] // only what is inlined is compiled for the vectors of this CPU

use burn::backend::Flex;
use burn::prelude::*;
use burn_flex::FlexTensor;
use pulp::{Arch, WithSimd};

use super::{AdamStep, BackwardOps, Change, GradOps, PlainOps, SgdStep, Taps};

mod conv;
mod gemm;
mod norm;
mod optim;
mod pixels;
pub(super) mod threads;
mod winograd;

use conv::Geometry;
use norm::Norm;

impl PlainOps for Flex {
    fn resample(images: FlexTensor, rows: &Taps, columns: &Taps) -> FlexTensor {
        let images = images.to_contiguous();
        let shape @ [n, c, _, _] = images.layout().shape().dims();
        let out = pixels::resample(images.storage(), shape, rows, columns);
        let [height, width] = [rows, columns].map(|taps| taps.firsts.len() / n);
        tensor(out, [n, c, height, width])
    }

    fn distort(images: FlexTensor, changes: &[Vec<Change>]) -> FlexTensor {
        let mut images = images.to_contiguous();
        pixels::distort(images.storage_mut(), changes);
        images
    }

    fn moments(
        x: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        groups: usize,
        momentum: f64,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let x = to_nhwc(x);
        let c = x.layout().shape()[3];
        let mut running = [mean, variance].map(|state| state.to_contiguous().storage().to_vec());
        let moments = norm::moments(x.storage(), [groups, c], &mut running, momentum);
        let [mean, variance] = running.map(|state| tensor(state, [c]));
        (tensor(moments, [groups, 2, c]), mean, variance)
    }

    fn sgd_step(
        param: FlexTensor,
        grad: FlexTensor,
        velocity: FlexTensor,
        step: SgdStep,
    ) -> (FlexTensor, FlexTensor) {
        let [mut param, grad, mut velocity] = [param, grad, velocity].map(|x| x.to_contiguous());
        optim::sgd(
            param.storage_mut(),
            grad.storage(),
            velocity.storage_mut(),
            step,
        );
        (param, velocity)
    }

    fn adam_step(
        param: FlexTensor,
        grad: FlexTensor,
        m: FlexTensor,
        v: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [mut param, grad, mut m, mut v] = [param, grad, m, v].map(|x| x.to_contiguous());
        let moments = [m.storage_mut(), v.storage_mut()];
        optim::adam(param.storage_mut(), grad.storage(), moments, step);
        (param, m, v)
    }
}

impl GradOps for Flex {
    fn conv3x3(x: FlexTensor, weight: FlexTensor, stride: usize) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let (x, weight) = (to_nhwc(x), weight.to_contiguous());
        let out = compute(conv::Forward {
            g,
            x: x.storage(),
            weights: weight.storage(),
        });
        let [height, width] = g.output();
        from_nhwc(out, [g.n, height, width, g.channels[1]])
    }

    fn norm_relu(
        x: FlexTensor,
        moments: FlexTensor,
        gain: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
    ) -> FlexTensor {
        let x = to_nhwc(x);
        let [moments, gain, shift] = [moments, gain, shift].map(|param| param.to_contiguous());
        let norm = norm_of([&moments, &gain, &shift], epsilon);
        let out = norm::forward(x.storage(), norm);
        from_nhwc(out, x.layout().shape().dims())
    }
}

impl BackwardOps for Flex {
    fn conv3x3_grad_x(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        stride: usize,
    ) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let (weight, grad) = (weight.to_contiguous(), to_nhwc(grad));
        let grad_x = compute(conv::GradX {
            g,
            weights: weight.storage(),
            grad: grad.storage(),
        });
        let [height, width] = g.input;
        from_nhwc(grad_x, [g.n, height, width, g.channels[0]])
    }

    fn conv3x3_grad_weight(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        stride: usize,
    ) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let [x, grad] = [x, grad].map(to_nhwc);
        let grad_weight = compute(conv::GradWeight {
            g,
            x: x.storage(),
            grad: grad.storage(),
        });
        let [c_in, c_out] = g.channels;
        tensor(grad_weight, [c_out, c_in, 3, 3])
    }

    fn norm_relu_grads(
        x: FlexTensor,
        params: [FlexTensor; 3],
        epsilon: f64,
        grad: FlexTensor,
    ) -> [FlexTensor; 3] {
        let [x, mut grad] = [x, grad].map(to_nhwc);
        let params = params.map(|param| param.to_contiguous());
        let norm = norm_of(params.each_ref(), epsilon);
        let grads = norm::backward(x.storage(), norm, grad.storage_mut());
        let [grad_gain, grad_shift] = grads.map(|grad| {
            let channels = grad.len();
            tensor(grad, [channels])
        });
        [grad.permute(&[0, 3, 1, 2]), grad_gain, grad_shift]
    }
}

/// `x: [n, c, h, w]` as a contiguous `[n, h, w, c]`; copies only if it does not lie so already.
#[expect(
    clippy::needless_pass_by_value,
    reason = "another owner would prevent changes in place"
)]
fn to_nhwc(x: FlexTensor) -> FlexTensor {
    x.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// Contiguous values of `[n, h, w, c]` as a tensor `[n, c, h, w]`: the inverse of [`to_nhwc`].
fn from_nhwc(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    tensor(values, shape).permute(&[0, 3, 1, 2])
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, stride: usize) -> Geometry {
    let [n, c_in, height, width] = x.layout().shape().dims();
    let [c_out, depth, 3, 3] = weight.layout().shape().dims() else {
        panic!("a kernel of 3 x 3")
    };
    assert_eq!(c_in, depth, "channels of image and kernel");
    Geometry {
        n,
        input: [height, width],
        channels: [c_in, c_out],
        stride,
    }
}

fn norm_of([moments, gain, shift]: [&FlexTensor; 3], epsilon: f64) -> Norm<'_> {
    Norm {
        moments: moments.storage(),
        gain: gain.storage(),
        shift: shift.storage(),
        epsilon,
    }
}

/// Runs `op` with the widest vectors of this CPU.
fn compute<Op: WithSimd>(op: Op) -> Op::Output {
    Arch::new().dispatch(op)
}
