//! The kernels on the CPU, with the widest vectors it has.

#![allow(clippy::inline_always)] // only what is inlined is compiled for the vectors of this CPU

use burn::backend::Flex;
use burn::prelude::*;
use burn_flex::FlexTensor;
use pulp::{Arch, WithSimd};

use super::{AdamMove, Change, Kernels, MomentumMove, Plain, Slopes, Taps};

mod conv;
mod moves;
mod norm;
mod pixels;
mod product;
pub(super) mod threads;
mod winograd;

use conv::Geometry;
use norm::Norm;

impl Plain for Flex {
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
        let x = side_by_side(x);
        let c = x.layout().shape()[3];
        let mut running = [mean, variance].map(|kept| kept.to_contiguous().storage().to_vec());
        let moments = norm::moments(x.storage(), [groups, c], &mut running, momentum);
        let [mean, variance] = running.map(|kept| tensor(kept, [c]));
        (tensor(moments, [groups, 2, c]), mean, variance)
    }

    fn momentum_move(
        param: FlexTensor,
        grad: FlexTensor,
        velocity: FlexTensor,
        by: MomentumMove,
    ) -> (FlexTensor, FlexTensor) {
        let [mut param, grad, mut velocity] = [param, grad, velocity].map(|x| x.to_contiguous());
        moves::momentum(
            param.storage_mut(),
            grad.storage(),
            velocity.storage_mut(),
            by,
        );
        (param, velocity)
    }

    fn adam_move(
        param: FlexTensor,
        grad: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        by: AdamMove,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [mut param, grad, mut first, mut second] =
            [param, grad, first, second].map(|x| x.to_contiguous());
        let sums = [first.storage_mut(), second.storage_mut()];
        moves::adam(param.storage_mut(), grad.storage(), sums, by);
        (param, first, second)
    }
}

impl Kernels for Flex {
    fn conv3x3(x: FlexTensor, weight: FlexTensor, stride: usize) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let (x, weight) = (side_by_side(x), weight.to_contiguous());
        let out = compute(conv::Forward {
            g,
            x: x.storage(),
            weights: weight.storage(),
        });
        let [height, width] = g.output();
        features(out, [g.n, height, width, g.channels[1]])
    }

    fn norm_relu(
        x: FlexTensor,
        moments: FlexTensor,
        gain: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
    ) -> FlexTensor {
        let x = side_by_side(x);
        let [moments, gain, shift] = [moments, gain, shift].map(|part| part.to_contiguous());
        let norm = norm_of([&moments, &gain, &shift], epsilon);
        let out = norm::forward(x.storage(), norm);
        features(out, x.layout().shape().dims())
    }
}

impl Slopes for Flex {
    fn conv3x3_by_x(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        stride: usize,
    ) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let (weight, grad) = (weight.to_contiguous(), side_by_side(grad));
        let slope = compute(conv::OfInput {
            g,
            weights: weight.storage(),
            grad: grad.storage(),
        });
        let [height, width] = g.input;
        features(slope, [g.n, height, width, g.channels[0]])
    }

    fn conv3x3_by_weight(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        stride: usize,
    ) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let [x, grad] = [x, grad].map(side_by_side);
        let slope = compute(conv::OfWeights {
            g,
            x: x.storage(),
            grad: grad.storage(),
        });
        let [from, to] = g.channels;
        tensor(slope, [to, from, 3, 3])
    }

    fn norm_relu_by_all(
        x: FlexTensor,
        parts: [FlexTensor; 3],
        epsilon: f64,
        grad: FlexTensor,
    ) -> [FlexTensor; 3] {
        let [x, mut grad] = [x, grad].map(side_by_side);
        let parts = parts.map(|part| part.to_contiguous());
        let norm = norm_of(parts.each_ref(), epsilon);
        let by_parts = norm::backward(x.storage(), norm, grad.storage_mut());
        let [by_gain, by_shift] = by_parts.map(|by| {
            let channels = by.len();
            tensor(by, [channels])
        });
        [grad.permute(&[0, 3, 1, 2]), by_gain, by_shift]
    }
}

/// `x: [n, c, h, w]` as `[n, h, w, c]`, one number after the other; a copy only where it is not yet.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so that no other owner is left, and it can be changed in place"
)]
fn side_by_side(x: FlexTensor) -> FlexTensor {
    x.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// What [`side_by_side`] takes apart.
fn features(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    tensor(values, shape).permute(&[0, 3, 1, 2])
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, stride: usize) -> Geometry {
    let [n, from, height, width] = x.layout().shape().dims();
    let [to, depth, 3, 3] = weight.layout().shape().dims() else {
        panic!("a kernel of 3 x 3")
    };
    assert_eq!(from, depth, "channels of image and kernel");
    Geometry {
        n,
        input: [height, width],
        channels: [from, to],
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
