//! How close the views of an image are.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Unit};
use crate::evaluation::{Rows, alignment};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "alignment",
        label: "alignment",
        about: "Mean squared distance of two views of an image on the sphere: 0 when they are one \
                point; 4 views each of at most 128 images.",
        unit: Unit::Number,
        better: Some(Better::Low),
        misleads: "A collapsed network has perfect alignment: read it beside uniformity.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Wang, Isola 2020, arXiv:2005.10242, sec. 4.2, alpha 2",
        cases: &["metrics/alignment_uniformity"],
    },
    scope: Scope::Views,
    take: Take::Number(take),
    chance: None,
};

fn take(material: &Material) -> f64 {
    let views = material.views.expect("it is of views");
    let width = views.rows.width();
    let all: Vec<Vec<f32>> = (0..views.each)
        .map(|number| views.number(number).flatten().copied().collect())
        .collect();
    let pairs = (0..views.each).flat_map(|b| (0..b).map(move |a| (a, b)));
    let apart = |(a, b): (usize, usize)| {
        alignment(Rows::new(&all[a], width), Rows::new(&all[b], width), 2.0)
    };
    let apart: Vec<f64> = pairs.map(apart).collect();
    apart.iter().sum::<f64>() / apart.len() as f64
}
