//! How evenly vectors lie on the sphere.

use super::{Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::unit_std;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "spread",
        label: "spread × √d",
        about: "Mean standard deviation of the unit vectors' coordinates, times the root of their \
                number: 1 when spread evenly over the sphere, 0 when all are one point.",
        unit: Unit::Number,
        better: None,
        misleads: "Points can be spread along one line only: see the effective rank.",
        live: true,
        headline: false,
        pixels: true,
        rotation: false,
        source: "Chen, He 2021, arXiv:2011.10566, sec. 4.1",
        cases: &["metrics/spectrum"],
    },
    scope: Scope::Images,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    let root = (material.rows.width() as f64).sqrt();
    unit_std(material.rows) * root
}
