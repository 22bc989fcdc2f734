//! How much of the label a linear function finds in h or z: multinomial logistic regression on
//! standardised features, five folds at once, by accelerated gradient descent (Nesterov 1983) in
//! the metric of a bound on the curvature (Böhning 1992).

use std::array;

use burn::prelude::*;
use burn::tensor::TensorData;
use burn::tensor::activation::softmax;
use nalgebra::DMatrix;

use super::{FOLDS, Rows};
use crate::error::Error;

/// Widest rows that are probed. Wider ones, such as pixels, take too long in a browser.
const WIDEST: usize = 512;
/// Weight of half the squared length of the weights, beside the mean cross-entropy.
const PENALTY: f32 = 1e-3;
/// Rounds of descent. Ten times as many move no score of the built-in sets by half a point.
const ROUNDS: usize = 100;
/// Most multiplications of a round: images by features by classes of the five fits. [`ROUNDS`] of
/// them take some ten seconds in one thread.
const LARGEST: u64 = 600_000_000;
/// Features that narrower rows count as, for logits are held of all images and classes.
const NARROWEST: usize = 128;
/// Multiplications that one slice of work may take.
const SLICE: usize = 200_000_000;

const PARTS: usize = FOLDS as usize;

/// A probe being fitted: five sets of weights, each of them for the images of one fold and fitted
/// to those of the others.
#[derive(Debug)]
pub struct Probe {
    /// Standardised features, and a one: `[n, d + 1]`. The mean and the deviation are those of all
    /// rows: they know no label.
    x: Tensor<2>,
    /// One for an image's class: `[n, 1, k]`.
    targets: Tensor<3>,
    /// What an image weighs in each fit, nothing in that of its own fold: `[n, 5, 1]`.
    shares: Tensor<3>,
    /// [`PENALTY`] of each feature, none of the one: `[d + 1, 1]`.
    penalty: Tensor<2>,
    /// Inverse of the bound on the curvature: `[d + 1, d + 1]`; none before the first slice.
    metric: Option<Tensor<2>>,
    /// `[d + 1, 5 k]`, fold after fold.
    weights: Tensor<2>,
    /// Where the weights would be if they went on as before.
    ahead: Tensor<2>,
    rounds: usize,
    classes: Vec<u16>,
    folds: Vec<u8>,
}

impl Probe {
    /// Prepares to fit the classes of `rows: [n, d]`.
    ///
    /// # Errors
    /// Rows wider than 512, or so many rows and classes that it would take minutes, in words that end
    /// a sentence about the reading.
    pub fn new(rows: Rows, classes: &[u16], folds: &[u8], device: &Device) -> Result<Self, String> {
        let (n, d) = (rows.len(), rows.width());
        assert_eq!((n, n), (classes.len(), folds.len()), "one of each an image");
        if d > WIDEST {
            return Err("these vectors are too wide to fit a probe in a browser".into());
        }
        let k = kinds(classes);
        if round(n, d, k) > LARGEST {
            return Err(format!(
                "left out: {k} kinds of image among {n} are too many to fit in good time"
            ));
        }
        let targets = classes.iter().flat_map(|class| one_hot(*class, k));
        let others: [f32; PARTS] = array::from_fn(|part| training(folds, part) as f32);
        let shares = folds.iter().flat_map(|fold| {
            let share = move |part: usize| {
                let own = part == usize::from(*fold);
                if own { 0.0 } else { others[part].recip() }
            };
            (0..PARTS).map(share)
        });
        let mut penalty = vec![PENALTY; d + 1];
        penalty[d] = 0.0;
        let weights = Tensor::zeros([d + 1, PARTS * k], device);
        Ok(Self {
            x: Tensor::from_data(TensorData::new(standardised(rows), [n, d + 1]), device),
            targets: Tensor::from_data(TensorData::new(targets.collect(), [n, 1, k]), device),
            shares: Tensor::from_data(TensorData::new(shares.collect(), [n, PARTS, 1]), device),
            penalty: Tensor::from_data(TensorData::new(penalty, [d + 1, 1]), device),
            metric: None,
            ahead: weights.clone(),
            weights,
            rounds: 0,
            classes: classes.to_vec(),
            folds: folds.to_vec(),
        })
    }

