//! What is said of a run, and what is kept of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::data::{ImageSet, Skipped};
use crate::error::Error;
use crate::protocol::{Bytes, Command, Event, Measured, State};
use crate::session::Session;
use crate::settings::{Advice, Settings};
use indicatif::ProgressBar;
use serde_json::Value;

use super::progress::bar;
use super::record::Record;
use super::run_file::{self, Images, RunFile};
use super::{cannot, files, readings, stop, tables, words};

/// The file in the folder of a run that holds its events.
const EVENTS: &str = "events.jsonl";

/// The file there that holds what the network has learned, and all that its next step depends on.
const CHECKPOINT: &str = "checkpoint.safetensors";

/// Where events go: to lines of JSON or a progress bar, and to a folder.
#[derive(Default)]
pub(super) struct Output {
    pub(super) json: bool,
    bar: Option<ProgressBar>,
    /// Of the readings.
    reading: Option<ProgressBar>,
    folder: Option<PathBuf>,
    lines: Option<BufWriter<File>>,
    images: usize,
    /// What suits the images.
    pub(super) advice: Vec<Advice>,
    /// Paths of settings that wait for the next start.
    pub(super) pending: Vec<String>,
    /// What `run.json` is to say, if it is kept.
    settings: Value,
    listed: Option<Images>,
    /// The images that the run was on before.
    expected: Option<Images>,
    done: bool,
    /// The step of the checkpoint that is kept.
    kept: Option<usize>,
    /// The last lines: two statements, and what to try next.
    verdict: Vec<String>,
    /// h and z of all images, if they were asked for.
    embeddings: Option<[Bytes; 2]>,
    /// What goes into a session file, and where that is to be.
    pub(super) record: Option<(Record, PathBuf)>,
}

impl Output {
    /// Events go to `folder` as well, if there is one: after those that are there if the run `goes_on`.
    pub(super) fn new(json: bool, folder: Option<&Path>, goes_on: bool) -> Result<Self, Error> {
        let mut lines = None;
        if let Some(folder) = folder {
            fs::create_dir_all(folder).map_err(|e| cannot("write", folder, &e))?;
            let path = folder.join(EVENTS);
            let mut options = OpenOptions::new();
            options.create(true).write(true);
            options.append(goes_on).truncate(!goes_on);
            let file = options.open(&path);
            let file = file.map_err(|e| cannot("write", &path, &e))?;
            lines = Some(BufWriter::new(file));
        }
        Ok(Self {
            json,
            folder: folder.map(Path::to_owned),
            lines,
            ..Self::default()
        })
    }

    /// All that is told goes into this session file as well, if there is one.
    pub(super) fn record(&mut self, path: Option<&Path>) {
        self.record = path.map(|path| (Record::default(), path.to_owned()));
    }

    /// The run should be on these images; it is said if it is not.
    pub(super) fn expect(&mut self, images: Option<Images>) {
        self.expected = images;
    }

    /// Has h and z of all images taken, if anything is kept, and keeps them.
    pub(super) async fn embed(&mut self, session: &mut Session) -> Result<(), Error> {
        if self.folder.is_none() && self.record.is_none() {
            return Ok(());
        }
        self.obeyed(session, Command::Embeddings).await?;
        match (&self.folder, self.embeddings.take(), session.images()) {
            (Some(folder), Some(embeddings), Some(images)) => {
                tables::keep(folder, images, &embeddings)
            }
            _ => Ok(()),
        }
    }

