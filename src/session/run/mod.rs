//! One run: a network in training, and what is known of it so far.

use std::collections::VecDeque;

use burn::prelude::*;

use super::monitor::Monitor;
use super::scores::Evaluation;
use super::telemetry::Telemetry;
use crate::data;
use crate::data::ImageSet;
use crate::error::Error;
use crate::evaluation::verdict::{self, Outcome};
use crate::methods::{self, Entry};
use crate::protocol::{DeviceCard, Event, State};
use crate::session::device::{ChosenDevice, Clock};
use crate::session::pace;
use crate::session::{own_rate, peak_rate};
use crate::settings::{self, Backend, Settings};
use crate::training::Scale;
use crate::training::checkpoint::{self, About};
use crate::training::learner::Learner;

#[cfg(test)]
mod order;
mod units;
mod work;

/// How far to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// To the end of the run.
    End,
    /// One step.
    Step,
    /// To the end of the epoch.
    Epoch,
}

pub(super) struct Run {
    settings: Settings,
    learner: Box<dyn Learner>,
    device: Device,
    card: DeviceCard,
    step: usize,
    steps_per_epoch: usize,
    /// The images of the epoch under way, in the order of training.
    order: Vec<usize>,
    /// Train until this many steps are done.
    until: usize,
    failed: bool,
    telemetry: Telemetry,
    monitor: Monitor,
    /// Whether the look under way was begun only because training waited.
    spare_look: bool,
    /// The network before training, while the first look is at it and another copy trains.
    untrained: Option<Box<dyn Learner>>,
    evaluation: Option<Evaluation>,
    /// Images whose neighbours were asked for, and how many each.
    questions: VecDeque<(usize, usize)>,
    /// Whether h and z of all images were asked for.
    all_asked: bool,
    /// Step and moment of the last checkpoint.
    saved: (usize, f64),
}

impl Run {
    pub(super) fn new(
        settings: Settings,
        images: &ImageSet,
        chosen: ChosenDevice,
        clock: Clock,
    ) -> Self {
        let ChosenDevice { device, card } = chosen;
        let n = images.names.len();
        let learner = methods::start(&settings, &device);
        Self {
            learner,
            device,
            card,
            step: 0,
            steps_per_epoch: data::steps_per_epoch(n, settings.train.batch),
            order: Vec::new(),
            until: 0,
            failed: false,
            telemetry: Telemetry::default(),
            monitor: Monitor::new(n, settings.seed),
            spare_look: false,
            untrained: None,
            evaluation: None,
            questions: VecDeque::new(),
            all_asked: false,
            saved: (0, clock()),
            settings,
        }
    }