    /// A slice of the work; once it is done, the part of the images whose class is found by the
    /// weights that have not seen their fold.
    ///
    /// # Errors
    /// The device does not answer.
    pub async fn advance(&mut self) -> Result<Option<f32>, Error> {
        let Some(metric) = self.metric.clone() else {
            self.metric = Some(self.bound().await?);
            return Ok(None);
        };
        let [n, width] = self.x.dims();
        let round = 2 * n * width * self.weights.dims()[1];
        for _ in 0..(SLICE / round).max(1) {
            if self.rounds == ROUNDS {
                return Ok(Some(self.accuracy().await?));
            }
            self.descend(&metric);
        }
        Ok(None)
    }

    /// Multiplications that it takes to fit rows of this width, about; none if they are refused.
    pub fn cost(width: usize, classes: &[u16]) -> f64 {
        let round = round(classes.len(), width, kinds(classes));
        let fits = width <= WIDEST && round <= LARGEST;
        if fits {
            (2 * ROUNDS) as f64 * round as f64
        } else {
            0.0
        }
    }

    /// The part of the work that is done: 0 to 1.
    pub fn progress(&self) -> f64 {
        self.rounds as f64 / ROUNDS as f64
    }

    /// The curvature is at most half the second moment of the features, whatever the weights are:
    /// a step by the inverse of that never goes too far.
    async fn bound(&self) -> Result<Tensor<2>, Error> {
        let width = self.x.dims()[1];
        let moment = self.x.clone().transpose().matmul(self.x.clone());
        let moment = moment.into_data_async().await;
        let moment = moment.map_err(|e| Error::device(&e))?;
        let moment = DMatrix::from_iterator(width, width, moment.iter::<f64>());
        let fewest = (0..PARTS).map(|part| training(&self.folds, part)).min();
        let mut bound = moment * (0.5 / fewest.unwrap_or(1) as f64);
        for feature in 0..width - 1 {
            bound[(feature, feature)] += f64::from(PENALTY);
        }
        // Features that are not numbers have no inverse, and then the probe finds nothing.
        let inverse = bound.cholesky().map(|factors| factors.inverse());
        let inverse = inverse.unwrap_or_else(|| DMatrix::identity(width, width));
        // It is symmetric: by column is by row.
        let data = TensorData::new(inverse.as_slice().to_vec(), [width, width]);
        Ok(Tensor::from_data(data.convert::<f32>(), &self.x.device()))
    }

    fn descend(&mut self, metric: &Tensor<2>) {
        let [n, _, k] = self.targets.dims();
        let logits = self.x.clone().matmul(self.ahead.clone());
        let guesses = softmax(logits.reshape([n, PARTS, k]), 2);
        let excess = (guesses - self.targets.clone()) * self.shares.clone();
        let slope = self.x.clone().transpose();
        let slope = slope.matmul(excess.reshape([n, PARTS * k]));
        let slope = slope + self.ahead.clone() * self.penalty.clone();
        let next = self.ahead.clone() - metric.clone().matmul(slope);
        let momentum = self.rounds as f32 / (self.rounds + 3) as f32;
        let moved = next.clone() - self.weights.clone();
        self.ahead = next.clone() + moved * momentum;
        self.weights = next;
        self.rounds += 1;
    }

    async fn accuracy(&self) -> Result<f32, Error> {
        let logits = self.logits().await?;
        let k = self.targets.dims()[2];
        let guesses = logits.chunks_exact(k).map(largest);
        let right = guesses
            .zip(&self.classes)
            .filter(|(guess, class)| *guess == Some(usize::from(**class)));
        Ok(right.count() as f32 / self.classes.len() as f32)
    }

    /// Of each image by the weights that have not seen its fold: `[n, k]`.
    async fn logits(&self) -> Result<Vec<f32>, Error> {
        let [n, _, k] = self.targets.dims();
        let logits = self.x.clone().matmul(self.weights.clone());
        let own = self.shares.clone().equal_elem(0.0).float();
        let own: Tensor<2> = (logits.reshape([n, PARTS, k]) * own)
            .sum_dim(1)
            .squeeze_dim(1);
        let data = own.into_data_async().await.map_err(|e| Error::device(&e))?;
        Ok(data.iter::<f32>().collect())
    }
}

