//! The command line, compiled and put aside.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xshell::cmd;

use crate::project::{Project, say};
use crate::wasm::target_folder;

/// Works with a copy of `twoviews` in this folder of what is compiled, and that folder: what is compiled
/// meanwhile, here or in another checkout, must not get into the runs.
pub(crate) fn with_program(
    project: &Project,
    folder: &str,
    work: impl FnOnce(&Path, &Path) -> Result<()>,
) -> Result<()> {
    let sh = &project.shell;
    say("compiling the command line");
    cmd!(sh, "cargo build --locked --package twoviews --bin twoviews")
        .quiet()
        .run()?;
    let target = target_folder(project)?;
    let folder = target.join(folder);
    fs::create_dir_all(&folder)?;
    let program = folder.join(format!("twoviews-{}", std::process::id()));
    fs::copy(target.join("debug/twoviews"), &program).context("no twoviews was compiled")?;
    let outcome = work(&program, &folder);
    fs::remove_file(&program)?;
    outcome
}
