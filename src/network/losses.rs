//! A loss with its named terms, and the terms that several methods share.

use burn::prelude::*;
use burn::tensor::activation::softplus;

/// A training loss, its named terms, and what the page shows of a step.
#[derive(Debug, Clone)]
pub struct Loss {
    /// What is minimised: `[1]`.
    pub total: Tensor<1>,
    /// What it is made of; `total` is the sum of `weight * value`.
    pub terms: Vec<Term>,
    /// What is measured beside it, without gradient.
    pub gauges: Vec<Gauge>,
    /// z of one or more views, for the page: `[n, d]` each, the first views first.
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
    /// Unweighted value: `[1]`.
    pub value: Tensor<1>,
}

impl Loss {
    /// The sum of `weight * value` over terms `(id, weight, value)`, which are `[1]` each; `z` as in
    /// [`Loss::z`].
    pub fn weighted<const N: usize>(
        terms: [(&'static str, f32, Tensor<1>); N],
        z: Vec<Tensor<2>>,
    ) -> Self {
        let named = terms
            .iter()
            .map(|(id, weight, value)| Term {
                id,
                weight: *weight,
                value: value.clone(),
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

/// The mean cosine of row `i` of `a` with row `i` of `b`, `[n, d]` each: `[1]`, -1 to 1.
pub fn mean_cosine(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    (unit_rows(a) * unit_rows(b)).sum_dim(1).mean()
}

/// The standard deviation over the batch of the features of unit rows of `z: [n, d]`, averaged and
/// times `sqrt(d)`: `[1]`. About 1 where rows point everywhere, 0 where all are one (`SimSiam`,
/// section 4.1 and figure 2).
pub fn unit_std(z: Tensor<2>) -> Tensor<1> {
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

/// The mean cross-entropy of the softmax of each row of `logits: [n, k]` with its label in
/// `labels: [n]`, 0 to k - 1: `[1]`, in nats.
pub fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let [n, _] = logits.dims();
    // Both parts start from one matrix, so that what is common to them never rounds.
    let logits = logits.clone() - logits.detach().max_dim(1);
    let of_label = logits.clone().gather(1, labels.reshape([n, 1]));
    (logits.exp().sum_dim(1).log() - of_label).mean()
}

/// The share of rows of `logits: [n, k]` whose highest entry is that of `labels: [n]`: `[1]`, 0 to 1.
pub fn top1_accuracy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let [n, _] = logits.dims();
    let predicted = logits.detach().argmax(1).reshape([n]);
    predicted.equal(labels).float().mean()
}

/// `InfoNCE` of each image with each of its own local features: `[1]`, in nats. `logits: [n, n, l]`
/// has those of image `i` with place `l` of image `j` (Deep `InfoMax`, eq. 5; AMDIM, eq. 2).
///
/// The negatives of a positive are the places of all other images; the other places of its own
/// image are neither, and left out.
pub fn local_info_nce(logits: Tensor<3>) -> Tensor<1> {
    let [n, _, l] = logits.dims();
    assert!(n > 1, "a contrastive loss needs negatives");
    let positives = positives_mask(&logits);
    let negatives = (logits.clone() - positives.clone() * 1e9).reshape([n, n * l]);
    let negatives = log_sum_exp(negatives).reshape([n, 1, 1]);
    // log(exp(positive) + sum exp(negatives)) - positive, whatever their size.
    let losses = softplus(negatives - logits, 1.0);
    (losses * positives).sum() / (n * l) as f32
}

/// One where image `i` meets a place of its own, else zero: `[n, n, l]`, as `logits`.
pub fn positives_mask(logits: &Tensor<3>) -> Tensor<3> {
    let [n, _, l] = logits.dims();
    let eye = Tensor::<2>::eye(n, &logits.device());
    eye.reshape([n, n, 1]).repeat_dim(2, l)
}

/// The logits `a_i . b_jl` of images `a: [n, d]` with local features `b: [n, l, d]`: `[n, n, l]`.
pub fn local_logits(a: Tensor<2>, b: Tensor<3>) -> Tensor<3> {
    let [n, l, d] = b.dims();
    assert_eq!(a.dims(), [n, d], "the same images");
    let b = b.reshape([n * l, d]);
    a.matmul(b.transpose()).reshape([n, n, l])
}

/// The log of the summed exponentials of each row of `x: [n, k]`: `[n, 1]`. Does not overflow.
pub fn log_sum_exp(x: Tensor<2>) -> Tensor<2> {
    let highest = x.clone().detach().max_dim(1);
    (x - highest.clone()).exp().sum_dim(1).log() + highest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_std_is_one_on_a_circle_and_zero_at_a_point() {
        let z = |rows: [[f32; 2]; 3]| Tensor::<2>::from_floats(rows, &Device::flex());
        let half = 0.75_f32.sqrt();
        // Variance 1/2 of each coordinate, divided by n - 1.
        let circle = z([[2.0, 0.0], [-0.5, half], [-0.5, -half]]);
        let expected = (3.0_f32 / 2.0).sqrt();
        assert!((unit_std(circle).into_scalar::<f32>() - expected).abs() < 1e-6);
        assert_eq!(unit_std(z([[1.0, 1.0]; 3])).into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn a_row_of_equal_logits_costs_the_log_of_their_number() {
        let device = Device::flex();
        let logits = Tensor::<2>::ones([2, 5], &device) * 1e4;
        let labels = Tensor::from_ints([4, 0], &device);
        let loss = cross_entropy(logits.clone(), labels.clone()).into_scalar::<f32>();
        assert!((loss - 5.0_f32.ln()).abs() < 1e-6, "{loss}");
        let better = logits + Tensor::<2>::from_floats([[0.0, 0.0, 0.0, 0.0, 1.0]], &device);
        assert_eq!(top1_accuracy(better, labels).into_scalar::<f32>(), 0.5);
    }

    #[test]
    fn local_features_of_one_image_do_not_compete() {
        let device = Device::flex();
        // Two images of two places each; the logit of every negative is 0.
        let logits = [[[0.0, 500.0], [0.0, 0.0]], [[0.0, 0.0], [500.0, 0.0]]];
        let loss = local_info_nce(Tensor::from_floats(logits, &device)).into_scalar::<f32>();
        // Per image: ln(1 + 2) for the place whose logit is 0, nothing for the other.
        assert!((loss - 3.0_f32.ln() / 2.0).abs() < 1e-6, "{loss}");
    }
}
