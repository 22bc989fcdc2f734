//! Whether coordinates say the same.

use std::f64::consts::PI;

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::{Rows, centred};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "correlation",
        label: "correlation of features",
        about: "Mean absolute correlation of two different coordinates, over at most 512 images; \
                coordinates that never vary are left out.",
        unit: Unit::Number,
        better: Some(Better::Low),
        misleads: "With few images coordinates seem to be correlated by chance: see the chance \
                   level.",
        live: false,
        headline: false,
        pixels: false,
        rotation: false,
        source: "Barlow Twins: Zbontar and others 2021, arXiv:2103.03230, eq. 2, on one set of \
                 vectors",
        cases: &[],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: Some(chance),
};

fn take(material: &Material) -> Taken {
    number(
        correlation(material.rows),
        "needs two coordinates that vary",
    )
}

/// Of independent normal coordinates of `n` images: about `sqrt(2 / (pi (n - 1)))`.
fn chance(material: &Material) -> f64 {
    let freedom = material.rows.len() as f64 - 1.0;
    (2.0 / (PI * freedom)).sqrt().min(1.0)
}

/// Mean absolute correlation of two different coordinates of `rows: [n, d]`. None if fewer than two
/// vary.
pub fn correlation(rows: Rows) -> Option<f64> {
    let (mut matrix, mean) = centred(rows.matrix());
    let mut varies = Vec::new();
    for (at, mut column) in matrix.column_iter_mut().enumerate() {
        let length = column.norm();
        let still = 1e-6 * mean[at].abs() * (rows.len() as f64).sqrt();
        if length > still {
            column /= length;
            varies.push(at);
        }
    }
    let d = varies.len();
    let unit = matrix.select_columns(&varies);
    let mut correlations = unit.transpose() * unit;
    correlations.fill_diagonal(0.0);
    (d > 1).then(|| correlations.abs().sum() / (d * (d - 1)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_correlated_and_a_right_angle_is_not() {
        let cross = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0];
        assert_eq!(correlation(Rows::new(&cross, 2)), Some(0.0));
        // The second is the first, turned round; the third never varies.
        let copy = [1.0, -2.0, 7.0, 2.0, -4.0, 7.0, 4.0, -8.0, 7.0];
        assert!((correlation(Rows::new(&copy, 3)).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(correlation(Rows::new(&[1.0, 1.0, 2.0, 1.0], 2)), None);
    }
}
