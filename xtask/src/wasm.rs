//! The crate as the page loads it: wasm files, each with the JavaScript around it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Cmd, cmd};

use crate::project::{Project, fingerprint, once, say};

/// The target that browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Names of functions that the page seldom calls.
const SELDOM: &str = "crates/wasm-post/seldom.txt";

/// A package as one wasm file.
struct Core {
    /// What it is called in messages.
    name: &'static str,
    package: &'static str,
    /// Name of the file, and of the JavaScript around it.
    file: &'static str,
    /// Arguments of cargo that choose the features.
    features: &'static [&'static str],
    /// Whether its memory is shared between threads.
    shared: bool,
    /// The files that it becomes.
    files: Files,
    /// Where it goes.
    folder: &'static str,
}

/// What a linked module becomes, besides `_bg.wasm` and its JavaScript.
#[derive(Clone, Copy, Debug)]
enum Files {
    One,
    /// `_relaxed.wasm`, with so many fused products.
    Relaxed(usize),
    /// `_rest.wasm`, with the functions of [`SELDOM`].
    Split,
    /// `functions.txt`: the module notes which of them are called.
    Noting,
}

/// What every page has: two cores to choose from, and what decode workers load.
const CORES: [Core; 3] = [
    Core {
        name: "the core with WebGPU",
        package: "twoviews",
        file: "twoviews",
        features: &["--features=webgpu"],
        shared: false,
        files: Files::Split,
        folder: "www/src/wasm/webgpu",
    },
    Core {
        name: "the core without WebGPU",
        package: "twoviews",
        file: "twoviews",
        features: &[],
        shared: false,
        files: Files::Relaxed(300),
        folder: "www/src/wasm/cpu",
    },
    Core {
        name: "the image decoder",
        package: "twoviews-images",
        file: "decoder",
        features: &["--features=web"],
        shared: false,
        files: Files::One,
        folder: "www/src/wasm/decoder",
    },
];

/// What a page may have besides, for visitors whose browser isolates it.
const THREADS: Core = Core {
    name: "the core with threads",
    package: "twoviews",
    file: "twoviews",
    features: &["--features=threads"],
    shared: true,
    files: Files::Relaxed(300),
    folder: "www/src/wasm/threads",
};

/// What tests and the benchmark run of the crate.
const REFERENCES: Core = Core {
    name: "the reference cases",
    package: "twoviews-references",
    file: "references",
    features: &[],
    shared: false,
    files: Files::Relaxed(300),
    folder: "tests/browser/out/references",
};

const THREADED_REFERENCES: Core = Core {
    name: "the benchmark with threads",
    features: &["--no-default-features", "--features=threads"],
    shared: true,
    folder: "tests/browser/out/references-threads",
    ..REFERENCES
};

/// What cores are made of and by.
const SOURCES: [&str; 7] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "crates",
    "src",
    "tests/wasm",
    "xtask/src",
];

/// The most memory of all threads, in bytes: a browser sets aside as many addresses.
const MOST_MEMORY: usize = 2 << 30;

/// Builds the crate for the browser: each core into its folder of `www/src/wasm`.
pub(crate) fn build(project: &Project, threads: bool) -> Result<()> {
    let lock = fs::read_to_string(project.path("Cargo.lock")).context("cannot read Cargo.lock")?;
    check_versions(&lock)?;
    ensure_target(project)?;
    for core in &CORES {
        build_core(project, core)?;
    }
    if threads {
        build_core(project, &THREADS)?;
    } else {
        // What an older crate was compiled to would not understand this page.
        let _ = fs::remove_dir_all(project.path(THREADS.folder));
    }
    Ok(())
}

/// Builds the core with WebGPU so that it notes which functions are called. Returns the list of them.
pub(crate) fn build_noting(project: &Project) -> Result<PathBuf> {
    let core = Core {
        files: Files::Noting,
        ..CORES[0]
    };
    build_core(project, &core)?;
    Ok(project.path(core.folder).join("functions.txt"))
}

/// Makes [`SELDOM`] of a profile.
pub(crate) fn list_seldom(project: &Project, profile: &Path) -> Result<()> {
    let sh = &project.shell;
    cmd!(
        sh,
        "cargo run --quiet --package twoviews-wasm-post -- --profile {profile} --out {SELDOM}"
    )
    .quiet()
    .run()
    .context("the list of functions cannot be made")?;
    say(&format!("made {SELDOM}"));
    Ok(())
}

/// Builds what tests run of the crate in the browser.
pub(crate) fn build_references(project: &Project) -> Result<()> {
    build_core(project, &REFERENCES)
}

/// As [`build_references`], with threads.
pub(crate) fn build_threaded_references(project: &Project) -> Result<()> {
    build_core(project, &THREADED_REFERENCES)
}

/// Cargo would compile anew what has not changed: cores are one crate, whose linked files go by one
/// name.
fn build_core(project: &Project, core: &Core) -> Result<()> {
    let compiler = cmd!(project.shell, "rustc --version").quiet().read()?;
    let sources = SOURCES.map(|path| project.path(path));
    let inputs = format!(
        "{compiler} {:?} {:?} {}",
        core.features,
        core.files,
        fingerprint(&sources, &[])?
    );
    once(&project.path(core.folder).join(".stamp"), &inputs, || {
        if core.shared {
            ensure_source(project)?;
        }
        let linked = compile(project, core)?;
        post(project, &linked, core)
    })
}

/// Has `crates/wasm-post` make the core's files.
fn post(project: &Project, linked: &Path, core: &Core) -> Result<()> {
    say("making the wasm's JavaScript");
    let sh = &project.shell;
    let Core { file, folder, .. } = *core;
    let command = cmd!(
        sh,
        "cargo run --quiet --package twoviews-wasm-post -- {linked} --name {file} --out {folder}"
    );
    let command = match core.files {
        Files::One => command,
        Files::Relaxed(products) => command.arg("--relaxed").arg(products.to_string()),
        Files::Split => command.args(["--split", SELDOM]),
        Files::Noting => command.arg("--note"),
    };
    command
        .quiet()
        .run()
        .with_context(|| format!("{} cannot be made", core.name))
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
         (https://rustup.rs), or build without `--threads`",
    )
}

fn compile(project: &Project, core: &Core) -> Result<PathBuf> {
    let sh = &project.shell;
    let Core {
        name,
        package,
        features,
        ..
    } = *core;
    say(&if project.path(core.folder).exists() {
        format!("compiling {name} to wasm")
    } else {
        format!("compiling {name} and all it uses to wasm: minutes, this first time only")
    });
    if env::var_os("RUSTFLAGS").is_some() {
        say("RUSTFLAGS is set, but not used for the wasm, which needs its own flags");
    }
    let profile = if core.shared { "threads" } else { "release" };
    let mut command = own_flags(cmd!(
        sh,
        "cargo rustc --profile {profile} --package {package} --lib {features...} --target {TARGET} --crate-type cdylib"
    ));
    if core.shared {
        command = command
            .arg("--config")
            .arg(format!("target.{TARGET}.rustflags={:?}", shared_flags()))
            .arg("-Zbuild-std=std,panic_abort")
            // Compiling the standard library is unstable. A nightly toolchain beside this one would
            // do the same, but differently each month.
            .env("RUSTC_BOOTSTRAP", "1");
    }
    command
        .quiet()
        .run()
        .with_context(|| format!("{name} does not compile to wasm"))?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(target_folder(project)?
        .join(TARGET)
        .join(profile)
        .join(file))
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
