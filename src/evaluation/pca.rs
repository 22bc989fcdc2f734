//! Principal components: the plane in which the vectors differ most (Pearson 1901), held still.
//!
//! Components have no sign, and two that are alike in length no direction. So each map is turned
//! and mirrored to lie on the one before it as well as it can (orthogonal Procrustes: Schönemann
//! 1966): what then moves has been moved by training.

use nalgebra::{DMatrix, Matrix2};

use crate::evaluation::{Rows, centred};
use crate::rng::{Purpose, Rng};

/// Directions carried beside those asked for; they make the iteration converge faster.
const SPARE: usize = 6;
/// Rounds of the iteration at most.
const ROUNDS: usize = 100;
/// It ends when no wanted variance changed by more than this part; directions are then exact to
/// about the root of it.
const SETTLED: f64 = 1e-10;
/// The map's points have this radius at least, as a part of the vectors' length. Below it they are
/// one point to the eye too: a collapse must not be blown up to a cloud.
const NARROWEST: f64 = 0.05;

/// The leading principal components of some rows.
#[derive(Debug, Clone)]
pub struct Components {
    /// Mean of the rows: `[d]`.
    pub mean: Vec<f64>,
    /// Unit vectors as columns, largest variance first: `[d, k]`.
    pub directions: DMatrix<f64>,
    /// Variance along each, divided by n - 1: `[k]`.
    pub variance: Vec<f64>,
    /// Each variance as a part of the whole: `[k]`; 0 if nothing varies.
    pub explained: Vec<f64>,
    /// Coordinates of each row along the directions: `[n, k]`.
    pub scores: DMatrix<f64>,
    /// The directions and some spare ones, from which the next call can start: `[d, k + spare]`.
    basis: DMatrix<f64>,
}

/// The `count` leading principal components, or as many as there are dimensions; each is signed
/// such that its largest entry is positive. `before`, of rows as wide, is where to start.
///
/// Subspace iteration: the directions are multiplied by the covariance and made orthonormal, until
/// they settle. With a start it takes a few products of `[n, d]` by `[d, 8]`.
pub fn components(rows: Rows, count: usize, before: Option<&Components>) -> Components {
    let (n, d) = (rows.len(), rows.width());
    assert!(n > 1, "variance needs two rows");
    let count = count.min(d);
    let kept = (count + SPARE).min(d);
    let (x, mean) = centred(rows.matrix());
    let xt = x.transpose();
    let mut basis = match before {
        Some(before) if before.basis.shape() == (d, kept) => before.basis.clone(),
        _ => {
            let mut rng = Rng::keyed(0, Purpose::Projection, &[]);
            DMatrix::from_fn(d, kept, |_, _| f64::from(rng.normal()))
                .qr()
                .q()
        }
    };
    let mut squares = vec![0.0; kept];
    for _ in 0..ROUNDS {
        let along = &x * &basis;
        let (turn, now) = axes(&along);
        basis *= &turn;
        let moved = squares.iter().zip(&now).take(count);
        let settled = moved.fold(0.0, |most: f64, (then, now)| most.max((now - then).abs()))
            <= SETTLED * now[0];
        squares = now;
        if settled {
            break;
        }
        basis = (&xt * (along * turn)).qr().q();
    }

    let mut directions = basis.columns(0, count).into_owned();
    for mut direction in directions.column_iter_mut() {
        if direction[direction.iamax()] < 0.0 {
            direction.neg_mut();
        }
    }
    let total = x.norm_squared();
    let variance = squares[..count]
        .iter()
        .map(|square| square / (n as f64 - 1.0));
    let part = |square: &f64| if total > 0.0 { square / total } else { 0.0 };
    Components {
        mean,
        variance: variance.collect(),
        explained: squares[..count].iter().map(part).collect(),
        scores: x * &directions,
        directions,
        basis,
    }
}

