//! The images nearest to one that the learner has clicked, on the map or not.

use serde_json::json;
use twoviews::data::{Collection, Decoded, ImageFile};
use twoviews::evaluation::Neighbour;
use twoviews::protocol::{Command, Event, State};
use twoviews::rng::{Purpose, Rng};

use crate::transcript::Transcript;

/// A few more than the map has; the second half is the first half once more.
const COUNT: usize = 520;

fn twin(image: usize) -> usize {
    (image + COUNT / 2) % COUNT
}

/// A run on images of noise.
fn twins() -> Transcript {
    let mut t = Transcript::new(json!({
        "size": 16, "backend": "cpu", "encoder": {"width": 4}, "train": {"batch": 64, "epochs": 3}
    }));
    let file = |image: usize| {
        let key = [(image % (COUNT / 2)) as u64];
        let mut rng = Rng::keyed(1, Purpose::Test, &key);
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

/// The step of the last map.
fn map(t: &Transcript) -> usize {
    let found = t.events.iter().rev().find_map(|event| match event {
        Event::Map { step, .. } => Some(*step),
        _ => None,
    });
    found.expect("there is a map")
}

/// The images of the first map, and of every one while the run trains.
fn mapped(t: &Transcript) -> &[usize] {
    let found = t.events.iter().find_map(|event| match event {
        Event::Map { images, .. } => Some(images.as_slice()),
        _ => None,
    });
    found.expect("there is a map")
}

/// The answer, if the last event is one: step, image, and the nearest in h, z, both before training, and
/// pixels.
fn answer(t: &Transcript) -> Option<(usize, usize, [Neighbour; 5])> {
    match t.events.last()? {
        Event::Neighbours {
            step,
            index,
            among,
            h,
            z,
            untrained_h,
            untrained_z,
            pixels,
        } => {
            let lists = [h, z, untrained_h, untrained_z, pixels];
            assert!(lists.iter().all(|list| list.len() == 3));
            assert!([512, COUNT].contains(among), "{among}");
            Some((*step, *index, lists.map(|list| list[0])))
        }
        _ => None,
    }
}

/// Asks, and works until there is an answer: the twin, by the network of the last map.
fn assert_finds_twin(t: &mut Transcript, image: usize) {
    t.say(Command::Neighbours { index: image, k: 3 });
    let (step, index, nearest) = loop {
        assert!(t.work(), "no answer");
        if let Some(answer) = answer(t) {
            break answer;
        }
    };
    assert_eq!((step, index), (map(t), image));
    for Neighbour { index, cosine } in nearest {
        assert_eq!(index, twin(image));
        assert!(cosine > 0.99999, "{cosine}");
    }
}

#[test]
fn every_image_has_neighbours_also_one_that_is_not_on_the_map() {
    let mut t = twins();
    t.rest();
    let images = mapped(&t).to_vec();
    let on_the_map = |image: usize| images.binary_search(&image).is_ok();
    let mut all = (0..COUNT).filter(|image| on_the_map(twin(*image)));
    let other = all.clone().find(|image| !on_the_map(*image));
    let mapped = all.find(|image| on_the_map(*image)).unwrap();
    let other = other.expect("the map has 512 of them");
    assert_finds_twin(&mut t, mapped);
    assert_finds_twin(&mut t, other);
    // While it trains, the network of the map has gone: a new map comes first.
    t.say(Command::Resume);
    let mut asked = 0;
    while t.state() == State::Running {
        for _ in 0..4 {
            t.work();
        }
        assert_finds_twin(&mut t, other);
        assert_finds_twin(&mut t, mapped);
        asked += 1;
    }
    assert!(asked > 3, "{asked}");
    assert_finds_twin(&mut t, other);
}

#[test]
fn asking_before_there_is_a_map_and_twice_at_once_is_answered() {
    let mut t = twins();
    for index in [3, 4] {
        t.say(Command::Neighbours { index, k: 3 });
    }
    t.say(Command::Step);
    t.rest();
    let answered = t.events.iter().filter_map(|event| match event {
        Event::Neighbours { index, .. } => Some(*index),
        _ => None,
    });
    assert_eq!(answered.collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn asking_does_not_change_the_curve() {
    let losses = |ask: bool| {
        let mut t = twins();
        t.say(Command::Resume);
        for unit in 0.. {
            if t.state() != State::Running {
                break;
            }
            // An image that is not on the map takes a pass of nine units.
            if ask && unit % 20 == 0 {
                let index = unit % COUNT;
                t.say(Command::Neighbours { index, k: 3 });
            }
            t.work();
        }
        t.losses()
    };
    assert_eq!(losses(true), losses(false));
}
