//! The nearest images of every image, found a slice at a time.

use nalgebra::DMatrix;

use super::knn::{Near, by_column, largest};
use super::{Rows, WEIGHTED};

/// Multiplications that a slice of work may take.
const SLICE: usize = 50_000_000;
/// Queries of a slice, at least and at most.
const BLOCK: (usize, usize) = (4, 64);

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
    found: Neighbourhood,
}

impl Search {
    /// Among `rows: [n, d]`.
    pub fn new(rows: Rows) -> Self {
        let columns = by_column(rows);
        Self {
            rows: columns.transpose(),
            columns,
            found: Neighbourhood::default(),
        }
    }

    /// The next images; true once all are done. `splits`: folds of all images, for each split.
    pub fn advance(&mut self, splits: &[&[u8]]) -> bool {
        let (d, n) = self.columns.shape();
        let done = self.found.all.len();
        let count = (SLICE / (n * d).max(1)).clamp(BLOCK.0, BLOCK.1);
        let count = count.min(n - done);
        self.found.across.resize(splits.len(), Vec::new());
        // One column of cosines for each query.
        let cosines = &self.rows * self.columns.columns(done, count);
        for (query, cosines) in (done..).zip(cosines.column_iter()) {
            let all = || cosines.iter().copied().enumerate();
            let others = all().filter(|(other, _)| *other != query);
            self.found.all.push(largest(WEIGHTED.min(n), others));
            for (found, folds) in self.found.across.iter_mut().zip(splits) {
                let others = all().filter(|(other, _)| folds[*other] != folds[query]);
                found.push(largest(WEIGHTED.min(n), others));
            }
        }
        self.found.all.len() == n
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
        let data: Vec<f32> = (0..200 * 7).map(|_| rng.normal()).collect();
        let rows = Rows::new(&data, 7);
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
