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
pub(crate) struct EmbedPass {
    step: usize,
    images: Vec<usize>,
    h: Vec<f32>,
    z: Vec<f32>,
    done: usize,
}

/// h and z of some images at one step.
#[derive(Debug, Clone)]
pub(crate) struct Embeddings {
    pub(super) step: usize,
    /// Which images, in rising order.
    pub(super) images: Vec<usize>,
    h: Vec<f32>,
    z: Vec<f32>,
}

impl EmbedPass {
    /// Embeds `images`, in rising order, after `step` steps.
    pub(crate) fn of(images: Vec<usize>, step: usize) -> Self {
        Self {
            step,
            images,
            h: Vec::new(),
            z: Vec::new(),
            done: 0,
        }
    }

    /// Embeds the next batch; true once all are done.
    pub(crate) async fn advance(
        &mut self,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
    ) -> Result<bool, Error> {
        let end = self.images.len().min(self.done + CHUNK);
        let batch = data::batch(set, &self.images[self.done..end], device);
        let [h, z] = embed(learner, batch, self.step).await?;
        self.h.extend(h);
        self.z.extend(z);
        self.done = end;
        Ok(self.done == self.images.len())
    }

    /// One image alone.
    pub(super) async fn alone(
        image: usize,
        step: usize,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
    ) -> Result<Embeddings, Error> {
        let mut pass = Self::of(vec![image], step);
        pass.advance(set, learner, device).await?;
        Ok(pass.finish())
    }

    /// Images done so far.
    pub(crate) fn done(&self) -> usize {
        self.done
    }

    /// The embeddings, once all are done.
    pub(crate) fn finish(self) -> Embeddings {
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
    pub(crate) fn rows(&self, space: Space) -> Rows<'_> {
        let data = match space {
            Space::H => &self.h,
            Space::Z => &self.z,
        };
        Rows::new(data, data.len() / self.images.len())
    }

    /// The row of an image, if it is among them.
    pub(super) fn place(&self, image: usize) -> Option<usize> {
        self.images.binary_search(&image).ok()
    }

    /// Of some of these images, in rising order.
    pub(super) fn some(&self, images: &[usize]) -> Self {
        let places = images.iter().filter_map(|image| self.place(*image));
        let places: Vec<usize> = places.collect();
        let of = |space| {
            let rows = self.rows(space);
            places
                .iter()
                .flat_map(|&at| rows.row(at))
                .copied()
                .collect()
        };
        Self {
            step: self.step,
            images: images.to_vec(),
            h: of(Space::H),
            z: of(Space::Z),
        }
    }

    /// These and others of the same network, of other images.
    pub(super) fn joined(&self, others: &Self) -> Self {
        let parts = [self, others];
        let count = self.images.len() + others.images.len();
        let mut joined = Self {
            step: self.step,
            images: Vec::with_capacity(count),
            h: Vec::with_capacity(self.h.len() + others.h.len()),
            z: Vec::with_capacity(self.z.len() + others.z.len()),
        };
        let mut next = [0, 0];
        while next[0] + next[1] < count {
            let image = |part: usize| parts[part].images.get(next[part]);
            let part = match (image(0), image(1)) {
                (Some(first), Some(second)) => usize::from(second < first),
                (first, _) => usize::from(first.is_none()),
            };
            let (from, row) = (parts[part], next[part]);
            joined.images.push(from.images[row]);
            joined.h.extend(from.rows(Space::H).row(row));
            joined.z.extend(from.rows(Space::Z).row(row));
            next[part] += 1;
        }
        joined
    }
}

/// h and z of `images: [n, 3, h, w]`, row after row, read in one transfer. `step` is that of the
/// network.
///
/// # Errors
/// If the device fails, or one of them is no finite number: of such vectors no map, score or verdict
/// says anything.
pub(super) async fn embed(
    learner: &dyn Learner,
    images: Tensor<4>,
    step: usize,
) -> Result<[Vec<f32>; 2], Error> {
    let embedding = learner.embed(images);
    let data = Transaction::default()
        .register(embedding.h)
        .register(embedding.z)
        .execute_async()
        .await
        .map_err(|e| Error::device(&e))?;
    let data: [TensorData; 2] = data.try_into().expect("two tensors were asked for");
    let vectors: [Vec<f32>; 2] = data.map(|data| data.iter().collect());
    for (letter, numbers) in ["h", "z"].iter().zip(&vectors) {
        if !numbers.iter().all(|number| number.is_finite()) {
            let stopped = format!("{letter} stopped being a number");
            return Err(Error::diverged(&stopped, step, None));
        }
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Embedding;
    use crate::network::losses::Loss;
    use crate::training::StepInfo;
    use crate::training::checkpoint::Weights;
    use crate::training::learner::{Knobs, Rates};
    use crate::training::method::NegativePairs;

    /// One number an image in h, two in z.
    fn embeddings(images: &[usize]) -> Embeddings {
        let numbers = images.iter().map(|image| *image as f32);
        Embeddings {
            step: 3,
            images: images.to_vec(),
            h: numbers.clone().collect(),
            z: numbers.flat_map(|x| [x, -x]).collect(),
        }
    }

    /// A network whose z is this number, once in h's place.
    struct Gives(f32, f32);

    impl Learner for Gives {
        fn embed(&self, images: Tensor<4>) -> Embedding {
            let (n, device) = (images.dims()[0], images.device());
            let [h, z] = [self.0, self.1].map(|value| Tensor::full([n, 2], value, &device));
            Embedding { h, z }
        }

        fn step(&mut self, _: &[Tensor<4>], _: Rates, _: StepInfo) -> Loss {
            unreachable!()
        }

        fn gradient(&mut self, _: Option<usize>, _: &[Tensor<4>], _: StepInfo) -> [Tensor<1>; 2] {
            unreachable!()
        }

        fn negatives(&mut self, _: &[Tensor<4>]) -> Option<NegativePairs> {
            None
        }

        fn set_knobs(&mut self, _: &Knobs) {}

        fn parameters(&self) -> usize {
            0
        }

        fn state(&self) -> Weights {
            Weights::default()
        }

        fn restore(&mut self, _: Weights) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn vectors_that_are_no_numbers_end_the_run_with_their_name_and_step() {
        let images = || Tensor::zeros([3, 3, 8, 8], &Device::flex());
        let said = |h, z| {
            let found = pollster::block_on(embed(&Gives(h, z), images(), 7));
            found.map_err(|error| error.to_string())
        };
        assert_eq!(said(1.0, 2.0).unwrap(), [vec![1.0; 6], vec![2.0; 6]]);
        for (h, z, letter) in [(1.0, f32::NAN, "z"), (f32::INFINITY, 2.0, "h")] {
            let start = format!("{letter} stopped being a number at step 7. ");
            assert!(said(h, z).unwrap_err().starts_with(&start));
        }
    }

    #[test]
    fn two_parts_make_a_whole_in_the_order_of_the_images() {
        let parts = [embeddings(&[1, 4, 5]), embeddings(&[0, 2, 3, 6])];
        for whole in [parts[0].joined(&parts[1]), parts[1].joined(&parts[0])] {
            assert_eq!(whole.images, [0, 1, 2, 3, 4, 5, 6]);
            assert_eq!(whole.rows(Space::H).row(4), [4.0]);
            assert_eq!(whole.rows(Space::Z).row(6), [6.0, -6.0]);
            assert_eq!(whole.place(3), Some(3));
        }
        assert_eq!(parts[0].place(2), None);
    }
}
