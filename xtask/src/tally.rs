//! Stages of a command, how long they took, and the tests in them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::faults::Faults;

/// What became of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Those for which this machine lacks something.
    pub(crate) skipped: usize,
}

/// What the stages came to.
#[derive(Default)]
pub(crate) struct Tally {
    stages: Vec<(&'static str, Duration)>,
    tests: Option<Counts>,
    /// What the tests have made go wrong.
    pub(crate) faults: Faults,
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
        work: impl FnOnce(&mut Faults) -> Result<Counts>,
    ) -> Result<()> {
        let Counts {
            passed,
            failed,
            skipped,
        } = {
            let mut faults = std::mem::take(&mut self.faults);
            let outcome = self.stage(name, || work(&mut faults));
            self.faults = faults;
            outcome?
        };
        let total = self.tests.get_or_insert_default();
        total.passed += passed;
        total.failed += failed;
        total.skipped += skipped;
        ensure!(failed == 0, "{name}: {failed} failed");
        Ok(())
    }

    pub(crate) fn print(&self) {
        self.faults.print();
        println!();
        for (name, time) in &self.stages {
            println!("{:>7.1} s  {name}", time.as_secs_f64());
        }
        if let Some(Counts {
            passed,
            failed,
            skipped,
        }) = self.tests
        {
            println!("{passed} passed, {failed} failed, {skipped} skipped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_is_named_and_failed_tests_are_counted() {
        let mut tally = Tally::default();
        let counts = |passed, failed, skipped| Counts {
            passed,
            failed,
            skipped,
        };
        tally.tests("good", |_| Ok(counts(2, 0, 1))).unwrap();
        let error = tally.tests("bad", |_| Ok(counts(3, 1, 0))).unwrap_err();
        assert_eq!(error.to_string(), "bad: 1 failed");
        assert_eq!(tally.tests, Some(counts(5, 1, 1)));
        let error = tally
            .stage("worse", || -> Result<()> { anyhow::bail!("why") })
            .unwrap_err();
        assert_eq!(format!("{error:#}"), "failed: worse: why");
    }
}
