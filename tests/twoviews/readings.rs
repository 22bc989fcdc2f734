//! The contract of all readings: a finite number or a sentence, whatever they are taken of, beside
//! a baseline.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::PathBuf;

use burn::prelude::*;
use nalgebra::DMatrix;
use serde_json::json;
use twoviews::evaluation::readings::{
    Better, Kind, LossAsked, Measured, Measuring, READINGS, ReadingCard, Sources, Unit, Value,
};
use twoviews::protocol::{Command, Event};
use twoviews::rng::{Purpose, Rng};

use crate::transcript::Transcript;

mod drawn;

use drawn::{VIEWS, changed, drawn};

fn cards() -> impl Iterator<Item = &'static ReadingCard> {
    READINGS.iter().map(|reading| &reading.card)
}

fn taken(sources: Sources) -> Vec<Measured> {
    let mut measuring = Measuring::new(sources, false, Device::flex());
    while !pollster::block_on(measuring.advance()).expect("the device works") {}
    measuring.finish()
}

/// What is taken of a kind; checks on the way that nothing is lost without a word.
fn checked(what: &str, sources: Sources) -> Vec<Measured> {
    let values = taken(sources);
    let ids: HashSet<&str> = values.iter().map(|value| value.id).collect();
    assert_eq!(ids.len(), READINGS.len(), "{what}: all are taken");
    for value in &values {
        let mut readings = READINGS.iter();
        let reading = readings
            .find(|reading| reading.card.id == value.id)
            .unwrap();
        let card = &reading.card;
        for kind in Kind::ALL {
            let of = value.clone().kind(kind).take();
            let due = reading.is_of(kind);
            if let Some(of) = of {
                assert!(due, "{what}: {} of {kind:?}", card.id);
                let numbers = match of {
                    Value::Number(number) => vec![number],
                    Value::List(list) => list,
                };
                let finite = !numbers.is_empty() && numbers.iter().all(|x| x.is_finite());
                assert!(finite, "{what}: {value:?}");
                let listed = card.unit == Unit::Shares;
                assert!(listed || numbers.len() == 1, "{what}: {value:?}");
                if matches!(card.unit, Unit::Share | Unit::Shares) {
                    let share = |x: &f32| (0.0..=1.0).contains(x);
                    assert!(numbers.iter().all(share), "{what}: {value:?}");
                }
            } else if due {
                let sentence = value.missing.as_deref().unwrap_or_default();
                assert!(sentence.len() > 10, "{what}: {kind:?} of {value:?}");
            }
        }
        // What is shown is shown beside a baseline.
        assert_eq!(
            value.h.is_some(),
            value.untrained.is_some(),
            "{what}: {value:?}"
        );
        assert_eq!(
            value.z.is_some(),
            value.untrained_z.is_some(),
            "{what}: {value:?}"
        );
        let scored = card.unit == Unit::Share && value.h.is_some();
        assert!(!scored || value.chance.is_some(), "{what}: {value:?}");
    }
    values
}

#[test]
fn cards_say_all_there_is_to_say() {
    let ids: HashSet<&str> = cards().map(|card| card.id).collect();
    let labels: HashSet<&str> = cards().map(|card| card.label).collect();
    assert_eq!((ids.len(), labels.len()), (READINGS.len(), READINGS.len()));
    let headlines: Vec<_> = cards().filter(|card| card.headline).collect();
    assert_eq!(headlines.len(), 1, "one says what was learned");
    assert!(headlines[0].live && headlines[0].pixels);
    for card in cards() {
        for sentence in [card.about, card.misleads] {
            let whole = sentence.ends_with('.') && sentence.len() > 20;
            assert!(whole && !sentence.contains(". "), "{}: {sentence}", card.id);
        }
        assert!(!card.source.is_empty(), "{}", card.id);
        let letters = card.id.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(letters, "{}", card.id);
    }
}

#[test]
fn on_a_sound_set_everything_is_there() {
    for value in checked("60 images", drawn(60, 3)) {
        assert_eq!(value.missing, None, "{value:?}");
    }
}

