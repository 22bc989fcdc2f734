//! What h and z are worth: how they are spread, and whether like is near like.
//!
//! Plain numbers on the host, but for the probe, which is fitted on a device. Labels score here
//! and never train.

mod folds;
mod knn;
mod neighbourhood;
mod pca;
mod probe;
pub mod readings;
mod spectrum;
mod spread;
pub mod verdict;

use nalgebra::DMatrix;

pub use folds::{FOLDS, folds};
use knn::WEIGHTED;
pub(crate) use knn::largest;
pub use knn::{
    Near, Neighbour, accuracy, chance, majority, nearest, search, share, votes, weighted,
};
pub use neighbourhood::{Neighbourhood, Search};
pub use pca::{Components, Plane, components};
pub use probe::Probe;
pub(crate) use spectrum::squared_singular_values;
pub use spectrum::{covariance_eigenvalues, effective_rank, participation_ratio, singular_values};
pub use spread::{Spread, alignment, cka, dead, mean_cosine, spread, uniformity, unit_std};

/// One vector of numbers for each image: `[n, d]`, row after row.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    data: &'a [f32],
    width: usize,
}

impl<'a> Rows<'a> {
    /// Rows of `width` numbers, which must divide `data` evenly.
    pub fn new(data: &'a [f32], width: usize) -> Self {
        assert!(width > 0 && data.len().is_multiple_of(width), "whole rows");
        Self { data, width }
    }

    /// How many rows: n.
    pub fn len(self) -> usize {
        self.data.len() / self.width
    }

    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.data.is_empty()
    }

    /// Numbers in a row: d.
    pub fn width(self) -> usize {
        self.width
    }

    /// All of them, row after row.
    pub fn numbers(self) -> &'a [f32] {
        self.data
    }

    /// Row `index`.
    pub fn row(self, index: usize) -> &'a [f32] {
        &self.data[index * self.width..(index + 1) * self.width]
    }

    /// The rows in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.data.chunks_exact(self.width)
    }

    /// The rows in double precision: `[n, d]`.
    pub fn matrix(self) -> DMatrix<f64> {
        let values = self.data.iter().map(|x| f64::from(*x));
        DMatrix::from_row_iterator(self.len(), self.width, values)
    }

    /// The rows in double precision, each scaled to length one: `[n, d]`; a zero row stays zero.
    pub fn units(self) -> DMatrix<f64> {
        let mut matrix = self.matrix();
        for mut row in matrix.row_iter_mut() {
            let norm = row.norm();
            if norm > 0.0 {
                row /= norm;
            }
        }
        matrix
    }
}

/// The matrix less the mean of its rows, and that mean.
pub(crate) fn centred(mut matrix: DMatrix<f64>) -> (DMatrix<f64>, Vec<f64>) {
    let mean: Vec<f64> = matrix.column_iter().map(|column| column.mean()).collect();
    for (mut column, mean) in matrix.column_iter_mut().zip(&mean) {
        column.add_scalar_mut(-mean);
    }
    (matrix, mean)
}
