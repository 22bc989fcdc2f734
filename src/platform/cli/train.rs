//! `twoviews train`: one session, driven to its end; and what comes of one that was kept.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use crate::data::ImageSet;
use crate::error::Error;
use crate::protocol::{Command, Event};
use crate::session::Session;
use crate::settings::table::at;
use crate::settings::{chosen, merge};
use crate::training::checkpoint;
use serde_json::{Value, json};

use super::output::Output;
use super::run_file::{self, RunFile};
use super::{Score, Source, Train, cannot, files, session_file};

pub(super) async fn train(args: &Train) -> Result<(), Error> {
    let mut session = session();
    let mut out = Output::new(args.json, args.out.as_deref(), args.resume.is_some())?;
    out.record(args.session.as_deref());
    if let Some(file) = &args.resume {
        take_up(file, &args.source, &mut session, &mut out).await?;
        change(args.settings()?, &mut session, &mut out).await?;
    } else {
        begin(args, &mut session, &mut out).await?;
    }
    out.obeyed(&mut session, Command::Resume).await?;
    // The readings come last: they take longest, and the last event has them.
    out.embed(&mut session).await?;
    if !args.no_scores {
        out.obeyed(&mut session, Command::Evaluate).await?;
    }
    out.finish()
}

/// `twoviews score`: the readings of a network that was kept.
pub(super) async fn score(args: &Score) -> Result<(), Error> {
    let mut session = session();
    let mut out = Output::new(args.json, None, false)?;
    take_up(&args.checkpoint, &args.source, &mut session, &mut out).await?;
    out.obeyed(&mut session, Command::Evaluate).await?;
    out.conclude();
    Ok(())
}

/// Starts a run afresh.
async fn begin(args: &Train, session: &mut Session, out: &mut Output) -> Result<(), Error> {
    let asked = asked(args, out)?;
    let settings = asked.clone();
    out.obeyed(session, Command::Configure { settings }).await?;
    let mut size = session.settings().size;
    load(&args.source, size, session, out).await?;
    fit(&asked, session, out).await?;
    // The images may need another size than they were read at. Of many there is no room for both.
    if session.settings().size != size {
        size = session.settings().size;
        forget(session, out).await;
        load(&args.source, size, session, out).await?;
        fit(&asked, session, out).await?;
    }
    out.explain(session.settings());
    out.obeyed(session, Command::Start).await
}

/// Drops images that will be read again; nothing is said of it.
async fn forget(session: &mut Session, out: &mut Output) {
    session.apply(Command::Clear).await;
    while let Some(event) = session.event() {
        if let Some((record, _)) = &mut out.record {
            record.tell(&event);
        }
    }
}

/// The settings that were asked for: those of a file, and over them those by hand. Images of a session file
/// have their size.
fn asked(args: &Train, out: &mut Output) -> Result<Value, Error> {
    let by_hand = args.settings()?;
    let mut asked = match &args.config {
        None => json!({}),
        Some(path) => {
            let RunFile {
                settings, images, ..
            } = session_file::run(path)?;
            out.expect(images);
            here(settings)
        }
    };
    if let Some(size) = session_file::size(Path::new(&args.source.images))? {
        asked["size"] = json!(size);
    }
    // A method has its own knobs.
    let (method, wanted) = (&asked["method"], &by_hand["method"]);
    if !wanted.is_null() && wanted != method {
        asked["knobs"] = json!({});
    }
    merge(&mut asked, &by_hand);
    Ok(asked)
}

/// Settings of a run that may have been elsewhere: it goes on where it can.
fn here(mut settings: Value) -> Value {
    if settings.is_object() {
        settings["backend"] = json!("auto");
    }
    settings
}

/// Takes up the run of a checkpoint, on images that should be those that it was on.
async fn take_up(
    file: &Path,
    source: &Source,
    session: &mut Session,
    out: &mut Output,
) -> Result<(), Error> {
    let bytes = session_file::checkpoint(file)?;
    let about = checkpoint::about(&bytes).map_err(|e| cannot("read", file, &e))?;
    out.goes_on(file, about.step);
    let beside = file.with_file_name(run_file::NAME);
    if beside.is_file() {
        out.expect(run_file::read(&beside)?.images);
    }
    let settings = here(about.settings);
    let command = Command::Configure { settings };
    out.obeyed(session, command).await?;
    let settings = session.settings().clone();
    load(source, settings.size, session, out).await?;
    let command = Command::Restore {
        images: None,
        settings: Box::new(settings),
        checkpoint: Some(bytes.into()),
    };
    out.obeyed(session, command).await
}

/// Changes settings of a run that has begun: those that it can take up as it goes on.
async fn change(settings: Value, session: &mut Session, out: &mut Output) -> Result<(), Error> {
    if settings == json!({}) {
        return Ok(());
    }
    out.obeyed(session, Command::Configure { settings }).await?;
    match out.pending.first() {
        None => Ok(()),
        Some(path) => {
            let reason = "a run that has begun keeps this as it is; start another to change it";
            Err(Error::setting(path, reason))
        }
    }
}

/// Reads images, `size` pixels wide and high, into the session.
pub(super) async fn load(
    source: &Source,
    size: usize,
    session: &mut Session,
    out: &mut Output,
) -> Result<(), Error> {
    let command = if let Some(set) = source.images.strip_prefix("builtin:") {
        let (set, options, squares) = (set.to_owned(), None, None);
        Command::LoadSet {
            set,
            options,
            squares,
        }
    } else {
        let path = Path::new(&source.images);
        match session_file::images(path, size)? {
            Some(images) => squares(images, source, session)?,
            None => Command::AddImages(files::read(source, size, out.json)?),
        }
    };
    out.obeyed(session, command).await
}

/// The images of a session file take the place of these. They are squares, of one size.
fn squares(images: ImageSet, source: &Source, session: &Session) -> Result<Command, Error> {
    if source.limit.is_some() {
        let reason = "--limit is for folders and zips of images; a session is taken as a whole";
        return Err(cannot("read", Path::new(&source.images), &reason));
    }
    Ok(Command::Restore {
        images: Some(Box::new(images)),
        settings: Box::new(session.settings().clone()),
        checkpoint: None,
    })
}

/// Takes up what suits the images, choice by choice: what does not fit what was `asked` for by hand is
/// left, and what was asked for stays.
async fn fit(asked: &Value, session: &mut Session, out: &mut Output) -> Result<(), Error> {
    for choice in out.advice.clone() {
        if at(asked, choice.path).is_none() {
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

/// A session that refuses what this machine has no memory for, where the system says how much there is.
pub(super) fn session() -> Session {
    let mut session = Session::new(now);
    if let Some(bytes) = available() {
        session.limit_memory(bytes);
    }
    session
}

/// Bytes that can be had without others being put on the disk: Linux tells.
pub(super) fn available() -> Option<usize> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}
