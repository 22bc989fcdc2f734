//! The state machine: commands in, events out.
//!
//! [`Session::apply`] obeys at once or refuses; [`Session::advance`] does one unit of work. There is
//! no callback and no channel: the caller owns the loop, so a test is a list of commands and the
//! events they lead to.

use std::collections::VecDeque;

use serde_json::Value;

use crate::data::{self, Collection, ImageSet, Rest, ShapesOptions, Squares};
use crate::error::Error;
use crate::evaluation::readings::READINGS;
use crate::kernels;
use crate::methods;
use crate::network::Space;
use crate::protocol::{Command, Event, State};
use crate::settings::{Backend, Settings, differences};
use crate::training::schedule::default_rate;

mod advice;
mod all_images;
mod begin;
mod budget;
pub mod device;
pub(crate) mod embed_pass;
mod look;
mod loss_pass;
mod maps;
pub mod memory;
mod monitor;
mod neighbours;
mod pace;
mod pixels;
mod run;
mod scores;
mod telemetry;
mod verdict;
mod views_pass;

use device::{Clock, Devices};
pub use monitor::SAMPLE;
use run::Run;

/// One run, the images it learns from, and the settings of the next one.
pub struct Session {
    clock: Clock,
    devices: Devices,
    settings: Settings,
    images: Option<ImageSet>,
    state: State,
    run: Option<Run>,
    watch: Space,
    /// Finished epochs at which training waits.
    hold: Option<usize>,
    /// How much longer than foreseen a step of the last run took, and where.
    pace: Option<(Backend, f64)>,
    /// Bytes that a run on the CPU may take, if that is known.
    memory: Option<usize>,
    events: VecDeque<Event>,
}

impl Session {
    /// An empty session. `clock` tells the time in milliseconds.
    pub fn new(clock: Clock) -> Self {
        Self::on(Devices::default(), clock)
    }

    /// As [`Session::new`], with devices of the caller's.
    pub fn on(devices: Devices, clock: Clock) -> Self {
        let settings = methods::complete(Settings::default()).expect("the defaults are valid");
        let ready = Event::Ready {
            methods: methods::METHODS.iter().map(|entry| entry.card).collect(),
            table: methods::table(),
            readings: READINGS.iter().map(|reading| reading.card).collect(),
            sets: data::sets(),
            settings: settings.clone(),
        };
        Self {
            clock,
            devices,
            settings,
            images: None,
            state: State::Empty,
            run: None,
            watch: Space::default(),
            hold: None,
            pace: None,
            memory: None,
            events: VecDeque::from([ready]),
        }
    }

    /// Has runs on the CPU that would take more than so many bytes refused.
    pub fn limit_memory(&mut self, bytes: usize) {
        self.memory = Some(bytes);
    }

    /// The oldest event not yet taken.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The settings in force, complete.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The images that are there, if any.
    pub fn images(&self) -> Option<&ImageSet> {
        self.images.as_ref()
    }

    /// What the session is doing.
    pub fn state(&self) -> State {
        self.state
    }

    /// Obeys, or says why not as [`Event::Refused`].
    pub async fn apply(&mut self, command: Command) {
        let name = command.name();
        if let Err(error) = self.obey(command).await {
            let path = match &error {
                Error::Setting { path, .. } => Some(path.clone()),
                _ => None,
            };
            let instead = match &error {
                Error::Memory { instead, .. } => {
                    let of = |images| memory::advice(&self.settings, images, instead);
                    self.images.as_ref().map_or_else(Vec::new, of)
                }
                _ => Vec::new(),
            };
            self.events.push_back(Event::Refused {
                command: name.to_owned(),
                error: error.to_string(),
                path,
                instead,
            });
        }
    }

    /// Does one unit of work. False if there is none.
    pub async fn advance(&mut self) -> bool {
        if let Some(reason) = self.lost() {
            self.lose(&reason);
            return false;
        }
        let (Some(run), Some(images)) = (&mut self.run, &self.images) else {
            return false;
        };
        match run
            .advance(images, self.watch, self.hold, self.clock, &mut self.events)
            .await
        {
            Ok(worked) => {
                let state = run.state();
                self.enter(state);
                worked
            }
            Err(error) => {
                // What was learned up to there is reported before what went wrong.
                let progress = run.progress(self.clock);
                let on_gpu = run.is_on_gpu();
                let diverged = matches!(error, Error::Diverged(_));
                let last_words = run.verdict(images, diverged).filter(|_| diverged);
                run.fail();
                // A GPU that fails once fails for good; often its loss is reported only later.
                if on_gpu && let Error::Device(reason) = error {
                    self.lose(&device::lost().unwrap_or(reason));
                    return false;
                }
                self.events.push_back(progress);
                self.events.extend(last_words);
                self.enter(State::Failed);
                let error = error.to_string();
                self.events.push_back(Event::Failed { error });
                false
            }
        }
    }

