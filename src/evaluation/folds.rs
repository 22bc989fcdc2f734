//! Which images score which: a stratified split that keeps together what names or contents say is one.
//!
//! The rule. The stem of a name is its path without ending and without its last number
//! (`cat/cat_03_12.png`: `cat/cat_03_`; a name without a number is its own stem). Images of a class
//! with the same stem are one group (stripes of a photo, frames of a film, variants of a drawing)
//! and go to the same fold. But a stem that more than a quarter of its class has (`IMG_1234`,
//! `glass17`) is plain numbering and tells nothing: then each image stands alone. Copies, images that
//! are equal pixel by pixel whatever they are called and labelled, join their groups; where that would
//! make a group of more than a quarter of all images, copies are a group without their stems.

use std::collections::BTreeMap;

use crate::rng::{Purpose, Rng};

/// Parts that score each other.
pub const FOLDS: u8 = 5;

/// A group is at most one part in so many of its class.
const LARGEST: usize = 4;

/// Images of one fold, by their places.
type Group = Vec<usize>;

/// The fold of each image, 0 to 4, by its name, the class of its label and `firsts`, the first of its
/// copies (itself, if there is none before it); each class is spread over the folds as evenly as its
/// groups allow.
pub fn folds(names: &[String], classes: &[u16], firsts: &[usize], seed: u32) -> Vec<u8> {
    assert_eq!(names.len(), classes.len(), "a class for each image");
    assert_eq!(names.len(), firsts.len(), "a first copy for each image");
    let kinds = classes
        .iter()
        .max()
        .map_or(0, |most| usize::from(*most) + 1);
    let (mixed, by_class) = groups(names, classes, firsts, kinds);
    let mut fold_of = vec![0; names.len()];
    let mut filled = [0; FOLDS as usize];
    let mut of_class = vec![[0; FOLDS as usize]; kinds];
    let mut put = |group: Vec<usize>| {
        let here = of_class[usize::from(classes[group[0]])];
        let emptiest = |fold: &u8| (here[usize::from(*fold)], filled[usize::from(*fold)]);
        let fold = (0..FOLDS).min_by_key(emptiest).expect("some folds");
        filled[usize::from(fold)] += group.len();
        for image in group {
            of_class[usize::from(classes[image])][usize::from(fold)] += 1;
            fold_of[image] = fold;
        }
    };
    let shuffled = |key: u64, mut groups: Vec<Vec<usize>>| {
        Rng::keyed(seed, Purpose::Folds, &[key]).shuffle(&mut groups);
        // Large ones first, so that the small ones can level the folds.
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        groups
    };
    // What has several classes fits least.
    shuffled(u64::from(u16::MAX) + 1, mixed)
        .into_iter()
        .for_each(&mut put);
    for (class, groups) in (0..).zip(by_class) {
        shuffled(class, groups).into_iter().for_each(&mut put);
    }
    fold_of
}

/// The groups whose images are of several classes, and those of each class.
fn groups(
    names: &[String],
    classes: &[u16],
    firsts: &[usize],
    kinds: usize,
) -> (Vec<Group>, Vec<Vec<Group>>) {
    let mut of_class = vec![0; kinds];
    let mut stems: BTreeMap<(u16, &str), Group> = BTreeMap::new();
    for (index, (name, class)) in names.iter().zip(classes).enumerate() {
        stems.entry((*class, stem(name))).or_default().push(index);
        of_class[usize::from(*class)] += 1;
    }
    let mut by_class: Vec<Vec<Group>> = vec![Vec::new(); kinds];
    for ((class, _), group) in stems {
        let class = usize::from(class);
        // What so many have is plain numbering.
        if group.len() * LARGEST > of_class[class] {
            by_class[class].extend(group.into_iter().map(|image| vec![image]));
        } else {
            by_class[class].push(group);
        }
    }
    if firsts.iter().enumerate().all(|(at, first)| at == *first) {
        return (Vec::new(), by_class);
    }
    let stems: Vec<Group> = by_class.iter_mut().flat_map(std::mem::take).collect();
    let mut mixed = Vec::new();
    for group in joined(&stems, firsts) {
        let class = classes[group[0]];
        if group.iter().all(|image| classes[*image] == class) {
            by_class[usize::from(class)].push(group);
        } else {
            mixed.push(group);
        }
    }
    (mixed, by_class)
}

