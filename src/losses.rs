//! A loss with its named terms, and the terms that several methods share.

use burn::prelude::*;

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
            .map(|(_, weight, value)| value * weight)
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

/// Rows of `z: [n, d]` scaled to length one; a zero row stays zero.
pub fn unit_rows(z: Tensor<2>) -> Tensor<2> {
    // The clamp is inside the root: the root of zero has an infinite gradient.
    let norm = z.clone().square().sum_dim(1).clamp_min(1e-24).sqrt();
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

/// The log of the summed exponentials of each row of `x: [n, k]`, whatever their size: `[n, 1]`.
pub fn log_sum_exp(x: Tensor<2>) -> Tensor<2> {
    let highest = x.clone().detach().max_dim(1);
    (x - highest.clone()).exp().sum_dim(1).log() + highest
}
