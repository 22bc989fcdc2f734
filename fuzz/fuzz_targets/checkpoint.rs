//! A checkpoint, whatever bytes it has: taken up or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
mod targets;

fuzz_target!(|bytes: &[u8]| targets::checkpoint(bytes));
