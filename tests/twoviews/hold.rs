//! Runs that are held, as those are that stand side by side.

use twoviews::network::Space;
use twoviews::protocol::{Command, Event, State};

use crate::transcript::Transcript;

const EPOCH: usize = 3;

fn started(hold: Option<usize>) -> Transcript {
    let mut t = Transcript::small();
    t.say(Command::Hold { epoch: hold });
    t.say(Command::Start);
    t.say(Command::Resume);
    t
}

fn maps(t: &Transcript) -> Vec<usize> {
    let maps = t.events.iter().filter_map(|event| match event {
        Event::Map { step, .. } => Some(*step),
        _ => None,
    });
    maps.collect()
}

#[test]
fn a_held_run_waits_at_the_end_of_the_epoch_up_to_date_and_running() {
    let mut t = started(Some(1));
    t.rest();
    assert!(!t.work(), "it is idle");
    assert_eq!((t.state(), t.step()), (State::Running, EPOCH));
    assert_eq!(t.losses().len(), EPOCH, "all of them are told");
    assert_eq!(maps(&t).last(), Some(&EPOCH));
    let views = t.events.iter().rev().find_map(|event| match event {
        Event::Views { step, .. } => Some(*step),
        _ => None,
    });
    assert_eq!(views, Some(EPOCH));
    t.say(Command::Neighbours { index: 3, k: 2 });
    t.rest();
    let answer = t.events.last();
    assert!(matches!(answer, Some(Event::Neighbours { step: 3, .. })));
    t.say(Command::Hold { epoch: Some(2) });
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Running, 2 * EPOCH));
    t.say(Command::Pause);
    assert_eq!(t.state(), State::Paused);
    t.say(Command::Epoch);
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Running, 2 * EPOCH));
    t.say(Command::Hold { epoch: None });
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Done, 3 * EPOCH));
}

#[test]
fn a_hold_outlives_a_start_and_holds_before_the_first_step_too() {
    let mut t = started(Some(0));
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Running, 0));
    assert_eq!(maps(&t), [0]);
    t.say(Command::Start);
    t.say(Command::Resume);
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Running, 0));
    // A run that is ahead of a hold waits where it is.
    t.say(Command::Hold { epoch: Some(2) });
    t.rest();
    t.say(Command::Hold { epoch: Some(1) });
    t.rest();
    assert_eq!((t.state(), t.step()), (State::Running, 2 * EPOCH));
}

#[test]
fn a_hold_does_not_change_the_curve() {
    let mut straight = started(None);
    straight.rest();
    let mut halting = started(Some(0));
    for epoch in 1..=3 {
        // The first is released in the middle of a pass.
        let work = if epoch == 1 { 1 } else { usize::MAX };
        for _ in 0..work {
            if !halting.work() {
                break;
            }
        }
        halting.say(Command::Watch { space: Space::Z });
        halting.say(Command::Hold { epoch: Some(epoch) });
    }
    halting.rest();
    assert_eq!(halting.state(), State::Done);
    assert_eq!(straight.losses(), halting.losses());
}

#[test]
fn who_waits_no_more_does_not_wait_for_a_pass_that_was_begun_meanwhile() {
    let mut t = started(Some(1));
    while t.step() < EPOCH {
        t.work();
    }
    // The budget of the first second is spent, so this is the pass of a run that waits.
    while !maps(&t).contains(&0) {
        t.work();
    }
    t.work();
    t.say(Command::Hold { epoch: Some(2) });
    t.work();
    t.say(Command::Pause);
    t.rest();
    assert_eq!(t.step(), EPOCH + 1, "it trained at once");
    let after = maps(&t);
    assert!(!after.contains(&EPOCH), "no map of a mixture: {after:?}");
}
