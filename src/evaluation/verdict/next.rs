//! What to try after a run, from what its two statements say.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::collapse::CollapseState;
use super::learned::LearnedState;
use crate::methods::{METHODS, find};
use crate::settings::{Augment, KnobKind, Settings, table};

/// Next steps that are offered, at most.
const OFFERED: usize = 3;
/// Fewer images than this are more worth than any setting.
const FEW_IMAGES: usize = 200;
/// A run is short below this many steps.
const SHORT: usize = 1500;

/// Something to try.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NextStep {
    /// What it does, in a few words.
    pub label: String,
    /// The settings that do it; null for what is done with images by hand.
    #[cfg_attr(test, ts(type = "DeepPartial<Settings> | null"))]
    pub settings: Option<Value>,
}

/// What a run came to, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The settings of the run, complete.
    pub settings: &'a Settings,
    /// Its highest learning rate.
    pub rate: f32,
    /// The rate that the method would have had by itself.
    pub own_rate: f32,
    /// Its steps.
    pub steps: usize,
    /// Its images.
    pub images: usize,
    /// Whether its loss stopped being a number.
    pub diverged: bool,
    /// The first statement.
    pub collapse: CollapseState,
    /// The second.
    pub learned: LearnedState,
    /// Whether h is clearly below raw pixels.
    pub below_pixels: bool,
}

/// What to try next, what promises most first.
pub fn next_steps(run: Outcome) -> Vec<NextStep> {
    let failed = run.diverged
        || matches!(
            run.collapse,
            CollapseState::Collapsed | CollapseState::Partial | CollapseState::Narrow
        );
    let far_too_high = lower_rate(&run).filter(|_| run.rate > 3.0 * run.own_rate);
    let mut steps = if failed {
        vec![
            own_knobs(run.settings),
            lower_rate(&run),
            other_method(run.settings),
        ]
    } else {
        match run.learned {
            LearnedState::Unscored => vec![Some(by_hand("Sort the images into folders by kind"))],
            LearnedState::Better | LearnedState::Early => vec![longer(&run)],
            LearnedState::BelowPixels => {
                vec![
                    weaker_colour(run.settings),
                    no_flip(run.settings),
                    longer(&run),
                ]
            }
            _ if run.below_pixels => vec![
                weaker_colour(run.settings),
                no_flip(run.settings),
                larger_crops(run.settings),
                longer(&run),
            ],
            _ => vec![
                own_knobs(run.settings),
                longer(&run).filter(|_| run.steps < SHORT),
                few_images(&run),
                larger_crops(run.settings),
                weaker_colour(run.settings),
                other_method(run.settings),
            ],
        }
    };
    // Nothing else is to be learned from a run whose rate was far too high.
    if run.learned != LearnedState::Better || failed {
        steps.insert(0, far_too_high);
    }
    let mut offered: Vec<NextStep> = Vec::new();
    for step in steps.into_iter().flatten() {
        if !offered.contains(&step) {
            offered.push(step);
        }
    }
    offered.truncate(OFFERED);
    offered
}

fn by_settings(label: impl Into<String>, settings: Value) -> NextStep {
    NextStep {
        label: label.into(),
        settings: Some(settings),
    }
}

fn by_hand(label: &str) -> NextStep {
    NextStep {
        label: label.into(),
        settings: None,
    }
}

/// The method's own rate if the run's was higher, else a third of it.
fn lower_rate(run: &Outcome) -> Option<NextStep> {
    if run.rate > 1.01 * run.own_rate {
        let label = format!(
            "Lower the learning rate to the method's own {}",
            round(run.own_rate)
        );
        return Some(by_settings(label, json!({"train": {"learningRate": null}})));
    }
    let rate = round(run.rate / 3.0);
    (rate > 0.0).then_some(())?;
    let label = format!("Lower the learning rate to {rate}");
    Some(by_settings(label, json!({"train": {"learningRate": rate}})))
}