#[test]
fn whatever_they_are_taken_of_there_is_a_number_or_a_sentence() {
    for n in [0, 1, 2, 3, 9, 700] {
        for classes in [0, 1, 2, 5] {
            checked(&format!("{n} images, {classes} kinds"), drawn(n, classes));
        }
    }
    let point = |width, values: &mut Vec<f32>| {
        for row in values.chunks_mut(width) {
            row.fill(0.3);
        }
    };
    for change in [point, |_, values: &mut Vec<f32>| values.fill(0.0)] {
        checked("one point", changed(drawn(40, 3), change));
    }
    let line = |width, values: &mut Vec<f32>| {
        for row in values.chunks_mut(width) {
            let first = row[0];
            row.fill(first);
        }
    };
    checked("one line", changed(drawn(40, 3), line));
    let unlike = |_, values: &mut Vec<f32>| {
        if let Some(value) = values.get_mut(5) {
            *value = f32::NAN;
        }
    };
    let values = checked("a number that is none", changed(drawn(40, 3), unlike));
    assert!(values.iter().all(|value| value.h.is_none()));
    checked(
        "huge",
        changed(drawn(40, 3), |_, v| v.iter_mut().for_each(|x| *x *= 1e30)),
    );
    let mut plain = drawn(40, 3);
    plain.parameters.clear();
    checked("views that are all alike", plain);
    let mut none = drawn(40, 3);
    none.views = 0;
    for vectors in none.vectors.iter_mut().flatten() {
        vectors.views.clear();
    }
    checked("no views", none);
    let mut unasked = drawn(40, 3);
    unasked.loss = LossAsked::default();
    let values = checked("a loss that was not asked", unasked);
    let of = |id: &str| values.iter().find(|value| value.id == id).unwrap();
    let said = of("hardNegatives").missing.as_deref();
    assert_eq!(said, Some("this loss has no negatives"));
    let mut endless = drawn(40, 3);
    endless.loss.gradients[0].lengths = [Some(f32::INFINITY); 5];
    for rows in endless.loss.negatives.iter_mut().flatten() {
        rows.pull.fill(f32::NAN);
    }
    checked("a loss that has diverged", endless);
}

#[test]
fn what_claims_so_does_not_change_when_all_vectors_are_turned() {
    let turned = |width: usize, values: &mut Vec<f32>| {
        let mut rng = Rng::keyed(3, Purpose::Test, &[]);
        let turn = DMatrix::from_fn(width, width, |_, _| f64::from(rng.normal()));
        let turn = turn.qr().q();
        for row in values.chunks_mut(width) {
            let old: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
            let new = &turn * nalgebra::DVector::from_vec(old);
            row.iter_mut()
                .zip(&new)
                .for_each(|(x, new)| *x = *new as f32);
        }
    };
    let before = taken(drawn(60, 3));
    let after = taken(changed(drawn(60, 3), turned));
    for (before, after) in before.iter().zip(&after) {
        let card = cards().find(|card| card.id == before.id).unwrap();
        let own = |value: &Measured| value.h.clone().or_else(|| value.z.clone());
        let number = |value: &Measured| own(value).as_ref().and_then(Value::as_number);
        let (Some(a), Some(b)) = (number(before), number(after)) else {
            let (Some(Value::List(a)), Some(Value::List(b))) = (&before.h, &after.h) else {
                panic!("{before:?}");
            };
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
            assert!(a.iter().zip(b).all(near), "{}", card.id);
            continue;
        };
        let apart = (a - b).abs() / a.abs().max(1e-3);
        if card.rotation {
            assert!(apart < 1e-4, "{}: {a}, turned {b}", card.id);
        }
    }
}

#[test]
fn a_perfect_network_has_perfect_readings() {
    // Every kind is a corner of its own, and a view is its image.
    let mut sources = drawn(60, 3);
    let classes = sources.factors[0].classes.clone();
    for vectors in sources.vectors.iter_mut().flatten().take(1) {
        let width = vectors.width;
        let corner =
            |class: u16| (0..width).map(move |d| f32::from(u8::from(d == usize::from(class))));
        vectors.images = classes.iter().flat_map(|class| corner(*class)).collect();
        let each = classes.iter().flat_map(|class| [*class; VIEWS]);
        vectors.views = each.flat_map(corner).collect();
    }
    let values = taken(sources);
    let of = |id: &str| {
        let value = values.iter().find(|value| value.id == id).unwrap();
        value.h.as_ref().and_then(Value::as_number)
    };
    assert_eq!(of("knn"), Some(1.0));
    assert_eq!(of("knnWeighted"), Some(1.0));
    assert_eq!(of("probe"), Some(1.0));
    assert_eq!(of("alignment"), Some(0.0));
    assert_eq!(of("deadDimensions"), Some(9.0));
    assert!(of("effectiveRank").is_some_and(|rank| (rank - 3.0).abs() < 1e-3));
    // Three corners of a triangle: two directions, of equal variance.
    assert!(of("lidar").is_some_and(|rank| (rank - 2.0).abs() < 1e-3));
}

