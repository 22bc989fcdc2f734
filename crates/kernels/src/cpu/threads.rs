//! Work in parts, in as many threads as there are. What a part computes does not depend on how many
//! parts there are, so results are the same bit for bit.

use pulp::{Simd, WithSimd};

/// Threads that compute.
pub(crate) fn count() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}

/// Parts for each of several threads: who begins later, or is held up, does fewer.
const PARTS: usize = 8;

/// How much of `whole` is a part, in multiples of `unit`.
pub(super) fn share(whole: usize, unit: usize) -> usize {
    let parts = if count() > 1 { PARTS * count() } else { 1 };
    whole.div_ceil(unit).div_ceil(parts).max(1) * unit
}

/// Does `work` on each of `parts`.
#[inline(always)]
pub(super) fn each<P: Send>(parts: impl Iterator<Item = P>, work: impl Fn(P) + Sync) {
    #[cfg(feature = "threads")]
    rayon::in_place_scope(|scope| {
        let work = &work;
        for part in parts {
            scope.spawn(move |_| work(part));
        }
    });
    #[cfg(not(feature = "threads"))]
    parts.for_each(work);
}

/// As [`each`], with the vectors of `simd`.
#[inline(always)]
pub(super) fn each_with<S: Simd, P: Send>(
    simd: S,
    parts: impl Iterator<Item = P>,
    work: impl Fn(P) + Sync,
) {
    let work = &work;
    each(parts, |part| simd.vectorize(Part { part, work }));
}

struct Part<P, F> {
    part: P,
    work: F,
}

impl<P, F: Fn(P)> WithSimd for Part<P, &F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.work)(self.part);
    }
}
