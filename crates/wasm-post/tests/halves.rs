//! A program that is split at random computes, in Node, what it did in one piece.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use twoviews_wasm_post::{Extra, Seldom, split, validate};

const SEEDS: u64 = 12;

#[test]
fn a_program_split_at_random_computes_the_same_bit_for_bit() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let sources = PathBuf::from("tests/halves");
    let file = |name: &str| folder.join(name);
    run(Command::new("rustc")
        .args(["--edition=2024", "--crate-type=cdylib", "-Copt-level=1"])
        .args([
            "--target=wasm32-unknown-unknown",
            "-Ctarget-feature=+simd128",
        ])
        .arg(sources.join("program.rs"))
        .arg("-o")
        .arg(file("whole.wasm")));
    // As wasm-bindgen would write it.
    let linked = fs::read(file("whole.wasm")).unwrap();
    let whole = walrus::Module::from_buffer(&linked).unwrap().emit_wasm();
    fs::write(file("whole.wasm"), &whole).unwrap();

    let mut loads = 0;
    for seed in 0..SEEDS {
        let halves = split(&whole, "loadRest", Seldom::Random(seed)).unwrap();
        validate(&halves.first, Extra::default()).unwrap();
        validate(&halves.rest, Extra::default()).unwrap();
        fs::write(file("first.wasm"), &halves.first).unwrap();
        fs::write(file("rest.wasm"), &halves.rest).unwrap();
        let printed = run(Command::new("node")
            .arg(sources.join("compare.mjs"))
            .args(["whole.wasm", "first.wasm", "rest.wasm"].map(file)));
        loads += printed.trim().parse::<u64>().unwrap();
    }
    assert!(
        loads > SEEDS / 2,
        "of {SEEDS} splits only {loads} were felt"
    );
}

/// Returns what a command prints; a failure is one of the test.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed (the target is added by `rustup target add wasm32-unknown-unknown`):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
