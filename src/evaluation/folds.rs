//! Which images score which: a stratified split that keeps together what file names say is one.
//!
//! The rule. The stem of a name is its path without ending and without its last number
//! (`cat/cat_03_12.png`: `cat/cat_03_`; a name without a number is its own stem). Images of a class
//! with the same stem are one group (stripes of a photo, frames of a film, variants of a drawing)
//! and go to the same fold. But a stem that more than a quarter of its class has (`IMG_1234`,
//! `glass17`) is plain numbering and tells nothing: then each image stands alone.

use std::collections::BTreeMap;

use crate::rng::{Purpose, Rng};

/// Parts that score each other.
pub const FOLDS: u8 = 5;

/// A group is at most one part in so many of its class.
const LARGEST: usize = 4;

/// The fold of each image, 0 to 4, by its name and the class of its label; each class is spread
/// over the folds as evenly as its groups allow.
pub fn folds(names: &[String], classes: &[u16], seed: u32) -> Vec<u8> {
    assert_eq!(names.len(), classes.len(), "a class for each image");
    let mut by_class: BTreeMap<u16, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (index, (name, class)) in names.iter().zip(classes).enumerate() {
        by_class
            .entry(*class)
            .or_default()
            .entry(stem(name))
            .or_default()
            .push(index);
    }
    let mut fold_of = vec![0; names.len()];
    let mut filled = [0; FOLDS as usize];
    for (class, stems) in by_class {
        let mut groups = split_numbering(stems);
        Rng::keyed(seed, Purpose::Folds, &[u64::from(class)]).shuffle(&mut groups);
        // Large ones first, so that the small ones can level the folds.
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let mut of_class = [0; FOLDS as usize];
        for group in groups {
            let emptiest = |fold: &u8| (of_class[usize::from(*fold)], filled[usize::from(*fold)]);
            let fold = (0..FOLDS).min_by_key(emptiest).expect("some folds");
            of_class[usize::from(fold)] += group.len();
            filled[usize::from(fold)] += group.len();
            for image in group {
                fold_of[image] = fold;
            }
        }
    }
    fold_of
}

/// The groups of a class; stems that are plain numbering become one group an image.
fn split_numbering(stems: BTreeMap<&str, Vec<usize>>) -> Vec<Vec<usize>> {
    let images: usize = stems.values().map(Vec::len).sum();
    let mut groups = Vec::new();
    for group in stems.into_values() {
        if group.len() * LARGEST > images {
            groups.extend(group.into_iter().map(|image| vec![image]));
        } else {
            groups.push(group);
        }
    }
    groups
}

/// What comes before the last number of a name's last part; without a number, all but the ending.
fn stem(name: &str) -> &str {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let name = match name[file..].rfind('.') {
        Some(dot) if dot > 0 => &name[..file + dot],
        _ => name,
    };
    let digit = |c: char| c.is_ascii_digit();
    match name[file..].rfind(digit) {
        Some(last) => name[..=file + last].trim_end_matches(digit),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images named by `name` of class and number.
    fn set(
        classes: u16,
        each: usize,
        name: impl Fn(u16, usize) -> String,
    ) -> (Vec<String>, Vec<u16>) {
        let all = (0..classes).flat_map(|class| (0..each).map(move |i| (class, i)));
        all.map(|(class, i)| (name(class, i), class)).unzip()
    }

    /// How many images of `class` are in each fold, fewest first.
    fn sizes(folds: &[u8], classes: &[u16], class: u16) -> Vec<usize> {
        let of = |fold| {
            folds
                .iter()
                .zip(classes)
                .filter(|pair| *pair == (&fold, &class))
                .count()
        };
        let mut sizes: Vec<usize> = (0..FOLDS).map(of).collect();
        sizes.sort_unstable();
        sizes
    }

    #[test]
    fn stems_end_before_the_last_number() {
        assert_eq!(stem("a/cat_03_12.png"), "a/cat_03_");
        assert_eq!(stem("a/roll-b7.v2.jpeg"), "a/roll-b7.v");
        assert_eq!(stem("a/photo (12).jpg"), "a/photo (");
        assert_eq!(stem("b2/tom.png"), "b2/tom");
        assert_eq!(stem("0001.png"), "");
        assert_eq!(stem(".7"), ".");
    }

    #[test]
    fn stripes_stay_whole() {
        let (names, classes) = set(2, 80, |c, i| {
            format!("{c}/{c}_{:02}_{:02}.png", i / 8, i % 8)
        });
        let folds = folds(&names, &classes, 1);
        for stripe in folds.chunks(8) {
            assert!(stripe.iter().all(|fold| *fold == stripe[0]));
        }
        assert_eq!(sizes(&folds, &classes, 0), [16; 5]);
    }

    #[test]
    fn plain_numbering_groups_nothing() {
        let (names, classes) = set(2, 50, |c, i| format!("{c}/IMG_{i:04}.png"));
        let folds = folds(&names, &classes, 1);
        assert_eq!(sizes(&folds, &classes, 1), [10; 5]);
        assert!((0..9).any(|i| folds[i] != folds[i + 1]));
    }

    #[test]
    fn classes_and_folds_stay_level() {
        let (names, classes) = set(7, 13, |c, i| format!("{c}/{i}.png"));
        let folds = folds(&names, &classes, 3);
        for class in 0..7 {
            assert_eq!(sizes(&folds, &classes, class), [2, 2, 3, 3, 3]);
        }
        let all = sizes(&folds, &[0; 7 * 13], 0);
        assert_eq!(all, [18, 18, 18, 18, 19]);
    }

    #[test]
    fn the_seed_decides() {
        let (names, classes) = set(1, 40, |_, i| format!("{i}.png"));
        let of = |seed| folds(&names, &classes, seed);
        assert_eq!(of(5), of(5));
        assert_ne!(of(5), of(6));
    }
}
