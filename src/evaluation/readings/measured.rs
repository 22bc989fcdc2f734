//! What came of a reading.

use serde::Serialize;

use super::{Kind, Reading, Taken};

/// What came out: a number, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Value {
    /// One number.
    Number(f32),
    /// A list.
    List(Vec<f32>),
}

impl Value {
    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub(super) fn number(value: f64) -> Self {
        Self::Number(value as f32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub(super) fn list(values: impl IntoIterator<Item = f64>) -> Self {
        Self::List(values.into_iter().map(|value| value as f32).collect())
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f32> {
        match self {
            Self::Number(value) => Some(*value),
            Self::List(_) => None,
        }
    }

    fn is_finite(&self) -> bool {
        match self {
            Self::Number(value) => value.is_finite(),
            Self::List(values) => values.iter().all(|value| value.is_finite()),
        }
    }
}

/// One reading, or a part of it, beside what it must be compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Of the reading's card.
    pub id: &'static str,
    /// The factor or the parameter that it is of; null for the whole.
    pub part: Option<String>,
    /// Of h.
    pub h: Option<Value>,
    /// Of z.
    pub z: Option<Value>,
    /// Of h before training.
    pub untrained: Option<Value>,
    /// Of z before training.
    pub untrained_z: Option<Value>,
    /// Of the pixels themselves.
    pub pixels: Option<Value>,
    /// What vectors that say nothing would give.
    pub chance: Option<f32>,
    /// Why something that should be there is missing.
    pub missing: Option<String>,
}

impl Measured {
    pub(super) fn of(reading: &Reading, part: Option<String>, chance: Option<f32>) -> Self {
        Self {
            id: reading.card.id,
            part,
            h: None,
            z: None,
            untrained: None,
            untrained_z: None,
            pixels: None,
            chance,
            missing: None,
        }
    }

    /// Of several reasons only the first is told: mostly it is that of all.
    pub(super) fn note(&mut self, kind: Kind, taken: Taken) {
        match taken {
            Ok(value) if value.is_finite() => *self.kind(kind) = Some(value),
            Ok(_) => self.note(kind, Err("came to no finite number".into())),
            Err(reason) => drop(self.missing.get_or_insert(reason)),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub(super) fn set_chance(&mut self, chance: f64) {
        self.chance = Some(chance as f32);
    }

    /// Where the value of a kind stands.
    pub fn kind(&mut self, kind: Kind) -> &mut Option<Value> {
        match kind {
            Kind::H => &mut self.h,
            Kind::Z => &mut self.z,
            Kind::Untrained => &mut self.untrained,
            Kind::UntrainedZ => &mut self.untrained_z,
            Kind::Pixels => &mut self.pixels,
        }
    }
}
