//! `run.json`: what a run is a function of. Settings, versions, and which images.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{cannot, files};
use crate::data::ImageSet;
use crate::error::Error;

/// The name of the file in the folder of a run.
pub(super) const NAME: &str = "run.json";

/// The version of this file that is written; later ones are refused.
const FORMAT: u32 = 1;

/// A run, but for what it has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunFile {
    /// Version of this file.
    format: u32,
    /// Version of Twoviews that wrote it.
    twoviews: String,
    /// All settings, method and seed among them; any part of them in a file written by hand.
    pub(super) settings: Value,
    /// The images; none in a file written by hand.
    #[serde(default)]
    pub(super) images: Option<Images>,
}

/// Which images a run was on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Images {
    /// Id of the built-in set; null for the learner's own.
    set: Option<String>,
    /// Side of each, in pixels.
    size: usize,
    /// Each image, in their order.
    list: Vec<Image>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Image {
    name: String,
    /// SHA-256 of its square, as it is trained on: rows of RGB, a byte a channel.
    sha256: String,
}

impl Images {
    pub(super) fn of(images: &ImageSet) -> Self {
        let list = images.names.iter().enumerate().map(|(at, name)| Image {
            name: name.clone(),
            sha256: format!("{:x}", Sha256::digest(images.image(at))),
        });
        Self {
            set: images.set.clone(),
            size: images.size,
            list: list.collect(),
        }
    }

    /// In what these differ from those of the run that is to be repeated or gone on with, if they do.
    pub(super) fn differ(&self, wanted: &Self) -> Option<String> {
        if self == wanted {
            return None;
        }
        let by_name = |images: &Self| -> BTreeMap<String, String> {
            let list = images.list.iter().cloned();
            list.map(|Image { name, sha256 }| (name, sha256)).collect()
        };
        let (here, there) = (by_name(self), by_name(wanted));
        let missing = there
            .keys()
            .filter(|name| !here.contains_key(*name))
            .count();
        let new = here
            .keys()
            .filter(|name| !there.contains_key(*name))
            .count();
        let changed = here.iter().filter(|(name, hash)| {
            let before = there.get(*name);
            before.is_some_and(|before| before != *hash)
        });
        let counts = [
            (missing, "missing"),
            (new, "new"),
            (changed.count(), "not the same"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(n, what)| format!("{n} {what}")).collect();
        let how = if counts.is_empty() {
            "they come in another order".into()
        } else {
            format!("of {} images {}", wanted.list.len(), counts.join(", "))
        };
        Some(format!(
            "These are not the images of that run ({how}), so this one will be another."
        ))
    }
}

impl RunFile {
    pub(super) fn new(settings: Value, images: Option<Images>) -> Self {
        Self {
            format: FORMAT,
            twoviews: env!("CARGO_PKG_VERSION").into(),
            settings,
            images,
        }
    }

    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|e| cannot("read", path, &e))?;
        let value: Value = serde_json::from_str(&text).map_err(|e| cannot("read", path, &e))?;
        if value["format"].as_u64() > Some(FORMAT.into()) {
            let reason = "it was written by a later version of Twoviews";
            return Err(cannot("read", path, &reason));
        }
        serde_json::from_value(value).map_err(|e| {
            let reason = format!("it is not a {NAME} as `twoviews train --out` writes it: {e}");
            cannot("read", path, &reason)
        })
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self).expect("plain data");
        files::write(path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(list: &[(&str, &str)]) -> Images {
        let image = |&(name, sha256): &(&str, &str)| Image {
            name: name.into(),
            sha256: sha256.into(),
        };
        Images {
            set: None,
            size: 16,
            list: list.iter().map(image).collect(),
        }
    }

    #[test]
    fn other_images_are_told_by_what_differs() {
        let wanted = images(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(wanted.differ(&wanted), None);
        let said = |list: &[(&str, &str)]| images(list).differ(&wanted).expect("they differ");
        let others = said(&[("a", "1"), ("b", "5"), ("d", "4")]);
        assert_eq!(
            others,
            "These are not the images of that run (of 3 images 1 missing, 1 new, 1 not the same), \
             so this one will be another."
        );
        let order = said(&[("b", "2"), ("a", "1"), ("c", "3")]);
        assert!(order.contains("another order"), "{order}");
    }
}
