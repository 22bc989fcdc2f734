//! The rules that move parameters.
//!
//! Each rule is a function of parameter, gradient and what it remembers; [`Optimizer`] keeps what
//! is remembered, by the parameter's path. They are our own because burn's can be saved only by
//! reading that blocks, which a browser does not allow.

mod adamw;
mod lars;

mod sgd;

use std::collections::BTreeMap;

use burn::prelude::*;

pub use adamw::{Adam, Moments, adam};
pub use lars::{Lars, lars};
pub use sgd::{Sgd, sgd};

use crate::settings::{OptimizerKind, TrainSettings};
use crate::training::checkpoint::Remembered;

/// A rule with its constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Adam and `AdamW`.
    Adam(Adam),
    /// LARS.
    Lars(Lars),
}

impl Rule {
    /// The rule of a run.
    pub fn of(train: &TrainSettings) -> Self {
        let &TrainSettings {
            momentum,
            weight_decay,
            ..
        } = train;
        match train.optimizer {
            OptimizerKind::Sgd => Self::Sgd(Sgd {
                momentum,
                weight_decay,
                nesterov: false,
            }),
            OptimizerKind::AdamW => Self::Adam(Adam::w(weight_decay)),
            OptimizerKind::Adam => Self::Adam(Adam {
                decoupled: false,
                ..Adam::w(weight_decay)
            }),
            OptimizerKind::Lars => Self::Lars(Lars {
                eta: 1e-3,
                momentum,
                weight_decay,
            }),
        }
    }
}

/// Updates the parameters of a network, and keeps the state of that: velocities, moments.
#[derive(Debug, Clone)]
pub struct Optimizer {
    rule: Rule,
    memory: BTreeMap<String, Memory>,
}

/// What is remembered of one parameter.
#[derive(Debug, Clone)]
struct Memory {
    /// Optimiser steps it has had.
    steps: u32,
    /// One tensor for each of [`Optimizer::kinds`], or none; flat.
    kept: Vec<Tensor<1>>,
}

impl Optimizer {
    /// An optimiser that remembers nothing yet.
    pub fn new(rule: Rule) -> Self {
        Self {
            rule,
            memory: BTreeMap::new(),
        }
    }

    /// One optimiser step of the parameter at `path` by `grad`, of the same shape, both without autodiff.
    pub fn update<const D: usize>(
        &mut self,
        path: &str,
        param: Tensor<D>,
        grad: Tensor<D>,
        rate: f32,
        group: ParamGroup,
    ) -> Tensor<D> {
        let dims = param.dims();
        let before = self.memory.remove(path);
        let steps = before.as_ref().map_or(0, |memory| memory.steps) + 1;
        let mut kept = before.map_or(Vec::new(), |memory| memory.kept).into_iter();
        let mut recall = || kept.next().map(|flat| flat.reshape(dims));
        let decay = |decay| if group.decay { decay } else { 0.0 };
        let rate = rate * group.rate;

        let (param, kept) = match self.rule {
            Rule::Sgd(mut rule) => {
                rule.weight_decay = decay(rule.weight_decay);
                let (param, velocity) = sgd(rule, param, grad, recall(), rate);
                (param, velocity.into_iter().collect())
            }
            Rule::Lars(mut rule) => {
                rule.weight_decay = decay(rule.weight_decay);
                let (rate, adapt) = match group.lars {
                    LarsRate::Adapt => (rate, true),
                    LarsRate::Plain(scale) => (rate * scale, false),
                };
                let (param, velocity) = lars(rule, param, grad, recall(), rate, adapt);
                (param, vec![velocity])
            }
            Rule::Adam(mut rule) => {
                rule.weight_decay = decay(rule.weight_decay);
                let moments = recall()
                    .zip(recall())
                    .map(|(first, second)| Moments { first, second });
                let (param, moments) = adam(rule, param, grad, moments, steps, rate);
                (param, vec![moments.first, moments.second])
            }
        };
        let kept = kept
            .into_iter()
            .map(|tensor: Tensor<D>| tensor.reshape([-1]))
            .collect();
        self.memory.insert(path.to_owned(), Memory { steps, kept });
        param
    }

    /// All that is remembered, besides [`Optimizer::steps`].
    pub fn state(&self) -> Vec<Remembered> {
        let kinds = self.kinds();
        let of = |(path, memory): (&String, &Memory)| {
            let kept = kinds.iter().zip(memory.kept.clone());
            let path = path.clone();
            kept.map(move |(&what, value)| Remembered {
                path: path.clone(),
                what,
                value,
            })
        };
        self.memory.iter().flat_map(of).collect()
    }

    /// Optimiser steps that each parameter has had, by path.
    pub fn steps(&self) -> BTreeMap<String, u32> {
        self.memory
            .iter()
            .map(|(path, memory)| (path.clone(), memory.steps))
            .collect()
    }

