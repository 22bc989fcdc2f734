//! Products of small matrices in one thread: rows times a packed matrix, and rows times rows summed
//! over the rows. Both keep a block of results in registers.

use std::array;

use pulp::Simd;

/// Rows of a block of results, two vectors wide. Six of them, with a row of the panel and a factor,
/// fill 15 of 16 registers; browsers then keep some in memory, and with four a step is faster.
pub(super) const HIGH: usize = if cfg!(target_arch = "wasm32") { 4 } else { 6 };

type Block<S> = [[<S as Simd>::f32s; 2]; HIGH];

/// Columns of a block of results.
#[inline(always)]
fn wide<S: Simd>() -> usize {
    2 * S::F32_LANES
}

/// A matrix `[k, n]` in panels of [`wide`] columns, each row after row; the last is filled up with
/// zeros.
#[derive(Debug)]
pub(super) struct Panels<S: Simd> {
    values: Vec<S::f32s>,
    k: usize,
    n: usize,
}

impl<S: Simd> Panels<S> {
    /// `at(row, column)` says what the matrix holds.
    #[inline(always)]
    pub(super) fn pack(simd: S, k: usize, n: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(k * n.next_multiple_of(wide::<S>()) / S::F32_LANES);
        let mut row = vec![0.0; wide::<S>()];
        for left in (0..n).step_by(wide::<S>()) {
            for i in 0..k {
                for (column, entry) in (left..).zip(&mut row) {
                    *entry = if column < n { at(i, column) } else { 0.0 };
                }
                values.extend(vectors(simd, &row));
            }
        }
        Self { values, k, n }
    }

    /// `out = rows · self`, for `m` rows of `k` that are `stride` apart, and `out: [m, n]`.
    #[inline(always)]
    pub(super) fn times(&self, simd: S, rows: &[f32], stride: usize, out: &mut [f32]) {
        let m = out.len() / self.n;
        for (p, panel) in self.values.chunks_exact(2 * self.k).enumerate() {
            let left = p * wide::<S>();
            let columns = wide::<S>().min(self.n - left);
            for top in (0..m).step_by(HIGH) {
                // What is beyond the last row is computed again, and not kept.
                let row = |r: usize| {
                    let start = (top + r).min(m - 1) * stride;
                    &rows[start..start + self.k]
                };
                let sums = block_of_rows(simd, array::from_fn(row), panel);
                for (r, sums) in (top..m).zip(sums) {
                    let start = r * self.n + left;
                    store(simd, &mut out[start..start + columns], sums);
                }
            }
        }
    }
}

#[inline(always)]
fn block_of_rows<S: Simd>(simd: S, rows: [&[f32]; HIGH], panel: &[S::f32s]) -> Block<S> {
    let mut sums = [[simd.splat_f32s(0.0); 2]; HIGH];
    let k = panel.len() / 2;
    // So that the compiler knows that all are as long.
    let rows = rows.map(|row| &row[..k]);
    for (i, right) in panel.chunks_exact(2).enumerate() {
        add(
            simd,
            &mut sums,
            array::from_fn(|r| rows[r][i]),
            [right[0], right[1]],
        );
    }
    sums
}

/// `out += leftᵀ · right` for `left: [m, k]`, whose rows are `stride` apart and may be read up to
/// `k +` [`HIGH`], `right: [m, n]` and `out: [k, n]`. `panel` is scratch.
#[inline(always)]
pub(super) fn add_transposed<S: Simd>(
    simd: S,
    [left, right]: [&[f32]; 2],
    [stride, n]: [usize; 2],
    out: &mut [f32],
    panel: &mut Vec<S::f32s>,
) {
    let k = out.len() / n;
    for column in (0..n).step_by(wide::<S>()) {
        let columns = wide::<S>().min(n - column);
        panel.clear();
        for row in right.chunks_exact(n) {
            panel.extend(vectors(simd, &row[column..column + columns]));
        }
        for top in (0..k).step_by(HIGH) {
            let mut sums = [[simd.splat_f32s(0.0); 2]; HIGH];
            for (row, right) in left.chunks_exact(stride).zip(panel.chunks_exact(2)) {
                let factors = row[top..top + HIGH].try_into().expect("as long");
                add(simd, &mut sums, factors, [right[0], right[1]]);
            }
            for (r, sums) in (top..k).zip(sums) {
                let out = &mut out[r * n + column..r * n + column + columns];
                let before = vectors(simd, out);
                let after = array::from_fn(|v| simd.add_f32s(before[v], sums[v]));
                store(simd, out, after);
            }
        }
    }
}

/// `sums += factors · right`, where each factor is for a row.
#[inline(always)]
fn add<S: Simd>(simd: S, sums: &mut Block<S>, factors: [f32; HIGH], right: [S::f32s; 2]) {
    for (sums, factor) in sums.iter_mut().zip(factors) {
        let factor = simd.splat_f32s(factor);
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum = simd.mul_add_e_f32s(factor, right, *sum);
        }
    }
}

/// Up to [`wide`] numbers, filled up with zeros.
#[inline(always)]
fn vectors<S: Simd>(simd: S, values: &[f32]) -> [S::f32s; 2] {
    let (first, second) = values.split_at(values.len().min(S::F32_LANES));
    [
        simd.partial_load_f32s(first),
        simd.partial_load_f32s(second),
    ]
}

/// As many of the numbers as `out` is long.
#[inline(always)]
fn store<S: Simd>(simd: S, out: &mut [f32], values: [S::f32s; 2]) {
    let (first, second) = out.split_at_mut(out.len().min(S::F32_LANES));
    simd.partial_store_f32s(first, values[0]);
    simd.partial_store_f32s(second, values[1]);
}
