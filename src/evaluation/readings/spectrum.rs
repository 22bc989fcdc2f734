//! How much each direction counts.

use super::{Material, Reading, ReadingCard, Scope, Take, Taken, Unit, Value};
use crate::evaluation::covariance_eigenvalues;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "spectrum",
        label: "eigen-spectrum",
        about: "Variance along each principal direction as a part of the whole, the first 64, of \
                at most 512 images.",
        unit: Unit::Shares,
        better: None,
        misleads: "A long tail may be noise: it says how many directions are used, not what for.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Jing and others 2021, arXiv:2110.09348, fig. 2",
        cases: &["metrics/spectrum"],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: None,
};

/// Directions that are listed.
const LISTED: usize = 64;

fn take(material: &Material) -> Taken {
    let values = covariance_eigenvalues(material.rows);
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        let shares = values.into_iter().take(LISTED).map(|value| value / sum);
        Ok(Value::list(shares))
    } else {
        Err("all vectors are one point".into())
    }
}
