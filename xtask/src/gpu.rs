//! The command line on a GPU of this machine.

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, say};

/// What these tests spend their minute in, and the dev profile mostly optimises more: with the GPU's features
/// all of it is compiled once more.
const LESS: [&str; 8] = [
    "burn-autodiff",
    "burn-backend",
    "burn-flex",
    "burn-std",
    "burn-tensor",
    "twoviews",
    "twoviews-images",
    "twoviews-kernels",
];

/// Builds the crate with its GPU path natively, and shows how far losses and a run are from those on the CPU.
pub(crate) fn run(project: &Project) -> Result<()> {
    say("the references of every loss, and a run of every method, on a native GPU beside the CPU");
    let sh = &project.shell;
    // The compilers of shaders are most of the build, and are hardly used.
    let _rest = sh.push_env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
    let less = LESS.iter().flat_map(|package| {
        let level = format!("profile.dev.package.{package}.opt-level=1");
        ["--config".to_string(), level]
    });
    let tests = ["--nocapture", "--test-threads", "1", "webgpu::"];
    cmd!(
        sh,
        "cargo test --locked {less...} --package twoviews --features webgpu --test twoviews -- {tests...}"
    )
    .run()?;
    Ok(())
}
