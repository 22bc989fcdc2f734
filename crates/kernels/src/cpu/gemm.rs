//! The micro-kernel of a matrix product: a register tile of `MR` rows and `NR` columns, and the
//! packing of the right matrix into panels of `NR` columns.

use std::array;

use pulp::Simd;

/// Rows of a register tile, each two vectors long. Six rows, two vectors of the panel and one
/// broadcast element fill 15 of 16 registers. Browsers would spill some of them: there four rows are
/// faster.
pub(super) const MR: usize = if cfg!(target_arch = "wasm32") { 4 } else { 6 };

/// `MR` x `NR` sums that stay in registers.
#[derive(Clone, Copy)]
pub(super) struct RegisterTile<S: Simd>([[S::f32s; 2]; MR]);

/// `NR`, the columns of a register tile: two vectors.
#[inline(always)]
pub(super) fn nr<S: Simd>() -> usize {
    2 * S::F32_LANES
}

/// `NR` columns of a matrix, row after row.
pub(super) type Panel<S> = [[<S as Simd>::f32s; 2]];

impl<S: Simd> RegisterTile<S> {
    #[inline(always)]
    pub(super) fn zero(simd: S) -> Self {
        Self([[simd.splat_f32s(0.0); 2]; MR])
    }

    /// Adds `rows * panel`, where the rows start with at least as many elements as the panel has rows.
    #[inline(always)]
    pub(super) fn add_rows(&mut self, simd: S, rows: [&[f32]; MR], panel: &Panel<S>) {
        // Drops bounds checks in the loop.
        let k = panel.len();
        let rows = rows.map(|row| &row[..k]);
        for i in 0..k {
            self.add(simd, array::from_fn(|r| rows[r][i]), panel[i]);
        }
    }

    /// The same for rows that are packed: `columns[k]` has element `k` of each.
    #[inline(always)]
    pub(super) fn add_columns(&mut self, simd: S, columns: &[[f32; MR]], panel: &Panel<S>) {
        let k = panel.len();
        let columns = &columns[..k];
        for i in 0..k {
            self.add(simd, columns[i], panel[i]);
        }
    }

    /// Adds the outer product of a column of the left matrix and a row of the panel.
    #[inline(always)]
    fn add(&mut self, simd: S, column: [f32; MR], row: [S::f32s; 2]) {
        for (sums, element) in self.0.iter_mut().zip(column) {
            let element = simd.splat_f32s(element);
            for (sum, right) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_e_f32s(element, right, *sum);
            }
        }
    }

    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> [S::f32s; 2] {
        self.0[row]
    }

    /// Writes the first elements of a row, as many as `out` has.
    #[inline(always)]
    pub(super) fn store(&self, simd: S, row: usize, out: &mut [f32]) {
        store(simd, self.0[row], out);
    }

    /// Adds the tile to `out: [MR, NR]`.
    #[inline(always)]
    pub(super) fn add_to(&self, simd: S, out: &mut [f32]) {
        for (row, out) in out.chunks_exact_mut(nr::<S>()).enumerate() {
            self.add_row(simd, row, out);
        }
    }

    /// Adds the first elements of a row to `out`, as many as that has.
    #[inline(always)]
    pub(super) fn add_row(&self, simd: S, row: usize, out: &mut [f32]) {
        let [a, b] = load(simd, out);
        let [c, d] = self.0[row];
        store(simd, [simd.add_f32s(a, c), simd.add_f32s(b, d)], out);
    }
}

/// Packs a matrix of `k` rows and `n` columns, whose elements are `at(row, column)`, into panels; the
/// last is padded with zeros.
#[inline(always)]
pub(super) fn panels<S: Simd>(
    simd: S,
    [k, n]: [usize; 2],
    at: impl Fn(usize, usize) -> f32,
) -> Vec<[S::f32s; 2]> {
    let mut panels = Vec::with_capacity(k * n.div_ceil(nr::<S>()));
    let mut row = vec![0.0; nr::<S>()];
    for left in (0..n).step_by(nr::<S>()) {
        let columns = nr::<S>().min(n - left);
        row.fill(0.0);
        for i in 0..k {
            for (column, element) in (left..).zip(&mut row[..columns]) {
                *element = at(i, column);
            }
            panels.push(load(simd, &row));
        }
    }
    panels
}

/// Packs a matrix, given as `count` rows, into panels.
#[inline(always)]
pub(super) fn pack<'a, S: Simd>(
    simd: S,
    rows: &(impl Iterator<Item = &'a [f32]> + Clone),
    count: usize,
    panels: &mut Panel<S>,
) {
    let lefts = (0..).step_by(nr::<S>());
    for (left, panel) in lefts.zip(panels.chunks_exact_mut(count)) {
        for (to, row) in panel.iter_mut().zip(rows.clone()) {
            *to = load(simd, &row[left..row.len().min(left + nr::<S>())]);
        }
    }
}

/// A row of a panel, padded with zeros.
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
