//! Methods fail as they should: without what keeps images apart, all become one, and the page
//! says so.

use serde_json::{Value, json};
use twoviews::data::sets;
use twoviews::evaluation::Verdict;
use twoviews::protocol::{Command, Event};
use twoviews::settings::chosen;

use crate::transcript::Transcript;

/// The last word on the health of a short run on shapes.
fn health(method: &str, knobs: &Value) -> (Verdict, String) {
    let preset = sets().into_iter().find(|card| card.id == "shapes");
    let mut t = Transcript::new(chosen(&preset.expect("the set is built in").preset));
    t.configure(json!({"method": method, "knobs": knobs, "train": {"epochs": 15}}));
    t.say(Command::LoadSet {
        set: "shapes".into(),
        options: Some(serde_json::from_value(json!({"count": 320})).unwrap()),
        sheet: None,
    });
    for command in [Command::Start, Command::Resume] {
        t.say(command);
        t.rest();
    }
    let mut heard = t.events.into_iter().rev();
    heard
        .find_map(|event| match event {
            Event::Health {
                verdict, sentence, ..
            } => Some((verdict, sentence)),
            _ => None,
        })
        .expect("a run is judged")
}

#[test]
fn what_keeps_images_apart_is_needed() {
    for (method, knobs) in [
        ("simsiam", json!({"stopGradient": false})),
        ("byol", json!({"average": false, "predictor": false})),
    ] {
        let (verdict, sentence) = health(method, &knobs);
        println!("{method} {knobs}: {sentence}");
        let fails = matches!(verdict, Verdict::Collapsed | Verdict::Collapsing);
        assert!(fails, "{method} {knobs}: {sentence}");
        let (verdict, sentence) = health(method, &json!({}));
        println!("{method}: {sentence}");
        assert_eq!(verdict, Verdict::Healthy, "{method}: {sentence}");
    }
}