    /// Whether a lost GPU is its loss.
    pub(super) fn is_on_gpu(&self) -> bool {
        self.card.backend != Backend::Cpu
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where it computes, and how much longer than foreseen a step takes there, once that is known.
    pub(super) fn pace(&self) -> Option<(Backend, f64)> {
        let measured = self.telemetry.ms_per_step()?;
        Some((self.card.backend, measured / pace::step(&self.settings)))
    }

    fn steps(&self) -> usize {
        self.steps_per_epoch * self.settings.train.epochs
    }

    /// The step at which training stops or, for it is held after so many epochs, waits.
    fn stop(&self, hold: Option<usize>) -> usize {
        let step = |epochs: usize| epochs.saturating_mul(self.steps_per_epoch);
        self.until.min(hold.map_or(usize::MAX, step))
    }

    pub(super) fn state(&self) -> State {
        if self.failed {
            State::Failed
        } else if self.step < self.until || self.telemetry.has_unread() {
            State::Running
        } else if self.step < self.steps() {
            State::Paused
        } else {
            State::Done
        }
    }

    /// The loss where embeddings say nothing, on so many images, as the knobs now are.
    pub(super) fn loss_at_chance(&self, images: usize) -> Option<f32> {
        let scale = Scale {
            images: self.settings.train.batch.min(images),
            size: self.settings.size,
            features: methods::encoder(&self.settings).features(),
        };
        self.entry().chance(&self.settings.knobs, scale)
    }

    pub(super) fn started(&self) -> Event {
        let size = self.settings.size;
        let embedding = self
            .learner
            .embed(Tensor::zeros([1, 3, size, size], &self.device));
        Event::Started {
            device: self.card.clone(),
            parameters: self.learner.parameters(),
            h: embedding.h.dims()[1],
            z: embedding.z.dims()[1],
            steps_per_epoch: self.steps_per_epoch,
            epochs: self.settings.train.epochs,
        }
    }

    /// Where the run stands, with the losses not yet reported.
    pub(super) fn progress(&mut self, clock: Clock) -> Event {
        let epochs = self.settings.train.epochs;
        let batch = self.settings.train.batch.min(self.order.len());
        self.telemetry
            .stepped(self.step, self.steps_per_epoch, epochs, batch, clock)
    }

    /// What is to be said of the run by now: two statements and, once it has come to its end or
    /// `diverged`, what to try next. Nothing before the first look.
    pub(super) fn verdict(&self, images: &ImageSet, diverged: bool) -> Option<Event> {
        let last = self.monitor.judge.last()?;
        let outcome = Outcome {
            settings: &self.settings,
            rate: peak_rate(&self.settings),
            own_rate: own_rate(&self.settings),
            steps: self.steps(),
            images: images.names.len(),
            diverged,
            collapse: last.collapse.state,
            learned: last.learned.state,
            below_pixels: last.is_below_pixels(),
        };
        let over = diverged || last.step >= self.steps();
        Some(Event::Verdict {
            step: last.step,
            collapse: last.collapse.clone(),
            learned: last.learned.clone(),
            next: if over {
                verdict::next_steps(outcome)
            } else {
                Vec::new()
            },
        })
    }

    pub(super) fn train_to(&mut self, goal: Goal) -> Result<(), Error> {
        match self.state() {
            State::Failed => return Err(Error::State("the run has failed; start it again".into())),
            State::Done => return Err(Error::State("the run is done; start it again".into())),
            _ => {}
        }
        // A score is of one network; training would change it half-way.
        self.stop_evaluating();
        self.until = match goal {
            Goal::End => self.steps(),
            Goal::Step => self.step + 1,
            Goal::Epoch => (self.step / self.steps_per_epoch + 1) * self.steps_per_epoch,
        };
        Ok(())
    }

    pub(super) fn pause(&mut self) {
        // A run that is done stays done.
        self.until = self.step;
    }

    pub(super) fn fail(&mut self) {
        self.failed = true;
        self.questions.clear();
        self.all_asked = false;
    }

    /// The map must be drawn again: the other vectors are wanted.
    pub(super) fn redraw(&mut self) {
        self.monitor.redraw();
    }

    /// Asks for the `k` neighbours of an image.
    pub(super) fn ask(&mut self, index: usize, k: usize, images: &ImageSet) -> Result<(), Error> {
        let n = images.names.len();
        if index >= n {
            let last = n - 1;
            return Err(Error::Data(format!(
                "there is no image {index}; the last is {last}"
            )));
        }
        let known = self.monitor.looked().is_some() && self.monitor.has(index);
        if self.failed && !known {
            let reason = "the run has failed: only images on the map have neighbours";
            return Err(Error::State(reason.into()));
        }
        self.questions.push_back((index, k));
        Ok(())
    }

    /// Asks for h and z of all images.
    pub(super) fn ask_for_all(&mut self) -> Result<(), Error> {
        if self.failed {
            let reason = "the run has failed: there is no network to embed images with";
            return Err(Error::State(reason.into()));
        }
        self.all_asked = true;
        Ok(())
    }

    /// Asks for every reading of its `n` images.
    pub(super) fn evaluate(&mut self, n: usize) -> Result<(), Error> {
        if !matches!(self.state(), State::Paused | State::Done) {
            let reason = "readings are of one network: pause the run first";
            return Err(Error::State(reason.into()));
        }
        let untrained = methods::start(&self.settings, &self.device);
        self.evaluation = Some(Evaluation::new(n, self.at(), untrained, &self.settings));
        Ok(())
    }

    /// Gives up the readings under way.
    pub(super) fn stop_evaluating(&mut self) {
        self.evaluation = None;
    }

    /// Puts those settings in force that a run can change while it goes on.
    pub(super) fn apply_live(&mut self, wanted: &Settings) {
        if wanted.method != self.settings.method {
            return;
        }
        let knobs = self.entry().card.knobs;
        settings::take_up(&mut self.settings, wanted, knobs);
        self.learner.set_knobs(&self.settings.knobs);
    }

    /// Goes on from a checkpoint of a run with the same settings and images.
    pub(super) fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (about, weights) = checkpoint::load(bytes, &self.device)?;
        let About { step, notes, .. } = about;
        let method = about.settings["method"].as_str().unwrap_or("no method");
        if method != self.settings.method {
            let wanted = &self.settings.method;
            return Err(Error::Checkpoint(format!(
                "this checkpoint is of {method}, and the settings are of {wanted}"
            )));
        }
        if step > self.steps() {
            return Err(Error::Checkpoint(
                "this checkpoint is of a longer run".into(),
            ));
        }
        self.learner.restore(weights)?;
        // Without them the run is judged from here on: it trains all the same.
        self.monitor.judge = serde_json::from_value(notes).unwrap_or_default();
        self.untrained = Some(methods::start(&self.settings, &self.device));
        self.step = step;
        self.until = step;
        self.saved.0 = step;
        Ok(())
    }

    fn entry(&self) -> &'static Entry {
        methods::find(&self.settings.method).expect("settings are complete")
    }
}
