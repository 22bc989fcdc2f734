//! What the map shows is a function of images, settings, seed and step: not of when one looked.

use std::collections::HashMap;

use serde_json::{Value, json};
use twoviews::network::Space;
use twoviews::protocol::{Bytes, Command, Event, MapPoints, State};
use twoviews::session::device::Clock;

use crate::transcript::{Transcript, now};

/// A clock ten times as fast: as on a machine so slow that whole looks are dear.
fn slow() -> f64 {
    now() * 10.0
}

/// A run on so many drawn shapes, not begun.
fn run(clock: Clock, count: usize, settings: Value) -> Transcript {
    let mut t = Transcript::timed(
        clock,
        json!({"size": 16, "backend": "cpu", "encoder": {"width": 4}, "train": {"batch": 32}}),
    );
    t.configure(settings);
    t.say(Command::LoadSet {
        set: "shapes".into(),
        options: Some(serde_json::from_value(json!({"count": count})).unwrap()),
        squares: None,
    });
    t.say(Command::Start);
    t
}

/// Points of the maps seen, by step, whether of h, and how many images.
fn maps(t: &Transcript) -> HashMap<(usize, bool, usize), Bytes> {
    let mut maps = HashMap::new();
    let count = last(t, |event| match event {
        Event::Loaded { images, .. } => Some(images.names.len()),
        _ => None,
    });
    let sample = count.min(512);
    for event in &t.events {
        if let Event::Map {
            step,
            space,
            images,
            partial,
            points,
            ..
        } = event
        {
            assert!(images.is_sorted());
            assert_eq!(*partial, images.len() < sample);
            assert_eq!(points.len(), images.len() * 8);
            let key = (*step, *space == Space::H, images.len());
            let again = maps.insert(key, points.clone());
            assert!(again.is_none_or(|first| first == *points), "{key:?}");
        }
    }
    maps
}

/// That maps of the same are the same in both, bit for bit; how many there are.
fn assert_same(a: &Transcript, b: &Transcript) -> usize {
    let (a, b) = (maps(a), maps(b));
    let both = a
        .iter()
        .filter_map(|(key, points)| Some((key, points, b.get(key)?)));
    let mut count = 0;
    for (key, a, b) in both {
        assert!(a == b, "{key:?}");
        count += 1;
    }
    count
}

fn last<'a, T>(t: &'a Transcript, wanted: impl Fn(&'a Event) -> Option<T>) -> T {
    t.events.iter().rev().find_map(wanted).expect("it was said")
}

/// The last maps to compare with: how many images, and untrained h, z and pixels.
fn baselines(t: &Transcript) -> (usize, [&MapPoints; 3]) {
    last(t, |event| match event {
        Event::Baselines {
            images,
            untrained_h,
            untrained_z,
            pixels,
        } => Some((images.len(), [untrained_h, untrained_z, pixels])),
        _ => None,
    })
}

fn floats(bytes: &Bytes) -> Vec<f32> {
    let floats = bytes.chunks_exact(4);
    floats
        .map(|float| f32::from_le_bytes(float.try_into().unwrap()))
        .collect()
}

#[test]
fn the_map_of_a_step_does_not_depend_on_when_one_looked() {
    let settings = json!({"train": {"epochs": 20}});
    // One looks when it can, one at every step, in both spaces.
    let mut straight = run(now, 64, settings.clone());
    straight.say(Command::Resume);
    straight.rest();
    let mut curious = run(now, 64, settings);
    let mut checkpoint = None;
    while curious.state() != State::Done {
        curious.rest();
        for space in [Space::Z, Space::H] {
            curious.say(Command::Watch { space });
            curious.rest();
        }
        if curious.step() == 5 {
            checkpoint = Some(last(&curious, |event| match event {
                Event::Checkpoint { bytes, step: 5 } => Some(bytes.clone()),
                _ => None,
            }));
        }
        curious.say(Command::Step);
    }
    curious.rest();
    assert!(assert_same(&straight, &curious) > 3);
    // And one takes up where another worker was.
    let mut third = Transcript::new(json!({}));
    third.say(Command::Restore {
        images: Some(Box::new(last(&curious, |event| match event {
            Event::Loaded { images, .. } => Some(images.clone()),
            _ => None,
        }))),
        settings: Box::new(last(&curious, |event| match event {
            Event::Configured { settings, .. } => Some(settings.clone()),
            _ => None,
        })),
        checkpoint,
    });
    third.rest();
    third.say(Command::Resume);
    third.rest();
    assert!(assert_same(&third, &curious) > 3);
    assert_eq!(baselines(&third), baselines(&curious));
}

#[test]
fn methods_with_one_encoder_begin_on_one_map_and_its_axes() {
    let [a, b] = ["simclr", "vicreg"].map(|method| {
        let mut t = run(now, 64, json!({"method": method}));
        t.rest();
        t
    });
    assert_eq!(maps(&a), maps(&b));
    let (_, [h, _, pixels]) = baselines(&a);
    let (_, [other, _, same]) = baselines(&b);
    assert_eq!((h, pixels), (other, same));
}

