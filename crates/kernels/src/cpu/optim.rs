//! The steps of the optimisers, each in one pass over a parameter.

use pulp::Arch;

use crate::{AdamStep, SgdStep};

/// See [`SgdStep`].
pub(super) fn sgd(param: &mut [f32], grad: &[f32], velocity: &mut [f32], step: SgdStep) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((param, grad), velocity) in param.iter_mut().zip(grad).zip(velocity.iter_mut()) {
                let grad = grad + *param * step.decay;
                *velocity = *velocity * step.momentum + grad;
                let ahead = grad + *velocity * step.momentum;
                *param -= if step.nesterov { ahead } else { *velocity } * step.rate;
            }
        },
    );
}

/// See [`AdamStep`].
pub(super) fn adam(param: &mut [f32], grad: &[f32], [m, v]: [&mut [f32]; 2], step: AdamStep) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let moments = m.iter_mut().zip(v.iter_mut());
            for ((param, grad), (m, v)) in param.iter_mut().zip(grad).zip(moments) {
                let grad = grad + *param * step.decay;
                *m = *m * step.beta1 + grad;
                *v = *v * step.beta2 + grad * grad;
                *param = *param * step.keep - *m / (v.sqrt() + step.epsilon) * step.rate;
            }
        },
    );
}
