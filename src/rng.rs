//! The only source of randomness: draws keyed by seed, purpose and place.
//!
//! A draw depends on its key alone, never on what was drawn before, so a run can be paused, resumed
//! or run beside another and still draws the same numbers on every backend.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg32;

/// What a draw is for. Draws for different purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Initial weights, layer after layer.
    Weights = 1,
    /// The order of images; keyed by epoch.
    Shuffle = 2,
    /// Augmentations; keyed by step, image and view.
    Augment = 3,
    /// The built-in drawn shapes; keyed by image.
    Shapes = 4,
    /// Which images score which; keyed by class.
    Folds = 5,
    /// Test inputs.
    Test = 6,
    /// Where an iteration starts that leads to a map.
    Projection = 7,
    /// What a loss draws: splits of the batch, places; keyed by step.
    Loss = 8,
    /// Which images the map shows.
    Sample = 9,
    /// Augmentations of views that are read and not trained on; keyed by image and view.
    Readings = 10,
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Rng(Pcg32);

impl Rng {
    /// The stream that belongs to this seed, purpose and key.
    pub fn keyed(seed: u32, purpose: Purpose, key: &[u64]) -> Self {
        let start = mix(u64::from(seed) ^ mix(purpose as u64));
        let hash = key.iter().fold(start, |hash, part| mix(hash ^ mix(*part)));
        Self(Pcg32::seed_from_u64(hash))
    }

    /// Uniform in `[low, high)`; `low` where the two are equal.
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.0.random::<f32>() < probability
    }

    /// Uniform in `0..bound`; `bound` must not be zero.
    pub fn below(&mut self, bound: usize) -> usize {
        // Through u64, so that 32-bit wasm and native draw the same.
        let drawn = self.0.random_range(0..bound as u64);
        usize::try_from(drawn).expect("below a usize")
    }

    /// Normal with mean 0 and standard deviation 1.
    pub fn normal(&mut self) -> f32 {
        self.0.sample(StandardNormal)
    }

    /// Puts the items in a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }
}

/// The finaliser of `SplitMix64`: neighbouring keys give unrelated streams.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_key_alone() {
        let draw = |seed, purpose, key: &[u64]| Rng::keyed(seed, purpose, key).uniform(0.0, 1.0);
        let first = draw(7, Purpose::Augment, &[3, 1, 0]);
        assert_eq!(first, draw(7, Purpose::Augment, &[3, 1, 0]));
        for other in [
            draw(8, Purpose::Augment, &[3, 1, 0]),
            draw(7, Purpose::Shuffle, &[3, 1, 0]),
            draw(7, Purpose::Augment, &[1, 3, 0]),
            draw(7, Purpose::Augment, &[3, 1, 1]),
        ] {
            assert_ne!(first, other);
        }
    }

    /// Curves recorded with one version must replay in the next, in the browser too.
    #[test]
    fn the_numbers_never_change() {
        let mut rng = Rng::keyed(42, Purpose::Weights, &[1, 2]);
        let drawn = [rng.uniform(-1.0, 1.0), rng.normal()];
        let below = rng.below(1000);
        assert_eq!((drawn, below), (PINNED.0, PINNED.1));
    }

    const PINNED: ([f32; 2], usize) = ([-0.770_709_75, 0.083_034_53], 395);
}
