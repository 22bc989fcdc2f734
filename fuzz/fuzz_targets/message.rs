//! What is said to a core, whatever it is: obeyed or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
mod targets;

fuzz_target!(|bytes: &[u8]| targets::message(bytes));
