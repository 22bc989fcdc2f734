//! A session in a test: say commands, collect events.

use pollster::block_on;
use serde_json::{Value, json};
use twoviews::protocol::{Command, Event, State};
use twoviews::session::Session;
use twoviews::session::device::Clock;

/// A session and all its events.
pub(crate) struct Transcript {
    session: Session,
    pub(crate) events: Vec<Event>,
}

/// A clock that ticks 10 ms a look, so that reports and looks fall due. Each test has its own thread
/// and its own clock: one for all would run faster for each the more run beside it.
pub(crate) fn now() -> f64 {
    use std::cell::Cell;
    thread_local!(static TICKS: Cell<u32> = const { Cell::new(0) });
    TICKS.set(TICKS.get() + 1);
    f64::from(TICKS.get()) * 10.0
}

impl Transcript {
    pub(crate) fn new(settings: Value) -> Self {
        Self::timed(now, settings)
    }

    /// By another clock.
    pub(crate) fn timed(clock: Clock, settings: Value) -> Self {
        let mut transcript = Self {
            session: Session::new(clock),
            events: Vec::new(),
        };
        transcript.say(Command::Configure { settings });
        transcript
    }

    pub(crate) fn small() -> Self {
        let mut transcript = Self::new(json!({
            "size": 16, "backend": "cpu", "encoder": {"width": 4},
            "train": {"batch": 8, "epochs": 3}
        }));
        transcript.say(Command::LoadSet {
            set: "shapes".into(),
            options: Some(serde_json::from_value(json!({"count": 24})).unwrap()),
            squares: None,
        });
        transcript
    }

    pub(crate) fn say(&mut self, command: Command) {
        block_on(self.session.apply(command));
        self.listen();
    }

    pub(crate) fn configure(&mut self, settings: Value) {
        self.say(Command::Configure { settings });
    }

    /// One unit of work.
    pub(crate) fn work(&mut self) -> bool {
        let worked = block_on(self.session.advance());
        self.listen();
        worked
    }

    pub(crate) fn rest(&mut self) {
        while self.work() {}
    }

    fn listen(&mut self) {
        while let Some(event) = self.session.event() {
            self.events.push(event);
        }
    }

    pub(crate) fn state(&self) -> State {
        self.session.state()
    }

    pub(crate) fn refusal(&self) -> Option<(&str, Option<&str>)> {
        match self.events.last()? {
            Event::Refused { error, path, .. } => Some((error, path.as_deref())),
            _ => None,
        }
    }

    pub(crate) fn losses(&self) -> Vec<(usize, f32)> {
        let points = self.events.iter().flat_map(|event| match event {
            Event::Stepped { losses, .. } => losses.as_slice(),
            _ => &[],
        });
        points.map(|point| (point.step, point.total)).collect()
    }

    pub(crate) fn step(&self) -> usize {
        let steps = self.events.iter().rev();
        let mut steps = steps.filter_map(|event| match event {
            Event::Stepped { step, .. } => Some(*step),
            _ => None,
        });
        steps.next().unwrap_or(0)
    }
}