/// Classes, as far as the last that occurs.
fn kinds(classes: &[u16]) -> usize {
    classes
        .iter()
        .max()
        .map_or(0, |most| usize::from(*most) + 1)
}

/// Multiplications of half a round: more than a `usize` of wasm may hold.
fn round(n: usize, width: usize, kinds: usize) -> u64 {
    (n * (width + 1).max(NARROWEST)) as u64 * (PARTS * kinds) as u64
}

/// Images in other folds.
fn training(folds: &[u8], part: usize) -> usize {
    let others = folds.iter().filter(|fold| usize::from(**fold) != part);
    others.count().max(1)
}

fn one_hot(class: u16, k: usize) -> impl Iterator<Item = f32> {
    (0..k).map(move |other| f32::from(u8::from(other == usize::from(class))))
}

/// Each feature less its mean, over its deviation, and a one: `[n, d + 1]`. A feature that never
/// varies becomes zero.
#[expect(clippy::cast_possible_truncation, reason = "numbers near 1")]
fn standardised(rows: Rows) -> Vec<f32> {
    let (centred, mean) = super::centred(rows.matrix());
    let n = rows.len() as f64;
    let scales = centred.column_iter().zip(mean).map(|(column, mean)| {
        let deviation = (column.norm_squared() / n).sqrt();
        if deviation <= 1e-6 * mean.abs() {
            0.0
        } else {
            deviation.recip()
        }
    });
    let scales: Vec<f64> = scales.collect();
    let row = |row: usize| {
        let features = scales.iter().enumerate();
        let centred = &centred;
        let values = features.map(move |(d, scale)| (centred[(row, d)] * scale) as f32);
        values.chain([1.0])
    };
    (0..rows.len()).flat_map(row).collect()
}

