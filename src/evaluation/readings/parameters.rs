//! What made a view, as classes: so that a probe can ask whether the vectors still tell it.

use super::Labels;
use crate::data::augment::ImageParams;
use crate::evaluation::FOLDS;

/// Classes of a number that may be anything: its quarters.
const QUARTERS: usize = 4;

type Parameter = (&'static str, fn(&ImageParams) -> f32);

const PARAMETERS: [Parameter; 11] = [
    ("crop area", |of| (of.crop.width * of.crop.height) as f32),
    ("crop column", |of| {
        of.crop.left as f32 + of.crop.width as f32 / 2.0
    }),
    ("crop row", |of| {
        of.crop.top as f32 + of.crop.height as f32 / 2.0
    }),
    ("flip", |of| f32::from(u8::from(of.flip))),
    ("brightness", |of| of.brightness),
    ("contrast", |of| of.contrast),
    ("saturation", |of| of.saturation),
    ("hue", |of| of.hue),
    ("greyscale", |of| f32::from(u8::from(of.grey))),
    ("blur", |of| of.blur.unwrap_or(0.0)),
    ("solarise", |of| f32::from(u8::from(of.solarise.is_some()))),
];

/// What differed between views, drawn image after image, `each` views of one. What was the same in
/// all of them is left out. Views of an image are in one fold.
pub fn parameters(views: &[ImageParams], each: usize) -> Vec<Labels> {
    let fold = |view: usize| u8::try_from(view / each % usize::from(FOLDS)).expect("few folds");
    let folds: Vec<u8> = (0..views.len()).map(fold).collect();
    let of = |(name, value): &Parameter| {
        let values: Vec<f32> = views.iter().map(value).collect();
        let classes = classes(&values);
        classes
            .iter()
            .any(|class| *class != classes[0])
            .then(|| Labels {
                name: (*name).to_owned(),
                folds: folds.clone(),
                classes,
            })
    };
    PARAMETERS.iter().filter_map(of).collect()
}

/// Quarters of the values, numbered from the smallest; fewer classes if many values are equal.
fn classes(values: &[f32]) -> Vec<u16> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let floors: Vec<f32> = if distinct.len() <= QUARTERS {
        distinct
    } else {
        let mut floors: Vec<f32> = (0..QUARTERS)
            .map(|quarter| sorted[quarter * sorted.len() / QUARTERS])
            .collect();
        floors.dedup();
        floors
    };
    let class = |value: &f32| {
        floors
            .iter()
            .skip(1)
            .filter(|floor| *floor <= value)
            .count()
    };
    let class = |value| u16::try_from(class(value)).expect("few classes");
    values.iter().map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_or_no_has_two_classes_and_a_number_four() {
        assert_eq!(classes(&[1.0, 0.0, 1.0, 1.0, 1.0, 1.0]), [1, 0, 1, 1, 1, 1]);
        let values: Vec<f32> = [7, 3, 0, 1, 2, 6, 5, 4].map(|x| x as f32).into();
        assert_eq!(classes(&values), [3, 1, 0, 0, 1, 3, 2, 2]);
        // Half of the views are not blurred at all.
        assert_eq!(
            classes(&[0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.3, 0.4]),
            [0, 0, 0, 0, 1, 1, 2, 2]
        );
    }

    #[test]
    fn what_is_the_same_in_all_views_is_no_parameter() {
        let mut views = vec![ImageParams::neutral(32); 8];
        assert_eq!(parameters(&views, 2), []);
        for view in views.iter_mut().step_by(2) {
            view.flip = true;
        }
        let found = parameters(&views, 2);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "flip");
        assert_eq!(found[0].classes, [1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(found[0].folds, [0, 0, 1, 1, 2, 2, 3, 3]);
    }
}
