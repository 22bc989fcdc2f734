//! Images as vectors of raw pixels: the baseline that takes no network.

use crate::data::ImageSet;
use crate::evaluation::{Neighbour, Rows, centred, largest};

/// Blocks to a side, at most.
const SIDE: usize = 16;

/// The pixels of some images as rows of numbers from 0 to 1: `[n, size * size * 3]`.
pub(super) fn pixels(set: &ImageSet, images: &[usize]) -> Vec<f32> {
    let of = |image: &usize| bytes(set, *image).iter();
    let bytes = images.iter().flat_map(of);
    bytes.map(|byte| f32::from(*byte) / 255.0).collect()
}

/// Images as means of blocks of pixels, on 16 blocks a side or as many as there are pixels. The
/// leading components are made of large areas, so few are lost, and they take a sixteenth of the time
/// at 64 pixels.
pub(super) struct Blocks {
    values: Vec<f32>,
    width: usize,
}

impl Blocks {
    /// Of some images. Each mean counts by the root of its pixels, so that lengths stay what they are
    /// in pixels.
    pub(super) fn of(set: &ImageSet, images: &[usize]) -> Self {
        let size = set.size;
        let across = SIDE.min(size);
        let width = across * across * 3;
        let block = |x: usize| x * across / size;
        let pixels = (0..size).flat_map(|y| (0..size).map(move |x| block(y) * across + block(x)));
        let block_of: Vec<usize> = pixels.collect();
        let mut count = vec![0_u16; across * across];
        for block in &block_of {
            count[*block] += 1;
        }
        let weights: Vec<f32> = count
            .iter()
            .map(|count| 1.0 / 255.0 / f32::from(*count).sqrt())
            .collect();
        let mut values = vec![0.0; images.len() * width];
        for (row, image) in values.chunks_exact_mut(width).zip(images) {
            for (pixel, block) in bytes(set, *image).chunks_exact(3).zip(&block_of) {
                for (channel, byte) in pixel.iter().enumerate() {
                    row[block * 3 + channel] += f32::from(*byte) * weights[*block];
                }
            }
        }
        Self { values, width }
    }

    /// One row an image.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows::new(&self.values, self.width)
    }

    /// What part of the variance of these images' pixels is left in their blocks: 0 to 1.
    pub(super) fn kept(&self, set: &ImageSet, images: &[usize]) -> f64 {
        let n = images.len() as f64;
        let mut sums = vec![0_u32; set.size * set.size * 3];
        let mut squares = 0.0;
        for image in images {
            let bytes = bytes(set, *image);
            for (sum, byte) in sums.iter_mut().zip(bytes) {
                *sum += u32::from(*byte);
            }
            squares += product(bytes, bytes);
        }
        let means = sums.iter().map(|sum| f64::from(*sum).powi(2)).sum::<f64>() / n;
        let all = (squares - means) / 255.0_f64.powi(2);
        let rows = self.rows();
        let (blocks, _) = centred(rows.matrix());
        if all > 0.0 {
            blocks.norm_squared() / all
        } else {
            0.0
        }
    }
}

/// The `k` images nearest to one among some, itself left out: by the cosine of their pixels as they
/// are, as the kNN of raw pixels has it.
pub(super) fn nearest(set: &ImageSet, image: usize, among: &[usize], k: usize) -> Vec<Neighbour> {
    let own = bytes(set, image);
    let length = product(own, own);
    let others = among.iter().filter(|other| **other != image);
    let cosines = others.map(|other| {
        let bytes = bytes(set, *other);
        let lengths = (length * product(bytes, bytes)).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
        let cosine = (product(own, bytes) / lengths.max(1.0)) as f32;
        (*other, cosine)
    });
    let found = largest(k, cosines).into_iter();
    found
        .map(|(index, cosine)| Neighbour { index, cosine })
        .collect()
}

fn bytes(set: &ImageSet, image: usize) -> &[u8] {
    let length = set.size * set.size * 3;
    &set.pixels[image * length..][..length]
}

/// The inner product of two images, exactly.
fn product(a: &[u8], b: &[u8]) -> f64 {
    // A part's sum fits, and the loop over it is one that compilers make fast.
    let parts = a.chunks(1 << 16).zip(b.chunks(1 << 16));
    let sums = parts.map(|(a, b)| {
        let products = a.iter().zip(b).map(|(a, b)| u32::from(*a) * u32::from(*b));
        f64::from(products.sum::<u32>())
    });
    sums.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ShapesOptions, shapes};
    use crate::evaluation::{Plane, nearest as by_cosine};

    fn some(size: usize) -> (ImageSet, Vec<usize>) {
        let options = ShapesOptions {
            count: 60,
            ..ShapesOptions::default()
        };
        (
            shapes(&options, size, 1).unwrap(),
            (0..60).step_by(2).collect(),
        )
    }

    #[test]
    fn blocks_of_single_pixels_are_the_pixels() {
        let (set, images) = some(16);
        let blocks = Blocks::of(&set, &images);
        let pixels = pixels(&set, &images);
        let apart = blocks
            .values
            .iter()
            .zip(&pixels)
            .map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f32::max) < 1e-6);
        assert!((blocks.kept(&set, &images) - 1.0).abs() < 1e-5);
    }

    /// The map of the blocks is that of the pixels, to the eye.
    #[test]
    fn blocks_make_the_map_that_pixels_make() {
        // 40 pixels make blocks of two sizes.
        for size in [32, 40] {
            let (set, images) = some(size);
            let (blocks, pixels) = (Blocks::of(&set, &images), pixels(&set, &images));
            let pixels = Rows::new(&pixels, size * size * 3);
            let whole = Plane::of(pixels);
            let wanted = whole.points(pixels);
            let plane = Plane::of(blocks.rows()).turned_towards(blocks.rows(), &wanted);
            let found = plane.points(blocks.rows());
            let apart = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
            let mean = found.iter().zip(&wanted).map(apart).sum::<f32>() / 30.0;
            assert!(mean < 0.05, "{size}: {mean}");
            let explained = plane.explained * blocks.kept(&set, &images);
            assert!(
                (explained - whole.explained).abs() < 0.03,
                "{size}: {explained} is not {}",
                whole.explained
            );
        }
    }

    #[test]
    fn neighbours_in_pixels_are_those_of_the_reading() {
        let (set, images) = some(20);
        let found = nearest(&set, images[7], &images, 5);
        let pixels = pixels(&set, &images);
        let rows = Rows::new(&pixels, 20 * 20 * 3);
        let wanted = by_cosine(rows.row(7), rows, 5, Some(7));
        assert_eq!(found.len(), 5);
        for (found, (row, cosine)) in found.iter().zip(wanted) {
            assert_eq!(found.index, images[row]);
            assert!((found.cosine - cosine).abs() < 1e-4);
        }
    }
}
