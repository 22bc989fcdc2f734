//! Images at another size.

use image::RgbImage;
use image::imageops::{self, FilterType};

/// A square part of an image at another size, each pixel a weighted mean of all that it covers.
///
/// As `Resize(antialias=True)` of torchvision. Of a large part, means of whole blocks are taken
/// first: four to a pixel, or the grid of blocks would show. It is several times faster.
pub(crate) fn resize(image: &RgbImage, left: u32, top: u32, extent: u32, size: usize) -> RgbImage {
    let size = pixels(size);
    let part = imageops::crop_imm(image, left, top, extent, extent);
    let blocks = 4 * size;
    if extent < 2 * blocks {
        return imageops::resize(&*part, size, size, FilterType::Triangle);
    }
    let means = means(image, left, top, extent, blocks);
    imageops::resize(&means, size, size, FilterType::Triangle)
}

/// The mean of each block of a square part, cut into `blocks` rows and columns.
///
/// As `imageops::thumbnail`, at a tenth of its cost: on a photograph that takes as long as decoding.
fn means(image: &RgbImage, left: u32, top: u32, extent: u32, blocks: u32) -> RgbImage {
    let edge = |block: u32| block * extent / blocks;
    RgbImage::from_fn(blocks, blocks, |column, row| {
        let (x, y) = (edge(column)..edge(column + 1), edge(row)..edge(row + 1));
        let count = u32::try_from(x.len() * y.len()).expect("no more than the image");
        let mut sums = [count / 2; 3];
        for y in y {
            let start = ((top + y) * image.width() + left + x.start) as usize;
            for pixel in image.as_raw()[start * 3..][..x.len() * 3].chunks_exact(3) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*value);
                }
            }
        }
        image::Rgb(sums.map(|sum| u8::try_from(sum / count).expect("a mean of bytes")))
    })
}

pub(crate) fn pixels(size: usize) -> u32 {
    assert!(size > 0, "an image has pixels");
    u32::try_from(size).expect("a size in pixels")
}
