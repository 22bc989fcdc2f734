//! Whether neighbours in the vectors are neighbours on the map.

use super::trustworthiness::take_back;
use super::{Better, Reading, ReadingCard, Scope, Take, Unit};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "continuity",
        label: "map: continuity",
        about: "How far the 10 nearest in the vectors are near on the map too, of at most 256 \
                images: 1 when no neighbours are torn apart.",
        unit: Unit::Number,
        better: Some(Better::High),
        misleads: "It judges the map, not the network: vectors that use few directions give a map \
                   that tears nothing apart.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Venna, Kaski 2001; scikit-learn's trustworthiness with its arguments exchanged",
        cases: &["diagnostics/projection"],
    },
    scope: Scope::Images,
    take: Take::Try(take_back),
    chance: None,
};