#[test]
fn a_session_takes_all_readings_beside_the_untrained_network_and_trains_on_as_if_it_had_not() {
    let mut t = Transcript::small();
    t.say(Command::Start);
    t.rest();
    t.say(Command::Evaluate);
    t.rest();
    let Some(Event::Evaluated {
        step: 0, values, ..
    }) = t.events.last()
    else {
        panic!("{:?}", t.events.last())
    };
    for value in values {
        assert_eq!(value.h, value.untrained, "nothing was trained yet");
        assert_eq!(value.z, value.untrained_z, "nothing was trained yet");
        let is = value.h.is_some() || value.z.is_some();
        assert!(is || value.missing.is_some(), "{value:?}");
    }
    let parts = |id: &str| -> Vec<&str> {
        let own = values.iter().filter(|value| value.id == id);
        own.filter_map(|value| value.part.as_deref()).collect()
    };
    assert!(
        parts("knn").len() > 1 && parts("knn") == parts("probe"),
        "each factor"
    );
    assert_eq!(parts("knn")[0], "shape");
    assert!(parts("augmentationProbe").contains(&"flip"));
    assert_eq!(parts("gradient")[..2], ["all terms", "attraction"]);
    t.say(Command::Resume);
    t.rest();
    t.say(Command::Evaluate);
    t.rest();
    let mut straight = Transcript::small();
    for command in [Command::Start, Command::Resume] {
        straight.say(command);
        straight.rest();
    }
    assert_eq!(straight.losses(), t.losses());
}

#[test]
fn images_without_labels_are_read_too() {
    let mut t = Transcript::small();
    let loaded = t.events.iter().find_map(|event| match event {
        Event::Loaded { images, .. } => Some(images.clone()),
        _ => None,
    });
    let mut images = loaded.unwrap();
    images.factors.clear();
    let settings = t.events.iter().rev().find_map(|event| match event {
        Event::Configured { settings, .. } => Some(settings.clone()),
        _ => None,
    });
    t.say(Command::Restore {
        images: Some(Box::new(images)),
        settings: Box::new(settings.unwrap()),
        checkpoint: None,
    });
    t.configure(json!({"augment": {"flip": {"probability": 0.0}}}));
    t.say(Command::Start);
    t.rest();
    t.say(Command::Evaluate);
    t.rest();
    let Some(Event::Evaluated { values, .. }) = t.events.last() else {
        panic!("{:?}", t.events.last())
    };
    let of = |id: &str| values.iter().find(|value| value.id == id).unwrap();
    assert!(of("knn").missing.as_ref().unwrap().contains("labels"));
    assert!(of("alignment").h.is_some() && of("effectiveRank").z.is_some());
    let flip = values
        .iter()
        .find(|value| value.part.as_deref() == Some("flip"));
    assert_eq!(flip, None, "nothing was flipped");
}

const HEAD: &str = "# Readings

What is measured of h and z, in the order in which it is shown. Written by `cargo test` from the
cards in `src/evaluation/readings/`: change it there. `twoviews readings` says the rest: what each
is, and when it misleads. Each is taken of h and z now and before training, those marked *pixels*
of raw pixels too; *turned* marks what stays the same when all vectors are turned alike. A case is
one of `tests/reference`: a file, and how its ids begin.

| id | label | taken | better | also of | when all are turned | source | reference |
|---|---|---|---|---|---|---|---|
";

#[test]
fn the_table_in_docs_is_that_of_the_cards() {
    let mut text = HEAD.to_owned();
    for card in cards() {
        let better = match card.better {
            Some(Better::High) => "high",
            Some(Better::Low) => "low",
            None => "",
        };
        let cases: Vec<String> = card.cases.iter().map(|case| format!("`{case}`")).collect();
        writeln!(
            text,
            "| `{}` | {} | {} | {better} | {} | {} | {} | {} |",
            card.id,
            card.label,
            if card.live { "live" } else { "on demand" },
            if card.pixels { "pixels" } else { "" },
            if card.rotation { "the same" } else { "" },
            card.source,
            cases.join(", ")
        )
        .unwrap();
    }
    let path = PathBuf::from("docs/readings.md");
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        std::fs::write(&path, text).unwrap();
        panic!("docs/readings.md was out of date; it has been written again: commit it");
    }
}

#[test]
fn the_cases_that_a_card_names_are_there() {
    let folder = PathBuf::from("tests/reference");
    for card in cards() {
        for case in card.cases {
            let (file, start) = case.split_once('/').expect("a file and an id");
            let text = std::fs::read_to_string(folder.join(format!("{file}.json"))).unwrap();
            let root: serde_json::Value = serde_json::from_str(&text).unwrap();
            let ids = root["cases"].as_array().unwrap().iter();
            let found = ids.filter(|found| found["id"].as_str().unwrap().starts_with(start));
            assert!(found.count() > 0, "{}: {case}", card.id);
        }
    }
}
