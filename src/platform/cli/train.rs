//! `twoviews train`: one session, driven to its end.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use crate::data::{ImageSet, Skipped};
use crate::error::Error;
use crate::protocol::{Command, Event, Measured, NextStep, State};
use crate::session::{SAMPLE, Session};
use crate::settings::table::at;
use crate::settings::{Advice, Settings, chosen, to_paths};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::{Train, cannot, files, readings, stop};

/// The file in the folder of a run that holds its events.
const EVENTS: &str = "events.jsonl";

pub(super) async fn train(args: &Train) -> Result<(), Error> {
    let settings = args.settings()?;
    let mut session = Session::new(now);
    let mut out = Output::new(args)?;

    out.obeyed(&mut session, Command::Configure { settings })
        .await?;
    let mut size = session.settings().size;
    load(args, size, &mut session, &mut out).await?;
    fit(args, &mut session, &mut out).await?;
    // The images may need another size than they were read at.
    if session.settings().size != size {
        size = session.settings().size;
        load(args, size, &mut session, &mut out).await?;
        fit(args, &mut session, &mut out).await?;
    }
    out.explain(session.settings());
    out.obeyed(&mut session, Command::Start).await?;
    out.obeyed(&mut session, Command::Resume).await?;
    if !args.no_scores {
        out.obeyed(&mut session, Command::Evaluate).await?;
    }
    out.finish()
}

async fn load(
    args: &Train,
    size: usize,
    session: &mut Session,
    out: &mut Output,
) -> Result<(), Error> {
    let command = if let Some(set) = args.images.strip_prefix("builtin:") {
        let (set, options, sheet) = (set.to_owned(), None, None);
        Command::LoadSet {
            set,
            options,
            sheet,
        }
    } else {
        let files = files::read(Path::new(&args.images), size, args.limit, args.json)?;
        Command::AddImages { size, files }
    };
    out.obeyed(session, command).await
}

/// Takes up what suits the images, choice by choice: what does not fit what was asked for by hand is
/// left, and what was asked for stays.
async fn fit(args: &Train, session: &mut Session, out: &mut Output) -> Result<(), Error> {
    let asked = args.settings()?;
    for choice in out.advice.clone() {
        if at(&asked, choice.path).is_none() {
            let settings = chosen(&[choice]);
            session.apply(Command::Configure { settings }).await;
        }
    }
    while let Some(event) = session.event() {
        if !matches!(event, Event::Refused { .. }) {
            out.tell(&event)?;
        }
    }
    Ok(())
}

/// Where events go: to lines of JSON or a progress bar, and to a folder.
struct Output {
    json: bool,
    bar: Option<ProgressBar>,
    /// Of the readings.
    reading: Option<ProgressBar>,
    folder: Option<PathBuf>,
    lines: Option<BufWriter<File>>,
    images: usize,
    /// What suits the images.
    advice: Vec<Advice>,
    done: bool,
    /// The last lines: two statements, and what to try next.
    verdict: Vec<String>,
}

impl Output {
    fn new(args: &Train) -> Result<Self, Error> {
        let mut lines = None;
        if let Some(folder) = &args.out {
            fs::create_dir_all(folder).map_err(|e| cannot("write", folder, &e))?;
            let path = folder.join(EVENTS);
            let file = File::create(&path).map_err(|e| cannot("write", &path, &e))?;
            lines = Some(BufWriter::new(file));
        }
        Ok(Self {
            json: args.json,
            bar: None,
            reading: None,
            folder: args.out.clone(),
            lines,
            images: 0,
            advice: Vec::new(),
            done: false,
            verdict: Vec::new(),
        })
    }

