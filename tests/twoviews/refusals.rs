//! What a session refuses: it says why, and everything stays as it was.

use serde_json::{Value, json};
use twoviews::data::{Bytes, Collection, Decoded, ImageFile, ImageSet};
use twoviews::protocol::{Command, Event, State};

use crate::transcript::Transcript;

#[test]
fn refusals_name_what_is_at_fault_and_change_nothing() {
    let mut t = Transcript::new(json!({}));
    t.say(Command::Start);
    assert!(t.refusal().unwrap().0.contains("no images"));
    t.say(Command::Resume);
    assert!(t.refusal().is_some());
    for (settings, path) in [
        (json!({"method": "magic"}), "method"),
        (json!({"train": {"batch": 0}}), "train.batch"),
        (json!({"knobs": {"temperature": 9.0}}), "knobs.temperature"),
        (json!({"knobs": {"variance": 9.0}}), "knobs.variance"),
    ] {
        t.configure(settings);
        assert_eq!(t.refusal().unwrap().1, Some(path));
    }
    assert_eq!(t.state(), State::Empty);
    t.say(Command::LoadSet {
        set: "cats".into(),
        options: None,
        squares: None,
    });
    assert!(t.refusal().unwrap().0.contains("shapes"));
}

/// What a run of six steps makes of its losses, with a command that is refused after each of them.
fn losses_despite(refused: &[(&str, Command)]) -> Vec<(usize, f32)> {
    let mut t = Transcript::small();
    t.say(Command::Start);
    for at in 0..6 {
        t.say(Command::Step);
        t.rest();
        let Some((reason, command)) = refused.get(at) else {
            continue;
        };
        let (events, state) = (t.events.len(), t.state());
        t.say(command.clone());
        let (said, _) = t.refusal().unwrap_or_else(|| panic!("obeyed: {command:?}"));
        assert!(said.contains(reason), "{said}");
        assert_eq!(t.events.len(), events + 1, "{reason}: it says one thing");
        assert_eq!(t.state(), state, "{reason}");
        assert!(!t.work(), "{reason}: there is nothing to do");
    }
    t.losses()
}

#[test]
fn a_refused_command_leaves_everything_as_it_was() {
    let undisturbed = losses_despite(&[]);
    let file = |name: &str, decoded| ImageFile {
        name: name.into(),
        decoded,
    };
    let unusable = file("a/notes.txt", Decoded::Reason("no image".into()));
    let image = |bytes: usize| Decoded::Pixels(vec![0; bytes]);
    let add = |size, files| Command::AddImages(Collection::of(size, files));
    let configure = |settings: Value| Command::Configure { settings };
    let set = |set: &str, options: Value| Command::LoadSet {
        set: set.into(),
        options: serde_json::from_value(options).unwrap(),
        squares: None,
    };
    let (images, settings, checkpoint) = other_run();
    let restore = |images: &ImageSet, width: usize, checkpoint: &[u8]| {
        let mut settings = settings.clone();
        settings.encoder.width = width;
        Command::Restore {
            images: Some(Box::new(images.clone())),
            settings: Box::new(settings),
            checkpoint: Some(checkpoint.to_vec().into()),
        }
    };
    let on_those_there = |size: usize, width: usize, checkpoint: Option<Bytes>| {
        let mut settings = settings.clone();
        (settings.size, settings.encoder.width) = (size, width);
        Command::Restore {
            images: None,
            settings: Box::new(settings),
            checkpoint,
        }
    };
    let mut cut = images.clone();
    cut.names.pop();
    let refused = [
        ("a/notes.txt: no image", add(16, vec![unusable.clone()])),
        ("no images among", add(16, Vec::new())),
        (
            "100 bytes do not make 1 x 16 x 16",
            add(16, vec![unusable, file("a/2.png", image(100))]),
        ),
        ("16 to 96", add(8, vec![file("a/1.png", image(192))])),
        ("8 to 20,000", set("shapes", json!({"count": 3}))),
        ("no set is called", set("cats", Value::Null)),
        (
            "Batch size: 0",
            configure(json!({"seed": 3, "train": {"batch": 0}})),
        ),
        ("not whole", restore(&cut, 4, &checkpoint)),
        ("not a checkpoint", restore(&images, 4, b"bytes")),
        ("another network", restore(&images, 8, &checkpoint)),
        (
            "another network",
            on_those_there(16, 8, Some(checkpoint.clone())),
        ),
        ("read at 16 pixels", on_those_there(32, 4, None)),
        ("read at 16 pixels", on_those_there(32, 4, Some(checkpoint))),
        ("no image 99", Command::Neighbours { index: 99, k: 3 }),
    ];
    for some in refused.chunks(5) {
        assert_eq!(losses_despite(some), undisturbed);
    }
}

