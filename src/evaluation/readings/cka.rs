//! How much training has changed.

use super::{Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::cka;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "cka",
        label: "CKA with untrained",
        about: "Linear CKA with the same vectors before training, of at most 512 images: 1 when \
                one is a turned and scaled copy of the other, 0 when they have nothing in common.",
        unit: Unit::Number,
        better: None,
        misleads: "A few directions of large variance decide it, and a change need not be for the \
                   better.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Kornblith and others 2019, arXiv:1905.00414, sec. 3",
        cases: &["metrics/cka"],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: None,
};

fn take(material: &Material) -> Taken {
    let before = material
        .untrained
        .ok_or("the network before training is not known")?;
    number(cka(material.rows, before), "all vectors are one point")
}