/// What is beside the run is what the run itself shows before training, and fits its frame.
#[test]
fn baselines_come_once_after_the_first_map() {
    let mut t = run(now, 64, json!({}));
    t.say(Command::Watch { space: Space::Z });
    t.say(Command::Resume);
    t.rest();
    let of = |event: &Event| matches!(event, Event::Baselines { .. });
    assert_eq!(t.events.iter().filter(|event| of(event)).count(), 1);
    let baselines_at = t.events.iter().position(of).unwrap();
    let map = |event: &Event| matches!(event, Event::Map { step: 0, .. });
    assert_eq!(t.events.iter().position(map).unwrap() + 1, baselines_at);
    let mut waiting = run(now, 64, json!({}));
    waiting.rest();
    waiting.say(Command::Watch { space: Space::Z });
    waiting.rest();
    let maps = maps(&waiting);
    let (count, [h, z, pixels]) = baselines(&waiting);
    assert_eq!(count, 64);
    assert_eq!(maps[&(0, true, 64)], h.points);
    assert_eq!(maps[&(0, false, 64)], z.points);
    for space in [h, z, pixels] {
        let most = floats(&space.points)
            .iter()
            .fold(0.0, |most: f32, x| most.max(x.abs()));
        assert!(space.reach >= most * 0.999 && space.reach > 1.0, "{most}");
        assert!(space.explained > 0.0 && space.explained <= 1.0);
    }
    // Its z has drawn together, so it is drawn small.
    let most = floats(&z.points)
        .iter()
        .fold(0.0, |most: f32, x| most.max(x.abs()));
    assert!(most < 0.5 * z.reach, "{most} of {}", z.reach);
    let reach = last(&waiting, |event| match event {
        Event::Map { reach, .. } => Some(*reach),
        _ => None,
    });
    assert!(reach.to_bits() == z.reach.to_bits());
}

#[test]
fn where_embedding_is_slow_some_images_are_live_and_whole_looks_are_the_same() {
    let settings = json!({"train": {"epochs": 8}});
    let mut fast = run(now, 520, settings.clone());
    let mut slow = run(slow, 520, settings);
    for t in [&mut fast, &mut slow] {
        t.say(Command::Resume);
        t.rest();
    }
    let count =
        |t: &Transcript, images: usize| maps(t).keys().filter(|key| key.2 == images).count();
    let live = maps(&slow).keys().map(|key| key.2).min().unwrap();
    assert!((16..512).contains(&live), "{live}");
    assert!(count(&slow, live) > 5);
    assert!(count(&slow, 512) > 2);
    assert_eq!(fast.losses(), slow.losses());
    // Whole looks that began with the live images give the same points.
    let mut curious = run(now, 520, json!({"train": {"epochs": 8}}));
    let steps: Vec<usize> = maps(&slow)
        .keys()
        .filter(|key| key.2 == 512)
        .map(|key| key.0)
        .collect();
    while curious.state() != State::Done {
        curious.say(Command::Step);
        while curious.state() == State::Running {
            curious.work();
        }
        if steps.contains(&curious.step()) {
            curious.rest();
        }
    }
    curious.rest();
    assert!(assert_same(&slow, &curious) > 3);
}

#[test]
fn at_rest_the_map_takes_in_all_images_and_no_point_moves() {
    const COUNT: usize = 3000;
    let mut t = run(now, COUNT, json!({"train": {"epochs": 1}}));
    t.say(Command::Step);
    t.rest();
    let seen: Vec<_> = t
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Map {
                step: 1,
                images,
                points,
                ..
            } => Some((images.clone(), floats(points))),
            _ => None,
        })
        .collect();
    let [(sample, few), (all, many)] = &seen[..] else {
        panic!("{} maps", seen.len());
    };
    assert_eq!((sample.len(), all.len()), (512, COUNT));
    for (image, point) in sample.iter().zip(few.chunks(2)) {
        assert_eq!(many[image * 2..][..2], *point, "image {image}");
    }
    assert_eq!(baselines(&t).0, COUNT);
    t.say(Command::Neighbours { index: 7, k: 5 });
    t.work();
    let Some(Event::Neighbours {
        step: 1,
        among: COUNT,
        pixels,
        untrained_z,
        ..
    }) = t.events.last()
    else {
        panic!("{:?}", t.events.last());
    };
    assert_eq!((pixels.len(), untrained_z.len()), (5, 5));
    // The other vectors are at hand.
    t.say(Command::Watch { space: Space::Z });
    assert!(t.work());
    assert!(maps(&t).contains_key(&(1, false, COUNT)));
    assert!(!t.work());
    // While it trains, live ones; what has begun at rest keeps no step waiting.
    t.say(Command::Step);
    while t.state() == State::Running {
        t.work();
    }
    for _ in 0..14 {
        t.work();
    }
    t.say(Command::Step);
    let before = t.events.len();
    t.work();
    assert!(
        t.events[before..]
            .iter()
            .any(|e| matches!(e, Event::Stepped { step: 3, .. }))
    );
    t.rest();
    assert!(maps(&t).contains_key(&(3, false, COUNT)));
    assert!(!maps(&t).contains_key(&(2, false, COUNT)));
    // All readings need no other pass.
    t.say(Command::Evaluate);
    t.rest();
    assert!(matches!(
        t.events.last(),
        Some(Event::Evaluated { step: 3, .. })
    ));
}
