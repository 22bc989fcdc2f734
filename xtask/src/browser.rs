//! Real browsers: finding them, and running Playwright.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use xshell::{Cmd, cmd};

use crate::cores;
use crate::faults::Faults;
use crate::page;
use crate::project::{Project, say};
use crate::serve::Server;
use crate::tally::Counts;
use crate::wasm::target_folder;

/// Where the browser tests are.
pub(crate) const FOLDER: &str = "tests/browser";

/// A program that tests need.
struct Program {
    /// The environment variable that names it, to us and to the tests.
    variable: &'static str,
    commands: &'static [&'static str],
    /// The package of Debian that has it.
    package: &'static str,
}

const CHROME: Program = Program {
    variable: "CHROME",
    commands: &[
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
    ],
    package: "chromium",
};

/// A browser of another engine, whose tests are skipped where it is missing.
struct Engine {
    /// Its name, and in small letters that of its project in `playwright.config.ts`.
    name: &'static str,
    programs: &'static [Program],
}

const ENGINES: [Engine; 2] = [
    Engine {
        name: "Firefox",
        programs: &[Program {
            variable: "FIREFOX",
            commands: &["firefox-esr", "firefox"],
            package: "firefox-esr",
        }],
    },
    Engine {
        name: "WebKit",
        programs: &[
            Program {
                variable: "WEBKIT_DRIVER",
                commands: &["WebKitWebDriver"],
                package: "webkit2gtk-driver",
            },
            Program {
                variable: "XVFB",
                commands: &["Xvfb"],
                package: "xvfb",
            },
        ],
    },
];

/// Runs the browser tests on the page as it is built, in every engine there is.
pub(crate) fn test(project: &Project, faults: &mut Faults) -> Result<Counts> {
    let others = ENGINES.iter().flat_map(|engine| engine.programs);
    let chrome = prepare_with(project, others)?;
    let server = Server::start(project, 0)?;
    let report = project.path("tests/browser/out/report.json");
    let _ = fs::remove_file(&report);
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(FOLDER));
    let mut run = on_page(
        cmd!(sh, "npx --no-install playwright test"),
        &chrome,
        &server,
    );
    // The native tests have built it: a session goes there and back.
    let program = target_folder(project)?.join("debug/twoviews");
    if program.exists() {
        run = run.env("TWOVIEWS_CLI", program);
    }
    let mut missing = Vec::new();
    for engine in &ENGINES {
        for program in engine.programs {
            if let Some(path) = program.find()? {
                run = run.env(program.variable, path);
            } else {
                say(&format!(
                    "no {} on the PATH, so the tests in {} are skipped: install Debian's {} or the like, or name it in {}",
                    program.commands[0], engine.name, program.package, program.variable
                ));
                missing.push(engine.name.to_lowercase());
            }
        }
    }
    let run = run.run();
    let report = fs::read_to_string(&report).context("Playwright wrote no report")?;
    let report = serde_json::from_str(&report)?;
    faults.browser(&report);
    let counts = counts(&report, &missing)?;
    if counts.failed == 0 {
        run.context("every browser test has passed, and still Playwright failed")?;
    }
    Ok(counts)
}

/// Which pictures of the page to take.
#[derive(clap::Args)]
pub(crate) struct Pictures {
    /// Folder they are put into
    #[arg(long, default_value = "docs/screenshots")]
    folder: String,
    /// Names of states; all without any
    only: Vec<String>,
}

/// Takes pictures of the page's main states, of those named or of all, into `folder`.
pub(crate) fn screenshots(project: &Project, Pictures { folder, only }: &Pictures) -> Result<()> {
    page::build(project)?;
    let chrome = prepare(project)?;
    let server = Server::start(project, 0)?;
    let folder = project.path(folder);
    fs::create_dir_all(&folder)?;
    say("training for the pictures: some minutes");
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(FOLDER));
    on_page(
        cmd!(sh, "node screenshots.mjs {folder} {only...}"),
        &chrome,
        &server,
    )
    .run()
    .context("no screenshots")?;
    say(&format!("they are in {}", folder.display()));
    Ok(())
}

/// Writes `crates/wasm-post/seldom.txt`: what the page does not call, whatever it does.
pub(crate) fn seldom(project: &Project) -> Result<()> {
    let chrome = prepare(project)?;
    let cores = page::build_first(project)?;
    let functions = cores.note()?;
    // The page is built anew next time, without what notes.
    page::forget(project);
    let server = Server::start(project, 0)?;
    say("training every method on WebGPU: some minutes");
    let profile = project.path("tests/browser/out/profile.txt");
    let sh = &project.shell;
    let _in = sh.push_dir(project.path(FOLDER));
    on_page(
        cmd!(sh, "node seldom.mjs {functions} {profile}"),
        &chrome,
        &server,
    )
    .run()
    .context("the functions called are not known")?;
    cores::write_seldom(project, &profile)
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
    prepare_with(project, [])
}

/// As `prepare`; says that `what` is skipped, and why, where there is no browser and none can be installed.
pub(crate) fn prepare_or_skip(project: &Project, what: &str) -> Result<Option<PathBuf>> {
    page::check_node(project)?;
    page::install(project, FOLDER)?;
    install_packages(project, [&CHROME])?;
    let chrome = chrome(project);
    if let Err(reason) = &chrome {
        say(&format!("skipped: {what}: {reason:#}"));
    }
    Ok(chrome.ok())
}

