//! What it takes to be a self-supervised method.

use burn::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::encoder::EncoderConfig;
use crate::losses::Loss;
use crate::rng::Rng;
use crate::settings::{Augment, OptimizerKind};

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
    /// Steps done before this one.
    pub step: usize,
    /// Steps of the whole run.
    pub total: usize,
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
    /// Whether weight decay applies.
    pub decay: bool,
    /// Whether LARS adapts the rate to the norms.
    pub adapt: bool,
}

impl Group {
    /// Biases and normalisation gains (rank 1) are neither decayed nor adapted.
    pub fn by_rank(rank: usize) -> Self {
        Self {
            rate: 1.0,
            decay: rank > 1,
            adapt: rank > 1,
        }
    }
}

/// What the page says of a method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// The name of the method's file; stands in settings and addresses.
    pub id: &'static str,
    /// The name in the literature.
    pub title: &'static str,
    /// Authors, year and venue.
    pub paper: &'static str,
    /// Where the paper is.
    pub link: &'static str,
    /// The idea in one or two sentences.
    pub idea: &'static str,
    /// The terms of the loss, in the order of [`Loss::terms`](crate::losses::Loss).
    pub terms: &'static [TermCard],
    /// What can be turned.
    pub knobs: &'static [Knob],
    /// The settings of the paper.
    pub published: Published,
}

/// What the page says of one term of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TermCard {
    /// Key in the events' `terms`.
    pub id: &'static str,
    /// Name on the curve.
    pub label: &'static str,
    /// What it asks for, in one sentence.
    pub about: &'static str,
}

/// A hyper-parameter the page lets one turn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Knob {
    /// Field of the method's settings; `knobs.<field>` is its path.
    pub field: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// What turning it does, in one sentence.
    pub about: &'static str,
    /// What values it takes.
    pub kind: KnobKind,
    /// Whether it takes effect at the next step; else at the next start.
    pub live: bool,
}

/// The values a knob takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum KnobKind {
    /// A number.
    Number {
        /// Smallest value.
        min: f32,
        /// Largest value.
        max: f32,
        /// Distance between two values of the slider; with `log`, at the low end.
        step: f32,
        /// Whether the slider moves by factors.
        log: bool,
    },
    /// A whole number.
    Count {
        /// Smallest value.
        min: usize,
        /// Largest value.
        max: usize,
    },
}

/// The settings of a method's paper.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Width of z.
    pub latent: usize,
    /// Images a step.
    pub batch: usize,
    /// The optimiser.
    pub optimizer: OptimizerKind,
    /// Learning rate for 256 images a step; linear in the batch.
    pub rate_per_256: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Passes over the images.
    pub epochs: usize,
    /// The learning rate over time.
    pub schedule: &'static str,
}
