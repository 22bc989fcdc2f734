//! The operations that a training step spends its time in: views of images, a 3 x 3 convolution,
//! batch norm with `ReLU`, and the steps of the optimisers.
//!
//! burn composes each of these of many operations. On the CPU each of those is another pass over
//! all features; on a GPU each is a dispatch. Here each is one operation, in few passes, and
//! features stay channels-last in memory (NHWC) from stage to stage, which to burn is a tensor
//! with permuted strides.
//!
//! This file has the public functions and their gradients, once for all backends. `cpu` and `gpu`
//! compute. `docs/kernels.md` says how, and what bounds them.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients as Grads;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::prelude::*;

mod cpu;
#[cfg(any(feature = "webgpu", feature = "cuda", feature = "rocm"))]
mod gpu;
mod pixels;

pub use pixels::{Change, Taps, distort, resample};

/// How many threads of the CPU there are.
pub fn threads() -> usize {
    cpu::threads::all()
}

/// Has so many of the threads compute from the next operation on: at least one, at most all. Results do
/// not depend on it.
pub fn use_threads(count: usize) {
    cpu::threads::limit(count);
}

/// Convolution of `x: [n, c, h, w]` with `weight: [d, c, 3, 3]`, padding 1: `[n, d, h', w']`, where
/// `h' = ceil(h / stride)`.
pub fn conv3x3(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as GradOps>::conv3x3(
        x.into_dispatch(),
        weight.into_dispatch(),
        stride,
    ))
}

/// Mean and biased variance of each channel of `x: [n, c, h, w]`, separately for `groups` equal
/// parts of the batch, one after the other: `[groups, 2, c]`. Takes no gradient: that of
/// [`norm_relu`] accounts for them.
///
/// `running`, mean and variance of `[c]` each, are updated by each group in turn:
/// `running = (1 - momentum) running + momentum batch`.
pub fn moments(
    x: &Tensor<4>,
    groups: usize,
    running: [Tensor<1>; 2],
    momentum: f64,
) -> (Tensor<3>, [Tensor<1>; 2]) {
    let is_autodiff = x.device().is_autodiff();
    let [mean, variance] = running.map(|state| without_grad(state).into_dispatch());
    let x = without_grad(x.clone()).into_dispatch();
    let (moments, mean, variance) =
        <Dispatch as PlainOps>::moments(x, mean, variance, groups, momentum);
    let running = [mean, variance].map(|state| constant(Tensor::from_dispatch(state), is_autodiff));
    let moments = constant(Tensor::from_dispatch(moments), is_autodiff);
    (moments, running)
}

/// The tensor outside the autodiff graph.
fn without_grad<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.device().is_autodiff() {
        x.inner()
    } else {
        x
    }
}

/// A constant of the autodiff graph, if there is one.
fn constant<const D: usize>(x: Tensor<D>, is_autodiff: bool) -> Tensor<D> {
    if is_autodiff {
        Tensor::from_inner(x)
    } else {
        x
    }
}

/// Batch norm and `ReLU` of `x: [n, c, h, w]`: `max(0, (x - mean) / sqrt(variance + epsilon) gain +
/// shift)`, with `moments: [groups, 2, c]` as [`moments`] gives them, `gain` and `shift` of `[c]`.
///
/// The gradient takes the moments to be those of `x`, as in training.
pub fn norm_relu(
    x: Tensor<4>,
    moments: Tensor<3>,
    gain: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as GradOps>::norm_relu(
        x.into_dispatch(),
        moments.into_dispatch(),
        gain.into_dispatch(),
        shift.into_dispatch(),
        epsilon,
    ))
}

/// A step of SGD with momentum: `d = grad + decay p`, `v = momentum v + d`,
/// `p -= rate v` (Nesterov: `p -= rate (d + momentum v)`).
#[derive(Debug, Clone, Copy)]
pub struct SgdStep {
    /// Weight decay, as part of the gradient.
    pub decay: f32,
    /// Momentum: 0 to 1.
    pub momentum: f32,
    /// Learning rate.
    pub rate: f32,
    /// Nesterov's momentum.
    pub nesterov: bool,
}

/// `[param, grad, velocity]` of one shape, without autodiff, to the next `[param, velocity]`.
pub fn sgd_step<const D: usize>(
    [param, grad, velocity]: [Tensor<D>; 3],
    step: SgdStep,
) -> [Tensor<D>; 2] {
    let [param, grad, velocity] = [param, grad, velocity].map(Tensor::into_dispatch);
    let (param, velocity) = <Dispatch as PlainOps>::sgd_step(param, grad, velocity, step);
    [param, velocity].map(Tensor::from_dispatch)
}

