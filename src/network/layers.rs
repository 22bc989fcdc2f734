//! Layers with weights drawn on the host, so that every backend starts equal.
//!
//! The draws are `PyTorch`'s defaults: uniform within `1 / sqrt(inputs)`.

use burn::module::{Param, ParamId, RunningState};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear};
use burn::prelude::*;
use burn::tensor::activation::relu;

use crate::kernels;
use crate::rng::Rng;

/// A 3 x 3 convolution, padded by one, without bias: `[n, from, h, w]` to `[n, to, h / stride, w / stride]`.
pub fn conv3x3(from: usize, to: usize, stride: usize, rng: &mut Rng, device: &Device) -> Conv2d {
    let mut conv = Conv2dConfig::new([from, to], [3, 3])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_bias(false)
        .with_initializer(Initializer::Zeros)
        .init(device);
    conv.weight = draw([to, from, 3, 3], from * 9, rng, device);
    conv
}

/// A linear layer: `[n, from]` to `[n, to]`. Leave the bias out where batch norm follows.
pub fn linear(from: usize, to: usize, bias: bool, rng: &mut Rng, device: &Device) -> Linear {
    Linear {
        weight: draw([from, to], from, rng, device),
        bias: bias.then(|| draw([to], from, rng, device)),
    }
}

/// Batch norm over `channels`, with gain 1 and shift 0.
pub fn batch_norm(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels).init(device)
}

/// Batch norm and `ReLU` of `x: [n, c, h, w]`.
///
/// While it trains, each of `groups` parts of the batch, one after the other, is normalised by its
/// own statistics, as if each came in a batch of its own.
pub fn norm_relu(norm: &BatchNorm, x: Tensor<4>, groups: usize) -> Tensor<4> {
    let running = [&norm.running_mean, &norm.running_var];
    let moments = if x.device().is_autodiff() {
        let kept = running.map(RunningState::value_sync);
        let (moments, kept) = kernels::moments(&x, groups, kept, norm.momentum);
        for (state, kept) in running.into_iter().zip(kept) {
            state.update(kept);
        }
        moments
    } else {
        let both = running.map(RunningState::value);
        Tensor::stack::<2>(both.to_vec(), 0).unsqueeze()
    };
    let (gain, shift) = (norm.gamma.val(), norm.beta.val());
    kernels::norm_relu(x, moments, gain, shift, norm.epsilon)
}

/// What follows a hidden layer: batch norm, or where there is none a shift, then `ReLU`.
#[derive(Module, Debug)]
pub struct Activation {
    pub(super) norm: Option<BatchNorm>,
    pub(super) shift: Option<Param<Tensor<1>>>,
}

impl Activation {
    /// After a layer of so many `channels`, with gain 1 and shift 0.
    pub fn new(channels: usize, normed: bool, device: &Device) -> Self {
        let zeros = || Param::from_tensor(Tensor::zeros([channels], device));
        Self {
            norm: normed.then(|| batch_norm(channels, device)),
            shift: (!normed).then(zeros),
        }
    }

    /// Of `x: [n, c, h, w]`. Each of `groups` parts of the batch has statistics of its own.
    pub fn forward(&self, x: Tensor<4>, groups: usize) -> Tensor<4> {
        match (&self.norm, &self.shift) {
            (Some(norm), _) => norm_relu(norm, x, groups),
            (None, Some(shift)) => relu(x + shift.val().reshape([1, -1, 1, 1])),
            (None, None) => relu(x),
        }
    }

    /// The same for `x: [n, c]`.
    pub fn forward_rows(&self, x: Tensor<2>, groups: usize) -> Tensor<2> {
        let [n, c] = x.dims();
        self.forward(x.reshape([n, c, 1, 1]), groups)
            .reshape([n, c])
    }
}

/// A buffer: what a method keeps from step to step, as a queue. It is part of a checkpoint, but has
/// no gradient, so that no optimiser moves it. To change it, put a new one in its place.
pub fn buffer<const D: usize>(value: Tensor<D>) -> Param<Tensor<D>> {
    Param::initialized(ParamId::new(), value.detach())
}

fn draw<const D: usize>(
    shape: [usize; D],
    inputs: usize,
    rng: &mut Rng,
    device: &Device,
) -> Param<Tensor<D>> {
    let bound = 1.0 / (inputs as f32).sqrt();
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|_| rng.uniform(-bound, bound)).collect();
    Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), device))
}
