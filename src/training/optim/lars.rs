//! LARS: each layer's rate from the norms of its weights and its gradient (You and others 2017, arXiv:1708.03888).

use burn::prelude::*;

use super::sgd::{accumulated, decayed};

/// The constants of LARS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lars {
    /// Length of a move as a part of the parameter's own, at rate 1.
    pub eta: f32,
    /// Part of the last move that goes on: 0 to 1.
    pub momentum: f32,
    /// Part of the parameter that is added to its gradient.
    pub weight_decay: f32,
}

/// One step of `param` by `grad`, of the same shape: `d = g + decay p`, scaled by `eta |p| / |d|` if it
/// is to `adapt`, then `v = m v + d`, `p -= rate v`. Returns the parameter and the velocity.
///
/// This is the rule of the authors of Barlow Twins and `VICReg`. Others divide by `|g| + decay |p|`
/// (lightly), or have the rate inside the velocity (`SimCLR`).
pub fn lars<const D: usize>(
    rule: Lars,
    param: Tensor<D>,
    grad: Tensor<D>,
    velocity: Option<Tensor<D>>,
    rate: f32,
    adapt: bool,
) -> (Tensor<D>, Tensor<D>) {
    let mut slope = decayed(&param, grad, rule.weight_decay);
    if adapt {
        let trust = trust_ratio(rule.eta, param.clone(), slope.clone());
        slope = slope * trust.reshape([1; D]);
    }
    let velocity = accumulated(velocity, slope, rule.momentum);
    (param - velocity.clone() * rate, velocity)
}

/// `eta |p| / |d|`, and 1 where either norm is zero: `[1]`.
///
/// It stays on the device: to read it would make every parameter of every step wait.
fn trust_ratio<const D: usize>(eta: f32, param: Tensor<D>, slope: Tensor<D>) -> Tensor<1> {
    let param = param.square().sum();
    let slope = slope.square().sum();
    // Both are zero or more, so the product would do, but it underflows long before they do.
    let undefined = param.clone().min_pair(slope.clone()).equal_elem(0.0);
    ((param / slope).sqrt() * eta).mask_fill(undefined, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::optim::tests::{at, host};

    const RULE: Lars = Lars {
        eta: 0.5,
        momentum: 0.0,
        weight_decay: 0.0,
    };

    #[test]
    fn a_move_is_as_long_as_the_weights_say() {
        let (param, _) = lars(RULE, at([3.0, 4.0]), at([0.0, 1000.0]), None, 1.0, true);
        assert_eq!(host(param), [3.0, 1.5]);
    }

    #[test]
    fn from_zero_and_without_a_slope_it_is_plain_descent() {
        let (param, _) = lars(RULE, at([0.0]), at([2.0]), None, 1.0, true);
        assert_eq!(host(param), [-2.0]);
        let (param, _) = lars(RULE, at([2.0]), at([0.0]), None, 1.0, true);
        assert_eq!(host(param), [2.0]);
    }

    #[test]
    fn biases_are_not_adapted() {
        let (param, _) = lars(RULE, at([3.0]), at([1.0]), None, 1.0, false);
        assert_eq!(host(param), [2.0]);
    }

    #[test]
    fn tiny_norms_still_have_a_ratio() {
        let (param, _) = lars(RULE, at([1e-12]), at([1e-12]), None, 1.0, true);
        assert_eq!(host(param), [5e-13]);
    }
}
