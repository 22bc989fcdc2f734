//! Whether the vectors still tell how a view was made: what training asks z to forget.

use super::{Reading, ReadingCard, Scope, Take, Unit};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "augmentationProbe",
        label: "probe of the view",
        about: "How often a linear probe tells from a view's vector how the view was made, in \
                quarters of each parameter: 4 views each of at most 128 images.",
        unit: Unit::Share,
        better: None,
        misleads: "Forgetting is what the loss asks for, but a kind that differs by the same thing \
                   (colour, side) is then forgotten too.",
        live: false,
        headline: false,
        pixels: false,
        rotation: false,
        source: "after Lee and others 2021, arXiv:2105.04289; parameters as classes",
        cases: &[],
    },
    scope: Scope::Parameters,
    take: Take::Fit,
    chance: None,
};
