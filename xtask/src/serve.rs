//! The built page on this machine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::cores::{Core, LATER};
use crate::page;
use crate::project::{Project, say};

/// Builds what the page needs and serves it until interrupted; builds what may be faster meanwhile.
pub(crate) fn run(project: &Project, port: u16) -> Result<()> {
    check_free(port)?;
    let cores = page::build_first(project)?;
    let mut coming: Vec<&Core> = LATER.iter().filter(|core| !cores.has(core)).collect();
    cores.tell(&coming, &[])?;
    let mut server = Server::start(project, port)?;
    say("serving the page; Ctrl-C ends it");
    println!("\n  {}\n", server.url);
    let mut failed = Vec::new();
    while let Some(core) = coming.first().copied() {
        say(&format!(
            "compiling {} meanwhile: {}",
            core.name, core.takes
        ));
        let start = Instant::now();
        match cores.build(core, true) {
            Ok(()) => say(&format!(
                "{} is there after {} s; open pages take it up, or offer it",
                core.name,
                start.elapsed().as_secs()
            )),
            Err(error) => {
                eprintln!("error: {error:#}");
                say(&format!("the page goes on without {}", core.name));
                failed.push((core, format!("{error:#}")));
            }
        }
        coming.remove(0);
        cores.tell(&coming, &failed)?;
    }
    let status = server.child.wait()?;
    bail!("the server has ended ({status})")
}

/// Fails if the port is taken.
fn check_free(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        let other = if port == u16::MAX { port - 1 } else { port + 1 };
        format!(
            "port {port} is not free: end what uses it, or run `cargo xtask serve --port {other}`"
        )
    })?;
    Ok(())
}

/// A running server; it ends when this is dropped, and also when this process dies.
pub(crate) struct Server {
    child: Child,
    /// The server ends when this closes; `Child::wait` would close it.
    _input: Option<ChildStdin>,
    /// The page's address.
    pub(crate) url: String,
}

impl Server {
    /// Serves `www/dist` on loopback; port 0 is any free one.
    pub(crate) fn start(project: &Project, port: u16) -> Result<Self> {
        let mut child = Command::new("node")
            .args([
                "--input-type=module",
                "--eval",
                include_str!("preview.mjs"),
                &port.to_string(),
            ])
            .current_dir(project.path("www"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run node")?;
        let output = child
            .stdout
            .take()
            .context("the server's output is a pipe")?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url)?;
        let url = url.trim().to_string();
        let input = child.stdin.take();
        let server = Self {
            child,
            _input: input,
            url,
        };
        ensure!(
            server.url.starts_with("http://"),
            "the server did not start"
        );
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_told_with_the_remedy() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = check_free(port).unwrap_err().to_string();
        assert!(error.contains("--port"), "{error}");
        drop(taken);
        assert!(check_free(port).is_ok());
    }
}
