//! What methods are made of: encoder, heads, moving averages, whitening, and terms of losses.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

pub mod context;
pub mod ema;
pub mod encoder;
pub mod heads;
pub mod layers;
pub mod losses;
pub mod whitening;

pub use encoder::{Encoder, EncoderConfig};
pub use heads::{Branch, Mlp, PREDICTOR, PROJECTOR, ProjectorKind};
pub use losses::Loss;

/// The two vectors a network has for an image.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// Representation, the encoder's pooled output: `[n, c]`.
    pub h: Tensor<2>,
    /// Embedding, the projector's output that the loss compares: `[n, d]`.
    pub z: Tensor<2>,
}

/// Which of the two vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Space {
    /// The representation.
    #[default]
    H,
    /// The embedding.
    Z,
}
