//! Work in chunks, shared between the threads that there are. What is computed for an element does
//! not depend on the chunks, so results are the same bit for bit for any number of threads.

use pulp::{Simd, WithSimd};

/// How many threads compute.
pub(crate) fn count() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}

/// Chunks for each of several threads: one that starts late, or is held up, does fewer.
const CHUNKS: usize = 8;

/// The size of a chunk of `whole`, a multiple of `unit`.
pub(super) fn chunk(whole: usize, unit: usize) -> usize {
    let chunks = if count() > 1 { CHUNKS * count() } else { 1 };
    whole.div_ceil(unit).div_ceil(chunks).max(1) * unit
}

/// Does `work` on each of `chunks`.
#[inline(always)]
pub(super) fn each<P: Send>(chunks: impl Iterator<Item = P>, work: impl Fn(P) + Sync) {
    #[cfg(feature = "threads")]
    rayon::in_place_scope(|scope| {
        let work = &work;
        for chunk in chunks {
            scope.spawn(move |_| work(chunk));
        }
    });
    #[cfg(not(feature = "threads"))]
    chunks.for_each(work);
}

/// As [`each`], with `work` compiled for the vectors of `simd`.
#[inline(always)]
pub(super) fn each_with<S: Simd, P: Send>(
    simd: S,
    chunks: impl Iterator<Item = P>,
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
