//! `cargo xtask fuzz`: bytes that nobody would think of, for a fixed time.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use xshell::cmd;

use crate::page;
use crate::project::{Project, say};

/// What is fuzzed, the files that it begins with, and the features that it needs.
const TARGETS: [(&str, &str, &str); 6] = [
    ("decode", "tests/images", ""),
    ("zip", "fuzz/seeds/zip", ""),
    ("labels", "fuzz/seeds/labels", "core"),
    ("checkpoint", "fuzz/seeds/checkpoint", "core"),
    ("session", "fuzz/seeds/session", "core"),
    ("message", "fuzz/seeds/message", "core"),
];

/// What of the page is fuzzed, by its tests.
const PAGE: &str = "page";

/// Where inputs are kept that broke something: a test goes through them.
const KEPT: &str = "tests/images/broken";

/// How long, and what.
#[derive(Args)]
pub(crate) struct Options {
    /// Minutes for each target.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// `decode`, `zip`, `labels`, `checkpoint`, `session`, `message`, or `page`: its addresses, and what it takes
    /// of a session file. All without any.
    targets: Vec<String>,
}

/// Fuzzes; fails at the first input that breaks something, which it keeps.
pub(crate) fn run(project: &Project, Options { minutes, targets }: &Options) -> Result<()> {
    let known: Vec<&str> = TARGETS
        .iter()
        .map(|target| target.0)
        .chain([PAGE])
        .collect();
    if let Some(name) = targets.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("{name} is not fuzzed; these are: {}", known.join(", "));
    }
    let chosen = |name: &str| targets.is_empty() || targets.iter().any(|target| target == name);
    if chosen(PAGE) {
        fuzz_page(project, minutes * 60)?;
    }
    if TARGETS.iter().all(|target| !chosen(target.0)) {
        return Ok(());
    }
    let sh = &project.shell;
    ensure!(
        cmd!(sh, "cargo fuzz --version")
            .quiet()
            .ignore_stdout()
            .ignore_stderr()
            .run()
            .is_ok(),
        "cargo-fuzz is missing: cargo install --locked cargo-fuzz"
    );
    for target in TARGETS.into_iter().filter(|target| chosen(target.0)) {
        fuzz(project, target, minutes * 60)?;
    }
    Ok(())
}

/// Each of the page's own for so many seconds.
fn fuzz_page(project: &Project, seconds: u64) -> Result<()> {
    page::install(project, "www")?;
    say(&format!(
        "fuzzing the page for {} minutes each",
        seconds / 60
    ));
    let sh = &project.shell;
    let _in = sh.push_dir(project.path("www"));
    cmd!(sh, "npx --no-install vitest run tests/fuzz.spec.ts")
        .env("VITE_FUZZ_SECONDS", seconds.to_string())
        .run()
        .context("the page was broken; the test says by what")
}

fn fuzz(
    project: &Project,
    (name, seeds, features): (&str, &str, &str),
    seconds: u64,
) -> Result<()> {
    let corpus = project.path(&format!("fuzz/corpus/{name}"));
    fs::create_dir_all(&corpus)?;
    let artifacts = project.path(&format!("fuzz/artifacts/{name}"));
    let seeds = project.path(seeds);
    say(&format!("fuzzing {name} for {} minutes", seconds / 60));
    let sh = &project.shell;
    // libFuzzer's limits: a unit's seconds, many for a busy machine, and memory, as the page has for a file.
    let limits = ["-timeout=60", "-rss_limit_mb=3000", "-max_len=65536"];
    let time = format!("-max_total_time={seconds}");
    // Our code is safe Rust: no sanitizer is needed, and a pinned compiler is told to take the flags that
    // count coverage, which are unstable. A nightly one takes them too.
    let fuzzed = cmd!(
        sh,
        "cargo fuzz run --sanitizer none --features={features} {name} {corpus} {seeds} -- {time} {limits...}"
    )
    .env("RUSTC_BOOTSTRAP", "1")
    .run();
    if fuzzed.is_ok() {
        return Ok(());
    }
    let kept = keep(&artifacts, &project.path(KEPT), name)?;
    ensure!(kept > 0, "{name}: it could not be fuzzed");
    bail!(
        "{name}: {kept} inputs broke it; they are in {KEPT}, and `cargo test` fails until it is mended"
    )
}

/// Copies what broke a target to where tests find it; how many.
fn keep(artifacts: &Path, folder: &Path, name: &str) -> Result<usize> {
    let Ok(found) = fs::read_dir(artifacts) else {
        return Ok(0);
    };
    fs::create_dir_all(folder)?;
    let mut count = 0;
    for found in found {
        let found = found?;
        let file = found.file_name();
        let to = folder.join(format!("{name}-{}", file.to_string_lossy()));
        fs::copy(found.path(), &to).with_context(|| format!("cannot keep {}", to.display()))?;
        count += 1;
    }
    Ok(count)
}
