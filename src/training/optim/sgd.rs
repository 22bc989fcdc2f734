//! Stochastic gradient descent with momentum, as PyTorch has it (Sutskever and others 2013).

use burn::prelude::*;

use crate::kernels::{SgdStep, sgd_step};

/// The constants of SGD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// Part of the last move that goes on: 0 to 1.
    pub momentum: f32,
    /// Part of the parameter that is added to its gradient.
    pub weight_decay: f32,
    /// Whether the momentum is applied once more, ahead of the move.
    pub nesterov: bool,
}

/// One step of `param` by `grad`, of the same shape: `d = g + decay p`, `v = m v + d`, `p -= rate v`
/// (Nesterov: `p -= rate (d + m v)`). Returns the parameter and the velocity.
///
/// The first velocity is the gradient itself; without momentum there is none.
pub fn sgd<const D: usize>(
    rule: Sgd,
    param: Tensor<D>,
    grad: Tensor<D>,
    velocity: Option<Tensor<D>>,
    rate: f32,
) -> (Tensor<D>, Option<Tensor<D>>) {
    if rule.momentum == 0.0 {
        let slope = decayed(&param, grad, rule.weight_decay);
        return (param - slope * rate, None);
    }
    let step = SgdStep {
        decay: rule.weight_decay,
        momentum: rule.momentum,
        rate,
        nesterov: rule.nesterov,
    };
    let velocity = velocity.unwrap_or_else(|| param.zeros_like());
    let [param, velocity] = sgd_step([param, grad, velocity], step);
    (param, Some(velocity))
}

/// The gradient of the loss and of `decay / 2` times the squared length of `param`.
pub(super) fn decayed<const D: usize>(param: &Tensor<D>, grad: Tensor<D>, decay: f32) -> Tensor<D> {
    if decay == 0.0 {
        grad
    } else {
        grad + param.clone() * decay
    }
}

/// `keep * sum + new`; `new` where there is no sum yet.
pub(super) fn accumulated<const D: usize>(
    sum: Option<Tensor<D>>,
    new: Tensor<D>,
    keep: f32,
) -> Tensor<D> {
    match sum {
        Some(sum) => sum * keep + new,
        None => new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::optim::tests::{at, host};

    const PLAIN: Sgd = Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
        nesterov: false,
    };

    #[test]
    fn without_momentum_it_goes_down_the_slope() {
        let (param, velocity) = sgd(PLAIN, at([1.0]), at([2.0]), None, 0.25);
        assert_eq!(host(param), [0.5]);
        assert!(velocity.is_none());
    }

    #[test]
    fn decay_is_a_slope_towards_zero() {
        let rule = Sgd {
            weight_decay: 0.5,
            ..PLAIN
        };
        let (param, _) = sgd(rule, at([4.0]), at([0.0]), None, 0.25);
        assert_eq!(host(param), [3.5]);
    }

    #[test]
    fn momentum_goes_on_after_the_slope_has_gone() {
        let rule = Sgd {
            momentum: 0.5,
            ..PLAIN
        };
        let (param, velocity) = sgd(rule, at([1.0]), at([2.0]), None, 0.25);
        let (param, velocity) = sgd(rule, param, at([0.0]), velocity, 0.25);
        assert_eq!(host(param), [0.25]);
        assert_eq!(host(velocity.unwrap()), [1.0]);
    }

    #[test]
    fn nesterov_looks_ahead() {
        let rule = Sgd {
            momentum: 0.5,
            nesterov: true,
            ..PLAIN
        };
        let (param, _) = sgd(rule, at([1.0]), at([2.0]), None, 0.25);
        assert_eq!(host(param), [0.25]);
    }
}
