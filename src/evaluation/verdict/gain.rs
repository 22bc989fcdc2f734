//! By how much one kind of vectors beats another on the same images, and how sure that is.

use serde::{Deserialize, Serialize};

/// A difference of two accuracies on the same images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Gain {
    /// The difference, -1 to 1.
    pub value: f32,
    /// Its standard error.
    pub error: f32,
}

impl Gain {
    /// By how much `right` beats `other`, image by image, in these folds.
    ///
    /// The error is the larger of two. Over images: that of a difference of matched proportions, with
    /// half an image more in each of the four cells (Agresti, Min 2005), so that a few images that
    /// all agree are no certainty. Over folds: the standard deviation of the folds' differences over
    /// the root of their number; it is larger where images of a fold succeed and fail together.
    pub fn between(right: &[bool], other: &[bool], folds: &[u8]) -> Self {
        assert_eq!(
            (right.len(), right.len()),
            (other.len(), folds.len()),
            "the same images"
        );
        let mut sums = [(0.0, 0.0); u8::MAX as usize + 1];
        let (mut gained, mut lost) = (0.0_f64, 0.0_f64);
        for ((right, other), fold) in right.iter().zip(other).zip(folds) {
            let difference = f64::from(i8::from(*right) - i8::from(*other));
            gained += difference.max(0.0);
            lost -= difference.min(0.0);
            let (sum, count) = &mut sums[usize::from(*fold)];
            *sum += difference;
            *count += 1.0;
        }
        let n = right.len() as f64;
        let (apart, net) = (gained + lost + 1.0, gained - lost);
        let of_images = (apart - net * net / (n + 2.0)).sqrt() / (n + 2.0);
        let folds = sums.iter().filter(|(_, count)| *count > 0.0);
        let folds: Vec<f64> = folds.map(|(sum, count)| sum / count).collect();
        let mean = net / n.max(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
        let [value, error] = [mean, of_images.max(error_of(&folds))].map(|x| x as f32);
        Self { value, error }
    }

    /// Whether it is above zero by more than two standard errors.
    pub fn is_clear(self) -> bool {
        self.value > 2.0 * self.error
    }

    /// The other way round.
    pub fn reversed(self) -> Self {
        Self {
            value: -self.value,
            ..self
        }
    }
}

/// The standard error of the mean of some values.
fn error_of(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 images in five folds: right in the one, right in the other.
    fn gain(right: impl Fn(usize) -> bool, other: impl Fn(usize) -> bool) -> Gain {
        let of = |f: &dyn Fn(usize) -> bool| (0..100).map(f).collect::<Vec<_>>();
        let folds: Vec<u8> = (0..5).cycle().take(100).collect();
        Gain::between(&of(&right), &of(&other), &folds)
    }

    #[test]
    fn an_error_is_that_of_matched_images() {
        // 20 gained and 10 lost, as evenly over the folds as can be.
        let gain = gain(|i| i < 20, |i| (50..60).contains(&i));
        assert!((gain.value - 0.1).abs() < 1e-6);
        let expected = (31.0_f32 - 100.0 / 102.0).sqrt() / 102.0;
        assert!((gain.error - expected).abs() < 1e-6, "{gain:?}");
    }

    #[test]
    fn folds_that_disagree_are_less_sure() {
        // All that is gained is in one fold: means 1, 0, 0, 0, 0.
        let gain = gain(|i| i % 5 == 0, |_| false);
        assert!((gain.value - 0.2).abs() < 1e-6);
        assert!((gain.error - 0.2).abs() < 1e-6, "{gain:?}");
        assert!(!gain.is_clear());
    }

    #[test]
    fn nothing_is_certain() {
        let same = gain(|_| true, |_| true);
        assert_eq!(same.value, 0.0);
        assert!(same.error > 0.009);
        assert_eq!(Gain::between(&[], &[], &[]).value, 0.0);
    }
}
