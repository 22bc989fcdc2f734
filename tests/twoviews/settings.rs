//! The table of everything that can be turned, beside the settings themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use twoviews::error::Error;
use twoviews::methods::{METHODS, complete, find, table};
use twoviews::settings::table::{Panel, Row};
use twoviews::settings::{KnobKind, Settings, differences, take_up};

/// Every path of the settings with its value.
fn leaves(path: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(parts) => {
            for (key, part) in parts {
                let path = format!("{path}.{key}");
                leaves(path.trim_start_matches('.'), part, found);
            }
        }
        value => {
            found.insert(path.to_owned(), value.clone());
        }
    }
}

fn of(method: &str) -> Settings {
    let partial = json!({ "method": method });
    complete(Settings::default().merged(&partial).unwrap()).unwrap()
}

fn with(path: &str, value: &Value) -> Value {
    let wrap = |value, key: &str| json!({ key: value });
    path.rsplit('.').fold(value.clone(), wrap)
}

/// The rows that settings with this method have.
fn rows<'a>(table: &'a [Row], method: &str) -> Vec<&'a Row> {
    let own = |row: &&Row| row.method.is_none_or(|own| own == method);
    table.iter().filter(own).collect()
}

/// A value that the setting takes, other than its default.
fn another(row: &Row) -> Value {
    match row.kind {
        KnobKind::Number { min, max, .. } => [f64::midpoint(min, max), min]
            .into_iter()
            .map(Value::from)
            .find(|value| *value != row.default)
            .unwrap(),
        KnobKind::Count { min, max, .. } => {
            let default = row.default.as_u64().unwrap();
            let less = usize::try_from(default).unwrap() > min;
            assert!(less || usize::try_from(default).unwrap() < max);
            (if less { default - 1 } else { default + 1 }).into()
        }
        KnobKind::Switch => (!row.default.as_bool().unwrap()).into(),
        KnobKind::Choice { options } => {
            let words = options.iter().map(|option| Value::from(option.value));
            words
                .into_iter()
                .find(|word| *word != row.default)
                .expect("a choice is of two words at least")
        }
    }
}

#[test]
fn every_setting_has_a_row_and_every_row_a_setting_that_takes_its_default() {
    let table = table();
    for entry in METHODS {
        let id = entry.card.id;
        let settings = serde_json::to_value(of(id)).unwrap();
        let mut found = BTreeMap::new();
        leaves("", &settings, &mut found);
        // The version of the format is nothing to turn.
        found.remove("version");
        let rows = rows(&table, id);
        let paths: BTreeSet<_> = rows.iter().map(|row| &row.path).collect();
        assert_eq!(paths.len(), rows.len(), "{id}: two rows of one setting");
        assert_eq!(paths, found.keys().collect(), "{id}");
        for row in rows {
            // The table's numbers are as written, the settings' of single precision.
            let path = &row.path;
            let back = of(id).merged(&with(path, &row.default)).expect(path);
            let back = complete(back).expect(path);
            let default = if path == "method" {
                of("simclr")
            } else {
                of(id)
            };
            assert_eq!(differences(&back, &default), [""; 0], "{id}: {path}");
        }
    }
}

#[test]
fn every_row_can_be_turned_and_says_whether_a_run_takes_it_up() {
    for row in table() {
        let id = row.method.unwrap_or("simclr");
        let running = of(id);
        // Whatever the order of two ends, they stay in order.
        let room = json!({"augment": {
            "crop": {"minArea": 0.01, "maxArea": 1.0}, "blur": {"minSigma": 0.01, "maxSigma": 16.0}
        }});
        let running = running.merged(&room).unwrap();
        let change = with(&row.path, &another(&row));
        let wanted = running.merged(&change).expect(&row.path);
        let wanted = complete(wanted).expect(&row.path);
        let changed = differences(&running, &wanted);
        if row.panel == Panel::Menu {
            continue;
        }
        assert_eq!(changed, [row.path.as_str()], "{row:?}");
        let mut taken = running.clone();
        take_up(&mut taken, &wanted, find(id).unwrap().card.knobs);
        assert_eq!(taken == wanted, row.live, "{}", row.path);
        assert_eq!(taken == running, !row.live, "{}", row.path);
    }
}

