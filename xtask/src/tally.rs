//! Stages of a command, how long they took, and the tests in them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// What the stages came to.
#[derive(Default)]
pub(crate) struct Tally {
    stages: Vec<(&'static str, Duration)>,
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Runs and times a stage.
    pub(crate) fn stage<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = work();
        self.stages.push((name, start.elapsed()));
        outcome.with_context(|| format!("failed: {name}"))
    }

    /// As `stage`, for one that counts tests, of which none may fail.
    pub(crate) fn tests(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<(usize, usize)>,
    ) -> Result<()> {
        let (passed, failed) = self.stage(name, work)?;
        self.passed += passed;
        self.failed += failed;
        ensure!(failed == 0, "{name}: {failed} failed");
        Ok(())
    }

    pub(crate) fn print(&self) {
        println!();
        for (name, time) in &self.stages {
            println!("{:>7.1} s  {name}", time.as_secs_f64());
        }
        // A command without tests has none to count.
        if self.passed + self.failed > 0 {
            println!("{} passed, {} failed", self.passed, self.failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_is_named_and_failed_tests_are_counted() {
        let mut tally = Tally::default();
        tally.tests("good", || Ok((2, 0))).unwrap();
        let error = tally.tests("bad", || Ok((3, 1))).unwrap_err();
        assert_eq!(error.to_string(), "bad: 1 failed");
        assert_eq!((tally.passed, tally.failed), (5, 1));
        let error = tally
            .stage("worse", || -> Result<()> { anyhow::bail!("why") })
            .unwrap_err();
        assert_eq!(format!("{error:#}"), "failed: worse: why");
    }
}
