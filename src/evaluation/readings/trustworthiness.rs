//! Whether neighbours on the map are neighbours in the vectors.

use nalgebra::DMatrix;

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::{Rows, components};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "trustworthiness",
        label: "map: trustworthiness",
        about: "How far the 10 nearest on the map, the two principal components, are near in the \
                vectors too, of at most 256 images: 1 when no false neighbour is shown.",
        unit: Unit::Number,
        better: Some(Better::High),
        misleads: "It judges the map, not the network: vectors that use few directions give a map \
                   that can be trusted.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Venna, Kaski 2001; as scikit-learn's",
        cases: &["diagnostics/projection"],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: None,
};

/// Neighbours that count.
const NEAREST: usize = 10;
/// Images, at most: each is compared with every other, in both.
const IMAGES: usize = 256;
/// Why there may be nothing to compare.
const FEW: &str = "needs more than 20 images that differ";

fn take(material: &Material) -> Taken {
    let (rows, map) = map(material);
    number(trustworthiness(&rows, &map, NEAREST), FEW)
}

/// As above, the other way round.
pub(super) fn take_back(material: &Material) -> Taken {
    let (rows, map) = map(material);
    number(trustworthiness(&map, &rows, NEAREST), FEW)
}

/// Some rows and where they are on a map: `[n, d]`, `[n, 2]`.
fn map(material: &Material) -> (DMatrix<f64>, DMatrix<f64>) {
    let all = material.rows;
    let n = all.len().min(IMAGES);
    let some = (0..n).flat_map(|i| all.row(i * all.len() / n));
    let some: Vec<f32> = some.copied().collect();
    let rows = Rows::new(&some, all.width());
    (rows.matrix(), components(rows, 2).scores)
}

/// How far the `k` nearest of each row of `low` are near in `high` too, by Euclidean distance: 1 if
/// all are; with the two exchanged, *continuity*. None if `k` is not below half of the rows, or all
/// rows of either are one point.
pub fn trustworthiness(high: &DMatrix<f64>, low: &DMatrix<f64>, k: usize) -> Option<f64> {
    let n = high.nrows();
    let point = |rows: &DMatrix<f64>| rows.row_iter().all(|row| row == rows.row(0));
    if n <= 2 * k || point(high) || point(low) {
        return None;
    }
    let (high, low) = (order(high), order(low));
    let mut excess = 0;
    let mut rank = vec![0; n];
    for (high, low) in high.iter().zip(&low) {
        for (place, other) in high.iter().enumerate() {
            rank[*other] = place + 1;
        }
        let ranks = low.iter().take(k).map(|other| rank[*other]);
        excess += ranks.map(|rank| rank.saturating_sub(k)).sum::<usize>();
    }
    let most = (n * k * (2 * n - 3 * k - 1)) as f64;
    Some(1.0 - 2.0 * excess as f64 / most)
}

/// For each row all others, nearest first.
fn order(rows: &DMatrix<f64>) -> Vec<Vec<usize>> {
    let inner = rows * rows.transpose();
    let apart = |a: usize, b: usize| inner[(a, a)] + inner[(b, b)] - 2.0 * inner[(a, b)];
    let of = |row: usize| {
        let mut others: Vec<(f64, usize)> = (0..rows.nrows())
            .filter(|other| *other != row)
            .map(|other| (apart(row, other), other))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        others.into_iter().map(|(_, other)| other).collect()
    };
    (0..rows.nrows()).map(of).collect()
}
