//! Readings: the live ones on the images of the map; all of them, on all images, when asked.

use burn::prelude::*;

use super::embed_pass::Embeddings;
use super::loss_pass::LossPass;
use super::pixels::pixels;
use super::views_pass::{SeenViews, VIEWS, ViewsPass};
use crate::data::{self, Factor, ImageSet, copies};
use crate::error::Error;
use crate::evaluation;
use crate::evaluation::readings::{
    Kind, Labels, LossAsked, Measured, Measuring, Sources, Vectors, parameters,
};
use crate::evaluation::verdict::{Comparison, Gain, unscored};
use crate::methods;
use crate::network::Space;
use crate::protocol::Event;
use crate::settings::Settings;
use crate::training::StepInfo;
use crate::training::learner::Learner;

/// The live readings, and what they are compared with.
pub(super) struct LiveReadings {
    /// Classes and folds of the label, if there is one.
    label: Option<Labels>,
    /// Of the untrained network, with the pixels; none before the first pass.
    before: Vec<Measured>,
    /// Whether kNN is right of each image, in raw pixels and in h before training; none without a
    /// label.
    right: Option<[Vec<bool>; 2]>,
}

impl LiveReadings {
    /// For the images of these embeddings.
    pub(super) fn new(set: &ImageSet, untrained: &Embeddings, seed: u32) -> Self {
        let label = set.factors.first();
        Self {
            label: label.map(|factor| labels(set, factor, &untrained.images, seed)),
            before: Vec::new(),
            right: None,
        }
    }

    /// How h compares with raw pixels and the untrained network, if kNN is right of these images; or
    /// why it cannot.
    fn compared(&self, h: Option<Vec<bool>>) -> Result<Comparison, &'static str> {
        let (Some(Labels { classes, folds, .. }), Some(before), Some(h)) =
            (&self.label, &self.right, h)
        else {
            return Err(unscored(&[]).expect("nothing is scored without labels"));
        };
        if let Some(reason) = unscored(classes) {
            return Err(reason);
        }
        let [pixels, untrained] = before;
        Ok(Comparison {
            h: evaluation::share(&h),
            untrained: evaluation::share(untrained),
            pixels: evaluation::share(pixels),
            chance: evaluation::chance(classes),
            gain: Gain::between(&h, untrained, folds),
            over_pixels: Gain::between(&h, pixels, folds),
        })
    }

    /// Of these embeddings, always of the same images; those of the untrained network come first. And
    /// how they compare, or why they cannot.
    pub(super) async fn take(
        &mut self,
        set: &ImageSet,
        embeddings: &Embeddings,
        device: &Device,
    ) -> Result<(Vec<Measured>, Result<Comparison, &'static str>), Error> {
        let mut sources = Sources {
            factors: self.label.iter().cloned().collect(),
            ..Sources::default()
        };
        for (kind, space) in [(Kind::H, Space::H), (Kind::Z, Space::Z)] {
            sources.vectors[kind as usize] = Some(embeddings.vectors(space));
        }
        let first = self.before.is_empty();
        if first {
            let vectors = pixel_vectors(set, &embeddings.images);
            sources.vectors[Kind::Pixels as usize] = Some(vectors);
        }
        let mut measuring = Measuring::new(sources, true, device.clone());
        while !measuring.advance().await? {}
        let h = measuring.outcomes(Kind::H);
        let mut values = measuring.finish();
        if first {
            self.before.clone_from(&values);
            let pixels = measuring.outcomes(Kind::Pixels);
            self.right = pixels.zip(h.clone()).map(|(pixels, h)| [pixels, h]);
        }
        for (value, before) in values.iter_mut().zip(&self.before) {
            value.untrained.clone_from(&before.h);
            value.untrained_z.clone_from(&before.z);
            value.pixels.clone_from(&before.pixels);
        }
        let compared = self.compared(h);
        Ok((values, compared))
    }
}

/// All readings under way: images and views of some, trained and untrained, every factor; and the
/// loss of a batch.
pub(super) struct Evaluation {
    /// Of which images, in rising order.
    images: Vec<usize>,
    at: StepInfo,
    settings: Settings,
    untrained: Box<dyn Learner>,
    stage: Stage,
    /// The progress that was told last.
    told: f32,
}

/// Most images of which everything is read.
const MOST: usize = 4096;
/// Most numbers of their pixels: 200 MB, and a search for what is near holds them twice more.
const MOST_VALUES: usize = MOST * 64 * 64 * 3;
/// Of how many images of a size everything is read, at most.
pub(super) fn most(size: usize) -> usize {
    MOST.min(MOST_VALUES / (size * size * 3))
}

/// Progress is told in steps of this.
const TELL: f32 = 0.01;

enum Stage {
    Views(Box<ViewsPass>),
    Loss(SeenViews, Box<LossPass>),
    Reading(Box<Measuring>),
}

