//! Transcripts: commands in, events out.

use serde_json::{Value, json};
use twoviews::data::{Collection, Decoded, ImageFile};
use twoviews::network::Space;
use twoviews::protocol::{CollapseState, Command, Event, LearnedState, State};

use crate::transcript::Transcript;

#[test]
fn a_run_goes_from_empty_to_done_and_reports_every_loss_once() {
    let mut t = Transcript::small();
    assert_eq!(t.state(), State::Loaded);
    t.say(Command::Start);
    assert_eq!(t.state(), State::Paused);
    t.say(Command::Resume);
    assert_eq!(t.state(), State::Running);
    t.rest();
    assert_eq!(t.state(), State::Done);
    let steps: Vec<_> = t.losses().into_iter().map(|(step, _)| step).collect();
    assert_eq!(
        steps,
        (1..=9).collect::<Vec<_>>(),
        "three epochs of three steps"
    );
    let states = t.events.iter().filter_map(|event| match event {
        Event::State { state } => Some(*state),
        _ => None,
    });
    let states: Vec<_> = states.collect();
    let whole = [State::Loaded, State::Paused, State::Running, State::Done];
    assert_eq!(states, whole);
    let last = |wanted: fn(&Event) -> Option<usize>| t.events.iter().rev().find_map(wanted);
    assert_eq!(
        last(|e| if let Event::Map { step, .. } = e {
            Some(*step)
        } else {
            None
        }),
        Some(9)
    );
    assert_eq!(
        last(|e| if let Event::Readings { step, .. } = e {
            Some(*step)
        } else {
            None
        }),
        Some(9)
    );
    assert!(
        last(|e| if let Event::Views { step, .. } = e {
            Some(*step)
        } else {
            None
        })
        .is_some()
    );
    t.say(Command::Resume);
    assert!(t.refusal().unwrap().0.contains("done"));
}

#[test]
fn a_run_is_judged_at_each_look_and_advised_at_its_end() {
    let mut t = Transcript::small();
    t.configure(json!({"train": {"epochs": 8}}));
    t.say(Command::Start);
    t.say(Command::Resume);
    t.rest();
    let looks = t
        .events
        .iter()
        .filter(|e| matches!(e, Event::Readings { .. }));
    let verdicts = t.events.iter().filter_map(|event| match event {
        Event::Verdict {
            step,
            collapse,
            learned,
            next,
        } => Some((*step, collapse, learned, next)),
        _ => None,
    });
    let verdicts: Vec<_> = verdicts.collect();
    assert_eq!(verdicts.len(), looks.count());
    let (step, collapse, learned, next) = verdicts[0];
    assert_eq!((step, collapse.state), (0, CollapseState::Early));
    assert_eq!(learned.state, LearnedState::Early);
    assert!(next.is_empty(), "{next:?}");
    let (step, collapse, learned, next) = verdicts[verdicts.len() - 1];
    assert_eq!(step, 24);
    assert_ne!(collapse.state, CollapseState::Early, "{collapse:?}");
    assert_ne!(learned.state, LearnedState::Early, "{learned:?}");
    assert!(!next.is_empty());
    let first = next[0].settings.clone();
    t.configure(first.expect("of drawn shapes there are enough"));
    assert_eq!(t.refusal(), None);
}

#[test]
fn pause_stops_within_a_step_and_step_and_epoch_stop_by_themselves() {
    let mut t = Transcript::small();
    t.say(Command::Start);
    t.rest();
    t.say(Command::Step);
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Paused, 1));
    t.say(Command::Epoch);
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Paused, 3));
    t.say(Command::Resume);
    t.work();
    t.say(Command::Pause);
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Paused, 4));
}

#[test]
fn pausing_and_watching_do_not_change_the_curve() {
    let mut straight = Transcript::small();
    straight.say(Command::Start);
    straight.say(Command::Resume);
    straight.rest();
    let mut halting = Transcript::small();
    halting.say(Command::Start);
    while halting.state() != State::Done {
        halting.say(Command::Step);
        halting.say(Command::Watch { space: Space::Z });
        halting.rest();
        halting.say(Command::Neighbours { index: 3, k: 4 });
    }
    assert_eq!(straight.losses(), halting.losses());
}

#[test]
fn the_first_step_does_not_wait_for_the_pass_before_it() {
    let first = |t: &Transcript| {
        let mut found = t.events.iter().enumerate();
        found.find_map(|(at, event)| match event {
            Event::Readings { step, values } => Some((at, *step, values.clone())),
            _ => None,
        })
    };
    let mut patient = Transcript::small();
    patient.say(Command::Start);
    patient.rest();
    let mut eager = Transcript::small();
    eager.say(Command::Start);
    eager.say(Command::Resume);
    eager.rest();
    let stepped = |event: &Event| matches!(event, Event::Stepped { step: 1, .. });
    let stepped = eager.events.iter().position(stepped);
    let (at, step, values) = first(&eager).expect("readings are taken");
    assert!(stepped.expect("it is reported by itself") < at);
    assert_eq!(step, 0);
    let (_, _, expected) = first(&patient).expect("readings are taken");
    assert_eq!(values, expected, "they are still of the untrained network");
    assert!(values.iter().all(|value| value.h == value.untrained));
}

