//! What stands between h and the loss: projectors, predictors, a context network.

use burn::nn::{BatchNorm, Linear};
use burn::prelude::*;
use burn::tensor::activation::relu;
use serde::{Deserialize, Serialize};

use crate::card::{Choice, Knob};
use crate::layers::{batch_norm, linear};
use crate::rng::Rng;

/// An MLP: linear layers, with batch norm and `ReLU` between them.
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Vec<Hidden>,
    last: Linear,
    norm: Option<BatchNorm>,
}

#[derive(Module, Debug)]
struct Hidden {
    linear: Linear,
    norm: BatchNorm,
}

impl Mlp {
    /// Layers of these widths, input first and output last.
    pub fn new(widths: &[usize], rng: &mut Rng, device: &Device) -> Self {
        let [inner @ .., to] = widths else {
            panic!("an MLP has an input and an output")
        };
        let from = *inner.last().expect("an MLP has an input");
        let hidden = inner.windows(2).map(|pair| Hidden {
            linear: linear(pair[0], pair[1], false, rng, device),
            norm: batch_norm(pair[1], device),
        });
        Self {
            hidden: hidden.collect(),
            last: linear(from, *to, true, rng, device),
            norm: None,
        }
    }

    /// The same with batch norm on the output, without gain and shift of its own (`SimSiam`).
    #[must_use]
    pub fn with_output_norm(mut self, device: &Device) -> Self {
        let [_, to] = self.last.weight.dims();
        // The norm takes any bias away again.
        self.last.bias = None;
        self.norm = Some(batch_norm(to, device).no_grad());
        self
    }

    /// `[n, from]` to `[n, to]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let inner = self.hidden.iter().fold(x, |x, layer| {
            relu(layer.norm.forward(layer.linear.forward(x)))
        });
        let out = self.last.forward(inner);
        match &self.norm {
            Some(norm) => norm.forward(out),
            None => out,
        }
    }

    /// The same at each place of a map, `[n, from, h, w]`, row after row: `[n, h * w, to]`. These
    /// are convolutions of 1 x 1.
    pub fn at_each_place(&self, map: Tensor<4>) -> Tensor<3> {
        let [n, c, h, w] = map.dims();
        let places = map.permute([0, 2, 3, 1]).reshape([n * h * w, c]);
        let out = self.forward(places);
        let [_, to] = out.dims();
        out.reshape([n, h * w, to])
    }
}

/// h to z.
#[derive(Module, Debug)]
pub struct Projector {
    /// None: z is h.
    mlp: Option<Mlp>,
}

/// What a projector is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectorKind {
    /// Nothing: z is h.
    None,
    /// One linear layer.
    Linear,
    /// An MLP.
    #[default]
    Mlp,
}

/// The knob of every method with a projector: the field `projector` of its settings.
pub const PROJECTOR: Knob = Knob::choice(
    "projector",
    "Projector",
    "What turns h into the z that the loss compares; without one, z is h.",
    &[
        Choice {
            value: "mlp",
            label: "MLP",
        },
        Choice {
            value: "linear",
            label: "linear",
        },
        Choice {
            value: "none",
            label: "none",
        },
    ],
)
.at_start();

impl ProjectorKind {
    /// A projector whose layers have these widths, h first and z last, where it is an MLP.
    pub fn init(self, widths: &[usize], rng: &mut Rng, device: &Device) -> Projector {
        let ends = [widths[0], widths[widths.len() - 1]];
        let mlp = match self {
            Self::None => None,
            Self::Linear => Some(Mlp::new(&ends, rng, device)),
            Self::Mlp => Some(Mlp::new(widths, rng, device)),
        };
        Projector { mlp }
    }

    /// Width of z, for h `from` wide and a projector to `to`.
    pub fn width(self, from: usize, to: usize) -> usize {
        if self == Self::None { from } else { to }
    }
}

impl Projector {
    /// The same with batch norm on its output, if it has a layer.
    #[must_use]
    pub fn with_output_norm(self, device: &Device) -> Self {
        Self {
            mlp: self.mlp.map(|mlp| mlp.with_output_norm(device)),
        }
    }

    /// z of `h: [n, c]`: `[n, d]`.
    pub fn forward(&self, h: Tensor<2>) -> Tensor<2> {
        match &self.mlp {
            Some(mlp) => mlp.forward(h),
            None => h,
        }
    }
}

/// CPC's network over a grid of patches: a place sees its own row and those above (Hénaff et al.
/// 2019, arXiv:1905.09272, appendix A).
#[derive(Module, Debug)]
pub struct Context {
    blocks: Vec<Block>,
}

impl Context {
    /// Each block sees one row more above, and one column more to the left and to the right.
    pub fn new(width: usize, blocks: usize, rng: &mut Rng, device: &Device) -> Self {
        let blocks = (0..blocks).map(|_| Block::new(width, rng, device));
        Self {
            blocks: blocks.collect(),
        }
    }

    /// `x: [n, rows, columns, width]` to the same.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(self.blocks.iter().fold(x, |x, block| block.forward(x)))
    }
}

/// What it adds to a place comes from its row and the row above.
#[derive(Module, Debug)]
struct Block {
    inner: Linear,
    across: Linear,
    down: Linear,
    outer: Linear,
}

impl Block {
    fn new(c: usize, rng: &mut Rng, device: &Device) -> Self {
        Self {
            inner: linear(c, c, true, rng, device),
            across: linear(3 * c, c, true, rng, device),
            down: linear(2 * c, c, true, rng, device),
            outer: linear(c, c, true, rng, device),
        }
    }

    /// `x: [n, rows, columns, c]` to the same. Convolutions of 1 x 3 and 2 x 1, written as linear
    /// layers of shifted copies: the shift says what is masked.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let inner = relu(self.inner.forward(x.clone()));
        let [_, _, columns, _] = x.dims();
        let edge = inner.clone().narrow(2, 0, 1).zeros_like();
        let left = Tensor::cat(
            vec![edge.clone(), inner.clone().narrow(2, 0, columns - 1)],
            2,
        );
        let right = Tensor::cat(vec![inner.clone().narrow(2, 1, columns - 1), edge], 2);
        let across = self
            .across
            .forward(Tensor::cat(vec![left, inner, right], 3));
        let down = Tensor::cat(vec![above(&across), across], 3);
        x + self.outer.forward(relu(self.down.forward(down)))
    }
}

/// Each row replaced by the one above it, the first by zeros.
fn above(x: &Tensor<4>) -> Tensor<4> {
    let [_, rows, _, _] = x.dims();
    let edge = x.clone().narrow(1, 0, 1).zeros_like();
    Tensor::cat(vec![edge, x.clone().narrow(1, 0, rows - 1)], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn a_context_sees_no_row_below() {
        let device = Device::flex();
        let mut rng = Rng::keyed(1, Purpose::Test, &[]);
        let context = Context::new(4, 2, &mut rng, &device);
        let values: Vec<f32> = (0..5 * 3 * 4).map(|_| rng.normal()).collect();
        let x = Tensor::<4>::from_data(TensorData::new(values, [1, 5, 3, 4]), &device);
        let changed = Tensor::cat(
            vec![x.clone().narrow(1, 0, 3), x.clone().narrow(1, 3, 2) + 1.0],
            1,
        );
        let moved = (context.forward(x) - context.forward(changed))
            .abs()
            .max_dim(3)
            .max_dim(2);
        let moved: Vec<f32> = moved.into_data().iter().collect();
        assert!(moved[..3].iter().all(|m| *m == 0.0), "{moved:?}");
        assert!(moved[3..].iter().all(|m| *m > 0.0), "{moved:?}");
    }
}
