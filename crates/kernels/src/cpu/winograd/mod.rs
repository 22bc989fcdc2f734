//! The 3 x 3 convolution of stride two, and both its gradients, by Winograd's minimal filtering
//! (Lavin and Gray, 2016, arXiv:1509.09308), adapted to that stride: a tile of 2 x 2 outputs takes 25
//! products instead of 36.
//!
//! In one dimension, two outputs of five inputs `d` and three weights `g` are `d0 g0 + d1 g1 + d2 g2`
//! and `d2 g0 + d3 g1 + d4 g2`: six products. With the five products `m = [(d0 - d2) g0, d1 g1,
//! d2 (g0 + g2), d3 g1, (d4 - d2) g2]` they are `m0 + m1 + m2` and `m2 + m3 + m4`. Nested in two
//! dimensions this is 25 products, each summed over channels: for many tiles, 25 matrix products.
//! The transforms before and after only add and subtract, so rounding stays that of sums.

use std::array;

use pulp::Simd;

use super::conv::Geometry;
use super::gemm::{MR, Panel, RegisterTile, nr, pack};
use super::threads;

mod tiles;
mod weights;

use tiles::{Tiling, TransformedTiles, add_tiles};
use weights::TransformedWeights;

/// Inputs, and products, along a side of a tile.
const SIDE: usize = 5;

/// Products of a tile.
const PRODUCTS: usize = SIDE * SIDE;

/// Distinct gradients of the products: at corners, edges and the centre.
const PRODUCT_GRADS: usize = 9;

/// With fewer channels, the transforms cost what the saved products would.
const CHANNELS: usize = 32;

/// Elements of the sums of all shares of the batch, for the gradient of the weights, unless two shares
/// have more.
const SUMS: usize = 1 << 19;

/// Whether this is faster than the plain convolution.
pub(super) fn is_faster(g: Geometry) -> bool {
    let [tiles, pixels]: [usize; 2] = [g.tiles(), g.output()].map(|sides| sides.iter().product());
    g.stride == 2 && g.channels[0] >= CHANNELS && PRODUCTS * tiles < 9 * pixels
}

/// A product of a tile.
struct Product {
    index: usize,
    /// Index of its transformed weight: there are 4 x 4.
    weight: usize,
    /// Index of its gradient, among the distinct ones: there are 3 x 3.
    grad: usize,
}

fn products() -> impl Iterator<Item = Product> {
    let [weight, grad] = [[0, 1, 2, 1, 3], [0, 0, 1, 2, 2]];
    (0..PRODUCTS).map(move |index| {
        let (i, j) = (index / SIDE, index % SIDE);
        Product {
            index,
            weight: 4 * weight[i] + weight[j],
            grad: 3 * grad[i] + grad[j],
        }
    })
}

/// The transform of five inputs, in one dimension.
#[inline(always)]
fn transform_input<S: Simd>(simd: S, [a, b, c, d, e]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    [simd.sub_f32s(a, c), b, c, d, simd.sub_f32s(e, c)]
}

/// The gradient of the inputs for that of their transform: its transpose.
#[inline(always)]
fn grad_input<S: Simd>(simd: S, [a, b, c, d, e]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    [a, b, simd.sub_f32s(simd.sub_f32s(c, a), e), d, e]
}

/// The transform of five products to two outputs, in one dimension.
#[inline(always)]
fn transform_products<S: Simd>(simd: S, [a, b, c, d, e]: [S::f32s; SIDE]) -> [S::f32s; 2] {
    [[a, b], [d, e]].map(|[a, b]| simd.add_f32s(simd.add_f32s(a, b), c))
}

/// The gradient of the products for that of the outputs: the three distinct ones of five.
#[inline(always)]
fn grad_products<S: Simd>(simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 3] {
    [a, simd.add_f32s(a, b), b]
}

