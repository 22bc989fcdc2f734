//! How small a part of an image may stand for it.

use super::sample::{Sample, deviation, mean};
use crate::settings::Advice;

/// Parts of the area that may be the smallest, in the order of preference.
const AREAS: [f32; 3] = [0.3, 0.4, 0.5];
/// A crop that keeps less than this of an image's contrast shows its ground and little else.
const BLANK: f32 = 0.25;
/// So many crops in a hundred may be blank.
const FEW: f32 = 0.03;
/// An image of less contrast than this, of brightness from 0 to 1, is all ground.
const FLAT: f32 = 0.005;
/// Places looked at, along each side.
const PLACES: usize = 5;

/// The smallest of the areas of which few crops are blank, or the largest.
pub(super) fn smallest_area(sample: &Sample) -> Advice {
    let blank = |area: f32| blank(sample, area);
    let area = AREAS.into_iter().find(|area| blank(*area) <= FEW);
    let area = area.unwrap_or(AREAS[AREAS.len() - 1]);
    let percent = 100.0 * area;
    let why = format!(
        "Crops of {percent:.0} % of the area or more: of the smallest, {:.1} % show nothing but ground.",
        100.0 * blank(area)
    );
    Advice::new("augment.crop.minArea", rounded(area), why)
}

/// 0.3 rather than 0.30000001192092896.
pub(super) fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

/// The part of the crops of this area that are blank; those of images without contrast do not count.
fn blank(sample: &Sample, area: f32) -> f32 {
    let side = sample.side;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to side"
    )]
    let crop = ((side as f32 * area.sqrt()).round() as usize).clamp(1, side);
    let places = |at: usize| (side - crop) * at / (PLACES - 1);
    let mut of_images = Vec::with_capacity(sample.images.len());
    let mut brightness = Vec::new();
    for image in &sample.images {
        Sample::brightness(image, &mut brightness);
        let whole = deviation(brightness.iter());
        if whole < FLAT {
            continue;
        }
        let mut blank = 0;
        for at in 0..PLACES * PLACES {
            let (top, left) = (places(at / PLACES), places(at % PLACES));
            let row = |y: usize| &brightness[y * side + left..][..crop];
            let part = (top..top + crop).flat_map(row);
            blank += usize::from(deviation(part) < BLANK * whole);
        }
        of_images.push(blank as f32 / (PLACES * PLACES) as f32);
    }
    mean(of_images.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::advice::sample::tests::drawn;

    #[test]
    fn texture_may_be_cropped_small_and_a_dot_may_not() {
        let texture = drawn(20, |i, x, y| [((x * 7 + y * 5 + i) % 13) as f32 / 13.0; 3]);
        assert_eq!(smallest_area(&texture.sample()).value, rounded(AREAS[0]));
        let dot = drawn(20, |_, x, y| [f32::from(u8::from(x < 4 && y < 4)); 3]);
        assert_eq!(smallest_area(&dot.sample()).value, 0.5);
    }

    #[test]
    fn plain_images_say_nothing() {
        let plain = drawn(20, |i, _, _| [i as f32 / 20.0; 3]);
        assert_eq!(blank(&plain.sample(), 0.3), 0.0);
    }
}
