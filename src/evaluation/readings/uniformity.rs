//! How evenly images fill the sphere.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::uniformity;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "uniformity",
        label: "uniformity",
        about: "Logarithm of the mean of exp(-2 |x - y|²) over pairs of at most 512 images on the \
                sphere: 0 when all are one point, near -4 when spread evenly over many directions.",
        unit: Unit::Number,
        better: Some(Better::Low),
        misleads: "Random vectors are perfectly uniform: read it beside alignment.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Wang, Isola 2020, arXiv:2005.10242, sec. 4.2, t 2",
        cases: &["metrics/alignment_uniformity"],
    },
    scope: Scope::Images,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    uniformity(material.rows, 2.0)
}
