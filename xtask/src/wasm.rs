//! The crate as the page loads it: one wasm file, and the JavaScript around it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{KnownCustom, Name, Parser, Payload};
use xshell::{Cmd, cmd};

use crate::project::{Project, fingerprint, once, say};

/// The target that browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Builds for the browser: the crate into `www/src/wasm`, and what decode workers load beside it.
pub(crate) fn build(project: &Project) -> Result<()> {
    let lock = fs::read_to_string(project.path("Cargo.lock")).context("cannot read Cargo.lock")?;
    check_versions(&lock)?;
    ensure_target(project)?;
    let linked = compile(project)?;
    bind(project, "twoviews", &linked, "www/src/wasm")?;
    let linked = compile_decoder(project)?;
    bind(project, "decoder", &linked, "www/src/wasm/decoder")
}

/// Builds the reference cases for the browser into a folder of its tests.
pub(crate) fn build_references(project: &Project) -> Result<()> {
    let sh = &project.shell;
    say("compiling the reference cases to wasm");
    own_flags(cmd!(
        sh,
        "cargo build --release --package twoviews-references --target {TARGET}"
    ))
    .quiet()
    .run()?;
    let linked = target_folder(project)?
        .join(TARGET)
        .join("release/twoviews_references.wasm");
    bind(
        project,
        "references",
        &linked,
        "tests/browser/out/references",
    )
}

/// Adds the wasm target to the Rust toolchain unless it is there.
pub(crate) fn ensure_target(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let libraries = cmd!(sh, "rustc --print target-libdir --target {TARGET}")
        .quiet()
        .read()?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    say(&format!("adding the Rust target {TARGET}"));
    cmd!(sh, "rustup target add {TARGET}").quiet().run().with_context(|| {
        format!("the Rust target {TARGET} is missing; install Rust with rustup (https://rustup.rs), or add the target to your toolchain")
    })
}

/// Without the caller's `RUSTFLAGS`: they would replace those of `.cargo/config.toml`, on which
/// the wasm depends.
pub(crate) fn own_flags(command: Cmd<'_>) -> Cmd<'_> {
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1")
        .quiet()
        .read()?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"].as_str();
    Ok(folder
        .context("cargo metadata names no target directory")?
        .into())
}

fn compile(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let linked = target_folder(project)?
        .join(TARGET)
        .join("release/twoviews.wasm");
    say(if linked.exists() {
        "compiling the crate to wasm, as far as it has changed"
    } else {
        "compiling the crate and all it uses to wasm: about a quarter of an hour on 2 cores, this first time only"
    });
    if env::var_os("RUSTFLAGS").is_some() {
        say("RUSTFLAGS is set, but not used for the wasm, which needs its own flags");
    }
    own_flags(cmd!(
        sh,
        "cargo rustc --release --package twoviews --lib --target {TARGET} --crate-type cdylib"
    ))
    .quiet()
    .run()
    .context("the crate does not compile to wasm")?;
    Ok(linked)
}

fn compile_decoder(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    own_flags(cmd!(
        sh,
        "cargo rustc --release --package twoviews-images --features web --lib --target {TARGET} --crate-type cdylib"
    ))
    .quiet()
    .run()
    .context("the image decoder does not compile to wasm")?;
    Ok(target_folder(project)?
        .join(TARGET)
        .join("release/twoviews_images.wasm"))
}

/// Runs wasm-bindgen, as its command with `--target web` does.
fn bind(project: &Project, name: &str, linked: &Path, folder: &str) -> Result<()> {
    let folder = project.path(folder);
    let inputs = fingerprint(&[linked.to_path_buf()], &[])?;
    once(&folder.join(".stamp"), &inputs, || {
        say("making the wasm's JavaScript");
        let bytes =
            fs::read(linked).with_context(|| format!("cannot read {}", linked.display()))?;
        let wrapped = wrapped_exports(&bytes)?;
        ensure!(
            wrapped == 0,
            "the linker has wrapped {wrapped} exports so that each call runs all constructors (milliseconds a \
             call): link with --export=__wasm_call_ctors, as .cargo/config.toml does"
        );
        let _ = fs::remove_dir_all(&folder);
        Bindgen::new()
            .input_bytes(name, bytes)
            .out_name(name)
            .web(true)?
            .typescript(true)
            .remove_name_section(true)
            .generate(&folder)
            .context("wasm-bindgen failed")
    })
}

/// How many exports the linker has wrapped in the module's constructors, by their names.
fn wrapped_exports(wasm: &[u8]) -> Result<usize> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload?
            && let KnownCustom::Name(names) = section.as_known()
        {
            for part in names {
                if let Name::Function(functions) = part? {
                    let names = functions.into_iter().collect::<Result<Vec<_>, _>>()?;
                    return Ok(names
                        .iter()
                        .filter(|function| function.name.ends_with(".command_export"))
                        .count());
                }
            }
        }
    }
    bail!(
        "the linked wasm names no functions, so wrapped exports cannot be counted: do not strip it"
    );
}

/// wasm-bindgen's library and its tool must be of one version.
fn check_versions(lock: &str) -> Result<()> {
    let (library, tool) = (
        locked(lock, "wasm-bindgen")?,
        locked(lock, "wasm-bindgen-cli-support")?,
    );
    ensure!(
        library == tool,
        "Cargo.lock has wasm-bindgen {library} but wasm-bindgen-cli-support {tool}: run \
         `cargo update --package wasm-bindgen-cli-support --precise {library}`"
    );
    Ok(())
}

fn locked<'a>(lock: &'a str, package: &str) -> Result<&'a str> {
    lock.split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(version, _)| version)
        .with_context(|| format!("Cargo.lock has no {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wasm module with nothing but names of functions.
    fn module(names: &[&str]) -> Vec<u8> {
        let short = |length: usize| {
            u8::try_from(length)
                .ok()
                .filter(|byte| *byte < 0x80)
                .expect("one LEB128 byte")
        };
        let mut functions = vec![short(names.len())];
        for (index, name) in names.iter().enumerate() {
            functions.extend([short(index), short(name.len())]);
            functions.extend(name.as_bytes());
        }
        let mut section = b"\x04name\x01".to_vec();
        section.push(short(functions.len()));
        section.extend(functions);
        let mut wasm = b"\0asm\x01\0\0\0\0".to_vec();
        wasm.push(short(section.len()));
        wasm.extend(section);
        wasm
    }

    #[test]
    fn wrapped_exports_are_counted() {
        let wasm = module(&["main", "main.command_export", "add.command_export"]);
        assert_eq!(wrapped_exports(&wasm).unwrap(), 2);
        assert_eq!(
            wrapped_exports(&module(&["main", "command_export"])).unwrap(),
            0
        );
    }

    #[test]
    fn a_wasm_without_names_cannot_pass() {
        assert!(wrapped_exports(b"\0asm\x01\0\0\0").is_err());
    }

    #[test]
    fn different_versions_of_wasm_bindgen_are_refused_with_the_remedy() {
        let lock = |tool: &str| {
            format!(
                "name = \"wasm-bindgen\"\nversion = \"0.2.1\"\n\nname = \"wasm-bindgen-cli-support\"\nversion = \"{tool}\"\n"
            )
        };
        assert!(check_versions(&lock("0.2.1")).is_ok());
        let error = check_versions(&lock("0.2.2")).unwrap_err().to_string();
        assert!(error.contains("--precise 0.2.1"), "{error}");
    }
}
