//! Partial settings: completed, checked, compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::knob::KnobKind;
use super::{Settings, VERSION, cross, table};
use crate::error::Error;

impl Settings {
    /// These settings with some of them changed. A change of method drops the knobs of the old one.
    ///
    /// The method and its knobs are checked by [`methods::complete`](crate::methods::complete).
    ///
    /// # Errors
    /// An unknown path, a value of the wrong type or out of range, values that do not fit together.
    pub fn merged(&self, partial: &Value) -> Result<Self, Error> {
        if !partial.is_object() {
            return Err(Error::setting("settings", "settings are not an object"));
        }
        let mut whole = serde_json::to_value(self).expect("settings are plain data");
        if partial
            .get("method")
            .is_some_and(|id| *id != whole["method"])
        {
            whole["knobs"] = Value::Object(Map::new());
        }
        merge(&mut whole, partial);
        check("", &whole)?;
        let settings = serde_json::from_value(whole).expect("each value was checked by its row");
        cross::check(&settings, partial)?;
        Ok(settings)
    }
}

/// Checks the value at `path`, and all below it, by the rows of the table.
///
/// # Errors
/// If there is no such setting, or it does not take this value.
pub fn check(path: &str, value: &Value) -> Result<(), Error> {
    if let Some(knob) = table::shared(path) {
        return knob.check(path, value);
    }
    let unknown = || Err(Error::setting(path, format!("there is no setting {path}")));
    match (path, value) {
        ("version", value) if *value == VERSION => Ok(()),
        ("version", value) => Err(Error::setting(
            path,
            format!("this program reads settings of version {VERSION}, not {value}"),
        )),
        // There are rows for these too, which know the methods.
        ("method", Value::String(_)) | ("knobs", Value::Object(_)) => Ok(()),
        ("method", value) => Err(Error::setting(
            path,
            format!("Method: {value} is not a method"),
        )),
        (_, Value::Object(parts)) if table::is_group(path) => {
            let mut parts = parts.iter();
            parts.try_for_each(|(key, part)| check(&joined(path, key), part))
        }
        _ => unknown(),
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Puts `part` into `whole`, object by object.
pub fn merge(whole: &mut Value, part: &Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                merge(whole.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part.clone(),
    }
}

/// A partial setting from `path=value`: the value is JSON, or else a word. `auto` leaves a number to
/// the method, where that can be.
///
/// # Errors
/// If there is no `=` or no path before it.
pub fn from_path(text: &str) -> Result<Value, Error> {
    let (path, value) = text
        .split_once('=')
        .filter(|(path, _)| !path.is_empty())
        .ok_or_else(|| Error::setting(text, format!("{text} is not of the form path=value")))?;
    let automatic = value == "auto"
        && table::shared(path)
            .is_some_and(|knob| matches!(knob.kind, KnobKind::Number { auto: Some(_), .. }));
    let value = if automatic {
        Value::Null
    } else {
        serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()))
    };
    Ok(nested(path, value))
}

/// A partial setting: this value at this dotted path.
pub(super) fn nested(path: &str, value: Value) -> Value {
    let wrap = |value, key: &str| Value::Object(Map::from_iter([(key.to_owned(), value)]));
    path.rsplit('.').fold(value, wrap)
}

/// Partial settings as `path=value`, each of which [`from_path`] reads.
pub fn to_paths(partial: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(parts) => {
                for (key, part) in parts {
                    walk(&joined(path, key), part, found);
                }
            }
            Value::Null => found.push(format!("{path}=auto")),
            Value::String(word) => found.push(format!("{path}={word}")),
            value => found.push(format!("{path}={value}")),
        }
    }
    let mut found = Vec::new();
    walk("", partial, &mut found);
    found
}

/// Dotted paths at which two settings differ.
pub fn differences(a: &Settings, b: &Settings) -> Vec<String> {
    fn walk(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                let null = Value::Null;
                let added = b.keys().filter(|key| !a.contains_key(*key));
                for key in a.keys().chain(added) {
                    let path = joined(path, key);
                    let side = |map: &Map<String, Value>| map.get(key).cloned();
                    let (a, b) = (side(a), side(b));
                    walk(
                        &path,
                        a.as_ref().unwrap_or(&null),
                        b.as_ref().unwrap_or(&null),
                        found,
                    );
                }
            }
            _ if a == b => {}
            _ => found.push(path.to_owned()),
        }
    }
    let [a, b] = [a, b].map(|settings| serde_json::to_value(settings).expect("plain data"));
    let mut found = Vec::new();
    walk("", &a, &b, &mut found);
    found
}

