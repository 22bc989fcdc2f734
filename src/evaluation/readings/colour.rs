//! How much of what is near is near by colour alone.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::Rows;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "colourOverlap",
        label: "colour in similarity",
        about: "Correlation, over all pairs of at most 512 images, of the cosine of two vectors with \
                the overlap of the two images' colour histograms: 1 when colour alone says what is \
                alike, 0 when it has no part in it.",
        unit: Unit::Number,
        better: Some(Better::Low),
        misleads: "Where colour tells the kinds apart, as with fruit, a network that finds the kinds \
                   follows colour too.",
        live: false,
        headline: false,
        pixels: true,
        rotation: false,
        source: "Histogram intersection: Swain and Ballard 1991, Color Indexing, eq. 2; for \
                 the shortcut see SimCLR: Chen and others 2020, arXiv:2002.05709, sec. 3.1",
        cases: &[],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: Some(|_| 0.0),
};

/// Steps of each of red, green and blue.
const STEPS: usize = 4;
const BINS: usize = STEPS * STEPS * STEPS;

fn take(material: &Material) -> Taken {
    let pixels = material.pixels.ok_or("the pixels are not known")?;
    number(
        colour(material.rows, pixels),
        "needs images that differ in colour, and vectors that differ",
    )
}

/// Correlation over pairs of the cosine of `rows: [n, d]` with the overlap of the histograms of `pixels:
/// [n, 3 size²]`, 0 to 1. None if either is the same for all pairs.
fn colour(rows: Rows, pixels: Rows) -> Option<f64> {
    let histograms: Vec<_> = pixels.iter().map(histogram).collect();
    let units = rows.units();
    let cosines = &units * units.transpose();
    let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let pairs: Vec<(f64, f64)> = pairs
        .map(|(i, j)| (cosines[(i, j)], overlap(&histograms[i], &histograms[j])))
        .collect();
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sums = pairs.iter().map(|(x, y)| (x - a, y - b));
    let [both, of_a, of_b] = sums.fold([0.0; 3], |[both, of_a, of_b], (x, y)| {
        [both + x * y, of_a + x * x, of_b + y * y]
    });
    let varies = of_a > 1e-12 * n && of_b > 1e-12 * n;
    varies.then(|| (both / (of_a * of_b).sqrt()).clamp(-1.0, 1.0))
}

/// The share of an image's pixels in each bin.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a value from 0 to 1 has one of a few steps"
)]
fn histogram(pixels: &[f32]) -> [f64; BINS] {
    let step = |value: &f32| ((value * STEPS as f32) as usize).min(STEPS - 1);
    let share = 3.0 / pixels.len() as f64;
    let mut bins = [0.0; BINS];
    for pixel in pixels.chunks_exact(3) {
        bins[pixel.iter().fold(0, |bin, value| bin * STEPS + step(value))] += share;
    }
    bins
}

fn overlap(a: &[f64; BINS], b: &[f64; BINS]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.min(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_that_follow_colour_say_one_and_vectors_across_it_zero() {
        // Two red images, two blue ones, of one pixel each.
        let pixels = [1.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.9];
        let pixels = Rows::new(&pixels, 3);
        let of = |rows: &[f32]| colour(Rows::new(rows, 2), pixels);
        let along = of(&[1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0, 3.0]).unwrap();
        assert!((along - 1.0).abs() < 1e-9, "{along}");
        // One of each colour is alike, and so are the others.
        let across = of(&[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).unwrap();
        assert!(across < 0.0, "{across}");
        assert_eq!(of(&[1.0; 8]), None);
    }

    #[test]
    fn grey_levels_are_bins_and_a_histogram_is_a_whole() {
        let bins = histogram(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!([bins[0], bins[BINS - 1]], [0.5, 0.5]);
    }
}
