//! Adam (Kingma, Ba 2015, arXiv:1412.6980) and `AdamW` (Loshchilov, Hutter 2019, arXiv:1711.05101).

use burn::prelude::*;

use crate::kernels::{AdamStep, adam_step};

/// The constants of Adam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// How long the mean gradient remembers: 0 to 1.
    pub beta1: f32,
    /// How long the mean squared gradient remembers: 0 to 1.
    pub beta2: f32,
    /// Added to the root of the mean square, after its bias is corrected.
    pub eps: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Whether decay acts on the parameter itself (`AdamW`) or is part of its gradient (Adam).
    pub decoupled: bool,
}

impl Adam {
    /// `AdamW` with the usual constants.
    pub fn w(weight_decay: f32) -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay,
            decoupled: true,
        }
    }
}

/// What Adam remembers of one parameter, of its shape.
///
/// Sums instead of means: the paper's `m` is `(1 - beta1) first` and `v` is `(1 - beta2) second`.
/// So the constants meet in one number, and a step takes three tensor operations less.
#[derive(Debug, Clone)]
pub struct Moments<const D: usize> {
    /// Fading sum of gradients.
    pub first: Tensor<D>,
    /// Fading sum of squared gradients.
    pub second: Tensor<D>,
}

/// One step of `param` by `grad`, of the same shape, its step number `step`, counted from 1:
/// `p -= rate m' / (sqrt(v') + eps)`, m' and v' corrected for their start at zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "constants are worked out in f64"
)]
pub fn adam<const D: usize>(
    rule: Adam,
    param: Tensor<D>,
    grad: Tensor<D>,
    moments: Option<Moments<D>>,
    step: u32,
    rate: f32,
) -> (Tensor<D>, Moments<D>) {
    // From the sums to the unbiased means; in f64, for 1 - 0.999 loses four digits in f32.
    let unbias = |beta: f32| {
        let beta = f64::from(beta);
        (1.0 - beta) / (1.0 - beta.powf(f64::from(step)))
    };
    let root = unbias(rule.beta2).sqrt();
    let (keep, decay) = if rule.decoupled {
        (1.0 - rate * rule.weight_decay, 0.0)
    } else {
        (1.0, rule.weight_decay)
    };
    let epsilon = (f64::from(rule.eps) / root) as f32;
    let rate = (f64::from(rate) * unbias(rule.beta1) / root) as f32;
    let update = AdamStep {
        keep,
        decay,
        beta1: rule.beta1,
        beta2: rule.beta2,
        epsilon,
        rate,
    };
    let Moments { first, second } = moments.unwrap_or_else(|| Moments {
        first: param.zeros_like(),
        second: param.zeros_like(),
    });
    let [param, first, second] = adam_step([param, grad, first, second], update);
    (param, Moments { first, second })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::optim::tests::{at, host};

    fn close(got: Tensor<1>, expected: f32) {
        let got = host(got)[0];
        assert!((got - expected).abs() < 1e-5, "{got} is not {expected}");
    }

    #[test]
    fn the_first_step_is_as_long_as_the_rate() {
        let (param, _) = adam(Adam::w(0.0), at([1.0]), at([123.0]), None, 1, 0.25);
        close(param, 0.75);
    }

    #[test]
    fn decoupled_decay_knows_no_slope() {
        let (param, _) = adam(Adam::w(0.5), at([4.0]), at([0.0]), None, 1, 0.25);
        close(param, 3.5);
    }

    #[test]
    fn coupled_decay_is_a_slope_like_any_other() {
        let rule = Adam {
            decoupled: false,
            ..Adam::w(0.5)
        };
        let (param, _) = adam(rule, at([4.0]), at([0.0]), None, 1, 0.25);
        close(param, 3.75);
    }

    /// Means of (1, -1): m' = (0.5 - 1) * 0.5 / 0.75, v' = 1.
    #[test]
    fn opposite_slopes_nearly_cancel() {
        let rule = Adam {
            beta1: 0.5,
            ..Adam::w(0.0)
        };
        let (param, moments) = adam(rule, at([0.0]), at([1.0]), None, 1, 1.0);
        let (param, _) = adam(rule, param, at([-1.0]), Some(moments), 2, 1.0);
        close(param, -1.0 + 0.25 / 0.75);
    }
}
