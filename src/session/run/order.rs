//! What a run does next, situation by situation.

use super::work::{Question, Situation, Work};

/// A paused run at step 7: on the map, and saved.
const AT_REST: Situation = Situation {
    failed: false,
    running: false,
    held: false,
    step: 7,
    unreported: false,
    embedding: false,
    spare: false,
    embedded: Some(7),
    redraw: false,
    affordable: false,
    question: None,
    checkpoint_due: false,
    saved: 7,
    scoring: false,
};

/// A run that trains; the map is of two steps before.
const TRAINING: Situation = Situation {
    running: true,
    embedded: Some(5),
    saved: 0,
    ..AT_REST
};

/// A run that waits; the map is of two steps before.
const HELD: Situation = Situation {
    held: true,
    ..TRAINING
};

/// A run that waits no more; the pass that was begun meanwhile is under way.
const RELEASED: Situation = Situation {
    embedding: true,
    spare: true,
    ..TRAINING
};

/// Why, in which situation, and what comes next.
const ORDER: &[(&str, Situation, Work)] = &[
    ("all is done", AT_REST, Work::Idle),
    (
        "a run that has failed is left as it is",
        Situation {
            failed: true,
            redraw: true,
            unreported: true,
            question: Some(Question::Unmapped),
            ..TRAINING
        },
        Work::Idle,
    ),
    (
        "but its map still answers, for that takes no network",
        Situation {
            failed: true,
            question: Some(Question::Mapped),
            ..TRAINING
        },
        Work::Neighbours,
    ),
    (
        "who hears of a pause has heard of every step, so the report comes first",
        Situation {
            unreported: true,
            embedding: true,
            ..TRAINING
        },
        Work::Report,
    ),
    (
        "a pass is of one network: it ends before that is trained further",
        Situation {
            embedding: true,
            checkpoint_due: true,
            ..TRAINING
        },
        Work::Embed,
    ),
    (
        "but the first step does not wait for the pass over the network before it",
        Situation {
            step: 0,
            embedded: None,
            embedding: true,
            affordable: true,
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "not even if a question is asked, which that pass will answer",
        Situation {
            step: 0,
            embedded: None,
            embedding: true,
            question: Some(Question::Mapped),
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "while nothing is trained, that pass goes on",
        Situation {
            step: 0,
            saved: 0,
            embedded: None,
            embedding: true,
            ..AT_REST
        },
        Work::Embed,
    ),
    (
        "an image of the map is answered from the map, however old that is",
        Situation {
            question: Some(Question::Mapped),
            embedding: true,
            ..TRAINING
        },
        Work::Neighbours,
    ),
    (
        "another image must be embedded by the map's network: that has gone, so a new map",
        Situation {
            question: Some(Question::Unmapped),
            ..TRAINING
        },
        Work::Pass,
    ),
    (
        "and is, as soon as the map is of this step",
        Situation {
            question: Some(Question::Unmapped),
            embedded: Some(7),
            ..TRAINING
        },
        Work::Neighbours,
    ),
    (
        "the other vectors are shown at once",
        Situation {
            redraw: true,
            affordable: true,
            ..TRAINING
        },
        Work::Map,
    ),
    (
        "a pass that is paid for comes before the next step",
        Situation {
            affordable: true,
            checkpoint_due: true,
            ..TRAINING
        },
        Work::Pass,
    ),
    (
        "but not twice at one step",
        Situation {
            affordable: true,
            embedded: Some(7),
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "a checkpoint that is due comes before the next step",
        Situation {
            checkpoint_due: true,
            ..TRAINING
        },
        Work::Checkpoint,
    ),
    (
        "but not twice at one step",
        Situation {
            checkpoint_due: true,
            saved: 7,
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "a full score waits for training to end",
        Situation {
            scoring: true,
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "at rest the map is brought up to date, paid for or not",
        Situation {
            embedded: Some(5),
            scoring: true,
            saved: 0,
            ..AT_REST
        },
        Work::Pass,
    ),
    (
        "a score that was asked for comes before what nobody waits for",
        Situation {
            scoring: true,
            saved: 0,
            ..AT_REST
        },
        Work::Score,
    ),
    (
        "a run that waits tells of its steps first",
        Situation {
            unreported: true,
            ..HELD
        },
        Work::Report,
    ),
    (
        "then its map is brought up to date, paid for or not",
        HELD,
        Work::Pass,
    ),
    (
        "before its first step too",
        Situation {
            step: 0,
            saved: 0,
            embedded: None,
            embedding: true,
            ..HELD
        },
        Work::Embed,
    ),
    (
        "then it is idle, and not saved at each epoch",
        Situation {
            embedded: Some(7),
            ..HELD
        },
        Work::Idle,
    ),
    (
        "but as often as one that trains",
        Situation {
            embedded: Some(7),
            checkpoint_due: true,
            ..HELD
        },
        Work::Checkpoint,
    ),
    (
        "what waits no more does not wait for a pass that it has not paid for",
        RELEASED,
        Work::Train,
    ),
    (
        "but for one that it has",
        Situation {
            affordable: true,
            ..RELEASED
        },
        Work::Embed,
    ),
    (
        "or that answers a question",
        Situation {
            question: Some(Question::Unmapped),
            ..RELEASED
        },
        Work::Embed,
    ),
    (
        "a run at rest is saved",
        Situation {
            saved: 0,
            ..AT_REST
        },
        Work::Checkpoint,
    ),
];

#[test]
fn the_order_of_work() {
    for (reason, situation, work) in ORDER {
        assert_eq!(situation.next(), *work, "{reason}: {situation:?}");
    }
}