/// How to turn the columns of `along: [n, k]` such that they are orthogonal, longest first:
/// `[k, k]`, and their squared lengths then: `[k]`.
fn axes(along: &DMatrix<f64>) -> (DMatrix<f64>, Vec<f64>) {
    let inner = along.tr_mul(along).symmetric_eigen();
    let mut order: Vec<usize> = (0..along.ncols()).collect();
    order.sort_by(|a, b| inner.eigenvalues[*b].total_cmp(&inner.eigenvalues[*a]));
    let turn = inner.eigenvectors.select_columns(&order);
    let squares = order
        .iter()
        .map(|i| inner.eigenvalues[*i].max(0.0))
        .collect();
    (turn, squares)
}

/// A map of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// A point for each row, their mean at the origin and their mean squared distance from it 1,
    /// unless the vectors are nearly one point: then less.
    pub points: Vec<[f32; 2]>,
    /// What part of the variance the two axes show, together: 0 to 1.
    pub explained: f32,
}

/// Maps the same images again and again, each map aligned to the one before.
#[derive(Debug, Clone, Default)]
pub struct Pca {
    before: Option<(Components, Vec<[f32; 2]>)>,
}

impl Pca {
    /// The two principal components of `rows: [n, d]`, turned and mirrored towards the last map if
    /// that had as many rows; they are taken for the same images in the same order.
    ///
    /// After a turn the axes are no longer the components, only their plane is.
    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub fn project(&mut self, rows: Rows) -> Projection {
        let n = rows.len();
        if n < 2 {
            self.before = None;
            return Projection {
                points: vec![[0.0; 2]; n],
                explained: 0.0,
            };
        }
        let found = components(
            rows,
            2,
            self.before.as_ref().map(|(components, _)| components),
        );
        let scores = &found.scores;
        let second = |i| {
            if scores.ncols() > 1 {
                scores[(i, 1)]
            } else {
                0.0
            }
        };
        let flat: Vec<[f64; 2]> = (0..n).map(|i| [scores[(i, 0)], second(i)]).collect();

        let length = (rows.matrix().norm_squared() / n as f64).sqrt();
        let radius = (scores.norm_squared() / n as f64)
            .sqrt()
            .max(NARROWEST * length);
        let scale = if radius > 0.0 { radius.recip() } else { 0.0 };
        let turn = match &self.before {
            Some((_, before)) if before.len() == n => turn_towards(before, &flat),
            _ => Matrix2::identity(),
        };
        let turn = turn * scale;
        let place = |[x, y]: &[f64; 2]| {
            let [x, y] = [turn.m11 * x + turn.m21 * y, turn.m12 * x + turn.m22 * y];
            [x as f32, y as f32]
        };
        let points: Vec<[f32; 2]> = flat.iter().map(place).collect();
        let explained = found.explained.iter().sum::<f64>() as f32;
        self.before = Some((found, points.clone()));
        Projection { points, explained }
    }
}

