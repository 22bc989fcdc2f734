//! Transparent images on white paper.

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use crate::levels::{byte, most, white};

/// A colour under so much of white paper.
pub(crate) fn mixed(rgb: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u16::from(alpha);
    rgb.map(|value| {
        let mixed = (u16::from(value) * alpha + 255 * (255 - alpha) + 127) / 255;
        u8::try_from(mixed).expect("between the two")
    })
}

/// The image as if painted on white paper.
///
/// Before any resizing: mixed with its neighbours, the hidden colour of a transparent pixel would
/// show as a dark fringe.
pub(crate) fn over_white(image: DynamicImage) -> RgbImage {
    let image = fewer_bits(image);
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut painted = RgbImage::new(image.width(), image.height());
    for (to, from) in painted.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0;
        to.0 = mixed([red, green, blue], alpha);
    }
    painted
}

/// A picture of sixteen bits, of which fewer may be in use, with eight.
fn fewer_bits(image: DynamicImage) -> DynamicImage {
    fn eight(values: &[u16], channels: usize, colours: usize) -> Vec<u8> {
        let pixels = || values.chunks_exact(channels);
        let own = pixels().flat_map(|pixel| &pixel[..colours]);
        let white = white(own.map(|value| u64::from(*value)), 16);
        let level = |index: usize, value: &u16| {
            let white = if index < colours { white } else { most(16) };
            byte(u64::from(*value), white)
        };
        pixels()
            .flat_map(|pixel| {
                pixel
                    .iter()
                    .enumerate()
                    .map(|(index, value)| level(index, value))
            })
            .collect()
    }
    let (width, height) = (image.width(), image.height());
    let whole = "as many values as before";
    match image {
        DynamicImage::ImageLuma16(image) => GrayImage::from_raw(width, height, eight(&image, 1, 1))
            .expect(whole)
            .into(),
        DynamicImage::ImageLumaA16(image) => {
            GrayAlphaImage::from_raw(width, height, eight(&image, 2, 1))
                .expect(whole)
                .into()
        }
        DynamicImage::ImageRgb16(image) => RgbImage::from_raw(width, height, eight(&image, 3, 3))
            .expect(whole)
            .into(),
        DynamicImage::ImageRgba16(image) => RgbaImage::from_raw(width, height, eight(&image, 4, 3))
            .expect(whole)
            .into(),
        other => other,
    }
}

/// Whether an image has an alpha that covers nothing at all.
pub(crate) fn hides_all(image: &RgbaImage) -> bool {
    image.pixels().all(|pixel| pixel.0[3] == 0)
}
