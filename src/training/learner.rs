//! A method under training: forward, backward, optimiser step.

use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::prelude::*;
use burn::tensor::Gradients;
use serde_json::{Map, Value, error::Error as JsonError};

use crate::error::Error;
use crate::network::Embedding;
use crate::network::losses::Loss;
use crate::settings::TrainSettings;
use crate::training::checkpoint::{self, Weights};
use crate::training::method::{Method, NegativePairs, StepInfo};
use crate::training::optim::ParamGroup;
use crate::training::optim::{Optimizer, Rule};

/// The knobs of a method by field.
pub type Knobs = Map<String, Value>;

/// The settings of a method; missing ones are at their defaults.
///
/// # Errors
/// A knob that the method does not have, or of another type.
pub(crate) fn parse<M: Method>(knobs: &Knobs) -> Result<M::Settings, JsonError> {
    serde_json::from_value(Value::Object(knobs.clone()))
}

/// The settings of a method, of knobs that were checked before.
pub(crate) fn checked<M: Method>(knobs: &Knobs) -> M::Settings {
    parse::<M>(knobs).expect("knobs were checked when they were completed")
}

/// A method being trained, whichever it is.
pub trait Learner {
    /// One optimiser step. `views`: `[n, 3, h, w]` each, values 0 to 1, without autodiff.
    /// The loss it returns is detached.
    fn step(&mut self, views: &[Tensor<4>], rates: Rates, at: StepInfo) -> Loss;

    /// h and z of `images: [n, 3, h, w]`, values 0 to 1, without autodiff; outside training.
    fn embed(&self, images: Tensor<4>) -> Embedding;

    /// How long the gradient of a term of the loss is, with its weight, or without a `term` that of
    /// the whole: of the encoder's weights and of all others, `[1]` each. `views` as for
    /// [`Learner::step`]. It moves running statistics, queues and their like: ask a copy.
    fn gradient(
        &mut self,
        term: Option<usize>,
        views: &[Tensor<4>],
        at: StepInfo,
    ) -> [Tensor<1>; 2];

    /// What the loss of these views asks of each negative: see [`Method::negatives`]. Ask a copy.
    fn negatives(&mut self, views: &[Tensor<4>]) -> Option<NegativePairs>;

    /// Takes up knobs, complete and checked.
    fn set_knobs(&mut self, knobs: &Knobs);

    /// Numbers that take a gradient.
    fn parameters(&self) -> usize;

    /// All that the next step depends on.
    fn state(&self) -> Weights;

    /// Takes up what [`Learner::state`] gave.
    ///
    /// # Errors
    /// If a tensor is missing, has another shape or no place; nothing has changed then.
    fn restore(&mut self, weights: Weights) -> Result<(), Error>;
}

/// The learning rates of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// By the schedule.
    pub now: f32,
    /// The highest of the run, for groups that stay at it.
    pub peak: f32,
}

/// The one implementation of [`Learner`].
pub(crate) struct Training<M: Method> {
    /// Empty only while a step runs: modules are moved, not changed in place.
    method: Option<M>,
    settings: M::Settings,
    optimizer: Optimizer,
}

impl<M: Method> Training<M> {
    pub(crate) fn new(method: M, settings: M::Settings, train: &TrainSettings) -> Self {
        Self {
            method: Some(method),
            settings,
            optimizer: Optimizer::new(Rule::of(train)),
        }
    }

    fn method(&self) -> &M {
        self.method.as_ref().expect("a step runs alone")
    }

    /// A forward pass over views that were made without autodiff. Both who ask for it share it: inlined,
    /// all losses would be in a wasm twice.
    #[inline(never)]
    fn loss(&mut self, views: &[Tensor<4>], at: StepInfo) -> Loss {
        let method = self.method.as_mut().expect("a step runs alone");
        method.loss(&self.settings, &with_gradients(views), at)
    }
}

/// Views made without autodiff, for a network with it.
fn with_gradients(views: &[Tensor<4>]) -> Vec<Tensor<4>> {
    views.iter().cloned().map(Tensor::from_inner).collect()
}

