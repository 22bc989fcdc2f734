//! Runs the worker's one future.
//!
//! wasm-bindgen's own executor waits by `Atomics.waitAsync` wherever the wasm could have threads. That
//! needs a memory that is shared, and the same wasm also runs with one that is not.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use wasm_bindgen::prelude::*;

/// What is run, and whether it is about to be polled.
struct Task {
    future: RefCell<Pin<Box<dyn Future<Output = ()>>>>,
    poll: Closure<dyn Fn()>,
    due: Cell<bool>,
}

thread_local! {
    static TASK: RefCell<Option<&'static Task>> = const { RefCell::new(None) };
}

/// Wakes the task of this thread: promises, which alone wake it, are settled where they were made.
struct Alarm;

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let Some(task) = TASK.with_borrow(|task| *task) else {
            return;
        };
        if !task.due.replace(true) {
            super::scope().queue_microtask(task.poll.as_ref().unchecked_ref());
        }
    }
}

/// Runs a future for as long as this worker lives.
pub(super) fn run(future: impl Future<Output = ()> + 'static) {
    let task = Task {
        future: RefCell::new(Box::pin(future)),
        poll: Closure::new(poll),
        due: Cell::new(false),
    };
    TASK.set(Some(Box::leak(Box::new(task))));
    Waker::from(Arc::new(Alarm)).wake();
}

fn poll() {
    let Some(task) = TASK.with_borrow(|task| *task) else {
        return;
    };
    task.due.set(false);
    let waker = Waker::from(Arc::new(Alarm));
    // It never ends, so there is nothing to learn of it.
    let _ = task
        .future
        .borrow_mut()
        .as_mut()
        .poll(&mut Context::from_waker(&waker));
}
