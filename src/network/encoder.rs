//! The network under study: images in, feature maps and one vector per image out.

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::prelude::*;

use crate::data::augment::normalise;
use crate::kernels;
use crate::network::layers::{batch_norm, conv3x3, norm_relu};
use crate::rng::Rng;

/// Size of an [`Encoder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderConfig {
    /// Channels of the first stage; each of the three that follow doubles them.
    pub width: usize,
}

/// Four stages of 3 x 3 convolution, batch norm and `ReLU`, with strides 1, 2, 2, 2.
#[derive(Module, Debug)]
pub struct Encoder {
    stages: Vec<Stage>,
}

#[derive(Module, Debug)]
struct Stage {
    conv: Conv2d,
    norm: BatchNorm,
}

/// What an encoder says of a batch of images.
#[derive(Debug, Clone)]
pub struct Features {
    /// Local features of each stage, the first one first: `[n, c, h, w]` each.
    pub maps: Vec<Tensor<4>>,
    /// One vector per image, the last map averaged over space: `[n, c]`.
    pub pooled: Tensor<2>,
}

impl EncoderConfig {
    /// A network with weights drawn from `rng`.
    pub fn init(&self, rng: &mut Rng, device: &Device) -> Encoder {
        let w = self.width;
        let widths = [3, w, 2 * w, 4 * w, 8 * w];
        let stages = [1, 2, 2, 2].into_iter().zip(widths.windows(2));
        let stages = stages.map(|(stride, pair)| Stage {
            conv: conv3x3(pair[0], pair[1], stride, rng, device),
            norm: batch_norm(pair[1], device),
        });
        Encoder {
            stages: stages.collect(),
        }
    }

    /// Width of [`Features::pooled`].
    pub fn features(&self) -> usize {
        8 * self.width
    }
}

impl Encoder {
    /// Features of `images: [n, 3, h, w]`, values 0 to 1.
    pub fn forward(&self, images: Tensor<4>) -> Features {
        self.forward_groups(images, 1)
    }

    /// The same for a batch of `groups` parts, one after the other, each with statistics of its
    /// own: as if they came one by one, but in fewer and larger operations.
    pub fn forward_groups(&self, images: Tensor<4>, groups: usize) -> Features {
        // About zero mean and unit deviation, whatever the images.
        let images = normalise(images, [0.5; 3], [0.25; 3]);
        let mut maps: Vec<Tensor<4>> = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let input = maps.last().unwrap_or(&images).clone();
            maps.push(stage.forward(input, groups));
        }
        let last = maps.last().expect("four stages").clone();
        let [n, c, h, w] = last.dims();
        // As the channels lie, so that nothing is moved.
        let places = last.permute([0, 2, 3, 1]).reshape([n, h * w, c]);
        let pooled = places.mean_dim(1).reshape([n, c]);
        Features { maps, pooled }
    }
}