    /// Gives a command and works until there is nothing left to do.
    pub(super) async fn obeyed(
        &mut self,
        session: &mut Session,
        command: Command,
    ) -> Result<(), Error> {
        session.apply(command).await;
        loop {
            while let Some(event) = session.event() {
                self.tell(&event)?;
            }
            if stop::asked() {
                return self.stop(session).await;
            }
            if !session.advance().await {
                break;
            }
        }
        while let Some(event) = session.event() {
            self.tell(&event)?;
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, event: &Event) -> Result<(), Error> {
        if let Some((record, _)) = &mut self.record {
            record.tell(event);
        }
        match event {
            Event::Loaded {
                images,
                skipped,
                notes,
                advice,
            } => {
                self.loaded(images, advice, (skipped, notes))?;
                let mut line = event.clone();
                if let Event::Loaded { images, .. } = &mut line {
                    images.pixels = Bytes::default();
                }
                return self.line(&line);
            }
            Event::Configured {
                settings, pending, ..
            } => {
                self.settings = serde_json::to_value(settings).expect("plain data");
                self.pending.clone_from(pending);
                self.keep_run()?;
            }
            Event::Started {
                device, parameters, ..
            } if !self.json => {
                eprintln!("{parameters} parameters on {}", device.name);
            }
            Event::Stepped {
                step,
                steps,
                losses,
                ms_per_step,
                ..
            } if !self.json => {
                let style = "{bar:30} {pos}/{len} steps  {msg}  {eta} left";
                let bar = self.bar.get_or_insert_with(|| bar(style, *steps));
                bar.set_position(*step as u64);
                if let Some(last) = losses.last() {
                    bar.set_message(format!("loss {:.4}  {ms_per_step:.0} ms/step", last.total));
                }
            }
            Event::State { state } => self.done = *state == State::Done,
            Event::Evaluating { progress } if !self.json => self.reading(*progress),
            Event::Evaluated { images, values, .. } if !self.json => self.read(*images, values),
            Event::Verdict {
                collapse,
                learned,
                next,
                ..
            } => {
                self.verdict = vec![collapse.sentence.clone(), learned.sentence.clone()];
                self.verdict.extend(words::judged_on(self.images));
                self.verdict.extend(next.iter().map(words::try_next));
            }
            // Pixels and points are for the page.
            Event::Views { .. } | Event::Map { .. } | Event::Baselines { .. } => return Ok(()),
            Event::Embeddings { h, z, .. } => {
                self.embeddings = Some([h.clone(), z.clone()]);
                return Ok(());
            }
            Event::Checkpoint { step, bytes } => {
                if let Some(folder) = &self.folder {
                    files::write(&folder.join(CHECKPOINT), bytes)?;
                    self.kept = Some(*step);
                }
                return Ok(());
            }
            Event::Refused { error, path, .. } => {
                self.line(event)?;
                let reason = error.clone();
                return Err(match path.clone() {
                    Some(path) => Error::Setting { path, reason },
                    None => Error::State(reason),
                });
            }
            Event::Failed { error } | Event::Lost { error } => {
                self.line(event)?;
                self.flush()?;
                self.conclude();
                return Err(Error::State(error.clone() + &self.way_back()));
            }
            // A line of JSON says all there is to say of these.
            Event::Ready { .. }
            | Event::Started { .. }
            | Event::Stepped { .. }
            | Event::Readings { .. }
            | Event::Neighbours { .. }
            | Event::Evaluating { .. }
            | Event::Evaluated { .. } => {}
        }
        self.line(event)
    }

    /// Takes down what was loaded, and says it once.
    fn loaded(
        &mut self,
        images: &ImageSet,
        advice: &[Advice],
        (skipped, notes): (&[Skipped], &[String]),
    ) -> Result<(), Error> {
        // Images that are read again at another size are the same.
        let first = self.images == 0;
        self.images = images.names.len();
        // Images that were read again at the size that suits them say nothing more of it.
        let size = self.advice.iter().find(|choice| choice.path == "size");
        let size = size.filter(|choice| choice.value == images.size).cloned();
        self.advice = advice.to_vec();
        let named = advice.iter().any(|choice| choice.path == "size");
        self.advice.extend(size.filter(|_| !named));
        if first && !self.json {
            words::found(images.names.len(), skipped, notes);
        }
        self.list(images, first)
    }

    /// The run goes on from this step of this file, which is kept if it is the one of the folder.
    pub(super) fn goes_on(&mut self, file: &Path, step: usize) {
        let own = self.folder.as_ref().map(|folder| folder.join(CHECKPOINT));
        self.kept = (own.as_deref() == Some(file)).then_some(step);
    }

    /// What can be gone on from, for a run that has failed.
    fn way_back(&self) -> String {
        let (Some(folder), Some(step)) = (&self.folder, self.kept) else {
            return String::new();
        };
        let path = folder.join(CHECKPOINT);
        format!(
            " Or go on from step {step}, which is kept: --resume {} --set train.learningRate=...",
            path.display()
        )
    }

    /// Takes down which images there are, if that is to be kept or compared; `first`, or read again at
    /// another size.
    fn list(&mut self, images: &ImageSet, first: bool) -> Result<(), Error> {
        if self.folder.is_none() && self.expected.is_none() {
            return Ok(());
        }
        let listed = run_file::images_of(images);
        let wanted = self.expected.as_ref().filter(|_| first);
        if let Some(how) = wanted.and_then(|wanted| run_file::differ(&listed, wanted)) {
            eprintln!("{how}");
        }
        self.listed = Some(listed);
        self.keep_run()
    }

    /// Writes `run.json`.
    fn keep_run(&self) -> Result<(), Error> {
        match (&self.folder, &self.listed) {
            (Some(folder), Some(images)) => {
                let run = RunFile::new(self.settings.clone(), Some(images.clone()));
                files::write(&folder.join(run_file::NAME), &run.text())
            }
            _ => Ok(()),
        }
    }

    /// Says how far the readings are.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A part of one.
    fn reading(&mut self, progress: f32) {
        let style = "{bar:30} {percent} % of readings  {eta} left";
        let bar = self.reading.get_or_insert_with(|| bar(style, 1000));
        bar.set_position((progress * 1000.0) as u64);
    }

    /// Says what was read of so many images.
    fn read(&mut self, images: usize, values: &[Measured]) {
        for bar in [self.bar.take(), self.reading.take()].into_iter().flatten() {
            bar.finish();
        }
        print!("{}", words::plain(&readings::table(values)));
        if images < self.images {
            println!("Read of {images} of the {} images.", self.images);
        }
    }

    /// Says why the settings are as they are.
    pub(super) fn explain(&self, settings: &Settings) {
        if !self.json {
            words::explain(&self.advice, settings);
        }
    }

    fn line(&mut self, event: &Event) -> Result<(), Error> {
        let mut line = serde_json::to_vec(event).expect("events are plain data");
        line.push(b'\n');
        if self.json {
            let written = io::stdout().write_all(&line);
            written.map_err(|e| cannot("write", Path::new("standard output"), &e))?;
        }
        if let Some(lines) = &mut self.lines {
            let written = lines.write_all(&line);
            written.map_err(|e| self.no_events(&e))?;
        }
        Ok(())
    }

    /// The last lines.
    pub(super) fn conclude(&self) {
        if !self.json {
            for line in &self.verdict {
                println!("{}", words::plain(line));
            }
        }
    }

    fn no_events(&self, error: &io::Error) -> Error {
        let folder = self.folder.clone().unwrap_or_default();
        cannot("write", &folder.join(EVENTS), error)
    }

    /// Ends what was begun before its end; what was written is whole, and the run can be gone on with.
    async fn stop(&mut self, session: &mut Session) -> Result<(), Error> {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        let kept = self.keep_what_is_learned(session).await?;
        self.flush()?;
        Err(match kept {
            None => stop::stopped(),
            Some(path) => {
                let path = path.display();
                Error::State(format!("stopped by Ctrl-C; to go on: --resume {path}"))
            }
        })
    }

    /// Has a run that trains make a checkpoint of where it is. Where that is, if it is kept.
    async fn keep_what_is_learned(
        &mut self,
        session: &mut Session,
    ) -> Result<Option<PathBuf>, Error> {
        if self.folder.is_none() || session.state() != State::Running {
            return Ok(None);
        }
        session.apply(Command::Pause).await;
        loop {
            while let Some(event) = session.event() {
                self.tell(&event)?;
                if matches!(event, Event::Checkpoint { .. }) {
                    return Ok(self.folder.as_ref().map(|folder| folder.join(CHECKPOINT)));
                }
            }
            if !session.advance().await {
                return Ok(None);
            }
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let written = self.lines.as_mut().map_or(Ok(()), BufWriter::flush);
        written.map_err(|e| self.no_events(&e))
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
        self.conclude();
        if let Some((record, path)) = &self.record {
            record.write(path)?;
        }
        if !self.done {
            return Err(Error::State("the run ended early".into()));
        }
        Ok(())
    }
}
