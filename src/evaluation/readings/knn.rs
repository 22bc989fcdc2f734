//! Whether like is near like: the majority of the five nearest.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::knn::{head, majority};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "knn",
        label: "kNN",
        about: "How often the label that most of an image's 5 nearest have, by cosine and in other \
                folds, is its own.",
        unit: Unit::Share,
        better: Some(Better::High),
        misleads: "Colour or position alone can score: only what beats the untrained network and \
                   raw pixels was learned.",
        live: true,
        headline: true,
        pixels: true,
        rotation: true,
        source: "Cover, Hart 1967; five folds by file name",
        cases: &["metrics/knn"],
    },
    scope: Scope::Factors,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    let split = material.split.expect("it is of factors");
    split.found(|near| majority(head(near), split.classes))
}
