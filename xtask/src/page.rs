//! The page: its packages, and `www/dist`.

use std::fs;
use std::thread;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::cmd;

use crate::cores::{Core, Cores, FIRST, LATER};
use crate::notices;
use crate::project::{Project, fingerprint, once, say};
use crate::tally::Counts;

/// Says of what the page was built last.
const BUILT: &str = "www/node_modules/.built";

/// The oldest Node that Vite runs on.
const NODE: (u32, u32) = (20, 19);

/// Builds the page with every core, as far as they have changed.
pub(crate) fn build(project: &Project) -> Result<()> {
    let cores = build_first(project)?;
    for core in &LATER {
        announce(&cores, core);
        cores.build(core, false)?;
    }
    cores.tell(&[], &[])
}

/// Builds the page with the core that every page needs, as far as they have changed.
pub(crate) fn build_first(project: &Project) -> Result<Cores<'_>> {
    check_node(project)?;
    let cores = Cores::find(project)?;
    // Beside the core, whose last crates keep one processor busy.
    let id = cores.id.clone();
    let page = thread::spawn(move || bundle(&Project::find()?, &id));
    announce(&cores, &FIRST);
    cores.build_after(&FIRST, false, || page.join().expect("nothing in it panics"))?;
    Ok(cores)
}

/// Says that a core will be compiled, unless it is there.
fn announce(cores: &Cores, core: &Core) {
    if !cores.has(core) {
        say(&format!("compiling {}: {}", core.name, core.takes));
    }
}

/// Has the page built anew next time.
pub(crate) fn forget(project: &Project) {
    let _ = fs::remove_file(project.path(BUILT));
}

/// Builds the page around cores, by their id.
fn bundle(project: &Project, cores: &str) -> Result<()> {
    install(project, "www")?;
    let page = project.path("www");
    let sources = fingerprint(
        std::slice::from_ref(&page),
        &[
            "node_modules",
            "dist",
            ".svelte-kit",
            ".wuchale",
            "data.js",
            "cores",
            "tests",
        ],
    )?;
    let inputs = format!("{sources} {cores}");
    if !page.join("dist/index.html").exists() {
        forget(project);
    }
    once(&project.path(BUILT), &inputs, || {
        say("building the page");
        let sh = &project.shell;
        let _in = sh.push_dir(&page);
        cmd!(sh, "npm run --silent build -- --logLevel error")
            .quiet()
            .run()
            .context("the page does not build")?;
        notices::write(project, &page.join("dist"))
    })
}

/// Installs the npm packages of `folder` as its lock file says, unless they are installed.
pub(crate) fn install(project: &Project, folder: &str) -> Result<()> {
    let path = project.path(folder);
    let lock = fingerprint(&[path.join("package-lock.json")], &[])?;
    once(&path.join("node_modules/.installed"), &lock, || {
        say(&format!(
            "installing the npm packages of {folder}: a minute at most"
        ));
        let sh = &project.shell;
        let _in = sh.push_dir(&path);
        cmd!(
            sh,
            "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error"
        )
        .quiet()
        .run()
        .with_context(|| format!("npm cannot install the packages of {folder}"))
    })
}

/// Runs npm with `arguments` in `folder`, whose packages it installs first.
pub(crate) fn npm(project: &Project, folder: &str, arguments: &str) -> Result<()> {
    install(project, folder)?;
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(folder));
    let arguments = arguments.split(' ');
    cmd!(sh, "npm {arguments...}").quiet().run()?;
    Ok(())
}

/// Runs the tests of the page's modules, which need no browser and no core.
pub(crate) fn test(project: &Project) -> Result<Counts> {
    check_node(project)?;
    install(project, "www")?;
    let report = project.path("www/node_modules/.vitest/report.json");
    let _ = fs::remove_file(&report);
    let sh = &project.shell;
    let _in = sh.push_dir(project.path("www"));
    let run = cmd!(
        sh,
        "npm run --silent test -- --reporter=default --reporter=json --outputFile.json={report}"
    )
    .quiet()
    .run();
    let report = fs::read_to_string(&report).context("Vitest wrote no report")?;
    let counts = counts(&report)?;
    if counts.failed == 0 {
        run.context("no test of a module has failed, and still Vitest did")?;
    }
    Ok(counts)
}

/// Counts the tests of Vitest's JSON report. One that did not run has failed: nothing is missing here.
fn counts(report: &str) -> Result<Counts> {
    let report: Value = serde_json::from_str(report)?;
    let count = |key: &str| {
        report[key]
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .with_context(|| format!("Vitest's report has no {key}"))
    };
    let (total, passed) = (count("numTotalTests")?, count("numPassedTests")?);
    ensure!(total > 0, "Vitest ran no test");
    Ok(Counts {
        passed,
        failed: total.saturating_sub(passed),
        skipped: 0,
    })
}

/// Prints what a visitor downloads.
pub(crate) fn print_sizes(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let folder = project.path("www/dist");
    let script = include_str!("sizes.mjs");
    cmd!(sh, "node --input-type=module --eval {script} {folder}")
        .quiet()
        .run()?;
    Ok(())
}

/// Fails unless Node and npm are there and new enough.
pub(crate) fn check_node(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let remedy = format!(
        "install Node.js {}.{} or later (https://nodejs.org), which brings npm",
        NODE.0, NODE.1
    );
    let version = cmd!(sh, "node --version").quiet().ignore_stderr().read();
    let version = version
        .ok()
        .with_context(|| format!("node is missing: {remedy}"))?;
    let found =
        parse_version(&version).with_context(|| format!("node --version says {version:?}"))?;
    ensure!(
        found >= NODE,
        "node is {version}, which is too old: {remedy}"
    );
    let npm = cmd!(sh, "npm --version").quiet().ignore_stderr().read();
    npm.ok()
        .with_context(|| format!("npm is missing: {remedy}"))?;
    Ok(())
}

/// Major and minor number of `v20.19.0`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text
        .trim()
        .strip_prefix('v')?
        .split('.')
        .map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_whose_tests_did_not_run_has_failed() {
        let of = |total: usize, passed: usize| {
            let report =
                serde_json::json!({"numTotalTests": total, "numPassedTests": passed}).to_string();
            counts(&report).map(|found| (found.passed, found.failed, found.skipped))
        };
        assert_eq!(of(40, 40).unwrap(), (40, 0, 0));
        assert_eq!(of(40, 37).unwrap(), (37, 3, 0));
        assert!(of(0, 0).is_err());
        assert!(counts("{}").is_err());
    }

    #[test]
    fn versions_are_read_and_compared_by_number() {
        assert_eq!(parse_version("v20.19.5\n"), Some((20, 19)));
        assert!(parse_version("v20.9.0").unwrap() < NODE);
        assert!(parse_version("v22.1.0").unwrap() > NODE);
        assert_eq!(parse_version("20"), None);
    }
}
