//! Runs that are taken up: by another worker, or by this one some time later.

use serde_json::json;
use twoviews::data::{Bytes, ImageSet};
use twoviews::protocol::{Collapse, CollapseState, Command, Event, Learned, Measured, State};
use twoviews::settings::Settings;

use crate::transcript::Transcript;

/// The last event that a look finds something in.
fn last<T>(t: &Transcript, look: impl Fn(&Event) -> Option<T>) -> T {
    t.events.iter().rev().find_map(look).expect("it was said")
}

fn images(t: &Transcript) -> ImageSet {
    last(t, |event| match event {
        Event::Loaded { images, .. } => Some(images.clone()),
        _ => None,
    })
}

fn settings(t: &Transcript) -> Settings {
    last(t, |event| match event {
        Event::Configured { settings, .. } => Some(settings.clone()),
        _ => None,
    })
}

/// The last checkpoint, which is of step `at`.
fn checkpoint(t: &Transcript, at: usize) -> Bytes {
    let (step, bytes) = last(t, |event| match event {
        Event::Checkpoint { step, bytes } => Some((*step, bytes.clone())),
        _ => None,
    });
    assert_eq!(step, at);
    bytes
}

/// Another session that has taken up the run, from this checkpoint.
fn taken_up(t: &Transcript, checkpoint: Bytes) -> Transcript {
    let mut other = Transcript::new(json!({}));
    other.say(Command::Restore {
        images: Some(Box::new(images(t))),
        settings: Box::new(settings(t)),
        checkpoint: Some(checkpoint),
    });
    other
}

/// A run that has been trained for an epoch of three steps.
fn begun() -> Transcript {
    let mut t = Transcript::small();
    t.say(Command::Start);
    t.say(Command::Epoch);
    t.rest();
    t
}

fn losses_after(t: &Transcript, step: usize) -> Vec<(usize, f32)> {
    let losses = t.losses().into_iter();
    losses.filter(|(at, _)| *at > step).collect()
}

