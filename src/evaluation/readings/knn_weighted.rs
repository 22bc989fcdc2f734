//! Whether like is near like: the twenty nearest, the nearer counting more.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::knn::{TEMPERATURE, weighted};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "knnWeighted",
        label: "weighted kNN",
        about: "As kNN, but the 20 nearest vote, each with exp(cosine / 0.07).",
        unit: Unit::Share,
        better: Some(Better::High),
        misleads: "Where all cosines are close to 1 the weights are alike, and a rare kind is \
                   outvoted.",
        live: false,
        headline: false,
        pixels: true,
        rotation: true,
        source: "Wu and others 2018, arXiv:1805.01978, sec. 3.4",
        cases: &["metrics/knn"],
    },
    scope: Scope::Factors,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    let split = material.split.expect("it is of factors");
    split.found(|near| weighted(near, split.classes, TEMPERATURE))
}
