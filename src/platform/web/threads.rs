//! The threads of the CPU path: workers that share this module's memory. `www/src/core/worker.ts` starts
//! them, for a worker's script must be one that the page was bundled with.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::prelude::*;

type Queue = (Sender<ThreadBuilder>, Mutex<Receiver<ThreadBuilder>>);

/// Threads that wait for a worker to run them.
static QUEUE: LazyLock<Queue> = LazyLock::new(|| {
    let (sender, receiver) = channel();
    (sender, Mutex::new(receiver))
});

/// This module and its memory, for further workers to run.
#[wasm_bindgen]
pub fn shared() -> Vec<JsValue> {
    vec![wasm_bindgen::module(), wasm_bindgen::memory()]
}

/// Makes this worker the first of `count` threads that compute. The others must be about to call
/// [`run_thread`].
#[wasm_bindgen]
pub fn start_threads(count: usize) {
    let pool = ThreadPoolBuilder::new()
        .num_threads(count)
        .use_current_thread()
        .spawn_handler(|thread| {
            QUEUE.0.send(thread).expect("the receiver is static");
            Ok(())
        });
    pool.build_global().expect("there is one pool");
}

/// Makes this worker one of the threads. It does not come back.
#[wasm_bindgen]
pub fn run_thread() {
    let waiting = QUEUE.1.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = waiting.recv().expect("the sender is static");
    drop(waiting);
    thread.run();
}
