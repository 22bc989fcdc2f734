//! The crate compiled for browsers, and the files made of what the linker made.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use xshell::{Cmd, cmd};

use crate::cores::Core;
use crate::project::{Project, say};

/// The target that browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Profile of all that is compiled to wasm.
pub(crate) const PROFILE: &str = "wasm";

/// The most memory of all threads, in bytes: a browser sets aside as many addresses.
const MOST_MEMORY: usize = 2 << 30;

/// Compiles and links a core, and builds the program that makes its files.
pub(crate) fn link(project: &Project, core: &Core, quiet: bool) -> Result<PathBuf> {
    let lock = fs::read_to_string(project.path("Cargo.lock")).context("cannot read Cargo.lock")?;
    check_versions(&lock)?;
    ensure_target(project)?;
    if core.shared {
        ensure_source(project)?;
    }
    let sh = &project.shell;
    // Beside the core, in what that leaves: its last crates keep one processor busy.
    let tool = cmd!(sh, "cargo build --locked --quiet --package {POST}");
    let mut building = gently(tool, true).spawn().context("cannot run cargo")?;
    let linked = compile(project, core, quiet);
    let built = building.wait()?;
    ensure!(built.success(), "{POST} does not compile");
    linked
}

pub(crate) fn make_files(
    project: &Project,
    core: &Core,
    linked: &Path,
    post: &[&str],
    to: &Path,
) -> Result<()> {
    let sh = &project.shell;
    let tool = post_tool(project)?;
    let Core { name, file, .. } = *core;
    cmd!(sh, "{tool} {linked} --name {file} --out {to} {post...}")
        .quiet()
        .run()
        .with_context(|| format!("no files could be made of {name}"))
}

/// Makes of a profile the list of functions that the page seldom calls.
pub(crate) fn write_seldom(project: &Project, profile: &Path, list: &Path) -> Result<()> {
    let tool = post_tool(project)?;
    cmd!(project.shell, "{tool} --profile {profile} --out {list}")
        .quiet()
        .run()
        .context("no list could be made of what was called")
}

/// Links a core, and makes its files.
pub(crate) fn make(
    project: &Project,
    core: &Core,
    post: &[&str],
    to: &Path,
    quiet: bool,
) -> Result<()> {
    let linked = link(project, core, quiet)?;
    make_files(project, core, &linked, post, to)
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

/// For cargo with the wasm target. Without the caller's `RUSTFLAGS`: they would replace those of
/// `.cargo/config.toml`, on which the wasm depends.
pub(crate) fn own_flags(command: Cmd<'_>) -> Cmd<'_> {
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // The core with threads needs `-Zbuild-std`, which is unstable: the pinned compiler takes it with this
        // variable, which is meant for building Rust itself and may break when `rust-toolchain.toml` is
        // raised. All cores get it: build scripts look whether unstable options are unlocked, and what
        // depends on them would be compiled anew each time that changed.
        .env("RUSTC_BOOTSTRAP", "1")
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

/// Adds the source of Rust's standard library to the toolchain unless it is there: for threads, the
/// library must be compiled for them.
fn ensure_source(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let root = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    if Path::new(&root)
        .join("lib/rustlib/src/rust/library")
        .is_dir()
    {
        return Ok(());
    }
    say("adding the source of Rust's standard library");
    cmd!(sh, "rustup component add rust-src").quiet().run().context(
        "the component rust-src is missing, without which there are no threads; install Rust with rustup \
         (https://rustup.rs), or add the component to your toolchain",
    )
}

/// The program that makes a core's files of what the linker made.
const POST: &str = "twoviews-wasm-post";

fn post_tool(project: &Project) -> Result<PathBuf> {
    Ok(target_folder(project)?.join("debug").join(POST))
}

/// Compiles a core. `quiet`: beside other work, and silent unless it fails.
fn compile(project: &Project, core: &Core, quiet: bool) -> Result<PathBuf> {
    let sh = &project.shell;
    let Core {
        name,
        package,
        features,
        ..
    } = *core;
    if env::var_os("RUSTFLAGS").is_some() {
        say("RUSTFLAGS is set, but not used for the wasm, which needs its own flags");
    }
    let mut command = own_flags(cmd!(
        sh,
        "cargo rustc --locked --profile {PROFILE} --package {package} --lib {features...} --target {TARGET} --crate-type cdylib"
    ));
    if core.shared {
        command = command
            .arg("--config")
            .arg(format!("target.{TARGET}.rustflags={:?}", shared_flags()))
            .arg("-Zbuild-std=std,panic_abort");
    }
    if quiet {
        command = command.arg("--quiet");
    }
    let status = gently(command, quiet)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "{name} does not compile to wasm");
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(target_folder(project)?
        .join(TARGET)
        .join(PROFILE)
        .join(file))
}

/// A command that, if wished, leaves the processors to who needs them more.
fn gently(command: Cmd<'_>, wished: bool) -> Command {
    let command = Command::from(command);
    if !(wished && cfg!(unix)) {
        return command;
    }
    let mut nice = Command::new("nice");
    nice.args(["-n", "10"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        nice.current_dir(folder);
    }
    nice
}

/// What is added to the flags of `.cargo/config.toml` so that threads share a memory.
fn shared_flags() -> Vec<String> {
    let exports = [
        "wasm_init_tls",
        "tls_size",
        "tls_align",
        "tls_base",
        "heap_base",
    ];
    let exports = exports.map(|name| format!("--export=__{name}"));
    let memory = ["--shared-memory", "--import-memory"].map(str::to_owned);
    let limit = format!("--max-memory={MOST_MEMORY}");
    let links = memory.into_iter().chain([limit]).chain(exports);
    std::iter::once("-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals".to_owned())
        .chain(links.map(|link| format!("-Clink-arg={link}")))
        .collect()
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