/// The orthogonal matrix `r` that brings the rows `p r` closest to `before`.
fn turn_towards(before: &[[f32; 2]], points: &[[f64; 2]]) -> Matrix2<f64> {
    let mut cross = Matrix2::zeros();
    for (old, new) in before.iter().zip(points) {
        let old = old.map(f64::from);
        cross += Matrix2::new(
            new[0] * old[0],
            new[0] * old[1],
            new[1] * old[0],
            new[1] * old[1],
        );
    }
    let svd = cross.svd(true, true);
    match (svd.u, svd.v_t) {
        (Some(u), Some(v_t)) if cross.norm() > 0.0 => u * v_t,
        _ => Matrix2::identity(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` rows of `d` numbers, coordinate j with standard deviation `wide(j)`.
    fn cloud(n: usize, d: usize, wide: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut rng = Rng::keyed(1, Purpose::Test, &[]);
        (0..n * d).map(|i| rng.normal() * wide(i % d)).collect()
    }

    /// The same rows in a plane turned by `angle` and, if `mirrored`, with its axes exchanged.
    fn turned(rows: &[f32], d: usize, angle: f32, mirrored: bool) -> Vec<f32> {
        let (sin, cos) = angle.sin_cos();
        let mut rows = rows.to_vec();
        for row in rows.chunks_mut(d) {
            let (x, y) = (cos * row[0] - sin * row[1], sin * row[0] + cos * row[1]);
            (row[0], row[1]) = if mirrored { (y, x) } else { (x, y) };
        }
        rows
    }

    /// The farthest any point has moved.
    fn moved(a: &Projection, b: &Projection) -> f32 {
        let apart = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
        a.points
            .iter()
            .zip(&b.points)
            .map(apart)
            .fold(0.0, f32::max)
    }

    #[test]
    fn points_on_a_line_map_to_a_line() {
        let map = Pca::default().project(Rows::new(&[0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2));
        let side = 1.5_f32.sqrt();
        for (point, x) in map.points.iter().zip([-side, 0.0, side]) {
            assert!(
                (point[0] - x).abs() < 1e-6 && point[1].abs() < 1e-6,
                "{point:?}"
            );
        }
        assert!((map.explained - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_iteration_finds_what_a_full_decomposition_finds() {
        let rows = cloud(200, 40, |j| 1.0 / (1.0 + j as f32 / 8.0));
        let rows = Rows::new(&rows, 40);
        let (x, _) = centred(rows.matrix());
        let mut full = (x.transpose() * x / 199.0)
            .symmetric_eigenvalues()
            .as_slice()
            .to_vec();
        full.sort_by(|a, b| b.total_cmp(a));
        let found = components(rows, 2, None);
        for (got, expected) in found.variance.iter().zip(full) {
            assert!((got - expected).abs() < 1e-8, "{got} is not {expected}");
        }
    }

    #[test]
    fn a_map_neither_spins_nor_flips() {
        let rows = cloud(100, 20, |j| if j < 2 { 3.0 - j as f32 } else { 0.1 });
        let mut pca = Pca::default();
        let first = pca.project(Rows::new(&rows, 20));
        for step in 1..40 {
            let rows = turned(&rows, 20, step as f32 * 0.7, step % 3 == 0);
            let next = pca.project(Rows::new(&rows, 20));
            assert!(
                moved(&first, &next) < 1e-3,
                "step {step}: {}",
                moved(&first, &next)
            );
        }
    }

    #[test]
    fn components_that_change_places_move_the_map_little() {
        let start = cloud(300, 20, |_| 1.0);
        let at = |t: f32| {
            let wide = |j| {
                [1.5 + 0.5 * t, 2.5 - 0.5 * t]
                    .get(j)
                    .copied()
                    .unwrap_or(0.2)
            };
            start
                .iter()
                .enumerate()
                .map(|(i, x)| x * wide(i % 20))
                .collect::<Vec<_>>()
        };
        let mut pca = Pca::default();
        let mut last = pca.project(Rows::new(&at(0.0), 20));
        for step in 1..=40 {
            let next = pca.project(Rows::new(&at(step as f32 / 20.0), 20));
            assert!(
                moved(&last, &next) < 0.1,
                "step {step}: {}",
                moved(&last, &next)
            );
            last = next;
        }
    }

    #[test]
    fn other_images_start_a_new_map() {
        let rows = cloud(50, 8, |j| 1.0 / (1 + j) as f32);
        let mut pca = Pca::default();
        pca.project(Rows::new(&turned(&rows, 8, 2.0, false), 8));
        let again = pca.project(Rows::new(&rows[..40 * 8], 8));
        assert!(
            moved(
                &again,
                &Pca::default().project(Rows::new(&rows[..40 * 8], 8))
            ) < 1e-4
        );
    }

    #[test]
    fn a_collapse_is_a_point_on_the_map_too() {
        let rows: Vec<f32> = cloud(60, 8, |_| 1e-6).iter().map(|x| x + 1.0).collect();
        let map = Pca::default().project(Rows::new(&rows, 8));
        assert!(map.points.iter().flatten().all(|x| x.abs() < 1e-3));
        let still = Pca::default().project(Rows::new(&[0.0; 24], 8));
        assert_eq!(
            still,
            Projection {
                points: vec![[0.0; 2]; 3],
                explained: 0.0
            }
        );
        assert_eq!(
            Pca::default().project(Rows::new(&[1.0; 8], 8)).points,
            [[0.0; 2]]
        );
    }
}
