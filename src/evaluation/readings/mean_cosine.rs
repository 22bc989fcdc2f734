//! How alike two different images are.

use super::{Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::mean_cosine;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "meanCosine",
        label: "cosine of two images",
        about: "Mean cosine of two different images: 0 when spread evenly, 1 when all are one \
                point.",
        unit: Unit::Number,
        better: None,
        misleads: "After a ReLU h has no negative numbers, so its cosines are high in a sound \
                   network too: compare with untrained.",
        live: true,
        headline: false,
        pixels: true,
        rotation: true,
        source: "Wang, Isola 2020, arXiv:2005.10242",
        cases: &[],
    },
    scope: Scope::Images,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    mean_cosine(material.rows)
}