/// The method's knobs as they are by default, where the run's are others.
fn own_knobs(settings: &Settings) -> Option<NextStep> {
    let entry = find(&settings.method).ok()?;
    let defaults = entry.complete(&Map::new()).ok()?;
    let changed = entry.card.knobs.iter();
    let changed = changed.filter(|knob| settings.knobs.get(knob.field) != defaults.get(knob.field));
    let changed: Vec<_> = changed.collect();
    (!changed.is_empty()).then_some(())?;
    let knobs = changed
        .iter()
        .map(|knob| (knob.field.to_owned(), defaults[knob.field].clone()));
    let knobs: Map<String, Value> = knobs.collect();
    let label = match &changed[..] {
        [knob] => match &knobs[knob.field] {
            Value::Bool(true) => format!("Switch {} on again", knob.label),
            Value::Bool(false) => format!("Switch {} off again", knob.label),
            value => format!("Set {} back to {value}", knob.label),
        },
        all => format!("Set {} knobs of the method back", all.len()),
    };
    Some(by_settings(label, json!({ "knobs": knobs })))
}

/// Three times as long, in epochs.
fn longer(run: &Outcome) -> Option<NextStep> {
    let epochs = run.settings.train.epochs;
    let more = (3 * epochs).min(most_epochs());
    (more > epochs).then_some(())?;
    let label = format!("Train longer: {more} epochs instead of {epochs}");
    Some(by_settings(label, json!({"train": {"epochs": more}})))
}

/// The most epochs that a run may have.
fn most_epochs() -> usize {
    match table::shared("train.epochs").map(|knob| knob.kind) {
        Some(KnobKind::Count { max, .. }) => max,
        _ => usize::MAX,
    }
}

/// A third of the colour changes, and no grey.
fn weaker_colour(settings: &Settings) -> Option<NextStep> {
    let Augment { jitter, grey, .. } = settings.augment;
    let strongest = [jitter.brightness, jitter.contrast, jitter.saturation];
    let strongest = strongest.into_iter().fold(jitter.hue, f32::max);
    let weak = jitter.probability == 0.0 || strongest < 0.1;
    (!weak || grey.probability > 0.0).then_some(())?;
    let third = |strength: f32| round(strength / 3.0);
    let jitter = json!({
        "brightness": third(jitter.brightness),
        "contrast": third(jitter.contrast),
        "saturation": third(jitter.saturation),
        "hue": third(jitter.hue),
    });
    let augment = json!({"jitter": jitter, "grey": {"probability": 0.0}});
    Some(by_settings(
        "Change colours less",
        json!({ "augment": augment }),
    ))
}

fn no_flip(settings: &Settings) -> Option<NextStep> {
    (settings.augment.flip.probability > 0.0).then_some(())?;
    Some(by_settings(
        "Do not flip",
        json!({"augment": {"flip": {"probability": 0.0}}}),
    ))
}

/// Crops that keep at least half of an image.
fn larger_crops(settings: &Settings) -> Option<NextStep> {
    let crop = settings.augment.crop;
    let small = crop.probability > 0.0 && crop.min_area < 0.5 && crop.max_area >= 0.5;
    small.then_some(())?;
    let crop = json!({"crop": {"minArea": 0.5}});
    Some(by_settings(
        "Cut less away from images",
        json!({ "augment": crop }),
    ))
}

fn few_images(run: &Outcome) -> Option<NextStep> {
    (run.images < FEW_IMAGES).then(|| by_hand("Add more images"))
}

/// The first method of another family.
fn other_method(settings: &Settings) -> Option<NextStep> {
    let own = find(&settings.method).ok()?.card.family;
    let other = METHODS.iter().find(|entry| entry.card.family != own)?;
    let label = format!("Try {}", other.card.title);
    Some(by_settings(label, json!({"method": other.card.id})))
}

