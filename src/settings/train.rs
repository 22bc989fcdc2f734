//! What is trained, how, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a run computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// WebGPU where it works and is faster, else the CPU.
    #[default]
    Auto,
    /// WebGPU, or a failure.
    WebGpu,
    /// The CPU: wasm SIMD in a browser.
    Cpu,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        })
    }
}

/// Size of the network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct EncoderSettings {
    /// Channels of the first stage, doubled at each of the three that follow: 4 to 64.
    pub width: usize,
}

impl Default for EncoderSettings {
    fn default() -> Self {
        Self { width: 16 }
    }
}

/// How the network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainSettings {
    /// Images a step looks at (each gives as many views as the method asks for): 2 to 1024.
    pub batch: usize,
    /// Passes over the images: 1 to 10,000.
    pub epochs: usize,
    /// Which rule moves the parameters.
    pub optimizer: OptimizerKind,
    /// Peak learning rate; `null` is the method's own for this optimiser and batch size.
    pub learning_rate: Option<f32>,
    /// Fraction of the weights taken away at each step, before the learning rate.
    pub weight_decay: f32,
    /// Momentum of SGD and LARS.
    pub momentum: f32,
    /// Part of the run over which the learning rate rises linearly: 0 to 1.
    pub warmup: f32,
    /// Learning rate at the end of the cosine, as a part of the peak.
    pub final_rate: f32,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            batch: 64,
            epochs: 40,
            optimizer: OptimizerKind::AdamW,
            learning_rate: None,
            weight_decay: 1e-4,
            momentum: 0.9,
            warmup: 0.05,
            final_rate: 0.0,
        }
    }
}

/// The rules that move parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// Adam with weight decay as part of the gradient.
    Adam,
    /// Adam with decoupled weight decay.
    AdamW,
    /// SGD with a rate for each layer, from the norms of its weights and gradient.
    Lars,
}
