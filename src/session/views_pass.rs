//! h and z of views of some images, before and after training: what alignment is read from.

use burn::prelude::*;

use super::embed_pass::{CHUNK, embed};
use crate::data::augment::{self, ImageParams};
use crate::data::{self, ImageSet};
use crate::error::Error;
use crate::settings::Settings;
use crate::training::learner::Learner;

/// Images of which views are made, at most.
const IMAGES: usize = 128;
/// Views of each.
pub(super) const VIEWS: usize = 4;

/// A pass under way. Its draws are its own, so that training does not depend on it.
pub(super) struct ViewsPass {
    images: Vec<usize>,
    done: usize,
    pub(super) views: SeenViews,
}

/// Views of some images, image after image.
#[derive(Default)]
pub(super) struct SeenViews {
    /// How each was made.
    pub(super) made: Vec<ImageParams>,
    /// h and z now.
    pub(super) trained: [Vec<f32>; 2],
    /// h and z before training.
    pub(super) untrained: [Vec<f32>; 2],
}

impl ViewsPass {
    /// Of at most 128 of `n` images.
    pub(super) fn new(n: usize, seed: u32) -> Self {
        Self {
            images: data::sample(seed, n, IMAGES),
            done: 0,
            views: SeenViews::default(),
        }
    }

    /// The next views, by the network of this step and the untrained one; false if there are none left.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        settings: &Settings,
        [trained, untrained]: [&dyn Learner; 2],
        step: usize,
        device: &Device,
    ) -> Result<bool, Error> {
        if self.done == self.images.len() {
            return Ok(false);
        }
        let end = self.images.len().min(self.done + CHUNK / VIEWS);
        let picked = &self.images[self.done..end];
        let originals = data::batch(set, picked, device);
        let size = settings.size;
        let drawn: Vec<_> = (0..VIEWS)
            .map(|view| {
                augment::draw_to_read(&settings.augment, set.size, picked, settings.seed, view)
            })
            .collect();
        let views = drawn
            .iter()
            .map(|params| augment::apply(originals.clone(), params, size));
        let views: Tensor<5> = Tensor::stack(views.collect(), 1);
        let views: Tensor<4> = views.reshape([picked.len() * VIEWS, 3, size, size]);
        let images = 0..picked.len();
        let made = images.flat_map(|image| drawn.iter().map(move |params| params.images[image]));
        self.views.made.extend(made);
        for (learner, step, seen) in [
            (trained, step, &mut self.views.trained),
            (untrained, 0, &mut self.views.untrained),
        ] {
            let found = embed(learner, views.clone(), step).await?;
            for (seen, found) in seen.iter_mut().zip(found) {
                seen.extend(found);
            }
        }
        self.done = end;
        Ok(true)
    }
}
