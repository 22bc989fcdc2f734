//! Transparent images on white paper.

use image::{DynamicImage, RgbImage};

/// The image as if painted on white paper.
///
/// Before any resizing: mixed with its neighbours, the hidden colour of a transparent pixel would
/// show as a dark fringe.
pub(crate) fn over_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut painted = RgbImage::new(image.width(), image.height());
    for (to, from) in painted.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        to.0 = [red, green, blue].map(|value| {
            let mixed = (value * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).expect("between the two")
        });
    }
    painted
}
