//! Every test, one stage after the other, and what they came to.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::faults::Faults;
use crate::project::Project;
use crate::tally::{Counts, Tally};
use crate::{browser, cores, page, wasm};

/// The crate and what it is made of, always chosen together: alone, its parts would have their dependencies
/// built once more, with fewer features.
pub(crate) const CRATE: &[&str] = &[
    "twoviews-images",
    "twoviews-session-file",
    "twoviews-kernels",
    "twoviews",
];

/// What is tested and linted natively, one group after the other: in one group, features that one
/// package asks for would rebuild the dependencies of the others.
pub(crate) const PACKAGES: [&[&str]; 3] = [&["twoviews-wasm-post"], CRATE, &["xtask"]];

/// Arguments of cargo that choose `packages`.
pub(crate) fn chosen<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let each = packages.iter();
    each.flat_map(|package| ["--package", package]).collect()
}

/// Which stages to run; all, if none is named.
#[derive(Args)]
pub(crate) struct Only {
    /// The tests that run natively.
    #[arg(long)]
    native: bool,
    /// The page: its modules, its build, its types, and the tests in a real browser.
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
    let all = !(only.native || only.browser);
    if all || only.native {
        tally.tests("native tests", |faults| {
            // Those of `twoviews-wasm-post` compile a program for it, and run it in Node.
            wasm::ensure_target(project)?;
            page::check_node(project)?;
            let mut total = Counts::default();
            for packages in PACKAGES {
                let (passed, failed) = cargo_test(project, packages, faults)?;
                total.passed += passed;
                total.failed += failed;
            }
            Ok(total)
        })?;
    }
    if all || only.browser {
        tally.tests("the page's modules", |_| page::test(project))?;
        tally.stage("build", || {
            page::build(project)?;
            page::print_sizes(project)?;
            cores::build_harness(project)
        })?;
        tally.stage("types of the page and its tests", || {
            page::npm(project, "www", "run --silent check")?;
            page::npm(project, browser::FOLDER, "run --silent check")
        })?;
        tally.tests("browser tests", |faults| browser::test(project, faults))?;
    }
    Ok(())
}

/// Runs the tests of packages; returns how many passed and failed.
fn cargo_test(project: &Project, packages: &[&str], faults: &mut Faults) -> Result<(usize, usize)> {
    let mut child = Command::new("cargo")
        .args(["test", "--locked", "--no-fail-fast"])
        .args(chosen(packages))
        .current_dir(&project.root)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let mut total = (0, 0);
    for line in BufReader::new(child.stdout.take().context("the output is a pipe")?).lines() {
        let line = line?;
        println!("{line}");
        faults.native(&line);
        if let Some((passed, failed)) = results(&line) {
            total = (total.0 + passed, total.1 + failed);
        }
    }
    let status = child.wait()?;
    ensure!(
        status.success() || total.1 > 0,
        "the tests of {packages:?} did not run to their end"
    );
    ensure!(total != (0, 0), "{packages:?} ran no test");
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
}
