//! The eight kinds of drawn shapes.

use std::f32::consts::FRAC_1_SQRT_2;

/// A shape of radius 1 that stands upright; x to the right, y down.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// How often it looks the same within a turn; `None` if always.
    pub(super) symmetry: Option<f32>,
    /// How far inside a point is, negative outside: never further than its edge is away, so that
    /// one sample decides for all points around. Exactly 0 at the edge.
    pub(super) margin: fn(f32, f32) -> f32,
}

/// All kinds, by class.
pub(super) const KINDS: [Kind; 8] = [
    kind("circle", None, |x, y| 1.0 - far(x, y)),
    kind("square", Some(4.0), |x, y| {
        FRAC_1_SQRT_2 - x.abs().max(y.abs())
    }),
    kind("triangle", Some(3.0), |x, y| {
        margins(&TRIANGLE, 0.5, x, y)[0]
    }),
    // Inside all five lines is the pentagon in the middle, outside one of them a point.
    kind("star", Some(5.0), |x, y| margins(&STAR, 0.309_017, x, y)[1]),
    kind("cross", Some(4.0), |x, y| bar(x, y).max(bar(y, x))),
    kind("ring", None, |x, y| (far(x, y) - 0.6).min(1.0 - far(x, y))),
    kind("bar", Some(2.0), bar),
    kind("crescent", Some(1.0), |x, y| {
        (1.0 - far(x, y)).min(far(x - 0.45, y) - 0.8)
    }),
];

/// Away from the middle, square to each side; a corner points up.
const TRIANGLE: [[f32; 2]; 3] = [[0.0, 1.0], [0.866_025, -0.5], [-0.866_025, -0.5]];
/// The same for the lines of a five-pointed star.
const STAR: [[f32; 2]; 5] = [
    [0.0, 1.0],
    [0.951_057, 0.309_017],
    [0.587_785, -0.809_017],
    [-0.587_785, -0.809_017],
    [-0.951_057, 0.309_017],
];

const fn kind(name: &'static str, symmetry: Option<f32>, margin: fn(f32, f32) -> f32) -> Kind {
    Kind {
        name,
        symmetry,
        margin,
    }
}

/// How far within these lines, at this distance from the middle, the point is: the two least.
fn margins(directions: &[[f32; 2]], distance: f32, x: f32, y: f32) -> [f32; 2] {
    let mut least = [f32::INFINITY; 2];
    for [nx, ny] in directions {
        let margin = distance - (nx * x + ny * y);
        least = [least[0].min(margin), least[1].min(margin.max(least[0]))];
    }
    least
}

fn far(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

fn bar(x: f32, y: f32) -> f32 {
    (0.95 - x.abs()).min(0.3 - y.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of a fine grid, and whether each kind holds them.
    fn held(kind: usize, angle: f32) -> Vec<bool> {
        let (sin, cos) = angle.sin_cos();
        let grid = (-110..=110).map(|at| (at as f32 + 0.317) / 100.0);
        let margin = KINDS[kind].margin;
        let point = |x: f32, y: f32| margin(x * cos - y * sin, x * sin + y * cos) >= 0.0;
        grid.clone()
            .flat_map(|y| grid.clone().map(move |x| point(x, y)))
            .collect()
    }

    fn differing(a: &[bool], b: &[bool]) -> f32 {
        let count = a.iter().zip(b).filter(|(a, b)| a != b).count();
        count as f32 / a.iter().filter(|held| **held).count() as f32
    }

    /// Areas by hand, in squares of the radius; each shape is within the circle.
    #[test]
    fn shapes_have_their_areas() {
        use std::f32::consts::PI;
        let areas = [PI, 2.0, 1.299, 1.122_6, 1.92, 0.64 * PI, 1.14];
        for (kind, area) in areas.iter().enumerate() {
            let held = held(kind, 0.3);
            let measured = held.iter().filter(|held| **held).count() as f32 / 1e4;
            assert!(
                (measured - area).abs() < 0.02,
                "{}: {measured}, {area}",
                KINDS[kind].name
            );
            let outside = held
                .iter()
                .zip(self::held(0, 0.0))
                .any(|(held, circle)| *held && !circle);
            assert!(!outside, "{} leaves the circle", KINDS[kind].name);
        }
    }

    /// A step of some length changes no margin by more than that.
    #[test]
    fn margins_are_no_longer_than_the_way_to_the_edge() {
        for Kind { name, margin, .. } in &KINDS {
            for at in 0..4000 {
                let [x, y] = [at % 63, at / 63].map(|at| (at as f32 - 31.3) / 25.0);
                let (dy, dx) = (at as f32).sin_cos();
                for far in [0.1, 1.0] {
                    let change = margin(x, y) - margin(x + far * dx, y + far * dy);
                    assert!(change.abs() <= 1.000_1 * far, "{name} at {x}, {y}");
                }
            }
        }
    }

    /// Turned by its own part of a turn, a shape is the same, and by half of that it is not.
    #[test]
    fn shapes_look_the_same_after_their_part_of_a_turn() {
        use std::f32::consts::TAU;
        for (kind, Kind { name, symmetry, .. }) in KINDS.iter().enumerate() {
            let part = TAU / symmetry.unwrap_or(5.3);
            let (start, same, half) = (held(kind, 0.0), held(kind, part), held(kind, part / 2.0));
            assert!(differing(&start, &same) < 0.02, "{name}");
            if symmetry.is_some() {
                assert!(differing(&start, &half) > 0.1, "{name}");
            }
        }
    }
}
