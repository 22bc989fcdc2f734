//! How vectors lie on the sphere: evenly, in clumps or in one point (Wang, Isola 2020, arXiv:2005.10242).

use serde::{Deserialize, Serialize};

use super::{Rows, centred, effective_rank, singular_values};

/// Rows that [`spread`] takes singular values of; more change little and take longer.
const SPECTRUM_ROWS: usize = 512;

/// A coordinate is dead if its deviation is below this part of the vectors' typical coordinate:
/// far above what rounding in f32 leaves (1e-6), far below anything that tells images apart.
const DEAD: f64 = 1e-4;

/// How a set of vectors is spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// Width of the vectors.
    pub dims: usize,
    /// Mean standard deviation of the unit vectors' coordinates, times the root of `dims`: 1 when
    /// spread evenly over the sphere, 0 when all are one point.
    pub std: f32,
    /// `RankMe`: how many directions are in use, 1 to `dims`.
    pub effective_rank: f32,
    /// Coordinates that never vary.
    pub dead: usize,
    /// Mean cosine of two different images.
    pub mean_cosine: f32,
}

/// How `rows: [n, d]` are spread; of one row, or none, as if all were one point.
///
/// The effective rank is that of at most 512 rows, evenly spaced.
#[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
pub fn spread(rows: Rows) -> Spread {
    let (n, d) = (rows.len(), rows.width());
    let some: Vec<f32> = if n > SPECTRUM_ROWS {
        let index = |i| i * n / SPECTRUM_ROWS;
        (0..SPECTRUM_ROWS)
            .flat_map(|i| rows.row(index(i)))
            .copied()
            .collect()
    } else {
        rows.iter().flatten().copied().collect()
    };
    let rank = effective_rank(&singular_values(Rows::new(&some, d)), 1e-7);
    Spread {
        dims: d,
        std: (unit_std(rows) * (d as f64).sqrt()) as f32,
        effective_rank: rank.unwrap_or(1.0) as f32,
        dead: dead(rows),
        mean_cosine: mean_cosine(rows) as f32,
    }
}

/// Mean over the coordinates of the standard deviation (n - 1) of the unit rows: `1 / sqrt(d)` when
/// spread evenly over the sphere, 0 for one point (`SimSiam`'s collapse indicator).
pub fn unit_std(rows: Rows) -> f64 {
    if rows.len() < 2 {
        return 0.0;
    }
    let deviation = |column: nalgebra::DVectorView<f64>| {
        let mean = column.mean();
        let squares: f64 = column.iter().map(|x| (x - mean).powi(2)).sum();
        (squares / (column.len() as f64 - 1.0)).sqrt()
    };
    let units = rows.units();
    units.column_iter().map(deviation).sum::<f64>() / rows.width() as f64
}

/// Mean distance of the two views of an image, both on the sphere, to the power `alpha`; 0 is best.
pub fn alignment(a: Rows, b: Rows, alpha: f64) -> f64 {
    assert_eq!(
        (a.len(), a.width()),
        (b.len(), b.width()),
        "two views of the same images"
    );
    let apart = a.units() - b.units();
    let powers = apart.row_iter().map(|row| row.norm().powf(alpha));
    powers.sum::<f64>() / a.len() as f64
}

/// The logarithm of the mean of `exp(-t |x - y|^2)` over pairs of rows on the sphere, each pair
/// once; the paper's t is 2. 0 if all are one point, the lower the more even. Needs two rows.
pub fn uniformity(rows: Rows, t: f64) -> f64 {
    let n = rows.len();
    assert!(n > 1, "a pair needs two rows");
    let units = rows.units();
    let cosines = &units * units.transpose();
    let apart = |i, j| cosines[(i, i)] + cosines[(j, j)] - 2.0 * cosines[(i, j)];
    let near = |j: usize| (0..j).map(|i| (-t * apart(i, j)).exp()).sum::<f64>();
    let pairs = (n * (n - 1) / 2) as f64;
    ((0..n).map(near).sum::<f64>() / pairs).ln()
}

/// Linear CKA of two kinds of vectors of the same images: 1 if one is a turned and scaled copy of
/// the other, 0 if they have nothing in common (Kornblith and others 2019, arXiv:1905.00414). None
/// if either is one point.
pub fn cka(a: Rows, b: Rows) -> Option<f64> {
    assert_eq!(a.len(), b.len(), "vectors of the same images");
    let (a, _) = centred(a.matrix());
    let (b, _) = centred(b.matrix());
    let (at, bt) = (a.transpose(), b.transpose());
    let own = (&at * &a).norm() * (&bt * &b).norm();
    (own > 0.0).then(|| (bt * a).norm_squared() / own)
}

/// Mean cosine of two different rows; 1 if there are none.
pub fn mean_cosine(rows: Rows) -> f64 {
    let n = rows.len() as f64;
    if n < 2.0 {
        return 1.0;
    }
    let units = rows.units();
    // |sum u|^2 is the sum of all n^2 cosines; a row with itself does not count.
    let all: f64 = units.column_iter().map(|column| column.sum().powi(2)).sum();
    (all - units.norm_squared()) / (n * (n - 1.0))
}

/// How many coordinates never vary.
pub fn dead(rows: Rows) -> usize {
    let matrix = rows.matrix();
    let typical = matrix.norm() / (matrix.len() as f64).sqrt();
    let still = |column: nalgebra::DVectorView<f64>| column.variance().sqrt() <= DEAD * typical;
    matrix.column_iter().filter(|column| still(*column)).count()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    /// (1, 0), (0, 1), (-1, 0), (0, -1): each coordinate has variance 2/3.
    #[test]
    fn a_cross_is_spread() {
        let cross = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0];
        let spread = spread(Rows::new(&cross, 2));
        assert!((spread.std - (4.0_f32 / 3.0).sqrt()).abs() < 1e-6);
        assert!((spread.effective_rank - 2.0).abs() < 1e-4);
        assert!((spread.mean_cosine + 1.0 / 3.0).abs() < 1e-6);
        assert_eq!((spread.dims, spread.dead), (2, 0));
    }

    #[test]
    fn one_point_is_not() {
        let point = [0.3, -0.7, 0.3, -0.7, 0.3, -0.7];
        let spread = spread(Rows::new(&point, 2));
        assert!(spread.std < 1e-6);
        assert!((spread.effective_rank - 1.0).abs() < 1e-4);
        assert!((spread.mean_cosine - 1.0).abs() < 1e-6);
        assert_eq!(spread.dead, 2);
    }

    #[test]
    fn a_channel_that_is_off_or_all_but_still_is_dead() {
        let rows = [
            1.0, 0.0, 5.0, 5.0, 2.0, 0.0, 5.0, 5.000_05, 4.0, 0.0, 5.1, 5.0,
        ];
        assert_eq!(spread(Rows::new(&rows, 4)).dead, 2);
    }

    #[test]
    fn nothing_breaks_without_images_or_with_zeros() {
        assert_eq!(spread(Rows::new(&[], 4)).std, 0.0);
        assert_eq!(spread(Rows::new(&[0.0; 8], 4)).dead, 4);
        assert_eq!(
            cka(Rows::new(&[0.0; 8], 4), Rows::new(&[1.0, 2.0], 1)),
            None
        );
    }

    #[test]
    fn only_some_rows_of_many_give_the_rank() {
        let many: Vec<f32> = (0..2000).flat_map(|i| [i as f32, 0.0, 0.0]).collect();
        assert!((spread(Rows::new(&many, 3)).effective_rank - 1.0).abs() < 1e-4);
    }
}
