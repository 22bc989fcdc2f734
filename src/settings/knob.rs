//! One thing that can be turned, in training, in the augmentation or in a method.

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;

/// What the table says of a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knob {
    /// Dotted path in the settings; of a method's knob, the field of the method's own settings.
    pub field: &'static str,
    /// Its name, on the page and in messages.
    pub label: &'static str,
    /// What turning it does, in one sentence.
    pub about: &'static str,
    /// What values it takes.
    pub kind: KnobKind,
    /// What is counted; empty if nothing is.
    pub unit: &'static str,
    /// Whether it takes effect at the next step; else at the next start.
    pub live: bool,
    /// Path of another setting, and the values of it at which this one has no effect.
    pub idle: Option<(&'static str, &'static [&'static str])>,
}

/// The values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum KnobKind {
    /// A number.
    Number {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Distance between two values of the slider; with `log`, at the low end.
        step: f64,
        /// Whether the slider moves by factors.
        log: bool,
        /// If it may be null: what the method then does.
        auto: Option<&'static str>,
    },
    /// A whole number.
    Count {
        /// Smallest value.
        min: usize,
        /// Largest value.
        max: usize,
        /// Whether the slider moves by factors.
        log: bool,
        /// The values that the page offers; empty if all.
        offered: &'static [usize],
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

impl Choice {
    /// A word and its name.
    pub const fn new(value: &'static str, label: &'static str) -> Self {
        Self { value, label }
    }
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
            unit: "",
            live: false,
            idle: None,
        }
    }

    const fn slider(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        [min, max]: [f64; 2],
        step: f64,
        log: bool,
    ) -> Self {
        let auto = None;
        let kind = KnobKind::Number {
            min,
            max,
            step,
            log,
            auto,
        };
        Self::new(field, label, about, kind).live()
    }

    /// A number from `range[0]` to `range[1]` in steps of `step`; takes effect at once.
    pub const fn number(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        range: [f64; 2],
        step: f64,
    ) -> Self {
        Self::slider(field, label, about, range, step, false)
    }

    /// A number whose slider moves by factors, at first in steps of `step`; takes effect at once.
    pub const fn factor(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        range: [f64; 2],
        step: f64,
    ) -> Self {
        Self::slider(field, label, about, range, step, true)
    }

    /// A whole number from `range[0]` to `range[1]`; takes effect at the next start.
    pub const fn count(
        field: &'static str,
        label: &'static str,
        about: &'static str,
        [min, max]: [usize; 2],
    ) -> Self {
        let kind = KnobKind::Count {
            min,
            max,
            // Evenly, the small values of a wide range would lie within a hair of each other.
            log: min > 0 && max / min >= 16,
            offered: &[],
        };
        Self::new(field, label, about, kind)
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

    /// Width of z, at most `max`; without a projector z is h.
    pub const fn latent(max: usize) -> Self {
        let about = "Numbers in the projector's output, which the loss compares.";
        Self::count("latent", "Width of z", about, [2, max])
            .idle_while("knobs.projector", &["none"])
    }

    /// The same, taking effect at the next step.
    pub const fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// The same, taking effect at the next start.
    pub const fn at_start(self) -> Self {
        Self {
            live: false,
            ..self
        }
    }

    /// The same, counted in a unit.
    pub const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// The same, without effect while the setting at `path` has one of these values. `path` is
    /// whole (`knobs.loss`) and of this method, or of what all methods share.
    pub const fn idle_while(self, path: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            idle: Some((path, values)),
            ..self
        }
    }

    /// The same number, which may be left to the method: `auto` is what the method then does.
    pub const fn or_automatic(self, auto: &'static str) -> Self {
        let KnobKind::Number {
            min,
            max,
            step,
            log,
            ..
        } = self.kind
        else {
            panic!("only a number is left to the method")
        };
        let auto = Some(auto);
        let kind = KnobKind::Number {
            min,
            max,
            step,
            log,
            auto,
        };
        Self { kind, ..self }
    }

    /// The same whole number, of which the page offers these.
    pub const fn offered(self, offered: &'static [usize]) -> Self {
        let KnobKind::Count { min, max, log, .. } = self.kind else {
            panic!("only whole numbers are offered one by one")
        };
        let kind = KnobKind::Count {
            min,
            max,
            log,
            offered,
        };
        Self { kind, ..self }
    }

    /// What may stand there, in words: `a whole number from 2 to 1024 images`.
    pub fn values(&self) -> String {
        let space = if self.unit.is_empty() { "" } else { " " };
        let unit = self.unit;
        match self.kind {
            KnobKind::Number { min, max, auto, .. } => {
                let auto = auto.map_or(String::new(), |auto| format!(", or auto: {auto}"));
                format!("a number from {min} to {max}{space}{unit}{auto}")
            }
            KnobKind::Count { min, max, .. } => {
                format!("a whole number from {min} to {max}{space}{unit}")
            }
            KnobKind::Switch => "true or false".into(),
            KnobKind::Choice { options } => {
                let words: Vec<_> = options.iter().map(|option| option.value).collect();
                format!("one of {}", words.join(", "))
            }
        }
    }

    /// That this may stand at `path`.
    ///
    /// # Errors
    /// Names the setting, the value, and what may stand there.
    pub fn check(&self, path: &str, value: &Value) -> Result<(), Error> {
        if self.kind.takes(value) {
            return Ok(());
        }
        let (label, value, values) = (self.label, said(value), self.values());
        Err(Error::setting(
            path,
            format!("{label}: {value} is not {values}"),
        ))
    }
}

