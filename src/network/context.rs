//! A network over a grid of patches, for methods that read an image row by row.

use burn::nn::Linear;
use burn::prelude::*;
use burn::tensor::activation::relu;

use crate::network::layers::linear;
use crate::rng::Rng;

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
        // A bottleneck, as in the paper, which goes from 4096 features to 256.
        let inside = c.div_ceil(2);
        Self {
            inner: linear(c, inside, true, rng, device),
            across: linear(3 * inside, inside, true, rng, device),
            down: linear(2 * inside, inside, true, rng, device),
            outer: linear(inside, c, true, rng, device),
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
