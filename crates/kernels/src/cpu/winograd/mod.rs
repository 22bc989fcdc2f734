//! The 3 x 3 convolution by a stride of two, and both its gradients, by Winograd's minimal filtering
//! (Lavin and Gray, 2016, arXiv:1509.09308), adapted to that stride: a tile of two by two results
//! takes 25 products instead of 36.
//!
//! Two results beside each other are, of five inputs `d` and three weights `g`, `d0 g0 + d1 g1 + d2 g2`
//! and `d2 g0 + d3 g1 + d4 g2`: six products. Of five, `m = [(d0 - d2) g0, d1 g1, d2 (g0 + g2), d3 g1,
//! (d4 - d2) g2]`, they are `m0 + m1 + m2` and `m2 + m3 + m4`. The same down makes 25 of them, each
//! over all channels: for many tiles, 25 products of matrices. Before and after,
//! numbers are only added and taken away, so results are about as exact as the plain convolution's.

use std::array;

use pulp::Simd;

use super::conv::Geometry;
use super::product::{Block, HIGH, Panel, fill, wide};
use super::threads;

mod factors;
mod tiles;

use factors::Factors;
use tiles::{Parts, Tiling, add};

/// Inputs, and products, along a side of a tile.
const SIDE: usize = 5;

/// Products of a tile.
const PRODUCTS: usize = SIDE * SIDE;

/// Gradients of the products that differ: of corners, edges and the middle.
const SLOPES: usize = 9;

/// With fewer channels, what is done before and after takes as long as the products that are saved.
const CHANNELS: usize = 32;

/// Numbers in the sums of all shares of the images, for the gradient of the weights, unless two shares
/// need more.
const SUMS: usize = 1 << 19;

/// Whether this is the faster way.
pub(super) fn is_faster(g: Geometry) -> bool {
    let [tiles, places]: [usize; 2] = [g.tiles(), g.output()].map(|sides| sides.iter().product());
    g.stride == 2 && g.channels[0] >= CHANNELS && PRODUCTS * tiles < 9 * places
}

/// A product of a tile.
struct Product {
    number: usize,
    /// The number of its factor.
    factor: usize,
    /// The number of its gradient, among those that differ.
    slope: usize,
}

fn products() -> impl Iterator<Item = Product> {
    let [factor, slope] = [[0, 1, 2, 1, 3], [0, 0, 1, 2, 2]];
    (0..PRODUCTS).map(move |number| {
        let (i, j) = (number / SIDE, number % SIDE);
        Product {
            number,
            factor: 4 * factor[i] + factor[j],
            slope: 3 * slope[i] + slope[j],
        }
    })
}

/// What of the inputs goes into the products.
#[inline(always)]
fn parts<S: Simd>(simd: S, [a, b, c, d, e]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    [simd.sub_f32s(a, c), b, c, d, simd.sub_f32s(e, c)]
}

/// The gradient of the inputs for that of the [`parts`].
#[inline(always)]
fn by_inputs<S: Simd>(simd: S, [a, b, c, d, e]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    [a, b, simd.sub_f32s(simd.sub_f32s(c, a), e), d, e]
}

/// The results of the products.
#[inline(always)]
fn results<S: Simd>(simd: S, [a, b, c, d, e]: [S::f32s; SIDE]) -> [S::f32s; 2] {
    [[a, b], [d, e]].map(|[a, b]| simd.add_f32s(simd.add_f32s(a, b), c))
}

/// The gradient of the products for that of the [`results`]: those that differ.
#[inline(always)]
fn by_products<S: Simd>(simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 3] {
    [a, simd.add_f32s(a, b), b]
}

/// See [`super::conv::Forward`].
#[inline(always)]
pub(super) fn forward<S: Simd>(simd: S, g: Geometry, x: &[f32], weights: &[f32]) -> Vec<f32> {
    let from = g.channels[0];
    let factors = Factors::of(simd, weights, g.channels, |i, o| o * from + i);
    pass(
        simd,
        x,
        &factors,
        (g.inputs(), |row| parts(simd, row)),
        (g.outputs(), |row| results(simd, row)),
        |product| product.number,
    )
}

/// See [`super::conv::OfInput`].
#[inline(always)]
pub(super) fn of_input<S: Simd>(simd: S, g: Geometry, weights: &[f32], grad: &[f32]) -> Vec<f32> {
    let [from, to] = g.channels;
    let factors = Factors::of(simd, weights, [to, from], |o, i| o * from + i);
    pass(
        simd,
        grad,
        &factors,
        (g.outputs(), |row| by_products(simd, row)),
        (g.inputs(), |row| by_inputs(simd, row)),
        |product| product.slope,
    )
}

