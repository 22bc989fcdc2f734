//! The network under study: images in, feature maps and one vector per image out.

use burn::nn::conv::Conv2d;
use burn::prelude::*;

use crate::data::augment::normalise;
use crate::kernels;
use crate::network::layers::{Activation, conv3x3};
use crate::rng::Rng;

/// Size of an [`Encoder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderConfig {
    /// Channels of the first stage; each of the three that follow doubles them.
    pub width: usize,
    /// Whether hidden layers, of the encoder and of heads, are standardised by batch norm.
    pub norm: bool,
}

/// Four stages of 3 x 3 convolution, batch norm (unless it is off) and `ReLU`, with strides 1, 2, 2, 2.
#[derive(Module, Debug)]
pub struct Encoder {
    stages: Vec<Stage>,
}

#[derive(Module, Debug)]
struct Stage {
    conv: Conv2d,
    activation: Activation,
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
            activation: Activation::new(pair[1], self.norm, device),
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

/// Side of the last map of a view of `size` pixels.
pub fn last_side(size: usize) -> usize {
    (0..3).fold(size, |side, _| side.div_ceil(2))
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
        self.activation.forward(x, groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::layers::batch_norm;
    use crate::rng::Purpose;
    use burn::tensor::activation::relu;
    use burn::tensor::{TensorData, Tolerance};

    /// A stage as burn has it, group by group.
    fn by_burn(stage: &Stage, x: Tensor<4>, groups: usize) -> Tensor<4> {
        let norm = stage.activation.norm.as_ref().expect("it has one");
        let parts = x.chunk(groups, 0).into_iter();
        let parts = parts.map(|part| relu(norm.forward(stage.conv.forward(part))));
        Tensor::cat(parts.collect(), 0)
    }

    #[test]
    fn without_norm_a_stage_is_a_convolution_with_a_shift_that_learns() {
        let device = Device::flex().autodiff();
        let config = EncoderConfig {
            width: 4,
            norm: false,
        };
        let encoder = config.init(&mut Rng::keyed(1, Purpose::Weights, &[]), &device);
        let Stage { conv, activation } = &encoder.stages[0];
        let shift = activation.shift.as_ref().expect("it has one");
        let x = Tensor::<4>::ones([2, 3, 8, 8], &device);
        let plain = relu(conv.forward(x.clone()) + shift.val().reshape([1, 4, 1, 1]));
        let ours = encoder.stages[0].forward(x.clone(), 2);
        ours.into_data()
            .assert_approx_eq::<f32>(&plain.into_data(), Tolerance::default());
        let grads = encoder.forward(x).pooled.sum().backward();
        let grad = shift.val().grad(&grads).expect("a gradient");
        assert!(grad.abs().sum().into_scalar::<f32>() > 0.0);
    }

    #[test]
    fn each_stage_doubles_the_channels_and_three_halve_the_side() {
        let device = Device::flex();
        let config = EncoderConfig {
            width: 4,
            norm: true,
        };
        let encoder = config.init(&mut Rng::keyed(1, Purpose::Weights, &[]), &device);
        let features = encoder.forward(Tensor::ones([2, 3, 16, 16], &device));
        let shapes: Vec<_> = features.maps.iter().map(Tensor::dims).collect();
        let expected = [[2, 4, 16, 16], [2, 8, 8, 8], [2, 16, 4, 4], [2, 32, 2, 2]];
        assert_eq!(shapes, expected);
        assert_eq!(features.pooled.dims(), [2, config.features()]);
    }

    #[test]
    fn a_stage_is_that_of_burn_in_training_and_with_what_training_left() {
        for device in [Device::flex().autodiff(), Device::flex()] {
            let mut rng = Rng::keyed(1, Purpose::Test, &[]);
            let conv = conv3x3(3, 8, 2, &mut rng, &device);
            let values: Vec<f32> = (0..4 * 3 * 64).map(|_| rng.normal()).collect();
            let x = Tensor::<4>::from_data(TensorData::new(values, [4, 3, 8, 8]), &device);
            let [ours, burns] = [Stage::forward, by_burn].map(|forward| {
                // Clones of a norm share what training leaves in it.
                let mut norm = batch_norm(8, &device);
                norm.gamma = norm.gamma.map(|gain| gain * 1.5);
                norm.beta = norm.beta.map(|shift| shift + 0.5);
                norm.running_mean.update(Tensor::ones([8], &device) * 0.3);
                let conv = conv.clone();
                let activation = Activation {
                    norm: Some(norm.clone()),
                    shift: None,
                };
                let y = forward(&Stage { conv, activation }, x.clone(), 2);
                let [mean, variance] = [&norm.running_mean, &norm.running_var]
                    .map(|state| state.value_sync().into_data());
                [y.into_data(), mean, variance]
            });
            for (ours, burns) in ours.into_iter().zip(burns) {
                ours.assert_approx_eq::<f32>(&burns, Tolerance::default());
            }
        }
    }
}
