//! `run.json`, as the command line reads and writes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use twoviews_session_file::{ImageHash, RUN_FORMAT};
pub(super) use twoviews_session_file::{Images, RunFile};

use super::cannot;
use crate::data::ImageSet;
use crate::error::Error;

/// The name of the file in the folder of a run.
pub(super) const NAME: &str = "run.json";

pub(super) fn images_of(images: &ImageSet) -> Images {
    Images::of(
        images.set.clone(),
        images.size,
        &images.names,
        &images.pixels,
    )
}

/// In what these differ from those of the run that is to be repeated or gone on with, if they do.
pub(super) fn differ(here: &Images, wanted: &Images) -> Option<String> {
    if here == wanted {
        return None;
    }
    let by_name = |images: &Images| -> BTreeMap<String, String> {
        let list = images.list.iter().cloned();
        list.map(|ImageHash { name, sha256 }| (name, sha256))
            .collect()
    };
    let (now, there) = (by_name(here), by_name(wanted));
    let missing = there.keys().filter(|name| !now.contains_key(*name)).count();
    let new = now.keys().filter(|name| !there.contains_key(*name)).count();
    let changed = now.iter().filter(|(name, hash)| {
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

/// Reads one that was written by this version or an earlier one.
pub(super) fn read(path: &Path) -> Result<RunFile, Error> {
    let text = fs::read(path).map_err(|e| cannot("read", path, &e))?;
    let value: Value = serde_json::from_slice(&text).map_err(|e| cannot("read", path, &e))?;
    let must_be = |field: &str, is: &Value, what: &str| {
        let reason = format!("{field} must be {what}, and is {is}");
        Err(cannot("read", path, &reason))
    };
    if let Some(format) = value.get("format").filter(|is| !is.is_u64()) {
        return must_be("format", format, "a whole number");
    }
    if let Some(settings) = value.get("settings").filter(|is| !is.is_object()) {
        return must_be("settings", settings, "an object");
    }
    if let Some(size) = value["images"].get("size").filter(|is| !is.is_u64()) {
        return must_be("images.size", size, "a whole number");
    }
    if value["format"].as_u64() > Some(RUN_FORMAT.into()) {
        let reason = "it was written by a later version of Twoviews";
        return Err(cannot("read", path, &reason));
    }
    serde_json::from_value(value).map_err(|e| {
        let reason = format!("it is not a {NAME} as `twoviews train --out` writes it: {e}");
        cannot("read", path, &reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(list: &[(&str, &str)]) -> Images {
        let image = |&(name, sha256): &(&str, &str)| ImageHash {
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
        assert_eq!(differ(&wanted, &wanted), None);
        let said = |list: &[(&str, &str)]| differ(&images(list), &wanted).expect("they differ");
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
