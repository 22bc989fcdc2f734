//! How often the nearest images have the same label: by majority, and weighted (Wu and others
//! 2018, arXiv:1805.01978).

use std::collections::HashMap;

use nalgebra::{DMatrix, DMatrixView};
use serde::Serialize;

use super::Rows;

/// Neighbours of the majority vote.
pub(super) const MAJORITY: usize = 5;
/// Neighbours of the weighted vote, or all there are.
pub(super) const WEIGHTED: usize = 20;
/// Temperature of the weighted vote.
pub(super) const TEMPERATURE: f32 = 0.07;
/// Queries whose cosines are held at a time.
const BLOCK: usize = 64;

/// Images near another with their cosine, nearest first.
pub type Near = Vec<(usize, f32)>;

/// How often the majority of the 5 nearest in other folds has an image's own class: 0 to 1.
/// `rows: [n, d]`; 0 without images.
pub fn accuracy(rows: Rows, classes: &[u16], folds: &[u8]) -> f32 {
    let near = across_folds(rows, classes, folds, MAJORITY);
    share(&right(&near, classes, |near| majority(near, classes)))
}

/// The part of the images that are right; 0 without images.
pub fn share(outcomes: &[bool]) -> f32 {
    let right = outcomes.iter().filter(|right| **right);
    right.count() as f32 / outcomes.len().max(1) as f32
}

/// An image near another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Neighbour {
    /// Which image.
    pub index: usize,
    /// Cosine.
    pub cosine: f32,
}

/// What guessing scores: the share of the largest class; 0 without images.
pub fn chance(classes: &[u16]) -> f32 {
    let mut counts = HashMap::new();
    for class in classes {
        *counts.entry(class).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or(0) as f32 / classes.len().max(1) as f32
}

/// The `k` rows nearest to `query: [d]` by cosine, nearest first; row `itself` is left out.
pub fn nearest(query: &[f32], rows: Rows, k: usize, itself: Option<usize>) -> Near {
    let query = Rows::new(query, rows.width());
    search(query, rows, k, |_, other| Some(other) != itself).remove(0)
}

/// For each query the `k` rows nearest by cosine that it is `allowed` to see, or all if they are
/// fewer. Of two that are equally near the first comes first; what is not a number is never near.
pub fn search(
    queries: Rows,
    rows: Rows,
    k: usize,
    allowed: impl Fn(usize, usize) -> bool,
) -> Vec<Near> {
    let k = k.min(rows.len());
    let d = rows.width();
    assert_eq!(queries.width(), d, "vectors of the same kind");
    let rows_across = by_column(rows).transpose();
    let queries = by_column(queries);
    let mut found = Vec::with_capacity(queries.ncols());
    for start in (0..queries.ncols()).step_by(BLOCK) {
        let count = BLOCK.min(queries.ncols() - start);
        let block = DMatrixView::from_slice(&queries.as_slice()[start * d..], d, count);
        // One column of cosines for each query.
        let cosines = &rows_across * block;
        for (offset, cosines) in cosines.column_iter().enumerate() {
            let all = cosines.iter().copied().enumerate();
            found.push(largest(
                k,
                all.filter(|(other, _)| allowed(start + offset, *other)),
            ));
        }
    }
    found
}

/// The class most of the neighbours have; of equally many, that of the nearest. None without any.
pub fn majority(near: &[(usize, f32)], classes: &[u16]) -> Option<u16> {
    winner(near.iter().map(|(index, _)| (classes[*index], 1.0)))
}

/// The class with the largest sum of `exp(cosine / temperature)`.
pub fn weighted(near: &[(usize, f32)], classes: &[u16], temperature: f32) -> Option<u16> {
    winner(votes(near, classes, temperature))
}

/// The weighted vote: the class of each neighbour, and `exp((cosine - 1) / temperature)`.
pub fn votes(
    near: &[(usize, f32)],
    classes: &[u16],
    temperature: f32,
) -> impl Iterator<Item = (u16, f32)> {
    // Less 1, so that no temperature makes it overflow; the shares stay.
    let vote = move |cosine: f32| ((cosine - 1.0) / temperature).exp();
    near.iter()
        .map(move |(index, cosine)| (classes[*index], vote(*cosine)))
}

/// The class with the largest sum of votes; of equal sums, that which was voted for first.
fn winner(votes: impl Iterator<Item = (u16, f32)>) -> Option<u16> {
    let mut sums: Vec<(u16, f32)> = Vec::new();
    for (class, vote) in votes {
        match sums.iter_mut().find(|(other, _)| *other == class) {
            Some((_, sum)) => *sum += vote,
            None => sums.push((class, vote)),
        }
    }
    let better = |a: (u16, f32), b: (u16, f32)| if b.1 > a.1 { b } else { a };
    sums.into_iter().reduce(better).map(|(class, _)| class)
}

fn across_folds(rows: Rows, classes: &[u16], folds: &[u8], k: usize) -> Vec<Near> {
    assert_eq!(
        (rows.len(), rows.len()),
        (classes.len(), folds.len()),
        "one of each an image"
    );
    search(rows, rows, k, |image, other| folds[image] != folds[other])
}

pub(super) fn right(
    near: &[Near],
    classes: &[u16],
    guess: impl Fn(&Near) -> Option<u16>,
) -> Vec<bool> {
    let images = near.iter().zip(classes);
    images
        .map(|(near, class)| guess(near) == Some(*class))
        .collect()
}

pub(super) fn head(near: &Near) -> &[(usize, f32)] {
    &near[..MAJORITY.min(near.len())]
}

/// The rows scaled to length one, each a column: `[d, n]`.
pub(super) fn by_column(rows: Rows) -> DMatrix<f32> {
    let mut units = Vec::with_capacity(rows.len() * rows.width());
    for row in rows.iter() {
        let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        let scale = if norm > 0.0 { norm.recip() } else { 0.0 };
        units.extend(row.iter().map(|x| x * scale));
    }
    DMatrix::from_vec(rows.width(), rows.len(), units)
}

/// The `k` largest, largest first.
pub(crate) fn largest(k: usize, values: impl Iterator<Item = (usize, f32)>) -> Near {
    let mut best: Near = Vec::with_capacity(k + 1);
    let mut bar = f32::NEG_INFINITY;
    for (index, value) in values {
        if value > bar {
            let place = best.partition_point(|(_, other)| *other >= value);
            best.insert(place, (index, value));
            best.truncate(k);
            if best.len() == k {
                bar = best.last().map_or(f32::INFINITY, |(_, value)| *value);
            }
        }
    }
    best
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "shares of a few images are exact")]
mod tests {
    use super::*;

