//! Batch norm and `ReLU` in one, over channels-last features: `[rows, c]`, a row for each pixel.

#![expect(
    clippy::cast_possible_truncation,
    reason = "sums are f64, features f32"
)]

use pulp::Arch;

use super::threads;

/// Rows that are summed in f32; sums of chunks are added up in f64.
const CHUNK: usize = 64;

/// The parameters of batch norm: `[c]` each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm<'a> {
    /// Means, then variances, of each group: `[groups, 2, c]`.
    pub(super) moments: &'a [f32],
    pub(super) gain: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) epsilon: f64,
}

impl Norm<'_> {
    /// The same with the moments of each group alone.
    fn groups(&self) -> impl ExactSizeIterator<Item = Self> {
        let each = self.moments.chunks_exact(2 * self.gain.len());
        each.map(|moments| Self { moments, ..*self })
    }

    /// `1 / sqrt(variance + epsilon)` of each channel.
    fn inverse_stds(&self) -> Vec<f32> {
        let variances = &self.moments[self.gain.len()..];
        let inverse = |variance: &f32| (f64::from(*variance) + self.epsilon).sqrt().recip() as f32;
        variances.iter().map(inverse).collect()
    }

    /// The gain over the standard deviation of each channel.
    fn scales(&self, inverse_stds: &[f32]) -> Vec<f32> {
        let both = inverse_stds.iter().zip(self.gain);
        both.map(|(inverse, gain)| inverse * gain).collect()
    }
}

/// Sums over all rows: `each` adds what a row gives to `sums: [width]`.
fn sum(rows: usize, width: usize, each: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f64> {
    let chunks = rows.div_ceil(CHUNK);
    let mut sums = vec![0.0; chunks * width];
    let share = threads::chunk(chunks, 1);
    let shares = (0..).step_by(share).zip(sums.chunks_mut(share * width));
    threads::each(shares, |(first, sums)| {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (chunk, sums) in (first..).zip(sums.chunks_exact_mut(width)) {
                    let row = chunk * CHUNK;
                    for row in row..rows.min(row + CHUNK) {
                        each(row, sums);
                    }
                }
            },
        );
    });
    let mut totals = vec![0.0; width];
    for sums in sums.chunks_exact(width) {
        for (total, sum) in totals.iter_mut().zip(sums) {
            *total += f64::from(*sum);
        }
    }
    totals
}

/// Mean and biased variance of each channel of each group of `x: [groups, rows, c]`:
/// `[groups, 2, c]`. Each group in turn updates the `running` means and variances.
pub(super) fn moments(
    x: &[f32],
    [groups, c]: [usize; 2],
    running: &mut [Vec<f32>; 2],
    momentum: f64,
) -> Vec<f32> {
    let (keep, momentum) = ((1.0 - momentum) as f32, momentum as f32);
    let mut all = Vec::with_capacity(groups * 2 * c);
    for x in x.chunks_exact(x.len() / groups) {
        let moments = moments_of_group(x, c);
        for (running, batch) in running.iter_mut().zip(moments.chunks_exact(c)) {
            for (running, batch) in running.iter_mut().zip(batch) {
                *running = *running * keep + batch * momentum;
            }
        }
        all.extend(moments);
    }
    all
}

fn moments_of_group(x: &[f32], c: usize) -> Vec<f32> {
    let rows = x.len() / c;
    let mean = |sums: Vec<f64>| sums.into_iter().map(|sum| (sum / rows as f64) as f32);
    let sums = sum(
        rows,
        c,
        #[inline(always)]
        |row, sums| {
            let x = &x[row * c..(row + 1) * c];
            sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
        },
    );
    let means: Vec<f32> = mean(sums).collect();
    let squares = sum(
        rows,
        c,
        #[inline(always)]
        |row, sums| {
            let x = &x[row * c..(row + 1) * c];
            for ((sum, x), mean) in sums.iter_mut().zip(x).zip(&means) {
                *sum += (x - mean) * (x - mean);
            }
        },
    );
    let variances = mean(squares);
    means.iter().copied().chain(variances).collect()
}

/// Batch norm and `ReLU` of `x: [groups, rows, c]`.
pub(super) fn forward(x: &[f32], norm: Norm) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let groups = norm.groups();
    let size = x.len() / groups.len();
    for ((norm, x), out) in groups
        .zip(x.chunks_exact(size))
        .zip(out.chunks_exact_mut(size))
    {
        forward_of_group(x, norm, out);
    }
    out
}