    async fn obey(&mut self, command: Command) -> Result<(), Error> {
        match command {
            Command::LoadSet {
                set,
                options,
                squares,
            } => self.load_set(&set, options.as_ref(), squares).await,
            Command::AddImages(added) => self.add_images(added).await,
            Command::Clear => {
                let none = ImageSet::empty(self.settings.size);
                self.replace_images(none, Rest::default()).await;
                Ok(())
            }
            Command::Configure { settings } => self.configure(&settings),
            Command::Start => self.start().await,
            Command::Resume => self.run()?.train_to(run::Goal::End),
            Command::Step => self.run()?.train_to(run::Goal::Step),
            Command::Epoch => self.run()?.train_to(run::Goal::Epoch),
            Command::Pause => {
                self.run()?.pause();
                Ok(())
            }
            Command::Hold { epoch } => {
                self.hold = epoch;
                Ok(())
            }
            Command::Threads { count } => {
                kernels::use_threads(count);
                Ok(())
            }
            Command::Watch { space } => {
                self.watch = space;
                if let Some(run) = &mut self.run {
                    run.redraw();
                }
                Ok(())
            }
            Command::Neighbours { index, k } => {
                let (run, images) = self.begun()?;
                run.ask(index, k, images)
            }
            Command::Evaluate => {
                let most = self.memory.unwrap_or(usize::MAX);
                let (run, images) = self.begun()?;
                memory::check_readings(run.settings(), images, most)?;
                run.evaluate(images.names.len())
            }
            Command::Embeddings => self.run()?.ask_for_all(),
            Command::StopEvaluating => {
                if let Some(run) = &mut self.run {
                    run.stop_evaluating();
                }
                Ok(())
            }
            Command::Restore {
                images,
                settings,
                checkpoint,
            } => {
                let images = images.map(|images| *images);
                self.restore(images, *settings, checkpoint).await
            }
        }?;
        if let Some(run) = &self.run {
            let state = run.state();
            self.enter(state);
        }
        Ok(())
    }

    fn run(&mut self) -> Result<&mut Run, Error> {
        self.begun().map(|(run, _)| run)
    }

    /// The run and its images, if there is one.
    fn begun(&mut self) -> Result<(&mut Run, &ImageSet), Error> {
        match (&mut self.run, &self.images) {
            (Some(run), Some(images)) => Ok((run, images)),
            _ => Err(Error::State("nothing has been started yet".into())),
        }
    }

    fn enter(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.events.push_back(Event::State { state });
        }
    }

    /// Why the GPU of the run has gone, if it has.
    fn lost(&self) -> Option<String> {
        let on_gpu = self.run.as_ref().is_some_and(Run::is_on_gpu);
        device::lost().filter(|_| on_gpu)
    }

    /// A lost GPU ends the worker's use; the page starts another and restores the run there.
    fn lose(&mut self, reason: &str) {
        if self.state != State::Failed {
            self.run = None;
            self.state = State::Failed;
            let error = format!("the GPU has stopped: {reason}");
            self.events.push_back(Event::Lost { error });
        }
    }

    async fn load_set(
        &mut self,
        set: &str,
        options: Option<&ShapesOptions>,
        squares: Option<Squares>,
    ) -> Result<(), Error> {
        let (size, seed) = (self.settings.size, self.settings.seed);
        let images = data::load(set, options, squares, size, seed)?;
        self.replace_images(images, Rest::default()).await;
        Ok(())
    }

    /// All is checked before anything changes; what follows cannot fail.
    async fn add_images(&mut self, added: Collection) -> Result<(), Error> {
        added.check()?;
        let own = self
            .images
            .take_if(|images| images.set.is_none() && images.size == added.size);
        let (images, rest) = added.join(own);
        self.replace_images(images, rest).await;
        Ok(())
    }

    async fn replace_images(&mut self, images: ImageSet, rest: Rest) {
        self.leave_run(if images.names.is_empty() {
            State::Empty
        } else {
            State::Loaded
        })
        .await;
        self.images = (!images.names.is_empty()).then(|| images.clone());
        let advice = advice::advise(&images);
        let notes = rest.note().into_iter().chain(images.notes()).collect();
        self.events.push_back(Event::Loaded {
            images,
            skipped: rest.skipped,
            notes,
            advice,
        });
    }

    /// The run makes way: whoever wants it back has all that was learned up to here.
    async fn part(&mut self) {
        if let Some(run) = &mut self.run {
            run.leave(self.clock, &mut self.events).await;
        }
    }

    async fn leave_run(&mut self, state: State) {
        self.part().await;
        self.keep_pace();
        self.run = None;
        self.enter(state);
    }

    fn configure(&mut self, partial: &Value) -> Result<(), Error> {
        self.settings = methods::complete(self.settings.merged(partial)?)?;
        if let Some(run) = &mut self.run {
            run.apply_live(&self.settings);
        }
        self.report_settings();
        Ok(())
    }

    /// Notes how fast the run is before another takes its place.
    fn keep_pace(&mut self) {
        self.pace = self.run.as_ref().and_then(Run::pace).or(self.pace);
    }

    fn report_settings(&mut self) {
        let settings = self.settings.clone();
        self.keep_pace();
        let pace = self
            .pace
            .filter(|(backend, _)| [Backend::Auto, *backend].contains(&settings.backend));
        let pace = pace.map_or(1.0, |(_, pace)| pace);
        let seconds = self.images.as_ref().map(|images| {
            let per_epoch = data::steps_per_epoch(images.names.len(), settings.train.batch);
            let steps = per_epoch * settings.train.epochs;
            steps as f64 * pace * pace::step(&settings) / 1000.0
        });
        let pending = match &self.run {
            Some(run) => differences(run.settings(), &settings),
            None => Vec::new(),
        };
        let images = self.images.as_ref().map_or(0, |images| images.names.len());
        let loss_at_chance = self.run.as_ref().and_then(|run| run.loss_at_chance(images));
        let learning_rate = peak_rate(&settings);
        let entry = methods::find(&settings.method).expect("settings are complete");
        let published_rate = entry.card.published.rate_at(settings.train.batch);
        self.events.push_back(Event::Configured {
            settings,
            pending,
            learning_rate,
            published_rate,
            seconds,
            loss_at_chance,
        });
    }
}

fn peak_rate(settings: &Settings) -> f32 {
    let own = || own_rate(settings);
    settings.train.learning_rate.unwrap_or_else(own)
}

/// The rate that the method has by itself.
fn own_rate(settings: &Settings) -> f32 {
    let entry = methods::find(&settings.method).expect("settings are complete");
    default_rate(&settings.train, &entry.card.published)
}
