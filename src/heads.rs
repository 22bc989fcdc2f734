//! What stands between h and the loss: projectors.

use burn::nn::{BatchNorm, Linear};
use burn::prelude::*;
use burn::tensor::activation::relu;

use crate::layers::{batch_norm, linear};
use crate::rng::Rng;

/// An MLP: linear layers, with batch norm and `ReLU` between them.
#[derive(Module, Debug)]
pub struct Projector {
    hidden: Vec<Hidden>,
    last: Linear,
}

#[derive(Module, Debug)]
struct Hidden {
    linear: Linear,
    norm: BatchNorm,
}

impl Projector {
    /// An MLP whose layers have these widths, input first and output last.
    pub fn new(widths: &[usize], rng: &mut Rng, device: &Device) -> Self {
        let [inner @ .., to] = widths else {
            panic!("a projector has an input and an output")
        };
        let from = *inner.last().expect("a projector has an input");
        let hidden = inner.windows(2).map(|pair| Hidden {
            linear: linear(pair[0], pair[1], false, rng, device),
            norm: batch_norm(pair[1], device),
        });
        Self {
            hidden: hidden.collect(),
            last: linear(from, *to, true, rng, device),
        }
    }

    /// z of `h: [n, c]`: `[n, d]`.
    pub fn forward(&self, h: Tensor<2>) -> Tensor<2> {
        let inner = self.hidden.iter().fold(h, |x, layer| {
            relu(layer.norm.forward(layer.linear.forward(x)))
        });
        self.last.forward(inner)
    }
}
