//! h and z of many images, a batch a unit of work.

use burn::prelude::*;
use burn::tensor::Transaction;

use crate::data;
use crate::data::ImageSet;
use crate::error::Error;
use crate::evaluation::Rows;
use crate::network::Space;
use crate::training::learner::Learner;

/// Images embedded at once.
const CHUNK: usize = 64;

/// A pass under way.
pub(super) struct EmbedPass {
    step: usize,
    images: Vec<usize>,
    h: Vec<f32>,
    z: Vec<f32>,
    done: usize,
}

/// h and z of some images at one step.
#[derive(Debug, Clone)]
pub(super) struct Embeddings {
    pub(super) step: usize,
    pub(super) images: Vec<usize>,
    h: Vec<f32>,
    z: Vec<f32>,
}

impl EmbedPass {
    /// Embeds `images`, after `step` steps.
    pub(super) fn of(images: Vec<usize>, step: usize) -> Self {
        Self {
            step,
            images,
            h: Vec::new(),
            z: Vec::new(),
            done: 0,
        }
    }

    /// Embeds the next batch; true once all are done.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
    ) -> Result<bool, Error> {
        let end = self.images.len().min(self.done + CHUNK);
        let batch = data::batch(set, &self.images[self.done..end], device);
        let embedding = learner.embed(batch);
        let data = Transaction::default()
            .register(embedding.h)
            .register(embedding.z)
            .execute_async()
            .await
            .map_err(|e| Error::device(&e))?;
        let [h, z] = data.try_into().expect("two tensors were asked for");
        self.h.extend(h.iter::<f32>());
        self.z.extend(z.iter::<f32>());
        self.done = end;
        Ok(end == self.images.len())
    }

    /// The embeddings, once all are done.
    pub(super) fn finish(self) -> Embeddings {
        Embeddings {
            step: self.step,
            images: self.images,
            h: self.h,
            z: self.z,
        }
    }
}

impl Embeddings {
    /// The vectors, one row an image.
    pub(super) fn rows(&self, space: Space) -> Rows<'_> {
        let data = match space {
            Space::H => &self.h,
            Space::Z => &self.z,
        };
        Rows::new(data, data.len() / self.images.len())
    }
}

/// The pixels of some images as rows of numbers from 0 to 1.
pub(super) fn pixels(set: &ImageSet, images: &[usize]) -> Vec<f32> {
    let length = set.size * set.size * 3;
    images
        .iter()
        .flat_map(|&i| &set.pixels[i * length..][..length])
        .map(|&byte| f32::from(byte) / 255.0)
        .collect()
}
