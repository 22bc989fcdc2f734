//! One run: a network in training, and what is known of it so far.

use std::collections::VecDeque;

use burn::prelude::*;

use super::report::{Reporter, Shown};
use super::scores::{Evaluation, Scores};
use super::sweep::{Seen, Sweep};
use crate::augment;
use crate::checkpoint;
use crate::dataset;
use crate::device::{Now, Opened};
use crate::encoder::EncoderConfig;
use crate::error::Error;
use crate::learner::Learner;
use crate::method::{Clock, View};
use crate::methods::{self, Entry, Setup};
use crate::metrics::{self, Health};
use crate::optim::schedule::{self, default_rate};
use crate::projections::Pca;
use crate::protocol::{Bytes, DeviceCard, Event, ImageSet, Neighbour, Space, State};
use crate::settings::Settings;

/// A checkpoint is made about this often, in milliseconds.
const CHECKPOINT_EVERY: f64 = 10_000.0;
/// Looking at the embeddings takes at most about this part of the time that training takes.
const LOOK_SHARE: f64 = 0.25;
/// Images on the map.
const MAP_IMAGES: usize = 1024;

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
    reporter: Reporter,
    /// The images that the map shows and the live scores use.
    mapped: Vec<usize>,
    sweep: Option<Sweep>,
    seen: Option<Seen>,
    redraw: bool,
    scores: Option<Scores>,
    evaluation: Option<Evaluation>,
    health: Health,
    pca: Pca,
    /// Milliseconds of training since the last look, and what that look cost.
    since_look: f64,
    look_cost: f64,
    /// Step and moment of the last checkpoint.
    saved: (usize, f64),
}

