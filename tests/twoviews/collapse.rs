//! Methods fail as they should: without what keeps images apart, all become one, and the page
//! says so.

use serde_json::{Value, json};
use twoviews::data::sets;
use twoviews::protocol::{Collapse, CollapseState, Command, Event};
use twoviews::settings::chosen;

use crate::transcript::Transcript;

/// The last word on whether a short run on shapes has collapsed.
fn collapse(method: &str, knobs: &Value) -> Collapse {
    let preset = sets().into_iter().find(|card| card.id == "shapes");
    let mut t = Transcript::new(chosen(&preset.expect("the set is built in").preset));
    t.configure(json!({"method": method, "knobs": knobs, "train": {"epochs": 15}}));
    t.say(Command::LoadSet {
        set: "shapes".into(),
        options: Some(serde_json::from_value(json!({"count": 320})).unwrap()),
        squares: None,
    });
    for command in [Command::Start, Command::Resume] {
        t.say(command);
        t.rest();
    }
    let mut heard = t.events.into_iter().rev();
    heard
        .find_map(|event| match event {
            Event::Verdict { collapse, .. } => Some(collapse),
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
        let said = collapse(method, &knobs);
        println!("{method} {knobs}: {}", said.sentence);
        let fails = matches!(
            said.state,
            CollapseState::Collapsed | CollapseState::Partial
        );
        assert!(fails, "{method} {knobs}: {said:?}");
        let said = collapse(method, &json!({}));
        println!("{method}: {}", said.sentence);
        assert_eq!(said.state, CollapseState::Apart, "{method}: {said:?}");
    }
}
