//! The map of a network: the plane in which its vectors differ most (Pearson 1901), on axes that
//! depend on nothing but the vectors and a reference.
//!
//! Components have no sign, and two that are alike in length no direction. So each map is turned
//! and mirrored to lie on a reference, the map of the untrained network, as well as it can
//! (orthogonal Procrustes: Schönemann 1966). It does not depend on the maps before it: whoever looks
//! at a step sees the same picture, however often they looked.

use nalgebra::{DMatrix, Matrix2};

use crate::evaluation::spectrum::decompose;
use crate::evaluation::{Rows, centred, unit_std};
use crate::rng::{Purpose, Rng};

/// Directions carried beside those asked for; they make the iteration converge faster.
const SPARE: usize = 6;
/// Rounds of the iteration at most.
const ROUNDS: usize = 200;
/// It ends when no wanted variance changed by more than this part; directions are then exact to
/// about the root of it.
const SETTLED: f64 = 1e-10;
/// The spread of vectors (1 is even, 0 is one point) from which on a map is drawn at its full size.
/// Runs that work end above it: see the verdict. What has drawn together is drawn smaller, in
/// proportion, or a collapse would be blown up to a cloud.
const SPREAD: f64 = 0.25;

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
}

/// The `count` leading principal components, or as many as there are dimensions; each is signed
/// such that its largest entry is positive. A function of the rows alone, bit for bit.
///
/// Subspace iteration: the directions are multiplied by the covariance and made orthonormal, until
/// they settle. It starts from fixed random ones.
pub fn components(rows: Rows, count: usize) -> Components {
    let (n, d) = (rows.len(), rows.width());
    assert!(n > 1, "variance needs two rows");
    let count = count.min(d);
    let kept = (count + SPARE).min(d);
    let (x, mean) = centred(rows.matrix());
    // What is longer than it is wide shrinks to its covariance, which takes less from then on.
    let covariance = (d < n).then(|| x.tr_mul(&x));
    let times = |basis: &DMatrix<f64>| match &covariance {
        Some(covariance) => covariance * basis,
        None => x.tr_mul(&(&x * basis)),
    };
    let mut rng = Rng::keyed(0, Purpose::Projection, &[]);
    let start = DMatrix::from_fn(d, kept, |_, _| f64::from(rng.normal()));
    let mut basis = start.qr().q();
    let mut squares = vec![0.0; kept];
    for _ in 0..ROUNDS {
        let product = times(&basis);
        let (turn, now) = axes(basis.tr_mul(&product));
        basis *= &turn;
        let moved = squares.iter().zip(&now).take(count);
        let settled = moved.fold(0.0, |most: f64, (then, now)| most.max((now - then).abs()))
            <= SETTLED * now[0];
        squares = now;
        if settled {
            break;
        }
        basis = (product * turn).qr().q();
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
    }
}

/// How to turn directions such that what lies along them is uncorrelated, longest first: `[k, k]`, and
/// the squared lengths then: `[k]`. `inner: [k, k]`: their products so far, of which singular vectors are
/// eigenvectors.
///
/// Directions that no solver can order stay as they are, with no length.
fn axes(inner: DMatrix<f64>) -> (DMatrix<f64>, Vec<f64>) {
    let count = inner.nrows();
    let solved =
        decompose(inner, true).and_then(|solved| Some((solved.u?, solved.singular_values)));
    match solved {
        Some((turn, squares)) => (turn, squares.as_slice().to_vec()),
        None => (DMatrix::identity(count, count), vec![0.0; count]),
    }
}

/// A plane of vectors, and how it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    mean: Vec<f64>,
    /// What a step along each coordinate of a vector moves its point by: `[d, 2]`.
    moves: Vec<[f64; 2]>,
    /// What part of the variance the plane shows: 0 to 1.
    pub explained: f64,
    /// How large the map is drawn: the root of the points' mean squared distance from the middle. 1
    /// unless the vectors have drawn together; 0 where they are one point.
    pub radius: f64,
}

