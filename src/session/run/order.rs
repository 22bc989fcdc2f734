//! What a run does next, situation by situation.

use super::work::{Question, Situation, Work};

/// A paused run at step 7: looked at, and saved.
const AT_REST: Situation = Situation {
    failed: false,
    running: false,
    held: false,
    step: 7,
    unreported: false,
    looking: false,
    spare: false,
    looked: Some(7),
    others: false,
    redraw: false,
    affordable: false,
    question: None,
    checkpoint_due: false,
    saved: 7,
    scoring: false,
    all_asked: false,
};

/// A run that trains; the last look was two steps before.
const TRAINING: Situation = Situation {
    running: true,
    looked: Some(5),
    saved: 0,
    ..AT_REST
};

/// A run that waits; the last look was two steps before.
const HELD: Situation = Situation {
    held: true,
    ..TRAINING
};

/// A run that waits no more; the look that was begun meanwhile is under way.
const RELEASED: Situation = Situation {
    looking: true,
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
            question: Some(Question::Unknown),
            ..TRAINING
        },
        Work::Idle,
    ),
    (
        "but its last look still answers, for that takes no network",
        Situation {
            failed: true,
            question: Some(Question::Known),
            ..TRAINING
        },
        Work::Neighbours,
    ),
    (
        "who hears of a pause has heard of every step, so the report comes first",
        Situation {
            unreported: true,
            looking: true,
            ..TRAINING
        },
        Work::Report,
    ),
    (
        "a look is at one network: it ends before that is trained further",
        Situation {
            looking: true,
            checkpoint_due: true,
            ..TRAINING
        },
        Work::Look,
    ),
    (
        "but the first step does not wait for the look at the network before it",
        Situation {
            step: 0,
            looked: None,
            looking: true,
            affordable: true,
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "not even if a question is asked, which that look will answer",
        Situation {
            step: 0,
            looked: None,
            looking: true,
            question: Some(Question::Known),
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "while nothing is trained, that look goes on",
        Situation {
            step: 0,
            saved: 0,
            looked: None,
            looking: true,
            ..AT_REST
        },
        Work::Look,
    ),
    (
        "an image of the last look is answered from that, however old it is",
        Situation {
            question: Some(Question::Known),
            looking: true,
            ..TRAINING
        },
        Work::Neighbours,
    ),
    (
        "another image must be embedded by that look's network: that has gone, so a new look",
        Situation {
            question: Some(Question::Unknown),
            ..TRAINING
        },
        Work::Begin,
    ),
    (
        "and is, as soon as there is a look at this step",
        Situation {
            question: Some(Question::Unknown),
            looked: Some(7),
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
        "a look that is paid for comes before the next step",
        Situation {
            affordable: true,
            checkpoint_due: true,
            ..TRAINING
        },
        Work::Begin,
    ),
    (
        "but not twice at one step",
        Situation {
            affordable: true,
            looked: Some(7),
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
        "at rest there is a look at the last step, paid for or not",
        Situation {
            looked: Some(5),
            scoring: true,
            saved: 0,
            ..AT_REST
        },
        Work::Begin,
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
        "then there is a look at it, paid for or not",
        HELD,
        Work::Begin,
    ),
    (
        "before its first step too",
        Situation {
            step: 0,
            saved: 0,
            looked: None,
            looking: true,
            ..HELD
        },
        Work::Look,
    ),
    (
        "then it is idle, and not saved at each epoch",
        Situation {
            looked: Some(7),
            ..HELD
        },
        Work::Idle,
    ),
    (
        "but as often as one that trains",
        Situation {
            looked: Some(7),
            checkpoint_due: true,
            ..HELD
        },
        Work::Checkpoint,
    ),
    (
        "what waits no more does not wait for a look that it has not paid for",
        RELEASED,
        Work::Train,
    ),
    (
        "but for one that it has",
        Situation {
            affordable: true,
            ..RELEASED
        },
        Work::Look,
    ),
    (
        "or that answers a question",
        Situation {
            question: Some(Question::Unknown),
            ..RELEASED
        },
        Work::Look,
    ),
    (
        "but it is of all images, so they are embedded first",
        Situation {
            scoring: true,
            others: true,
            ..AT_REST
        },
        Work::Others,
    ),
    (
        "a run at rest is saved",
        Situation {
            saved: 0,
            others: true,
            ..AT_REST
        },
        Work::Checkpoint,
    ),
    (
        "and when there is nothing else to do, all images are embedded",
        Situation {
            others: true,
            ..AT_REST
        },
        Work::Others,
    ),
    (
        "what is asked of all images is told once all are",
        Situation {
            all_asked: true,
            others: true,
            ..AT_REST
        },
        Work::Others,
    ),
    (
        "and the run is at rest",
        Situation {
            all_asked: true,
            ..AT_REST
        },
        Work::Embeddings,
    ),
    (
        "which it is not while it trains",
        Situation {
            all_asked: true,
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "until it trains on",
        Situation {
            others: true,
            ..TRAINING
        },
        Work::Train,
    ),
    (
        "a run that waits has no time for them",
        Situation {
            looked: Some(7),
            others: true,
            ..HELD
        },
        Work::Idle,
    ),
];

#[test]
fn the_order_of_work() {
    for (reason, situation, work) in ORDER {
        assert_eq!(situation.next(), *work, "{reason}: {situation:?}");
    }
}
