//! Random resized crop: a random part of the image becomes the whole view (Szegedy et al. 2015,
//! arXiv:1409.4842), with torchvision's draws and PIL's antialiased filter.
//!
//! Resizing is linear and separable: each row of a view is made of a few rows of the window, each
//! column of a few columns. A flip reverses the columns.

use burn::prelude::*;

use crate::kernels::{Taps, resample};
use crate::rng::Rng;
use crate::settings::Crop;

/// A part of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Rows above it.
    pub top: usize,
    /// Columns left of it.
    pub left: usize,
    /// Its rows.
    pub height: usize,
    /// Its columns.
    pub width: usize,
}

impl Window {
    /// The whole of an image.
    pub fn whole(height: usize, width: usize) -> Self {
        Self {
            top: 0,
            left: 0,
            height,
            width,
        }
    }

    /// A random part of an image: its area is uniform, the logarithm of its aspect is uniform, its
    /// place is uniform.
    ///
    /// A part that does not fit is drawn again, so large areas come up less often. After ten
    /// misses it is the middle of the image, as much of it as the aspect allows.
    pub fn draw(crop: &Crop, height: usize, width: usize, rng: &mut Rng) -> Self {
        let area = (height * width) as f32;
        let reach = crop.max_aspect.ln();
        for _ in 0..10 {
            let part = area * rng.uniform(crop.min_area, crop.max_area);
            let aspect = rng.uniform(-reach, reach).exp();
            let w = pixels((part * aspect).sqrt());
            let h = pixels((part / aspect).sqrt());
            if (1..=width).contains(&w) && (1..=height).contains(&h) {
                let top = rng.below(height - h + 1);
                let left = rng.below(width - w + 1);
                return Self {
                    top,
                    left,
                    height: h,
                    width: w,
                };
            }
        }
        Self::middle(height, width, crop.max_aspect)
    }

    /// The largest middle part whose aspect, either way, is at most `max_aspect`.
    fn middle(height: usize, width: usize, max_aspect: f32) -> Self {
        let h = height.min(pixels(width as f32 * max_aspect));
        let w = width.min(pixels(height as f32 * max_aspect));
        Self {
            top: (height - h) / 2,
            left: (width - w) / 2,
            height: h,
            width: w,
        }
    }
}

/// To the nearest whole pixel.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small, positive"
)]
fn pixels(length: f32) -> usize {
    length.round() as usize
}

/// How pixels are weighted when an image is resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// A triangle, widened when the image shrinks so that every pixel counts. What views use.
    Bilinear,
    /// The two nearest pixels, even when the image shrinks.
    BilinearAliased,
    /// The cubic with a = -0.5, widened as above. It leaves 0 to 1 at sharp edges.
    Bicubic,
}

impl Filter {
    /// Beyond this distance, in pixels, the weight is zero.
    fn radius(self) -> f64 {
        match self {
            Self::Bilinear | Self::BilinearAliased => 1.0,
            Self::Bicubic => 2.0,
        }
    }

    /// The weight of a pixel at this distance.
    fn weight(self, distance: f64) -> f64 {
        let x = distance.abs();
        match self {
            Self::Bilinear | Self::BilinearAliased => (1.0 - x).max(0.0),
            Self::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Self::Bicubic => 0.0,
        }
    }

    /// How much wider the filter is where `length` pixels become `size`.
    fn stretch(self, length: usize, size: usize) -> f64 {
        match self {
            Self::BilinearAliased => 1.0,
            Self::Bilinear | Self::Bicubic => (length as f64 / size as f64).max(1.0),
        }
    }

    /// How lines of `source` pixels become `size`: of each, this many pixels from this start on, and
    /// in reverse where asked.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small, positive"
    )]
    fn taps(
        self,
        source: usize,
        size: usize,
        parts: impl ExactSizeIterator<Item = (usize, usize, bool)> + Clone,
    ) -> Taps {
        let longest = parts.clone().map(|(_, length, _)| length).max();
        let widest = self.stretch(longest.unwrap_or(source), size);
        let width = (2.0 * self.radius() * widest).ceil() as usize;
        let mut taps = Taps::new(source, width, parts.len() * size);
        for (start, length, reverse) in parts {
            let stretch = self.stretch(length, size);
            for i in 0..size {
                let i = if reverse { size - 1 - i } else { i };
                let centre = (i as f64 + 0.5) * length as f64 / size as f64;
                let first = (centre - self.radius() * stretch + 0.5).max(0.0) as usize;
                // No pixel from outside the part is read: the weights at its edge are scaled up.
                let all = first..(first + width).min(length);
                let weight = |j: usize| self.weight((j as f64 + 0.5 - centre) / stretch);
                let total: f64 = all.clone().map(weight).sum();
                taps.push(start + first, all.map(|j| weight(j) / total));
            }
        }
        taps
    }
}

/// Cuts a window out of each of `images: [n, c, h, w]`, resizes it to `size` (height and width)
/// and exchanges left and right where asked: `[n, c, height, width]`.
pub fn resize(
    images: Tensor<4>,
    windows: &[(Window, bool)],
    size: [usize; 2],
    filter: Filter,
) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    assert_eq!(n, windows.len(), "one window per image");
    for (window, _) in windows {
        assert!(window.top + window.height <= h && window.left + window.width <= w);
    }
    let rows = windows.iter().map(|(x, _)| (x.top, x.height, false));
    let columns = windows.iter().map(|(x, flip)| (x.left, x.width, *flip));
    resample(
        images,
        &filter.taps(h, size[0], rows),
        &filter.taps(w, size[1], columns),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_weights_each_pixel_by_a_triangle_two_wide() {
        let taps = Filter::Bilinear.taps(4, 2, [(0, 4, false)].into_iter());
        let sevenths = [[3.0, 3.0, 1.0, 0.0], [0.0, 1.0, 3.0, 3.0]];
        let expected = sevenths.map(|row| row.map(|weight: f32| weight / 7.0));
        let got: Vec<_> = taps.each().collect();
        assert_eq!(got, [(0, &expected[0][..]), (0, &expected[1])]);
    }

    #[test]
    fn no_weight_falls_outside_the_window() {
        for reverse in [false, true] {
            let taps = Filter::Bicubic.taps(5, 3, [(1, 2, reverse)].into_iter());
            for (first, weights) in taps.each() {
                let inside = |place: usize| (1..3).contains(&place);
                let places = (first..).zip(weights);
                let (within, beyond): (Vec<_>, Vec<_>) = places.partition(|(at, _)| inside(*at));
                assert!(beyond.iter().all(|(_, weight)| **weight == 0.0));
                let total: f32 = within.iter().map(|(_, weight)| *weight).sum();
                assert!((total - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn what_never_fits_is_the_middle_of_a_bounded_aspect() {
        let wide = Window {
            top: 0,
            left: 8,
            height: 10,
            width: 13,
        };
        assert_eq!(Window::middle(10, 30, 4.0 / 3.0), wide);
        let tall = Window {
            top: 8,
            left: 0,
            height: 13,
            width: 10,
        };
        assert_eq!(Window::middle(30, 10, 4.0 / 3.0), tall);
        assert_eq!(Window::middle(10, 12, 4.0 / 3.0), Window::whole(10, 12));
    }
}
