//! The moves of the optimisers, in one pass over a parameter.

use pulp::Arch;

use crate::{AdamMove, MomentumMove};

/// See [`MomentumMove`].
pub(super) fn momentum(param: &mut [f32], grad: &[f32], velocity: &mut [f32], by: MomentumMove) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((param, grad), velocity) in param.iter_mut().zip(grad).zip(velocity.iter_mut()) {
                let slope = grad + *param * by.decay;
                *velocity = *velocity * by.momentum + slope;
                let ahead = slope + *velocity * by.momentum;
                *param -= if by.nesterov { ahead } else { *velocity } * by.rate;
            }
        },
    );
}

/// See [`AdamMove`].
pub(super) fn adam(
    param: &mut [f32],
    grad: &[f32],
    [first, second]: [&mut [f32]; 2],
    by: AdamMove,
) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let sums = first.iter_mut().zip(second.iter_mut());
            for ((param, grad), (first, second)) in param.iter_mut().zip(grad).zip(sums) {
                let slope = grad + *param * by.decay;
                *first = *first * by.first_kept + slope;
                *second = *second * by.second_kept + slope * slope;
                *param = *param * by.keep - *first / (second.sqrt() + by.epsilon) * by.rate;
            }
        },
    );
}
