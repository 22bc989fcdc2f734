//! Blocks of a product of matrices, small enough to stay in registers while they are
//! summed up.

use std::array;

use pulp::Simd;

/// Rows of a block, two vectors wide. Six of them, with a row of the panel and a factor, fill 15 of
/// 16 registers; browsers then keep some in memory, and with four a step is faster.
pub(super) const HIGH: usize = if cfg!(target_arch = "wasm32") { 4 } else { 6 };

/// The results of [`HIGH`] rows and [`wide`] columns.
#[derive(Clone, Copy)]
pub(super) struct Block<S: Simd>([[S::f32s; 2]; HIGH]);

/// Columns of a block.
#[inline(always)]
pub(super) fn wide<S: Simd>() -> usize {
    2 * S::F32_LANES
}

/// Columns of a matrix, as many as a block has, row after row.
pub(super) type Panel<S> = [[<S as Simd>::f32s; 2]];

impl<S: Simd> Block<S> {
    #[inline(always)]
    pub(super) fn zero(simd: S) -> Self {
        Self([[simd.splat_f32s(0.0); 2]; HIGH])
    }

    /// Adds the product of rows, as long as the panel is high, and the panel.
    #[inline(always)]
    pub(super) fn add_rows(&mut self, simd: S, rows: [&[f32]; HIGH], panel: &Panel<S>) {
        // So that the compiler knows that all are as long.
        let k = panel.len();
        let rows = rows.map(|row| &row[..k]);
        for i in 0..k {
            self.add(simd, array::from_fn(|r| rows[r][i]), panel[i]);
        }
    }

    /// Adds the product of columns, which lie side by side, and the panel.
    #[inline(always)]
    pub(super) fn add_columns(&mut self, simd: S, columns: &[[f32; HIGH]], panel: &Panel<S>) {
        let k = panel.len();
        let columns = &columns[..k];
        for i in 0..k {
            self.add(simd, columns[i], panel[i]);
        }
    }

    #[inline(always)]
    fn add(&mut self, simd: S, factors: [f32; HIGH], right: [S::f32s; 2]) {
        for (sums, factor) in self.0.iter_mut().zip(factors) {
            let factor = simd.splat_f32s(factor);
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = simd.mul_add_e_f32s(factor, right, *sum);
            }
        }
    }

    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> [S::f32s; 2] {
        self.0[row]
    }

    /// Writes as many numbers of a row as `out` is long.
    #[inline(always)]
    pub(super) fn store(&self, simd: S, row: usize, out: &mut [f32]) {
        store(simd, self.0[row], out);
    }

    /// Adds all rows, one after the other, to `out`.
    #[inline(always)]
    pub(super) fn add_to(&self, simd: S, out: &mut [f32]) {
        for (row, out) in out.chunks_exact_mut(wide::<S>()).enumerate() {
            self.add_row(simd, row, out);
        }
    }

    /// Adds as many numbers of a row to `out` as that is long.
    #[inline(always)]
    pub(super) fn add_row(&self, simd: S, row: usize, out: &mut [f32]) {
        let [a, b] = load(simd, out);
        let [c, d] = self.0[row];
        store(simd, [simd.add_f32s(a, c), simd.add_f32s(b, d)], out);
    }
}

/// The panels of a matrix of `k` rows and `n` columns; the last is filled up with zeros.
///
/// `at(row, column)` says what the matrix holds.
#[inline(always)]
pub(super) fn panels<S: Simd>(
    simd: S,
    [k, n]: [usize; 2],
    at: impl Fn(usize, usize) -> f32,
) -> Vec<[S::f32s; 2]> {
    let mut panels = Vec::with_capacity(k * n.div_ceil(wide::<S>()));
    let mut row = vec![0.0; wide::<S>()];
    for left in (0..n).step_by(wide::<S>()) {
        let columns = wide::<S>().min(n - left);
        row.fill(0.0);
        for i in 0..k {
            for (column, entry) in (left..).zip(&mut row[..columns]) {
                *entry = at(i, column);
            }
            panels.push(load(simd, &row));
        }
    }
    panels
}

/// Fills panels with the columns of rows, of which there are `count`.
#[inline(always)]
pub(super) fn fill<'a, S: Simd>(
    simd: S,
    rows: &(impl Iterator<Item = &'a [f32]> + Clone),
    count: usize,
    panels: &mut Panel<S>,
) {
    let lefts = (0..).step_by(wide::<S>());
    for (left, panel) in lefts.zip(panels.chunks_exact_mut(count)) {
        for (to, row) in panel.iter_mut().zip(rows.clone()) {
            *to = load(simd, &row[left..row.len().min(left + wide::<S>())]);
        }
    }
}

/// Numbers of a row of a panel, filled up with zeros.
#[inline(always)]
fn load<S: Simd>(simd: S, values: &[f32]) -> [S::f32s; 2] {
    if let ([first, second], []) = S::as_simd_f32s(values) {
        return [*first, *second];
    }
    let (first, second) = values.split_at(values.len().min(S::F32_LANES));
    [first, second].map(|half| simd.partial_load_f32s(half))
}

#[inline(always)]
fn store<S: Simd>(simd: S, values: [S::f32s; 2], out: &mut [f32]) {
    if let ([first, second], []) = S::as_mut_simd_f32s(out) {
        [*first, *second] = values;
        return;
    }
    let (first, second) = out.split_at_mut(out.len().min(S::F32_LANES));
    simd.partial_store_f32s(first, values[0]);
    simd.partial_store_f32s(second, values[1]);
}
