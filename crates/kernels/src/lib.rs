//! What a step spends most of its time in, each in few passes over memory: views of images, a 3 x 3
//! convolution, batch norm with `ReLU`, and the moves of the optimisers.
//!
//! They exist because burn composes these of many operations. On the CPU each of those walks all
//! features once more; on a GPU each is a dispatch. Here channels stay side by side from the first
//! stage to the last, which to burn is but a tensor with permuted strides. Tests compare them
//! with burn's operations (`encoder.rs`) and with `PyTorch`'s optimisers. `cpu` and `gpu` have what
//! each device does; the gradients are put together here.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients as Grads;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::prelude::*;

mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;
mod pixels;

pub use pixels::{Change, Taps, distort, resample};

/// How many threads of the CPU compute.
pub fn threads() -> usize {
    cpu::threads::count()
}

/// A convolution of `x: [n, c, h, w]` with `weight: [d, c, 3, 3]`, padded by one.
pub fn conv3x3(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Kernels>::conv3x3(
        x.into_dispatch(),
        weight.into_dispatch(),
        stride,
    ))
}

/// Mean and variance (over the number) of each channel of each of `groups` parts, one after the
/// other, of `x: [n, c, h, w]`: `[groups, 2, c]`. No gradient flows through them: [`norm_relu`] has
/// it.
///
/// `running` are means and variances that fade: with each group, they go by `momentum` towards its.
pub fn moments(
    x: &Tensor<4>,
    groups: usize,
    running: [Tensor<1>; 2],
    momentum: f64,
) -> (Tensor<3>, [Tensor<1>; 2]) {
    let trains = x.device().is_autodiff();
    let [mean, variance] = running.map(|kept| plain(kept).into_dispatch());
    let x = plain(x.clone()).into_dispatch();
    let (moments, mean, variance) =
        <Dispatch as Plain>::moments(x, mean, variance, groups, momentum);
    let kept = [mean, variance].map(|kept| constant(Tensor::from_dispatch(kept), trains));
    (constant(Tensor::from_dispatch(moments), trains), kept)
}

/// Without autodiff.
fn plain<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.device().is_autodiff() {
        x.inner()
    } else {
        x
    }
}

/// What has no gradient, among tensors that have, where the network trains.
fn constant<const D: usize>(x: Tensor<D>, trains: bool) -> Tensor<D> {
    if trains { Tensor::from_inner(x) } else { x }
}

/// `x: [n, c, h, w]` less its mean, over its deviation, times the gain, plus the shift, cut off at
/// zero. There are as many groups as `moments` has. Its gradient takes the [`moments`] to be those
/// of `x`.
pub fn norm_relu(
    x: Tensor<4>,
    moments: Tensor<3>,
    gain: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Kernels>::norm_relu(
        x.into_dispatch(),
        moments.into_dispatch(),
        gain.into_dispatch(),
        shift.into_dispatch(),
        epsilon,
    ))
}

/// The numbers of a move by momentum: `d = grad + decay p`, `v = momentum v + d`,
/// `p -= rate (v + nesterov (d + momentum v - v))`.
#[derive(Debug, Clone, Copy)]
pub struct MomentumMove {
    /// Part of the parameter that is added to its gradient.
    pub decay: f32,
    /// Part of the velocity that goes on.
    pub momentum: f32,
    /// How far to go.
    pub rate: f32,
    /// Whether the momentum is applied once more.
    pub nesterov: bool,
}

/// A parameter and its velocity, moved; all of one shape, without autodiff.
pub fn momentum_move<const D: usize>(
    [param, grad, velocity]: [Tensor<D>; 3],
    by: MomentumMove,
) -> [Tensor<D>; 2] {
    let [param, grad, velocity] = [param, grad, velocity].map(Tensor::into_dispatch);
    let (param, velocity) = <Dispatch as Plain>::momentum_move(param, grad, velocity, by);
    [param, velocity].map(Tensor::from_dispatch)
}

/// The numbers of a move by Adam: `d = grad + decay p`, `m = first_kept m + d`, `v = second_kept v +
/// d²`, `p = keep p - rate m / (√v + epsilon)`.
#[derive(Debug, Clone, Copy)]
pub struct AdamMove {
    /// Part of the parameter that stays, before it is moved.
    pub keep: f32,
    /// Part of the parameter that is added to its gradient.
    pub decay: f32,
    /// Part of the first sum that stays.
    pub first_kept: f32,
    /// Part of the second sum that stays.
    pub second_kept: f32,
    /// Added to the root of the second sum.
    pub epsilon: f32,
    /// How far to go.
    pub rate: f32,
}

/// A parameter and both its sums, moved; all of one shape, without autodiff.
pub fn adam_move<const D: usize>(
    [param, grad, first, second]: [Tensor<D>; 4],
    by: AdamMove,
) -> [Tensor<D>; 3] {
    let [param, grad, first, second] = [param, grad, first, second].map(Tensor::into_dispatch);
    let (param, first, second) = <Dispatch as Plain>::adam_move(param, grad, first, second, by);
    [param, first, second].map(Tensor::from_dispatch)
}

/// What has no gradient. See the functions of the same names.
#[backend_extension(Flex, Cube: cfg(feature = "webgpu"))]
trait Plain: Backend {
    fn resample(images: FloatTensor<Self>, rows: &Taps, columns: &Taps) -> FloatTensor<Self>;

    fn distort(images: FloatTensor<Self>, changes: &[Vec<Change>]) -> FloatTensor<Self>;

    fn moments(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        groups: usize,
        momentum: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn momentum_move(
        param: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        by: MomentumMove,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn adam_move(
        param: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        by: AdamMove,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// What has a gradient. See the functions of the same names.
#[backend_extension(Flex, Cube: cfg(feature = "webgpu"), Autodiff)]
trait Kernels: Backend {
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

/// The gradients of [`Kernels`] for `grad`, that of the result.
trait Slopes: Kernels {
    fn conv3x3_by_x(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    fn conv3x3_by_weight(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    /// By x, gain and shift.
    fn norm_relu_by_all(
        x: FloatTensor<Self>,
        parts: [FloatTensor<Self>; 3],
        epsilon: f64,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];
}

impl<B: Slopes, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
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
        let parts = [moments, gain, shift];
        let [moments, gain, shift] = parts.clone();
        let out = B::norm_relu(x.clone(), moments, gain, shift, epsilon);
        match NormRelu.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, parts, epsilon), out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    }
}

#[derive(Debug)]
struct Conv3x3;

impl<B: Slopes> Backward<B, 2> for Conv3x3 {
    type State = (FloatTensor<B>, FloatTensor<B>, usize);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Grads, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let ([by_x, by_weight], (x, weight, stride)) = (ops.parents, ops.state);
        if let Some(node) = by_x {
            let slope = B::conv3x3_by_x(x.clone(), weight.clone(), grad.clone(), stride);
            grads.register::<B>(node.id, slope);
        }
        if let Some(node) = by_weight {
            let slope = B::conv3x3_by_weight(x, weight, grad, stride);
            grads.register::<B>(node.id, slope);
        }
    }
}

#[derive(Debug)]
struct NormRelu;

impl<B: Slopes> Backward<B, 3> for NormRelu {
    type State = (FloatTensor<B>, [FloatTensor<B>; 3], f64);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Grads, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (x, parts, epsilon) = ops.state;
        let slopes = B::norm_relu_by_all(x, parts, epsilon, grad);
        for (node, slope) in ops.parents.into_iter().zip(slopes) {
            if let Some(node) = node {
                grads.register::<B>(node.id, slope);
            }
        }
    }
}
