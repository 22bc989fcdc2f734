//! Weights as they go into the products, and their gradient as it comes out.

use std::ops::Range;

use pulp::Simd;

use super::super::product::{HIGH, Panel, wide};
use super::super::threads;
use super::tiles::both_ways;

/// Factors that a kernel makes: four along a side.
const FACTORS: usize = 16;

/// Weights of a kernel.
const TAPS: usize = 9;

/// What of the weights of a row goes into the products.
#[inline(always)]
fn factors<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; 4] {
    [a, b, simd.add_f32s(a, c), c]
}

/// The gradient of the weights for that of the [`factors`].
#[inline(always)]
fn by_weights<S: Simd>(simd: S, [a, b, both, c]: [S::f32s; 4]) -> [S::f32s; 3] {
    [simd.add_f32s(a, both), b, simd.add_f32s(c, both)]
}

/// A matrix of kernels, by their factors.
pub(super) struct Factors<S: Simd> {
    rows: usize,
    /// For each panel of columns, the rows of each factor.
    panels: Vec<[S::f32s; 2]>,
}

impl<S: Simd> Factors<S> {
    /// Of so many rows and columns, whose kernels have these numbers among the weights.
    #[inline(always)]
    pub(super) fn of(
        simd: S,
        weights: &[f32],
        [rows, columns]: [usize; 2],
        number: impl Fn(usize, usize) -> usize + Sync,
    ) -> Self {
        let size = FACTORS * rows;
        let mut panels = vec![[simd.splat_f32s(0.0); 2]; columns.div_ceil(wide::<S>()) * size];
        let starts = (0..columns).step_by(wide::<S>());
        threads::each_with(
            simd,
            starts.zip(panels.chunks_exact_mut(size)),
            #[inline(always)]
            |(left, panel)| {
                // Tap by tap, those of all columns.
                let mut taps = vec![0.0; TAPS * wide::<S>()];
                for row in 0..rows {
                    for column in left..columns.min(left + wide::<S>()) {
                        let kernel = &weights[TAPS * number(row, column)..][..TAPS];
                        for (taps, weight) in taps.chunks_exact_mut(wide::<S>()).zip(kernel) {
                            taps[column - left] = *weight;
                        }
                    }
                    let (taps, _) = S::as_simd_f32s(&taps);
                    for half in 0..2 {
                        both_ways(
                            |i, j| taps[2 * (3 * i + j) + half],
                            |taps| factors(simd, taps),
                            |i, j, factor| panel[(4 * i + j) * rows + row][half] = factor,
                        );
                    }
                }
            },
        );
        Self { rows, panels }
    }

    /// The rows of a factor in a panel.
    pub(super) fn panel(&self, panel: usize, factor: usize) -> &Panel<S> {
        &self.panels[(FACTORS * panel + factor) * self.rows..][..self.rows]
    }
}

/// Numbers of a gradient of the factors for `HIGH` channels of the input: `[factor, panel, HIGH, wide]`.
pub(super) fn of_few<S: Simd>(to: usize) -> usize {
    FACTORS * to.div_ceil(wide::<S>()) * HIGH * wide::<S>()
}

/// Those of a block among them.
pub(super) fn block<S: Simd>(to: usize, factor: usize, panel: usize) -> Range<usize> {
    let size = HIGH * wide::<S>();
    let start = (factor * to.div_ceil(wide::<S>()) + panel) * size;
    start..start + size
}

/// The gradient of the weights, `[to, from, 3, 3]`, for the gradients of their factors: one for each
/// share of the images, summed in their order.
#[inline(always)]
pub(super) fn weights<S: Simd>(simd: S, slopes: &[f32], [from, to]: [usize; 2]) -> Vec<f32> {
    let (few, lanes) = (of_few::<S>(to), S::F32_LANES);
    let (slopes, _) = S::as_simd_f32s(slopes);
    let shares = slopes.chunks_exact(from.div_ceil(HIGH) * few / lanes);
    let mut out = vec![0.0; TAPS * from * to];
    let panels = out.chunks_mut(wide::<S>() * from * TAPS).enumerate();
    threads::each_with(
        simd,
        panels,
        #[inline(always)]
        |(panel, out)| {
            let mut taps = vec![0.0; TAPS * wide::<S>()];
            for i in 0..from {
                let at = |factor| {
                    let block = block::<S>(to, factor, panel).start / lanes;
                    i / HIGH * few / lanes + block + i % HIGH * 2
                };
                let (vectors, _) = S::as_mut_simd_f32s(&mut taps);
                for half in 0..2 {
                    let sum = |factor| {
                        let sums = shares.clone().map(|share| share[at(factor) + half]);
                        sums.fold(simd.splat_f32s(0.0), |sum, x| simd.add_f32s(sum, x))
                    };
                    both_ways(
                        |i, j| sum(4 * i + j),
                        |slopes| by_weights(simd, slopes),
                        |i, j, tap| vectors[2 * (3 * i + j) + half] = tap,
                    );
                }
                for (o, kernels) in out.chunks_exact_mut(from * TAPS).enumerate() {
                    let kernel = kernels[TAPS * i..][..TAPS].iter_mut();
                    for (weight, taps) in kernel.zip(taps.chunks_exact(wide::<S>())) {
                        *weight = taps[o];
                    }
                }
            }
        },
    );
    out
}
