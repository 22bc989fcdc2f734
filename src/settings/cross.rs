//! What must hold of several settings together.

use serde_json::Value;

use super::knob::said;
use super::table::{at, shared};
use super::{Augment, Settings};
use crate::error::Error;

/// Something that must hold of two settings.
struct Rule {
    /// What the sentence says of the first and the second.
    paths: [&'static str; 2],
    sentence: &'static str,
    holds: fn(&Augment) -> bool,
}

const RULES: &[Rule] = &[
    Rule {
        paths: ["augment.crop.minArea", "augment.crop.maxArea"],
        sentence: "must not be above",
        holds: areas_are_in_order,
    },
    Rule {
        paths: ["augment.blur.minSigma", "augment.blur.maxSigma"],
        sentence: "must not be above",
        holds: sigmas_are_in_order,
    },
];

fn areas_are_in_order(augment: &Augment) -> bool {
    augment.crop.min_area <= augment.crop.max_area
}

fn sigmas_are_in_order(augment: &Augment) -> bool {
    augment.blur.min_sigma <= augment.blur.max_sigma
}

/// That settings fit together, each within its range. `changed` is what was asked for: of two that
/// do not fit, what was changed is at fault.
pub(super) fn check(settings: &Settings, changed: &Value) -> Result<(), Error> {
    let Some(rule) = RULES.iter().find(|rule| !(rule.holds)(&settings.augment)) else {
        return Ok(());
    };
    let whole = serde_json::to_value(settings).expect("settings are plain data");
    let [first, second] = rule.paths.map(|path| {
        let label = shared(path).expect("a rule is about settings").label;
        let value = at(&whole, path).expect("every knob is a setting");
        format!("{label} ({})", said(value))
    });
    let fault = rule.paths.iter().find(|path| at(changed, path).is_some());
    let fault = fault.unwrap_or(&rule.paths[0]);
    let sentence = rule.sentence;
    Err(Error::setting(
        *fault,
        format!("{first} {sentence} {second}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_two_that_do_not_fit_the_changed_one_is_at_fault() {
        let settings = Settings::default();
        for (partial, path, message) in [
            (
                json!({"augment": {"crop": {"maxArea": 0.1}}}),
                "augment.crop.maxArea",
                "Random crop: smallest area (0.2) must not be above Random crop: largest area (0.1)",
            ),
            (
                json!({"augment": {"blur": {"minSigma": 3.0}}}),
                "augment.blur.minSigma",
                "Blur: smallest sigma (3.0) must not be above Blur: largest sigma (2.0)",
            ),
        ] {
            let error = settings.merged(&partial).unwrap_err();
            assert_eq!(error, Error::setting(path, message));
        }
    }

    #[test]
    fn every_rule_is_about_settings() {
        for path in RULES.iter().flat_map(|rule| rule.paths) {
            assert!(shared(path).is_some(), "{path}");
        }
    }
}