/// These groups, those with copies of each other as one.
fn joined(stems: &[Group], firsts: &[usize]) -> Vec<Group> {
    // Of each image the least one known to be of its group, by way of others.
    let mut least: Vec<usize> = firsts.to_vec();
    for stem in stems {
        for image in stem {
            unite(&mut least, stem[0], *image);
        }
    }
    let count = firsts.len();
    let mut is_copy = vec![false; count];
    for (at, first) in firsts.iter().enumerate().filter(|(at, first)| at != *first) {
        (is_copy[at], is_copy[*first]) = (true, true);
    }
    let mut stem_of = vec![0; count];
    for (at, stem) in stems.iter().enumerate() {
        for image in stem {
            stem_of[*image] = at;
        }
    }
    let mut groups = Vec::new();
    for group in by(0..count, count, |image| root(&mut least, image)) {
        if group.len() * LARGEST <= count {
            groups.push(group);
            continue;
        }
        let (copies, others): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|image| is_copy[*image]);
        groups.extend(by(copies, count, |image| firsts[image]));
        groups.extend(by(others, count, |image| stem_of[image]));
    }
    groups
}

/// Images that are alike, together: by a number below `most`.
fn by(
    images: impl IntoIterator<Item = usize>,
    most: usize,
    mut of: impl FnMut(usize) -> usize,
) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![Vec::new(); most];
    for image in images {
        groups[of(image)].push(image);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The image that stands for the group of another.
fn root(least: &mut [usize], image: usize) -> usize {
    let mut at = image;
    while least[at] != at {
        least[at] = least[least[at]];
        at = least[at];
    }
    at
}

fn unite(least: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(least, a), root(least, b));
    least[a.max(b)] = a.min(b);
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

    /// Of images none of which is a copy.
    fn unlike(names: &[String], classes: &[u16], seed: u32) -> Vec<u8> {
        let firsts: Vec<usize> = (0..names.len()).collect();
        folds(names, classes, &firsts, seed)
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
        let folds = unlike(&names, &classes, 1);
        for stripe in folds.chunks(8) {
            assert!(stripe.iter().all(|fold| *fold == stripe[0]));
        }
        assert_eq!(sizes(&folds, &classes, 0), [16; 5]);
    }

    #[test]
    fn plain_numbering_groups_nothing() {
        let (names, classes) = set(2, 50, |c, i| format!("{c}/IMG_{i:04}.png"));
        let folds = unlike(&names, &classes, 1);
        assert_eq!(sizes(&folds, &classes, 1), [10; 5]);
        assert!((0..9).any(|i| folds[i] != folds[i + 1]));
    }

    #[test]
    fn classes_and_folds_stay_level() {
        let (names, classes) = set(7, 13, |c, i| format!("{c}/{i}.png"));
        let folds = unlike(&names, &classes, 3);
        for class in 0..7 {
            assert_eq!(sizes(&folds, &classes, class), [2, 2, 3, 3, 3]);
        }
        let all = sizes(&folds, &[0; 7 * 13], 0);
        assert_eq!(all, [18, 18, 18, 18, 19]);
    }

    #[test]
    fn the_seed_decides() {
        let (names, classes) = set(1, 40, |_, i| format!("{i}.png"));
        let of = |seed| unlike(&names, &classes, seed);
        assert_eq!(of(5), of(5));
        assert_ne!(of(5), of(6));
    }

    #[test]
    fn copies_stay_in_one_fold_whatever_they_are_called_and_labelled() {
        let (names, classes) = set(2, 40, |c, i| format!("{c}/IMG_{i:04}.png"));
        // Each image of the second class is a copy of one of the first: of 40 images 2 each.
        let firsts: Vec<usize> = (0..80).map(|i| i % 40).collect();
        let split = folds(&names, &classes, &firsts, 1);
        for i in 0..40 {
            assert_eq!(split[i], split[i + 40], "image {i}");
        }
        assert_eq!(sizes(&split, &classes, 0), [8; 5]);
        // A copy takes the stripes of its photo along.
        let (names, classes) = set(2, 80, |c, i| {
            format!("{c}/{c}_{:02}_{:02}.png", i / 8, i % 8)
        });
        let firsts: Vec<usize> = (0..160).map(|i| if i == 100 { 3 } else { i }).collect();
        let split = folds(&names, &classes, &firsts, 1);
        assert!((0..8).chain(96..104).all(|i| split[i] == split[0]));
    }

    #[test]
    fn copies_in_every_group_do_not_make_one_of_all() {
        // Ten films, each with the same black frame.
        let (names, classes) = set(2, 80, |c, i| {
            format!("{c}/{c}_{:02}_{:02}.png", i / 8, i % 8)
        });
        let firsts: Vec<usize> = (0..160).map(|i| if i % 8 == 0 { 0 } else { i }).collect();
        let split = folds(&names, &classes, &firsts, 1);
        assert!((0..160).step_by(8).all(|i| split[i] == split[0]));
        for film in split.chunks(8) {
            assert!(film[1..].iter().all(|fold| *fold == film[1]));
        }
        let all = sizes(&split, &[0; 160], 0);
        assert!(all[0] >= 28 && all[4] <= 40, "{all:?}");
    }
}
