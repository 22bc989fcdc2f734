//! Settings that suit images, each with its reason.

use serde::Serialize;
use serde_json::{Value, json};

use super::merge::{merge, nested};

/// One setting that suits images, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Advice {
    /// Dotted path of the setting.
    pub path: &'static str,
    /// What it should be.
    #[cfg_attr(test, ts(type = "number | string | boolean | null"))]
    pub value: Value,
    /// Why, in one sentence that begins with what is done.
    pub why: String,
}

impl Advice {
    /// One choice and its reason.
    pub fn new(path: &'static str, value: impl Into<Value>, why: impl Into<String>) -> Self {
        Self {
            path,
            value: value.into(),
            why: why.into(),
        }
    }
}

/// Advice as partial settings.
pub fn chosen(advice: &[Advice]) -> Value {
    let mut settings = json!({});
    for Advice { path, value, .. } in advice {
        merge(&mut settings, &nested(path, value.clone()));
    }
    settings
}
