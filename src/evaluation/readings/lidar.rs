//! How many directions tell images apart rather than views: `LiDAR`.

use nalgebra::DMatrix;

use super::{Better, Material, Reading, ReadingCard, Scope, Take, Taken, Unit, Views, number};
use crate::evaluation::{centred, effective_rank, squared_singular_values};

pub(super) const READING: Reading = Reading {
    card: ReadingCard {
        id: "lidar",
        label: "LiDAR",
        about: "How many directions tell images apart more than their views: the effective rank of \
                a linear discriminant whose classes are the images; 4 views each of at most 128 \
                images.",
        unit: Unit::Directions,
        better: Some(Better::High),
        misleads: "It can be at most one less than the images, and noise that differs from image \
                   to image counts.",
        live: false,
        headline: false,
        pixels: false,
        rotation: true,
        source: "Thilak and others 2023, arXiv:2312.04000, sec. 4, delta 1e-4",
        cases: &["diagnostics/lidar"],
    },
    scope: Scope::Views,
    take: Take::Try(take),
    chance: None,
};

/// Added to the variance within images, in every direction.
const DELTA: f64 = 1e-4;
/// As `RankMe`'s.
const EPS: f64 = 1e-7;

fn take(material: &Material) -> Taken {
    let views = material.views.expect("it is of views");
    number(lidar(views, DELTA, EPS), "all images have the same mean")
}

/// The exponential of the entropy of [`lidar_eigenvalues`], as [`effective_rank`]: 1 if images
/// differ along one direction only, at most as many as the vectors have and one less than the
/// images. None if all images have the same mean.
pub fn lidar(views: Views, delta: f64, eps: f64) -> Option<f64> {
    effective_rank(&lidar_eigenvalues(views, delta), eps)
}

/// Eigenvalues of `W^-1 B`: `[d]`, largest first. `B` is the covariance of the images' means,
/// divided by n - 1; `W` that of views around the mean of their image, divided by `n (q - 1)`, plus
/// `delta` times the identity.
pub fn lidar_eigenvalues(views: Views, delta: f64) -> Vec<f64> {
    let (n, q, d) = (
        views.rows.len() / views.each,
        views.each,
        views.rows.width(),
    );
    let mut within = views.rows.matrix();
    let size = within.norm();
    let mut means = DMatrix::zeros(n, d);
    for image in 0..n {
        let mut own = within.rows_mut(image * q, q);
        let mean = own.row_mean();
        for mut view in own.row_iter_mut() {
            view -= &mean;
        }
        means.set_row(image, &mean);
    }
    let (means, _) = centred(means);
    // Equal means differ by rounding.
    if means.norm() <= 1e-12 * size {
        return vec![0.0; d];
    }
    let between = means.transpose() / (n as f64 - 1.0).sqrt();
    let mut scatter = within.transpose() * within / (n * (q - 1)) as f64;
    for at in 0..d {
        scatter[(at, at)] += delta;
    }
    // But for rounding: beside scatter a million times as large, delta is nothing.
    let Some(factor) = scatter.cholesky() else {
        return vec![0.0; d];
    };
    // W = L L', so the eigenvalues are the squared singular values of L^-1 times B's root.
    let whitened = factor.l().solve_lower_triangular(&between);
    let whitened = whitened.expect("a Cholesky factor has no zero on its diagonal");
    let mut values = squared_singular_values(&whitened);
    values.resize(d, 0.0);
    values
}
