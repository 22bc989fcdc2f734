//! How fast the spectrum falls: alpha-ReQ.

use super::{Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::covariance_eigenvalues;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "alphaReq",
        label: "alpha-ReQ",
        about: "Slope of the logarithm of the eigenvalues against that of their rank, ranks 4 to \
                100 or as many as there are, of at most 512 images: near 1 the spectrum falls as 1 \
                / rank, above it faster.",
        unit: Unit::Number,
        better: None,
        misleads: "With fewer than about 30 directions in use it is a line through few points.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Agrawal and others 2022, arXiv:2202.05808, as in the authors' code: weighted by 1 \
                 / rank",
        cases: &["diagnostics/alpha"],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: None,
};

/// Ranks that the line is laid through; the authors' range.
const RANKS: (usize, usize) = (4, 100);
/// Below this part of the largest an eigenvalue is rounding.
const FLOOR: f64 = 1e-10;

fn take(material: &Material) -> Taken {
    let values = covariance_eigenvalues(material.rows);
    let slope = alpha(&values, RANKS.0, RANKS.1, FLOOR);
    number(slope, "needs five directions that vary")
}

/// Minus the slope of `ln(value)` over `ln(rank)`, by least squares weighted by `1 / rank`, of the
/// ranks `first..=last` counted from 1. `eigenvalues`: largest first; those at or below `floor`
/// times the largest are left out (the authors have no rule for zeros). None if fewer than two are
/// left.
pub fn alpha(eigenvalues: &[f64], first: usize, last: usize, floor: f64) -> Option<f64> {
    let bar = floor * eigenvalues.first()?;
    let ranks = eigenvalues.iter().zip(1..).skip(first - 1);
    let kept = ranks.take_while(|(value, rank)| *rank <= last && **value > bar);
    // Weight, x and y of each point.
    let points: Vec<[f64; 3]> = kept
        .map(|(value, rank)| {
            let rank = rank as f64;
            [rank.recip(), rank.ln(), value.ln()]
        })
        .collect();
    if points.len() < 2 {
        return None;
    }
    let sum = |of: &dyn Fn(&[f64; 3]) -> f64| points.iter().map(of).sum::<f64>();
    let weight = sum(&|[w, ..]| *w);
    let (x, y) = (
        sum(&|[w, x, _]| w * x) / weight,
        sum(&|[w, _, y]| w * y) / weight,
    );
    let across = sum(&|[w, a, b]| w * (a - x) * (b - y));
    Some(-across / sum(&|[w, a, _]| w * (a - x).powi(2)))
}
