//! Coordinates that say nothing.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::dead;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "deadDimensions",
        label: "dead dimensions",
        about: "Coordinates that never vary from image to image.",
        unit: Unit::Directions,
        better: Some(Better::Low),
        misleads: "A coordinate that varies need not say anything, and a black border of all \
                   images is dead in the pixels without harm.",
        live: true,
        headline: false,
        pixels: true,
        rotation: false,
        source: "Jing and others 2021, arXiv:2110.09348, by coordinate",
        cases: &[],
    },
    scope: Scope::Images,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    dead(material.rows) as f64
}
