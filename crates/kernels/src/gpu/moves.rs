//! The moves of the optimisers, one dispatch a parameter.

use burn::backend::TensorMetadata;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, like};
use crate::{AdamMove, MomentumMove};

/// See [`super::Plain::momentum_move`].
pub(super) fn momentum(
    param: CubeTensor,
    grad: CubeTensor,
    velocity: CubeTensor,
    by: MomentumMove,
) -> (CubeTensor, CubeTensor) {
    let [param, grad, velocity] = [param, grad, velocity].map(into_contiguous);
    let [next, next_velocity] = [(); 2].map(|()| like(&param));
    let work = Work::of(&param, param.shape().num_elements());
    momentum_move::launch(
        &param.client,
        work.count,
        work.dim,
        param.clone().into_buffer_arg(),
        grad.into_buffer_arg(),
        velocity.into_buffer_arg(),
        next.clone().into_buffer_arg(),
        next_velocity.clone().into_buffer_arg(),
        by.decay,
        by.momentum,
        by.rate,
        if by.nesterov { 1.0 } else { 0.0 },
    );
    (next, next_velocity)
}

/// See [`super::Plain::adam_move`].
pub(super) fn adam(
    param: CubeTensor,
    grad: CubeTensor,
    first: CubeTensor,
    second: CubeTensor,
    by: AdamMove,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let [param, grad, first, second] = [param, grad, first, second].map(into_contiguous);
    let [next, next_first, next_second] = [(); 3].map(|()| like(&param));
    let work = Work::of(&param, param.shape().num_elements());
    adam_move::launch(
        &param.client,
        work.count,
        work.dim,
        param.clone().into_buffer_arg(),
        grad.into_buffer_arg(),
        first.into_buffer_arg(),
        second.into_buffer_arg(),
        next.clone().into_buffer_arg(),
        next_first.clone().into_buffer_arg(),
        next_second.clone().into_buffer_arg(),
        by.keep,
        by.decay,
        by.first_kept,
        by.second_kept,
        by.epsilon,
        by.rate,
    );
    (next, next_first, next_second)
}

#[cube(launch)]
fn momentum_move(
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
    let slope = grad[at] + param[at] * decay;
    let moved = velocity[at] * momentum + slope;
    let ahead = slope + moved * momentum - moved;
    next_velocity[at] = moved;
    next[at] = param[at] - (moved + nesterov * ahead) * rate;
}

#[cube(launch)]
fn adam_move(
    param: &[f32],
    grad: &[f32],
    first: &[f32],
    second: &[f32],
    next: &mut [f32],
    next_first: &mut [f32],
    next_second: &mut [f32],
    keep: f32,
    decay: f32,
    first_kept: f32,
    second_kept: f32,
    epsilon: f32,
    rate: f32,
) {
    let at = ABSOLUTE_POS;
    if at >= next.len() {
        terminate!();
    }
    let slope = grad[at] + param[at] * decay;
    let sum = first[at] * first_kept + slope;
    let squares = second[at] * second_kept + slope * slope;
    next_first[at] = sum;
    next_second[at] = squares;
    next[at] = param[at] * keep - sum / (squares.sqrt() + epsilon) * rate;
}