/// To two digits, so that it reads well.
fn round(value: f32) -> f64 {
    format!("{value:.1e}").parse().expect("a number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::complete;

    fn settings(partial: &Value) -> Settings {
        complete(Settings::default().merged(partial).unwrap()).unwrap()
    }

    type Change = fn(&mut Outcome);

    /// What a run came to, and the first thing to try after it.
    const TABLE: &[(&str, Change, &str)] = &[
        (
            "a gain",
            |run| run.learned = LearnedState::Better,
            "Train longer: 120 epochs instead of 40",
        ),
        (
            "no gain, and few steps",
            |_| {},
            "Train longer: 120 epochs instead of 40",
        ),
        (
            "no gain in many steps, of few images",
            |run| (run.steps, run.images) = (5000, 60),
            "Add more images",
        ),
        (
            "no gain in many steps, of many images",
            |run| run.steps = 5000,
            "Cut less away from images",
        ),
        (
            "worse than pixels",
            |run| (run.learned, run.below_pixels) = (LearnedState::Worse, true),
            "Change colours less",
        ),
        (
            "a gain, and below pixels",
            |run| (run.learned, run.below_pixels) = (LearnedState::BelowPixels, true),
            "Change colours less",
        ),
        (
            "a collapse at a high rate",
            |run| (run.collapse, run.rate) = (CollapseState::Collapsed, 100.0),
            "Lower the learning rate to the method's own 0.001",
        ),
        (
            "a collapse at the method's own rate",
            |run| run.collapse = CollapseState::Partial,
            "Lower the learning rate to 0.00033",
        ),
        (
            "a loss that is no number",
            |run| (run.diverged, run.rate) = (true, 0.5),
            "Lower the learning rate to the method's own 0.001",
        ),
        (
            "no labels",
            |run| run.learned = LearnedState::Unscored,
            "Sort the images into folders by kind",
        ),
    ];

    #[test]
    fn the_first_step_follows_from_the_evidence() {
        let settings = settings(&json!({}));
        for (why, change, expected) in TABLE {
            let mut run = plain(&settings);
            change(&mut run);
            let steps = next_steps(run);
            assert_eq!(steps[0].label, *expected, "{why}");
            assert!(steps.len() <= OFFERED, "{why}");
        }
    }

    fn plain(settings: &Settings) -> Outcome<'_> {
        Outcome {
            settings,
            rate: settings.train.learning_rate.unwrap_or(1e-3),
            own_rate: 1e-3,
            steps: 200,
            images: 1000,
            diverged: false,
            collapse: CollapseState::Apart,
            learned: LearnedState::Same,
            below_pixels: false,
        }
    }

    #[test]
    fn what_was_switched_off_is_switched_on_again() {
        let bare = settings(&json!({"method": "simsiam", "knobs": {"stopGradient": false}}));
        let run = Outcome {
            collapse: CollapseState::Collapsed,
            ..plain(&bare)
        };
        let step = &next_steps(run)[0];
        assert_eq!(step.label, "Switch Stop-gradient on again");
        assert_eq!(
            step.settings,
            Some(json!({"knobs": {"stopGradient": true}}))
        );
    }

    /// Whatever the method, and twice over: a step that changes nothing is none.
    #[test]
    fn every_step_is_a_change_that_the_settings_take() {
        for entry in METHODS {
            let mut now = settings(&json!({"method": entry.card.id}));
            for collapse in [CollapseState::Apart, CollapseState::Collapsed] {
                for learned in [LearnedState::Same, LearnedState::BelowPixels] {
                    for step in next_steps(Outcome {
                        collapse,
                        learned,
                        below_pixels: true,
                        ..plain(&now.clone())
                    }) {
                        let Some(partial) = step.settings else {
                            continue;
                        };
                        let next = complete(now.merged(&partial).unwrap()).unwrap();
                        assert_ne!(next, now, "{}: {}", entry.card.id, step.label);
                        if next.method == now.method {
                            now = next;
                        }
                    }
                }
            }
        }
    }
}