/// See [`super::conv::Forward`].
#[inline(always)]
pub(super) fn forward<S: Simd>(simd: S, g: Geometry, x: &[f32], weights: &[f32]) -> Vec<f32> {
    let c_in = g.channels[0];
    let weights = TransformedWeights::new(simd, weights, g.channels, |i, o| o * c_in + i);
    multiply_tiles(
        simd,
        x,
        &weights,
        (g.inputs(), |row| transform_input(simd, row)),
        (g.outputs(), |row| transform_products(simd, row)),
        |product| product.index,
    )
}

/// See [`super::conv::GradX`].
#[inline(always)]
pub(super) fn grad_x<S: Simd>(simd: S, g: Geometry, weights: &[f32], grad: &[f32]) -> Vec<f32> {
    let [c_in, c_out] = g.channels;
    let weights = TransformedWeights::new(simd, weights, [c_out, c_in], |o, i| o * c_in + i);
    multiply_tiles(
        simd,
        grad,
        &weights,
        (g.outputs(), |row| grad_products(simd, row)),
        (g.inputs(), |row| grad_input(simd, row)),
        |product| product.grad,
    )
}

/// Images to images: `before` transforms tiles of `A` x `A` pixels to `B` x `B` elements, which are
/// multiplied by the weights; `after` transforms the products to tiles of `C` x `C` pixels, which are
/// added up. `element` is which element of a tile goes into a product.
#[inline(always)]
fn multiply_tiles<S: Simd, const A: usize, const B: usize, const C: usize>(
    simd: S,
    images: &[f32],
    weights: &TransformedWeights<S>,
    (source, before): (Tiling<A>, impl Fn([S::f32s; A]) -> [S::f32s; B] + Sync),
    (target, after): (Tiling<C>, impl Fn([S::f32s; SIDE]) -> [S::f32s; C] + Sync),
    element: impl Fn(Product) -> usize + Sync,
) -> Vec<f32> {
    let count = images.len() / source.size();
    let mut out = vec![0.0; count * target.size()];
    let chunk = threads::chunk(count, source.unit());
    threads::each_with(
        simd,
        images
            .chunks(chunk * source.size())
            .zip(out.chunks_mut(chunk * target.size())),
        #[inline(always)]
        |(images, out)| {
            let mut transformed = TransformedTiles::<B>::new(simd, source.channels);
            let mut values = Vec::new();
            for tiles in source.batches(images.len() / source.size()) {
                let pixels = source.pixels(tiles.clone());
                transformed.take(simd, images, 0..source.channels, &pixels, &before);
                let pixels = target.pixels(tiles.clone());
                values.resize(tiles.len() * PRODUCTS, [simd.splat_f32s(0.0); 2]);
                for (panel, left) in (0..target.channels).step_by(nr::<S>()).enumerate() {
                    for product in products() {
                        let weights = weights.panel(panel, product.weight);
                        let out = &mut values[product.index..];
                        let elements = transformed.from(element(product));
                        multiply(simd, elements, transformed.pitch(), weights, out);
                    }
                    add_tiles(simd, &values, &after, (target, &pixels), left, out);
                }
            }
        },
    );
    out
}

/// One product of each tile: its elements lie `pitch` apart, its results `PRODUCTS`.
#[inline(always)]
fn multiply<S: Simd>(
    simd: S,
    elements: &[f32],
    pitch: usize,
    weights: &Panel<S>,
    out: &mut [[S::f32s; 2]],
) {
    let tiles = out.len().div_ceil(PRODUCTS);
    for first in (0..tiles).step_by(MR) {
        // Rows beyond the last tile repeat it, and are not stored.
        let rows = array::from_fn(|r| &elements[(first + r).min(tiles - 1) * pitch..]);
        let mut sums = RegisterTile::zero(simd);
        sums.add_rows(simd, rows, weights);
        for (r, tile) in (first..tiles).take(MR).enumerate() {
            out[tile * PRODUCTS] = sums.row(r);
        }
    }
}

