//! The units of work of a run.

use std::collections::VecDeque;

use super::Run;
use super::work::{Question, Situation, Work};
use crate::data::{self, Bytes, ImageSet};
use crate::error::Error;
use crate::methods;
use crate::network::Space;
use crate::protocol::{Event, State};
use crate::session::budget::Look;
use crate::session::device::Clock;
use crate::session::monitor::Course;
use crate::session::peak_rate;
use crate::session::telemetry::ViewSample;
use crate::settings::Settings;
use crate::training::checkpoint::{self, About};
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
        hold: Option<usize>,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<bool, Error> {
        let start = clock();
        let stop = self.stop(hold);
        match self.next(start, stop) {
            Work::Idle => return Ok(false),
            Work::Report => self.report(clock, events).await?,
            Work::Look => self.look(images, watch, stop, clock, events).await?,
            Work::Neighbours => self.answer(images, stop, clock, events).await?,
            Work::Map => events.extend(self.monitor.maps(watch)),
            Work::Begin => self.begin_look(stop),
            Work::Checkpoint => events.push_back(self.save(clock).await?),
            Work::Train => self.train(images, stop, clock, events).await?,
            Work::Others => self.embed_others(images, watch, events).await?,
            Work::Score => self.score(images, events).await?,
            Work::Embeddings => events.extend(self.tell_all()),
        }
        Ok(true)
    }

    /// What comes next, at this moment; training stops or waits at step `stop`.
    fn next(&self, now: f64, stop: usize) -> Work {
        let situation = Situation {
            failed: self.failed,
            running: self.state() == State::Running,
            held: self.is_held(stop),
            step: self.step,
            unreported: self.step >= stop && self.telemetry.has_unread(),
            looking: self.monitor.is_looking(),
            spare: self.spare_look,
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
            all_asked: self.all_asked,
        };
        situation.next()
    }

    /// Whether steps are wanted that must wait.
    fn is_held(&self, stop: usize) -> bool {
        (stop..self.until).contains(&self.step)
    }

    /// Begins to look at the network: at what training has paid for or, if it is at rest, waits or a
    /// question does, at everything.
    fn begin_look(&mut self, stop: usize) {
        let asked = !self.questions.is_empty();
        let held = self.is_held(stop);
        self.spare_look = held && !asked;
        let trains = self.state() == State::Running && !held && !asked;
        let due = self.monitor.due().filter(|_| trains);
        self.monitor
            .begin(self.step, due.unwrap_or(Look::Whole(None)));
    }

    /// Reports and saves what would go with it. What a device that fails has taken is lost.
    pub(in crate::session) async fn leave(&mut self, clock: Clock, events: &mut VecDeque<Event>) {
        if self.failed {
            return;
        }
        if self.telemetry.has_unread() && self.report(clock, events).await.is_err() {
            return;
        }
        if self.step > 0 && self.saved.0 != self.step {
            events.extend(self.save(clock).await.ok());
        }
    }

    /// Reads what is still on the device and reports it.
    async fn report(&mut self, clock: Clock, events: &mut VecDeque<Event>) -> Result<(), Error> {
        self.telemetry.read(self.entry().card.gauges).await?;
        events.push_back(self.progress(clock));
        events.extend(self.telemetry.views());
        Ok(())
    }

    /// The next unit of the look under way.
    async fn look(
        &mut self,
        images: &ImageSet,
        watch: Space,
        stop: usize,
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
        self.charge(clock() - start, stop);
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
        let untrained = || methods::start(&self.settings, &self.device);
        let (learner, device) = (&*self.learner, &self.device);
        self.monitor
            .embed_others(images, learner, untrained, device, watch, events)
            .await
    }

    /// Answers the first question.
    async fn answer(
        &mut self,
        images: &ImageSet,
        stop: usize,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let start = clock();
        if let Some(question) = self.questions.pop_front() {
            let untrained = || methods::start(&self.settings, &self.device);
            let (learner, device) = (&*self.learner, &self.device);
            let answer = self
                .monitor
                .neighbours(question, images, learner, untrained, device);
            events.push_back(answer.await?);
        }
        self.charge(clock() - start, stop);
        Ok(())
    }

    /// Counts time as taken from training. While nothing is trained it keeps nobody waiting.
    fn charge(&mut self, milliseconds: f64, stop: usize) {
        if self.state() == State::Running && !self.is_held(stop) {
            self.monitor.waited(milliseconds);
        }
    }

    /// A step of training, and a report if one is due.
    async fn train(
        &mut self,
        images: &ImageSet,
        stop: usize,
        clock: Clock,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let start = clock();
        if self.spare_look {
            self.spare_look = false;
            self.monitor.give_up();
        }
        if self.monitor.is_looking() {
            self.untrained = Some(methods::start(&self.settings, &self.device));
        }
        self.step(images, stop, clock);
        let due = self.telemetry.is_due(clock) || self.step == stop;
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

    /// h and z of all images, once they are known.
    fn tell_all(&mut self) -> Option<Event> {
        self.all_asked = false;
        let [now, _] = self.monitor.all()?;
        let [h, z] = [Space::H, Space::Z].map(|space| Bytes::of_floats(now.rows(space).numbers()));
        let step = now.step;
        Some(Event::Embeddings { step, h, z })
    }

    async fn score(
        &mut self,
        images: &ImageSet,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let (Some(evaluation), Some(all)) = (&mut self.evaluation, self.monitor.all()) else {
            return Ok(());
        };
        let (learner, device) = (&*self.learner, &self.device);
        let fresh = || methods::start(&self.settings, device);
        let event = evaluation
            .advance(images, all, learner, fresh, device)
            .await?;
        if let Some(Event::Evaluated { .. }) = event {
            self.evaluation = None;
        }
        events.extend(event);
        Ok(())
    }

    fn step(&mut self, images: &ImageSet, stop: usize, clock: Clock) {
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
        let at = self.at();
        let rates = self.rates(at);
        let loss = self.learner.step(&views, rates, at);
        self.step += 1;
        let last = self.step == stop;
        if self.telemetry.views_are_due(clock) || last {
            let sample = ViewSample::of(self.step, picked, &views, &loss);
            self.telemetry.record_views(sample, clock);
        }
        self.telemetry.record(self.step, rates.now, loss);
    }

    /// Where the next step stands.
    pub(super) fn at(&self) -> StepInfo {
        StepInfo {
            seed: self.settings.seed,
            step: self.step,
            total: self.steps(),
        }
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
        let judge = serde_json::to_value(&self.monitor.judge);
        let settings = serde_json::to_value(&self.settings);
        let about = About {
            step: self.step,
            settings: settings.expect("it is plain data"),
            notes: judge.expect("it is plain data"),
            rate: Some(peak_rate(&self.settings)),
            ..About::default()
        };
        let bytes = checkpoint::save(about, self.learner.state()).await?;
        Ok(Event::Checkpoint {
            step: self.step,
            bytes: bytes.into(),
        })
    }
}