    /// Gives a command and works until there is nothing left to do.
    async fn obeyed(&mut self, session: &mut Session, command: Command) -> Result<(), Error> {
        session.apply(command).await;
        loop {
            while let Some(event) = session.event() {
                self.tell(&event)?;
            }
            if stop::asked() {
                return self.stop();
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

    fn tell(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Loaded {
                images,
                skipped,
                notes,
                advice,
            } => {
                // Images that are read again at another size are the same.
                let first = self.images == 0;
                self.images = images.names.len();
                // Images that were read again at the size that suits them say nothing more of it.
                let size = self.advice.iter().find(|choice| choice.path == "size");
                let size = size.filter(|choice| choice.value == images.size).cloned();
                self.advice.clone_from(advice);
                let named = advice.iter().any(|choice| choice.path == "size");
                self.advice.extend(size.filter(|_| !named));
                if first && !self.json {
                    found(images.names.len(), skipped, notes);
                }
                let images = ImageSet {
                    pixels: crate::protocol::Bytes::default(),
                    ..images.clone()
                };
                return self.line(&Event::Loaded {
                    images,
                    skipped: skipped.clone(),
                    notes: notes.clone(),
                    advice: advice.clone(),
                });
            }
            Event::Configured { settings, .. } => {
                if let Some(folder) = &self.folder {
                    let text = serde_json::to_vec_pretty(settings).expect("plain data");
                    write(&folder.join("settings.json"), &text)?;
                }
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
                self.verdict.extend(judged_on(self.images));
                self.verdict.extend(next.iter().map(try_next));
            }
            // Pixels and points are for the page.
            Event::Views { .. } | Event::Map { .. } | Event::Baselines { .. } => return Ok(()),
            Event::Checkpoint { bytes, .. } => {
                if let Some(folder) = &self.folder {
                    write(&folder.join("checkpoint.bin"), bytes)?;
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
                self.conclude();
                return Err(Error::State(error.clone()));
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
        print!("{}", readings::table(values));
        if images < self.images {
            println!("Read of {images} of the {} images.", self.images);
        }
    }

    /// Says why the settings are as they are; of those that were asked for by hand nothing.
    fn explain(&self, settings: &Settings) {
        if self.json {
            return;
        }
        let settings = serde_json::to_value(settings).expect("plain data");
        let mut said: Vec<&str> = Vec::new();
        for Advice { path, value, why } in &self.advice {
            let taken = at(&settings, path).is_some_and(|set| same(set, value));
            if taken && !said.contains(&why.as_str()) {
                eprintln!("{why}");
                said.push(why);
            }
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
    fn conclude(&self) {
        if !self.json {
            for line in &self.verdict {
                println!("{line}");
            }
        }
    }

    fn no_events(&self, error: &io::Error) -> Error {
        let folder = self.folder.clone().unwrap_or_default();
        cannot("write", &folder.join(EVENTS), error)
    }

    /// Ends what was begun before its end; what was written is whole.
    fn stop(&mut self) -> Result<(), Error> {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        self.flush()?;
        Err(stop::stopped())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let written = self.lines.as_mut().map_or(Ok(()), BufWriter::flush);
        written.map_err(|e| self.no_events(&e))
    }

    fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
        self.conclude();
        if !self.done {
            return Err(Error::State("the run ended early".into()));
        }
        Ok(())
    }
}

/// Says what was found among the files.
fn found(images: usize, skipped: &[Skipped], notes: &[String]) {
    for Skipped { name, reason } in skipped {
        eprintln!("skipped {name}: {reason}");
    }
    eprintln!("{images} images");
    for note in notes {
        eprintln!("{note}");
    }
}

/// Whether a setting has this value: settings hold numbers in single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "to the precision of a setting"
)]
fn same(setting: &Value, value: &Value) -> bool {
    match (setting.as_f64(), value.as_f64()) {
        (Some(setting), Some(value)) => setting as f32 == value as f32,
        _ => setting == value,
    }
}

/// Of how many of so many images the two statements are, unless of all.
fn judged_on(images: usize) -> Option<String> {
    (images > SAMPLE).then(|| format!("Both are judged on {SAMPLE} of the {images} images."))
}

/// What to try next, and by which arguments.
fn try_next(step: &NextStep) -> String {
    let NextStep { label, settings } = step;
    let Some(settings) = settings else {
        return format!("Next: {label}");
    };
    format!(
        "Next: {label}: --set {}",
        to_paths(settings).join(" --set ")
    )
}

fn bar(style: &str, length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(style).expect("the template is valid");
    ProgressBar::new(length as u64).with_style(style)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|e| cannot("write", path, &e))
}

fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_on_some_of_the_images_says_so() {
        assert_eq!(judged_on(512), None);
        let said = "Both are judged on 512 of the 600 images.";
        assert_eq!(judged_on(600).as_deref(), Some(said));
    }
}
