//! One drawn shape: what may vary, what its seed gives, and its picture.

use std::f32::consts::{SQRT_2, TAU};

use serde::{Deserialize, Serialize};

use super::kinds::KINDS;
use super::wanted;
use crate::data::MINIMUM;
use crate::rng::{Purpose, Rng};

/// What *shapes* is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ShapesOptions {
    /// How many images: from the first to the last of [`ShapesOptions::COUNTS`].
    #[serde(deserialize_with = "wanted::count")]
    pub count: usize,
    /// Colour of the shape. Fixed: blue. Slight: bluish. Free: any hue, never pale or dark.
    pub colour: Freedom,
    /// Colour of the ground. Fixed: nearly white. Slight: pale. Free: anything at least a quarter
    /// of the way from black to white lighter or darker than the shape.
    pub background: Freedom,
    /// Radius of the shape, as a part of the side. Fixed: 0.37. Slight: 0.32 to 0.42. Free: 0.18
    /// to 0.42.
    pub size: Freedom,
    /// Turn of the shape. Fixed: upright. Slight: up to 0.4 radians each way. Free: any.
    pub angle: Freedom,
    /// Place of the shape. Fixed: the middle. Slight: up to 0.08 of the side from it, each way.
    /// Free: anywhere inside.
    pub place: Freedom,
}

impl ShapesOptions {
    /// Fewest and most images.
    pub const COUNTS: [usize; 2] = [MINIMUM, 20_000];
}

impl Default for ShapesOptions {
    fn default() -> Self {
        Self {
            count: 512,
            colour: Freedom::Free,
            background: Freedom::Fixed,
            size: Freedom::Slight,
            angle: Freedom::Slight,
            place: Freedom::Slight,
        }
    }
}

/// How much a factor of *shapes* varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Freedom {
    /// The same in every image.
    Fixed,
    /// A little.
    Slight,
    /// Over its whole range.
    Free,
}

impl Freedom {
    /// A number from the range of this level. Always one draw, so that the freedom of one factor
    /// leaves the others as they are.
    fn draw(self, rng: &mut Rng, fixed: f32, slight: (f32, f32), free: (f32, f32)) -> f32 {
        let (low, high) = match self {
            Self::Fixed => (fixed, fixed),
            Self::Slight => slight,
            Self::Free => free,
        };
        rng.uniform(low, high)
    }
}

type Rgb = [f32; 3];

/// Least and greatest radius, as parts of the side.
pub(super) const RADII: (f32, f32) = (0.18, 0.42);

/// One image. Lengths are parts of the side; y points down.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) kind: usize,
    /// Part of the hue circle.
    pub(super) hue: f32,
    pub(super) colour: Rgb,
    pub(super) ground: Rgb,
    pub(super) radius: f32,
    /// Radians, clockwise.
    pub(super) angle: f32,
    /// From the middle of the image to that of the shape.
    pub(super) shift: [f32; 2],
}

impl Shape {
    pub(super) fn draw(options: &ShapesOptions, seed: u32, index: usize) -> Self {
        let key = |part: usize, index: usize| {
            Rng::keyed(seed, Purpose::Shapes, &[part as u64, index as u64])
        };
        let mut kinds: [usize; 8] = std::array::from_fn(|kind| kind);
        key(1, index / 8).shuffle(&mut kinds);

        let rng = &mut key(0, index);
        let hue = options.colour.draw(rng, 0.6, (0.56, 0.64), (0.0, 1.0));
        let saturation = options.colour.draw(rng, 0.75, (0.5, 1.0), (0.5, 1.0));
        let value = options.colour.draw(rng, 0.8, (0.6, 1.0), (0.6, 1.0));
        let radius = options.size.draw(rng, 0.37, (0.32, RADII.1), RADII);
        let angle = options.angle.draw(rng, 0.0, (-0.4, 0.4), (0.0, TAU));
        let room = 0.5 - radius;
        let shift = [(); 2].map(|()| options.place.draw(rng, 0.0, (-0.08, 0.08), (-room, room)));
        let colour = rgb(hue, saturation, value);
        // Last: how many draws it takes depends on the colour.
        let ground = match options.background {
            Freedom::Fixed => [245.0, 245.0, 240.0].map(|value| value / 255.0),
            Freedom::Slight => rgb(
                rng.uniform(0.0, 1.0),
                rng.uniform(0.0, 0.15),
                rng.uniform(0.85, 1.0),
            ),
            Freedom::Free => loop {
                let ground = [(); 3].map(|()| rng.uniform(0.0, 1.0));
                // By lightness, so that the shape can still be seen in a grey view.
                if (lightness(ground) - lightness(colour)).abs() >= 0.25 {
                    break ground;
                }
            },
        };
        Self {
            kind: kinds[index % 8],
            hue,
            colour,
            ground,
            radius,
            angle,
            shift,
        }
    }