#[test]
fn a_row_refuses_what_is_beyond_its_range_by_name() {
    for row in table() {
        let settings = of(row.method.unwrap_or("simclr"));
        let beyond = match row.kind {
            KnobKind::Number { min, max, .. } => {
                vec![json!(min - 0.01), json!(max + 0.01), json!("Infinity")]
            }
            KnobKind::Count { min, max, .. } => {
                let below = json!(i64::try_from(min).unwrap() - 1);
                vec![below, json!(max + 1), json!(max as f64 - 0.5)]
            }
            KnobKind::Switch => vec![json!(1), json!("true")],
            KnobKind::Choice { .. } => vec![json!("magic"), json!(1)],
        };
        for value in beyond {
            let merged = settings.merged(&with(&row.path, &value));
            match merged.and_then(complete).unwrap_err() {
                Error::Setting { path, reason } => {
                    assert_eq!(path, row.path);
                    assert!(reason.starts_with(row.label), "{reason}");
                    let dotted = path.contains('.') && reason.contains(&path);
                    assert!(!dotted, "{reason}");
                }
                other => panic!("{}: {other}", row.path),
            }
        }
    }
}

#[test]
fn what_has_no_effect_waits_for_a_setting_that_can_be_so() {
    let table = table();
    for row in &table {
        let Some(idle) = &row.idle else { continue };
        let other = rows(&table, row.method.unwrap_or("simclr"))
            .into_iter()
            .find(|other| other.path == idle.path)
            .expect("a row of the same settings");
        for value in idle.values {
            let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
            let merged = of(row.method.unwrap_or("simclr")).merged(&with(&other.path, &value));
            merged.and_then(complete).expect(&row.path);
        }
        assert!(idle.sentence.contains(other.label), "{}", idle.sentence);
    }
    let waits = |path: &str, method: Option<&str>| {
        let mut rows = table.iter();
        let row = rows.find(|row| row.path == path && row.method == method);
        row.unwrap().idle.as_ref().map(|idle| idle.sentence.clone())
    };
    let momentum = waits("train.momentum", None);
    assert_eq!(
        momentum.as_deref(),
        Some("No effect while Optimiser is AdamW or Adam.")
    );
    let sigma = waits("augment.blur.maxSigma", None);
    assert_eq!(
        sigma.as_deref(),
        Some("No effect while Blur: how often is 0.")
    );
    let width = waits("knobs.latent", Some("simclr"));
    assert_eq!(width.as_deref(), Some("No effect while Projector is none."));
    let margin = waits("knobs.margin", Some("simclr"));
    assert_eq!(
        margin.as_deref(),
        Some("No effect while Loss is NT-Xent or NT-Logistic.")
    );
    let memory = waits("knobs.momentum", Some("byol"));
    assert_eq!(
        memory.as_deref(),
        Some("No effect while Moving average is off.")
    );
    // CPC has a projector that cannot be taken away.
    assert_eq!(waits("knobs.latent", Some("cpc")), None);
}

#[test]
fn every_row_has_a_name_of_its_own_and_a_sentence() {
    let table = table();
    for entry in METHODS {
        let rows = rows(&table, entry.card.id);
        let labels: BTreeSet<_> = rows.iter().map(|row| row.label).collect();
        assert_eq!(labels.len(), rows.len(), "{}", entry.card.id);
        for row in rows {
            assert!(!row.label.is_empty() && row.about.ends_with('.'), "{row:?}");
        }
    }
}

#[test]
fn the_first_setting_of_a_step_of_the_views_is_how_often() {
    let table = table();
    let views: Vec<_> = table
        .iter()
        .filter(|row| row.panel == Panel::Views)
        .collect();
    let steps: BTreeSet<_> = views.iter().map(|row| row.group).collect();
    for step in steps {
        let mut rows = views.iter().filter(|row| row.group == step);
        let first = rows.next().unwrap();
        assert!(first.path.ends_with(".probability"), "{}", first.path);
        assert!(rows.all(|row| row.idle.as_ref().unwrap().path == first.path));
    }
}
