//! How an image becomes a loss, as data that the page draws.
//!
//! Each [`Role`] has a place of its own, the same in every diagram, so that what two methods share
//! stands still when one switches between them.

use serde::Serialize;

/// The way from an image to the loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Diagram {
    /// One or two branches, each in the order of the flow, from the view to what the loss takes.
    pub branches: &'static [&'static [Part]],
    /// How the weights of two branches hang together.
    pub weights: Weights,
    /// What lasts from step to step and enters the loss: a queue, a running matrix, prototypes.
    pub memory: &'static [Part],
    /// What the loss does, in two or three words.
    pub loss: &'static str,
}

/// How the weights of two branches hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Weights {
    /// They are the same.
    Shared,
    /// The second branch is a moving average of the first.
    Average {
        /// The knob that switches it off, if there is one.
        switch: Option<&'static str>,
    },
}

/// One box of a diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Part {
    /// What it is, and so where it stands.
    pub role: Role,
    /// What is written in it.
    pub label: &'static str,
    /// The knob that takes it away: a switch that is off, or a choice that is `none`.
    pub switch: Option<&'static str>,
}

/// What a box is; the order is that of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// A view of the image.
    View,
    /// The view cut into patches.
    Patches,
    /// The encoder.
    Encoder,
    /// Feature maps, the encoder's local features.
    Maps,
    /// The representation h.
    Representation,
    /// A network over the features of patches.
    Context,
    /// The projector.
    Projector,
    /// The embedding z.
    Embedding,
    /// The predictor.
    Predictor,
    /// Whitening, normalising or standardising of z.
    Whitening,
    /// Prototypes or codes.
    Codes,
    /// No gradient flows back from here.
    StopGradient,
    /// What lasts from step to step.
    Memory,
}

impl Diagram {
    /// Two branches with the same weights, or one.
    pub const fn shared(branches: &'static [&'static [Part]], loss: &'static str) -> Self {
        Self {
            branches,
            weights: Weights::Shared,
            memory: &[],
            loss,
        }
    }

    /// Two branches, of which the second is the moving average of the first, unless the knob
    /// [`AVERAGE`](crate::network::ema::AVERAGE) is off.
    pub const fn averaged(branches: &'static [&'static [Part]], loss: &'static str) -> Self {
        Self {
            weights: Weights::Average {
                switch: Some("average"),
            },
            ..Self::shared(branches, loss)
        }
    }

    /// The same with what lasts from step to step.
    pub const fn with_memory(self, memory: &'static [Part]) -> Self {
        Self { memory, ..self }
    }
}

impl Part {
    /// The first view.
    pub const VIEW: Self = Self::new(Role::View, "view");
    /// The encoder.
    pub const ENCODER: Self = Self::new(Role::Encoder, "encoder");
    /// The representation.
    pub const H: Self = Self::new(Role::Representation, "h");
    /// The projector, which the knob [`PROJECTOR`](crate::network::heads::PROJECTOR) takes away.
    pub const PROJECTOR: Self = Self::new(Role::Projector, "projector").switched("projector");
    /// The embedding.
    pub const Z: Self = Self::new(Role::Embedding, "z");
    /// z scaled to length one.
    pub const UNIT: Self = Self::new(Role::Whitening, "length 1");
    /// The predictor, which the knob [`PREDICTOR`](crate::network::heads::PREDICTOR) takes away.
    pub const PREDICTOR: Self = Self::new(Role::Predictor, "predictor").switched("predictor");
    /// Where the gradient ends, unless the switch `stopGradient` is off.
    pub const STOP: Self = Self::new(Role::StopGradient, "stop-gradient").switched("stopGradient");
    /// A moving average, which never takes a gradient.
    pub const NO_GRADIENT: Self = Self::new(Role::StopGradient, "no gradient");

    /// A box that is always there.
    pub const fn new(role: Role, label: &'static str) -> Self {
        Self {
            role,
            label,
            switch: None,
        }
    }

    /// The same box, taken away by a knob.
    pub const fn switched(self, knob: &'static str) -> Self {
        Self {
            switch: Some(knob),
            ..self
        }
    }
}

/// The branch of most methods, from the view to z by encoder and projector, and what follows: its
/// length is 5 more than that of `rest`.
///
/// # Panics
/// If the length is another, which the compiler tells of a constant.
pub const fn to_z<const N: usize>(rest: &[Part]) -> [Part; N] {
    let start = [Part::VIEW, Part::ENCODER, Part::H, Part::PROJECTOR, Part::Z];
    assert!(N == start.len() + rest.len());
    let mut branch = [Part::VIEW; N];
    let mut at = 0;
    while at < N {
        branch[at] = if at < start.len() {
            start[at]
        } else {
            rest[at - start.len()]
        };
        at += 1;
    }
    branch
}