    fn nearest_to(row: usize, rows: &[f32], width: usize, k: usize) -> Near {
        let rows = Rows::new(rows, width);
        nearest(rows.row(row), rows, k, Some(row))
    }

    #[test]
    fn the_nearest_come_first_and_length_does_not_count() {
        let rows = [1.0, 0.0, 0.0, 9.0, 5.0, 1.0, 2.0, 1.0, -1.0, 0.0];
        let found = nearest_to(0, &rows, 2, 3);
        assert_eq!(found.iter().map(|(i, _)| *i).collect::<Vec<_>>(), [2, 3, 1]);
        assert!((found[1].1 - 2.0 / 5.0_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn equally_near_images_come_in_their_order() {
        let rows = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let found = nearest_to(2, &rows, 2, 2);
        assert_eq!(found.iter().map(|(i, _)| *i).collect::<Vec<_>>(), [0, 1]);
        // From elsewhere, none of them is itself.
        let found = nearest(&[3.0, 0.0], Rows::new(&rows, 2), 2, None);
        assert_eq!(found, [(0, 1.0), (1, 1.0)]);
    }

    #[test]
    fn fewer_images_than_asked_for_are_all_of_them() {
        assert_eq!(nearest_to(0, &[1.0, 0.5, 0.25], 1, 9).len(), 2);
        assert_eq!(nearest_to(0, &[1.0, 0.5], 1, 0), []);
    }

    #[test]
    fn of_equally_many_votes_the_nearest_decides() {
        let near = [(0, 0.9), (1, 0.8), (2, 0.7), (3, 0.6), (4, 0.5)];
        assert_eq!(majority(&near, &[7, 3, 3, 7, 5]), Some(7));
        assert_eq!(majority(&near, &[7, 3, 3, 3, 7]), Some(3));
        assert_eq!(majority(&[], &[]), None);
    }

    #[test]
    fn one_close_image_outweighs_two_distant_ones() {
        let near = [(0, 0.9), (1, 0.5), (2, 0.5)];
        assert_eq!(weighted(&near, &[1, 2, 2], 0.07), Some(1));
        assert_eq!(weighted(&near, &[1, 2, 2], 10.0), Some(2));
        let parts: Vec<_> = votes(&near, &[1, 2, 2], 0.4).collect();
        let sum: f32 = parts.iter().map(|(_, vote)| vote).sum();
        assert!((parts[0].1 / sum - 1.0 / (1.0 + 2.0 * (-1.0_f32).exp())).abs() < 1e-6);
    }

    /// Two clusters; the twin of each image is in its own fold and must not help it.
    #[test]
    fn images_of_a_fold_do_not_score_each_other() {
        let rows = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        let rows = Rows::new(&rows, 2);
        assert_eq!(accuracy(rows, &[0, 0, 1, 1], &[0, 1, 0, 1]), 1.0);
        assert_eq!(accuracy(rows, &[0, 0, 1, 1], &[0, 0, 1, 1]), 0.0);
        assert_eq!(accuracy(rows, &[0, 0, 1, 1], &[0, 0, 0, 0]), 0.0);
    }

    #[test]
    fn more_queries_than_a_block_are_all_answered() {
        let rows: Vec<f32> = (0..150).flat_map(|i| [1.0, (i % 2) as f32]).collect();
        let classes: Vec<u16> = (0..150).map(|i| i % 2).collect();
        let folds: Vec<u8> = (0..150).map(|i| i % 5).collect();
        assert_eq!(accuracy(Rows::new(&rows, 2), &classes, &folds), 1.0);
    }
}
