//! Scoring: by kNN live on the images of the map; by kNN and a linear probe in full when asked.

use burn::prelude::*;

use super::embed_pass::{EmbedPass, Embeddings, pixels};
use crate::data::{Factor, ImageSet};
use crate::error::Error;
use crate::evaluation::verdict::{Comparison, Gain, unscored};
use crate::evaluation::{self, Probe, Rows};
use crate::evaluation::{FactorScore, KnnScores, Score};
use crate::network::Space;
use crate::protocol::Event;
use crate::training::learner::Learner;

/// The live score, and what it is compared with.
pub(super) struct LiveKnn {
    classes: Vec<u16>,
    folds: Vec<u8>,
    /// Whether each image is right, in raw pixels and in h before training.
    pixels: Vec<bool>,
    untrained: Vec<bool>,
}

impl LiveKnn {
    /// From the embeddings of the untrained network. None without labels.
    pub(super) fn new(set: &ImageSet, untrained: &Embeddings, seed: u32) -> Option<Self> {
        let factor = set.factors.first()?;
        let (classes, folds) = split(set, factor, &untrained.images, seed);
        let raw = pixels(set, &untrained.images);
        let raw = Rows::new(&raw, raw.len() / untrained.images.len());
        Some(Self {
            pixels: evaluation::outcomes(raw, &classes, &folds),
            untrained: evaluation::outcomes(untrained.rows(Space::H), &classes, &folds),
            classes,
            folds,
        })
    }

    /// The accuracies of these embeddings, of the same images, and how h compares.
    pub(super) fn score(&self, embeddings: &Embeddings) -> (KnnScores, Comparison) {
        let outcomes =
            |space| evaluation::outcomes(embeddings.rows(space), &self.classes, &self.folds);
        let (h, z) = (outcomes(Space::H), outcomes(Space::Z));
        let scores = KnnScores {
            h: evaluation::share(&h),
            z: evaluation::share(&z),
            pixels: evaluation::share(&self.pixels),
            untrained: evaluation::share(&self.untrained),
        };
        let comparison = Comparison {
            h: scores.h,
            untrained: scores.untrained,
            pixels: scores.pixels,
            chance: evaluation::chance(&self.classes),
            gain: Gain::between(&h, &self.untrained, &self.folds),
            over_pixels: Gain::between(&h, &self.pixels, &self.folds),
        };
        (scores, comparison)
    }

    /// Why labels say nothing of these images, if they do not.
    pub(super) fn unscored(&self) -> Option<&'static str> {
        unscored(&self.classes)
    }
}

/// What is scored for each factor: h, z, pixels, and h before training.
const KINDS: usize = 4;

/// A full score under way: all images, trained and untrained, every factor.
pub(super) struct Evaluation {
    step: usize,
    learner: Box<dyn Learner>,
    trained: Stage,
    untrained: Stage,
    /// Factor after factor, for each the kinds in their order.
    scores: Vec<Score>,
    /// Of what was scored last.
    probe: Option<Probe>,
}

enum Stage {
    Embedding(EmbedPass),
    Embedded(Embeddings),
}

impl Stage {
    /// True if there was something left to embed.
    async fn advance(
        &mut self,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
    ) -> Result<bool, Error> {
        let Self::Embedding(pass) = self else {
            return Ok(false);
        };
        if pass.advance(set, learner, device).await? {
            let whole = std::mem::replace(pass, EmbedPass::of(Vec::new(), 0));
            *self = Self::Embedded(whole.finish());
        }
        Ok(true)
    }
}

impl Evaluation {
    /// `learner` is a network like the trained one, before training.
    pub(super) fn new(n: usize, step: usize, learner: Box<dyn Learner>) -> Self {
        let all = || Stage::Embedding(EmbedPass::of((0..n).collect(), step));
        Self {
            step,
            learner,
            trained: all(),
            untrained: all(),
            scores: Vec::new(),
            probe: None,
        }
    }

    /// One batch, one score or a part of a probe; the event once all is done.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        trained: &dyn Learner,
        device: &Device,
        seed: u32,
    ) -> Result<Option<Event>, Error> {
        if self.trained.advance(set, trained, device).await?
            || self.untrained.advance(set, &*self.learner, device).await?
        {
            return Ok(None);
        }
        let (Stage::Embedded(trained), Stage::Embedded(untrained)) =
            (&self.trained, &self.untrained)
        else {
            unreachable!("both passes are done");
        };
        if let Some(probe) = &mut self.probe {
            if let Some(accuracy) = probe.advance().await? {
                self.scores.last_mut().expect("it was scored").probe = Some(accuracy);
                self.probe = None;
            }
            return Ok(None);
        }
        let Some(factor) = set.factors.get(self.scores.len() / KINDS) else {
            return Ok(Some(self.event(set)));
        };
        let raw;
        let rows = match self.scores.len() % KINDS {
            0 => trained.rows(Space::H),
            1 => trained.rows(Space::Z),
            2 => {
                raw = pixels(set, &trained.images);
                Rows::new(&raw, raw.len() / trained.images.len())
            }
            _ => untrained.rows(Space::H),
        };
        let (classes, folds) = split(set, factor, &trained.images, seed);
        let is_label = self.scores.len() < KINDS;
        self.scores.push(evaluation::score(rows, &classes, &folds));
        if is_label {
            self.probe = Probe::new(rows, &classes, &folds, device);
        }
        Ok(None)
    }

    /// All scores, by factor: the label first.
    fn event(&self, set: &ImageSet) -> Event {
        let mut scores = self.scores.chunks_exact(KINDS);
        let label = scores.next().expect("there is a label");
        let others = set.factors.iter().skip(1).zip(scores);
        let factors = others.map(|(factor, scores)| FactorScore {
            name: factor.name.clone(),
            chance: evaluation::chance(&factor.of),
            scores: KnnScores {
                h: scores[0].knn,
                z: scores[1].knn,
                pixels: scores[2].knn,
                untrained: scores[3].knn,
            },
        });
        Event::Evaluated {
            step: self.step,
            h: label[0],
            z: label[1],
            pixels: label[2],
            untrained: label[3],
            factors: factors.collect(),
        }
    }
}

/// Class and fold of each of these images.
fn split(set: &ImageSet, factor: &Factor, images: &[usize], seed: u32) -> (Vec<u16>, Vec<u8>) {
    let names: Vec<String> = images.iter().map(|&i| set.names[i].clone()).collect();
    let classes: Vec<u16> = images.iter().map(|&i| factor.of[i]).collect();
    let folds = evaluation::folds(&names, &classes, seed);
    (classes, folds)
}
