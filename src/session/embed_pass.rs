//! h and z of many images, a batch a unit of work.

use burn::prelude::*;
use burn::tensor::{TensorData, Transaction};

use crate::data;
use crate::data::ImageSet;
use crate::error::Error;
use crate::evaluation::Rows;
use crate::network::Space;
use crate::training::learner::Learner;

/// Images embedded at once.
pub(super) const CHUNK: usize = 64;

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
        let [h, z] = embed(learner, batch).await?;
        self.h.extend(h);
        self.z.extend(z);
        self.done = end;
        Ok(self.is_done())
    }

    /// Whether all are done.
    pub(super) fn is_done(&self) -> bool {
        self.done == self.images.len()
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

/// h and z of `images: [n, 3, h, w]`, row after row, read in one transfer.
pub(super) async fn embed(
    learner: &dyn Learner,
    images: Tensor<4>,
) -> Result<[Vec<f32>; 2], Error> {
    let embedding = learner.embed(images);
    let data = Transaction::default()
        .register(embedding.h)
        .register(embedding.z)
        .execute_async()
        .await
        .map_err(|e| Error::device(&e))?;
    let data: [TensorData; 2] = data.try_into().expect("two tensors were asked for");
    Ok(data.map(|data| data.iter::<f32>().collect()))
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
