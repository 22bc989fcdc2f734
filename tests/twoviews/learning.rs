//! Every method really learns: on easy shapes, in seconds. `cargo xtask learn` does it in full.

use serde_json::json;
use twoviews::data::sets;
use twoviews::evaluation::readings::Value;
use twoviews::methods::METHODS;
use twoviews::protocol::{Command, Event};
use twoviews::settings::chosen;

use crate::transcript::Transcript;

/// Points of kNN accuracy by which the trained h must beat the untrained one.
const MARGIN: f32 = 0.15;

/// Every other method, so that two cores can share them.
fn learn(first: usize) {
    for entry in METHODS.iter().skip(first).step_by(2) {
        let preset = sets().into_iter().find(|card| card.id == "shapes");
        let mut t = Transcript::new(chosen(&preset.expect("the set is built in").preset));
        t.configure(json!({"method": entry.card.id, "train": {"epochs": EPOCHS}}));
        t.say(Command::LoadSet {
            set: "shapes".into(),
            options: Some(serde_json::from_value(json!({"count": 320})).unwrap()),
            squares: None,
        });
        for command in [Command::Start, Command::Resume, Command::Evaluate] {
            t.say(command);
            t.rest();
        }
        let Some(Event::Evaluated { values, .. }) = t.events.last() else {
            panic!("{:?}", t.events.last())
        };
        let knn = values.iter().find(|value| value.id == "knn");
        let knn = knn.expect("it is of the label first");
        let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_number);
        let (h, untrained) = (number(&knn.h), number(&knn.untrained));
        let (h, untrained) = (h.expect("a score"), untrained.expect("a score"));
        let id = entry.card.id;
        println!("{id}: {untrained:.3} untrained, {h:.3} trained");
        assert!(
            h >= untrained + MARGIN,
            "{id}: {untrained} untrained, {h} trained"
        );
        assert!(h > 0.7, "{id}: {h}");
    }
}

/// Ten steps each: enough for the slowest, whatever way the last bit of a sum is rounded.
const EPOCHS: usize = 48;

#[test]
fn knn_after_training_beats_the_untrained_encoder() {
    learn(0);
}

#[test]
fn and_so_it_does_for_the_other_half_of_the_methods() {
    learn(1);
}
