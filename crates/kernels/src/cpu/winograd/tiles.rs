//! Images in tiles.

use std::array;
use std::ops::Range;

use pulp::Simd;

use super::super::conv::Geometry;
use super::super::product::HIGH;

/// Tiles that are worked on together, so that they stay in the cache.
const TOGETHER: usize = 8 * HIGH;

/// Stands for a place outside the image.
const OUTSIDE: usize = usize::MAX;

/// Where the channels of the places of a tile start.
type Places<const A: usize> = [[usize; A]; A];

/// How images are cut into tiles of `A` by `A` places.
#[derive(Clone, Copy)]
pub(super) struct Tiling<const A: usize> {
    /// Tiles of an image, down and across.
    count: [usize; 2],
    /// Height and width of an image.
    shape: [usize; 2],
    pub(super) channels: usize,
    /// How far the first tile begins before the image.
    before: usize,
    /// How far the next tile begins after that.
    step: usize,
}

impl Geometry {
    /// The tiles of the input: they reach into each other.
    pub(super) fn inputs(&self) -> Tiling<5> {
        Tiling {
            count: self.tiles(),
            shape: self.input,
            channels: self.channels[0],
            before: 1,
            step: 4,
        }
    }

    /// The tiles of the output.
    pub(super) fn outputs(&self) -> Tiling<2> {
        Tiling {
            count: self.tiles(),
            shape: self.output(),
            channels: self.channels[1],
            before: 0,
            step: 2,
        }
    }

    /// Tiles of an image, down and across.
    pub(super) fn tiles(&self) -> [usize; 2] {
        self.output().map(|side| side.div_ceil(2))
    }
}

impl<const A: usize> Tiling<A> {
    /// Numbers of an image.
    pub(super) fn size(&self) -> usize {
        self.shape[0] * self.shape[1] * self.channels
    }

    /// Images that have about half as many tiles as are worked on together: a thread takes as many at
    /// least.
    pub(super) fn unit(&self) -> usize {
        (TOGETHER / 2 / (self.count[0] * self.count[1])).max(1)
    }

    /// The tiles of so many images, in ranges that are worked on together.
    pub(super) fn chunks(&self, images: usize) -> impl Iterator<Item = Range<usize>> + use<A> {
        let all = images * self.count[0] * self.count[1];
        let starts = (0..all).step_by(TOGETHER);
        starts.map(move |first| first..all.min(first + TOGETHER))
    }

    pub(super) fn places(&self, tiles: Range<usize>) -> Vec<Places<A>> {
        let ([down, across], [height, width]) = (self.count, self.shape);
        let places = tiles.map(|tile| {
            let image = tile / (down * across);
            let [top, left] = [tile / across % down, tile % across].map(|at| at * self.step);
            array::from_fn(|i| {
                array::from_fn(|j| {
                    // What is before the image wraps around, and so lies beyond it.
                    let [y, x] = [top + i, left + j].map(|at| at.wrapping_sub(self.before));
                    if y < height && x < width {
                        ((image * height + y) * width + x) * self.channels
                    } else {
                        OUTSIDE
                    }
                })
            })
        });
        places.collect()
    }
}

/// Changes the rows, and then the columns of what comes of them. Each result is put in its place at
/// once: arrays of them would be copied.
#[inline(always)]
pub(super) fn both_ways<V: Copy, const A: usize, const B: usize>(
    value: impl Fn(usize, usize) -> V,
    change: impl Fn([V; A]) -> [V; B],
    mut put: impl FnMut(usize, usize, V),
) {
    let rows: [[V; B]; A] = array::from_fn(|i| change(array::from_fn(|j| value(i, j))));
    #[expect(clippy::needless_range_loop, reason = "a column is of all rows")]
    for j in 0..B {
        let column = change(array::from_fn(|i| rows[i][j]));
        for (i, value) in column.into_iter().enumerate() {
            put(i, j, value);
        }
    }
}

