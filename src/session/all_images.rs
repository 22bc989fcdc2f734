//! All images at rest: those that the sample leaves out, by the network now and by the untrained one.

use burn::prelude::*;

use super::embed_pass::{EmbedPass, Embeddings};
use crate::data::ImageSet;
use crate::error::Error;
use crate::training::learner::Learner;

/// h and z of all images, as far as there has been time for them. Memory grows with the images.
pub(super) struct AllImages {
    /// Those that are not in the sample.
    others: Vec<usize>,
    pass: Option<Pass>,
    untrained: Option<Embeddings>,
    /// By the network of a later step.
    now: Option<Embeddings>,
}

struct Pass {
    embed: EmbedPass,
    /// The network, if it is not the one in training.
    fresh: Option<Box<dyn Learner>>,
}

impl AllImages {
    /// Of `n` images with this sample.
    pub(super) fn new(n: usize, sample: &[usize]) -> Self {
        let others = (0..n).filter(|image| sample.binary_search(image).is_err());
        Self {
            others: others.collect(),
            pass: None,
            untrained: None,
            now: None,
        }
    }

    /// All images by the network of a step, if they are known; none as well if the sample is all.
    pub(super) fn at(&self, step: usize) -> Option<&Embeddings> {
        let known = if step == 0 {
            &self.untrained
        } else {
            &self.now
        };
        known.as_ref().filter(|known| known.step == step)
    }

    /// The step of the network that the others are to be embedded by next, where `step` is that of the
    /// network in training; none once all is known.
    pub(super) fn wanted(&self, step: usize) -> Option<usize> {
        let unknown = |step: &usize| !self.others.is_empty() && self.at(*step).is_none();
        [step, 0].into_iter().find(unknown)
    }

    /// Forgets what is of a network that training is about to change, or has.
    pub(super) fn forget(&mut self) {
        self.now = None;
        self.pass = None;
    }

    /// The next batch of the others; true after the last. `sample` is of the network that is wanted;
    /// `fresh` makes it, if it is not the one in training.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        sample: &Embeddings,
        learner: &dyn Learner,
        fresh: Option<impl FnOnce() -> Box<dyn Learner>>,
        device: &Device,
    ) -> Result<bool, Error> {
        let pass = self.pass.get_or_insert_with(|| Pass {
            embed: EmbedPass::of(self.others.clone(), sample.step),
            fresh: fresh.map(|fresh| fresh()),
        });
        let learner = pass.fresh.as_deref().unwrap_or(learner);
        if !pass.embed.advance(set, learner, device).await? {
            return Ok(false);
        }
        let pass = self.pass.take().expect("it was there above");
        let all = sample.joined(&pass.embed.finish());
        let known = if all.step == 0 {
            &mut self.untrained
        } else {
            &mut self.now
        };
        *known = Some(all);
        Ok(true)
    }
}