/// Images, settings and checkpoint of a run with another seed.
fn other_run() -> (ImageSet, twoviews::settings::Settings, Bytes) {
    let mut t = Transcript::small();
    t.configure(json!({"seed": 5}));
    t.say(Command::Start);
    t.say(Command::Step);
    t.rest();
    let (mut images, mut settings, mut checkpoint) = (None, None, None);
    for event in t.events {
        match event {
            Event::Loaded { images: found, .. } => images = Some(found),
            Event::Configured {
                settings: found, ..
            } => settings = Some(found),
            Event::Checkpoint { bytes, .. } => checkpoint = Some(bytes),
            _ => {}
        }
    }
    (images.unwrap(), settings.unwrap(), checkpoint.unwrap())
}

#[test]
fn a_run_that_cannot_start_does_not_end_the_one_before() {
    let mut t = Transcript::small();
    t.say(Command::Start);
    t.say(Command::Step);
    t.rest();
    t.configure(json!({"size": 32}));
    t.say(Command::Start);
    assert_eq!(t.refusal().unwrap().1, Some("size"));
    t.say(Command::Step);
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Paused, 2));
}

/// JSON makes null of what is no number.
#[test]
fn null_where_a_number_is_wanted_is_refused_by_the_name_of_its_field() {
    let settings = |partial: Value| {
        let command = json!({"type": "configure", "settings": partial});
        let mut t = Transcript::new(json!({}));
        t.say(serde_json::from_value(command).unwrap());
        t.refusal().expect("null is refused").0.to_owned()
    };
    for (partial, label) in [
        (json!({"size": null}), "Image size"),
        (json!({"seed": null}), "Seed"),
        (json!({"train": {"batch": null}}), "Batch size"),
        (json!({"train": {"momentum": null}}), "Momentum"),
        (json!({"encoder": {"width": null}}), "Encoder width"),
        (json!({"knobs": {"temperature": null}}), "Temperature"),
    ] {
        assert!(settings(partial).starts_with(label), "{label}");
    }
    let whole = twoviews::settings::Settings::default();
    let mut whole = serde_json::to_value(whole).unwrap();
    whole["train"]["epochs"] = Value::Null;
    for (command, field) in [
        (json!({"type": "threads", "count": null}), "count"),
        (
            json!({"type": "neighbours", "index": null, "k": 3}),
            "index",
        ),
        (json!({"type": "neighbours", "index": 3, "k": null}), "k"),
        (json!({"type": "hold", "epoch": 0.5}), "epoch"),
        (
            json!({"type": "loadSet", "set": "shapes", "options": {"count": null}}),
            "count",
        ),
        (
            json!({"type": "addImages", "size": null, "names": [], "pixels": [], "skipped": [], "ignored": 0}),
            "size",
        ),
        (
            json!({"type": "restore", "images": null, "settings": whole, "checkpoint": null}),
            "Epochs",
        ),
    ] {
        let error = serde_json::from_value::<Command>(command)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(field), "{error}");
    }
}
