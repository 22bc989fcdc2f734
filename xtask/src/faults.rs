//! Faults that tests try, by kind: those that were survived, counted.

use std::collections::BTreeMap;

use serde_json::Value;

/// Modules of `tests/twoviews` whose tests each make something go wrong, and what.
const NATIVE: [(&str, &str); 4] = [
    ("refusals", "a command or setting that cannot be obeyed"),
    ("finite", "numbers that are not finite, or not there"),
    (
        "real_files",
        "files, folders and zips of public bug reports",
    ),
    ("restore", "weights or settings that do not fit"),
];

/// How often faults of a kind were survived.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Faults(BTreeMap<String, usize>);

impl Faults {
    fn add(&mut self, kind: &str, count: usize) {
        *self.0.entry(kind.to_owned()).or_default() += count;
    }

    /// Takes a line of `cargo test` into account.
    pub(crate) fn native(&mut self, line: &str) {
        let passed = line.strip_prefix("test ");
        let passed = passed.and_then(|rest| rest.strip_suffix(" ... ok"));
        let module = passed.and_then(|name| name.split_once("::"));
        let kind = module.and_then(|(module, _)| NATIVE.iter().find(|(name, _)| *name == module));
        if let Some((_, kind)) = kind {
            self.add(&format!("{kind} (command line and core)"), 1);
        }
    }

    /// Takes the tests of Playwright's report into account: a suite, and those within it.
    pub(crate) fn browser(&mut self, suite: &Value) {
        let list = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
        let specs = list(suite, "specs").into_iter();
        let tests = specs.flat_map(|spec| list(&spec, "tests"));
        for test in tests.filter(|test| test["status"] == "expected") {
            for note in list(&test, "annotations") {
                let told = note["description"]
                    .as_str()
                    .filter(|_| note["type"] == "fault");
                let told = told.and_then(|told| told.split_once(' '));
                if let Some((count, kind)) = told {
                    self.add(&format!("{kind} (page)"), count.parse().unwrap_or(0));
                }
            }
        }
        for within in list(suite, "suites") {
            self.browser(&within);
        }
    }

    pub(crate) fn print(&self) {
        if self.0.is_empty() {
            return;
        }
        println!("\nfaults tried and survived");
        for (kind, count) in &self.0 {
            println!("{count:>7}  {kind}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passed_was_survived() {
        let mut faults = Faults::default();
        for line in [
            "test refusals::null ... ok",
            "test refusals::text ... FAILED",
            "test session::a_run ... ok",
        ] {
            faults.native(line);
        }
        let test = |status: &str| {
            let note = serde_json::json!({"type": "fault", "description": "40 a broken message"});
            serde_json::json!({"status": status, "annotations": [note]})
        };
        let specs = serde_json::json!([{"tests": [test("expected"), test("unexpected")]}]);
        faults.browser(&serde_json::json!({"suites": [{"specs": specs}]}));
        let told: Vec<_> = faults
            .0
            .iter()
            .map(|(kind, count)| (&**kind, *count))
            .collect();
        let refused = "a command or setting that cannot be obeyed (command line and core)";
        assert_eq!(told, [("a broken message (page)", 40), (refused, 1)]);
    }
}