impl<M: Method> Learner for Training<M> {
    fn step(&mut self, views: &[Tensor<4>], rates: Rates, at: StepInfo) -> Loss {
        let loss = self.loss(views, at);
        let mut update = Update {
            path: Vec::new(),
            grads: loss.total.backward(),
            optimizer: &mut self.optimizer,
            rates,
            group: |path: &str, rank| M::group(&self.settings, path, rank),
        };
        let method = self.method.take().expect("a step runs alone");
        let method = method.map(&mut update);
        self.method = Some(method.after_step(&self.settings, at));
        loss.inner()
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.method().valid().embed(images)
    }

    fn gradient(
        &mut self,
        term: Option<usize>,
        views: &[Tensor<4>],
        at: StepInfo,
    ) -> [Tensor<1>; 2] {
        let loss = self.loss(views, at);
        let (value, weight) = term.map_or((loss.total, 1.0), |term| {
            let term = &loss.terms[term];
            (term.value.clone(), term.weight)
        });
        let zero = Tensor::zeros([1], &value.clone().inner().device());
        // A term without weight may be a constant, which has no gradient to ask for.
        let grads = (weight != 0.0).then(|| (value * weight).backward());
        let mut lengths = Lengths {
            path: Vec::new(),
            grads: grads.as_ref(),
            squares: [zero.clone(), zero],
        };
        self.method().visit(&mut lengths);
        lengths.squares.map(Tensor::sqrt)
    }

    fn negatives(&mut self, views: &[Tensor<4>]) -> Option<NegativePairs> {
        let method = self.method.as_mut().expect("a step runs alone");
        method.negatives(&self.settings, &with_gradients(views))
    }

    fn set_knobs(&mut self, knobs: &Knobs) {
        self.settings = checked::<M>(knobs);
    }

    fn parameters(&self) -> usize {
        let mut count = Count(0);
        self.method().visit(&mut count);
        count.0
    }

    fn state(&self) -> Weights {
        let (remembered, moved) = (self.optimizer.state(), self.optimizer.steps());
        // Running statistics are up to date only in the validation copy.
        checkpoint::collect(&self.method().valid(), remembered, &moved)
    }

    fn restore(&mut self, weights: Weights) -> Result<(), Error> {
        let fresh = self.method.take().expect("a step runs alone");
        let (filled, memory) = checkpoint::fill(fresh, weights, self.optimizer.kinds());
        self.method = Some(filled);
        let (remembered, moved) = memory?;
        self.optimizer.restore(remembered, moved);
        Ok(())
    }
}

/// Counts the numbers that take a gradient: not running statistics, not queues.
struct Count(usize);

impl ModuleVisitor for Count {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.val().is_require_grad() {
            self.0 += param.shape().num_elements();
        }
    }
}

/// Sums the squares of gradients: of what makes h, and of all others.
struct Lengths<'a> {
    path: Vec<String>,
    grads: Option<&'a Gradients>,
    squares: [Tensor<1>; 2],
}

impl ModuleVisitor for Lengths<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let grad = self.grads.and_then(|grads| param.val().grad(grads));
        let behind = usize::from(!self.path.iter().any(|name| name == ENCODER));
        if let Some(grad) = grad {
            let sum = &mut self.squares[behind];
            *sum = sum.clone() + grad.square().sum();
        }
    }
}

/// The field that every method keeps its encoder in.
const ENCODER: &str = "encoder";

/// An optimiser step of every parameter that has a gradient.
struct Update<'a, G> {
    path: Vec<String>,
    grads: Gradients,
    optimizer: &'a mut Optimizer,
    rates: Rates,
    group: G,
}

impl<G: Fn(&str, usize) -> ParamGroup> ModuleMapper for Update<'_, G> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(grad) = param.val().grad_remove(&mut self.grads) else {
            return param;
        };
        let path = self.path.join(".");
        let group = (self.group)(&path, D);
        let Rates { now, peak } = self.rates;
        let rate = if group.constant { peak } else { now };
        param.map(|value| {
            let moved = self
                .optimizer
                .update(&path, value.inner(), grad, rate, group);
            Tensor::from_inner(moved).require_grad()
        })
    }
}