fn forward_of_group(x: &[f32], norm: Norm, out: &mut [f32]) {
    let c = norm.gain.len();
    let (means, shifts) = (&norm.moments[..c], norm.shift);
    let scales = norm.scales(&norm.inverse_stds());
    let chunk = threads::chunk(x.len(), c);
    let chunks = x.chunks(chunk).zip(out.chunks_mut(chunk));
    threads::each(chunks, |(x, out)| {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(c).zip(out.chunks_exact_mut(c)) {
                    let channel = x.iter().zip(means).zip(&scales).zip(shifts);
                    for (out, (((x, mean), scale), shift)) in out.iter_mut().zip(channel) {
                        let normed = (x - mean) * scale + shift;
                        *out = where_positive(normed, normed);
                    }
                }
            },
        );
    });
}

/// `value` where `input` is positive, else zero: a `ReLU`, and its gradient.
#[inline(always)]
fn where_positive(input: f32, value: f32) -> f32 {
    if input > 0.0 { value } else { 0.0 }
}

/// Turns `grad`, the gradient of the output, into that of `x: [groups, rows, c]`, whose moments the
/// norm has. Returns the gradients of gain and shift.
pub(super) fn backward(x: &[f32], norm: Norm, grad: &mut [f32]) -> [Vec<f32>; 2] {
    let c = norm.gain.len();
    let mut param_grads = [vec![0.0; c], vec![0.0; c]];
    let groups = norm.groups();
    let size = x.len() / groups.len();
    let values = x.chunks_exact(size).zip(grad.chunks_exact_mut(size));
    for (norm, (x, grad)) in groups.zip(values) {
        let of_group = backward_of_group(x, norm, grad);
        for (sums, grads) in param_grads.iter_mut().zip(of_group) {
            sums.iter_mut()
                .zip(grads)
                .for_each(|(sum, grad)| *sum += grad);
        }
    }
    param_grads
}

fn backward_of_group(x: &[f32], norm: Norm, grad: &mut [f32]) -> [Vec<f32>; 2] {
    let c = norm.gain.len();
    let rows = x.len() / c;
    let (means, shifts, inverse_stds) = (&norm.moments[..c], norm.shift, norm.inverse_stds());
    let scales = norm.scales(&inverse_stds);
    // The gradient before the `ReLU`, summed for the shift; and that times `x - mean`, for the gain.
    let sums = sum(
        rows,
        2 * c,
        #[inline(always)]
        |row, sums| {
            let row = row * c..(row + 1) * c;
            let (for_shift, for_gain) = sums.split_at_mut(c);
            let sums = for_shift.iter_mut().zip(for_gain);
            let channel = means.iter().zip(&scales).zip(shifts);
            let values = x[row.clone()].iter().zip(&grad[row]);
            for ((sums, (x, grad)), ((mean, scale), shift)) in sums.zip(values).zip(channel) {
                let centred = x - mean;
                let grad = where_positive(centred * scale + shift, *grad);
                *sums.0 += grad;
                *sums.1 += grad * centred;
            }
        },
    );
    let grad_shift: Vec<f32> = sums[..c].iter().map(|sum| *sum as f32).collect();
    let product = |(sum, inverse): (&f64, &f32)| (sum * f64::from(*inverse)) as f32;
    let grad_gain = sums[c..].iter().zip(&inverse_stds).map(product);
    let grad_gain: Vec<f32> = grad_gain.collect();

    // The gradients that reach x through the mean and through the variance.
    let term = |grad: &f32, scale: &f32| grad * scale / rows as f32;
    let by_mean = grad_shift.iter().zip(&scales);
    let by_mean: Vec<f32> = by_mean.map(|(g, k)| term(g, k)).collect();
    let by_variance = grad_gain.iter().zip(&scales).zip(&inverse_stds);
    let by_variance = by_variance.map(|((g, k), inverse)| term(g, k) * inverse);
    let by_variance: Vec<f32> = by_variance.collect();
    let chunk = threads::chunk(x.len(), c);
    threads::each(x.chunks(chunk).zip(grad.chunks_mut(chunk)), |(x, grad)| {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (x, grad) in x.chunks_exact(c).zip(grad.chunks_exact_mut(c)) {
                    let channel = means
                        .iter()
                        .zip(&scales)
                        .zip(shifts)
                        .zip(by_mean.iter().zip(&by_variance));
                    let values = x.iter().zip(grad);
                    for ((x, grad), (((mean, scale), shift), (by_mean, by_variance))) in
                        values.zip(channel)
                    {
                        let centred = x - mean;
                        let before_relu = where_positive(centred * scale + shift, *grad);
                        *grad = before_relu * scale - by_mean - centred * by_variance;
                    }
                }
            },
        );
    });
    [grad_gain, grad_shift]
}
