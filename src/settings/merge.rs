//! Partial settings: completed, checked, compared.

use std::fmt;

use serde_json::{Map, Value};

use super::{Augment, Settings, VERSION};
use crate::error::Error;

impl Settings {
    /// These settings with some of them changed. A change of method drops the knobs of the old one.
    ///
    /// Knobs are checked by [`methods::complete`](crate::methods::complete).
    ///
    /// # Errors
    /// An unknown path, a value of the wrong type or out of range.
    pub fn merged(&self, partial: &Value) -> Result<Self, Error> {
        if !partial.is_object() {
            return Err(Error::setting("settings", "not an object"));
        }
        let mut whole = serde_json::to_value(self).expect("settings are plain data");
        if partial
            .get("method")
            .is_some_and(|id| *id != whole["method"])
        {
            whole["knobs"] = Value::Object(Map::new());
        }
        merge(&mut whole, partial);
        let settings: Self = serde_path_to_error::deserialize(whole).map_err(|e| {
            let path = e.path().to_string();
            Error::setting(path, e.into_inner().to_string())
        })?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Error> {
        if self.version != VERSION {
            let reason = format!("this program reads version {VERSION}, not {}", self.version);
            return Err(Error::setting("version", reason));
        }
        let Augment {
            crop,
            flip,
            jitter,
            grey,
            blur,
            solarise,
        } = self.augment;
        let train = self.train;
        within("size", self.size, 16, 96)?;
        within("encoder.width", self.encoder.width, 4, 64)?;
        within("train.batch", train.batch, 2, 1024)?;
        within("train.epochs", train.epochs, 1, 10_000)?;
        if let Some(rate) = train.learning_rate {
            within("train.learningRate", rate, 0.0, 100.0)?;
        }
        for (path, value, low, high) in [
            ("train.weightDecay", train.weight_decay, 0.0, 1.0),
            ("train.momentum", train.momentum, 0.0, 0.9999),
            ("train.warmup", train.warmup, 0.0, 1.0),
            ("train.finalRate", train.final_rate, 0.0, 1.0),
            ("augment.crop.probability", crop.probability, 0.0, 1.0),
            ("augment.crop.minArea", crop.min_area, 0.01, 1.0),
            ("augment.crop.maxArea", crop.max_area, crop.min_area, 1.0),
            ("augment.crop.maxAspect", crop.max_aspect, 1.0, 4.0),
            ("augment.flip.probability", flip.probability, 0.0, 1.0),
            ("augment.jitter.probability", jitter.probability, 0.0, 1.0),
            ("augment.jitter.brightness", jitter.brightness, 0.0, 1.0),
            ("augment.jitter.contrast", jitter.contrast, 0.0, 1.0),
            ("augment.jitter.saturation", jitter.saturation, 0.0, 1.0),
            ("augment.jitter.hue", jitter.hue, 0.0, 0.5),
            ("augment.grey.probability", grey.probability, 0.0, 1.0),
            ("augment.blur.probability", blur.probability, 0.0, 1.0),
            ("augment.blur.minSigma", blur.min_sigma, 0.01, 16.0),
            (
                "augment.blur.maxSigma",
                blur.max_sigma,
                blur.min_sigma,
                16.0,
            ),
            (
                "augment.solarise.probability",
                solarise.probability,
                0.0,
                1.0,
            ),
            ("augment.solarise.threshold", solarise.threshold, 0.0, 1.0),
        ] {
            within(path, value, low, high)?;
        }
        Ok(())
    }
}

fn within<T: PartialOrd + fmt::Display + Copy>(
    path: &str,
    value: T,
    low: T,
    high: T,
) -> Result<(), Error> {
    if low <= value && value <= high {
        Ok(())
    } else {
        Err(Error::setting(
            path,
            format!("{value} is not from {low} to {high}"),
        ))
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

/// A partial setting from `path=value`: the value is JSON, or else a string.
///
/// # Errors
/// If there is no `=` or no path before it.
pub fn from_path(text: &str) -> Result<Value, Error> {
    let (path, value) = text
        .split_once('=')
        .filter(|(path, _)| !path.is_empty())
        .ok_or_else(|| Error::setting(text, "not of the form path=value"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
    let wrap = |value, key: &str| Value::Object(Map::from_iter([(key.to_owned(), value)]));
    Ok(path.rsplit('.').fold(value, wrap))
}

/// Dotted paths at which two settings differ.
pub fn differences(a: &Settings, b: &Settings) -> Vec<String> {
    fn walk(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                let null = Value::Null;
                let added = b.keys().filter(|key| !a.contains_key(*key));
                for key in a.keys().chain(added) {
                    let path = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn partial_settings_are_completed_and_wrong_ones_named() {
        let settings = Settings::default();
        let changed = settings.merged(&json!({"train": {"batch": 16}})).unwrap();
        assert_eq!((changed.train.batch, changed.train.epochs), (16, 40));
        assert_eq!(differences(&settings, &changed), ["train.batch"]);
        for (partial, path) in [
            (json!({"train": {"batch": 1}}), "train.batch"),
            (json!({"train": {"bach": 16}}), "train"),
            (
                json!({"augment": {"crop": {"minArea": "wide"}}}),
                "augment.crop.minArea",
            ),
            (json!({"version": 9}), "version"),
        ] {
            let error = settings.merged(&partial).unwrap_err().to_string();
            assert!(error.starts_with(path), "{error}");
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
}