impl Stage {
    fn forward(&self, x: Tensor<4>, groups: usize) -> Tensor<4> {
        let x = kernels::conv3x3(x, self.conv.weight.val(), self.conv.stride[0]);
        norm_relu(&self.norm, x, groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;
    use burn::tensor::activation::relu;
    use burn::tensor::{TensorData, Tolerance};

    /// A stage as burn has it, group by group.
    fn by_burn(stage: &Stage, x: Tensor<4>, groups: usize) -> Tensor<4> {
        let parts = x.chunk(groups, 0).into_iter();
        let parts = parts.map(|part| relu(stage.norm.forward(stage.conv.forward(part))));
        Tensor::cat(parts.collect(), 0)
    }

    #[test]
    fn each_stage_doubles_the_channels_and_three_halve_the_side() {
        let device = Device::flex();
        let config = EncoderConfig { width: 4 };
        let encoder = config.init(&mut Rng::keyed(1, Purpose::Weights, &[]), &device);
        let features = encoder.forward(Tensor::ones([2, 3, 16, 16], &device));
        let shapes: Vec<_> = features.maps.iter().map(Tensor::dims).collect();
        let expected = [[2, 4, 16, 16], [2, 8, 8, 8], [2, 16, 4, 4], [2, 32, 2, 2]];
        assert_eq!(shapes, expected);
        assert_eq!(features.pooled.dims(), [2, config.features()]);
    }

    /// What a stage gives and leaves, and the gradients of its input and its parameters for a
    /// gradient of the output that differs everywhere.
    fn everything(
        forward: fn(&Stage, Tensor<4>, usize) -> Tensor<4>,
        groups: usize,
        conv: &Conv2d,
        images: &[f32],
        shape: [usize; 4],
        device: &Device,
    ) -> Vec<(&'static str, TensorData)> {
        // Clones of a norm share what training leaves in it.
        let stage = Stage {
            conv: conv.clone(),
            norm: batch_norm(conv.weight.dims()[0], device),
        };
        let x = Tensor::<4>::from_data(TensorData::new(images.to_vec(), shape), device);
        let x = x.require_grad();
        let y = forward(&stage, x.clone(), groups);
        let wave: Vec<f32> = (0..y.dims().iter().product())
            .map(|i: usize| (0.7 * i as f32).sin())
            .collect();
        let wave = Tensor::from_data(TensorData::new(wave, y.dims()), device);
        let grads = (y.clone() * wave).sum().backward();
        let parameter = |name, grad: Option<TensorData>| (name, grad.expect("a gradient"));
        let (weight, norm) = (stage.conv.weight.val(), &stage.norm);
        vec![
            ("output", y.into_data()),
            parameter("input", x.grad(&grads).map(Tensor::into_data)),
            parameter("weight", weight.grad(&grads).map(Tensor::into_data)),
            parameter("gain", norm.gamma.val().grad(&grads).map(Tensor::into_data)),
            parameter("shift", norm.beta.val().grad(&grads).map(Tensor::into_data)),
            ("mean", norm.running_mean.value_sync().into_data()),
            ("variance", norm.running_var.value_sync().into_data()),
        ]
    }

    #[test]
    fn the_kernels_agree_with_burn() {
        let device = Device::flex().autodiff();
        let mut rng = Rng::keyed(1, Purpose::Test, &[]);
        // Sides that do not halve, channels that fill no vector, more places than are worked on
        // together; few channels and many, for which there are two ways.
        for (side, stride, [from, to], groups) in [
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
            let conv = conv3x3(from, to, stride, &mut rng, &device);
            let shape = [4, from, side, side];
            let images: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal()).collect();
            let ours = everything(Stage::forward, groups, &conv, &images, shape, &device);
            let burns = everything(by_burn, groups, &conv, &images, shape, &device);
            for ((what, ours), (_, burns)) in ours.into_iter().zip(burns) {
                let largest = burns
                    .iter::<f32>()
                    .fold(0.0_f32, |most, x| most.max(x.abs()));
                let differences = ours.iter::<f32>().zip(burns.iter::<f32>());
                let difference = differences.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
                let bound = 1e-5 * largest.max(1.0);
                assert!(
                    difference <= bound,
                    "{what} of {shape:?} by {stride}: {difference} of {largest}"
                );
            }
        }
    }

    #[test]
    fn without_autodiff_the_kernels_use_what_training_left() {
        let device = Device::flex();
        let mut rng = Rng::keyed(1, Purpose::Test, &[]);
        let stage = Stage {
            conv: conv3x3(3, 8, 1, &mut rng, &device),
            norm: batch_norm(8, &device),
        };
        let values: Vec<f32> = (0..2 * 3 * 64).map(|_| rng.normal()).collect();
        let x = Tensor::<4>::from_data(TensorData::new(values, [2, 3, 8, 8]), &device);
        stage
            .norm
            .running_mean
            .update(Tensor::ones([8], &device) * 0.3);
        let [ours, burns] = [Stage::forward, by_burn].map(|by| by(&stage, x.clone(), 1));
        ours.into_data()
            .assert_approx_eq::<f32>(&burns.into_data(), Tolerance::default());
    }
}
