//! What of a method can be turned.

use serde::Serialize;

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
    /// True or false.
    Switch,
    /// One of a few words.
    Choice {
        /// The words.
        options: &'static [Choice],
    },
}

/// One value of a [`KnobKind::Choice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Choice {
    /// As it stands in the settings.
    pub value: &'static str,
    /// Name on the page.
    pub label: &'static str,
}

impl Knob {
    const fn new(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        kind: KnobKind,
    ) -> Self {
        Self {
            field,
            label,
            about,
            kind,
            live: false,
        }
    }

    const fn slider(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        [min, max]: [f32; 2],
        step: f32,
        log: bool,
    ) -> Self {
        let kind = KnobKind::Number {
            min,
            max,
            step,
            log,
        };
        Self::new(field, label, about, kind).live()
    }

    /// A number from `range[0]` to `range[1]` in steps of `step`; takes effect at once.
    pub const fn number(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        range: [f32; 2],
        step: f32,
    ) -> Self {
        Self::slider(field, label, about, range, step, false)
    }

    /// A number whose slider moves by factors, at first in steps of `step`; takes effect at once.
    pub const fn factor(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        range: [f32; 2],
        step: f32,
    ) -> Self {
        Self::slider(field, label, about, range, step, true)
    }

    /// A whole number from `range[0]` to `range[1]`; takes effect at the next start.
    pub const fn count(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        range: [usize; 2],
    ) -> Self {
        let [min, max] = range;
        Self::new(field, label, about, KnobKind::Count { min, max })
    }

    /// True or false; takes effect at once.
    pub const fn switch(field: &'static str, label: &'static str, about: &'static str) -> Self {
        Self::new(field, label, about, KnobKind::Switch).live()
    }

    /// One of a few words; takes effect at once.
    pub const fn choice(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        options: &'static [Choice],
    ) -> Self {
        Self::new(field, label, about, KnobKind::Choice { options }).live()
    }

    /// Width of z, at most `max`.
    pub const fn latent(max: usize) -> Self {
        let about = "Numbers in the projector's output, which the loss compares.";
        Self::count("latent", "Width of z", about, [2, max])
    }

    /// The same knob, taking effect at the next step.
    pub const fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// The same knob, taking effect at the next start.
    pub const fn at_start(self) -> Self {
        Self {
            live: false,
            ..self
        }
    }
}
