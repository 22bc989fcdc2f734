//! What stands between h and the loss: projectors and predictors.

use burn::module::Param;
use burn::nn::{BatchNorm, Linear};
use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::network::Embedding;
use crate::network::encoder::{Encoder, EncoderConfig};
use crate::network::layers::{Activation, batch_norm, linear};
use crate::rng::Rng;
use crate::settings::card::{Choice, Knob};

/// An MLP: linear layers, with batch norm (unless it is off) and `ReLU` between them.
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Vec<Hidden>,
    last: Linear,
    norm: Option<BatchNorm>,
}

#[derive(Module, Debug)]
struct Hidden {
    linear: Linear,
    activation: Activation,
}

impl Mlp {
    /// Layers of these widths, input first and output last; `normed`, its hidden layers are
    /// standardised.
    fn new(widths: &[usize], normed: bool, rng: &mut Rng, device: &Device) -> Self {
        let [inner @ .., to] = widths else {
            panic!("an MLP has an input and an output")
        };
        let from = *inner.last().expect("an MLP has an input");
        let hidden = inner.windows(2).map(|pair| Hidden {
            linear: linear(pair[0], pair[1], false, rng, device),
            activation: Activation::new(pair[1], normed, device),
        });
        Self {
            hidden: hidden.collect(),
            last: linear(from, *to, true, rng, device),
            norm: None,
        }
    }

    /// The same with batch norm on the output, without gain and shift of its own (`SimSiam`).
    #[must_use]
    pub fn with_output_norm(mut self, device: &Device) -> Self {
        let [_, to] = self.last.weight.dims();
        // The norm takes any bias away again.
        self.last.bias = None;
        self.norm = Some(batch_norm(to, device).no_grad());
        self
    }

    /// `[n, from]` to `[n, to]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.forward_groups(x, 1)
    }

    /// The same for `groups` parts, one after the other, each with statistics of its own.
    fn forward_groups(&self, x: Tensor<2>, groups: usize) -> Tensor<2> {
        let inner = self.hidden.iter().fold(x, |x, layer| {
            layer
                .activation
                .forward_rows(layer.linear.forward(x), groups)
        });
        let out = self.last.forward(inner);
        match &self.norm {
            Some(norm) => {
                let parts = out.chunk(groups, 0).into_iter();
                Tensor::cat(parts.map(|part| norm.forward(part)).collect(), 0)
            }
            None => out,
        }
    }

    /// The same at each place of a map, `[n, from, h, w]`, row after row: `[n, h * w, to]`. These
    /// are convolutions of 1 x 1.
    pub fn at_each_place(&self, map: Tensor<4>) -> Tensor<3> {
        let [n, c, h, w] = map.dims();
        let places = map.permute([0, 2, 3, 1]).reshape([n * h * w, c]);
        let out = self.forward(places);
        let [_, to] = out.dims();
        out.reshape([n, h * w, to])
    }
}

impl EncoderConfig {
    /// A head of the same network, with layers of these widths, input first and output last.
    pub fn mlp(&self, widths: &[usize], rng: &mut Rng, device: &Device) -> Mlp {
        Mlp::new(widths, self.norm, rng, device)
    }
}

/// h to z.
#[derive(Module, Debug)]
pub struct Projector {
    /// None: z is h.
    mlp: Option<Mlp>,
}

/// What a projector is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectorKind {
    /// Nothing: z is h.
    None,
    /// One linear layer.
    Linear,
    /// An MLP.
    #[default]
    Mlp,
}

/// The knob of every method with a projector: the field `projector` of its settings.
pub const PROJECTOR: Knob = Knob::choice(
    "projector",
    "Projector",
    "What turns h into the z that the loss compares; without one, z is h.",
    &[
        Choice {
            value: "mlp",
            label: "MLP",
        },
        Choice {
            value: "linear",
            label: "linear",
        },
        Choice {
            value: "none",
            label: "none",
        },
    ],
)
.at_start();