impl Plane {
    /// The plane of the two principal components of `rows: [n, d]`.
    pub fn of(rows: Rows) -> Self {
        let (n, d) = (rows.len(), rows.width());
        if n < 2 {
            return Self {
                mean: vec![0.0; d],
                moves: vec![[0.0; 2]; d],
                explained: 0.0,
                radius: 0.0,
            };
        }
        let found = components(rows, 2);
        let long = (found.scores.norm_squared() / n as f64).sqrt();
        let spread = unit_std(rows) * (d as f64).sqrt();
        let radius = if long > 0.0 {
            (spread / SPREAD).min(1.0)
        } else {
            0.0
        };
        let scale = if long > 0.0 { radius / long } else { 0.0 };
        let axis = |j, k| found.directions.get((j, k)).map_or(0.0, |x| x * scale);
        Self {
            moves: (0..d).map(|j| [axis(j, 0), axis(j, 1)]).collect(),
            mean: found.mean,
            explained: found.explained.iter().sum(),
            radius,
        }
    }

    /// The same plane, turned and mirrored such that the points of `rows: [n, d]` lie on those of
    /// `reference: [n, 2]` as well as they can. The axes are then no longer the components, only their
    /// plane is.
    pub fn turned_towards(mut self, rows: Rows, reference: &[[f32; 2]]) -> Self {
        let turn = turn_towards(reference, &self.points(rows));
        for [x, y] in &mut self.moves {
            (*x, *y) = (turn.m11 * *x + turn.m21 * *y, turn.m12 * *x + turn.m22 * *y);
        }
        self
    }

    /// Where `rows: [n, d]` lie: `[n, 2]`. Each row's point depends on that row alone.
    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub fn points(&self, rows: Rows) -> Vec<[f32; 2]> {
        let point = |row: &[f32]| {
            let mut at = [0.0; 2];
            for ((value, mean), moves) in row.iter().zip(&self.mean).zip(&self.moves) {
                let off = f64::from(*value) - mean;
                at[0] += off * moves[0];
                at[1] += off * moves[1];
            }
            at.map(|x| x as f32)
        };
        rows.iter().map(point).collect()
    }
}

