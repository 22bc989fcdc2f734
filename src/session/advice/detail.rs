//! How large images need be: whether anything is lost at half their size.

use super::sample::{Sample, mean, shrink};
use crate::settings::Advice;

/// Images that were enlarged to twice their size lose 1 to 4 % of their variance at half of it,
/// photos that were not 5 to 14 %, drawings more.
const NOTHING: f32 = 0.02;
/// No smaller size is trained at.
const SMALLEST: usize = 16;

/// Half the size that the images were read at, if they need no more: a step then takes a quarter of
/// the time. Whether they would need more cannot be seen, so then nothing is said.
pub(super) fn size(sample: &Sample) -> Option<Advice> {
    let half = sample.side / 2;
    let lost = lost(sample, half);
    (half >= SMALLEST && lost < NOTHING).then(|| {
        let why = format!(
            "{half} px: your images have no finer detail ({:.1} % of what varies), and a step takes \
             a quarter of the time.",
            100.0 * lost
        );
        Advice::new("size", half, why)
    })
}

/// The part of the variance of an image that goes when it is averaged to `side` pixels, on average.
fn lost(sample: &Sample, side: usize) -> f32 {
    let (mut all, mut kept) = (Vec::new(), Vec::new());
    let part = |image: &&[u8]| {
        Sample::brightness(image, &mut all);
        shrink(all.iter().copied(), 1, [sample.side, side], &mut kept);
        let middle = mean(all.iter().copied());
        let whole: f32 = all.iter().map(|value| (value - middle).powi(2)).sum();
        let scale = side as f32 / sample.side as f32;
        let near = |at: usize| {
            let [y, x] = [at / sample.side, at % sample.side];
            between(
                &kept,
                side,
                (y as f32 + 0.5) * scale,
                (x as f32 + 0.5) * scale,
            )
        };
        let gone = all.iter().enumerate();
        let gone: f32 = gone.map(|(at, value)| (value - near(at)).powi(2)).sum();
        if whole > 0.0 { gone / whole } else { 0.0 }
    };
    mean(sample.images.iter().map(part))
}

/// The value at a place between pixels of `[side, side]`, whose middles are at halves.
fn between(values: &[f32], side: usize, y: f32, x: f32) -> f32 {
    let last = side - 1;
    let weigh = |at: f32| {
        let at = (at - 0.5).clamp(0.0, last as f32);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to the last pixel"
        )]
        let low = at as usize;
        (low, (low + 1).min(last), at - low as f32)
    };
    let ((top, bottom, down), (left, right, across)) = (weigh(y), weigh(x));
    let row =
        |y: usize| values[y * side + left] * (1.0 - across) + values[y * side + right] * across;
    row(top) * (1.0 - down) + row(bottom) * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::advice::sample::tests::drawn;

    #[test]
    fn smooth_images_need_half_the_size_and_fine_ones_all() {
        let smooth = drawn(9, |i, x, y| {
            [0.5 + 0.4 * ((x + y + i) as f32 / 8.0).sin(); 3]
        });
        assert_eq!(size(&smooth.sample()).unwrap().value, 16);
        let fine = drawn(9, |i, x, y| [f32::from(u8::from((x + y + i) % 2 == 0)); 3]);
        assert_eq!(size(&fine.sample()), None);
    }
}