/// The knob of every method that predicts one view from the other: the field `predictor`.
pub const PREDICTOR: Knob = Knob::switch(
    "predictor",
    "Predictor",
    "An MLP that guesses one view's z from the other's; off: both are compared as they are.",
);

impl ProjectorKind {
    /// A projector whose layers have these widths, h first and z last, where it is an MLP.
    fn init(
        self,
        encoder: &EncoderConfig,
        widths: &[usize],
        rng: &mut Rng,
        device: &Device,
    ) -> Projector {
        let ends = [widths[0], widths[widths.len() - 1]];
        let mlp = match self {
            Self::None => None,
            Self::Linear => Some(encoder.mlp(&ends, rng, device)),
            Self::Mlp => Some(encoder.mlp(widths, rng, device)),
        };
        Projector { mlp }
    }

    /// Width of z, for h `from` wide and a projector to `to`.
    pub fn width(self, from: usize, to: usize) -> usize {
        if self == Self::None { from } else { to }
    }
}

impl Projector {
    #[must_use]
    fn with_output_norm(self, device: &Device) -> Self {
        Self {
            mlp: self.mlp.map(|mlp| mlp.with_output_norm(device)),
        }
    }

    /// z of `h: [n, c]`: `[n, d]`.
    pub fn forward(&self, h: Tensor<2>) -> Tensor<2> {
        self.forward_groups(h, 1)
    }

    fn forward_groups(&self, h: Tensor<2>, groups: usize) -> Tensor<2> {
        match &self.mlp {
            Some(mlp) => mlp.forward_groups(h, groups),
            None => h,
        }
    }
}

/// Encoder and projector: images to h and z.
#[derive(Module, Debug)]
pub struct Branch {
    /// Images to h.
    pub encoder: Encoder,
    /// h to z.
    pub projector: Projector,
}

impl Branch {
    /// A branch whose projector, where it is an MLP, has layers of `widths` after h, z last.
    pub fn new(
        encoder: &EncoderConfig,
        kind: ProjectorKind,
        widths: &[usize],
        rng: &mut Rng,
        device: &Device,
    ) -> Self {
        let widths = [&[encoder.features()], widths].concat();
        Self {
            encoder: encoder.init(rng, device),
            projector: kind.init(encoder, &widths, rng, device),
        }
    }

    /// The same with batch norm on the projector's output, if that has a layer.
    #[must_use]
    pub fn with_output_norm(mut self, device: &Device) -> Self {
        self.projector = self.projector.with_output_norm(device);
        self
    }

    /// The same with the projector's last layer, if it has one, so many times as large: so is z.
    #[must_use]
    pub fn scaled(mut self, by: f32) -> Self {
        if let Some(mlp) = &mut self.projector.mlp {
            let Linear { weight, bias } = mlp.last.clone();
            // What it was has no part in the graph.
            mlp.last.weight = Param::from_tensor((weight.val() * by).detach());
            mlp.last.bias = bias.map(|bias| Param::from_tensor((bias.val() * by).detach()));
        }
        self
    }

    /// h `[n, c]` and z `[n, d]` of `images: [n, 3, h, w]`, values 0 to 1.
    pub fn embed(&self, images: Tensor<4>) -> Embedding {
        let h = self.encoder.forward(images).pooled;
        let z = self.projector.forward(h.clone());
        Embedding { h, z }
    }

    /// z of views, `[n, 3, h, w]` each, one view after the other: `[views * n, d]`. Batch norm sees
    /// one view at a time; all else takes them together, in fewer and larger operations.
    pub fn embed_views(&self, views: &[Tensor<4>]) -> Tensor<2> {
        let all = Tensor::cat(views.to_vec(), 0);
        let h = self.encoder.forward_groups(all, views.len()).pooled;
        self.projector.forward_groups(h, views.len())
    }

    /// The same for the first two of `views`: `[n, d]` each.
    pub fn embed_two_views(&self, views: &[Tensor<4>]) -> [Tensor<2>; 2] {
        let z = self.embed_views(&views[..2]);
        let [n, ..] = views[0].dims();
        [0, n].map(|first| z.clone().narrow(0, first, n))
    }
}
