//! What is checked without running it.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::project::Project;
use crate::tally::Tally;
use crate::test::{CRATE, PACKAGES, chosen};
use crate::{browser, deny, page, wasm};

/// Runs the stages, and stops at the first that fails.
pub(crate) fn run(project: &Project) -> Result<()> {
    let mut tally = Tally::default();
    let outcome = stages(project, &mut tally);
    tally.print();
    outcome
}

fn stages(project: &Project, tally: &mut Tally) -> Result<()> {
    let sh = &project.shell;
    tally.stage("format", || {
        cmd!(sh, "cargo fmt --all --check")
            .quiet()
            .run()
            .context("`cargo fmt --all` would change these files")?;
        page::check_node(project)?;
        page::npm(project, "www", "run --silent lint")?;
        page::npm(project, browser::FOLDER, "run --silent lint")
    })?;
    tally.stage("lints", || {
        for packages in PACKAGES {
            let packages = chosen(packages);
            cmd!(
                sh,
                "cargo clippy --locked {packages...} --all-targets -- -D warnings"
            )
            .quiet()
            .run()?;
        }
        Ok(())
    })?;
    tally.stage("lints for the browser", || {
        wasm::ensure_target(project)?;
        let (target, profile) = (wasm::TARGET, wasm::PROFILE);
        // With its profile, so that build scripts and macros are those of the wasm we ship. The native
        // run has seen to names in prose, by a list that this folder's clippy.toml lacks.
        wasm::own_flags(cmd!(
            sh,
            "cargo clippy --locked --profile {profile} --package twoviews --package twoviews-kernels --lib --target {target} -- -D warnings -A clippy::doc_markdown"
        ))
        .env("CLIPPY_CONF_DIR", project.path("tests/harness"))
        .quiet()
        .run()?;
        for package in ["twoviews-images", "twoviews-session-file"] {
            wasm::own_flags(cmd!(
                sh,
                "cargo clippy --locked --profile {profile} --package {package} --features web --lib --target {target} -- -D warnings"
            ))
            .quiet()
            .run()?;
        }
        Ok(())
    })?;
    tally.stage("dependencies", || {
        deny::check(project)?;
        // What is fuzzed has a lock of its own, which no build looks at.
        cmd!(
            sh,
            "cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml"
        )
        .quiet()
        .ignore_stdout()
        .run()
        .context("`cargo metadata --manifest-path fuzz/Cargo.toml` would change fuzz/Cargo.lock")
    })?;
    tally.stage("documentation", || {
        let packages = chosen(CRATE);
        cmd!(sh, "cargo doc --locked {packages...} --no-deps --quiet")
            .env("RUSTDOCFLAGS", "-D warnings")
            .quiet()
            .run()?;
        Ok(())
    })
}