/// As `prepare`, and installs other programs where it can, all at once.
fn prepare_with<'a>(
    project: &Project,
    others: impl IntoIterator<Item = &'a Program>,
) -> Result<PathBuf> {
    page::check_node(project)?;
    page::install(project, FOLDER)?;
    install_packages(project, others.into_iter().chain([&CHROME]))?;
    let chrome = chrome(project)?;
    say(&format!("using the browser {}", chrome.display()));
    Ok(chrome)
}

fn chrome(project: &Project) -> Result<PathBuf> {
    if let Some(path) = CHROME.find()? {
        return Ok(path);
    }
    install_with_playwright(project)
        .context("no Chromium or Chrome on the PATH, and none could be installed: install one, or name one in CHROME")
}

impl Program {
    /// The one that its variable names, or else the first on the PATH.
    fn find(&self) -> Result<Option<PathBuf>> {
        if let Some(path) = env::var_os(self.variable) {
            let path = PathBuf::from(path);
            ensure!(
                path.is_file(),
                "{} names {}, which is no file",
                self.variable,
                path.display()
            );
            return Ok(Some(path));
        }
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(self.commands.iter().find_map(|name| {
            env::split_paths(&path)
                .map(|folder| folder.join(name))
                .find(|file| file.is_file())
        }))
    }
}

/// On Debian as root: the distribution's packages of the programs that are missing, which bring the
/// libraries they need.
fn install_packages<'a>(
    project: &Project,
    programs: impl IntoIterator<Item = &'a Program>,
) -> Result<()> {
    let mut packages = Vec::new();
    for program in programs {
        if program.find()?.is_none() {
            packages.push(program.package);
        }
    }
    let sh = &project.shell;
    let debian = fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let root = cmd!(sh, "id -u")
        .quiet()
        .ignore_stderr()
        .read()
        .is_ok_and(|id| id == "0");
    if packages.is_empty() || !(debian && root) {
        return Ok(());
    }
    say(&format!("installing of Debian: {}", packages.join(", ")));
    let install = cmd!(sh, "apt-get update")
        .quiet()
        .ignore_stdout()
        .run()
        .and_then(|()| {
            cmd!(
                sh,
                "apt-get install --yes --no-install-recommends {packages...}"
            )
            .env("DEBIAN_FRONTEND", "noninteractive")
            .quiet()
            .ignore_stdout()
            .run()
        });
    if let Err(error) = install {
        say(&format!("that failed: {error}"));
    }
    Ok(())
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

/// Counts the tests of Playwright's JSON report. One that passed only when tried again has failed.
/// One that did not run has failed too, but where the engine of its project is missing.
fn counts(report: &Value, missing: &[String]) -> Result<Counts> {
    let count = |key: &str| {
        report["stats"][key]
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .with_context(|| format!("Playwright's report has no stats.{key}"))
    };
    let skipped = skipped(report, missing);
    let idle = count("skipped")?
        .checked_sub(skipped)
        .context("Playwright's report has more skipped tests than it counts")?;
    Ok(Counts {
        passed: count("expected")?,
        failed: count("unexpected")? + count("flaky")? + idle,
        skipped,
    })
}

/// How many tests of some projects were skipped, in a suite and those within it.
fn skipped(suite: &Value, projects: &[String]) -> usize {
    let each = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
    let own = each(suite, "specs")
        .iter()
        .flat_map(|spec| each(spec, "tests"))
        .filter(|test| {
            test["status"] == "skipped" && projects.iter().any(|name| test["projectName"] == **name)
        })
        .count();
    let within = each(suite, "suites");
    own + within
        .iter()
        .map(|suite| skipped(suite, projects))
        .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_passed_at_once_counts_as_passed() {
        let report = json!({"stats": {"expected": 7, "unexpected": 1, "flaky": 2, "skipped": 3}});
        let found = counts(&report, &[]).unwrap();
        assert_eq!((found.passed, found.failed, found.skipped), (7, 6, 0));
        assert!(counts(&json!({}), &[]).is_err());
    }

    #[test]
    fn only_without_its_engine_may_a_test_be_skipped() {
        let report = json!({
            "suites": [{
                "specs": [{"tests": [{"projectName": "firefox", "status": "skipped"}]}],
                "suites": [{"specs": [
                    {"tests": [{"projectName": "firefox", "status": "skipped"}]},
                    {"tests": [{"projectName": "firefox", "status": "expected"}]},
                    {"tests": [{"projectName": "webkit", "status": "skipped"}]}
                ]}]
            }],
            "stats": {"expected": 1, "unexpected": 0, "flaky": 0, "skipped": 3}
        });
        let of = |missing: &[&str]| {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let found = counts(&report, &missing).unwrap();
            (found.passed, found.failed, found.skipped)
        };
        assert_eq!(of(&[]), (1, 3, 0));
        assert_eq!(of(&["firefox"]), (1, 1, 2));
        assert_eq!(of(&["firefox", "webkit"]), (1, 0, 3));
    }
}
