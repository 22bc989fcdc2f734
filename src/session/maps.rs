//! Maps of a run, on axes that the untrained network gives.

use super::embed_pass::Embeddings;
use super::pixels::Blocks;
use crate::data::{Bytes, ImageSet};
use crate::evaluation::{Plane, Rows};
use crate::network::Space;
use crate::protocol::{Event, MapPoints};

/// What every map of a run is laid on, and what costs nothing to set beside it: the maps of the
/// untrained network and of raw pixels.
pub(super) struct Maps {
    /// The images that everything is fitted to.
    images: Vec<usize>,
    /// Where the untrained network's h puts them: `[n, 2]`.
    reference: Vec<[f32; 2]>,
    h: Baseline,
    z: Baseline,
    pixels: Baseline,
    /// What part of the pixels' variance the map of them can show at most.
    kept: f64,
}

struct Baseline {
    plane: Plane,
    /// Half-width of the frame: see [`Event::Map`].
    reach: f32,
}

impl Maps {
    /// Of a run whose untrained network gives these vectors.
    ///
    /// Its map of h is turned towards that of raw pixels, which no encoder enters: so runs with
    /// different encoders are turned alike too.
    pub(super) fn new(set: &ImageSet, untrained: &Embeddings) -> Self {
        let images = untrained.images.clone();
        let blocks = Blocks::of(set, &images);
        let pixels = Baseline::of(Plane::of(blocks.rows()), blocks.rows());
        let kept = blocks.kept(set, &images);
        let reference = pixels.plane.points(blocks.rows());
        let h = untrained.rows(Space::H);
        let reference = Plane::of(h).turned_towards(h, &reference).points(h);
        let [h, z] = [Space::H, Space::Z].map(|space| {
            let rows = untrained.rows(space);
            Baseline::of(Plane::of(rows).turned_towards(rows, &reference), rows)
        });
        Self {
            images,
            reference,
            h,
            z,
            pixels,
            kept,
        }
    }

    /// The map of some images. Its axes are those of `fitted`, which are among the images of the run's
    /// sample.
    pub(super) fn map(&self, fitted: &Embeddings, shown: &Embeddings, space: Space) -> Event {
        let rows = fitted.rows(space);
        let row = |image| self.images.binary_search(image).expect("of the sample");
        let reference = fitted.images.iter().map(|image| self.reference[row(image)]);
        let reference: Vec<_> = reference.collect();
        let plane = Plane::of(rows).turned_towards(rows, &reference);
        let untrained = match space {
            Space::H => &self.h,
            Space::Z => &self.z,
        };
        Event::Map {
            step: shown.step,
            space,
            images: shown.images.clone(),
            partial: fitted.images.len() < self.images.len(),
            points: bytes(&plane.points(shown.rows(space))),
            reach: untrained.reach,
            explained: part(plane.explained),
        }
    }

    /// The untrained network and raw pixels, of the same images.
    pub(super) fn baselines(&self, set: &ImageSet, untrained: &Embeddings) -> Event {
        let blocks = Blocks::of(set, &untrained.images);
        Event::Baselines {
            images: untrained.images.clone(),
            untrained_h: self.h.points(untrained.rows(Space::H), 1.0),
            untrained_z: self.z.points(untrained.rows(Space::Z), 1.0),
            pixels: self.pixels.points(blocks.rows(), self.kept),
        }
    }
}

impl Baseline {
    fn of(plane: Plane, rows: Rows) -> Self {
        let points = plane.points(rows);
        let farthest = points
            .as_flattened()
            .iter()
            .fold(0.0, |most: f32, x| most.max(x.abs()));
        // The frame is that of a map at its full size, so that one that is drawn smaller looks so.
        let radius = part(plane.radius);
        let reach = if radius > 0.0 { farthest / radius } else { 0.0 };
        Self { plane, reach }
    }

    /// Where rows lie that hold `kept` of the variance.
    fn points(&self, rows: Rows, kept: f64) -> MapPoints {
        MapPoints {
            points: bytes(&self.plane.points(rows)),
            reach: self.reach,
            explained: part(self.plane.explained * kept),
        }
    }
}

fn bytes(points: &[[f32; 2]]) -> Bytes {
    Bytes::of_floats(points.as_flattened())
}

#[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
fn part(part: f64) -> f32 {
    part as f32
}