/// The orthogonal matrix `r` that brings the rows `p r` closest to `reference`.
fn turn_towards(reference: &[[f32; 2]], points: &[[f32; 2]]) -> Matrix2<f64> {
    let mut cross = DMatrix::zeros(2, 2);
    for (wanted, is) in reference.iter().zip(points) {
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            cross[(i, j)] += f64::from(is[i]) * f64::from(wanted[j]);
        }
    }
    let is_empty = cross.norm() == 0.0;
    match decompose(cross, true).map(|solved| (solved.u, solved.v_t)) {
        Some((Some(u), Some(v_t))) if !is_empty => (u * v_t).fixed_view::<2, 2>(0, 0).into_owned(),
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

    /// The map of `rows` by itself, or turned towards another.
    fn map(rows: &[f32], d: usize, reference: Option<&[[f32; 2]]>) -> Vec<[f32; 2]> {
        let rows = Rows::new(rows, d);
        let plane = Plane::of(rows);
        match reference {
            Some(reference) => plane.turned_towards(rows, reference).points(rows),
            None => plane.points(rows),
        }
    }

    /// The farthest any point has moved.
    fn moved(a: &[[f32; 2]], b: &[[f32; 2]]) -> f32 {
        let apart = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
        a.iter().zip(b).map(apart).fold(0.0, f32::max)
    }

    #[test]
    fn points_on_a_line_map_to_a_line() {
        let rows = Rows::new(&[0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2);
        let plane = Plane::of(rows);
        let side = 1.5_f32.sqrt();
        for (point, x) in plane.points(rows).iter().zip([-side, 0.0, side]) {
            assert!(
                (point[0] - x).abs() < 1e-6 && point[1].abs() < 1e-6,
                "{point:?}"
            );
        }
        assert!((plane.explained - 1.0).abs() < 1e-6);
        assert!((plane.radius - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_iteration_finds_what_a_full_decomposition_finds() {
        // Longer than wide, and wider than long.
        for (n, d) in [(200, 40), (40, 60)] {
            let rows = cloud(n, d, |j| 1.0 / (1.0 + j as f32 / 8.0));
            let rows = Rows::new(&rows, d);
            let (x, _) = centred(rows.matrix());
            let mut full = (x.transpose() * x / (n as f64 - 1.0))
                .symmetric_eigenvalues()
                .as_slice()
                .to_vec();
            full.sort_by(|a, b| b.total_cmp(a));
            let found = components(rows, 2);
            for (got, expected) in found.variance.iter().zip(full) {
                assert!((got - expected).abs() < 1e-8, "{got} is not {expected}");
            }
        }
    }

    #[test]
    fn what_no_solver_can_solve_ends() {
        let (turn, squares) = axes(DMatrix::from_element(3, 3, f64::NAN));
        assert_eq!((turn, squares), (DMatrix::identity(3, 3), vec![0.0; 3]));
    }

    #[test]
    fn a_map_neither_spins_nor_flips() {
        let rows = cloud(100, 20, |j| if j < 2 { 3.0 - j as f32 } else { 0.1 });
        let first = map(&rows, 20, None);
        for step in 1..40 {
            let rows = turned(&rows, 20, step as f32 * 0.7, step % 3 == 0);
            let next = map(&rows, 20, Some(&first));
            let moved = moved(&first, &next);
            assert!(moved < 1e-3, "step {step}: {moved}");
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
        let first = map(&at(0.0), 20, None);
        let mut last = first.clone();
        for step in 1..=40 {
            let next = map(&at(step as f32 / 20.0), 20, Some(&first));
            let moved = moved(&last, &next);
            assert!(moved < 0.1, "step {step}: {moved}");
            last = next;
        }
    }

    #[test]
    fn a_point_depends_on_its_own_row_once_there_is_a_plane() {
        let rows = cloud(90, 8, |j| 1.0 / (1 + j) as f32);
        let plane = Plane::of(Rows::new(&rows[..40 * 8], 8));
        let all = plane.points(Rows::new(&rows, 8));
        assert_eq!(all[..40], plane.points(Rows::new(&rows[..40 * 8], 8)));
        assert_eq!(all[50..], plane.points(Rows::new(&rows[50 * 8..], 8)));
    }

    #[test]
    fn what_draws_together_is_drawn_smaller_in_proportion() {
        let around = |wide: f32| -> Vec<f32> {
            let cloud = cloud(200, 16, |_| wide);
            cloud.iter().map(|x| x + 1.0).collect()
        };
        let radius = |wide| Plane::of(Rows::new(&around(wide), 16)).radius;
        assert!((radius(1.0) - 1.0).abs() < 1e-9);
        assert!((radius(0.3) - 1.0).abs() < 1e-9);
        assert!((radius(0.1) - 0.4).abs() < 0.04, "{}", radius(0.1));
        assert!((radius(0.01) - 0.04).abs() < 0.004, "{}", radius(0.01));
        // The points have that radius.
        let points = map(&around(0.1), 16, None);
        let square = points.iter().map(|[x, y]| x * x + y * y).sum::<f32>() / 200.0;
        assert!((square.sqrt() - 0.4).abs() < 0.04, "{square}");
    }

    #[test]
    fn a_collapse_is_a_point_on_the_map_too() {
        let rows: Vec<f32> = cloud(60, 8, |_| 1e-6).iter().map(|x| x + 1.0).collect();
        let collapsed = map(&rows, 8, None);
        assert!(collapsed.iter().flatten().all(|x| x.abs() < 1e-3));
        let still = Plane::of(Rows::new(&[0.0; 24], 8));
        assert_eq!(still.points(Rows::new(&[0.0; 24], 8)), [[0.0; 2]; 3]);
        assert!(still.explained == 0.0 && still.radius == 0.0);
        assert_eq!(map(&[1.0; 8], 8, None), [[0.0; 2]]);
        assert_eq!(map(&[1.0; 8], 8, Some(&[[1.0, 2.0]])), [[0.0; 2]]);
    }
}