/// A step of Adam on sums instead of means: `d = grad + decay p`, `m = beta1 m + d`,
/// `v = beta2 v + d²`, `p = keep p - rate m / (sqrt(v) + epsilon)`. What turns sums into unbiased
/// means is part of `rate` and `epsilon`.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// What decoupled weight decay leaves of the parameter: 0 to 1.
    pub keep: f32,
    /// Weight decay, as part of the gradient.
    pub decay: f32,
    /// What is left of the sum of gradients: 0 to 1.
    pub beta1: f32,
    /// What is left of the sum of squared gradients: 0 to 1.
    pub beta2: f32,
    /// Added to the root of the sum of squares.
    pub epsilon: f32,
    /// Learning rate.
    pub rate: f32,
}

/// `[param, grad, m, v]` of one shape, without autodiff, to the next `[param, m, v]`.
pub fn adam_step<const D: usize>(
    [param, grad, m, v]: [Tensor<D>; 4],
    step: AdamStep,
) -> [Tensor<D>; 3] {
    let [param, grad, m, v] = [param, grad, m, v].map(Tensor::into_dispatch);
    let (param, m, v) = <Dispatch as PlainOps>::adam_step(param, grad, m, v, step);
    [param, m, v].map(Tensor::from_dispatch)
}

/// Operations without a gradient. See the functions of the same names.
#[backend_extension(Flex, Cube: cfg(any(feature = "webgpu", feature = "cuda", feature = "rocm")))]
trait PlainOps: Backend {
    fn resample(images: FloatTensor<Self>, rows: &Taps, columns: &Taps) -> FloatTensor<Self>;

    fn distort(images: FloatTensor<Self>, changes: &[Vec<Change>]) -> FloatTensor<Self>;

    fn moments(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        groups: usize,
        momentum: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn sgd_step(
        param: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn adam_step(
        param: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// Operations with a gradient. See the functions of the same names.
#[backend_extension(Flex, Cube: cfg(any(feature = "webgpu", feature = "cuda", feature = "rocm")), Autodiff)]
trait GradOps: Backend {
    fn conv3x3(x: FloatTensor<Self>, weight: FloatTensor<Self>, stride: usize)
    -> FloatTensor<Self>;

    fn norm_relu(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;
}

/// The gradients of [`GradOps`], given `grad`, the gradient of the output.
trait BackwardOps: GradOps {
    fn conv3x3_grad_x(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    fn conv3x3_grad_weight(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    /// `params` are moments, gain and shift. Returns the gradients of x, gain and shift.
    fn norm_relu_grads(
        x: FloatTensor<Self>,
        params: [FloatTensor<Self>; 3],
        epsilon: f64,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];
}

impl<B: BackwardOps, C: CheckpointStrategy> GradOps for Autodiff<B, C> {
    fn conv3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node()];
        let [x, weight] = [x, weight].map(FloatTensor::<Self>::into_primitive);
        let out = B::conv3x3(x.clone(), weight.clone(), stride);
        match Conv3x3.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, weight, stride), out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    }

    fn norm_relu(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), gain.node(), shift.node()];
        let [x, moments, gain, shift] =
            [x, moments, gain, shift].map(FloatTensor::<Self>::into_primitive);
        let params = [moments, gain, shift];
        let [moments, gain, shift] = params.clone();
        let out = B::norm_relu(x.clone(), moments, gain, shift, epsilon);
        match NormRelu.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, params, epsilon), out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    }
}

#[derive(Debug)]
struct Conv3x3;

impl<B: BackwardOps> Backward<B, 2> for Conv3x3 {
    type State = (FloatTensor<B>, FloatTensor<B>, usize);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Grads, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let ([x_node, weight_node], (x, weight, stride)) = (ops.parents, ops.state);
        if let Some(node) = x_node {
            let grad_x = B::conv3x3_grad_x(x.clone(), weight.clone(), grad.clone(), stride);
            grads.register::<B>(node.id, grad_x);
        }
        if let Some(node) = weight_node {
            let grad_weight = B::conv3x3_grad_weight(x, weight, grad, stride);
            grads.register::<B>(node.id, grad_weight);
        }
    }
}

#[derive(Debug)]
struct NormRelu;

impl<B: BackwardOps> Backward<B, 3> for NormRelu {
    type State = (FloatTensor<B>, [FloatTensor<B>; 3], f64);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Grads, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (x, params, epsilon) = ops.state;
        let all = B::norm_relu_grads(x, params, epsilon, grad);
        for (node, grad) in ops.parents.into_iter().zip(all) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}