impl Evaluation {
    /// Of `n` images, at this place in the run. `untrained` is a network like the trained one, before
    /// training.
    pub(super) fn new(
        n: usize,
        at: StepInfo,
        untrained: Box<dyn Learner>,
        settings: &Settings,
    ) -> Self {
        Self {
            images: data::sample(settings.seed, n, most(settings.size)),
            at,
            told: 0.0,
            untrained,
            settings: settings.clone(),
            stage: Stage::Views(Box::new(ViewsPass::new(n, settings.seed))),
        }
    }

    /// One batch of views, one pass of the loss, one reading or a part of a probe; an event if there is
    /// something to tell, the last once all is done. `all`: all images by `learner`, and by the untrained network, which `fresh` makes anew.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        all: [&Embeddings; 2],
        learner: &dyn Learner,
        fresh: impl FnOnce() -> Box<dyn Learner>,
        device: &Device,
    ) -> Result<Option<Event>, Error> {
        match &mut self.stage {
            Stage::Views(views) => {
                let networks = [learner, &*self.untrained];
                let settings = &self.settings;
                let step = self.at.step;
                if !views.advance(set, settings, networks, step, device).await? {
                    let seen = std::mem::take(&mut views.views);
                    let pass = loss_pass(set, settings, self.at, device);
                    self.stage = Stage::Loss(seen, Box::new(pass));
                }
                Ok(None)
            }
            Stage::Loss(seen, pass) => {
                if let Some(loss) = pass.advance(learner, fresh).await? {
                    let seen = std::mem::take(seen);
                    let all = all.map(|all| all.some(&self.images));
                    let sources = sources(set, all.each_ref(), seen, loss, self.settings.seed);
                    let measuring = Measuring::new(sources, false, device.clone());
                    self.stage = Stage::Reading(Box::new(measuring));
                }
                Ok(None)
            }
            Stage::Reading(measuring) => {
                if measuring.advance().await? {
                    return Ok(Some(Event::Evaluated {
                        step: self.at.step,
                        images: self.images.len(),
                        values: measuring.finish(),
                    }));
                }
                let progress = measuring.progress();
                if progress < self.told + TELL {
                    return Ok(None);
                }
                self.told = progress;
                Ok(Some(Event::Evaluating { progress }))
            }
        }
    }
}

/// Of the batch that the next step takes or, after the last one, took.
fn loss_pass(set: &ImageSet, settings: &Settings, at: StepInfo, device: &Device) -> LossPass {
    let entry = methods::find(&settings.method).expect("settings are complete");
    let (n, batch) = (set.names.len(), settings.train.batch);
    let step = at.step.min(at.total - 1);
    let each = data::steps_per_epoch(n, batch);
    let order = data::order(settings.seed, step / each, n);
    let picked = data::batch_of(&order, step % each, batch);
    let views = entry.views_of_step(settings, set, picked, step, device);
    LossPass::new(views, StepInfo { step, ..at }, entry.card.terms)
}

/// Everything that readings may use.
fn sources(
    set: &ImageSet,
    [now, then]: [&Embeddings; 2],
    made: SeenViews,
    loss: LossAsked,
    seed: u32,
) -> Sources {
    let factors = set.factors.iter();
    let factors = factors.map(|factor| labels(set, factor, &now.images, seed));
    let [h, z] = made.trained;
    let [untrained_h, untrained_z] = made.untrained;
    let kinds = [
        (now, Space::H, h),
        (now, Space::Z, z),
        (then, Space::H, untrained_h),
        (then, Space::Z, untrained_z),
    ];
    let [h, z, untrained, untrained_z] = kinds.map(|(images, space, views)| {
        let vectors = images.vectors(space);
        Some(Vectors { views, ..vectors })
    });
    let pixels = Some(pixel_vectors(set, &now.images));
    Sources {
        vectors: [h, z, untrained, untrained_z, pixels],
        factors: factors.collect(),
        parameters: parameters(&made.made, VIEWS),
        views: VIEWS,
        loss,
    }
}

impl Embeddings {
    fn vectors(&self, space: Space) -> Vectors {
        let rows = self.rows(space);
        Vectors {
            width: rows.width(),
            images: rows.iter().flatten().copied().collect(),
            views: Vec::new(),
        }
    }
}

fn pixel_vectors(set: &ImageSet, images: &[usize]) -> Vectors {
    Vectors {
        width: set.size * set.size * 3,
        images: pixels(set, images),
        views: Vec::new(),
    }
}

/// Class and fold of each of these images.
fn labels(set: &ImageSet, factor: &Factor, images: &[usize], seed: u32) -> Labels {
    let names: Vec<String> = images.iter().map(|&i| set.names[i].clone()).collect();
    let classes: Vec<u16> = images.iter().map(|&i| factor.of[i]).collect();
    Labels {
        name: factor.name.clone(),
        folds: evaluation::folds(&names, &classes, &copies::firsts(set, images), seed),
        classes,
    }
}
