//! `twoviews train`: one session, driven to its end.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use crate::data::ImageSet;
use crate::error::Error;
use crate::evaluation::Score;
use crate::protocol::{Command, Event, NextStep, State};
use crate::session::Session;
use crate::settings::to_paths;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Train, cannot, files};

/// The file in the folder of a run that holds its events.
const EVENTS: &str = "events.jsonl";

pub(super) async fn train(args: &Train) -> Result<(), Error> {
    let settings = args.settings()?;
    let mut session = Session::new(now);
    let mut out = Output::new(args)?;

    out.obeyed(&mut session, Command::Configure { settings })
        .await?;
    if let Some(set) = args.images.strip_prefix("builtin:") {
        let preset = crate::data::sets().into_iter().find(|card| card.id == set);
        if let Some(preset) = preset {
            let settings = preset.preset;
            out.obeyed(&mut session, Command::Configure { settings })
                .await?;
            // What was asked for by hand wins over the preset.
            let settings = args.settings()?;
            out.obeyed(&mut session, Command::Configure { settings })
                .await?;
        }
        let (set, options, sheet) = (set.to_owned(), None, None);
        let load = Command::LoadSet {
            set,
            options,
            sheet,
        };
        out.obeyed(&mut session, load).await?;
    } else {
        let size = session.settings().size;
        let files = files::read(Path::new(&args.images), size)?;
        out.obeyed(&mut session, Command::AddImages { size, files })
            .await?;
    }
    out.obeyed(&mut session, Command::Start).await?;
    out.obeyed(&mut session, Command::Resume).await?;
    if out.labels {
        out.obeyed(&mut session, Command::Evaluate).await?;
    }
    out.finish()
}

/// Where events go: to lines of JSON or a progress bar, and to a folder.
struct Output {
    json: bool,
    bar: Option<ProgressBar>,
    folder: Option<PathBuf>,
    lines: Option<BufWriter<File>>,
    labels: bool,
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
            folder: args.out.clone(),
            lines,
            labels: false,
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
            Event::Loaded { images, skipped } => {
                self.labels = !images.factors.is_empty();
                if !self.json {
                    for file in skipped {
                        eprintln!("skipped {}: {}", file.name, file.reason);
                    }
                    eprintln!("{} images", images.names.len());
                }
                let images = ImageSet {
                    pixels: crate::protocol::Bytes::default(),
                    ..images.clone()
                };
                let skipped = skipped.clone();
                return self.line(&Event::Loaded { images, skipped });
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
                let bar = self.bar.get_or_insert_with(|| bar(*steps));
                bar.set_position(*step as u64);
                if let Some(last) = losses.last() {
                    bar.set_message(format!("loss {:.4}  {ms_per_step:.0} ms/step", last.total));
                }
            }
            Event::State { state } => self.done = *state == State::Done,
            Event::Evaluated {
                h,
                z,
                pixels,
                untrained,
                ..
            } if !self.json => {
                if let Some(bar) = self.bar.take() {
                    bar.finish();
                }
                table(&[
                    ("h", h),
                    ("z", z),
                    ("pixels", pixels),
                    ("untrained", untrained),
                ]);
            }
            Event::Verdict {
                collapse,
                learned,
                next,
                ..
            } => {
                self.verdict = vec![collapse.sentence.clone(), learned.sentence.clone()];
                self.verdict.extend(next.iter().map(advice));
            }
            // Pixels and points are for the page.
            Event::Views { .. } | Event::Map { .. } => return Ok(()),
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
            | Event::Health { .. }
            | Event::Knn { .. }
            | Event::Neighbours { .. }
            | Event::Evaluated { .. } => {}
        }
        self.line(event)
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

    fn finish(mut self) -> Result<(), Error> {
        if let Some(lines) = &mut self.lines {
            let written = lines.flush();
            written.map_err(|e| self.no_events(&e))?;
        }
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

/// What to try next, and by which arguments.
fn advice(step: &NextStep) -> String {
    let NextStep { label, settings } = step;
    let Some(settings) = settings else {
        return format!("Next: {label}");
    };
    format!(
        "Next: {label}: --set {}",
        to_paths(settings).join(" --set ")
    )
}

fn bar(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} steps  {msg}  {eta} left");
    ProgressBar::new(steps as u64).with_style(style.expect("the template is valid"))
}

fn table(scores: &[(&str, &Score)]) {
    println!("{:10} {:>7} {:>9} {:>7}", "", "kNN 5", "kNN 20 w", "probe");
    for (name, score) in scores {
        let [knn, weighted] = [score.knn, score.knn_weighted].map(|part| part * 100.0);
        let probe = score.probe.map(|part| format!("{:>6.1}%", part * 100.0));
        let probe = probe.unwrap_or_default();
        println!("{name:10} {knn:>6.1}% {weighted:>8.1}% {probe}");
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|e| cannot("write", path, &e))
}

fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}
