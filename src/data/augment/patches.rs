//! Images cut into patches, as CPC sees them (van den Oord et al. 2018, arXiv:1807.03748).

use burn::prelude::*;

use crate::rng::Rng;

/// `images: [n, 3, side, side]` cut into `grid` x `grid` patches that overlap by half:
/// `[n, grid, grid, 3, p, p]`. What a patch would stick out by is cut off on both sides.
pub fn patches(images: Tensor<4>, grid: usize) -> Tensor<6> {
    let [n, c, side, _] = images.dims();
    let tiles = grid + 1;
    let tile = side / tiles;
    assert!(tile > 0, "an image has a pixel for each tile");
    let start = (side - tiles * tile) / 2;
    let cut = images
        .narrow(2, start, tiles * tile)
        .narrow(3, start, tiles * tile)
        .reshape([n, c, tiles, tile, tiles, tile]);
    // A patch is two tiles by two.
    let pair = |x: Tensor<6>, dim: usize| {
        let [first, second] = [0, 1].map(|from| x.clone().narrow(dim, from, grid));
        Tensor::cat(vec![first, second], dim + 1)
    };
    pair(pair(cut, 2), 4).permute([0, 2, 4, 1, 3, 5])
}

/// Some of the patches, `[n, g, g, 3, p, p]`, with all channels replaced by one of them.
pub fn without_colour(patches: Tensor<6>, often: f32, rng: &mut Rng) -> Tensor<6> {
    let shape = patches.dims();
    let [n, rows, columns, c, h, w] = shape;
    let count = n * rows * columns;
    let mut mix = Vec::with_capacity(count * c * c);
    for _ in 0..count {
        let (drop, kept) = (rng.chance(often), rng.below(c));
        for to in 0..c {
            let source = if drop { kept } else { to };
            mix.extend((0..c).map(|from| f32::from(u8::from(from == source))));
        }
    }
    let mix = Tensor::<3>::from_data(TensorData::new(mix, [count, c, c]), &patches.device());
    mix.matmul(patches.reshape([count, c, h * w]))
        .reshape(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn patches_overlap_by_half() {
        let device = Device::flex();
        let image = Tensor::<1, Int>::arange(0..16, &device).float();
        let cut = patches(image.reshape([1, 1, 4, 4]), 3);
        assert_eq!(cut.dims(), [1, 3, 3, 1, 2, 2]);
        let patch = cut.slice([0..1, 1..2, 2..3]).reshape([4]).into_data();
        assert_eq!(patch, TensorData::from([6.0_f32, 7.0, 10.0, 11.0]));
    }

    #[test]
    fn a_patch_without_colour_is_grey() {
        let device = Device::flex();
        let patch = Tensor::<1, Int>::arange(0..12, &device).float();
        let patch = patch.reshape([1, 1, 1, 3, 2, 2]);
        let mut rng = Rng::keyed(1, Purpose::Test, &[]);
        let same = without_colour(patch.clone(), 0.0, &mut rng);
        assert_eq!(same.into_data(), patch.clone().into_data());
        let grey: Vec<f32> = without_colour(patch, 1.0, &mut rng)
            .into_data()
            .iter()
            .collect();
        assert_eq!(grey[..4], grey[4..8]);
        assert_eq!(grey[..4], grey[8..]);
    }
}