impl KnobKind {
    fn takes(&self, value: &Value) -> bool {
        match *self {
            Self::Number { min, max, auto, .. } => match value.as_f64() {
                // Settings are of single precision, in which 0.2 is a little more than it is here.
                Some(number) => (single(min)..=single(max)).contains(&single(number)),
                None => value.is_null() && auto.is_some(),
            },
            Self::Count { min, max, .. } => {
                let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
                count.is_some_and(|count| (min..=max).contains(&count))
            }
            Self::Switch => value.is_boolean(),
            Self::Choice { options } => options.iter().any(|option| value == option.value),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn single(number: f64) -> f32 {
    number as f32
}

/// A value as a message says it: 0.2 also where single precision has made 0.20000000298 of it.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().expect("just seen");
            let short = single(number);
            if f64::from(short) == number {
                format!("{short:?}")
            } else {
                format!("{number:?}")
            }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RATE: Knob = Knob::factor("rate", "Rate", "", [0.0, 0.2], 0.1).or_automatic("as fits");
    const BATCH: Knob = Knob::count("batch", "Batch size", "", [2, 1024]).unit("images");

    #[test]
    fn both_ends_of_a_range_are_in_it() {
        for value in [json!(0), json!(0.2), json!(0.2_f32)] {
            assert_eq!(RATE.check("rate", &value), Ok(()), "{value}");
        }
        assert!(RATE.check("rate", &json!(1.0)).is_err());
        assert!(RATE.check("rate", &json!(-0.001)).is_err());
    }

    #[test]
    fn only_what_may_be_left_open_may_be_null() {
        assert_eq!(RATE.check("rate", &Value::Null), Ok(()));
        assert!(BATCH.check("batch", &Value::Null).is_err());
    }

    #[test]
    fn a_refusal_names_the_setting_the_value_the_range_and_the_unit() {
        let said = |value| BATCH.check("batch", &value).unwrap_err().to_string();
        let range = "is not a whole number from 2 to 1024 images";
        assert_eq!(said(json!(1)), format!("Batch size: 1 {range}"));
        assert_eq!(said(json!(16.0)), format!("Batch size: 16.0 {range}"));
        assert_eq!(said(json!("many")), format!("Batch size: many {range}"));
        let error = RATE.check("rate", &json!(1.1_f32)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Rate: 1.1 is not a number from 0 to 0.2, or auto: as fits"
        );
    }
}
