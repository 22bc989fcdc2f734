//! The command line on a GPU of this machine.

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, say};

/// Builds the crate with its GPU path natively, and shows how far losses and a run are from those on the CPU.
pub(crate) fn run(project: &Project) -> Result<()> {
    say("the references of every loss, and a run of every method, on a native GPU beside the CPU");
    let sh = &project.shell;
    let tests = ["--nocapture", "--test-threads", "1", "webgpu::"];
    cmd!(
        sh,
        "cargo test --locked --package twoviews --features webgpu --test twoviews -- {tests...}"
    )
    .run()?;
    Ok(())
}
