//! Views of images: one dispatch resamples, one sums the greys that a contrast needs, one changes
//! colours. Neighbouring invocations have neighbouring pixels of a plane.

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::prelude::*;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::{Work, empty, like};
use crate::pixels::{Change, GREY, Taps};

/// Elements of a change in a list: its kind, and three parameters.
const ENTRY: usize = 4;

// Kinds; 0 changes nothing.
const BRIGHTNESS: f32 = 1.0;
const CONTRAST: f32 = 2.0;
const SATURATION: f32 = 3.0;
const HUE: f32 = 4.0;
const SOLARISE: f32 = 5.0;

/// See [`super::PlainOps::resample`].
pub(super) fn resample(images: CubeTensor, rows: &Taps, columns: &Taps) -> CubeTensor {
    let images = into_contiguous(images);
    let [n, c, h, w] = images.shape().dims();
    let [height, width] = [rows, columns].map(|taps| taps.firsts.len() / n);
    let [row_taps, column_taps] = [rows.width, columns.width];
    let [rows, columns] = [rows, columns].map(|taps| {
        // Indices are small enough to be exact as f32.
        let firsts = taps.firsts.iter().map(|first| *first as f32);
        upload(
            firsts.chain(taps.weights.iter().copied()).collect(),
            &images,
        )
    });
    let out = empty(&images, [n, c, height, width]);
    let work = Work::of(&out, n * c * height * width);
    resample_pixels::launch(
        &out.client,
        work.count,
        work.dim,
        images.into_buffer_arg(),
        rows.into_buffer_arg(),
        columns.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        c,
        h,
        w,
        height,
        width,
        row_taps,
        column_taps,
    );
    out
}

/// See [`super::PlainOps::distort`].
pub(super) fn distort(images: CubeTensor, changes: &[Vec<Change>]) -> CubeTensor {
    let images = into_contiguous(images);
    let [n, _, h, w] = images.shape().dims();
    let pixels = h * w;
    let most = changes.iter().map(Vec::len).max().unwrap_or(0);
    let lists = upload(encode(changes, most), &images);
    // About as many sums as a sum has pixels.
    let chunks = pixels.isqrt();
    let sums = empty(&images, [n, chunks]);
    let mut each = changes.iter().flatten();
    if each.any(|change| matches!(change, Change::Contrast(_))) {
        let work = Work::of(&sums, n * chunks);
        greys_before_contrast::launch(
            &sums.client,
            work.count,
            work.dim,
            images.clone().into_buffer_arg(),
            lists.clone().into_buffer_arg(),
            sums.clone().into_buffer_arg(),
            pixels,
            most,
            chunks,
        );
    }
    let out = like(&images);
    let work = Work::of(&out, n * pixels);
    distort_pixels::launch(
        &out.client,
        work.count,
        work.dim,
        images.into_buffer_arg(),
        lists.into_buffer_arg(),
        sums.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        pixels,
        most,
        chunks,
    );
    out
}

fn upload(values: Vec<f32>, beside: &CubeTensor) -> CubeTensor {
    let length = values.len();
    CubeBackend::float_from_data(TensorData::new(values, [length]), &beside.device)
}

/// The lists as the kernels read them: `[n, most, ENTRY]`.
fn encode(changes: &[Vec<Change>], most: usize) -> Vec<f32> {
    let mut all = Vec::with_capacity(changes.len() * most * ENTRY);
    for (image, list) in changes.iter().enumerate() {
        for change in list {
            let (kind, [a, b, c]) = match *change {
                Change::Brightness(factor) => (BRIGHTNESS, [factor; 3]),
                Change::Contrast(factor) => (CONTRAST, [factor; 3]),
                Change::Saturation(factor) => (SATURATION, [factor; 3]),
                Change::Hue(turn) => (HUE, Change::offsets(turn)),
                Change::Solarise(threshold) => (SOLARISE, [threshold; 3]),
            };
            all.extend([kind, a, b, c]);
        }
        all.resize((image + 1) * most * ENTRY, 0.0);
    }
    all
}

/// `images: [n, c, h, w]` to `out: [n, c, height, width]`. `rows` and `columns` are the index of the
/// first tap of each line, then the weights of all taps.
#[cube(launch)]
fn resample_pixels(
    images: &[f32],
    rows: &[f32],
    columns: &[f32],
    out: &mut [f32],
    c: usize,
    h: usize,
    w: usize,
    height: usize,
    width: usize,
    row_taps: usize,
    column_taps: usize,
) {
    let at = ABSOLUTE_POS;
    if at >= out.len() {
        terminate!();
    }
    let column = at % width;
    let row = at / width % height;
    let plane = at / width / height;
    let image = plane / c;
    let n = out.len() / (c * height * width);
    let row_tap = image * height + row;
    let column_tap = image * width + column;
    let top = plane * h + usize::cast_from(rows[row_tap]);
    let left = usize::cast_from(columns[column_tap]);
    let down = n * height + row_tap * row_taps;
    let across = n * width + column_tap * column_taps;
    let mut sum = 0.0f32;
    for i in 0..row_taps {
        let first = (top + i) * w + left;
        let mut line = 0.0f32;
        for j in 0..column_taps {
            line += images[first + j] * columns[across + j];
        }
        sum += line * rows[down + i];
    }
    out[at] = sum;
}