impl Run {
    pub(super) fn new(settings: Settings, images: &ImageSet, opened: Opened, now: Now) -> Self {
        let Opened { device, card } = opened;
        let n = images.names.len();
        let mut mapped = dataset::order(settings.seed, usize::MAX, n);
        mapped.truncate(MAP_IMAGES);
        mapped.sort_unstable();
        let learner = fresh(&settings, &device);
        Self {
            learner,
            device,
            card,
            step: 0,
            steps_per_epoch: dataset::steps_per_epoch(n, settings.train.batch),
            order: Vec::new(),
            until: 0,
            failed: false,
            reporter: Reporter::default(),
            sweep: Some(Sweep::of(mapped.clone(), 0)),
            mapped,
            seen: None,
            redraw: false,
            scores: None,
            evaluation: None,
            health: Health::default(),
            pca: Pca::default(),
            since_look: 0.0,
            look_cost: 0.0,
            saved: (0, now()),
            settings,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn steps(&self) -> usize {
        self.steps_per_epoch * self.settings.train.epochs
    }

    pub(super) fn state(&self) -> State {
        if self.failed {
            State::Failed
        } else if self.step < self.until {
            State::Running
        } else if self.step < self.steps() {
            State::Paused
        } else {
            State::Done
        }
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

    /// Where the run stands, with the losses not yet told.
    pub(super) fn progress(&mut self, now: Now) -> Event {
        let epochs = self.settings.train.epochs;
        let batch = self.settings.train.batch.min(self.order.len());
        self.reporter
            .stepped(self.step, self.steps_per_epoch, epochs, batch, now)
    }

    pub(super) fn train_to(&mut self, goal: Goal) -> Result<(), Error> {
        match self.state() {
            State::Failed => return Err(Error::State("the run has failed; start it again".into())),
            State::Done => return Err(Error::State("the run is done; start it again".into())),
            _ => {}
        }
        // A score is of one network; training would change it half-way.
        self.evaluation = None;
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
    }

    /// The map must be drawn again: the other vectors are wanted.
    pub(super) fn redraw(&mut self) {
        self.redraw = true;
        self.pca = Pca::default();
    }

    pub(super) fn evaluate(&mut self, images: &ImageSet) -> Result<(), Error> {
        if images.factors.is_empty() {
            return Err(Error::Data(
                "these images have no labels, so kNN cannot be scored; put each kind in a folder \
                 of its own"
                    .into(),
            ));
        }
        let untrained = fresh(&self.settings, &self.device);
        self.evaluation = Some(Evaluation::new(images.names.len(), self.step, untrained));
        Ok(())
    }

    pub(super) fn neighbours(&self, index: usize, k: usize) -> Result<Event, Error> {
        let seen = self.seen.as_ref();
        let place = seen.and_then(|seen| Some((seen, seen.images.binary_search(&index).ok()?)));
        let Some((seen, row)) = place else {
            return Err(Error::Data(format!("image {index} is not on the map")));
        };
        let nearest = |space| {
            let found = metrics::nearest(seen.rows(space), row, k).into_iter();
            let found = found.map(|(row, cosine)| Neighbour {
                index: seen.images[row],
                cosine,
            });
            found.collect()
        };
        Ok(Event::Neighbours {
            index,
            h: nearest(Space::H),
            z: nearest(Space::Z),
        })
    }

    /// Takes up what a run can change while it goes on.
    pub(super) fn take_up(&mut self, wanted: &Settings) {
        if wanted.method != self.settings.method {
            return;
        }
        self.settings.augment = wanted.augment;
        self.settings.train.learning_rate = wanted.train.learning_rate;
        for knob in self.entry().card.knobs.iter().filter(|knob| knob.live) {
            if let Some(value) = wanted.knobs.get(knob.field) {
                self.settings.knobs.insert(knob.field.into(), value.clone());
            }
        }
        self.learner.set_knobs(&self.settings.knobs);
    }

    /// Goes on from a checkpoint of a run with the same settings and images.
    pub(super) fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let state = checkpoint::load(bytes, &self.device)?;
        let step = state.step;
        self.learner.restore(state)?;
        self.step = step;
        self.until = step;
        self.saved.0 = step;
        Ok(())
    }

    /// One unit of work; false if there is none.
    pub(super) async fn advance(
        &mut self,
        images: &ImageSet,
        watch: Space,
        now: Now,
        events: &mut VecDeque<Event>,
    ) -> Result<bool, Error> {
        if self.failed {
            return Ok(false);
        }
        let start = now();
        let running = self.state() == State::Running;
        if let Some(sweep) = &mut self.sweep {
            if sweep.look(images, &*self.learner, &self.device).await? {
                self.take_in(images, watch, events);
            }
            self.look_cost += now() - start;
        } else if running && self.look_is_due() {
            self.look_again();
        } else if running && self.save_is_due(now) {
            events.push_back(self.save(now).await?);
        } else if running {
            self.train(images, now);
            let due = self.reporter.is_due(now) || self.state() != State::Running;
            if due {
                self.reporter.read().await?;
            }
            self.since_look += now() - start;
            self.reporter.trained(now() - start);
            if due {
                events.push_back(self.progress(now));
                events.extend(self.reporter.views());
            }
        } else if self.seen.as_ref().is_none_or(|seen| seen.step != self.step) {
            self.look_again();
        } else if std::mem::take(&mut self.redraw) {
            events.extend(self.map(watch));
        } else if let Some(evaluation) = &mut self.evaluation {
            let learner = &*self.learner;
            let done = evaluation
                .advance(images, learner, &self.device, self.settings.seed)
                .await?;
            if let Some(event) = done {
                self.evaluation = None;
                events.push_back(event);
            }
        } else if self.saved.0 != self.step {
            events.push_back(self.save(now).await?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn train(&mut self, images: &ImageSet, now: Now) {
        let Settings {
            size, seed, train, ..
        } = self.settings;
        let n = images.names.len();
        let (epoch, within) = (
            self.step / self.steps_per_epoch,
            self.step % self.steps_per_epoch,
        );
        if within == 0 || self.order.is_empty() {
            self.order = dataset::order(seed, epoch, n);
        }
        let batch = train.batch.min(n);
        let picked = &self.order[within * batch..][..batch];
        let originals = dataset::batch(images, picked, &self.device);
        let base = View {
            size,
            augment: self.settings.augment,
        };
        let plan = self.entry().views(&self.settings.knobs, base);
        let views = plan.iter().enumerate().map(|(v, view)| {
            let params = augment::draw(&view.augment, size, picked, seed, self.step, v);
            augment::apply(originals.clone(), &params, view.size)
        });
        let views: Vec<_> = views.collect();
        let at = Clock {
            step: self.step,
            total: self.steps(),
        };
        let rate = self.rate(at);
        let loss = self.learner.step(&views, rate, at);
        self.step += 1;
        let last = self.step == self.until;
        if self.reporter.wants_views(now) || last {
            self.reporter
                .show(Shown::of(self.step, picked, &views, &loss), now);
        }
        self.reporter.keep(self.step, rate, loss);
    }

    fn rate(&self, at: Clock) -> f32 {
        let train = &self.settings.train;
        let peak = default_rate(train, &self.entry().card.published);
        let peak = train.learning_rate.unwrap_or(peak);
        let warmup = schedule::warmup_steps(train, at.total);
        schedule::rate(at.step, at.total, warmup, peak, train.final_rate)
    }

    fn entry(&self) -> &'static Entry {
        methods::find(&self.settings.method).expect("settings are complete")
    }

    fn look_is_due(&self) -> bool {
        self.since_look * LOOK_SHARE >= self.look_cost
            && self
                .seen
                .as_ref()
                .is_some_and(|seen| seen.step != self.step)
    }

    fn look_again(&mut self) {
        self.since_look = 0.0;
        self.look_cost = 0.0;
        self.sweep = Some(Sweep::of(self.mapped.clone(), self.step));
    }

    /// Draws conclusions from a whole look.
    fn take_in(&mut self, images: &ImageSet, watch: Space, events: &mut VecDeque<Event>) {
        let Some(sweep) = self.sweep.take() else {
            return;
        };
        let seen = self.seen.insert(sweep.seen());
        let [h, z] = [Space::H, Space::Z].map(|space| metrics::spread(seen.rows(space)));
        let (verdict, sentence) = self.health.judge(seen.step, &z);
        let step = seen.step;
        events.push_back(Event::Health {
            step,
            h,
            z,
            verdict,
            sentence,
        });
        let scores = self.scores.take();
        self.scores = scores.or_else(|| Scores::new(images, seen, self.settings.seed));
        if let Some(scores) = &self.scores {
            let scores = scores.now(seen);
            events.push_back(Event::Knn { step, scores });
        }
        self.redraw = false;
        events.extend(self.map(watch));
    }

    fn map(&mut self, watch: Space) -> Option<Event> {
        let seen = self.seen.as_ref()?;
        let projection = self.pca.project(seen.rows(watch));
        Some(Event::Map {
            step: seen.step,
            space: watch,
            images: seen.images.clone(),
            points: Bytes::of_floats(projection.points.as_flattened()),
            explained: projection.explained,
        })
    }

    fn save_is_due(&self, now: Now) -> bool {
        now() - self.saved.1 >= CHECKPOINT_EVERY && self.saved.0 != self.step
    }

    async fn save(&mut self, now: Now) -> Result<Event, Error> {
        self.saved = (self.step, now());
        let mut state = self.learner.state();
        state.step = self.step;
        let bytes = checkpoint::save(state).await?;
        Ok(Event::Checkpoint {
            step: self.step,
            bytes: Bytes(bytes),
        })
    }
}

fn fresh(settings: &Settings, device: &Device) -> Box<dyn Learner> {
    let entry = methods::find(&settings.method).expect("settings are complete");
    entry.start(Setup {
        knobs: &settings.knobs,
        encoder: EncoderConfig {
            width: settings.encoder.width,
        },
        train: &settings.train,
        seed: settings.seed,
        device: &device.clone().autodiff(),
    })
}
