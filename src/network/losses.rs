//! A loss with its named terms, and the terms that several methods share.

use burn::prelude::*;
use burn::tensor::activation::softplus;

/// A training loss with the named terms it is made of.
#[derive(Debug, Clone)]
pub struct Loss {
    /// What is minimised: `[1]`.
    pub total: Tensor<1>,
    /// What it is made of; `total` is the sum of `weight * value`.
    pub terms: Vec<Term>,
    /// What is measured beside it.
    pub gauges: Vec<Gauge>,
    /// What is compared of the first views, for the page: `[n, d]` each.
    pub z: Vec<Tensor<2>>,
}

/// A number measured beside the loss.
#[derive(Debug, Clone)]
pub struct Gauge {
    /// As in the method's card.
    pub id: &'static str,
    /// Its value, detached: `[1]`.
    pub value: Tensor<1>,
}

/// One term of a loss.
#[derive(Debug, Clone)]
pub struct Term {
    /// As in the method's card.
    pub id: &'static str,
    /// Its weight in the total.
    pub weight: f32,
    /// Unweighted value, detached: `[1]`.
    pub value: Tensor<1>,
}

impl Loss {
    /// Sums `weight * value` over `(id, weight, value)` and keeps the terms by name.
    pub fn weighted<const N: usize>(
        terms: [(&'static str, f32, Tensor<1>); N],
        z: Vec<Tensor<2>>,
    ) -> Self {
        let named = terms
            .iter()
            .map(|(id, weight, value)| Term {
                id,
                weight: *weight,
                value: value.clone().detach(),
            })
            .collect();
        let total = terms
            .into_iter()
            // A GPU counts every operation, there and back.
            .map(|(_, weight, value)| if weight == 1.0 { value } else { value * weight })
            .reduce(|sum, value| sum + value)
            .expect("a loss has at least one term");
        Self {
            total,
            terms: named,
            gauges: Vec::new(),
            z,
        }
    }

    /// Adds a number measured beside the loss.
    #[must_use]
    pub fn with_gauge(mut self, id: &'static str, value: Tensor<1>) -> Self {
        let value = value.detach();
        self.gauges.push(Gauge { id, value });
        self
    }

    /// The same numbers without the graph behind them.
    pub fn inner(self) -> Self {
        let term = |term: Term| Term {
            value: term.value.inner(),
            ..term
        };
        let gauge = |gauge: Gauge| Gauge {
            value: gauge.value.inner(),
            ..gauge
        };
        Self {
            total: self.total.inner(),
            terms: self.terms.into_iter().map(term).collect(),
            gauges: self.gauges.into_iter().map(gauge).collect(),
            z: self.z.into_iter().map(Tensor::inner).collect(),
        }
    }
}

/// Sample covariance of the rows of `z: [n, d]`, divided by `n - 1`: `[d, d]`.
pub fn covariance(z: Tensor<2>) -> Tensor<2> {
    let [n, _] = z.dims();
    let centred = z.clone() - z.mean_dim(0);
    centred.clone().transpose().matmul(centred) / (n as f32 - 1.0)
}

/// The sum of the squares of `m: [d, d]` off its diagonal: `[1]`.
pub fn off_diagonal_squares(m: Tensor<2>) -> Tensor<1> {
    let [d, _] = m.dims();
    let eye = Tensor::<2>::eye(d, &m.device());
    (m * (-eye + 1.0)).square().sum()
}

/// The mean cosine of the rows of `a, b: [n, d]`, pair by pair: `[1]`.
pub fn mean_cosine(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    (unit_rows(a) * unit_rows(b)).sum_dim(1).mean()
}

/// How far the rows of `z: [n, d]` point apart: `sqrt(d)` times the mean standard deviation of the
/// features of unit rows, `[1]`. About 1 where they point everywhere, 0 where they are one.
pub fn spread(z: Tensor<2>) -> Tensor<1> {
    let [_, d] = z.dims();
    unit_rows(z).var(0).clamp_min(0.0).sqrt().mean() * (d as f32).sqrt()
}

/// Rows of `z: [n, d]` scaled to length one; a zero row stays zero.
pub fn unit_rows(z: Tensor<2>) -> Tensor<2> {
    // The root of zero has an infinite gradient.
    let norm = (z.clone().square().sum_dim(1) + 1e-24).sqrt();
    z / norm
}

/// Rows of `z: [n, d]` taken as a batch: each column with mean 0 and standard deviation 1.
///
/// Batch norm without gain and shift: the variance is divided by `n`, and 1e-5 is added to it.
pub fn standardise(z: Tensor<2>) -> Tensor<2> {
    let centred = z.clone() - z.mean_dim(0);
    let variance = centred.clone().square().mean_dim(0);
    centred / (variance + 1e-5).sqrt()
}

/// The mean cross-entropy of `scores: [n, k]`, where candidate `right: [n]` of each row is the
/// right one: `[1]`.
pub fn cross_entropy(scores: Tensor<2>, right: Tensor<1, Int>) -> Tensor<1> {
    let [n, _] = scores.dims();
    // Both parts start from one matrix, so that what is common to them never rounds.
    let scores = scores.clone() - scores.detach().max_dim(1);
    let score = scores.clone().gather(1, right.reshape([n, 1]));
    (scores.exp().sum_dim(1).log() - score).mean()
}

/// The share of rows of `scores: [n, k]` whose highest candidate is `right: [n]`: `[1]`.
pub fn top_one(scores: Tensor<2>, right: Tensor<1, Int>) -> Tensor<1> {
    let [n, _] = scores.dims();
    let best = scores.detach().argmax(1).reshape([n]);
    best.equal(right).float().mean()
}

/// `InfoNCE` of image `i` with each of its own parts, `scores: [n, n, l]` being those of image `i`
/// with part `l` of image `j`: `[1]`.
///
/// Each own part stands alone against all parts of the other images; the other own parts are
/// neither right nor wrong and left out.
pub fn info_nce_of_parts(scores: Tensor<3>) -> Tensor<1> {
    let [n, _, l] = scores.dims();
    assert!(n > 1, "a contrastive loss needs negatives");
    let own = own(&scores);
    let others = (scores.clone() - own.clone() * 1e9).reshape([n, n * l]);
    let others = log_sum_exp(others).reshape([n, 1, 1]);
    // log(exp(s) + exp(o)) - s, whatever their size.
    let surprise = softplus(others - scores, 1.0);
    (surprise * own).sum() / (n * l) as f32
}

/// One where image `i` meets a part of its own, else zero: `[n, n, l]`, as `scores`.
pub fn own(scores: &Tensor<3>) -> Tensor<3> {
    let [n, _, l] = scores.dims();
    let eye = Tensor::<2>::eye(n, &scores.device());
    eye.reshape([n, n, 1]).repeat_dim(2, l)
}

/// The scores `a_i . b_jl` of `a: [n, d]` with `b: [n, l, d]`: `[n, n, l]`.
pub fn scores_of_parts(a: Tensor<2>, b: Tensor<3>) -> Tensor<3> {
    let [n, l, d] = b.dims();
    assert_eq!(a.dims(), [n, d], "the same images");
    let b = b.reshape([n * l, d]);
    a.matmul(b.transpose()).reshape([n, n, l])
}

/// The log of the summed exponentials of each row of `x: [n, k]`, whatever their size: `[n, 1]`.
pub fn log_sum_exp(x: Tensor<2>) -> Tensor<2> {
    let highest = x.clone().detach().max_dim(1);
    (x - highest.clone()).exp().sum_dim(1).log() + highest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_one_on_a_circle_and_zero_at_a_point() {
        let z = |rows: [[f32; 2]; 3]| Tensor::<2>::from_floats(rows, &Device::flex());
        let half = 0.75_f32.sqrt();
        // Variance 1/2 of each coordinate, divided by n - 1.
        let circle = z([[2.0, 0.0], [-0.5, half], [-0.5, -half]]);
        let expected = (3.0_f32 / 2.0).sqrt();
        assert!((spread(circle).into_scalar::<f32>() - expected).abs() < 1e-6);
        assert_eq!(spread(z([[1.0, 1.0]; 3])).into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn a_row_of_equal_scores_costs_the_log_of_their_number() {
        let device = Device::flex();
        let scores = Tensor::<2>::ones([2, 5], &device) * 1e4;
        let right = Tensor::from_ints([4, 0], &device);
        let loss = cross_entropy(scores.clone(), right.clone()).into_scalar::<f32>();
        assert!((loss - 5.0_f32.ln()).abs() < 1e-6, "{loss}");
        let better = scores + Tensor::<2>::from_floats([[0.0, 0.0, 0.0, 0.0, 1.0]], &device);
        assert_eq!(top_one(better, right).into_scalar::<f32>(), 0.5);
    }

    #[test]
    fn own_parts_do_not_compete() {
        let device = Device::flex();
        // Two images of two parts each; every negative scores 0.
        let scores = [[[0.0, 500.0], [0.0, 0.0]], [[0.0, 0.0], [500.0, 0.0]]];
        let loss = info_nce_of_parts(Tensor::from_floats(scores, &device)).into_scalar::<f32>();
        // Per image: ln(1 + 2) for the part that scores 0, nothing for the other.
        assert!((loss - 3.0_f32.ln() / 2.0).abs() < 1e-6, "{loss}");
    }
}