    /// Adds RGB bytes `[size, size, 3]`; the edge is smoothed by 4 x 4 samples a pixel.
    pub(super) fn paint(&self, size: usize, pixels: &mut Vec<u8>) {
        const SAMPLES: usize = 4;
        let margin = KINDS[self.kind].margin;
        // From pixels to the shape's own frame, where its radius is 1 and it stands upright.
        let scale = 1.0 / (size as f32 * self.radius);
        let (sin, cos) = (self.angle.sin() * scale, self.angle.cos() * scale);
        let middle = self.shift.map(|shift| (0.5 + shift) * size as f32);
        // From a pixel's middle to its corners: further from the edge it is wholly in or out.
        let corner = SQRT_2 / 2.0 * scale;
        let at = |x: f32, y: f32| margin(x * cos + y * sin, y * cos - x * sin);
        let [ground, colour] = [self.ground, self.colour].map(|colour| colour.map(byte));
        for index in 0..size * size {
            let [x, y] = [index % size, index / size].map(|at| at as f32);
            let (x, y) = (x - middle[0], y - middle[1]);
            let inside = at(x + 0.5, y + 0.5);
            if inside.abs() > corner {
                pixels.extend(if inside > 0.0 { colour } else { ground });
                continue;
            }
            let holds = |sample: usize| {
                let [dx, dy] = [sample % SAMPLES, sample / SAMPLES]
                    .map(|at| (at as f32 + 0.5) / SAMPLES as f32);
                at(x + dx, y + dy) >= 0.0
            };
            let inside = (0..SAMPLES * SAMPLES).filter(|i| holds(*i)).count();
            let part = inside as f32 / (SAMPLES * SAMPLES) as f32;
            let mixed = |channel: usize| {
                self.ground[channel] + (self.colour[channel] - self.ground[channel]) * part
            };
            pixels.extend([0, 1, 2].map(|channel| byte(mixed(channel))));
        }
    }
}

/// Red, green and blue of a hue, saturation and value, all 0 to 1.
fn rgb(hue: f32, saturation: f32, value: f32) -> Rgb {
    [5.0, 3.0, 1.0].map(|offset| {
        let along = (offset + hue * 6.0) % 6.0;
        value - value * saturation * along.min(4.0 - along).clamp(0.0, 1.0)
    })
}

/// Luma, 0 to 1 (ITU-R BT.601), as in the grey views.
fn lightness(colour: Rgb) -> f32 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn byte(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // the same draws give the same numbers
pub(super) mod tests {
    use super::*;

    /// Everything varies.
    pub(in super::super) const HARD: ShapesOptions = ShapesOptions {
        count: 400,
        colour: Freedom::Free,
        background: Freedom::Free,
        size: Freedom::Free,
        angle: Freedom::Free,
        place: Freedom::Free,
    };

    /// What varies at first.
    pub(in super::super) fn easy(count: usize) -> ShapesOptions {
        ShapesOptions {
            count,
            ..ShapesOptions::default()
        }
    }

    #[test]
    fn freeing_one_factor_leaves_the_others() {
        let placed = ShapesOptions {
            place: Freedom::Free,
            ..easy(8)
        };
        for index in 0..8 {
            let before = Shape::draw(&easy(8), 1, index);
            let after = Shape::draw(&placed, 1, index);
            assert_ne!(before.shift, after.shift);
            let shift = before.shift;
            assert_eq!(before, Shape { shift, ..after });
        }
    }

    #[test]
    fn shapes_stay_inside_and_can_be_seen() {
        for index in 0..400 {
            for options in [&HARD, &easy(8)] {
                let shape = Shape::draw(options, 5, index);
                for shift in shape.shift {
                    assert!(shift.abs() + shape.radius <= 0.500_001, "{shape:?}");
                }
            }
            let shape = Shape::draw(&HARD, 5, index);
            assert!((lightness(shape.colour) - lightness(shape.ground)).abs() >= 0.25);
        }
    }

    #[test]
    fn the_edge_is_smooth() {
        let fixed = ShapesOptions {
            colour: Freedom::Fixed,
            size: Freedom::Fixed,
            angle: Freedom::Fixed,
            place: Freedom::Fixed,
            ..easy(8)
        };
        // A circle of radius 0.37 covers 0.43 of the image.
        let circle = (0..8).map(|index| Shape::draw(&fixed, 1, index));
        let circle = circle.into_iter().find(|shape| shape.kind == 0).unwrap();
        let mut pixels = Vec::new();
        circle.paint(32, &mut pixels);
        let red: Vec<f32> = pixels.chunks(3).map(|pixel| f32::from(pixel[0])).collect();
        let (ground, colour) = (245.0, red[16 * 32 + 16]);
        let covered = red.iter().map(|value| (ground - value) / (ground - colour));
        let part = covered.clone().sum::<f32>() / 1024.0;
        assert!((part - 0.430).abs() < 0.003, "{part}");
        assert!(covered.filter(|part| *part > 0.01 && *part < 0.99).count() > 40);
    }

    #[test]
    fn hues_go_round_from_red() {
        assert_eq!(rgb(0.0, 1.0, 1.0), [1.0, 0.0, 0.0]);
        assert_eq!(rgb(0.5, 0.5, 0.8), [0.4, 0.8, 0.8]);
    }
}
