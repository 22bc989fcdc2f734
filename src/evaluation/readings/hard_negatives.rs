//! Whether a loss looks at all negatives alike or at the nearest alone.

use super::{Material, NegativeRows, Reading, ReadingCard, Scope, Take, Taken, Unit, number};
use crate::training::NO_NEGATIVE;

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "hardNegatives",
        label: "pull on hard negatives",
        about: "Of the gradient with respect to the similarities of a view and its negatives, the \
                part of the hardest 5 %, those that are most like the view: the mean over one batch.",
        unit: Unit::Share,
        better: None,
        misleads: "It says where the loss looks, not whether that is wise: the hardest negatives may \
                   be images of the same kind.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Wang, Liu 2021, arXiv:2012.09740, eq. 4 to 6, hardness-aware property",
        cases: &[],
    },
    scope: Scope::Negatives,
    take: Take::Try(take),
    chance: Some(|_| HARDEST),
};

/// The part of the negatives that is called the hardest.
const HARDEST: f64 = 0.05;

fn take(material: &Material) -> Taken {
    let negatives = material.negatives.ok_or("this loss has no negatives")?;
    let share = hard_negatives(negatives, HARDEST);
    number(share, "no negative is pulled at: none is near enough")
}

/// The mean over rows of the part of the pull that their most similar negatives have, which are
/// `hardest` of them, rounded up. Rows without any pull are left out; none if all are.
pub fn hard_negatives(negatives: &NegativeRows, hardest: f64) -> Option<f64> {
    let rows = negatives.similarity.chunks(negatives.width);
    let shares = rows.zip(negatives.pull.chunks(negatives.width));
    let share = |(similarity, pull): (&[f32], &[f32])| {
        let both = similarity.iter().zip(pull);
        let mut both: Vec<(f32, f64)> = both
            .filter(|(similarity, _)| **similarity > NO_NEGATIVE)
            .map(|(similarity, pull)| (*similarity, f64::from(*pull)))
            .collect();
        both.sort_by(|a, b| b.0.total_cmp(&a.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of their number"
        )]
        let count = (hardest * both.len() as f64).ceil() as usize;
        let sum = |some: &[(f32, f64)]| some.iter().map(|(_, pull)| pull).sum::<f64>();
        let all = sum(&both);
        (all > 0.0).then(|| sum(&both[..count]) / all)
    };
    let shares: Vec<f64> = shares.filter_map(share).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_tenth_has_its_part_of_the_pull() {
        // Ten negatives and one that is none, twice; the second row pulls at nothing.
        let mut similarity: Vec<f32> = (0..10).map(|at| at as f32 / 10.0).collect();
        similarity.push(-1e9);
        let mut pull = vec![1.0; 9];
        pull.extend([3.0, 100.0]);
        let rows = NegativeRows {
            width: 11,
            similarity: similarity.repeat(2),
            pull: [pull, vec![0.0; 11]].concat(),
        };
        assert_eq!(hard_negatives(&rows, 0.1), Some(0.25));
        // Of 5 per cent of ten there is one.
        assert_eq!(hard_negatives(&rows, 0.05), Some(0.25));
        let none = NegativeRows {
            pull: vec![0.0; 22],
            ..rows
        };
        assert_eq!(hard_negatives(&none, 0.05), None);
    }
}