/// Partial settings as they come from a page. A number that is not finite becomes a word, which its
/// row refuses: JSON would make null of it, and null leaves the learning rate to the method.
///
/// # Errors
/// Whatever is no plain data.
pub fn partial<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Part {
        Object(BTreeMap<String, Self>),
        Whole(i64),
        Number(f64),
        Other(Value),
    }
    fn value(part: Part) -> Value {
        match part {
            Part::Object(parts) => {
                let parts = parts.into_iter().map(|(key, part)| (key, value(part)));
                Value::Object(parts.collect())
            }
            Part::Whole(number) => number.into(),
            Part::Number(number) if number.is_finite() => number.into(),
            // `inf` is Rust's word for it alone.
            Part::Number(number) => number.to_string().replace("inf", "Infinity").into(),
            Part::Other(other) => other,
        }
    }
    Part::deserialize(deserializer).map(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::value::MapDeserializer;
    use serde_json::json;

    #[test]
    fn paths_lead_back_to_the_settings_they_were_made_of() {
        let settings = json!({
            "method": "vicreg",
            "train": {"learningRate": null, "epochs": 30},
            "knobs": {"stopGradient": true},
        });
        let paths = to_paths(&settings);
        assert!(
            paths.contains(&"train.learningRate=auto".to_owned()),
            "{paths:?}"
        );
        let mut back = json!({});
        for path in paths {
            merge(&mut back, &from_path(&path).unwrap());
        }
        assert_eq!(back, settings);
    }

    #[test]
    fn partial_settings_are_completed_and_wrong_ones_named() {
        let settings = Settings::default();
        let changed = settings.merged(&json!({"train": {"batch": 16}})).unwrap();
        assert_eq!((changed.train.batch, changed.train.epochs), (16, 40));
        assert_eq!(differences(&settings, &changed), ["train.batch"]);
        for (partial, path) in [
            (json!({"train": {"batch": 1}}), "train.batch"),
            (json!({"train": {"bach": 16}}), "train.bach"),
            (json!({"train": {"bach": {}}}), "train.bach"),
            (json!({"train": {"batch": {}}}), "train.batch"),
            (json!({"train": 16}), "train"),
            (
                json!({"augment": {"crop": {"minArea": "wide"}}}),
                "augment.crop.minArea",
            ),
            (json!({"version": 9}), "version"),
            (json!({"method": 9}), "method"),
            (json!({"knobs": 9}), "knobs"),
        ] {
            let error = settings.merged(&partial).unwrap_err();
            let Error::Setting { path: at, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(at, path, "{error}");
        }
    }

    #[test]
    fn a_path_names_one_setting() {
        assert_eq!(
            from_path("train.batch=16").unwrap(),
            json!({"train": {"batch": 16}})
        );
        assert_eq!(
            from_path("method=vicreg").unwrap(),
            json!({"method": "vicreg"})
        );
        assert!(from_path("batch").is_err());
    }
    #[test]
    fn auto_leaves_to_the_method_what_can_be_left_to_it() {
        assert_eq!(
            from_path("train.learningRate=auto").unwrap(),
            json!({"train": {"learningRate": null}})
        );
        assert_eq!(
            from_path("backend=auto").unwrap(),
            json!({"backend": "auto"})
        );
    }

    #[test]
    fn what_is_not_finite_is_refused_and_not_taken_for_null() {
        let refused = |partial: &Value| {
            let error = Settings::default().merged(partial).unwrap_err();
            let Error::Setting { path, reason } = error else {
                panic!("{error}")
            };
            assert_eq!(path, "train.learningRate");
            assert!(reason.starts_with("Learning rate: "), "{reason}");
            reason
        };
        for (number, word) in [(f64::INFINITY, "Infinity"), (f64::NAN, "NaN")] {
            // As a page sends it, where JSON has no word for it.
            let train = BTreeMap::from([("learningRate", number)]);
            let sent = BTreeMap::from([("train", train)]);
            let sent: MapDeserializer<'_, _, serde::de::value::Error> =
                MapDeserializer::new(sent.into_iter().map(|(key, train)| {
                    let train: MapDeserializer<'_, _, serde::de::value::Error> =
                        MapDeserializer::new(train.into_iter());
                    (key, train)
                }));
            let reason = refused(&partial(sent).unwrap());
            assert!(reason.contains(word), "{reason}");
        }
        for text in ["Infinity", "inf", "NaN", "1e999", "-Infinity"] {
            refused(&from_path(&format!("train.learningRate={text}")).unwrap());
        }
        refused(&json!({"train": {"learningRate": 1e99}}));
    }
}
