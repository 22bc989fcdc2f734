//! The page in a real browser for as long as it takes a leak to show.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::browser::{FOLDER, on_page, prepare_or_skip};
use crate::page;
use crate::project::{Project, say};
use crate::serve::Server;

/// How long to use the page, and for what.
#[derive(clap::Args)]
pub(crate) struct Soak {
    /// Rounds of use, at least 40
    #[arg(long, default_value_t = 50)]
    rounds: usize,
    /// Has the page hold more after each round, on purpose: that has to be found
    #[arg(long)]
    leak: bool,
    /// Parts: visit, reloads, webgpu, backends; all without any
    only: Vec<String>,
}

/// Uses the page again and again, and fails if memory, storage or buffers of the GPU keep growing.
pub(crate) fn run(project: &Project, Soak { rounds, leak, only }: &Soak) -> Result<()> {
    let Some(chrome) = prepare_or_skip(project, "the soak")? else {
        return Ok(());
    };
    page::build(project)?;
    let server = Server::start(project, 0)?;
    say("using the page again and again: a quarter of an hour for all parts");
    let sh = &project.shell;
    let rounds = rounds.to_string();
    let leak = leak.then_some("leak");
    let _in = sh.push_dir(project.path(FOLDER));
    on_page(
        cmd!(sh, "node soak.mjs {rounds} {leak...} {only...}"),
        &chrome,
        &server,
    )
    .run()
    .context("what the page holds does not stay flat")
}
