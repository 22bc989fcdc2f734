//! The nearest images of every image, found a slice at a time.

use nalgebra::DMatrix;

use super::knn::{Near, by_column, largest};
use super::{Rows, WEIGHTED};

/// Multiplications that a slice of work may take.
const SLICE: usize = 50_000_000;
/// Queries whose cosines are held at a time.
const BLOCK: usize = 64;

/// What is near each of some images, by cosine.
#[derive(Debug, Clone, Default)]
pub struct Neighbourhood {
    /// Of each image the 20 nearest, nearest first, itself left out.
    pub all: Vec<Near>,
    /// For each split, of each image the 20 nearest in other folds.
    pub across: Vec<Vec<Near>>,
}

/// A search under way.
#[derive(Debug)]
pub struct Search {
    /// Unit vectors as columns: `[d, n]`.
    columns: DMatrix<f32>,
    /// And as rows: `[n, d]`.
    rows: DMatrix<f32>,
    /// Cosines of the next images, one column for each, with as many of all as are known: `[n, b]`.
    cosines: DMatrix<f32>,
    known: usize,
    found: Neighbourhood,
}

impl Search {
    /// Among `rows: [n, d]`.
    pub fn new(rows: Rows) -> Self {
        let columns = by_column(rows);
        Self {
            rows: columns.transpose(),
            cosines: DMatrix::zeros(rows.len(), BLOCK),
            known: 0,
            columns,
            found: Neighbourhood::default(),
        }
    }

    /// A slice of the work; true once all is done. `splits`: folds of all images, for each split.
    pub fn advance(&mut self, splits: &[&[u8]]) -> bool {
        let (d, n) = self.columns.shape();
        let done = self.found.all.len();
        let block = BLOCK.min(n - done);
        let count = (SLICE / (block * d).max(1)).clamp(1, n - self.known);
        let queries = self.columns.columns(done, block);
        let product = self.rows.rows(self.known, count) * queries;
        let part = (self.known, 0);
        self.cosines
            .view_mut(part, (count, block))
            .copy_from(&product);
        self.known += count;
        if self.known == n {
            self.known = 0;
            self.choose(done, block, splits);
        }
        self.found.all.len() == n
    }

    /// Finds the nearest of a block whose cosines are known.
    fn choose(&mut self, done: usize, block: usize, splits: &[&[u8]]) {
        let k = WEIGHTED.min(self.columns.ncols());
        self.found.across.resize(splits.len(), Vec::new());
        let columns = self.cosines.columns(0, block);
        for (query, cosines) in (done..).zip(columns.column_iter()) {
            let all = || cosines.iter().copied().enumerate();
            let others = all().filter(|(other, _)| *other != query);
            self.found.all.push(largest(k, others));
            for (found, folds) in self.found.across.iter_mut().zip(splits) {
                let others = all().filter(|(other, _)| folds[*other] != folds[query]);
                found.push(largest(k, others));
            }
        }
    }

    /// The part of the work that is done: 0 to 1.
    pub fn progress(&self) -> f64 {
        let n = self.columns.ncols() as f64;
        let block = BLOCK as f64 * self.known as f64 / n;
        ((self.found.all.len() as f64 + block) / n).min(1.0)
    }

    /// What was found.
    pub fn finish(self) -> Neighbourhood {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::super::search;
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn slices_find_what_one_search_finds() {
        let mut rng = Rng::keyed(5, Purpose::Test, &[]);
        // So wide that a block takes several slices.
        let data: Vec<f32> = (0..200 * 7000).map(|_| rng.normal()).collect();
        let rows = Rows::new(&data, 7000);
        let folds: Vec<u8> = (0..200).map(|i| i % 5).collect();
        let halves: Vec<u8> = (0..200).map(|i| u8::from(i < 50)).collect();
        let mut slices = Search::new(rows);
        while !slices.advance(&[&folds, &halves]) {}
        let found = slices.finish();
        assert_eq!(found.all, search(rows, rows, 20, |a, b| a != b));
        for (across, folds) in found.across.iter().zip([folds, halves]) {
            let wanted = search(rows, rows, 20, |a, b| folds[a] != folds[b]);
            assert_eq!(*across, wanted);
        }
    }
}