/// See [`super::conv::GradWeight`].
#[inline(always)]
pub(super) fn grad_weight<S: Simd>(simd: S, g: Geometry, x: &[f32], grad: &[f32]) -> Vec<f32> {
    let [c_in, c_out] = g.channels;
    let (inputs, outputs) = (g.inputs(), g.outputs());
    // Sums are kept in slabs of MR input channels.
    let (slab, panels_across) = (weights::slab_size::<S>(c_out), c_out.div_ceil(nr::<S>()));
    let size = c_in.div_ceil(MR) * slab;
    // Shares of the batch have sums of their own. Their number does not depend on the threads, so
    // neither does the rounding. More threads than shares split the input channels.
    let images = g.n.div_ceil((SUMS / size).clamp(2, 8));
    let shares = g.n.div_ceil(images);
    let mut sums = vec![0.0; shares * size];
    let slabs = c_in
        .div_ceil(MR)
        .div_ceil(threads::count().div_ceil(shares));
    let [input, output] = [inputs.size(), outputs.size()].map(|size| size * images);
    let images = x.chunks(input).zip(grad.chunks(output));
    threads::each_with(
        simd,
        images
            .zip(sums.chunks_mut(size))
            .flat_map(|(images, sums)| {
                let channels = (0..).step_by(slabs * MR);
                let chunks = channels.zip(sums.chunks_mut(slabs * slab));
                chunks.map(move |(first, sums)| (images, first, sums))
            }),
        #[inline(always)]
        |((x, grad), first, sums)| {
            let channels = first..c_in.min(first + slabs * MR);
            let mut tiles_x = TransformedTiles::<SIDE>::new(simd, channels.len());
            let mut tiles_grad = TransformedTiles::<3>::new(simd, c_out);
            let (mut columns, mut panels) = (Vec::new(), Vec::new());
            let zero = [simd.splat_f32s(0.0); 2];
            for tiles in inputs.batches(x.len() / inputs.size()) {
                let pixels = inputs.pixels(tiles.clone());
                let transform = |row| transform_input(simd, row);
                tiles_x.take(simd, x, channels.clone(), &pixels, transform);
                let pixels = outputs.pixels(tiles.clone());
                let transform = |row| grad_products(simd, row);
                tiles_grad.take(simd, grad, 0..c_out, &pixels, transform);
                // For each distinct gradient, its panels: a row for each tile.
                panels.resize(PRODUCT_GRADS * panels_across * tiles.len(), zero);
                let all = panels.chunks_exact_mut(panels_across * tiles.len());
                for (product_grad, panels) in all.enumerate() {
                    pack(simd, &tiles_grad.each(product_grad), tiles.len(), panels);
                }
                columns.resize(channels.len().div_ceil(MR) * tiles.len(), [0.0; MR]);
                for product in products() {
                    // For each slab, MR channels of each tile.
                    let all = columns.chunks_exact_mut(tiles.len());
                    for (first, columns) in (0..).step_by(MR).zip(all) {
                        let tiles = tiles_x.each(product.index);
                        for (column, tile) in columns.iter_mut().zip(tiles) {
                            *column = match tile[first..].first_chunk() {
                                Some(column) => *column,
                                None => array::from_fn(|r| tile[(first + r).min(tile.len() - 1)]),
                            };
                        }
                    }
                    let panels = panels.chunks_exact(tiles.len());
                    let panels = panels.skip(product.grad * panels_across);
                    for (panel_index, panel) in panels.take(panels_across).enumerate() {
                        let range = weights::range::<S>(c_out, product.weight, panel_index);
                        let columns = columns.chunks_exact(tiles.len());
                        for (columns, slab) in columns.zip(sums.chunks_exact_mut(slab)) {
                            let mut tile = RegisterTile::zero(simd);
                            tile.add_columns(simd, columns, panel);
                            tile.add_to(simd, &mut slab[range.clone()]);
                        }
                    }
                }
            }
        },
    );
    weights::grad_weights(simd, &sums, g.channels)
}
