//! The steps of the optimisers, one dispatch a parameter.

use burn::backend::TensorMetadata;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, like};
use crate::{AdamStep, SgdStep};

/// See [`super::PlainOps::sgd_step`].
pub(super) fn sgd(
    param: CubeTensor,
    grad: CubeTensor,
    velocity: CubeTensor,
    step: SgdStep,
) -> (CubeTensor, CubeTensor) {
    let [param, grad, velocity] = [param, grad, velocity].map(into_contiguous);
    let [next, next_velocity] = [(); 2].map(|()| like(&param));
    let work = Work::of(&param, param.shape().num_elements());
    sgd_step::launch(
        &param.client,
        work.count,
        work.dim,
        param.clone().into_buffer_arg(),
        grad.into_buffer_arg(),
        velocity.into_buffer_arg(),
        next.clone().into_buffer_arg(),
        next_velocity.clone().into_buffer_arg(),
        step.decay,
        step.momentum,
        step.rate,
        if step.nesterov { 1.0 } else { 0.0 },
    );
    (next, next_velocity)
}

/// See [`super::PlainOps::adam_step`].
pub(super) fn adam(
    param: CubeTensor,
    grad: CubeTensor,
    m: CubeTensor,
    v: CubeTensor,
    step: AdamStep,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let [param, grad, m, v] = [param, grad, m, v].map(into_contiguous);
    let [next, next_m, next_v] = [(); 3].map(|()| like(&param));
    let work = Work::of(&param, param.shape().num_elements());
    adam_step::launch(
        &param.client,
        work.count,
        work.dim,
        param.clone().into_buffer_arg(),
        grad.into_buffer_arg(),
        m.into_buffer_arg(),
        v.into_buffer_arg(),
        next.clone().into_buffer_arg(),
        next_m.clone().into_buffer_arg(),
        next_v.clone().into_buffer_arg(),
        step.keep,
        step.decay,
        step.beta1,
        step.beta2,
        step.epsilon,
        step.rate,
    );
    (next, next_m, next_v)
}

#[cube(launch)]
fn sgd_step(
    param: &[f32],
    grad: &[f32],
    velocity: &[f32],
    next: &mut [f32],
    next_velocity: &mut [f32],
    decay: f32,
    momentum: f32,
    rate: f32,
    nesterov: f32,
) {
    let at = ABSOLUTE_POS;
    if at >= next.len() {
        terminate!();
    }
    let d = grad[at] + param[at] * decay;
    let v = velocity[at] * momentum + d;
    let ahead = d + v * momentum - v;
    next_velocity[at] = v;
    next[at] = param[at] - (v + nesterov * ahead) * rate;
}

#[cube(launch)]
fn adam_step(
    param: &[f32],
    grad: &[f32],
    m: &[f32],
    v: &[f32],
    next: &mut [f32],
    next_m: &mut [f32],
    next_v: &mut [f32],
    keep: f32,
    decay: f32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    rate: f32,
) {
    let at = ABSOLUTE_POS;
    if at >= next.len() {
        terminate!();
    }
    let d = grad[at] + param[at] * decay;
    let sum = m[at] * beta1 + d;
    let squares = v[at] * beta2 + d * d;
    next_m[at] = sum;
    next_v[at] = squares;
    next[at] = param[at] * keep - sum / (squares.sqrt() + epsilon) * rate;
}
