//! The kernels agree with burn's own operations, and so do all their gradients.

use burn::module::{Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::prelude::*;
use burn::tensor::activation::relu;
use twoviews_kernels::{conv3x3, moments, norm_relu};

const IMAGES: usize = 4;

/// Numbers of mean 0 and variance 1 that are not the same in any two places: a linear congruential
/// generator (Knuth, MMIX).
struct Values(u64);

impl Values {
    fn tensor<const D: usize>(&mut self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| self.next()).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn next(&mut self) -> f32 {
        let Self(state) = self;
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let uniform = (*state >> 40) as u32 as f32 / (1 << 24) as f32;
        (2.0 * uniform - 1.0) * 3.0_f32.sqrt()
    }
}

/// A convolution, batch norm and `ReLU`.
struct Stage {
    conv: Conv2d,
    norm: BatchNorm,
}

impl Stage {
    fn new(weight: Tensor<4>, gain: Tensor<1>, shift: Tensor<1>, stride: usize) -> Self {
        let [c_out, c_in, ..] = weight.dims();
        let device = weight.device();
        let mut conv = Conv2dConfig::new([c_in, c_out], [3, 3])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(false)
            .init(&device);
        conv.weight = Param::from_tensor(weight);
        let mut norm = BatchNormConfig::new(c_out).init(&device);
        norm.gamma = Param::from_tensor(gain);
        norm.beta = Param::from_tensor(shift);
        Self { conv, norm }
    }

    fn by_kernels(&self, x: Tensor<4>, groups: usize) -> Tensor<4> {
        let x = conv3x3(x, self.conv.weight.val(), self.conv.stride[0]);
        let norm = &self.norm;
        let states = [&norm.running_mean, &norm.running_var];
        let running = states.map(RunningState::value_sync);
        let (moments, running) = moments(&x, groups, running, norm.momentum);
        for (state, value) in states.into_iter().zip(running) {
            state.update(value);
        }
        norm_relu(x, moments, norm.gamma.val(), norm.beta.val(), norm.epsilon)
    }

    fn by_burn(&self, x: Tensor<4>, groups: usize) -> Tensor<4> {
        let groups = x.chunk(groups, 0).into_iter();
        let outputs = groups.map(|x| relu(self.norm.forward(self.conv.forward(x))));
        Tensor::cat(outputs.collect(), 0)
    }

    /// The output, the running statistics, and all gradients for `grad`, that of the output.
    fn everything(
        &self,
        forward: fn(&Self, Tensor<4>, usize) -> Tensor<4>,
        groups: usize,
        x: Tensor<4>,
        grad: Tensor<4>,
    ) -> Vec<(&'static str, TensorData)> {
        let x = x.require_grad();
        let y = forward(self, x.clone(), groups);
        let grads = (y.clone() * grad).sum().backward();
        let of = |name, grad: Option<TensorData>| (name, grad.expect("a gradient"));
        let (weight, norm) = (self.conv.weight.val(), &self.norm);
        let (gain, shift) = (norm.gamma.val(), norm.beta.val());
        vec![
            ("output", y.into_data()),
            ("running mean", norm.running_mean.value_sync().into_data()),
            (
                "running variance",
                norm.running_var.value_sync().into_data(),
            ),
            of("gradient of x", x.grad(&grads).map(Tensor::into_data)),
            of("of the weight", weight.grad(&grads).map(Tensor::into_data)),
            of("of the gain", gain.grad(&grads).map(Tensor::into_data)),
            of("of the shift", shift.grad(&grads).map(Tensor::into_data)),
        ]
    }
}

#[test]
fn outputs_running_statistics_and_gradients_are_those_of_burn() {
    let device = Device::flex().autodiff();
    let mut values = Values(1);
    // Odd sides, channels that fill no vector, more pixels than are worked on together; plain
    // convolutions, and from 32 input channels on Winograd's.
    for (side, stride, [c_in, c_out], groups) in [
        (5, 2, [4, 8], 1),
        (6, 1, [3, 4], 2),
        (3, 2, [24, 12], 4),
        (1, 2, [4, 4], 1),
        (40, 1, [8, 9], 1),
        (7, 2, [130, 20], 2),
        (8, 2, [32, 9], 1),
        (13, 2, [33, 4], 2),
        (33, 2, [32, 12], 1),
    ] {
        let scale = 1.0 / (9.0 * c_in as f32).sqrt();
        let weight = values.tensor([c_out, c_in, 3, 3], &device) * scale;
        let gain = values.tensor([c_out], &device) * 0.2 + 1.0;
        let shift = values.tensor([c_out], &device) * 0.2;
        let shape = [IMAGES, c_in, side, side];
        let x = values.tensor(shape, &device);
        let out = side.div_ceil(stride);
        let grad = values.tensor([IMAGES, c_out, out, out], &device);
        let by = |forward| {
            // Clones of a norm share its running statistics.
            let params = (weight.clone(), gain.clone(), shift.clone());
            let stage = Stage::new(params.0, params.1, params.2, stride);
            stage.everything(forward, groups, x.clone(), grad.clone())
        };
        let (ours, burns) = (by(Stage::by_kernels), by(Stage::by_burn));
        for ((what, ours), (_, burns)) in ours.into_iter().zip(burns) {
            let largest = burns
                .iter::<f32>()
                .fold(0.0_f32, |most, x| most.max(x.abs()));
            let pairs = ours.iter::<f32>().zip(burns.iter::<f32>());
            let apart = pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(
                apart <= 1e-5 * largest.max(1.0),
                "{what} of {shape:?} by {stride}: {apart} of {largest}"
            );
        }
    }
}
