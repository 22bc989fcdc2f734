//! What it takes to be a self-supervised method.

use burn::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::augment::View;
use crate::network::Embedding;
use crate::network::encoder::EncoderConfig;
use crate::network::losses::Loss;
use crate::rng::{Purpose, Rng};
use crate::settings::card::Card;
use crate::training::optim::ParamGroup;

/// A way of learning from images without labels.
///
/// A method never sees a label, an optimiser, the page or another method. It draws from the `rng` of
/// [`Method::init`] and from [`StepInfo::rng`] alone, and reads nothing back from the device. What
/// it keeps from step to step is a [`buffer`](crate::network::layers::buffer), and its moving
/// average an [`OnlineAndTarget`](crate::network::ema::OnlineAndTarget).
pub trait Method: Module + 'static {
    /// Hyper-parameters, each with a knob in the card. Partial JSON is completed from the defaults.
    type Settings: Serialize + DeserializeOwned + Default + Clone + 'static;

    /// What the page says of the method.
    const CARD: Card;

    /// The views of each image that one step compares; two equal ones unless a method says more.
    fn views(_settings: &Self::Settings, base: View) -> Vec<View> {
        vec![base, base]
    }

    /// A fresh network with weights drawn from `rng`.
    fn init(
        settings: &Self::Settings,
        encoder: &EncoderConfig,
        rng: &mut Rng,
        device: &Device,
    ) -> Self;

    /// One forward pass over `views`, each `[n, 3, h, w]`, in the order of [`Method::views`]. Terms
    /// and gauges are those of the card, in its order.
    fn loss(&mut self, settings: &Self::Settings, views: &[Tensor<4>], at: StepInfo) -> Loss;

    /// What is shown and probed of `images: [n, 3, h, w]`: `Branch::embed`, where there is a
    /// [`Branch`](crate::network::Branch).
    fn embed(&self, images: Tensor<4>) -> Embedding;

    /// The loss where what the views say tells nothing of the image they are of: all logits of a choice
    /// equal, or all vectors independent. None where that is no number worth a line.
    fn chance(_settings: &Self::Settings, _of: Scale) -> Option<f32> {
        None
    }

    /// What a step computes beside one that passes each of its views through the encoder forwards and
    /// backwards, about. Forwards alone is a third of that.
    fn cost(_settings: &Self::Settings) -> f32 {
        1.0
    }

    /// What a step holds in memory beside one that keeps all features of its views for the way back, about.
    fn held(_settings: &Self::Settings) -> f32 {
        1.0
    }

    /// How many vectors of an image of `size` pixels are compared with those of all other images of a
    /// batch, about: what that takes grows with their square.
    fn compares(_settings: &Self::Settings, _size: usize) -> f32 {
        2.0
    }

    /// How the loss of these views pulls on each negative; none of a loss that has none. Asked of a
    /// network that does not train.
    fn negatives(
        &mut self,
        _settings: &Self::Settings,
        _views: &[Tensor<4>],
    ) -> Option<NegativePairs> {
        None
    }

    /// How the optimiser treats a parameter, by its path (fields joined by dots) and rank.
    fn group(_settings: &Self::Settings, _path: &str, rank: usize) -> ParamGroup {
        ParamGroup::by_rank(rank)
    }

    /// Runs after the optimiser moved the parameters.
    fn after_step(self, _settings: &Self::Settings, _at: StepInfo) -> Self {
        self
    }
}

/// Negatives of a loss, a row for each view that they are negatives of: `[m, k]` each.
#[derive(Debug, Clone)]
pub struct NegativePairs {
    /// How similar each is; below [`NO_NEGATIVE`] where there is none.
    pub similarity: Tensor<2>,
    /// Size of the loss's gradient with respect to that.
    pub pull: Tensor<2>,
}

/// No similarity is as low.
pub const NO_NEGATIVE: f32 = -1e8;

/// What a loss at chance depends on, besides a method's own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Images of a batch: n.
    pub images: usize,
    /// Side of a view, in pixels.
    pub size: usize,
    /// Width of h.
    pub features: usize,
}

/// Where a step stands in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepInfo {
    /// Seed of the run.
    pub seed: u32,
    /// Steps done before this one.
    pub step: usize,
    /// Steps of the whole run.
    pub total: usize,
}

impl StepInfo {
    /// The part of the run that is done: 0 to 1.
    pub fn progress(self) -> f32 {
        self.step as f32 / self.total.max(1) as f32
    }

    /// What a loss draws at this step.
    pub fn rng(self) -> Rng {
        Rng::keyed(self.seed, Purpose::Loss, &[self.step as u64])
    }
}
