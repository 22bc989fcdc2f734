//! Views of images, one image after the other: it stays in the L1 cache while it is changed.

use pulp::Arch;

use crate::pixels::{Change, GREY, Taps};

/// Resamples `images: [n, c, h, w]`: to `[n, c, height, width]`, vertically first.
pub(super) fn resample(
    images: &[f32],
    [n, c, h, w]: [usize; 4],
    rows: &Taps,
    columns: &Taps,
) -> Vec<f32> {
    let [height, width] = [rows, columns].map(|taps| taps.firsts.len() / n);
    let mut out = vec![0.0; n * c * height * width];
    let mut line = vec![0.0; w];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let images = images.chunks_exact(c * h * w);
            let views = out.chunks_exact_mut(c * height * width);
            for (i, (image, view)) in images.zip(views).enumerate() {
                let (tops, down) = rows.of_image(i, height);
                let (lefts, along) = columns.of_image(i, width);
                let planes = image.chunks_exact(h * w);
                for (plane, out) in planes.zip(view.chunks_exact_mut(height * width)) {
                    let rows = tops.iter().zip(down.chunks_exact(rows.width));
                    for (out, (top, weights)) in out.chunks_exact_mut(width).zip(rows) {
                        blend(&plane[top * w..], weights, &mut line);
                        across(&line, lefts, along, out);
                    }
                }
            }
        },
    );
    out
}

/// The weighted sum of the first rows of `rows`, as many as there are weights.
#[inline(always)]
fn blend(rows: &[f32], weights: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    for (row, weight) in rows.chunks_exact(out.len()).zip(weights) {
        out.iter_mut()
            .zip(row)
            .for_each(|(out, x)| *out += x * weight);
    }
}

/// Resamples a row: each pixel of `out` is a weighted sum of neighbours in `line`.
#[inline(always)]
fn across(line: &[f32], firsts: &[usize], weights: &[f32], out: &mut [f32]) {
    // Loops of constant length are unrolled: two taps for a crop that is enlarged, three for the blur of
    // a small view.
    match weights.len() / firsts.len() {
        2 => across_by(2, line, firsts, weights, out),
        3 => across_by(3, line, firsts, weights, out),
        width => across_by(width, line, firsts, weights, out),
    }
}

#[inline(always)]
fn across_by(width: usize, line: &[f32], firsts: &[usize], weights: &[f32], out: &mut [f32]) {
    let taps = firsts.iter().zip(weights.chunks_exact(width));
    for (out, (first, weights)) in out.iter_mut().zip(taps) {
        let values = &line[*first..*first + width];
        *out = values.iter().zip(weights).map(|(x, k)| x * k).sum();
    }
}

/// Changes each of `images: [n, 3, pixels]` by its own list.
pub(super) fn distort(images: &mut [f32], changes: &[Vec<Change>]) {
    let size = images.len() / changes.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (image, changes) in images.chunks_exact_mut(size).zip(changes) {
                for change in changes {
                    apply(*change, image);
                }
            }
        },
    );
}

/// Changes `image: [3, pixels]`.
#[inline(always)]
fn apply(change: Change, image: &mut [f32]) {
    match change {
        Change::Brightness(factor) => each_value(image, |x| clamp(x * factor)),
        Change::Contrast(factor) => {
            let level = (1.0 - factor) * mean_grey(image);
            each_value(image, |x| clamp(x * factor + level));
        }
        Change::Saturation(factor) => each_pixel(image, |pixel| {
            let level = (1.0 - factor) * grey(pixel);
            pixel.map(|x| clamp(x * factor + level))
        }),
        Change::Hue(turn) => {
            let offsets = Change::offsets(turn);
            each_pixel(image, |pixel| turned(pixel, offsets));
        }
        Change::Solarise(threshold) => {
            each_value(image, |x| if x >= threshold { 1.0 - x } else { x });
        }
    }
}

#[inline(always)]
fn each_value(image: &mut [f32], change: impl Fn(f32) -> f32) {
    for x in image {
        *x = change(*x);
    }
}

#[inline(always)]
fn each_pixel(image: &mut [f32], change: impl Fn([f32; 3]) -> [f32; 3]) {
    let (red, others) = image.split_at_mut(image.len() / 3);
    let (green, blue) = others.split_at_mut(red.len());
    for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
        [*r, *g, *b] = change([*r, *g, *b]);
    }
}

/// To 0 to 1. Not `f32::clamp`: that keeps NaN, which takes longer.
#[inline(always)]
fn clamp(x: f32) -> f32 {
    least(most(x, 0.0), 1.0)
}

#[inline(always)]
fn least(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn most(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn grey(pixel: [f32; 3]) -> f32 {
    pixel[0] * GREY[0] + pixel[1] * GREY[1] + pixel[2] * GREY[2]
}

/// The mean grey of `image: [3, pixels]`.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "sums are f64, values f32")]
fn mean_grey(image: &[f32]) -> f32 {
    let planes = image.chunks_exact(image.len() / 3);
    let weighted = planes.zip(GREY).map(|(plane, weight)| {
        // A sum for each lane: a single one would wait for each addition.
        let mut sums = [0.0_f32; 16];
        for values in plane.chunks(sums.len()) {
            sums.iter_mut().zip(values).for_each(|(sum, x)| *sum += x);
        }
        f64::from(weight) * sums.into_iter().map(f64::from).sum::<f64>() / plane.len() as f64
    });
    weighted.sum::<f64>() as f32
}

/// A pixel with its hue rotated, without branches; see [`Change::offsets`].
#[inline(always)]
fn turned(pixel: [f32; 3], offsets: [f32; 3]) -> [f32; 3] {
    let [red, green, blue] = pixel;
    let largest = most(most(red, green), blue);
    let chroma = largest - least(least(red, green), blue);
    // A grey has no chroma: any hue will do.
    let apart = (largest - green - blue + red) / most(chroma, 1e-12) + 1.0;
    let from_cyan = if green > blue { -apart } else { apart };
    offsets.map(|offset| {
        let from_opposite = ((from_cyan + offset).abs() - 3.0).abs();
        largest + chroma * least(most(from_opposite - 2.0, -1.0), 0.0)
    })
}
