//! The table of everything that can be turned: what is checked, listed and drawn is read from here.

use serde::Serialize;
use serde_json::Value;

use super::knob::{Knob, KnobKind, said};
use super::{Settings, augment, train};

/// Where the page draws a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Panel {
    /// The menu of methods.
    Menu,
    /// The line that tells how the run goes.
    Status,
    /// With the method it belongs to.
    Method,
    /// With the size of the run.
    Run,
    /// With the views.
    Views,
}

/// Settings that stand together.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Where the page draws them.
    pub panel: Panel,
    /// Their heading.
    pub title: &'static str,
    /// In the order in which they are shown.
    pub knobs: &'static [Knob],
}

/// What all methods share, but for the method itself. The first of a group of [`Panel::Views`] is how
/// often that step is taken: the page shows it beside the heading.
pub const SHARED: &[Group] = &[
    Group {
        panel: Panel::Status,
        title: "Seed",
        knobs: train::SEED,
    },
    Group {
        panel: Panel::Run,
        title: "Run",
        knobs: train::RUN,
    },
    Group {
        panel: Panel::Run,
        title: "Optimiser and schedule",
        knobs: train::FINE,
    },
    Group {
        panel: Panel::Views,
        title: "Random crop",
        knobs: augment::CROP,
    },
    Group {
        panel: Panel::Views,
        title: "Flip",
        knobs: augment::FLIP,
    },
    Group {
        panel: Panel::Views,
        title: "Colour jitter",
        knobs: augment::JITTER,
    },
    Group {
        panel: Panel::Views,
        title: "Greyscale",
        knobs: augment::GREY,
    },
    Group {
        panel: Panel::Views,
        title: "Blur",
        knobs: augment::BLUR,
    },
    Group {
        panel: Panel::Views,
        title: "Solarise",
        knobs: augment::SOLARISE,
    },
];

/// One setting, as it is listed and drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Dotted path in the settings.
    pub path: String,
    /// The method whose knob it is; null if all share it.
    pub method: Option<&'static str>,
    /// Where the page draws it.
    pub panel: Panel,
    /// Heading of those that it stands with.
    pub group: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What turning it does, in one sentence.
    pub about: &'static str,
    /// What values it takes.
    pub kind: KnobKind,
    /// What is counted; empty if nothing is.
    pub unit: &'static str,
    /// What may stand there, in words.
    pub values: String,
    /// Value at the beginning.
    #[cfg_attr(test, ts(type = "number | string | boolean | null"))]
    pub default: Value,
    /// Whether it takes effect at the next step; else at the next start.
    pub live: bool,
    /// When it has no effect; null if it always has.
    pub idle: Option<Idle>,
}

/// When a setting has no effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Idle {
    /// Dotted path of another setting.
    pub path: String,
    /// The values at which it is so, as text.
    pub values: &'static [&'static str],
    /// The same as a sentence.
    pub sentence: String,
}

/// The rows of groups, in their order. `method` is the one whose knobs they are; `defaults` is the
/// whole settings.
pub fn rows(groups: &[Group], method: Option<&'static str>, defaults: &Settings) -> Vec<Row> {
    let defaults = serde_json::to_value(defaults).expect("settings are plain data");
    let whole = |knob: &Knob| match method {
        Some(_) => format!("knobs.{}", knob.field),
        None => knob.field.to_owned(),
    };
    let knobs = groups.iter().flat_map(|group| group.knobs);
    let by_path: Vec<_> = knobs.map(|knob| (whole(knob), knob)).collect();
    let idle = |(path, values): (&str, &'static [&'static str])| {
        // What a method does not have it cannot wait for.
        let (_, other) = by_path.iter().find(|(whole, _)| whole == path)?;
        let named: Vec<_> = values.iter().map(|value| other.named(value)).collect();
        let label = other.label;
        Some(Idle {
            path: path.to_owned(),
            values,
            sentence: format!("No effect while {label} is {}.", named.join(" or ")),
        })
    };
    let row = |group: &Group, knob: &Knob| {
        let path = whole(knob);
        Row {
            method,
            panel: group.panel,
            group: group.title,
            label: knob.label,
            about: knob.about,
            kind: knob.kind,
            unit: knob.unit,
            values: knob.values(),
            default: tidy(at(&defaults, &path).cloned().unwrap_or_default()),
            live: knob.live,
            idle: knob.idle.and_then(idle),
            path,
        }
    };
    let rows = groups
        .iter()
        .flat_map(|group| group.knobs.iter().map(move |knob| row(group, knob)));
    rows.collect()
}

/// What stands at a dotted path.
pub(crate) fn at<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(tree, |here, key| here.get(key))
}

/// The knob that all methods share at this path.
pub(crate) fn shared(path: &str) -> Option<&'static Knob> {
    let mut knobs = SHARED.iter().flat_map(|group| group.knobs);
    knobs.find(|knob| knob.field == path)
}

/// Whether settings lie below this path.
pub(super) fn is_group(path: &str) -> bool {
    let below = |knob: &Knob| {
        let rest = knob.field.strip_prefix(path);
        path.is_empty() || rest.is_some_and(|rest| rest.starts_with('.'))
    };
    SHARED.iter().flat_map(|group| group.knobs).any(below)
}

/// Has a run under way take up those of the settings that are live. `knobs` are the method's.
pub fn take_up(running: &mut Settings, wanted: &Settings, knobs: &[Knob]) {
    let mut now = serde_json::to_value(&*running).expect("settings are plain data");
    let wanted = serde_json::to_value(wanted).expect("settings are plain data");
    let shared = SHARED.iter().flat_map(|group| group.knobs);
    let shared = shared.map(|knob| (format!("/{}", knob.field.replace('.', "/")), knob));
    let own = knobs.iter();
    let own = own.map(|knob| (format!("/knobs/{}", knob.field), knob));
    for (place, knob) in shared.chain(own) {
        let (old, new) = (now.pointer_mut(&place), wanted.pointer(&place));
        if let (true, Some(old), Some(new)) = (knob.live, old, new) {
            *old = new.clone();
        }
    }
    *running = serde_json::from_value(now).expect("both were settings");
}

/// Numbers as they were written: single precision has made 0.20000000298 of 0.2.
fn tidy(value: Value) -> Value {
    match value.is_f64().then(|| said(&value).parse::<f64>()) {
        Some(Ok(number)) => number.into(),
        _ => value,
    }
}

impl Knob {
    /// A value, given as text, as the page shows it.
    fn named<'a>(&self, value: &'a str) -> &'a str {
        match self.kind {
            KnobKind::Choice { options } => {
                let mut options = options.iter();
                options
                    .find(|option| option.value == value)
                    .map_or(value, |option| option.label)
            }
            KnobKind::Switch if value == "true" => "on",
            KnobKind::Switch => "off",
            KnobKind::Number { .. } | KnobKind::Count { .. } => value,
        }
    }
}
