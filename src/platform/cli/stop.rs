//! Ctrl-C: what was begun is ended between two units of work, and what was written is whole.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

static ASKED: AtomicBool = AtomicBool::new(false);

/// What shells expect of a program that was interrupted.
pub(super) const CODE: u8 = 130;

/// Heeds Ctrl-C from now on. A second one ends the program at once.
pub(super) fn listen() {
    // Without it, Ctrl-C ends the program as it always did.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            process::exit(CODE.into());
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// What is said then.
pub(super) fn stopped() -> Error {
    Error::State("stopped by Ctrl-C".into())
}
