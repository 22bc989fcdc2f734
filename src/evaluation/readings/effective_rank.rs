//! How many directions are in use: `RankMe`.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::{effective_rank, singular_values};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "effectiveRank",
        label: "effective rank",
        about: "How many directions are in use: the exponential of the entropy of the singular \
                values, of at most 512 images.",
        unit: Unit::Directions,
        better: Some(Better::High),
        misleads: "Noise fills directions too: an untrained network can have more than one that \
                   has learned.",
        live: true,
        headline: false,
        pixels: false,
        rotation: true,
        source: "RankMe: Garrido and others 2023, arXiv:2210.02885, eq. 1 and 2",
        cases: &["metrics/spectrum"],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: None,
};

fn take(material: &Material) -> Taken {
    let rank = effective_rank(&singular_values(material.rows), 1e-7);
    number(rank, "all vectors are zero")
}
