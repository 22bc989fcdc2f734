//! What one batch tells of the loss, now and before training: how long the gradients of its terms are, and
//! where its negatives are pulled.

use burn::prelude::*;

use crate::error::Error;
use crate::evaluation::readings::{Gradient, Kind, LossAsked, NegativeRows};
use crate::settings::card::TermCard;
use crate::training::StepInfo;
use crate::training::learner::Learner;

/// A pass under way: for each network one for each part and one for the negatives.
pub(super) struct LossPass {
    views: Vec<Tensor<4>>,
    at: StepInfo,
    /// A term of the loss, or the whole.
    parts: Vec<Option<usize>>,
    done: usize,
    asked: LossAsked,
}

/// Under h and z of the network now, and of the one before training.
const KINDS: [[Kind; 2]; 2] = [[Kind::H, Kind::Z], [Kind::Untrained, Kind::UntrainedZ]];

impl LossPass {
    /// Of these views, as a step at this place in the run would have them.
    pub(super) fn new(views: Vec<Tensor<4>>, at: StepInfo, terms: &[TermCard]) -> Self {
        // Of a single term the whole would say the same.
        let whole = (terms.len() > 1).then_some(None);
        let parts = whole.into_iter().chain((0..terms.len()).map(Some));
        let parts: Vec<_> = parts.collect();
        let label = |term: usize| terms[term].label;
        let gradients = parts.iter().map(|part| Gradient {
            of: part.map_or("all terms", label).to_owned(),
            lengths: [None; 5],
        });
        let asked = LossAsked {
            gradients: gradients.collect(),
            ..LossAsked::default()
        };
        Self {
            views,
            at,
            parts,
            done: 0,
            asked,
        }
    }

    /// The next forward and backward pass, by a copy of the network `now` or by a `fresh` one; what was
    /// told once there are none left.
    pub(super) async fn advance(
        &mut self,
        now: &dyn Learner,
        fresh: impl FnOnce() -> Box<dyn Learner>,
    ) -> Result<Option<LossAsked>, Error> {
        let each = self.parts.len() + 1;
        let (whose, which) = (self.done / each, self.done % each);
        let Some(kinds) = KINDS.get(whose) else {
            return Ok(Some(std::mem::take(&mut self.asked)));
        };
        let [h, z] = kinds.map(|kind| kind as usize);
        let mut network = fresh();
        if whose == 0 {
            network.restore(now.state())?;
        }
        if let Some(&part) = self.parts.get(which) {
            let lengths = network.gradient(part, &self.views, self.at);
            let lengths = read(Tensor::cat(lengths.to_vec(), 0)).await?;
            let own = &mut self.asked.gradients[which].lengths;
            (own[h], own[z]) = (Some(lengths[0]), Some(lengths[1]));
        } else if let Some(negatives) = network.negatives(&self.views) {
            let [_, width] = negatives.similarity.dims();
            self.asked.negatives[z] = Some(NegativeRows {
                width,
                similarity: read(negatives.similarity).await?,
                pull: read(negatives.pull).await?,
            });
        }
        self.done += 1;
        Ok(None)
    }
}

async fn read<const D: usize>(numbers: Tensor<D>) -> Result<Vec<f32>, Error> {
    let read = numbers.into_data_async().await;
    Ok(read.map_err(|e| Error::device(&e))?.iter().collect())
}
