//! Batch norm and `ReLU` in one, over rows whose channels lie side by side.

#![expect(
    clippy::cast_possible_truncation,
    reason = "sums are f64, features f32"
)]

use pulp::Arch;

use super::threads;

/// Rows whose sums are kept in f32 before they are added up in f64.
const CHUNK: usize = 64;

/// How each channel is normalised: `[c]` each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm<'a> {
    /// Means, then variances, of each group: `[groups, 2, c]`.
    pub(super) moments: &'a [f32],
    pub(super) gain: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) epsilon: f64,
}

impl Norm<'_> {
    /// For each group.
    fn groups(&self) -> impl ExactSizeIterator<Item = Self> {
        let each = self.moments.chunks_exact(2 * self.gain.len());
        each.map(|moments| Self { moments, ..*self })
    }

    /// One over the deviation of each channel.
    fn rates(&self) -> Vec<f32> {
        let variances = &self.moments[self.gain.len()..];
        let rate = |variance: &f32| (f64::from(*variance) + self.epsilon).sqrt().recip() as f32;
        variances.iter().map(rate).collect()
    }

    /// What the distance of each channel from its mean is multiplied with, for these `rates`.
    fn scales(&self, rates: &[f32]) -> Vec<f32> {
        rates.iter().zip(self.gain).map(|(r, g)| r * g).collect()
    }
}

/// The sums over all rows of what `each` adds to `sums: [width]` for a row.
fn sum(rows: usize, width: usize, each: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f64> {
    let chunks = rows.div_ceil(CHUNK);
    let mut sums = vec![0.0; chunks * width];
    let share = threads::share(chunks, 1);
    let parts = (0..).step_by(share).zip(sums.chunks_mut(share * width));
    threads::each(parts, |(first, sums)| {
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

/// Mean and variance (over n) of each channel of each group of `x: [groups, rows, c]`:
/// `[groups, 2, c]`. With each group, `running`, means and variances, go towards its by `momentum`.
pub(super) fn moments(
    x: &[f32],
    [groups, c]: [usize; 2],
    running: &mut [Vec<f32>; 2],
    momentum: f64,
) -> Vec<f32> {
    let (kept, taken) = ((1.0 - momentum) as f32, momentum as f32);
    let mut all = Vec::with_capacity(groups * 2 * c);
    for x in x.chunks_exact(x.len() / groups) {
        let moments = moments_of_group(x, c);
        for (running, now) in running.iter_mut().zip(moments.chunks_exact(c)) {
            for (running, now) in running.iter_mut().zip(now) {
                *running = *running * kept + now * taken;
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

/// `x: [groups, rows, c]`, normalised and cut off at zero.
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
    let scales = norm.scales(&norm.rates());
    let share = threads::share(x.len(), c);
    let parts = x.chunks(share).zip(out.chunks_mut(share));
    threads::each(parts, |(x, out)| {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(c).zip(out.chunks_exact_mut(c)) {
                    let channel = x.iter().zip(means).zip(&scales).zip(shifts);
                    for (out, (((x, mean), scale), shift)) in out.iter_mut().zip(channel) {
                        let normed = (x - mean) * scale + shift;
                        *out = passed(normed, normed);
                    }
                }
            },
        );
    });
}

/// What of a gradient passes the `ReLU`, whose input this is.
#[inline(always)]
fn passed(input: f32, grad: f32) -> f32 {
    if input > 0.0 { grad } else { 0.0 }
}

/// Turns `grad`, the gradient of the output, into that of `x: [groups, rows, c]`, where the moments
/// are those of `x`. Returns those of the gains and the shifts.
pub(super) fn backward(x: &[f32], norm: Norm, grad: &mut [f32]) -> [Vec<f32>; 2] {
    let c = norm.gain.len();
    let mut of_parts = [vec![0.0; c], vec![0.0; c]];
    let groups = norm.groups();
    let size = x.len() / groups.len();
    let values = x.chunks_exact(size).zip(grad.chunks_exact_mut(size));
    for (norm, (x, grad)) in groups.zip(values) {
        let parts = backward_of_group(x, norm, grad);
        for (sums, parts) in of_parts.iter_mut().zip(parts) {
            sums.iter_mut()
                .zip(parts)
                .for_each(|(sum, part)| *sum += part);
        }
    }
    of_parts
}

fn backward_of_group(x: &[f32], norm: Norm, grad: &mut [f32]) -> [Vec<f32>; 2] {
    let c = norm.gain.len();
    let rows = x.len() / c;
    let (means, shifts, rates) = (&norm.moments[..c], norm.shift, norm.rates());
    let scales = norm.scales(&rates);
    // Side by side: what flows into the shift, and that times the distance from the mean.
    let sums = sum(
        rows,
        2 * c,
        #[inline(always)]
        |row, sums| {
            let row = row * c..(row + 1) * c;
            let (flows, products) = sums.split_at_mut(c);
            let sums = flows.iter_mut().zip(products);
            let channel = means.iter().zip(&scales).zip(shifts);
            let values = x[row.clone()].iter().zip(&grad[row]);
            for ((sums, (x, grad)), ((mean, scale), shift)) in sums.zip(values).zip(channel) {
                let apart = x - mean;
                let passed = passed(apart * scale + shift, *grad);
                *sums.0 += passed;
                *sums.1 += passed * apart;
            }
        },
    );
    let of_shift: Vec<f32> = sums[..c].iter().map(|sum| *sum as f32).collect();
    let product = |(sum, rate): (&f64, &f32)| (sum * f64::from(*rate)) as f32;
    let of_gain: Vec<f32> = sums[c..].iter().zip(&rates).map(product).collect();

    // What every row gives back because the mean moves, and because the deviation does.
    let part = |sum: &f32, scale: &f32| sum * scale / rows as f32;
    let level = of_shift.iter().zip(&scales).map(|(s, k)| part(s, k));
    let level: Vec<f32> = level.collect();
    let slope = of_gain.iter().zip(&scales).zip(&rates);
    let slope: Vec<f32> = slope.map(|((s, k), r)| part(s, k) * r).collect();
    let share = threads::share(x.len(), c);
    threads::each(x.chunks(share).zip(grad.chunks_mut(share)), |(x, grad)| {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (x, grad) in x.chunks_exact(c).zip(grad.chunks_exact_mut(c)) {
                    let channel = means
                        .iter()
                        .zip(&scales)
                        .zip(shifts)
                        .zip(level.iter().zip(&slope));
                    let values = x.iter().zip(grad);
                    for ((x, grad), (((mean, scale), shift), (level, slope))) in values.zip(channel)
                    {
                        let apart = x - mean;
                        let passed = passed(apart * scale + shift, *grad);
                        *grad = passed * scale - level - apart * slope;
                    }
                }
            },
        );
    });
    [of_gain, of_shift]
}
