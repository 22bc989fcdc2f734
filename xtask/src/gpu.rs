//! The command line on a GPU of this machine.

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, say};

/// The levels of what the dev profile optimises more: with the GPU's features all of it is compiled once more,
/// and these tests spend most of their minute in burn.
const LEVELS: [(&str, u8); 8] = [
    ("burn-autodiff", 1),
    ("burn-backend", 1),
    ("burn-flex", 1),
    ("burn-std", 1),
    ("burn-tensor", 1),
    ("image", 0),
    ("twoviews-images", 0),
    ("twoviews-kernels", 1),
];

/// Builds the crate with its GPU path natively, and shows how far losses and a run are from those on the CPU.
pub(crate) fn run(project: &Project) -> Result<()> {
    say("the references of every loss, and a run of every method, on a native GPU beside the CPU");
    let sh = &project.shell;
    // The compilers of shaders are most of the build, and are hardly used.
    let _rest = sh.push_env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
    let levels = LEVELS.iter().flat_map(|(package, level)| {
        let level = format!("profile.dev.package.{package}.opt-level={level}");
        ["--config".to_string(), level]
    });
    let tests = ["--nocapture", "--test-threads", "1", "webgpu::"];
    cmd!(
        sh,
        "cargo test --locked {levels...} --package twoviews --features webgpu --test twoviews -- {tests...}"
    )
    .run()?;
    Ok(())
}
