//! h and z of all images, for who wants to keep them.

use serde_json::json;
use twoviews::data::{Collection, Decoded, ImageFile};
use twoviews::protocol::{Command, Event, State};
use twoviews::rng::{Purpose, Rng};

use crate::transcript::Transcript;

/// More than a look is at.
const COUNT: usize = 520;

/// A run on images of noise.
fn noise() -> Transcript {
    let mut t = Transcript::new(json!({
        "size": 16, "backend": "cpu", "encoder": {"width": 4}, "train": {"batch": 64, "epochs": 2}
    }));
    let file = |image: usize| {
        let mut rng = Rng::keyed(1, Purpose::Test, &[image as u64]);
        let pixels: Vec<u8> = (0..16 * 16 * 3).map(|_| rng.below(256) as u8).collect();
        ImageFile {
            name: format!("{image}.png"),
            decoded: Decoded::Pixels(pixels),
        }
    };
    let files = (0..COUNT).map(file).collect();
    t.say(Command::AddImages(Collection::of(16, files)));
    t.say(Command::Start);
    t
}

/// Step, h and z of each answer.
fn answers(t: &Transcript) -> Vec<(usize, Vec<f32>, Vec<f32>)> {
    let floats = |bytes: &[u8]| {
        let numbers = bytes.chunks_exact(4);
        numbers
            .map(|x| f32::from_le_bytes(x.try_into().unwrap()))
            .collect()
    };
    let answers = t.events.iter().filter_map(|event| match event {
        Event::Embeddings { step, h, z } => Some((*step, floats(h), floats(z))),
        _ => None,
    });
    answers.collect()
}

#[test]
fn all_images_have_a_row_once_the_run_is_at_rest() {
    let mut t = noise();
    t.say(Command::Step);
    t.say(Command::Embeddings);
    t.rest();
    let widths = t.events.iter().find_map(|event| match event {
        Event::Started { h, z, .. } => Some((*h, *z)),
        _ => None,
    });
    let (width_h, width_z) = widths.unwrap();
    let [(step, h, z)] = &answers(&t)[..] else {
        panic!("one answer: {:?}", answers(&t).len());
    };
    assert_eq!(
        (*step, h.len(), z.len()),
        (1, COUNT * width_h, COUNT * width_z)
    );
    assert!(h.iter().chain(z).all(|x| x.is_finite()));
    // Rows are those of the images: no two of them are alike.
    assert_ne!(h[..width_h], h[width_h..2 * width_h]);

    // Of the same network they are the same; of the next they are not.
    t.say(Command::Embeddings);
    t.say(Command::Step);
    t.say(Command::Embeddings);
    t.rest();
    let told = answers(&t);
    assert_eq!(told.len(), 2, "what is asked while it trains is asked once");
    assert_eq!(told[1].0, 2);
    assert_ne!(told[0].1, told[1].1);
    t.say(Command::Embeddings);
    t.rest();
    let told = answers(&t);
    assert_eq!(told[1], told[2]);
}

#[test]
fn without_a_network_there_are_none() {
    let mut t = noise();
    t.say(Command::Clear);
    t.say(Command::Embeddings);
    assert!(matches!(
        t.events.last(),
        Some(Event::Refused { command, .. }) if command == "embeddings"
    ));
    assert_eq!(t.state(), State::Empty);
}