/// What of tiles goes into products: for each tile `B` by `B` parts.
pub(super) struct Parts<const B: usize> {
    /// Numbers of a part: channels, filled up to whole vectors.
    size: usize,
    values: Vec<f32>,
}

impl<const B: usize> Parts<B> {
    /// Room for parts of so many channels.
    #[inline(always)]
    pub(super) fn new<S: Simd>(_: S, channels: usize) -> Self {
        Self {
            size: channels.next_multiple_of(S::F32_LANES),
            values: Vec::new(),
        }
    }

    /// This part of each tile.
    pub(super) fn each(&self, part: usize) -> impl Iterator<Item = &[f32]> + Clone {
        let tiles = self.values.chunks_exact(self.pitch());
        tiles.map(move |tile| &tile[part * self.size..][..self.size])
    }

    /// Numbers from this part of the first tile on.
    pub(super) fn from(&self, part: usize) -> &[f32] {
        &self.values[part * self.size..]
    }

    /// How far a part of the next tile is.
    pub(super) fn pitch(&self) -> usize {
        B * B * self.size
    }

    /// Takes the channels `of` the places of tiles, changed both ways.
    #[inline(always)]
    pub(super) fn take<S: Simd, const A: usize>(
        &mut self,
        simd: S,
        values: &[f32],
        of: Range<usize>,
        tiles: &[Places<A>],
        change: impl Fn([S::f32s; A]) -> [S::f32s; B],
    ) {
        let zeros = vec![0.0; of.len()];
        self.values.resize(tiles.len() * self.pitch(), 0.0);
        let (out, _) = S::as_mut_simd_f32s(&mut self.values);
        let (whole, all) = (of.len() / S::F32_LANES, self.size / S::F32_LANES);
        for (tile, out) in tiles.iter().zip(out.chunks_exact_mut(B * B * all)) {
            let places = tile.map(|row| {
                row.map(|at| match at {
                    OUTSIDE => &zeros[..],
                    at => &values[at..][of.clone()],
                })
            });
            let vectors = places.map(|row| row.map(|place| &S::as_simd_f32s(place).0[..whole]));
            for at in 0..whole {
                both_ways(
                    |i, j| vectors[i][j][at],
                    &change,
                    |i, j, part| out[(i * B + j) * all + at] = part,
                );
            }
            if whole < all {
                both_ways(
                    |i, j| simd.partial_load_f32s(&places[i][j][whole * S::F32_LANES..]),
                    &change,
                    |i, j, part| out[(i * B + j) * all + whole] = part,
                );
            }
        }
    }
}

/// Adds to the places of tiles what comes of `A` by `A` products each, two vectors of channels that
/// start at `left`.
#[inline(always)]
pub(super) fn add<S: Simd, const A: usize, const B: usize>(
    simd: S,
    products: &[[S::f32s; 2]],
    change: impl Fn([S::f32s; A]) -> [S::f32s; B],
    (tiling, tiles): (Tiling<B>, &[Places<B>]),
    left: usize,
    out: &mut [f32],
) {
    let halves = (left..tiling.channels).step_by(S::F32_LANES).take(2);
    for (places, products) in tiles.iter().zip(products.chunks_exact(A * A)) {
        for (half, left) in halves.clone().enumerate() {
            let columns = left..tiling.channels.min(left + S::F32_LANES);
            let put = |i: usize, j: usize, value| {
                let at = places[i][j];
                if at == OUTSIDE {
                    return;
                }
                let out = &mut out[at..][columns.clone()];
                if let ([out], []) = S::as_mut_simd_f32s(out) {
                    *out = simd.add_f32s(*out, value);
                } else {
                    let sum = simd.add_f32s(simd.partial_load_f32s(out), value);
                    simd.partial_store_f32s(out, sum);
                }
            };
            both_ways(|i, j| products[i * A + j][half], &change, put);
        }
    }
}
