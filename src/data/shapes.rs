//! Drawn shapes of known kind, colour, ground, size, turn and place: what a network keeps of each
//! can be measured.

use std::f32::consts::TAU;

use super::drawing::{Freedom, RADII, Shape, ShapesOptions};
use super::kinds::KINDS;
use crate::data::{Factor, ImageSet};
use crate::error::Error;

/// Eighths of the hue circle, the first around red.
const HUES: [&str; 8] = [
    "red", "orange", "lime", "green", "cyan", "blue", "violet", "pink",
];
/// The corners of the colour cube: bit 2 is red, 1 green, 0 blue.
const GROUNDS: [&str; 8] = [
    "black", "blue", "green", "cyan", "red", "magenta", "yellow", "white",
];
const SIZES: [&str; 3] = ["small", "medium", "large"];
const TURNS: [&str; 5] = [
    "1st quarter",
    "2nd quarter",
    "3rd quarter",
    "4th quarter",
    "round",
];
const PLACES: [&str; 4] = ["top left", "top right", "bottom left", "bottom right"];

/// Draws shapes. Image `i` depends on the seed and `i` alone, and each run of eight images has
/// every kind once.
///
/// The first factor is `shape`. Of the others, those that are `Free` follow: `colour` (eight
/// hues), `background` (the nearest corner of the colour cube), `size` (thirds), `angle` and
/// `place` (quadrants). A shape that is turned looks the same again after a part of a turn: a
/// square after a quarter, a bar after half. `angle` is the quarter of that part; circles and
/// rings have none and are a class of their own, `round`.
///
/// # Errors
/// A count out of range.
pub fn shapes(options: &ShapesOptions, size: usize, seed: u32) -> Result<ImageSet, Error> {
    let count = options.count;
    let [fewest, most] = ShapesOptions::COUNTS;
    if !(fewest..=most).contains(&count) {
        let (thousands, rest) = (most / 1000, most % 1000);
        return Err(Error::Data(format!(
            "{count} shapes; {fewest} to {thousands},{rest:03} can be drawn"
        )));
    }
    let drawn: Vec<Shape> = (0..count)
        .map(|index| Shape::draw(options, seed, index))
        .collect();
    let factor = |name: &str, classes: Vec<&str>, of: fn(&Shape) -> usize| Factor {
        name: name.into(),
        classes: classes.into_iter().map(String::from).collect(),
        of: drawn
            .iter()
            .map(|shape| u16::try_from(of(shape)).expect("few classes"))
            .collect(),
    };
    let mut factors = vec![factor(
        "shape",
        KINDS.map(|kind| kind.name).to_vec(),
        |shape| shape.kind,
    )];
    let free = |freedom| freedom == Freedom::Free;
    factors.extend(free(options.colour).then(|| factor("colour", HUES.to_vec(), Shape::hue_class)));
    factors.extend(
        free(options.background)
            .then(|| factor("background", GROUNDS.to_vec(), Shape::ground_class)),
    );
    factors.extend(free(options.size).then(|| factor("size", SIZES.to_vec(), Shape::size_class)));
    factors.extend(free(options.angle).then(|| factor("angle", TURNS.to_vec(), Shape::turn_class)));
    factors
        .extend(free(options.place).then(|| factor("place", PLACES.to_vec(), Shape::place_class)));
    // The number comes first: names that are alike but for their last number are one group to a
    // score (`evaluation::folds`), and shapes are drawn one by one.
    let name =
        |(index, shape): (usize, &Shape)| format!("{}: {}", index + 1, KINDS[shape.kind].name);
    let mut pixels = Vec::with_capacity(count * size * size * 3);
    for shape in &drawn {
        shape.paint(size, &mut pixels);
    }
    Ok(ImageSet {
        set: Some("shapes".into()),
        size,
        names: drawn.iter().enumerate().map(name).collect(),
        pixels: pixels.into(),
        factors,
    })
}

impl Shape {
    fn hue_class(&self) -> usize {
        // The first eighth is half below and half above red.
        whole(self.hue * 8.0 + 0.5) % 8
    }

    fn ground_class(&self) -> usize {
        self.ground
            .iter()
            .fold(0, |bits, channel| bits << 1 | usize::from(*channel >= 0.5))
    }

    fn size_class(&self) -> usize {
        let part = (self.radius - RADII.0) / (RADII.1 - RADII.0);
        whole(part * 3.0).min(2)
    }

    fn turn_class(&self) -> usize {
        match KINDS[self.kind].symmetry {
            None => 4,
            Some(times) => whole(self.angle / TAU * times * 4.0) % 4,
        }
    }

    fn place_class(&self) -> usize {
        let [right, down] = self.shift.map(|shift| usize::from(shift >= 0.0));
        down * 2 + right
    }
}

/// The whole part of a small positive number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(value: f32) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::super::drawing::tests::{HARD, easy};
    use super::*;

    #[test]
    fn an_image_depends_on_its_place_alone() {
        let (few, many) = (shapes(&easy(10), 16, 3), shapes(&easy(50), 16, 3));
        let (few, many) = (few.unwrap(), many.unwrap());
        assert_eq!(few.pixels[..], many.pixels[..few.pixels.len()]);
        assert_eq!(few.names, many.names[..10]);
        assert_ne!(few, shapes(&easy(10), 16, 4).unwrap());
    }

    #[test]
    fn every_eight_images_have_every_kind() {
        let set = shapes(&easy(80), 16, 1).unwrap();
        for eight in set.factors[0].of.chunks(8) {
            let mut kinds = eight.to_vec();
            kinds.sort_unstable();
            assert_eq!(kinds, [0, 1, 2, 3, 4, 5, 6, 7]);
        }
        assert_ne!(set.factors[0].of[..8], set.factors[0].of[8..16]);
    }

    #[test]
    fn factors_are_balanced() {
        let set = shapes(&HARD, 16, 2).unwrap();
        for factor in &set.factors {
            for class in 0..factor.classes.len() {
                let count = factor
                    .of
                    .iter()
                    .filter(|of| usize::from(**of) == class)
                    .count();
                let name = &factor.classes[class];
                assert!(count > 12, "{count} of {}: {name}", factor.name);
            }
        }
    }

    #[test]
    fn colours_are_named_by_eye() {
        let named = |hue: f32| {
            let shape = Shape {
                hue,
                ..Shape::draw(&HARD, 1, 0)
            };
            HUES[shape.hue_class()]
        };
        assert_eq!(
            [0.0, 0.98, 1.0 / 3.0, 2.0 / 3.0].map(named),
            ["red", "red", "green", "blue"]
        );
        let ground = |ground| {
            GROUNDS[Shape {
                ground,
                ..Shape::draw(&HARD, 1, 0)
            }
            .ground_class()]
        };
        assert_eq!(ground([0.9, 0.1, 0.2]), "red");
        assert_eq!(ground([0.9, 0.8, 0.2]), "yellow");
    }
}
