//! The benchmark: builds what is measured, and measures it in a real browser.

use anyhow::{Context, Result};
use clap::Args;
use xshell::cmd;

use crate::project::{Project, say};
use crate::serve::Server;
use crate::{browser, cores, page};

/// Where the benchmark is.
const FOLDER: &str = "tests/bench";

/// What to measure; all that is not slow, if nothing is said.
#[derive(Args)]
pub(crate) struct Options {
    /// Sections, with commas: step, methods, start, decode, augment, scale, two, map, growth, memory, foreseen.
    #[arg(long)]
    only: Option<String>,
    /// Peers of the step, with commas: ours-cpu, ours-threads, ours-webgpu, tfjs-wasm, tfjs-webgpu, jaxjs-wasm,
    /// jaxjs-webgpu, torch.
    #[arg(long)]
    peers: Option<String>,
    /// Timed steps and repetitions.
    #[arg(long)]
    rounds: Option<usize>,
    /// A folder of image files to decode instead of copies of the test images.
    #[arg(long)]
    images: Option<String>,
    /// Times peers whose step takes minutes on a software GPU too.
    #[arg(long)]
    slow: bool,
}

/// Measures and prints; fails if a section went wrong.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    page::build(project)?;
    cores::build_harness(project)?;
    cores::build_threaded_harness(project)?;
    let chrome = browser::prepare(project)?;
    page::install(project, FOLDER)?;
    let server = Server::start(project, 0)?;
    let rounds = options.rounds.map(|rounds| rounds.to_string());
    let given = [
        ("--only", &options.only),
        ("--peers", &options.peers),
        ("--rounds", &rounds),
        ("--images", &options.images),
    ];
    let given = given
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={value}")));
    let slow = options.slow.then_some("--slow");
    say("measuring; JSON lines go to tests/bench/out/bench.jsonl");
    let sh = &project.shell;
    let script = project.path(FOLDER).join("bench.mjs");
    let run = cmd!(sh, "node {script} {given...} {slow...}");
    browser::on_page(run, &chrome, &server)
        .run()
        .context("the benchmark failed")
}