/// From images by way of products to images. `part` is what of a tile goes into a product.
#[inline(always)]
fn pass<S: Simd, const A: usize, const B: usize, const C: usize>(
    simd: S,
    images: &[f32],
    factors: &Factors<S>,
    (from, before): (Tiling<A>, impl Fn([S::f32s; A]) -> [S::f32s; B] + Sync),
    (to, after): (Tiling<C>, impl Fn([S::f32s; SIDE]) -> [S::f32s; C] + Sync),
    part: impl Fn(Product) -> usize + Sync,
) -> Vec<f32> {
    let count = images.len() / from.size();
    let mut out = vec![0.0; count * to.size()];
    let share = threads::share(count, from.unit());
    threads::each_with(
        simd,
        images
            .chunks(share * from.size())
            .zip(out.chunks_mut(share * to.size())),
        #[inline(always)]
        |(images, out)| {
            let mut parts = Parts::<B>::new(simd, from.channels);
            let mut values = Vec::new();
            for tiles in from.chunks(images.len() / from.size()) {
                let places = from.places(tiles.clone());
                parts.take(simd, images, 0..from.channels, &places, &before);
                let places = to.places(tiles.clone());
                values.resize(tiles.len() * PRODUCTS, [simd.splat_f32s(0.0); 2]);
                for (panel, left) in (0..to.channels).step_by(wide::<S>()).enumerate() {
                    for product in products() {
                        let factor = factors.panel(panel, product.factor);
                        let out = &mut values[product.number..];
                        multiply(simd, parts.from(part(product)), parts.pitch(), factor, out);
                    }
                    add(simd, &values, &after, (to, &places), left, out);
                }
            }
        },
    );
    out
}

/// One product of each tile, of parts that lie `pitch` numbers apart; its results, `PRODUCTS`.
#[inline(always)]
fn multiply<S: Simd>(
    simd: S,
    parts: &[f32],
    pitch: usize,
    factor: &Panel<S>,
    out: &mut [[S::f32s; 2]],
) {
    let tiles = out.len().div_ceil(PRODUCTS);
    for first in (0..tiles).step_by(HIGH) {
        // What is beyond the last tile is computed again, and not kept.
        let rows = array::from_fn(|r| &parts[(first + r).min(tiles - 1) * pitch..]);
        let mut block = Block::zero(simd);
        block.add_rows(simd, rows, factor);
        for (r, tile) in (first..tiles).take(HIGH).enumerate() {
            out[tile * PRODUCTS] = block.row(r);
        }
    }
}

/// See [`super::conv::OfWeights`].
#[inline(always)]
pub(super) fn of_weights<S: Simd>(simd: S, g: Geometry, x: &[f32], grad: &[f32]) -> Vec<f32> {
    let [from, to] = g.channels;
    let (inputs, outputs) = (g.inputs(), g.outputs());
    let (few, across) = (factors::of_few::<S>(to), to.div_ceil(wide::<S>()));
    let size = from.div_ceil(HIGH) * few;
    // Shares of the images have sums of their own, as many whatever the number of threads: so results
    // are the same. Where there are more threads, they share the channels of the input.
    let images = g.n.div_ceil((SUMS / size).clamp(2, 8));
    let shares = g.n.div_ceil(images);
    let mut slopes = vec![0.0; shares * size];
    let fews = from
        .div_ceil(HIGH)
        .div_ceil(threads::count().div_ceil(shares));
    let [input, output] = [inputs.size(), outputs.size()].map(|size| size * images);
    let images = x.chunks(input).zip(grad.chunks(output));
    threads::each_with(
        simd,
        images
            .zip(slopes.chunks_mut(size))
            .flat_map(|(images, slopes)| {
                let channels = (0..).step_by(fews * HIGH);
                let parts = channels.zip(slopes.chunks_mut(fews * few));
                parts.map(move |(first, slopes)| (images, first, slopes))
            }),
        #[inline(always)]
        |((x, grad), first, slopes)| {
            let of = first..from.min(first + fews * HIGH);
            let mut parts = Parts::<SIDE>::new(simd, of.len());
            let mut grads = Parts::<3>::new(simd, to);
            let (mut columns, mut panels) = (Vec::new(), Vec::new());
            let zero = [simd.splat_f32s(0.0); 2];
            for tiles in inputs.chunks(x.len() / inputs.size()) {
                let places = inputs.places(tiles.clone());
                parts.take(simd, x, of.clone(), &places, |row| self::parts(simd, row));
                let places = outputs.places(tiles.clone());
                grads.take(simd, grad, 0..to, &places, |row| by_products(simd, row));
                // A panel of channels of a gradient of all tiles after the other.
                panels.resize(SLOPES * across * tiles.len(), zero);
                let of_slopes = panels.chunks_exact_mut(across * tiles.len());
                for (slope, panels) in of_slopes.enumerate() {
                    fill(simd, &grads.each(slope), tiles.len(), panels);
                }
                columns.resize(of.len().div_ceil(HIGH) * tiles.len(), [0.0; HIGH]);
                for product in products() {
                    // A few channels of all tiles after the other.
                    let all = columns.chunks_exact_mut(tiles.len());
                    for (first, columns) in (0..).step_by(HIGH).zip(all) {
                        for (column, part) in columns.iter_mut().zip(parts.each(product.number)) {
                            *column = match part[first..].first_chunk() {
                                Some(column) => *column,
                                None => array::from_fn(|r| part[(first + r).min(part.len() - 1)]),
                            };
                        }
                    }
                    let panels = panels.chunks_exact(tiles.len());
                    let panels = panels.skip(product.slope * across).take(across);
                    for (number, panel) in panels.enumerate() {
                        let at = factors::block::<S>(to, product.factor, number);
                        let columns = columns.chunks_exact(tiles.len());
                        for (columns, slopes) in columns.zip(slopes.chunks_exact_mut(few)) {
                            let mut block = Block::zero(simd);
                            block.add_columns(simd, columns, panel);
                            block.add_to(simd, &mut slopes[at.clone()]);
                        }
                    }
                }
            }
        },
    );
    factors::weights(simd, &slopes, g.channels)
}
