//! The transform of the weights, and of their gradient back.

use std::ops::Range;

use pulp::Simd;

use super::super::gemm::{MR, Panel, nr};
use super::super::threads;
use super::tiles::transform_2d;

/// Elements of a transformed kernel: 4 x 4.
const ELEMENTS: usize = 16;

/// Taps of a kernel: 3 x 3.
const TAPS: usize = 9;

/// The transform of three weights, in one dimension.
#[inline(always)]
fn transform<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; 4] {
    [a, b, simd.add_f32s(a, c), c]
}

/// The gradient of the weights for that of their [`transform`]: its transpose.
#[inline(always)]
fn transpose<S: Simd>(simd: S, [a, b, both, c]: [S::f32s; 4]) -> [S::f32s; 3] {
    [simd.add_f32s(a, both), b, simd.add_f32s(c, both)]
}

/// A matrix of kernels, input by output channels, for each element of their transforms.
pub(super) struct TransformedWeights<S: Simd> {
    rows: usize,
    /// `[panel, element, row]`.
    panels: Vec<[S::f32s; 2]>,
}

impl<S: Simd> TransformedWeights<S> {
    /// Transforms `rows` x `columns` kernels; `index(row, column)` says which of the weights' kernels
    /// each is.
    #[inline(always)]
    pub(super) fn new(
        simd: S,
        weights: &[f32],
        [rows, columns]: [usize; 2],
        index: impl Fn(usize, usize) -> usize + Sync,
    ) -> Self {
        let size = ELEMENTS * rows;
        let mut panels = vec![[simd.splat_f32s(0.0); 2]; columns.div_ceil(nr::<S>()) * size];
        let lefts = (0..columns).step_by(nr::<S>());
        threads::each_with(
            simd,
            lefts.zip(panels.chunks_exact_mut(size)),
            #[inline(always)]
            |(left, panel)| {
                // `[tap, column]`: the kernels of a row of the panel.
                let mut taps = vec![0.0; TAPS * nr::<S>()];
                for row in 0..rows {
                    for column in left..columns.min(left + nr::<S>()) {
                        let kernel = &weights[TAPS * index(row, column)..][..TAPS];
                        for (taps, weight) in taps.chunks_exact_mut(nr::<S>()).zip(kernel) {
                            taps[column - left] = *weight;
                        }
                    }
                    let (taps, _) = S::as_simd_f32s(&taps);
                    for half in 0..2 {
                        transform_2d(
                            |i, j| taps[2 * (3 * i + j) + half],
                            |taps| transform(simd, taps),
                            |i, j, element| panel[(4 * i + j) * rows + row][half] = element,
                        );
                    }
                }
            },
        );
        Self { rows, panels }
    }

    /// A panel of the matrix of an element.
    pub(super) fn panel(&self, panel: usize, element: usize) -> &Panel<S> {
        &self.panels[(ELEMENTS * panel + element) * self.rows..][..self.rows]
    }
}

/// Size of a slab of the gradient of the transformed weights, that of `MR` input channels:
/// `[element, panel, MR, NR]`.
pub(super) fn slab_size<S: Simd>(c_out: usize) -> usize {
    ELEMENTS * c_out.div_ceil(nr::<S>()) * MR * nr::<S>()
}

/// The register tile of an element and a panel in a slab.
pub(super) fn range<S: Simd>(c_out: usize, element: usize, panel: usize) -> Range<usize> {
    let size = MR * nr::<S>();
    let start = (element * c_out.div_ceil(nr::<S>()) + panel) * size;
    start..start + size
}

/// The gradient of the weights, `[c_out, c_in, 3, 3]`, for that of the transformed weights:
/// `[share of the batch, slab, element, panel, MR, NR]`. Shares are summed in their order.
#[inline(always)]
pub(super) fn grad_weights<S: Simd>(simd: S, sums: &[f32], [c_in, c_out]: [usize; 2]) -> Vec<f32> {
    let (slab, lanes) = (slab_size::<S>(c_out), S::F32_LANES);
    let (sums, _) = S::as_simd_f32s(sums);
    let shares = sums.chunks_exact(c_in.div_ceil(MR) * slab / lanes);
    let mut out = vec![0.0; TAPS * c_in * c_out];
    let panels = out.chunks_mut(nr::<S>() * c_in * TAPS).enumerate();
    threads::each_with(
        simd,
        panels,
        #[inline(always)]
        |(panel, out)| {
            let mut taps = vec![0.0; TAPS * nr::<S>()];
            for i in 0..c_in {
                let vector = |element| {
                    let tile = range::<S>(c_out, element, panel).start / lanes;
                    i / MR * slab / lanes + tile + i % MR * 2
                };
                let (vectors, _) = S::as_mut_simd_f32s(&mut taps);
                for half in 0..2 {
                    let sum = |element| {
                        let all = shares.clone().map(|share| share[vector(element) + half]);
                        all.fold(simd.splat_f32s(0.0), |sum, x| simd.add_f32s(sum, x))
                    };
                    transform_2d(
                        |i, j| sum(4 * i + j),
                        |grads| transpose(simd, grads),
                        |i, j, tap| vectors[2 * (3 * i + j) + half] = tap,
                    );
                }
                for (o, kernels) in out.chunks_exact_mut(c_in * TAPS).enumerate() {
                    let kernel = kernels[TAPS * i..][..TAPS].iter_mut();
                    for (weight, taps) in kernel.zip(taps.chunks_exact(nr::<S>())) {
                        *weight = taps[o];
                    }
                }
            }
        },
    );
    out
}
