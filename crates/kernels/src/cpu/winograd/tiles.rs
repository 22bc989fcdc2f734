//! Images cut into tiles, and the transforms of tiles.

use std::array;
use std::ops::Range;

use pulp::Simd;

use super::super::conv::Geometry;
use super::super::gemm::MR;

/// Tiles that are worked on together, so that they stay in the cache.
const BATCH: usize = 8 * MR;

/// Stands for a pixel outside the image.
const OUTSIDE: usize = usize::MAX;

/// The index of the first channel of each pixel of a tile.
type Pixels<const A: usize> = [[usize; A]; A];

/// How images are cut into tiles of `A` x `A` pixels.
#[derive(Clone, Copy)]
pub(super) struct Tiling<const A: usize> {
    /// Tiles of an image, vertically and horizontally.
    count: [usize; 2],
    /// Height and width of an image.
    shape: [usize; 2],
    pub(super) channels: usize,
    /// Padding before the image.
    padding: usize,
    /// From the start of a tile to that of the next.
    stride: usize,
}

impl Geometry {
    /// The tiles of the input, which overlap.
    pub(super) fn inputs(&self) -> Tiling<5> {
        Tiling {
            count: self.tiles(),
            shape: self.input,
            channels: self.channels[0],
            padding: 1,
            stride: 4,
        }
    }

    /// The tiles of the output.
    pub(super) fn outputs(&self) -> Tiling<2> {
        Tiling {
            count: self.tiles(),
            shape: self.output(),
            channels: self.channels[1],
            padding: 0,
            stride: 2,
        }
    }

    /// Tiles of an image, vertically and horizontally.
    pub(super) fn tiles(&self) -> [usize; 2] {
        self.output().map(|side| side.div_ceil(2))
    }
}

impl<const A: usize> Tiling<A> {
    /// Elements of an image.
    pub(super) fn size(&self) -> usize {
        self.shape[0] * self.shape[1] * self.channels
    }

    /// The fewest images that are worth a chunk of their own: about half a batch of tiles.
    pub(super) fn unit(&self) -> usize {
        (BATCH / 2 / (self.count[0] * self.count[1])).max(1)
    }

    /// The tiles of so many images, in ranges that are worked on together.
    pub(super) fn batches(&self, images: usize) -> impl Iterator<Item = Range<usize>> + use<A> {
        let all = images * self.count[0] * self.count[1];
        let starts = (0..all).step_by(BATCH);
        starts.map(move |first| first..all.min(first + BATCH))
    }

    /// The pixels of each of the tiles.
    pub(super) fn pixels(&self, tiles: Range<usize>) -> Vec<Pixels<A>> {
        let ([rows, columns], [height, width]) = (self.count, self.shape);
        let pixels = tiles.map(|tile| {
            let image = tile / (rows * columns);
            let [row, column] = [tile / columns % rows, tile % columns];
            let [top, left] = [row * self.stride, column * self.stride];
            array::from_fn(|i| {
                array::from_fn(|j| {
                    // Pixels before the image wrap around, and so are outside too.
                    let [y, x] = [top + i, left + j].map(|at| at.wrapping_sub(self.padding));
                    if y < height && x < width {
                        ((image * height + y) * width + x) * self.channels
                    } else {
                        OUTSIDE
                    }
                })
            })
        });
        pixels.collect()
    }
}

/// Transforms the rows of `A` x `A` values, then the columns of that, to `B` x `B` results. `put` stores
/// each at once: arrays of them would be copied.
#[inline(always)]
pub(super) fn transform_2d<V: Copy, const A: usize, const B: usize>(
    value: impl Fn(usize, usize) -> V,
    transform: impl Fn([V; A]) -> [V; B],
    mut put: impl FnMut(usize, usize, V),
) {
    let rows: [[V; B]; A] = array::from_fn(|i| transform(array::from_fn(|j| value(i, j))));
    #[expect(clippy::needless_range_loop, reason = "a column is of all rows")]
    for j in 0..B {
        let column = transform(array::from_fn(|i| rows[i][j]));
        for (i, value) in column.into_iter().enumerate() {
            put(i, j, value);
        }
    }
}

