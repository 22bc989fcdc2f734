//! What is trained, how, and where.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::knob::{Choice, Knob};

/// Where a run computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// WebGPU where it works and is faster, else the CPU.
    #[default]
    Auto,
    /// WebGPU, or a failure; natively Vulkan, Metal or DX12.
    WebGpu,
    /// The first device of CUDA, or a failure.
    #[cfg(feature = "cuda")]
    Cuda,
    /// The first device of ROCm, or a failure.
    #[cfg(feature = "rocm")]
    Rocm,
    /// The CPU: wasm SIMD in a browser.
    Cpu,
}

/// In the order of [`Backend`].
const BACKENDS: &[Choice] = &[
    Choice::new("auto", "Automatic"),
    Choice::new("webgpu", "WebGPU"),
    #[cfg(feature = "cuda")]
    Choice::new("cuda", "CUDA"),
    #[cfg(feature = "rocm")]
    Choice::new("rocm", "ROCm"),
    Choice::new("cpu", "CPU"),
];

impl Backend {
    /// Its name, for people.
    pub fn title(self) -> &'static str {
        BACKENDS[self as usize].label
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BACKENDS[*self as usize].value)
    }
}

/// Size of the network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct EncoderSettings {
    /// Channels of the first stage, doubled at each of the three that follow.
    pub width: usize,
    /// Whether hidden layers, of the encoder and of heads, are standardised by batch norm; else they get
    /// a shift each and no more.
    pub norm: bool,
}

impl Default for EncoderSettings {
    fn default() -> Self {
        Self {
            width: 16,
            norm: true,
        }
    }
}

/// How the network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainSettings {
    /// Images a step looks at (each gives as many views as the method asks for).
    pub batch: usize,
    /// Passes over the images.
    pub epochs: usize,
    /// Which rule moves the parameters.
    pub optimizer: OptimizerKind,
    /// Peak learning rate; `null` is the method's own for this optimiser and batch size.
    #[serde(deserialize_with = "finite")]
    pub learning_rate: Option<f32>,
    /// Fraction of the weights taken away at each step, before the learning rate.
    pub weight_decay: f32,
    /// Momentum of SGD and LARS.
    pub momentum: f32,
    /// Part of the run over which the learning rate rises linearly.
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

/// A number or null, which JSON would make of a number that is not finite.
fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f32>, D::Error> {
    match Option::deserialize(deserializer)? {
        Some(rate) if !f32::is_finite(rate) => {
            Err(D::Error::custom(format!("{rate} is no learning rate")))
        }
        rate => Ok(rate),
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

/// Where randomness comes from.
pub(super) const SEED: &[Knob] = &[Knob::count(
    "seed",
    "Seed",
    "Which random numbers are drawn: with one seed a run comes out the same each time.",
    [0, u32::MAX as usize],
)];

/// How large a run is, and where it computes.
pub(super) const RUN: &[Knob] = &[
    // 0 holds the network still; at 100 every method can be seen to diverge.
    Knob::factor(
        "train.learningRate",
        "Learning rate",
        "How far a step moves the weights, where the schedule is at its peak.",
        [0.0, 100.0],
        0.00001,
    )
    .or_automatic("as suits the optimiser and batch"),
    // Batch norm needs two images; the views of 1,024 fill the memory of a small GPU.
    Knob::count(
        "train.batch",
        "Batch size",
        "Images a step looks at; each gives as many views as the method asks for.",
        [2, 1024],
    )
    .unit("images"),
    // An hour of epochs of eight images, the fewest that train.
    Knob::count(
        "train.epochs",
        "Epochs",
        "Passes over the images.",
        [1, 1_000_000],
    )
    .unit("epochs"),
    Knob::count(
        "encoder.width",
        "Encoder width",
        "Channels of the first stage, doubled at each of the three that follow.",
        [4, 64],
    )
    .unit("channels"),
    Knob::switch(
        "encoder.norm",
        "Batch norm",
        "Hidden layers of encoder and heads are standardised over the batch; off: they are only shifted.",
    )
    .at_start(),
    Knob::choice(
        "train.optimizer",
        "Optimiser",
        "Which rule moves the weights.",
        &[
            Choice::new("adamw", "AdamW"),
            Choice::new("adam", "Adam"),
            Choice::new("sgd", "SGD"),
            Choice::new("lars", "LARS"),
        ],
    )
    .at_start(),
    Knob::count(
        "size",
        "Image size",
        "Side to which images are cut and resized.",
        [16, 96],
    )
    .unit("px")
    .offered(&[16, 24, 32, 48, 64, 96]),
    Knob::choice(
        "backend",
        "Backend",
        "Where the run computes.",
        BACKENDS,
    )
    .at_start(),
];

/// What a run seldom needs changed.
pub(super) const FINE: &[Knob] = &[
    Knob::factor(
        "train.weightDecay",
        "Weight decay",
        "How strongly each step draws the weights towards zero.",
        [0.0, 1.0],
        0.000_001,
    )
    .at_start(),
    Knob::number(
        "train.momentum",
        "Momentum",
        "How much of the last step goes into the next one.",
        [0.0, 0.9999],
        0.001,
    )
    .at_start()
    .idle_while("train.optimizer", &["adamw", "adam"]),
    Knob::number(
        "train.warmup",
        "Warm-up",
        "Part of the run over which the learning rate rises.",
        [0.0, 1.0],
        0.01,
    )
    .at_start(),
    Knob::number(
        "train.finalRate",
        "Final rate",
        "Learning rate at the end of the run, as a part of its peak.",
        [0.0, 1.0],
        0.01,
    )
    .at_start(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_called_as_it_is_written() {
        for choice in BACKENDS {
            let backend: Backend = serde_json::from_value(choice.value.into()).unwrap();
            assert_eq!(backend.to_string(), choice.value);
            assert_eq!(backend.title(), choice.label);
        }
    }
}
