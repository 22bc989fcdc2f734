//! The list of functions that are seldom called: what their names begin with.

use std::collections::BTreeSet;
use std::ops::Bound;

use anyhow::{Result, ensure};

/// Lines of a text, of which none begins with another; those that begin with `#` are remarks.
pub(crate) struct List<'a>(BTreeSet<&'a str>);

/// A function's name without what changes with the compiler or with other functions: hashes of crates and
/// of itself, and the number that wasm-bindgen gives to functions of one name.
pub(crate) fn without_hashes(name: &str) -> String {
    let is_hash =
        |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut kept = String::with_capacity(name.len());
    let mut left = name;
    while let Some((before, after)) = left.split_once('[') {
        kept.push_str(before);
        left = match after.split_once(']') {
            Some((inner, rest)) if is_hash(inner) || (is_number(inner) && rest.is_empty()) => rest,
            _ => {
                kept.push('[');
                after
            }
        };
    }
    kept.push_str(left);
    if let Some((path, hash)) = kept.rsplit_once("::h")
        && is_hash(hash)
    {
        kept.truncate(path.len());
    }
    kept
}

impl<'a> List<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let list = Self(lines.filter(|line| !line.is_empty()).collect());
        for (line, next) in list.0.iter().zip(list.0.iter().skip(1)) {
            ensure!(
                !next.starts_with(line),
                "the list of functions that are seldom called has both {line} and {next}: the first is enough"
            );
        }
        Ok(list)
    }

    /// Whether a name (see [`without_hashes`]) begins with a line.
    pub(crate) fn has(&self, name: &str) -> bool {
        // No other line can be between the one that it begins with and the name.
        let before = (Bound::Unbounded, Bound::Included(name));
        let line = self.0.range::<str, _>(before).next_back();
        line.is_some_and(|line| name.starts_with(line))
    }

    /// An error if no name begins with a line.
    pub(crate) fn ensure_fresh<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<()> {
        let names: BTreeSet<&str> = names.collect();
        let begins = |line: &&&str| {
            let name = names.range(**line..).next();
            name.is_some_and(|name| name.starts_with(**line))
        };
        let stale: Vec<&str> = self
            .0
            .iter()
            .filter(|line| !begins(line))
            .copied()
            .collect();
        ensure!(
            stale.is_empty(),
            "no function's name begins with these lines of the list of those seldom called (`cargo xtask seldom` \
             makes it anew):\n{}",
            stale.join("\n")
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_no_part_of_a_name() {
        for (name, kept) in [
            ("a::b::h0123456789abcdef", "a::b"),
            ("a::{{closure}}::h0123456789abcdef[12]", "a::{{closure}}"),
            (
                "<a[0123456789abcdef]::B as c[fedcba9876543210]::D>::e[3]",
                "<a::B as c::D>::e",
            ),
            ("<[T; 4] as a::B>::hash", "<[T; 4] as a::B>::hash"),
        ] {
            assert_eq!(without_hashes(name), kept);
        }
    }

    #[test]
    fn names_begin_with_lines() {
        let list = List::read("# remark\na::b::\n\na::bc\nz").unwrap();
        for name in ["a::b::c", "a::bc", "a::bcd", "zebra"] {
            assert!(list.has(name), "{name}");
        }
        for name in ["a::b", "a::c", "", "# remark", "b::a::bc"] {
            assert!(!list.has(name), "{name}");
        }
    }

    #[test]
    fn lines_that_fit_nothing_are_told() {
        let list = List::read("a::b\ngone::\nz").unwrap();
        assert!(
            list.ensure_fresh(["a::bcd", "gone::x", "z"].into_iter())
                .is_ok()
        );
        let error = list
            .ensure_fresh(["a::bcd", "gone", "y", "zz"].into_iter())
            .unwrap_err();
        assert!(error.to_string().ends_with(":\ngone::"), "{error}");
    }

    #[test]
    fn a_line_that_begins_with_another_is_refused() {
        assert!(List::read("a::\na::b").is_err());
    }
}
