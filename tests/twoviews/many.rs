//! Many images of many kinds: what is read is bounded, told, and can be given up.

use serde_json::json;
use twoviews::data::{Collection, Decoded, ImageFile};
use twoviews::evaluation::readings::Measured;
use twoviews::protocol::{Command, Event};
use twoviews::rng::{Purpose, Rng};

use crate::transcript::Transcript;

/// A run at rest on so many images of noise, so many of a kind.
fn begun(images: usize, of_a_kind: usize) -> Transcript {
    let mut t = Transcript::new(json!({
        "size": 16, "backend": "cpu", "encoder": {"width": 4},
        "train": {"batch": 8, "epochs": 1}
    }));
    let mut rng = Rng::keyed(1, Purpose::Test, &[]);
    let mut file = |i: usize| {
        let pixels = (0..16 * 16 * 3).map(|_| u8::try_from(rng.below(256)).expect("a byte"));
        ImageFile {
            name: format!("{}/{i}.png", i / of_a_kind),
            decoded: Decoded::Pixels(pixels.collect()),
        }
    };
    let files = (0..images).map(&mut file).collect();
    t.say(Command::AddImages(Collection::of(16, files)));
    t.say(Command::Start);
    t.rest();
    t
}

fn progress(t: &Transcript) -> Vec<f32> {
    let told = t.events.iter().filter_map(|event| match event {
        Event::Evaluating { progress } => Some(*progress),
        _ => None,
    });
    told.collect()
}

fn evaluated(t: &Transcript) -> Option<(usize, &[Measured])> {
    t.events.iter().find_map(|event| match event {
        Event::Evaluated { images, values, .. } => Some((*images, values.as_slice())),
        _ => None,
    })
}

#[test]
fn of_thousands_of_kinds_what_would_take_minutes_is_left_out_with_a_sentence() {
    let mut t = begun(4200, 2);
    t.say(Command::Evaluate);
    t.rest();
    let (images, values) = evaluated(&t).expect("readings");
    assert_eq!(images, 4096, "time and memory grow with the square");
    let of = |id: &str| values.iter().find(|value| value.id == id).expect(id);
    assert_eq!(of("probe").h, None);
    assert_eq!(
        of("probe").missing.as_deref(),
        Some("left out: 2100 kinds of image among 4096 are too many to fit in good time")
    );
    let knn = of("knn");
    assert!(knn.h.is_some() && knn.untrained.is_some() && knn.pixels.is_some());
    let told = progress(&t);
    assert!(told.len() > 10, "{told:?}");
    assert!(told.is_sorted_by(|a, b| a < b), "{told:?}");
    assert!((0.0..=1.0).contains(told.last().expect("some")), "{told:?}");
}

#[test]
fn readings_under_way_can_be_given_up_and_asked_for_again() {
    let mut t = begun(600, 60);
    t.say(Command::Evaluate);
    while progress(&t).is_empty() {
        assert!(t.work());
    }
    t.say(Command::StopEvaluating);
    t.rest();
    assert!(evaluated(&t).is_none());
    t.say(Command::Evaluate);
    t.rest();
    let (images, _) = evaluated(&t).expect("readings");
    assert_eq!(images, 600);
    // With nothing under way it does no harm.
    t.say(Command::StopEvaluating);
    assert_eq!(t.refusal(), None);
}
