//! Every check and test, one stage after the other, and what they came to.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use xshell::cmd;

use crate::project::Project;
use crate::{browser, deny, page, wasm};

/// What is tested and linted natively.
const PACKAGES: [&str; 3] = ["twoviews-images", "twoviews", "xtask"];

/// Which stages to run; all, if none is named.
#[derive(Args)]
pub(crate) struct Only {
    /// Format, lints and documentation.
    #[arg(long)]
    lint: bool,
    /// The tests that run natively.
    #[arg(long)]
    native: bool,
    /// The page: its types, its build, and the tests in a real browser.
    #[arg(long)]
    browser: bool,
}

/// Runs the stages, stops at the first that fails, and prints the totals either way.
pub(crate) fn run(project: &Project, only: &Only) -> Result<()> {
    let mut tally = Tally::default();
    let outcome = stages(project, only, &mut tally);
    tally.print();
    outcome
}

fn stages(project: &Project, only: &Only, tally: &mut Tally) -> Result<()> {
    let all = !(only.lint || only.native || only.browser);
    if all || only.lint {
        lint(project, tally)?;
    }
    if all || only.native {
        tally.tests("native tests", || {
            // One package at a time: together, features that one asks for would rebuild the other's
            // dependencies.
            let mut total = (0, 0);
            for package in PACKAGES {
                let (passed, failed) = cargo_test(project, package)?;
                total = (total.0 + passed, total.1 + failed);
            }
            Ok(total)
        })?;
    }
    if all || only.browser {
        tally.stage("build", || {
            page::build(project, true)?;
            page::print_sizes(project)?;
            wasm::build_references(project)
        })?;
        tally.stage("types of the page and its tests", || {
            page::npm(project, "www", "run --silent check")?;
            page::npm(project, browser::FOLDER, "run --silent check")
        })?;
        tally.tests("browser tests", || browser::test(project))?;
    }
    Ok(())
}

fn lint(project: &Project, tally: &mut Tally) -> Result<()> {
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
        for package in PACKAGES {
            cmd!(
                sh,
                "cargo clippy --package {package} --all-targets -- -D warnings"
            )
            .quiet()
            .run()?;
        }
        Ok(())
    })?;
    tally.stage("lints for the browser", || {
        wasm::ensure_target(project)?;
        let target = wasm::TARGET;
        // In release, so that build scripts and macros are those of the wasm we ship. The native
        // run has seen to names in prose, by a list that this folder's clippy.toml lacks.
        wasm::own_flags(cmd!(
            sh,
            "cargo clippy --release --package twoviews --lib --target {target} -- -D warnings -A clippy::doc_markdown"
        ))
        .env("CLIPPY_CONF_DIR", project.path("tests/wasm"))
        .quiet()
        .run()?;
        wasm::own_flags(cmd!(
            sh,
            "cargo clippy --release --package twoviews-images --features web --lib --target {target} -- -D warnings"
        ))
        .quiet()
        .run()?;
        Ok(())
    })?;
    tally.stage("dependencies", || deny::check(project))?;
    tally.stage("documentation", || {
        cmd!(
            sh,
            "cargo doc --package twoviews --package twoviews-images --no-deps --quiet"
        )
        .env("RUSTDOCFLAGS", "-D warnings")
        .quiet()
        .run()?;
        Ok(())
    })
}

/// Runs the tests of a package; returns how many passed and failed.
fn cargo_test(project: &Project, package: &str) -> Result<(usize, usize)> {
    let mut child = Command::new("cargo")
        .args(["test", "--package", package, "--no-fail-fast"])
        .current_dir(&project.root)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let mut total = (0, 0);
    for line in BufReader::new(child.stdout.take().context("the output is a pipe")?).lines() {
        let line = line?;
        println!("{line}");
        if let Some((passed, failed)) = results(&line) {
            total = (total.0 + passed, total.1 + failed);
        }
    }
    let status = child.wait()?;
    ensure!(
        status.success() || total.1 > 0,
        "the tests of {package} did not run to their end"
    );
    ensure!(total != (0, 0), "{package} ran no test");
    Ok(total)
}

/// Passed and failed of a line `test result: ok. 3 passed; 0 failed; ...`.
fn results(line: &str) -> Option<(usize, usize)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = counts.split("; ");
    let passed = counts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = counts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some((passed, failed))
}

/// What the stages came to.
#[derive(Default)]
struct Tally {
    stages: Vec<(&'static str, Duration)>,
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Runs and times a stage.
    fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = work();
        self.stages.push((name, start.elapsed()));
        outcome.with_context(|| format!("failed: {name}"))
    }

    /// As `stage`, for one that counts tests, of which none may fail.
    fn tests(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<(usize, usize)>,
    ) -> Result<()> {
        let (passed, failed) = self.stage(name, work)?;
        self.passed += passed;
        self.failed += failed;
        ensure!(failed == 0, "{name}: {failed} failed");
        Ok(())
    }

    fn print(&self) {
        println!();
        for (name, time) in &self.stages {
            println!("{:>7.1} s  {name}", time.as_secs_f64());
        }
        println!("{} passed, {} failed", self.passed, self.failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_cargo_test_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(results(line), Some((12, 3)));
        assert_eq!(
            results("test result: ok. 0 passed; 0 failed; 0 ignored"),
            Some((0, 0))
        );
        assert_eq!(results("test a ... ok"), None);
    }

    #[test]
    fn a_failed_stage_is_named_and_failed_tests_are_counted() {
        let mut tally = Tally::default();
        tally.tests("good", || Ok((2, 0))).unwrap();
        let error = tally.tests("bad", || Ok((3, 1))).unwrap_err();
        assert_eq!(error.to_string(), "bad: 1 failed");
        assert_eq!((tally.passed, tally.failed), (5, 1));
        let error = tally
            .stage("worse", || -> Result<()> { anyhow::bail!("why") })
            .unwrap_err();
        assert_eq!(format!("{error:#}"), "failed: worse: why");
    }
}
