//! How many directions a set of vectors uses, from its singular values: `RankMe` (Garrido and
//! others 2023, arXiv:2210.02885) and the participation ratio.

use nalgebra::{DMatrix, Dyn, SVD};

use super::{Rows, centred};

/// Singular values of the rows as they are, not centred: `[min(n, d)]`, largest first.
pub fn singular_values(rows: Rows) -> Vec<f64> {
    squared_singular_values(&rows.matrix())
        .into_iter()
        .map(f64::sqrt)
        .collect()
}

/// Eigenvalues of the rows' covariance, divided by n - 1: `[d]`, largest first. Needs two rows.
pub fn covariance_eigenvalues(rows: Rows) -> Vec<f64> {
    assert!(rows.len() > 1, "covariance needs two rows");
    let (matrix, _) = centred(rows.matrix());
    let mut values = squared_singular_values(&matrix);
    for value in &mut values {
        *value /= rows.len() as f64 - 1.0;
    }
    values.resize(rows.width(), 0.0);
    values
}

/// The exponential of the entropy of `values`, taken as shares of their sum: k for k equal values.
///
/// `RankMe` is that of the singular values with `eps` 1e-7, which is added to each share. None if
/// all are zero.
pub fn effective_rank(values: &[f64], eps: f64) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    let entropy = |value: &f64| {
        let share = value / sum + eps;
        if share > 0.0 {
            -share * share.ln()
        } else {
            0.0
        }
    };
    (sum > 0.0).then(|| values.iter().map(entropy).sum::<f64>().exp())
}

/// `(sum v)^2 / sum v^2` of eigenvalues: k for k equal values. None if all are zero.
pub fn participation_ratio(eigenvalues: &[f64]) -> Option<f64> {
    let sum: f64 = eigenvalues.iter().sum();
    let squares: f64 = eigenvalues.iter().map(|value| value * value).sum();
    (squares > 0.0).then(|| sum * sum / squares)
}

/// Eigenvalues of the smaller of `m m'` and `m' m`, largest first.
///
/// In double precision this loses singular values below 1e-8 of the largest: as little as the eps
/// of `RankMe`, and ten times faster than a decomposition of `m` itself.
pub(crate) fn squared_singular_values(m: &DMatrix<f64>) -> Vec<f64> {
    if m.is_empty() {
        return Vec::new();
    }
    let transposed = m.transpose();
    let gram = if m.nrows() < m.ncols() {
        m * transposed
    } else {
        transposed * m
    };
    // Rounding leaves a zero a little above or below; what is above is below its own noise.
    let noise = gram.trace() * f64::EPSILON;
    let count = gram.nrows();
    // Of a product with its own transpose, singular values are eigenvalues.
    let Some(solved) = decompose(gram, false) else {
        return vec![0.0; count];
    };
    let mut values: Vec<f64> = solved.singular_values.iter().copied().collect();
    for value in &mut values {
        *value = if *value > noise { *value } else { 0.0 };
    }
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// The singular values of a matrix, largest first, and its singular vectors if they are wanted; none where
/// they cannot be found.
///
/// With a limit of some ten times the iterations that it takes: nalgebra's others have none, and go on for
/// ever with numbers that are none.
pub(super) fn decompose(m: DMatrix<f64>, vectors: bool) -> Option<SVD<f64, Dyn, Dyn>> {
    let most = 30 * m.nrows();
    let finite = m.iter().all(|number| number.is_finite());
    finite
        .then(|| SVD::try_new(m, vectors, vectors, 5.0 * f64::EPSILON, most))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretched_cross_has_its_lengths_as_singular_values() {
        let rows = [0.0, 3.0, 0.0, -2.0, 0.0, 0.0];
        let values = singular_values(Rows::new(&rows, 3));
        assert!((values[0] - 3.0).abs() < 1e-12 && (values[1] - 2.0).abs() < 1e-12);
        assert_eq!(values.len(), 2);
    }

    #[test]
    fn equal_values_count_fully() {
        assert!((effective_rank(&[5.0, 5.0, 5.0, 0.0], 0.0).unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(participation_ratio(&[5.0, 5.0, 5.0, 0.0]), Some(3.0));
        assert_eq!(effective_rank(&[0.0, 0.0], 1e-7), None);
        assert_eq!(participation_ratio(&[0.0]), None);
    }

    #[test]
    fn covariance_has_one_eigenvalue_for_each_coordinate() {
        let values = covariance_eigenvalues(Rows::new(&[1.0, 7.0, 3.0, 7.0], 2));
        assert_eq!(values, [2.0, 0.0]);
    }
}
