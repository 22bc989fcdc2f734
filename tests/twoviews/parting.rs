//! What takes the place of a run, and what is then known of the run that was there.

use serde_json::json;
use twoviews::protocol::{Command, Event, State};

use crate::transcript::Transcript;

/// A run that is not over soon.
fn long() -> Transcript {
    let mut t = Transcript::small();
    t.configure(json!({"train": {"epochs": 12}}));
    t
}

/// A run in the middle of its training, `units` of work after its first step was told.
fn training(units: usize) -> Transcript {
    let mut t = long();
    t.say(Command::Start);
    t.say(Command::Resume);
    while t.step() == 0 {
        t.work();
    }
    for _ in 0..units {
        t.work();
    }
    assert_eq!(t.state(), State::Running);
    t
}

/// Units of work after each of which a run is made to make way.
const UNITS: usize = 16;

#[test]
fn a_run_that_makes_way_has_told_its_last_step_and_is_saved_there() {
    fn shapes() -> Command {
        Command::LoadSet {
            set: "shapes".into(),
            options: Some(serde_json::from_value(json!({"count": 16})).unwrap()),
            squares: None,
        }
    }
    for command in [|| Command::Start, || Command::Clear, shapes] {
        let name = command().name();
        // Wherever it is in its work; at some of these places a step has not been told yet.
        let untold = (0..UNITS).filter(|units| {
            let mut t = training(*units);
            let before = t.events.len();
            t.say(command());
            let mut steps = t.losses().into_iter().map(|(step, _)| step);
            let (last, after) = (t.step(), &t.events[before..]);
            assert_eq!(steps.next_back(), Some(last), "{name}: no loss is lost");
            let makes_way =
                |event: &Event| matches!(event, Event::Started { .. } | Event::Loaded { .. });
            let at = after.iter().position(makes_way).expect("it is obeyed");
            let mut saves = t.events[..before + at]
                .iter()
                .filter_map(|event| match event {
                    Event::Checkpoint { step, .. } => Some(*step),
                    _ => None,
                });
            assert_eq!(saves.next_back(), Some(last), "{name}");
            matches!(after.first(), Some(Event::Stepped { losses, .. }) if !losses.is_empty())
        });
        assert!(untold.count() > 0, "{name}: a step had not been told");
    }
}

#[test]
fn a_run_that_makes_way_comes_back_and_goes_on_as_if_nothing_had_happened() {
    let mut straight = long();
    straight.say(Command::Start);
    straight.say(Command::Resume);
    straight.rest();
    let mut t = training(UNITS);
    t.configure(json!({"method": "vicreg"}));
    t.say(Command::Start);
    t.say(Command::Step);
    t.rest();
    let events = t.events.iter();
    let found = events.clone().find_map(|event| match event {
        Event::Checkpoint { bytes, step } => Some((bytes.clone(), *step)),
        _ => None,
    });
    let (bytes, step) = found.expect("it was saved");
    let images = events.clone().find_map(|event| match event {
        Event::Loaded { images, .. } => Some(images.clone()),
        _ => None,
    });
    // Those that it was started with.
    let started = events
        .clone()
        .skip_while(|event| !matches!(event, Event::Started { .. }));
    let settings = started.clone().find_map(|event| match event {
        Event::Configured { settings, .. } => Some(settings.clone()),
        _ => None,
    });
    let before = t.losses().len();
    t.say(Command::Restore {
        images: Some(Box::new(images.unwrap())),
        settings: Box::new(settings.unwrap()),
        checkpoint: Some(bytes),
    });
    assert_eq!((t.state(), t.step()), (State::Paused, step));
    t.say(Command::Resume);
    t.rest();
    let expected: Vec<_> = straight.losses().split_off(step);
    assert_eq!(t.losses()[before..], expected);
}

#[test]
fn nothing_is_saved_of_a_run_without_a_step_or_twice() {
    let mut t = Transcript::small();
    let saved = |t: &Transcript| {
        let all = t.events.iter();
        all.filter(|event| matches!(event, Event::Checkpoint { .. }))
            .count()
    };
    t.say(Command::Start);
    t.say(Command::Start);
    assert_eq!(saved(&t), 0);
    t.say(Command::Step);
    t.rest();
    assert_eq!(saved(&t), 1, "at rest");
    t.say(Command::Start);
    assert_eq!(saved(&t), 1);
}
