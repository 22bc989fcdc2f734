//! Random resized crop: a random part of the image becomes the whole view (Szegedy et al. 2015,
//! arXiv:1409.4842), with torchvision's draws and PIL's antialiased filter.
//!
//! Resizing is linear and separable, so a view is `rows x image x columns^T` with two small
//! matrices per image. A flip reverses `columns`.

use burn::prelude::*;
use serde::Serialize;

use crate::rng::Rng;
use crate::settings::Crop;

/// A part of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
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

    /// Writes into `matrix: [size, source]`, all zero, the weights that stretch `length` pixels
    /// from `start` on over `size`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small, positive"
    )]
    fn resample(self, matrix: &mut [f32], source: usize, start: usize, length: usize) {
        let scale = length as f64 / (matrix.len() / source) as f64;
        let stretch = if self == Self::BilinearAliased {
            1.0
        } else {
            scale.max(1.0)
        };
        let reach = self.radius() * stretch;
        for (i, row) in matrix.chunks_exact_mut(source).enumerate() {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(length);
            let weight = |j: usize| self.weight((j as f64 + 0.5 - centre) / stretch);
            // No pixel from outside the window is read: the weights at its edge are scaled up.
            let total: f64 = (first..end).map(weight).sum();
            for j in first..end {
                row[start + j] = (weight(j) / total) as f32;
            }
        }
    }
}

/// Cuts a window out of each of `images: [n, 3, h, w]`, resizes it to `size` (height and width)
/// and exchanges left and right where asked: `[n, 3, height, width]`.
pub fn resize(
    images: Tensor<4>,
    windows: &[(Window, bool)],
    size: [usize; 2],
    filter: Filter,
) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let device = images.device();
    assert_eq!(n, windows.len(), "one window per image");

    let mut rows = vec![0.0; n * size[0] * h];
    let mut columns = vec![0.0; n * size[1] * w];
    let matrices = rows
        .chunks_exact_mut(size[0] * h)
        .zip(columns.chunks_exact_mut(size[1] * w));
    for ((row, column), (window, flip)) in matrices.zip(windows) {
        assert!(window.top + window.height <= h && window.left + window.width <= w);
        filter.resample(row, h, window.top, window.height);
        filter.resample(column, w, window.left, window.width);
        if *flip {
            // Reversing everything reverses the order of the rows and each row; the second is
            // then undone.
            column.reverse();
            column.chunks_exact_mut(w).for_each(<[f32]>::reverse);
        }
    }
    let rows = Tensor::from_data(TensorData::new(rows, [n, size[0], h]), &device);
    let columns = Tensor::from_data(TensorData::new(columns, [n, size[1], w]), &device);
    separable(images, rows, columns)
}

/// `rows x image x columns^T` for each channel of `images: [n, c, h, w]`, with
/// `rows: [n, a, h]` and `columns: [n, b, w]`: `[n, c, a, b]`.
pub(super) fn separable(images: Tensor<4>, rows: Tensor<3>, columns: Tensor<3>) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let width = columns.dims()[1];
    let across = images
        .reshape([n, c * h, w])
        .matmul(columns.swap_dims(1, 2));
    rows.unsqueeze_dim::<4>(1)
        .matmul(across.reshape([n, c, h, width]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_weights_each_pixel_by_a_triangle_two_wide() {
        let mut matrix = vec![0.0; 8];
        Filter::Bilinear.resample(&mut matrix, 4, 0, 4);
        let sevenths = [3.0, 3.0, 1.0, 0.0, 0.0, 1.0, 3.0, 3.0];
        assert_eq!(matrix, sevenths.map(|weight: f32| weight / 7.0));
    }

    #[test]
    fn no_weight_falls_outside_the_window() {
        let mut matrix = vec![0.0; 15];
        Filter::Bicubic.resample(&mut matrix, 5, 1, 2);
        for row in matrix.chunks_exact(5) {
            assert_eq!(vec![row[0], row[3], row[4]], [0.0; 3]);
            assert!((row[1] + row[2] - 1.0).abs() < 1e-6);
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
