//! The encoder's two costly operations on the CPU, faster than burn has them: a 3 x 3 convolution,
//! and batch norm with `ReLU`, each with its gradient.
//!
//! They exist because most of a step on the CPU was spent there. burn lays channels out plane by
//! plane: a convolution turns them over, copies out all neighbourhoods and turns the result back;
//! batch norm and `ReLU` walk the features many times. Here channels stay side by side from the
//! first stage to the last, which to burn is but a tensor with permuted strides. Tests compare both
//! with burn's (`encoder.rs`). On a GPU, burn's are used.

#![allow(clippy::inline_always)] // only what is inlined is compiled for the vectors of this CPU

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::prelude::*;
use burn_flex::FlexTensor;
use pulp::{Arch, WithSimd};

mod conv;
mod norm;
mod product;

use conv::Geometry;
use norm::Norm;

/// Whether the kernels work on this device.
pub fn work_on(device: &Device) -> bool {
    device.clone().without_autodiff() == Device::flex()
}

/// A convolution of `x: [n, c, h, w]` with `weight: [d, c, 3, 3]`, padded by one.
pub fn conv3x3(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Kernels>::conv3x3(
        x.into_dispatch(),
        weight.into_dispatch(),
        stride,
    ))
}

/// Mean and variance (over the number) of each channel of `x: [n, c, h, w]`: `[2, c]`. No gradient
/// flows through them: [`norm_relu`] has it.
pub fn moments(x: &Tensor<4>) -> Tensor<2> {
    let device = x.device();
    let plain = x.clone().inner().into_dispatch();
    let moments = Tensor::from_dispatch(<Dispatch as Moments>::moments(plain));
    if device.is_autodiff() {
        Tensor::from_inner(moments)
    } else {
        moments
    }
}

/// `x: [n, c, h, w]` less its mean, over its deviation, times the gain, plus the shift, cut off at
/// zero. Its gradient takes the [`moments`] to be those of `x`.
pub fn norm_relu(
    x: Tensor<4>,
    moments: Tensor<2>,
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

/// See [`moments`].
#[backend_extension(Flex)]
trait Moments: Backend {
    fn moments(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// See the functions of the same names.
#[backend_extension(Flex, Autodiff)]
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

impl Moments for Flex {
    fn moments(x: FlexTensor) -> FlexTensor {
        let x = side_by_side(&x);
        let c = x.layout().shape()[3];
        tensor(norm::moments(x.storage(), c), [2, c])
    }
}

impl Kernels for Flex {
    fn conv3x3(x: FlexTensor, weight: FlexTensor, stride: usize) -> FlexTensor {
        let g = geometry(&x, &weight, stride);
        let (x, weight) = (side_by_side(&x), weight.to_contiguous());
        let out = compute(conv::Forward {
            g,
            x: x.storage(),
            weights: weight.storage(),
        });
        let [height, width] = g.output();
        features(out, [g.n, height, width, g.channels[1]])
    }

    fn norm_relu(
        x: FlexTensor,
        moments: FlexTensor,
        gain: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
    ) -> FlexTensor {
        let x = side_by_side(&x);
        let [moments, gain, shift] = [moments, gain, shift].map(|part| part.to_contiguous());
        let norm = norm_of([&moments, &gain, &shift], epsilon);
        let out = norm::forward(x.storage(), norm);
        features(out, x.layout().shape().dims())
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn conv3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node()];
        let [x, weight] = [x, weight].map(FloatTensor::<Self>::into_primitive);
        let out = Flex::conv3x3(x.clone(), weight.clone(), stride);
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
        let out = Flex::norm_relu(x.clone(), moments, gain, shift, epsilon);
        match NormRelu.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, parts, epsilon), out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        }
    }
}

#[derive(Debug)]
struct Conv3x3;

impl Backward<Flex, 2> for Conv3x3 {
    type State = (FlexTensor, FlexTensor, usize);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = side_by_side(&grads.consume::<Flex>(&ops.node));
        let ([of_x, of_weight], (x, weight, stride)) = (ops.parents, ops.state);
        let g = geometry(&x, &weight, stride);
        if let Some(node) = of_x {
            let weight = weight.to_contiguous();
            let [height, width] = g.input;
            let of_x = compute(conv::OfInput {
                g,
                weights: weight.storage(),
                grad: grad.storage(),
            });
            let of_x = features(of_x, [g.n, height, width, g.channels[0]]);
            grads.register::<Flex>(node.id, of_x);
        }
        if let Some(node) = of_weight {
            let x = side_by_side(&x);
            let of_weight = compute(conv::OfWeights {
                g,
                x: x.storage(),
                grad: grad.storage(),
            });
            let [from, to] = g.channels;
            grads.register::<Flex>(node.id, tensor(of_weight, [to, from, 3, 3]));
        }
    }
}

#[derive(Debug)]
struct NormRelu;

impl Backward<Flex, 3> for NormRelu {
    type State = (FlexTensor, [FlexTensor; 3], f64);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = side_by_side(&grads.consume::<Flex>(&ops.node));
        let (x, parts, epsilon) = ops.state;
        let x = side_by_side(&x);
        let parts = parts.map(|part| part.to_contiguous());
        let norm = norm_of(parts.each_ref(), epsilon);
        let [of_x, of_gain, of_shift] = norm::backward(x.storage(), norm, grad.storage());
        let shape: [usize; 4] = x.layout().shape().dims();
        let c = shape[3];
        let all = [
            features(of_x, shape),
            tensor(of_gain, [c]),
            tensor(of_shift, [c]),
        ];
        for (node, grad) in ops.parents.into_iter().zip(all) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, grad);
            }
        }
    }
}

/// `x: [n, c, h, w]` as `[n, h, w, c]`, one number after the other; a copy only where it is not yet.
fn side_by_side(x: &FlexTensor) -> FlexTensor {
    x.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// What [`side_by_side`] takes apart.
fn features(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    tensor(values, shape).permute(&[0, 3, 1, 2])
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, stride: usize) -> Geometry {
    let [n, from, height, width] = x.layout().shape().dims();
    let [to, depth, 3, 3] = weight.layout().shape().dims() else {
        panic!("a kernel of 3 x 3")
    };
    assert_eq!(from, depth, "channels of image and kernel");
    Geometry {
        n,
        input: [height, width],
        channels: [from, to],
        stride,
    }
}

fn norm_of([moments, gain, shift]: [&FlexTensor; 3], epsilon: f64) -> Norm<'_> {
    Norm {
        moments: moments.storage(),
        gain: gain.storage(),
        shift: shift.storage(),
        epsilon,
    }
}

/// Runs `op` with the widest vectors of this CPU.
fn compute<Op: WithSimd>(op: Op) -> Op::Output {
    Arch::new().dispatch(op)
}
