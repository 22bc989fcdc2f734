//! The crate as tests and the benchmark drive it in a browser: the reference cases of the losses on
//! WebGPU, and the parts that `cargo xtask bench` measures.
#![cfg(target_arch = "wasm32")]
// The numbers of a JSON file are f64; what they stand for here is smaller.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod bench;
#[cfg(feature = "webgpu")]
mod webgpu;

/// Without this a panic is a trap that says nothing.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&format!("{panic}").as_str().into());
    }));
}
