//! Runs on the field's own engine: whether what `twoviews export` writes does what Twoviews does.

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, say};
use crate::test::{CRATE, chosen};

/// Runs the tests that need PyTorch and lightly, and shows what they print: how far losses and weights are
/// apart, or which line installs what is missing.
pub(crate) fn run(project: &Project) -> Result<()> {
    say(
        "one step of every method on PyTorch and lightly, a run there and back, two processes beside one",
    );
    let packages = chosen(CRATE);
    let sh = &project.shell;
    let tests = ["--nocapture", "--test-threads", "1", "engines::"];
    cmd!(
        sh,
        "cargo test --locked {packages...} --test twoviews -- {tests...}"
    )
    .run()?;
    Ok(())
}