    /// Takes up what [`Optimizer::state`] and [`Optimizer::steps`] of the same rule gave.
    pub fn restore(&mut self, state: Vec<Remembered>, steps: BTreeMap<String, u32>) {
        let fresh = |(path, steps)| {
            let kept = Vec::new();
            (path, Memory { steps, kept })
        };
        self.memory = steps.into_iter().map(fresh).collect();
        for Remembered { path, value, .. } in state {
            if let Some(memory) = self.memory.get_mut(&path) {
                memory.kept.push(value);
            }
        }
    }

    /// What is remembered of a parameter, as `PyTorch` calls it, in its order.
    pub fn kinds(&self) -> &'static [&'static str] {
        match self.rule {
            Rule::Sgd(_) | Rule::Lars(_) => &["momentum_buffer"],
            Rule::Adam(_) => &["exp_avg", "exp_avg_sq"],
        }
    }
}

/// How the optimiser treats a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamGroup {
    /// Factor on the learning rate.
    pub rate: f32,
    /// Whether the learning rate stays at its peak, without warm-up and decay.
    pub constant: bool,
    /// Whether weight decay applies.
    pub decay: bool,
    /// What LARS does with the learning rate.
    pub lars: LarsRate,
}

/// What LARS does with the learning rate of a group; other optimisers have no use for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LarsRate {
    /// Adapts it to the norms of parameter and gradient.
    Adapt,
    /// Leaves it as it is, but for this factor.
    Plain(f32),
}

impl ParamGroup {
    /// Biases and normalisation gains (rank 1) are neither decayed nor adapted.
    pub fn by_rank(rank: usize) -> Self {
        Self {
            rate: 1.0,
            constant: false,
            decay: rank > 1,
            lars: if rank > 1 {
                LarsRate::Adapt
            } else {
                LarsRate::Plain(1.0)
            },
        }
    }

    /// The same with this factor on the rate of what LARS does not adapt.
    #[must_use]
    pub fn with_plain_lars(self, scale: f32) -> Self {
        let lars = match self.lars {
            LarsRate::Adapt => LarsRate::Adapt,
            LarsRate::Plain(_) => LarsRate::Plain(scale),
        };
        Self { lars, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn at<const N: usize>(values: [f32; N]) -> Tensor<1> {
        Tensor::from_data(values, &Device::flex())
    }

    pub(super) fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    }

    const KINDS: [OptimizerKind; 3] = [
        OptimizerKind::Sgd,
        OptimizerKind::AdamW,
        OptimizerKind::Lars,
    ];

    fn start(optimizer: OptimizerKind) -> Optimizer {
        let train = TrainSettings {
            optimizer,
            weight_decay: 0.5,
            ..TrainSettings::default()
        };
        Optimizer::new(Rule::of(&train))
    }

    /// Steps `from` to `to` of a walk down varying slopes.
    fn walk(
        optimizer: &mut Optimizer,
        mut param: Tensor<2>,
        steps: std::ops::Range<usize>,
    ) -> Tensor<2> {
        for step in steps {
            let slope = [[1.0, -0.5 * step as f32], [0.25, 2.0]];
            let slope = Tensor::from_data(slope, &param.device());
            param = optimizer.update("head.weight", param, slope, 0.1, ParamGroup::by_rank(2));
        }
        param
    }

    #[test]
    fn a_restored_run_goes_on_as_if_it_had_never_stopped() {
        for kind in KINDS {
            let param = at([1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
            let mut whole = start(kind);
            let expected = walk(&mut whole, param.clone(), 0..5);

            let mut first = start(kind);
            let half = walk(&mut first, param, 0..3);
            let mut second = start(kind);
            second.restore(first.state(), first.steps());
            assert_eq!(
                host(walk(&mut second, half, 3..5)),
                host(expected),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn state_has_its_path_and_is_flat() {
        let mut optimizer = start(OptimizerKind::AdamW);
        walk(
            &mut optimizer,
            at([1.0, 2.0, 3.0, 4.0]).reshape([2, 2]),
            0..2,
        );
        let state = optimizer.state().into_iter();
        let state: Vec<_> = state
            .map(|Remembered { path, what, value }| (path, what, value.dims()))
            .collect();
        let of = |what| ("head.weight".to_owned(), what, [4]);
        assert_eq!(state, [of("exp_avg"), of("exp_avg_sq")]);
        assert_eq!(optimizer.steps()["head.weight"], 2);
    }

    #[test]
    fn a_group_switches_decay_off_and_slows() {
        for kind in KINDS {
            let group = ParamGroup {
                rate: 0.0,
                ..ParamGroup::by_rank(1)
            };
            let param = start(kind).update("bias", at([1.0]), at([1.0]), 0.1, group);
            assert_eq!(host(param), [1.0], "{kind:?}");
            let param =
                start(kind).update("bias", at([1.0]), at([0.0]), 0.1, ParamGroup::by_rank(1));
            assert_eq!(host(param), [1.0], "{kind:?}");
            let param =
                start(kind).update("bias", at([1.0]), at([0.0]), 0.1, ParamGroup::by_rank(2));
            assert!(host(param)[0] < 1.0, "{kind:?}");
        }
    }
}
