//! A real browser: finding one, and running Playwright in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xshell::{Cmd, cmd};

use crate::page;
use crate::project::{Project, say};
use crate::serve::Server;
use crate::wasm;

/// Where the browser tests are.
pub(crate) const FOLDER: &str = "tests/browser";

/// What commands that start the browsers we can use are called.
const COMMANDS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Runs the browser tests on the page as it is built; returns how many passed and failed.
pub(crate) fn test(project: &Project) -> Result<(usize, usize)> {
    let chrome = prepare(project)?;
    let server = Server::start(project, 0)?;
    let report = project.path("tests/browser/out/report.json");
    let _ = fs::remove_file(&report);
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(FOLDER));
    let run = on_page(
        cmd!(sh, "npx --no-install playwright test"),
        &chrome,
        &server,
    )
    .run();
    let report = fs::read_to_string(&report).context("Playwright wrote no report")?;
    let counts = counts(&report)?;
    if counts.1 == 0 {
        run.context("every browser test has passed, and still Playwright failed")?;
    }
    Ok(counts)
}

/// Makes `docs/screenshot.png`.
pub(crate) fn screenshot(project: &Project) -> Result<()> {
    page::build(project, false)?;
    let chrome = prepare(project)?;
    let server = Server::start(project, 0)?;
    let picture = project.path("docs/screenshot.png");
    say("training on shapes for the picture: about a minute");
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(FOLDER));
    on_page(cmd!(sh, "node screenshot.mjs {picture}"), &chrome, &server)
        .run()
        .context("no screenshot")?;
    say(&format!("made {}", picture.display()));
    Ok(())
}

/// Makes the list of functions that the page seldom calls, by doing on WebGPU all that it can.
pub(crate) fn seldom(project: &Project) -> Result<()> {
    page::build(project, false)?;
    let functions = wasm::build_noting(project)?;
    page::bundle(project)?;
    let chrome = prepare(project)?;
    let server = Server::start(project, 0)?;
    let profile = project.path("tests/browser/out/profile.txt");
    say("training every method on WebGPU: some minutes");
    let sh = &project.shell;
    let run = {
        let _in = sh.push_dir(project.path(FOLDER));
        let command = cmd!(sh, "node seldom.mjs {functions} {profile}");
        on_page(command, &chrome, &server).run()
    };
    run.context("the functions called are not known")?;
    wasm::list_seldom(project, &profile)?;
    page::build(project, false)
}

/// A command that looks at the page, as it is served, in a browser.
pub(crate) fn on_page<'a>(command: Cmd<'a>, chrome: &Path, server: &Server) -> Cmd<'a> {
    command
        .env("CHROME", chrome)
        .env("TWOVIEWS_URL", &server.url)
        .quiet()
}

/// Installs Playwright and finds or installs a browser for it.
pub(crate) fn prepare(project: &Project) -> Result<PathBuf> {
    page::check_node(project)?;
    page::install(project, FOLDER)?;
    let chrome = chrome(project)?;
    say(&format!("using the browser {}", chrome.display()));
    Ok(chrome)
}

fn chrome(project: &Project) -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROME") {
        let path = PathBuf::from(path);
        ensure!(
            path.is_file(),
            "CHROME names {}, which is no file",
            path.display()
        );
        return Ok(path);
    }
    if let Some(path) = on_path() {
        return Ok(path);
    }
    install_package(project);
    if let Some(path) = on_path() {
        return Ok(path);
    }
    install_with_playwright(project)
        .context("no Chromium or Chrome on the PATH, and none could be installed: install one, or name one in CHROME")
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    COMMANDS.iter().find_map(|name| {
        env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    })
}

/// On Debian as root: the distribution's Chromium, which brings the libraries it needs.
fn install_package(project: &Project) {
    let sh = &project.shell;
    let debian = fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let root = cmd!(sh, "id -u")
        .quiet()
        .ignore_stderr()
        .read()
        .is_ok_and(|id| id == "0");
    if !(debian && root) {
        return;
    }
    say("installing Debian's package chromium");
    let install = cmd!(sh, "apt-get update")
        .quiet()
        .ignore_stdout()
        .run()
        .and_then(|()| {
            cmd!(sh, "apt-get install --yes --no-install-recommends chromium")
                .env("DEBIAN_FRONTEND", "noninteractive")
                .quiet()
                .ignore_stdout()
                .run()
        });
    if let Err(error) = install {
        say(&format!("that failed: {error}"));
    }
}

fn install_with_playwright(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(FOLDER));
    say("downloading Playwright's Chromium");
    cmd!(
        sh,
        "npx --no-install playwright install --no-shell chromium"
    )
    .quiet()
    .run()?;
    let script =
        "import { chromium } from '@playwright/test'; console.log(chromium.executablePath())";
    let path = PathBuf::from(
        cmd!(sh, "node --input-type=module --eval {script}")
            .quiet()
            .read()?,
    );
    if !path.is_file() {
        bail!("Playwright has installed no {}", path.display());
    }
    Ok(path)
}

/// Tests passed and failed, of Playwright's JSON report. A test that passed only when tried
/// again has failed; one that did not run counts as failed too.
fn counts(report: &str) -> Result<(usize, usize)> {
    let report: serde_json::Value = serde_json::from_str(report)?;
    let count = |key: &str| {
        report["stats"][key]
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .with_context(|| format!("Playwright's report has no stats.{key}"))
    };
    Ok((
        count("expected")?,
        count("unexpected")? + count("flaky")? + count("skipped")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passed_at_once_counts_as_passed() {
        let report = r#"{"stats": {"expected": 7, "unexpected": 1, "flaky": 2, "skipped": 3}}"#;
        assert_eq!(counts(report).unwrap(), (7, 6));
        assert!(counts("{}").is_err());
    }
}
