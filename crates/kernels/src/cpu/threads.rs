//! Work in chunks, shared between threads. What is computed for an element does not depend on the
//! chunks, so results are the same bit for bit for any number of threads.

use pulp::{Simd, WithSimd};

#[cfg(not(feature = "threads"))]
pub(crate) use one::{all, count, each, limit};
#[cfg(feature = "threads")]
pub(crate) use several::{all, count, each, limit};

/// Chunks for each of several threads: one that starts late, or is held up, does fewer.
const CHUNKS: usize = 8;

/// The size of a chunk of `whole`, a multiple of `unit`.
pub(super) fn chunk(whole: usize, unit: usize) -> usize {
    let chunks = if count() > 1 { CHUNKS * count() } else { 1 };
    whole.div_ceil(unit).div_ceil(chunks).max(1) * unit
}

/// As [`each`], with `work` compiled for the vectors of `simd`.
#[inline(always)]
pub(super) fn each_with<S: Simd, P>(
    simd: S,
    chunks: impl Iterator<Item = P> + Send,
    work: impl Fn(P) + Sync,
) {
    let work = &work;
    each(chunks, |chunk| simd.vectorize(Task { chunk, work }));
}

struct Task<P, F> {
    chunk: P,
    work: F,
}

impl<P, F: Fn(P)> WithSimd for Task<P, &F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.work)(self.chunk);
    }
}

/// The threads of rayon's pool.
#[cfg(feature = "threads")]
mod several {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::sync::{Mutex, PoisonError};

    static MOST: AtomicUsize = AtomicUsize::new(usize::MAX);

    /// How many threads there are.
    pub(crate) fn all() -> usize {
        rayon::current_num_threads()
    }

    /// How many of them compute.
    pub(crate) fn count() -> usize {
        all().min(MOST.load(Relaxed))
    }

    /// Has so many of them compute: at least one, at most all.
    pub(crate) fn limit(count: usize) {
        MOST.store(count.max(1), Relaxed);
    }

    /// Does `work` on each of `chunks`.
    #[inline(always)]
    pub(crate) fn each<P>(chunks: impl Iterator<Item = P> + Send, work: impl Fn(P) + Sync) {
        let chunks = Mutex::new(chunks);
        let next = || chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        // A job a chunk would be work for all threads of the pool. So there is a job a thread, which
        // takes chunks until there are none.
        let compute = || {
            while let Some(chunk) = next() {
                work(chunk);
            }
        };
        rayon::in_place_scope(|scope| {
            for _ in 1..count() {
                scope.spawn(|_| compute());
            }
            compute();
        });
    }
}

/// The one thread of a build without the feature.
#[cfg(not(feature = "threads"))]
mod one {
    /// How many threads there are.
    pub(crate) fn all() -> usize {
        1
    }

    /// How many of them compute.
    pub(crate) fn count() -> usize {
        1
    }

    /// Has so many of them compute: at least one, at most all.
    pub(crate) fn limit(_: usize) {}

    /// Does `work` on each of `chunks`.
    #[inline(always)]
    pub(crate) fn each<P>(chunks: impl Iterator<Item = P> + Send, work: impl Fn(P) + Sync) {
        chunks.for_each(work);
    }
}

/// `cargo test -p twoviews-kernels --features threads --lib` has them.
#[cfg(all(test, feature = "threads"))]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};
    use std::time::{Duration, Instant};

    use burn::prelude::*;

    use super::{all, count, each, limit};
    use crate::{conv3x3, moments, norm_relu};

    /// How many threads compute, if there is enough to do. They are given time to come.
    fn at_work() -> usize {
        let seen = Mutex::new(HashSet::<ThreadId>::new());
        let seen = || seen.lock().unwrap();
        let start = Instant::now();
        each(0..8 * count(), |_| {
            seen().insert(thread::current().id());
            while seen().len() < count() && start.elapsed() < Duration::from_secs(10) {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(1));
        });
        seen().len()
    }

    /// Everything that is shared between threads, forwards and backwards.
    fn results() -> Vec<Vec<u32>> {
        let device = Device::flex().autodiff();
        let wave = |shape: [usize; 4], pitch: f32| {
            let len = i64::try_from(shape.iter().product::<usize>()).unwrap();
            let x = Tensor::<1, Int>::arange(0..len, &device).float();
            (x * pitch).sin().reshape(shape).require_grad()
        };
        let [x, wide, deep] = [
            wave([9, 3, 15, 15], 0.7),
            wave([16, 3, 3, 3], 0.3),
            wave([24, 16, 3, 3], 0.2),
        ];
        let features = conv3x3(conv3x3(x.clone(), wide.clone(), 1), deep.clone(), 2);
        let running = [0.0, 1.0].map(|of| Tensor::full([24], of, &device));
        let (moments, _) = moments(&features, 3, running, 0.1);
        let [gain, bias] = [1.0, 0.1].map(|of| Tensor::full([24], of, &device));
        let out = norm_relu(features, moments, gain, bias, 1e-5);
        let grads = out.clone().powf_scalar(2.0).sum().backward();
        let grads = [x, wide, deep].map(|of| of.grad(&grads).unwrap());
        let all = [out.inner()].into_iter().chain(grads);
        all.map(|tensor| {
            let data = tensor.into_data();
            data.iter::<f32>().map(f32::to_bits).collect()
        })
        .collect()
    }

    #[test]
    fn as_many_threads_compute_as_are_wanted_and_results_are_the_same() {
        // Another test may have made the pool.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(4)
            .build_global();
        let expected = results();
        for wanted in [0, 1, 2, 3, 99] {
            limit(wanted);
            assert_eq!(count(), wanted.clamp(1, all()));
            assert_eq!(at_work(), count());
            assert_eq!(results(), expected, "{wanted} threads");
        }
    }
}
