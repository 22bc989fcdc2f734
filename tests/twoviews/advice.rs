//! What suits images, as a session says it.

use std::collections::BTreeSet;

use serde_json::json;
use twoviews::data::sets;
use twoviews::data::{Collection, Decoded, ImageFile};
use twoviews::protocol::{Command, Event};
use twoviews::settings::{Advice, Settings, chosen};

use crate::transcript::Transcript;

fn last_advice(t: &Transcript) -> Vec<Advice> {
    let found = t.events.iter().rev().find_map(|event| match event {
        Event::Loaded { advice, .. } => Some(advice.clone()),
        _ => None,
    });
    found.expect("images were loaded")
}

/// Drawn files of 32 pixels, in two folders or in none.
fn files(labelled: bool) -> Vec<ImageFile> {
    let file = |i: usize| {
        let folder = match (labelled, i % 2) {
            (false, _) => "",
            (true, 0) => "even/",
            (true, _) => "odd/",
        };
        let pixel = |at: usize| {
            let [y, x] = [at / 32, at % 32];
            let value = u8::try_from((x * (i + 3) + y * 7) % 200).expect("below 200");
            [value, value / 2, 200 - value]
        };
        let pixels: Vec<u8> = (0..32 * 32).flat_map(pixel).collect();
        ImageFile {
            name: format!("{folder}{i}.png"),
            decoded: Decoded::Pixels(pixels),
        }
    };
    (0..40).map(file).collect()
}

#[test]
fn what_suits_images_knows_no_label() {
    let of = |labelled| {
        let mut t = Transcript::new(json!({}));
        t.say(Command::AddImages(Collection::of(32, files(labelled))));
        last_advice(&t)
    };
    assert!(!of(true).is_empty());
    assert_eq!(of(true), of(false));
}

#[test]
fn what_suits_a_set_can_be_set_and_says_each_thing_once() {
    for card in sets() {
        let mut t = Transcript::new(json!({}));
        t.say(Command::LoadSet {
            set: card.id.into(),
            options: None,
            squares: None,
        });
        let advice = last_advice(&t);
        Settings::default().merged(&chosen(&advice)).expect(card.id);
        let paths: BTreeSet<&str> = advice.iter().map(|choice| choice.path).collect();
        assert_eq!(paths.len(), advice.len(), "{}: {paths:?}", card.id);
        // What its preset says goes first.
        for choice in &card.preset {
            assert!(advice.contains(choice), "{}: {}", card.id, choice.path);
        }
        assert!(advice.iter().all(|choice| choice.why.ends_with('.')));
    }
}
