//! How much colour may change from view to view.
//!
//! A view that keeps its colour lets a network tell images apart by that alone; one that loses it
//! takes away what may matter. No label says which. But the more of what varies in colour lies
//! between images rather than within them, the more a change of it makes one image another, so the
//! less it is changed.

use super::crop::rounded;
use super::sample::Sample;
use crate::settings::{Advice, Augment};

/// Mean squared distance from grey, of channels from 0 to 1, below which images have no colour.
const GREY: f32 = 1e-4;
/// How much of the usual change is left at least.
const LEAST: f32 = 0.1;
/// How often a view is grey, where colour tells no image from another.
const GREYED: f32 = 0.2;

pub(super) fn jitter(sample: &Sample) -> Vec<Advice> {
    let usual = Augment::default().jitter;
    let Some(share) = between(sample) else {
        let why = "Brightness and contrast change at half the usual strength, colour not at all: your \
                   images have none.";
        return choices(
            [usual.brightness / 2.0, usual.contrast / 2.0, 0.0, 0.0, 0.0],
            why,
        );
    };
    let part = (1.0 - share).max(LEAST);
    let why = if part < 0.95 {
        format!(
            "Brightness and colour change at {:.0} % of the usual strength: {:.0} % of what varies in \
             colour lies between your images, so it helps to tell them apart.",
            100.0 * part,
            100.0 * share
        )
    } else {
        "Brightness and colour change as usual: colour does not tell your images apart.".to_owned()
    };
    let strengths = [
        usual.brightness,
        usual.contrast,
        usual.saturation,
        usual.hue,
        GREYED,
    ];
    choices(strengths.map(|strength| strength * part), &why)
}

fn choices(strengths: [f32; 5], why: &str) -> Vec<Advice> {
    let paths = [
        "augment.jitter.brightness",
        "augment.jitter.contrast",
        "augment.jitter.saturation",
        "augment.jitter.hue",
        "augment.grey.probability",
    ];
    let choices = paths.into_iter().zip(strengths);
    choices
        .map(|(path, strength)| Advice::new(path, rounded(strength), why))
        .collect()
}

/// The part of the variance of colour that lies between the means of the images, 0 to 1; none if
/// they have no colour.
fn between(sample: &Sample) -> Option<f32> {
    let n = sample.images.len() as f32;
    let colours = || sample.images.iter().map(|image| colour(image));
    let common = colours().fold([0.0; 3], |sum, (mean, _)| add(sum, mean));
    let common = common.map(|sum| sum / n);
    let squares = colours().map(|(_, squares)| squares).sum::<f32>() / n;
    if squares < GREY {
        return None;
    }
    let apart = |mean: [f32; 3]| square([0, 1, 2].map(|channel| mean[channel] - common[channel]));
    let between = colours().map(|(mean, _)| apart(mean)).sum::<f32>() / n;
    let all = squares - square(common);
    Some(if all > 0.0 { between / all } else { 0.0 })
}

/// How far the pixels of an image are from grey: the mean by channel, and the mean square.
fn colour(image: &[u8]) -> ([f32; 3], f32) {
    let mut sum = [0.0; 3];
    let mut squares = 0.0;
    for rgb in image.chunks_exact(3) {
        let rgb = [0, 1, 2].map(|channel| f32::from(rgb[channel]) / 255.0);
        let grey = rgb.iter().sum::<f32>() / 3.0;
        let away = [0, 1, 2].map(|channel| rgb[channel] - grey);
        sum = add(sum, away);
        squares += square(away);
    }
    let pixels = (image.len() / 3) as f32;
    (sum.map(|sum| sum / pixels), squares / pixels)
}

fn add(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [0, 1, 2].map(|channel| a[channel] + b[channel])
}

fn square(a: [f32; 3]) -> f32 {
    a.iter().map(|value| value * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::advice::sample::tests::drawn;

    fn strengths(sample: &Sample) -> Vec<f64> {
        let advice = jitter(sample);
        advice.iter().map(|a| a.value.as_f64().unwrap()).collect()
    }

    #[test]
    fn grey_images_keep_to_grey() {
        let grey = drawn(40, |i, x, y| [((i + x * y) % 7) as f32 / 7.0; 3]);
        assert_eq!(strengths(&grey.sample()), [0.2, 0.2, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn images_of_one_colour_each_change_least() {
        let plain = drawn(40, |i, _, _| {
            [0, 1, 2].map(|channel| ((i * (channel + 3)) % 11) as f32 / 11.0)
        });
        assert_eq!(strengths(&plain.sample()), [0.04, 0.04, 0.04, 0.01, 0.02]);
    }

    #[test]
    fn colour_that_all_images_share_changes_as_usual() {
        let striped = drawn(40, |_, x, _| {
            if x < 16 {
                [0.9, 0.1, 0.1]
            } else {
                [0.1, 0.1, 0.9]
            }
        });
        assert_eq!(strengths(&striped.sample()), [0.4, 0.4, 0.4, 0.1, 0.2]);
    }
}
