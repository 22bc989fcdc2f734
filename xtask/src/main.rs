//! `cargo xtask`: every command of this project's developers.

mod bench;
mod browser;
mod cores;
mod deny;
mod engines;
mod faults;
mod fuzz;
mod gpu;
mod learn;
mod lint;
mod notices;
mod page;
mod program;
mod project;
mod record;
mod serve;
mod soak;
mod tally;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;

/// Builds, serves and tests Twoviews.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds what has changed and serves the page on this machine.
    Serve {
        /// Port of the page's address.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Builds what has changed: `www/dist`, a folder that any web server can serve.
    Build,
    /// Runs every test, native and in real browsers, after installing what they need; or only those
    /// asked for.
    Test(test::Only),
    /// Format, lints, documentation, and the licences of what we use.
    Lint,
    /// Trains every method with three seeds on the built-in sets, as far as settings or code have
    /// changed, and writes `docs/learning.md`.
    Learn(learn::Only),
    /// The same for images that a learner brings: folders or zips, all of them and parts.
    Own(learn::Own),
    /// Measures the answers of the lessons with three seeds, as far as settings or code have changed, and
    /// writes `lessons/results.json` and `docs/lessons.md`.
    Lessons(learn::lessons::Only),
    /// Records the runs that the verdict is tested on into `tests/recorded`.
    Record(record::Only),
    /// Measures us and our peers side by side, in a real browser.
    Bench(bench::Options),
    /// Gives decoders, zips and labels bytes that nobody would think of, for a fixed time.
    Fuzz(fuzz::Options),
    /// Compares what `twoviews export` writes with Twoviews, where PyTorch and lightly are installed.
    Engines,
    /// Compares a native build on this machine's GPU with the CPU, where Vulkan, Metal or DX12 has a driver.
    Gpu,
    /// Takes pictures of the real page in its main states.
    Screenshots(browser::Pictures),
    /// Uses the page in a real browser for as long as it takes a leak to show, and fails if what it holds grows.
    Soak(soak::Soak),
    /// Writes the list of functions that the page seldom calls, from what it calls.
    Seldom,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let project = Project::find()?;
    match task {
        Task::Serve { port } => serve::run(&project, *port),
        Task::Build => {
            page::build(&project)?;
            page::print_sizes(&project)
        }
        Task::Test(only) => test::run(&project, only),
        Task::Lint => lint::run(&project),
        Task::Learn(only) => learn::run(&project, only),
        Task::Own(own) => learn::own(&project, own),
        Task::Lessons(only) => learn::lessons::run(&project, only),
        Task::Record(only) => record::run(&project, only),
        Task::Bench(options) => bench::run(&project, options),
        Task::Fuzz(options) => fuzz::run(&project, options),
        Task::Engines => engines::run(&project),
        Task::Gpu => gpu::run(&project),
        Task::Screenshots(which) => browser::screenshots(&project, which),
        Task::Soak(options) => soak::run(&project, options),
        Task::Seldom => browser::seldom(&project),
    }
}
