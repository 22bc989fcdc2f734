//! What is done with bytes from elsewhere: by `cargo xtask fuzz`, and by the test of what that has found.

use std::io::Cursor;

use pollster::block_on;
use serde_json::{Value, json};
use twoviews::data::Bytes;
use twoviews::protocol::{Command, Event};
use twoviews::session::Session;
use twoviews_session_file::Opened;

/// Units of work that follow a message.
const UNITS: usize = 3;

/// A session on a few small images.
fn small() -> Session {
    let mut session = Session::new(|| 0.0);
    let settings = json!({
        "size": 16, "backend": "cpu", "encoder": {"width": 4}, "train": {"batch": 4, "epochs": 2}
    });
    block_on(session.apply(Command::Configure { settings }));
    let options = serde_json::from_value(json!({"count": 8})).expect("options of shapes");
    block_on(session.apply(Command::LoadSet {
        set: "shapes".into(),
        options: Some(options),
        squares: None,
    }));
    session
}

fn checkpoint_of(session: &mut Session) -> Option<Bytes> {
    let mut found = None;
    while let Some(event) = session.event() {
        if let Event::Checkpoint { bytes, .. } = event {
            found = Some(bytes);
        }
    }
    found
}

/// The bytes of a checkpoint of [`small`], after a step.
fn whole() -> Vec<u8> {
    let mut session = small();
    block_on(session.apply(Command::Start));
    block_on(session.apply(Command::Step));
    while block_on(session.advance()) {}
    checkpoint_of(&mut session).expect("it was saved").to_vec()
}

/// A checkpoint: the bytes themselves, and a whole one that they change, three bytes each time: where to, and
/// what. Its checksum is set right, so that what lies behind it is tried.
pub fn checkpoint(bytes: &[u8]) {
    thread_local!(static WHOLE: Vec<u8> = whole());
    let mut changed = WHOLE.with(Clone::clone);
    for change in bytes.chunks_exact(3) {
        // Names and shapes are in front, and break more than numbers do.
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % changed.len().min(8192);
        changed[at] = change[2];
    }
    repair(&mut changed);
    for bytes in [bytes.to_vec(), changed] {
        let mut session = small();
        let settings = Box::new(session.settings().clone());
        block_on(session.apply(Command::Restore {
            images: None,
            settings,
            checkpoint: Some(bytes.into()),
        }));
        for _ in 0..UNITS {
            block_on(session.advance());
        }
    }
}

/// Sets the checksum right, if there is a place for one.
fn repair(bytes: &mut [u8]) {
    const FIELD: &[u8] = b"\\\"checksum\\\":\\\"";
    let Ok((length, metadata)) = safetensors::SafeTensors::read_metadata(bytes) else {
        return;
    };
    let entry = metadata
        .metadata()
        .as_ref()
        .and_then(|all| all.get("twoviews"));
    let at = bytes.windows(FIELD.len()).position(|part| part == FIELD);
    let (Some(entry), Some(at)) = (entry, at) else {
        return;
    };
    let place = at + FIELD.len();
    let Some(old) = bytes.get(place..place + 8) else {
        return;
    };
    let old = String::from_utf8_lossy(old).into_owned();
    let zeros = entry.replacen(&old, "00000000", 1);
    let mut sum = crc32fast::Hasher::new();
    sum.update(zeros.as_bytes());
    sum.update(&bytes[8 + length..]);
    let sum = format!("{:08x}", sum.finalize());
    bytes[place..place + 8].copy_from_slice(sum.as_bytes());
}

/// A session file: all that it names is read.
pub fn session(bytes: &[u8]) {
    let Ok(Some(mut opened)) = Opened::find(Cursor::new(bytes)) else {
        return;
    };
    let state = opened.state().clone();
    for set in state["sets"].as_array().into_iter().flatten() {
        let n = set["names"].as_array().map_or(0, Vec::len);
        let size = set["size"]
            .as_u64()
            .and_then(|size| usize::try_from(size).ok());
        let name = set["pixels"]["file"].as_str().unwrap_or_default();
        let size = size.unwrap_or_default();
        if let Ok(pixels) = opened.squares(name, n, size) {
            assert_eq!(pixels.len(), n * size * size * 3);
        }
    }
    for run in state["runs"].as_array().into_iter().flatten() {
        if let Some(name) = run["checkpoint"]["bytes"]["file"].as_str() {
            let _ = opened.file(name);
        }
    }
}

/// Messages, a line of JSON each: whatever they are, they are obeyed or refused.
pub fn message(bytes: &[u8]) {
    let mut session = small();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(command) = serde_json::from_slice::<Command>(line) else {
            continue;
        };
        if is_long(&command) {
            continue;
        }
        block_on(session.apply(command));
        let settings = serde_json::to_value(session.settings()).expect("plain data");
        // What takes long is tried elsewhere.
        let over =
            |path: &str, most: u64| settings.pointer(path).and_then(Value::as_u64) > Some(most);
        if over("/size", 32) || over("/encoder/width", 8) || over("/train/batch", 64) {
            return;
        }
        for _ in 0..UNITS {
            block_on(session.advance());
        }
    }
}

/// Whether a command asks for more images than are drawn in no time.
fn is_long(command: &Command) -> bool {
    match command {
        Command::LoadSet {
            options: Some(options),
            ..
        } => serde_json::to_value(options).is_ok_and(|told| told["count"].as_u64() > Some(64)),
        Command::LoadSet { .. } => true,
        _ => false,
    }
}
