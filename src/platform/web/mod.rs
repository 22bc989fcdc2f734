//! The session in a browser's worker: messages in, messages out. The only module that names JavaScript.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use crate::protocol::{Command, Event};
use crate::session::Session;
use crate::session::device::{Devices, Steady};

mod executor;
#[cfg(feature = "webgpu")]
pub mod rest;
#[cfg(feature = "threads")]
pub mod threads;

/// Takes over the worker: obeys commands that come as messages, posts events. `cpu` is why `auto`
/// is the CPU, if the page knows; `memory` is how many
/// bytes this module's may grow to, if that is known.
#[wasm_bindgen]
pub fn serve(cpu: Option<String>, memory: Option<usize>) {
    std::panic::set_hook(Box::new(|panic| {
        // What a panic says is for whoever mends it.
        web_sys::console::error_1(&format!("the core has crashed: {panic}").into());
        let error = "a fault in it, of which the browser's console has more".into();
        post(&Event::Lost { error });
    }));
    let inbox = Inbox::default();
    let receiver = inbox.clone();
    let receive = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        receiver.put(message.data());
    });
    scope().set_onmessage(Some(receive.as_ref().unchecked_ref()));
    receive.forget();
    let mut session = Session::on(Devices::new(cpu), now);
    if let Some(bytes) = memory {
        session.limit_memory(bytes);
    }
    executor::run(work(inbox, session));
}

async fn work(inbox: Inbox, mut session: Session) {
    loop {
        while let Some(message) = inbox.take() {
            let name = Reflect::get(&message, &JsValue::from("type")).ok();
            match serde_wasm_bindgen::from_value::<Command>(message) {
                Ok(command) => session.apply(command).await,
                Err(e) => post(&Event::Refused {
                    command: name.and_then(|name| name.as_string()).unwrap_or_default(),
                    error: format!("not a command: {e}"),
                    path: None,
                    instead: Vec::new(),
                }),
            }
        }
        // Answers do not wait for the work that follows.
        post_events(&mut session);
        let worked = session.advance().await;
        post_events(&mut session);
        if worked {
            // A task, not only a promise: messages are delivered between tasks.
            task().await;
        } else {
            inbox.filled().await;
        }
    }
}

fn post_events(session: &mut Session) {
    while let Some(event) = session.event() {
        post(&event);
    }
}

/// Messages not yet read.
#[derive(Clone, Default)]
struct Inbox {
    messages: Rc<RefCell<VecDeque<JsValue>>>,
    wake: Rc<Cell<Option<Function>>>,
}

impl Inbox {
    fn put(&self, message: JsValue) {
        self.messages.borrow_mut().push_back(message);
        if let Some(wake) = self.wake.take() {
            wake.call0(&JsValue::NULL)
                .expect("resolving does not throw");
        }
    }

    fn take(&self) -> Option<JsValue> {
        self.messages.borrow_mut().pop_front()
    }

    async fn filled(&self) {
        if self.messages.borrow().is_empty() {
            wait(|resolve| self.wake.set(Some(resolve))).await;
        }
    }
}

async fn task() {
    let channel = MessageChannel::new().expect("workers have channels");
    wait(|resolve| {
        channel.port1().set_onmessage(Some(&resolve));
        let sent = channel.port2().post_message(&JsValue::NULL);
        sent.expect("null can be posted");
    })
    .await;
    channel.port1().close();
}

async fn wait(mut start: impl FnMut(Function)) {
    let promise = Promise::new(&mut |resolve, _| start(resolve));
    JsFuture::from(promise).await.expect("nothing rejects it");
}

/// Posts an event. Its bytes are copied once, out of the memory of wasm, and then transferred.
fn post(event: &Event) {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    let serializer = serializer.serialize_missing_as_null(true);
    let message = event.serialize(&serializer).expect("events are plain data");
    let transfer = Array::new();
    buffers(&message, 4, &transfer);
    let posted = scope().post_message_with_transfer(&message, &transfer);
    posted.expect("events can be posted");
}

/// Gathers the buffers of byte arrays in an object, to a depth.
fn buffers(value: &JsValue, depth: usize, found: &Array) {
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        found.push(&bytes.buffer());
    } else if depth > 0 && value.is_object() {
        // Lists of words and numbers are long, and hold no bytes.
        let first = value.dyn_ref::<Array>().map(|list| list.get(0));
        if first.is_some_and(|first| !first.is_object()) {
            return;
        }
        for value in Object::values(value.unchecked_ref()) {
            buffers(&value, depth - 1, found);
        }
    }
}

fn now() -> f64 {
    thread_local!(static CLOCK: RefCell<Steady> = RefCell::default());
    let now = scope().performance().expect("workers have a clock").now();
    CLOCK.with_borrow_mut(|clock| clock.at(now))
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
