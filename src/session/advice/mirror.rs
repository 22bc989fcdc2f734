//! Whether images may be mirrored: whether their mirror images lie near the others.

use super::sample::{Sample, shrink};
use crate::evaluation::{Rows, search};
use crate::settings::Advice;

/// Images are compared at this many pixels a side: enough for what is where, too few for detail.
const SIDE: usize = 8;

/// Of mirror images that are as like the set as the images themselves, half are nearer to it. In
/// doubt images are not mirrored: a set of hands or letters loses what tells them apart, while any
/// set can do without.
const ENOUGH: f32 = 0.45;

pub(super) fn flips(sample: &Sample) -> Advice {
    let share = as_near(sample);
    let percent = 100.0 * share;
    if share >= ENOUGH {
        Advice::new(
            "augment.flip.probability",
            0.5,
            format!(
                "Flips: mirrored, {percent:.0} % of your images are as near to the others as before \
                 (50 % if left and right do not matter)."
            ),
        )
    } else {
        Advice::new(
            "augment.flip.probability",
            0.0,
            format!(
                "No flips: mirrored, only {percent:.0} % of your images are as near to the others as \
                 before (50 % if left and right did not matter)."
            ),
        )
    }
}

/// The part of the images whose mirror image has as near a neighbour as they have themselves.
fn as_near(sample: &Sample) -> f32 {
    let n = sample.images.len();
    let thumb = |image: &&[u8]| {
        let mut thumb = Vec::new();
        let values = image.iter().map(|byte| f32::from(*byte) / 255.0);
        shrink(values, 3, [sample.side, SIDE], &mut thumb);
        thumb
    };
    let mut thumbs: Vec<Vec<f32>> = sample.images.iter().map(thumb).collect();
    centre(&mut thumbs);
    let width = SIDE * SIDE * 3;
    let upright = thumbs.concat();
    let mirrored: Vec<f32> = thumbs.iter().flat_map(|thumb| mirror(thumb)).collect();
    let upright = Rows::new(&upright, width);
    let nearest = |queries| {
        let near = search(queries, upright, 1, |query, other| query != other);
        near.into_iter()
            .map(|near| near.first().map(|(_, cosine)| *cosine))
    };
    let pairs = nearest(upright).zip(nearest(Rows::new(&mirrored, width)));
    // Rounding tells nothing: an image that is its own mirror image is as near.
    let near = pairs.filter(|(itself, mirrored)| match (itself, mirrored) {
        (Some(itself), Some(mirrored)) => *mirrored >= itself - 1e-5,
        _ => false,
    });
    near.count() as f32 / n as f32
}

/// Takes away what all images share, mirrored or not: a ground that is lighter below would make all
/// of them alike.
fn centre(thumbs: &mut [Vec<f32>]) {
    let n = thumbs.len() as f32;
    let mut common = vec![0.0; SIDE * SIDE * 3];
    for thumb in thumbs.iter() {
        let mirrored = mirror(thumb);
        for ((sum, a), b) in common.iter_mut().zip(thumb).zip(mirrored) {
            *sum += (a + b) / (2.0 * n);
        }
    }
    for thumb in thumbs {
        for (value, common) in thumb.iter_mut().zip(&common) {
            *value -= common;
        }
    }
}

fn mirror(thumb: &[f32]) -> Vec<f32> {
    let rows = thumb.chunks_exact(SIDE * 3);
    rows.flat_map(|row| row.rchunks_exact(3).flatten().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};
    use crate::session::advice::sample::tests::{Drawn, drawn};

    /// A bright square of random place, in the left half or in either.
    fn squares(both: bool) -> Drawn {
        let place = move |i: usize| {
            let mut rng = Rng::keyed(5, Purpose::Shapes, &[i as u64]);
            let most = if both { 24.0 } else { 10.0 };
            [rng.uniform(0.0, most), rng.uniform(0.0, 24.0)]
        };
        drawn(200, move |i, x, y| {
            let [left, top] = place(i);
            let inside = |at: usize, from: f32| (0.0..8.0).contains(&(at as f32 - from));
            [f32::from(u8::from(inside(x, left) && inside(y, top))); 3]
        })
    }

    #[test]
    fn what_is_as_often_left_as_right_may_be_mirrored() {
        let share = as_near(&squares(true).sample());
        assert!((share - 0.5).abs() < 0.1, "{share}");
        assert_eq!(flips(&squares(true).sample()).value, 0.5);
    }

    #[test]
    fn what_is_always_left_may_not() {
        let advice = flips(&squares(false).sample());
        assert_eq!(advice.value, 0.0, "{}", advice.why);
        assert!(advice.why.starts_with("No flips"), "{}", advice.why);
    }

    #[test]
    fn one_image_alone_is_no_reason_to_mirror() {
        assert_eq!(
            flips(&drawn(1, |_, x, _| [x as f32 / 31.0; 3]).sample()).value,
            0.0
        );
    }
}