/// Where the largest number is; none without a number.
fn largest(values: &[f32]) -> Option<usize> {
    let numbers = values
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_nan());
    let better = |a: (usize, f32), b: (usize, f32)| if b.1 > a.1 { b } else { a };
    let numbers = numbers.map(|(index, value)| (index, *value));
    numbers.reduce(better).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    /// The probe at its end, and its accuracy.
    fn fitted(rows: &[f32], width: usize, classes: &[u16], folds: &[u8]) -> (Probe, f32) {
        let rows = Rows::new(rows, width);
        let mut probe = Probe::new(rows, classes, folds, &Device::flex()).unwrap();
        loop {
            if let Some(accuracy) = pollster::block_on(probe.advance()).unwrap() {
                return (probe, accuracy);
            }
        }
    }

    /// Noise `[n, width]`.
    fn noise(n: usize, width: usize) -> Vec<f32> {
        let mut rng = Rng::keyed(7, Purpose::Shapes, &[]);
        (0..n * width).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    fn folds(n: usize) -> Vec<u8> {
        (0..FOLDS).cycle().take(n).collect()
    }

    #[test]
    fn classes_apart_are_told_apart() {
        // Three corners of a triangle, far from the origin and of very different scales.
        let corners = [[5.0, 900.0], [6.0, 900.0], [5.5, 950.0]];
        let classes: Vec<u16> = (0..60).map(|i| i / 5 % 3).collect();
        let noise = noise(60, 2);
        let row = |i: usize| {
            let corner = corners[usize::from(classes[i])];
            [
                corner[0] + 0.2 * noise[2 * i],
                corner[1] + 9.0 * noise[2 * i + 1],
            ]
        };
        let rows: Vec<f32> = (0..60).flat_map(row).collect();
        assert_eq!(fitted(&rows, 2, &classes, &folds(60)).1, 1.0);
    }

    /// Numbers of scikit-learn's `LogisticRegression(C=1/(0.001 n))`, n the images of the other
    /// folds, on the same features, in float64 to a tolerance of 1e-12.
    #[test]
    fn probabilities_are_those_of_scikit_learn() {
        let classes: Vec<u16> = (0..30)
            .map(|i| (i * 7 + u16::from(i % 5 == 2)) % 3)
            .collect();
        let feature = |i: u16, j: u16| {
            let wave = (1.7 * f64::from(i) + 2.3 * f64::from(j * j) + f64::from(j)).sin();
            #[expect(clippy::cast_possible_truncation, reason = "f32 is the input")]
            let value = (wave
                + if classes[usize::from(i)] == j {
                    1.0
                } else {
                    0.0
                }) as f32;
            value
        };
        let rows: Vec<f32> = (0..30)
            .flat_map(|i| [0, 1, 2].map(|j| feature(i, j)))
            .collect();
        let folds: Vec<u8> = (0..30).map(|i| (i * 3 + i / 4) % 5).collect();
        let (probe, accuracy) = fitted(&rows, 3, &classes, &folds);
        let logits = pollster::block_on(probe.logits()).unwrap();
        let wanted = [
            (0, [0.61202, 0.38331, 0.00468]),
            (1, [0.58359, 0.40687, 0.00954]),
            (2, [0.48088, 0.51026, 0.00886]),
            (7, [0.00209, 0.01815, 0.97976]),
            (13, [0.54755, 0.43693, 0.01552]),
            (29, [0.00118, 0.02116, 0.97767]),
        ];
        for (image, wanted) in wanted {
            let own = &logits[image * 3..][..3];
            let sum: f32 = own.iter().map(|logit| logit.exp()).sum();
            for (logit, wanted) in own.iter().zip(wanted) {
                let found = logit.exp() / sum;
                assert!((found - wanted).abs() < 1e-3, "{image}: {found}, {wanted}");
            }
        }
        assert!((accuracy - 17.0 / 30.0).abs() < 1e-6, "{accuracy}");
    }

    /// Two thousand kinds of four images each took minutes and gigabytes.
    #[test]
    fn too_many_classes_are_refused_before_any_work() {
        let (n, k) = (8000, 2000);
        let rows = vec![0.0; n * 64];
        let classes: Vec<u16> = (0..k).cycle().take(n).collect();
        let refused = Probe::new(Rows::new(&rows, 64), &classes, &folds(n), &Device::flex());
        assert_eq!(
            refused.map(|_| ()).unwrap_err(),
            "left out: 2000 kinds of image among 8000 are too many to fit in good time"
        );
    }

    #[test]
    fn labels_without_a_pattern_score_by_chance() {
        let classes: Vec<u16> = noise(400, 1).iter().map(|x| u16::from(*x > 0.0)).collect();
        // Other draws than the classes'.
        let rows = noise(800, 10)[4000..].to_vec();
        let (_, accuracy) = fitted(&rows, 10, &classes, &folds(400));
        assert!((accuracy - 0.5).abs() < 0.08, "{accuracy}");
    }

    /// One feature an image, so that weights fitted to an image would know it by heart; and each
    /// fold has a class of its own, which nobody else can teach it.
    #[test]
    fn no_image_is_guessed_by_weights_that_have_seen_it() {
        let rows: Vec<f32> = (0..50).flat_map(|i| one_hot(i, 50)).collect();
        let classes: Vec<u16> = folds(50).into_iter().map(u16::from).collect();
        assert_eq!(fitted(&rows, 50, &classes, &folds(50)).1, 0.0);
        // The same images in other folds are known by heart if their twin is there.
        let twins: Vec<f32> = (0..50).flat_map(|i| one_hot(i / 2, 25)).collect();
        let classes: Vec<u16> = (0..50).map(|i| i / 2 % 5).collect();
        assert_eq!(fitted(&twins, 25, &classes, &folds(50)).1, 1.0);
    }

    #[test]
    fn what_never_varies_and_what_is_no_number_tell_nothing() {
        let rows: Vec<f32> = (0..40).flat_map(|i| [3.0, (i % 2) as f32, 0.0]).collect();
        let classes: Vec<u16> = (0..40).map(|i| i % 2).collect();
        assert_eq!(fitted(&rows, 3, &classes, &folds(40)).1, 1.0);
        assert_eq!(fitted(&[f32::NAN; 40], 1, &classes, &folds(40)).1, 0.0);
    }

    #[test]
    fn wide_rows_are_left_alone() {
        let probe = |width| {
            let rows = vec![0.0; width * 8];
            Probe::new(Rows::new(&rows, width), &[0; 8], &[0; 8], &Device::flex())
        };
        assert!(probe(512).is_ok());
        assert!(probe(513).is_err());
    }
}
