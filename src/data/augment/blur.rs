//! Gaussian blur: fine detail is taken away, so that coarse shape must do (Chen et al. 2020,
//! arXiv:2002.05709, appendix A).
//!
//! Linear and separable, as a crop; a pixel of an image that is not blurred is made of itself.

use burn::prelude::*;

use crate::kernels::{Taps, resample};

/// The kernel's size for views of this side: about a tenth of it, odd, at least 3 pixels.
pub fn kernel_for(side: usize) -> usize {
    (side / 20 * 2 + 1).max(3)
}

/// Blurs `images: [n, 3, h, w]` by a Gaussian of `kernel` pixels (odd) whose standard deviation is
/// `sigmas`, in pixels; `None` leaves an image as it is.
///
/// The image is mirrored at its edges, the edge itself not repeated, as torchvision does. PIL, in
/// some authors' code, blurs by three box filters instead.
pub fn blur(images: Tensor<4>, sigmas: &[Option<f32>], kernel: usize) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    assert_eq!(n, sigmas.len(), "one sigma per image");
    assert!(
        kernel % 2 == 1 && kernel / 2 < h.min(w),
        "an odd kernel that fits"
    );
    let taps = |side: usize| {
        let mut taps = Taps::new(side, kernel, n * side);
        for sigma in sigmas {
            let weights = sigma.map_or_else(|| vec![1.0], |sigma| gaussian(sigma, kernel));
            convolve(&mut taps, side, &weights);
        }
        taps
    };
    resample(images, &taps(h), &taps(w))
}

/// The weights of a Gaussian at whole pixels, summing to one.
fn gaussian(sigma: f32, kernel: usize) -> Vec<f64> {
    let middle = (kernel / 2) as f64;
    let density = |i: usize| (-0.5 * ((i as f64 - middle) / f64::from(sigma)).powi(2)).exp();
    let total: f64 = (0..kernel).map(density).sum();
    (0..kernel).map(|i| density(i) / total).collect()
}

/// Adds the convolution of a line of `side` pixels by `weights`.
fn convolve(taps: &mut Taps, side: usize, weights: &[f64]) {
    let half = weights.len() / 2;
    for i in 0..side {
        let first = i.saturating_sub(half);
        let mut folded = vec![0.0; (i + half + 1).min(side) - first];
        for (j, weight) in weights.iter().enumerate() {
            // Pixel `i + j - half`, mirrored at both edges.
            let from_left = (i + j).abs_diff(half);
            let place = from_left.min((2 * (side - 1)).abs_diff(from_left));
            folded[place - first] += weight;
        }
        taps.push(first, folded.into_iter());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_odd_and_a_tenth_of_the_side() {
        assert_eq!([16, 32, 64, 96].map(kernel_for), [3, 3, 7, 9]);
    }

    #[test]
    fn edges_are_mirrored_without_repeating_them() {
        let mut taps = Taps::new(3, 3, 3);
        convolve(&mut taps, 3, &[0.25, 0.5, 0.25]);
        let got: Vec<f32> = taps
            .each()
            .flat_map(|(_, weights)| weights)
            .copied()
            .collect();
        assert_eq!(got, [0.5, 0.5, 0.0, 0.25, 0.5, 0.25, 0.0, 0.5, 0.5]);
    }

    #[test]
    fn a_gaussian_falls_by_its_law_and_sums_to_one() {
        let weights = gaussian(2.0, 5);
        assert!((weights[0] / weights[2] - (-0.5_f64).exp()).abs() < 1e-12);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
