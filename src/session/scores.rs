//! Scoring by kNN: live on the images of the map, in full when asked.

use burn::prelude::*;

use super::sweep::{Seen, Sweep, pixels};
use crate::error::Error;
use crate::learner::Learner;
use crate::metrics::{self, Rows};
use crate::protocol::{Event, Factor, FactorScore, ImageSet, KnnScores, Score, Space};

/// The live score, and what it is compared with.
pub(super) struct Scores {
    classes: Vec<u16>,
    folds: Vec<u8>,
    pixels: f32,
    untrained: f32,
}

impl Scores {
    /// Needs what the untrained network sees. None without labels.
    pub(super) fn new(set: &ImageSet, untrained: &Seen, seed: u32) -> Option<Self> {
        let factor = set.factors.first()?;
        let (classes, folds) = split(set, factor, &untrained.images, seed);
        let raw = pixels(set, &untrained.images);
        let raw = Rows::new(&raw, raw.len() / untrained.images.len());
        Some(Self {
            pixels: metrics::accuracy(raw, &classes, &folds),
            untrained: metrics::accuracy(untrained.rows(Space::H), &classes, &folds),
            classes,
            folds,
        })
    }

    /// The accuracies of what is seen now.
    pub(super) fn now(&self, seen: &Seen) -> KnnScores {
        let score = |space| metrics::accuracy(seen.rows(space), &self.classes, &self.folds);
        KnnScores {
            h: score(Space::H),
            z: score(Space::Z),
            pixels: self.pixels,
            untrained: self.untrained,
        }
    }
}

/// A full score under way: all images, trained and untrained, every factor.
pub(super) struct Evaluation {
    step: usize,
    learner: Box<dyn Learner>,
    trained: Stage,
    untrained: Stage,
}

enum Stage {
    Looking(Sweep),
    Seen(Seen),
}

impl Stage {
    /// True if there was something left to look at.
    async fn look(
        &mut self,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
    ) -> Result<bool, Error> {
        let Self::Looking(sweep) = self else {
            return Ok(false);
        };
        if sweep.look(set, learner, device).await? {
            let whole = std::mem::replace(sweep, Sweep::of(Vec::new(), 0));
            *self = Self::Seen(whole.seen());
        }
        Ok(true)
    }
}

impl Evaluation {
    /// `learner` is a network like the trained one, before training.
    pub(super) fn new(n: usize, step: usize, learner: Box<dyn Learner>) -> Self {
        let all = || Stage::Looking(Sweep::of((0..n).collect(), step));
        Self {
            step,
            learner,
            trained: all(),
            untrained: all(),
        }
    }

    /// One batch; the event once all is done.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        trained: &dyn Learner,
        device: &Device,
        seed: u32,
    ) -> Result<Option<Event>, Error> {
        if self.trained.look(set, trained, device).await?
            || self.untrained.look(set, &*self.learner, device).await?
        {
            return Ok(None);
        }
        let (Stage::Seen(trained), Stage::Seen(untrained)) = (&self.trained, &self.untrained)
        else {
            unreachable!("both have looked at everything");
        };
        let raw = pixels(set, &trained.images);
        let kinds = [
            trained.rows(Space::H),
            trained.rows(Space::Z),
            Rows::new(&raw, raw.len() / trained.images.len()),
            untrained.rows(Space::H),
        ];
        let Some((label, others)) = set.factors.split_first() else {
            return Err(Error::Data("these images have no labels".into()));
        };
        let (classes, folds) = split(set, label, &trained.images, seed);
        let [h, z, pixels, untrained]: [Score; 4] =
            kinds.map(|rows| metrics::score(rows, &classes, &folds));
        let factors = others.iter().map(|factor| {
            let (classes, folds) = split(set, factor, &trained.images, seed);
            let [h, z, pixels, untrained] =
                kinds.map(|rows| metrics::accuracy(rows, &classes, &folds));
            FactorScore {
                name: factor.name.clone(),
                chance: chance(&classes),
                scores: KnnScores {
                    h,
                    z,
                    pixels,
                    untrained,
                },
            }
        });
        Ok(Some(Event::Evaluated {
            step: self.step,
            h,
            z,
            pixels,
            untrained,
            factors: factors.collect(),
        }))
    }
}

/// Class and fold of each of these images.
fn split(set: &ImageSet, factor: &Factor, images: &[usize], seed: u32) -> (Vec<u16>, Vec<u8>) {
    let names: Vec<String> = images.iter().map(|&i| set.names[i].clone()).collect();
    let classes: Vec<u16> = images.iter().map(|&i| factor.of[i]).collect();
    let folds = metrics::folds(&names, &classes, seed);
    (classes, folds)
}

/// The share of the largest class.
fn chance(classes: &[u16]) -> f32 {
    let mut counts = std::collections::HashMap::new();
    for class in classes {
        *counts.entry(class).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or(0) as f32 / classes.len().max(1) as f32
}