/// Sums over every `chunks`th pixel of the greys of `images: [n, 3, pixels]`, after the changes that
/// precede the contrast: `[n, chunks]`.
#[cube(launch)]
fn greys_before_contrast(
    images: &[f32],
    lists: &[f32],
    out: &mut [f32],
    pixels: usize,
    changes: usize,
    chunks: usize,
) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let image = ABSOLUTE_POS / chunks;
    let first = image * changes * ENTRY;
    let mut end = first;
    while end < first + changes * ENTRY && lists[end] != CONTRAST {
        end += ENTRY;
    }
    let mut pixel = Array::<f32>::new(3usize);
    let mut sum = 0.0f32;
    for at in range_stepped(ABSOLUTE_POS % chunks, pixels, chunks) {
        read(images, &mut pixel, image * 3 * pixels + at, pixels);
        for entry in range_stepped(first, end, ENTRY) {
            change(&mut pixel, lists, entry, 0.0);
        }
        sum += grey(pixel[0], pixel[1], pixel[2]);
    }
    out[ABSOLUTE_POS] = sum;
}

/// Applies each image's list to `images: [n, 3, pixels]`. `sums` are those of
/// [`greys_before_contrast`], not read where a list has no contrast.
#[cube(launch)]
fn distort_pixels(
    images: &[f32],
    lists: &[f32],
    sums: &[f32],
    out: &mut [f32],
    pixels: usize,
    changes: usize,
    chunks: usize,
) {
    if ABSOLUTE_POS >= out.len() / 3 {
        terminate!();
    }
    let image = ABSOLUTE_POS / pixels;
    let at = image * 3 * pixels + ABSOLUTE_POS % pixels;
    let first = image * changes * ENTRY;
    let mut pixel = Array::<f32>::new(3usize);
    read(images, &mut pixel, at, pixels);
    for entry in range_stepped(first, first + changes * ENTRY, ENTRY) {
        let mut mean = 0.0f32;
        if lists[entry] == CONTRAST {
            for chunk in 0..chunks {
                mean += sums[image * chunks + chunk];
            }
            mean /= f32::cast_from(pixels);
        }
        change(&mut pixel, lists, entry, mean);
    }
    #[unroll]
    for channel in 0..3usize {
        out[at + channel * pixels] = pixel[channel];
    }
}

#[cube]
fn read(images: &[f32], pixel: &mut Array<f32>, at: usize, pixels: usize) {
    #[unroll]
    for channel in 0..3usize {
        pixel[channel] = images[at + channel * pixels];
    }
}

/// Applies an entry of a list to a pixel. All invocations of an image read the same entry, so they
/// take the same branch.
#[cube]
fn change(pixel: &mut Array<f32>, lists: &[f32], entry: usize, mean: f32) {
    let kind = lists[entry];
    let by = lists[entry + 1];
    if kind == HUE {
        rotate_hue(pixel, lists, entry);
    } else if kind == SOLARISE {
        #[unroll]
        for channel in 0..3usize {
            if pixel[channel] >= by {
                pixel[channel] = 1.0 - pixel[channel];
            }
        }
    } else if kind != 0.0 {
        let mut level = 0.0f32;
        if kind == CONTRAST {
            level = mean;
        } else if kind == SATURATION {
            level = grey(pixel[0], pixel[1], pixel[2]);
        }
        level *= 1.0 - by;
        #[unroll]
        for channel in 0..3usize {
            pixel[channel] = clamp(pixel[channel] * by + level, 0.0, 1.0);
        }
    }
}

#[cube]
fn grey(red: f32, green: f32, blue: f32) -> f32 {
    red * GREY[0] + green * GREY[1] + blue * GREY[2]
}

/// Rotates a pixel's hue; see [`Change::offsets`].
#[cube]
fn rotate_hue(pixel: &mut Array<f32>, lists: &[f32], entry: usize) {
    let red = pixel[0];
    let green = pixel[1];
    let blue = pixel[2];
    let largest = f32::max(red, f32::max(green, blue));
    let chroma = largest - f32::min(red, f32::min(green, blue));
    // A grey has no chroma: any hue will do.
    let mut from_cyan = (largest - green - blue + red) / f32::max(chroma, 1e-12) + 1.0;
    if green > blue {
        from_cyan = -from_cyan;
    }
    #[unroll]
    for channel in 0..3usize {
        let offset = lists[entry + 1 + channel];
        let from_opposite = f32::abs(f32::abs(from_cyan + offset) - 3.0);
        pixel[channel] = largest + chroma * clamp(from_opposite - 2.0, -1.0, 0.0);
    }
}
