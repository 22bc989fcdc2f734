//! What the page says of a method: the page knows no method by name and draws these cards.

use serde::Serialize;

use crate::settings::OptimizerKind;

pub use super::diagram::{Diagram, Part, Role, Weights, to_z};
pub use super::knob::{Choice, Knob, KnobKind};

/// What the page says of a method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// The name of the method's file; stands in settings and addresses.
    pub id: &'static str,
    /// The name in the literature.
    pub title: &'static str,
    /// What kind of method it is.
    pub family: Family,
    /// Authors, year and venue.
    pub paper: &'static str,
    /// Where the paper is.
    pub link: &'static str,
    /// The idea in one or two sentences.
    pub idea: &'static str,
    /// What to try with it here, and what to watch.
    pub tries: &'static str,
    /// What goes wrong with it.
    pub fails: &'static str,
    /// What the letters of the formulas mean, one after the other, formulas between `$`. Of each the first
    /// case that holds is said; none if none does.
    pub letters: &'static [&'static [Case]],
    /// The terms of the loss, in the order of [`Loss::terms`](crate::network::losses::Loss).
    pub terms: &'static [TermCard],
    /// Whether a lower loss is a better network here, in one sentence.
    pub lower: &'static str,
    /// What is measured beside the loss, in the order of [`Loss::gauges`](crate::network::losses::Loss).
    pub gauges: &'static [GaugeCard],
    /// What can be turned; told in the [table](crate::methods::table), with what all methods share.
    #[serde(skip)]
    pub knobs: &'static [Knob],
    /// How an image becomes a loss.
    pub diagram: Diagram,
    /// The settings of the paper.
    pub published: Published,
}

/// What keeps the embeddings of a method from collapsing to one point; the menu's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Family {
    /// Other images push away.
    Contrastive,
    /// Features must vary and differ from each other.
    Redundancy,
    /// A slow or stopped copy is followed.
    Distillation,
    /// Images are spread evenly over clusters.
    Clustering,
    /// Parts of an image must know each other.
    Patches,
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
    /// Its unweighted value, in LaTeX: the first case that holds. The last always does.
    pub formula: &'static [Case],
}

/// What a card says while knobs have certain values, so that the page says what is in force and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Case {
    /// Knobs of the method, each with the values it must have one of, as settings write them; without
    /// any the case always holds.
    pub when: &'static [(&'static str, &'static [&'static str])],
    /// What is then said.
    pub text: &'static str,
}

impl Case {
    /// Holds always.
    pub const fn always(text: &'static str) -> Self {
        Self::when(&[], text)
    }

    /// Holds while each of these knobs has one of its values.
    pub const fn when(
        when: &'static [(&'static str, &'static [&'static str])],
        text: &'static str,
    ) -> Self {
        Self { when, text }
    }
}

/// What the page says of a number that is measured beside the loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct GaugeCard {
    /// Key in the events' `gauges`.
    pub id: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What it tells, in one sentence.
    pub about: &'static str,
    /// Why the run stops when the gauge is no finite number, and what to do; null if it goes on.
    pub broken: Option<&'static str>,
}

impl GaugeCard {
    /// Shows a collapse at once: [`unit_std`](crate::network::losses::unit_std) of one view's z.
    pub const SPREAD: Self = Self {
        id: "spread",
        label: "spread of the batch",
        about: "How far the z of a batch point apart: about 1 if everywhere, 0 if all are one point.",
        broken: None,
    };
}

/// The settings of a method's paper.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Width of z.
    pub latent: usize,
    /// Images a step.
    pub batch: usize,
    /// The optimiser.
    pub optimizer: OptimizerKind,
    /// Peak learning rate at that batch.
    pub rate: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Passes over the images.
    pub epochs: usize,
    /// The learning rate over time.
    pub schedule: &'static str,
}

impl Published {
    /// LARS, warm-up and cosine decay: `SimCLR`'s settings, which many papers took over with a width,
    /// a batch, a rate and epochs of their own.
    pub const LARS: Self = Self {
        latent: 128,
        batch: 4096,
        optimizer: OptimizerKind::Lars,
        rate: 4.8,
        weight_decay: 1e-6,
        epochs: 100,
        schedule: "linear warm-up, cosine decay",
    };

    /// The learning rate for `batch` images a step: linear in the batch, but for Adam, whose steps
    /// do not grow with it.
    pub fn rate_at(&self, batch: usize) -> f32 {
        match self.optimizer {
            OptimizerKind::Adam | OptimizerKind::AdamW => self.rate,
            OptimizerKind::Sgd | OptimizerKind::Lars => {
                self.rate * batch as f32 / self.batch as f32
            }
        }
    }
}
