//! Everything a run depends on besides its images: one JSON object.
//!
//! Partial settings are completed from the defaults. A path with dots (`train.batch`) names one
//! setting on the command line and in the page's address.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;

/// The version of this format; raised when a setting changes its meaning.
pub const VERSION: u32 = 1;

/// The settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Version of the format.
    pub version: u32,
    /// Id of the method: the name of its file.
    pub method: String,
    /// Seed of every random draw.
    pub seed: u32,
    /// Where the run computes.
    pub backend: Backend,
    /// Side of the images, in pixels: 16 to 96.
    pub size: usize,
    /// The network under study.
    pub encoder: EncoderSettings,
    /// How the network is trained.
    pub train: TrainSettings,
    /// How views are made from an image.
    pub augment: Augment,
    /// Hyper-parameters of the method, as its card lists them.
    #[cfg_attr(test, ts(type = "Record<string, number | string | boolean>"))]
    pub knobs: Map<String, Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            method: "simclr".into(),
            seed: 42,
            backend: Backend::Auto,
            size: 32,
            encoder: EncoderSettings::default(),
            train: TrainSettings::default(),
            augment: Augment::default(),
            knobs: Map::new(),
        }
    }
}

/// Where a run computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// WebGPU where it works and is faster, else the CPU.
    #[default]
    Auto,
    /// WebGPU, or a failure.
    WebGpu,
    /// The CPU: wasm SIMD in a browser.
    Cpu,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        })
    }
}

/// Size of the network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct EncoderSettings {
    /// Channels of the first stage, doubled at each of the three that follow: 4 to 64.
    pub width: usize,
}

impl Default for EncoderSettings {
    fn default() -> Self {
        Self { width: 16 }
    }
}

/// How the network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainSettings {
    /// Images a step looks at (each gives as many views as the method asks for): 2 to 1024.
    pub batch: usize,
    /// Passes over the images: 1 to 10,000.
    pub epochs: usize,
    /// Which rule moves the parameters.
    pub optimizer: OptimizerKind,
    /// Peak learning rate; `null` is the method's own for this optimiser and batch size.
    pub learning_rate: Option<f32>,
    /// Fraction of the weights taken away at each step, before the learning rate.
    pub weight_decay: f32,
    /// Momentum of SGD and LARS.
    pub momentum: f32,
    /// Part of the run over which the learning rate rises linearly: 0 to 1.
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

/// The rules that move parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// Adam with decoupled weight decay.
    AdamW,
    /// SGD with a rate for each layer, from the norms of its weights and gradient.
    Lars,
}

/// How a view is made from an image: each step has a probability and a strength.
///
/// The steps run in the order of the fields. See `augment/`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Augment {
    /// A random part of the image, resized to the view.
    pub crop: Crop,
    /// Left and right exchanged.
    pub flip: Flip,
    /// Brightness, contrast, saturation and hue changed, in random order.
    pub jitter: Jitter,
    /// Colour taken away.
    pub grey: Grey,
    /// Gaussian blur.
    pub blur: Blur,
    /// Bright values inverted.
    pub solarise: Solarise,
}

/// Random resized crop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Crop {
    /// How often: 0 to 1; else the whole image is the view.
    pub probability: f32,
    /// Smallest part of the image's area.
    pub min_area: f32,
    /// Largest part of the image's area.
    pub max_area: f32,
    /// Largest width over height, and height over width.
    pub max_aspect: f32,
}

impl Default for Crop {
    fn default() -> Self {
        Self {
            probability: 1.0,
            min_area: 0.2,
            max_area: 1.0,
            max_aspect: 4.0 / 3.0,
        }
    }
}

/// Horizontal flip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Flip {
    /// How often: 0 to 1.
    pub probability: f32,
}

impl Default for Flip {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

/// Colour jitter: each factor is uniform in `[1 - s, 1 + s]`, the hue in `[-s, s]` of a full turn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Jitter {
    /// How often: 0 to 1.
    pub probability: f32,
    /// Strength of the brightness change: 0 to 1.
    pub brightness: f32,
    /// Strength of the contrast change: 0 to 1.
    pub contrast: f32,
    /// Strength of the saturation change: 0 to 1.
    pub saturation: f32,
    /// Strength of the hue change: 0 to 0.5 of a full turn.
    pub hue: f32,
}

impl Default for Jitter {
    fn default() -> Self {
        Self {
            probability: 0.8,
            brightness: 0.4,
            contrast: 0.4,
            saturation: 0.4,
            hue: 0.1,
        }
    }
}

/// Greyscale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Grey {
    /// How often: 0 to 1.
    pub probability: f32,
}

impl Default for Grey {
    fn default() -> Self {
        Self { probability: 0.2 }
    }
}

/// Gaussian blur; sigma is uniform between the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Blur {
    /// How often: 0 to 1.
    pub probability: f32,
    /// Smallest sigma, in pixels of the view.
    pub min_sigma: f32,
    /// Largest sigma, in pixels of the view.
    pub max_sigma: f32,
}

impl Default for Blur {
    fn default() -> Self {
        Self {
            probability: 0.0,
            min_sigma: 0.1,
            max_sigma: 2.0,
        }
    }
}

/// Solarise: `1 - x` where `x >= threshold`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Solarise {
    /// How often: 0 to 1.
    pub probability: f32,
    /// Values from here on are inverted: 0 to 1.
    pub threshold: f32,
}

impl Default for Solarise {
    fn default() -> Self {
        Self {
            probability: 0.0,
            threshold: 0.5,
        }
    }
}

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

fn within<T: PartialOrd + fmt::Display>(
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