#[test]
fn toggling_the_method_keeps_the_images() {
    let mut t = Transcript::small();
    for method in ["vicreg", "simclr"] {
        t.configure(json!({"method": method}));
        t.say(Command::Start);
        t.say(Command::Step);
        t.rest();
        assert_eq!((t.state(), t.step()), (State::Paused, 1));
    }
    let loads = t
        .events
        .iter()
        .filter(|event| matches!(event, Event::Loaded { .. }));
    assert_eq!(loads.count(), 1);
}

#[test]
fn live_settings_take_effect_and_others_wait() {
    let mut t = Transcript::small();
    t.say(Command::Start);
    t.configure(json!({"knobs": {"temperature": 0.5}, "train": {"learningRate": 0.01}}));
    let pending = |t: &Transcript| match t.events.last() {
        Some(Event::Configured { pending, .. }) => pending.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pending(&t), Vec::<String>::new());
    t.configure(json!({"train": {"batch": 4}, "seed": 7}));
    assert_eq!(pending(&t), ["seed", "train.batch"]);
    t.say(Command::Start);
    assert_eq!(pending(&t), Vec::<String>::new());
}

#[test]
fn a_hot_knob_changes_the_next_loss() {
    let after = |knobs: Value| {
        let mut t = Transcript::small();
        t.say(Command::Start);
        t.say(Command::Step);
        t.rest();
        t.configure(json!({ "knobs": knobs }));
        t.say(Command::Step);
        t.rest();
        t.losses()[1].1
    };
    assert_eq!(
        after(json!({})),
        after(json!({"temperature": 0.2})),
        "0.2 is the default"
    );
    assert_ne!(after(json!({})), after(json!({"temperature": 1.0})));
}

#[test]
fn a_broken_file_is_named_and_the_others_are_used() {
    let mut t = Transcript::new(json!({"size": 16, "encoder": {"width": 4}}));
    let file = |name: &str, bytes: Vec<u8>| ImageFile {
        name: name.into(),
        decoded: Decoded::of(&bytes, 16),
    };
    let mut files: Vec<_> = (0..7u8)
        .map(|i| file(&format!("a/{i}.bmp"), bmp(i)))
        .collect();
    files.push(file("a/broken.png", b"\x89PNG\r\n\x1a\n".to_vec()));
    t.say(Command::AddImages(Collection::of(16, files)));
    t.rest();
    let Some(Event::Loaded {
        images, skipped, ..
    }) = t.events.last()
    else {
        panic!("{:?}", t.events.last())
    };
    assert_eq!((images.names.len(), skipped.len()), (7, 1));
    assert_eq!(skipped[0].name, "a/broken.png");
    t.say(Command::Start);
    assert!(t.refusal().unwrap().0.contains('8'), "{:?}", t.refusal());
    // One more, and it goes.
    let one = vec![file("b/8.bmp", bmp(99))];
    t.say(Command::AddImages(Collection::of(16, one)));
    t.rest();
    t.say(Command::Start);
    assert_eq!(t.state(), State::Paused);
}

#[test]
fn images_join_those_of_their_size_and_replace_all_others() {
    let mut t = Transcript::small();
    let mut add = |name: &str, size| {
        let files = vec![ImageFile {
            name: name.into(),
            decoded: Decoded::of(&bmp(7), size),
        }];
        t.say(Command::AddImages(Collection::of(size, files)));
        match t.events.last() {
            Some(Event::Loaded { images, .. }) => images.names.clone(),
            Some(Event::Refused { error, .. }) => vec![error.clone()],
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(add("a.bmp", 16), ["a.bmp"]);
    assert_eq!(add("b.bmp", 16), ["a.bmp", "b.bmp"]);
    assert_eq!(add("c.bmp", 32), ["c.bmp"]);
    assert!(add("d.bmp", 100)[0].contains("16 to 96"));
    assert_eq!(add("e.bmp", 32), ["c.bmp", "e.bmp"]);
}

#[test]
fn a_diverging_run_fails_with_a_sentence_and_can_be_started_again() {
    let mut t = Transcript::small();
    t.configure(
        json!({"train": {"optimizer": "sgd", "learningRate": 100.0, "warmup": 0.0, "epochs": 40},
        "method": "vicreg"}),
    );
    t.say(Command::Start);
    t.say(Command::Resume);
    t.rest();
    assert_eq!(t.state(), State::Failed);
    let failed = t.events.iter().rev().find_map(|event| match event {
        Event::Failed { error } => Some(error.as_str()),
        _ => None,
    });
    assert!(failed.unwrap().contains("learning rate"), "{failed:?}");
    let next = t.events.iter().rev().find_map(|event| match event {
        Event::Verdict { next, .. } => Some(next),
        _ => None,
    });
    let lower = &next.expect("it was judged")[0];
    assert_eq!(
        lower.settings,
        Some(json!({"train": {"learningRate": null}}))
    );
    t.configure(json!({"train": {"learningRate": 0.001}}));
    t.say(Command::Start);
    assert_eq!(t.state(), State::Paused);
}

/// A 2 x 2 picture in shades of one value.
fn bmp(shade: u8) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    bytes.extend(70u32.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(54u32.to_le_bytes());
    bytes.extend(40u32.to_le_bytes());
    bytes.extend(2u32.to_le_bytes());
    bytes.extend(2u32.to_le_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    for i in 0..2u8 {
        bytes.extend([shade, i * 90, 255 - shade, 30, shade, 200, 0, 0]);
    }
    bytes
}