/// Tiles after a transform: `B` x `B` elements, each of all channels.
pub(super) struct TransformedTiles<const B: usize> {
    /// Channels, padded to whole vectors.
    size: usize,
    /// `[tile, B, B, size]`.
    values: Vec<f32>,
}

impl<const B: usize> TransformedTiles<B> {
    /// No tiles yet, of so many channels.
    #[inline(always)]
    pub(super) fn new<S: Simd>(_: S, channels: usize) -> Self {
        Self {
            size: channels.next_multiple_of(S::F32_LANES),
            values: Vec::new(),
        }
    }

    /// The channels of an element of each tile.
    pub(super) fn each(&self, element: usize) -> impl Iterator<Item = &[f32]> + Clone {
        let tiles = self.values.chunks_exact(self.pitch());
        tiles.map(move |tile| &tile[element * self.size..][..self.size])
    }

    /// All values from an element of the first tile on.
    pub(super) fn from(&self, element: usize) -> &[f32] {
        &self.values[element * self.size..]
    }

    /// From an element of a tile to that of the next tile.
    pub(super) fn pitch(&self) -> usize {
        B * B * self.size
    }

    /// Takes in some channels of tiles of images, transformed.
    #[inline(always)]
    pub(super) fn take<S: Simd, const A: usize>(
        &mut self,
        simd: S,
        images: &[f32],
        channels: Range<usize>,
        tiles: &[Pixels<A>],
        transform: impl Fn([S::f32s; A]) -> [S::f32s; B],
    ) {
        let zeros = vec![0.0; channels.len()];
        self.values.resize(tiles.len() * self.pitch(), 0.0);
        let (out, _) = S::as_mut_simd_f32s(&mut self.values);
        let (whole, all) = (channels.len() / S::F32_LANES, self.size / S::F32_LANES);
        for (tile, out) in tiles.iter().zip(out.chunks_exact_mut(B * B * all)) {
            let pixels = tile.map(|row| {
                row.map(|start| match start {
                    OUTSIDE => &zeros[..],
                    start => &images[start..][channels.clone()],
                })
            });
            let vectors = pixels.map(|row| row.map(|pixel| &S::as_simd_f32s(pixel).0[..whole]));
            for v in 0..whole {
                transform_2d(
                    |i, j| vectors[i][j][v],
                    &transform,
                    |i, j, element| out[(i * B + j) * all + v] = element,
                );
            }
            if whole < all {
                transform_2d(
                    |i, j| simd.partial_load_f32s(&pixels[i][j][whole * S::F32_LANES..]),
                    &transform,
                    |i, j, element| out[(i * B + j) * all + whole] = element,
                );
            }
        }
    }
}

/// Adds to the pixels of tiles the transform of their `A` x `A` products. A product is two vectors of
/// channels, from channel `left` on.
#[inline(always)]
pub(super) fn add_tiles<S: Simd, const A: usize, const B: usize>(
    simd: S,
    products: &[[S::f32s; 2]],
    transform: impl Fn([S::f32s; A]) -> [S::f32s; B],
    (tiling, tiles): (Tiling<B>, &[Pixels<B>]),
    left: usize,
    out: &mut [f32],
) {
    let halves = (left..tiling.channels).step_by(S::F32_LANES).take(2);
    for (pixels, products) in tiles.iter().zip(products.chunks_exact(A * A)) {
        for (half, left) in halves.clone().enumerate() {
            let channels = left..tiling.channels.min(left + S::F32_LANES);
            let put = |i: usize, j: usize, value| {
                let start = pixels[i][j];
                if start == OUTSIDE {
                    return;
                }
                let out = &mut out[start..][channels.clone()];
                if let ([out], []) = S::as_mut_simd_f32s(out) {
                    *out = simd.add_f32s(*out, value);
                } else {
                    let sum = simd.add_f32s(simd.partial_load_f32s(out), value);
                    simd.partial_store_f32s(out, sum);
                }
            };
            transform_2d(|i, j| products[i * A + j][half], &transform, put);
        }
    }
}
