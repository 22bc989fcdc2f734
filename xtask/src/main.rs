//! `cargo xtask`: every command of this project's developers.

mod bench;
mod browser;
mod learn;
mod page;
mod project;
mod serve;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

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
        #[command(flatten)]
        cores: Cores,
    },
    /// Builds what has changed: `www/dist`, a folder that any web server can serve.
    Build(Cores),
    /// Runs every check and test, after installing what they need; or only those asked for.
    Test(test::Only),
    /// Trains every method with three seeds on the built-in sets, as far as settings or code have
    /// changed, and writes `docs/learning.md`.
    Learn(learn::Only),
    /// Measures us and our peers side by side, in a real browser.
    Bench(bench::Options),
    /// Makes `docs/screenshot.png` from the real page.
    Screenshot,
    /// Makes `crates/wasm-post/seldom.txt`: what the page can reach and does not call.
    Seldom,
}

/// What the page can run on, besides WebGPU and one thread.
#[derive(Args)]
struct Cores {
    /// Several threads, for visitors whose browser isolates the page: a third compilation.
    #[arg(long)]
    threads: bool,
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
        Task::Serve { port, cores } => serve::run(&project, *port, cores.threads),
        Task::Build(cores) => {
            page::build(&project, cores.threads)?;
            page::print_sizes(&project)
        }
        Task::Test(only) => test::run(&project, only),
        Task::Learn(only) => learn::run(&project, only),
        Task::Bench(options) => bench::run(&project, options),
        Task::Screenshot => browser::screenshot(&project),
        Task::Seldom => browser::seldom(&project),
    }
}
