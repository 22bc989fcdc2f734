//! How strongly each term of the loss moves the network.

use super::{Material, Reading, ReadingCard, Scope, Take, Taken, Unit, Value};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "gradient",
        label: "gradient",
        about: "Length of the gradient of the loss, and of each term with its weight, in one batch: \
                under h of the encoder's weights, under z of all behind them.",
        unit: Unit::Number,
        better: None,
        misleads: "Terms may pull against each other, so the gradient of the whole can be shorter \
                   than that of each; and AdamW moves weights alike whatever its length.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "the Euclidean norm over all weights; for VICReg's variance see Bardes and others \
                 2022, arXiv:2105.04906, sec. 4.1",
        cases: &[],
    },
    scope: Scope::Terms,
    take: Take::Try(take),
    chance: None,
};

fn take(material: &Material) -> Taken {
    let length = material.gradient.ok_or("needs a batch to train on")?;
    Ok(Value::number(f64::from(length)))
}