#[test]
fn a_run_taken_up_by_another_worker_goes_on_as_if_nothing_had_happened() {
    let mut first = begun();
    let mut second = taken_up(&first, checkpoint(&first, 3));
    assert_eq!((second.state(), second.step()), (State::Paused, 3));
    for t in [&mut first, &mut second] {
        t.say(Command::Resume);
        t.rest();
    }
    let untrained = |t: &Transcript| {
        let values = last(t, |event| match event {
            Event::Readings { values, .. } => Some(values.clone()),
            _ => None,
        });
        let of = |value: Measured| [value.untrained, value.untrained_z, value.pixels];
        values.into_iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(
        untrained(&first),
        untrained(&second),
        "the baseline is the same"
    );
    assert_eq!(losses_after(&first, 3).len(), 6);
    assert_eq!(losses_after(&first, 3), losses_after(&second, 3));
}

#[test]
fn a_kept_run_comes_back_on_the_images_that_are_there() {
    let mut t = begun();
    let (kept, bytes) = (settings(&t), checkpoint(&t, 3));
    t.say(Command::Resume);
    t.rest();
    let expected = losses_after(&t, 3);
    t.configure(json!({"method": "vicreg"}));
    t.say(Command::Start);
    t.say(Command::Step);
    t.rest();
    t.events.clear();
    t.say(Command::Restore {
        images: None,
        settings: Box::new(kept.clone()),
        checkpoint: Some(bytes),
    });
    assert_eq!((t.state(), t.step()), (State::Paused, 3));
    let answers = t
        .events
        .iter()
        .filter(|event| !matches!(event, Event::State { .. }));
    let answers: Vec<_> = answers.collect();
    assert!(
        matches!(
            answers[..],
            [
                Event::Configured { .. },
                Event::Started { .. },
                Event::Configured { .. },
                Event::Stepped { step: 3, .. }
            ]
        ),
        "{answers:?}"
    );
    assert_eq!(settings(&t), kept);
    t.say(Command::Resume);
    t.rest();
    assert_eq!(losses_after(&t, 3), expected);
    // Without a checkpoint it is the settings that come back.
    t.say(Command::Restore {
        images: None,
        settings: Box::new(kept),
        checkpoint: None,
    });
    assert_eq!((t.refusal(), t.state()), (None, State::Loaded));
    let mut empty = Transcript::new(json!({}));
    empty.say(Command::Restore {
        images: None,
        settings: Box::new(settings(&t)),
        checkpoint: None,
    });
    assert!(empty.refusal().unwrap().0.contains("no images"));
}

/// What is said of each step from `from` on, with a look at each.
fn verdicts(t: &mut Transcript, from: usize, until: usize) -> Vec<(usize, Collapse, Learned)> {
    while t.step() < until {
        t.say(Command::Step);
        t.rest();
    }
    let verdicts = t.events.iter().filter_map(|event| match event {
        Event::Verdict {
            step,
            collapse,
            learned,
            ..
        } => Some((*step, collapse.clone(), learned.clone())),
        _ => None,
    });
    verdicts.filter(|(step, ..)| *step >= from).collect()
}

#[test]
fn a_run_that_is_taken_up_remembers_what_was_judged_of_it() {
    let mut first = Transcript::small();
    first.configure(json!({"train": {"epochs": 20}}));
    first.say(Command::Start);
    // Judged from step 20 on, and named once it has held for ten.
    verdicts(&mut first, 0, 25);
    let mut second = taken_up(&first, checkpoint(&first, 25));
    second.rest();
    let said = verdicts(&mut second, 0, 25);
    assert!(said.iter().all(|(step, ..)| *step == 25), "{said:?}");
    let expected = verdicts(&mut first, 26, 35);
    assert_eq!(verdicts(&mut second, 26, 35), expected);
    let (_, collapse, _) = expected.last().unwrap();
    assert_ne!(collapse.state, CollapseState::Early);
    assert_eq!(collapse.since, Some(20), "{collapse:?}");
    // And when it has been named.
    let mut third = taken_up(&first, checkpoint(&first, 35));
    third.rest();
    let said = verdicts(&mut third, 0, 35);
    assert_eq!(said.last(), expected.last());
}

/// A checkpoint that says other things of its run.
fn saying(bytes: &Bytes, old: &str, new: &str) -> Bytes {
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap();
    let (header, numbers) = rest.split_at(length);
    let header = str::from_utf8(header).unwrap();
    assert!(header.contains(old), "{header}");
    let header = header.replace(old, new);
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), numbers].concat().into()
}

#[test]
fn checkpoints_of_others_and_of_later_versions_are_refused() {
    let first = begun();
    let bytes = checkpoint(&first, 3);
    let whole = taken_up(&first, bytes.clone());
    assert_eq!((whole.state(), whole.step()), (State::Paused, 3));
    let shape = "\"shape\":[8,4,3,3]";
    for (old, new, why) in [
        ("version\\\":2", "version\\\":99", "of a later version"),
        ("twoviews", "someoneelse", "not of a run of Twoviews"),
        ("\\\"step\\\":3", "\\\"step\\\":2", "is damaged"),
        (
            "stages.0.conv.weight\":{",
            "stages.0.conw.weight\":{",
            "is missing",
        ),
        (
            shape,
            "\"shape\":[4,8,3,3]",
            "is [4, 8, 3, 3] there, and [8, 4, 3, 3] here",
        ),
    ] {
        let refused = taken_up(&first, saying(&bytes, old, new));
        let (reason, _) = refused.refusal().expect(why);
        assert!(reason.contains(why), "{reason}");
    }
}

#[test]
fn a_checkpoint_of_another_method_is_refused_by_name() {
    let first = begun();
    let mut other = Transcript::new(json!({}));
    let mut settings = settings(&first);
    settings.method = "byol".into();
    settings.knobs.clear();
    other.say(Command::Restore {
        images: Some(Box::new(images(&first))),
        settings: Box::new(settings),
        checkpoint: Some(checkpoint(&first, 3)),
    });
    let (reason, _) = other.refusal().expect("it is refused");
    assert!(
        reason.contains("is of simclr, and the settings are of byol"),
        "{reason}"
    );
}
