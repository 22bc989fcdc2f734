//! The units of work of a run.

use std::collections::VecDeque;

use super::work::{Question, Situation, Work};
use super::{Run, fresh};
use crate::data::{self, ImageSet};
use crate::error::Error;
use crate::network::Space;
use crate::protocol::{Event, State};
use crate::session::budget::Look;
use crate::session::device::Clock;
use crate::session::monitor::Course;
use crate::session::peak_rate;
use crate::session::telemetry::ViewSample;
use crate::settings::Settings;
use crate::training::checkpoint;
use crate::training::learner::Rates;
use crate::training::method::StepInfo;
use crate::training::schedule;

/// A checkpoint is made about this often, in milliseconds.
const CHECKPOINT_EVERY: f64 = 10_000.0;

impl Run {
    /// One unit of work; false if there is none.
    pub(in crate::session) async fn advance(
        &mut self,
        images: &ImageSet,
        watch: Space,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<bool, Error> {
        let start = clock();
        match self.next(start) {
            Work::Idle => return Ok(false),
            Work::Report => self.report(clock, events).await?,
            Work::Look => self.look(images, watch, clock, events).await?,
            Work::Neighbours => self.answer(images, clock, events).await?,
            Work::Map => events.extend(self.monitor.map(watch)),
            Work::Begin => self.begin_look(),
            Work::Checkpoint => events.push_back(self.save(clock).await?),
            Work::Train => self.train(images, clock, events).await?,
            Work::Others => self.embed_others(images, watch, events).await?,
            Work::Score => self.score(images, events).await?,
        }
        Ok(true)
    }

    /// What comes next, at this moment.
    fn next(&self, now: f64) -> Work {
        let situation = Situation {
            failed: self.failed,
            running: self.state() == State::Running,
            step: self.step,
            unreported: self.step == self.until && self.telemetry.has_unread(),
            looking: self.monitor.is_looking(),
            looked: self.monitor.looked(),
            others: self.monitor.wants_all(),
            redraw: self.monitor.wants_map(),
            affordable: self.monitor.due().is_some(),
            question: self.questions.front().map(|(index, _)| {
                if self.monitor.has(*index) {
                    Question::Known
                } else {
                    Question::Unknown
                }
            }),
            checkpoint_due: now - self.saved.1 >= CHECKPOINT_EVERY,
            saved: self.saved.0,
            scoring: self.evaluation.is_some(),
        };
        situation.next()
    }

    /// Reads what is still on the device and reports it.
    async fn report(&mut self, clock: Clock, events: &mut VecDeque<Event>) -> Result<(), Error> {
        self.telemetry.read(self.entry().card.gauges).await?;
        events.push_back(self.progress(clock));
        events.extend(self.telemetry.views());
        Ok(())
    }

    /// Begins to look at the network: at rest, or for a question, at all that a look takes.
    fn begin_look(&mut self) {
        let asked = self.state() != State::Running || !self.questions.is_empty();
        let due = self.monitor.due().filter(|_| !asked);
        self.monitor
            .begin(self.step, due.unwrap_or(Look::Whole(None)));
    }

    /// The next unit of the look under way.
    async fn look(
        &mut self,
        images: &ImageSet,
        watch: Space,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let start = clock();
        let learner = self.untrained.as_deref().unwrap_or(&*self.learner);
        let total = self.steps();
        let course = Course {
            clock,
            watch,
            total,
            warmup: schedule::warmup_steps(&self.settings.train, total),
        };
        let read = self
            .monitor
            .advance(images, learner, &self.device, course, events)
            .await?;
        if read {
            events.extend(self.verdict(images, false));
        }
        // A look while nothing is trained keeps nobody waiting.
        if self.state() == State::Running {
            self.monitor.waited(clock() - start);
        }
        if !self.monitor.is_looking() {
            self.untrained = None;
        }
        Ok(())
    }

    /// The next batch of the images that looks leave out.
    async fn embed_others(
        &mut self,
        images: &ImageSet,
        watch: Space,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let untrained = || fresh(&self.settings, &self.device);
        let (learner, device) = (&*self.learner, &self.device);
        self.monitor
            .embed_others(images, learner, untrained, device, watch, events)
            .await
    }

    /// Answers the first question.
    async fn answer(
        &mut self,
        images: &ImageSet,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let start = clock();
        if let Some(question) = self.questions.pop_front() {
            let untrained = || fresh(&self.settings, &self.device);
            let (learner, device) = (&*self.learner, &self.device);
            let answer = self
                .monitor
                .neighbours(question, images, learner, untrained, device);
            events.push_back(answer.await?);
        }
        if self.state() == State::Running {
            self.monitor.waited(clock() - start);
        }
        Ok(())
    }

    /// A step of training, and a report if one is due.
    async fn train(
        &mut self,
        images: &ImageSet,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let start = clock();
        if self.monitor.is_looking() {
            self.untrained = Some(fresh(&self.settings, &self.device));
        }
        self.step(images, clock);
        let due = self.telemetry.is_due(clock) || self.step == self.until;
        if due {
            self.telemetry.read(self.entry().card.gauges).await?;
        }
        let spent = clock() - start;
        self.monitor.trained(spent);
        self.telemetry.trained(spent);
        if due {
            events.push_back(self.progress(clock));
            events.extend(self.telemetry.views());
        }
        Ok(())
    }

    async fn score(
        &mut self,
        images: &ImageSet,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let (Some(evaluation), Some(all)) = (&mut self.evaluation, self.monitor.all()) else {
            return Ok(());
        };
        let done = evaluation
            .advance(images, all, &*self.learner, &self.device)
            .await?;
        if let Some(event) = done {
            self.evaluation = None;
            events.push_back(event);
        }
        Ok(())
    }

    fn step(&mut self, images: &ImageSet, clock: Clock) {
        let Settings { seed, train, .. } = self.settings;
        let n = images.names.len();
        let (epoch, within) = (
            self.step / self.steps_per_epoch,
            self.step % self.steps_per_epoch,
        );
        if within == 0 || self.order.is_empty() {
            self.order = data::order(seed, epoch, n);
        }
        let picked = data::batch_of(&self.order, within, train.batch);
        let entry = self.entry();
        let views = entry.views_of_step(&self.settings, images, picked, self.step, &self.device);
        let at = StepInfo {
            seed,
            step: self.step,
            total: self.steps(),
        };
        let rates = self.rates(at);
        let loss = self.learner.step(&views, rates, at);
        self.step += 1;
        let last = self.step == self.until;
        if self.telemetry.views_are_due(clock) || last {
            let sample = ViewSample::of(self.step, picked, &views, &loss);
            self.telemetry.record_views(sample, clock);
        }
        self.telemetry.record(self.step, rates.now, loss);
    }

    fn rates(&self, at: StepInfo) -> Rates {
        let train = &self.settings.train;
        let peak = peak_rate(&self.settings);
        let warmup = schedule::warmup_steps(train, at.total);
        Rates {
            now: schedule::rate(at.step, at.total, warmup, peak, train.final_rate),
            peak,
        }
    }

    async fn save(&mut self, clock: Clock) -> Result<Event, Error> {
        self.saved = (self.step, clock());
        let mut state = self.learner.state();
        state.step = self.step;
        let bytes = checkpoint::save(state).await?;
        Ok(Event::Checkpoint {
            step: self.step,
            bytes: bytes.into(),
        })
    }
}
