//! The network under study: images in, feature maps and one vector per image out.

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::prelude::*;
use burn::tensor::activation::relu;

use crate::augment::normalise;
use crate::layers::{batch_norm, conv3x3};
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
        // About zero mean and unit deviation, whatever the images.
        let images = normalise(images, [0.5; 3], [0.25; 3]);
        let mut maps: Vec<Tensor<4>> = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let input = maps.last().unwrap_or(&images).clone();
            maps.push(relu(stage.norm.forward(stage.conv.forward(input))));
        }
        let last = maps.last().expect("four stages").clone();
        let [n, c, h, w] = last.dims();
        let pooled = last.reshape([n, c, h * w]).mean_dim(2).reshape([n, c]);
        Features { maps, pooled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

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
}
