//! What a linear function finds of the label and of every other factor.

use super::{Better, Reading, ReadingCard, Scope, Take, Unit};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "probe",
        label: "linear probe",
        about: "How often logistic regression on standardised features, fitted to four folds, \
                names an image of the fifth rightly.",
        unit: Unit::Share,
        better: Some(Better::High),
        misleads: "With more features than images it finds patterns in anything: compare with the \
                   untrained network, whose features are as many.",
        live: false,
        headline: false,
        pixels: false,
        rotation: false,
        source: "Alain, Bengio 2016, arXiv:1610.01644; five folds by file name",
        cases: &[],
    },
    scope: Scope::Factors,
    take: Take::Fit,
    chance: None,
};
