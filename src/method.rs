//! What it takes to be a self-supervised method.

use burn::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::card::Card;
use crate::encoder::EncoderConfig;
use crate::losses::Loss;
use crate::rng::{Purpose, Rng};
use crate::settings::Augment;

/// A way of learning from images without labels.
///
/// A method never sees a label, an optimiser, the page or another method.
pub trait Method: Module + 'static {
    /// Hyper-parameters. Partial JSON is completed from the defaults.
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

    /// One forward pass over `views`, each `[n, 3, h, w]`, in the order of [`Method::views`].
    fn loss(&mut self, settings: &Self::Settings, views: &[Tensor<4>], at: Clock) -> Loss;

    /// What is shown and probed of `images: [n, 3, h, w]`.
    fn embed(&self, images: Tensor<4>) -> Embedding;

    /// How the optimiser treats a parameter, by its path and rank.
    fn group(_settings: &Self::Settings, _path: &str, rank: usize) -> Group {
        Group::by_rank(rank)
    }

    /// Runs after the optimiser moved the parameters.
    fn after_step(self, _settings: &Self::Settings, _at: Clock) -> Self {
        self
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Seed of the run.
    pub seed: u32,
    /// Steps done before this one.
    pub step: usize,
    /// Steps of the whole run.
    pub total: usize,
}

impl Clock {
    /// What a loss draws at this step.
    pub fn rng(self) -> Rng {
        Rng::keyed(self.seed, Purpose::Loss, &[self.step as u64])
    }
}

/// One view of an image: how large it is and how it is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Side in pixels.
    pub size: usize,
    /// How the view is made from the image.
    pub augment: Augment,
}

/// The two vectors a network has for an image.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// Representation, the encoder's pooled output: `[n, c]`.
    pub h: Tensor<2>,
    /// Embedding, the projector's output that the loss compares: `[n, d]`.
    pub z: Tensor<2>,
}

/// How the optimiser treats a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Factor on the learning rate.
    pub rate: f32,
    /// Whether the learning rate stays at its peak, without warm-up and decay.
    pub constant: bool,
    /// Whether weight decay applies.
    pub decay: bool,
    /// Factor on the learning rate where LARS does not adapt it to the norms; `None`: it does.
    pub unadapted: Option<f32>,
}

impl Group {
    /// Biases and normalisation gains (rank 1) are neither decayed nor adapted.
    pub fn by_rank(rank: usize) -> Self {
        Self {
            rate: 1.0,
            constant: false,
            decay: rank > 1,
            unadapted: (rank < 2).then_some(1.0),
        }
    }
}
