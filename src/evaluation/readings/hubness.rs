//! Whether few images are near to all: hubs.

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::evaluation::Near;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "hubness",
        label: "hubness",
        about: "Skewness of how often an image is among the 10 nearest of others: 0 when all are \
                equally popular, above 1 when a few are near to many.",
        unit: Unit::Number,
        better: Some(Better::Low),
        misleads: "It grows with the number of images and of directions, so compare it only within \
                   one set.",
        live: false,
        headline: false,
        pixels: true,
        rotation: true,
        source: "Radovanović and others 2010, JMLR 11, eq. 1, k 10",
        cases: &[],
    },
    scope: Scope::Images,
    take: Take::Try(take),
    chance: None,
};

/// Neighbours that count.
const NEAREST: usize = 10;

fn take(material: &Material) -> Taken {
    let skewness = hubness(material.near, NEAREST);
    number(
        skewness,
        "all images are equally often among the nearest: needs more images",
    )
}

/// Skewness of the k-occurrence: of how often each image is among the `k` nearest of another. None
/// if all are equally often.
pub fn hubness(near: &[Near], k: usize) -> Option<f64> {
    let mut times = vec![0.0; near.len()];
    for (other, _) in near.iter().flat_map(|near| near.iter().take(k)) {
        times[*other] += 1.0;
    }
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    let moment = |power| {
        times
            .iter()
            .map(|x: &f64| (x - mean).powi(power))
            .sum::<f64>()
            / n
    };
    let variance = moment(2);
    (variance > 1e-9).then(|| moment(3) / variance.powf(1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_image_that_is_near_to_all_is_a_hub() {
        // Image 0 is the nearest of the four others, and 1 is its own.
        let near: Vec<Near> = [1, 0, 0, 0, 0].map(|other| vec![(other, 1.0)]).into();
        // Occurrences 4, 1, 0, 0, 0: mean 1, second moment 2.4, third 4.8.
        let wanted = 4.8 / 2.4_f64.powf(1.5);
        assert!((hubness(&near, 1).unwrap() - wanted).abs() < 1e-12);
        let circle: Vec<Near> = [1, 2, 3, 4, 0].map(|other| vec![(other, 1.0)]).into();
        assert_eq!(hubness(&circle, 1), None);
    }
}
