//! The list of functions that are seldom called, made of a profile of which were.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use crate::list::without_hashes;

/// Functions of this crate are never listed, nor what is made of them: they change daily.
const OWN: &str = "twoviews";

/// A line stands for at least so many instructions: what is smaller may be inlined tomorrow, and the
/// line would be stale.
const WORTH: usize = 1_000;

/// Rust's own crates.
const RUST: [&str; 4] = ["alloc", "compiler_builtins", "core", "std"];

const REMARK: &str = "\
# Made by `cargo xtask seldom`, which trains every method: what the names of functions begin with that the
# core with WebGPU can reach, but were not called. They go into a file of their own (src/split.rs), but
# for those of our own crate. One that is called after all costs a visitor a request.
";

/// A function of a profile.
struct Function {
    called: bool,
    size: usize,
    name: String,
}

/// The list for a profile: of each function whether it was called (1 or 0), its instructions and its
/// name, a line each.
pub fn list(profile: &str) -> Result<String> {
    let functions = profile.lines().map(|line| {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().with_context(|| format!("no profile: {line}"));
        Ok(Function {
            called: part()? == "1",
            size: part()?.parse()?,
            name: without_hashes(part()?),
        })
    });
    let functions = functions.collect::<Result<Vec<_>>>()?;
    let stays = |function: &&Function| function.called || function.name.contains(OWN);
    let staying: BTreeSet<&str> = functions
        .iter()
        .filter(stays)
        .map(|function| function.name.as_str())
        .collect();
    let is_quiet = |start: &&str| {
        let next = staying.range(*start..).next();
        !next.is_some_and(|name| name.starts_with(start))
    };
    let mut lines = BTreeMap::new();
    for function in functions.iter().filter(|function| !stays(function)) {
        if let Some(start) = starts(&function.name).find(is_quiet) {
            *lines.entry(start).or_insert(0) += function.size;
        }
    }
    let mut text = REMARK.to_owned();
    let mut last = None;
    for (line, size) in lines {
        let is_covered = last.is_some_and(|last| line.starts_with(last));
        if size >= WORTH && !is_covered {
            text.push_str(line);
            text.push('\n');
            last = Some(line);
        }
    }
    Ok(text)
}

/// Beginnings of a name that stand for something of one crate: modules, types, traits; the whole name at
/// last. There is none without a crate beside Rust's own, which may be generic code of ours.
fn starts(name: &str) -> impl Iterator<Item = &str> {
    let ends = ["::", "<", " as ", " for "];
    let mut places: Vec<usize> = ends
        .iter()
        .flat_map(|end| name.match_indices(end).map(|(at, _)| at + end.len()))
        .collect();
    places.push(name.len());
    places.sort_unstable();
    let least = crate_end(name).unwrap_or(usize::MAX);
    let places = places.into_iter().filter(move |place| *place >= least);
    places.map(|place| &name[..place])
}

/// Where in a name the first crate ends that is not one of Rust's.
fn crate_end(name: &str) -> Option<usize> {
    let is_of_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
    let mut start = 0;
    for path in name.split_inclusive(|character| !is_of_path(character)) {
        if let Some((first, _)) = path.split_once("::")
            && !first.is_empty()
            && !RUST.contains(&first)
        {
            return Some(start + first.len() + "::".len());
        }
        start += path.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(profile: &str) -> Vec<String> {
        let text = list(profile).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn a_line_is_the_shortest_beginning_that_nothing_called_has() {
        let profile = "\
1 10 burn::run::h0123456789abcdef
0 900 burn::quant::pack::h0123456789abcdef
0 900 burn::quant::unpack::{{closure}}::h0123456789abcdef[1]
0 5000 burn::run_back::h0123456789abcdef
0 5000 <burn::Tensor as cubek::Launch>::launch::h0123456789abcdef
1 10 <burn::Tensor as core::fmt::Debug>::fmt::h0123456789abcdef
0 2000 cubek::a::h0123456789abcdef
0 2000 cubek::b::h0123456789abcdef
";
        let lines = [
            "<burn::Tensor as cubek::",
            "burn::quant::",
            "burn::run_back",
            "cubek::",
        ];
        assert_eq!(listed(profile), lines);
    }

    #[test]
    fn what_names_no_crate_but_of_rust_stays() {
        let profile = "\
0 5000 <&T as core::fmt::Debug>::fmt::h0123456789abcdef
0 5000 core[c5930c85a12de822]::num::flt2dec::format_shortest
0 5000 alloc::vec::Vec<T,A>::push::h0123456789abcdef
0 5000 core::ptr::drop_in_place<alloc::vec::Vec<image::Error>>::h0123456789abcdef
";
        let lines = ["core::ptr::drop_in_place<alloc::vec::Vec<image::"];
        assert_eq!(listed(profile), lines);
    }

    #[test]
    fn another_instance_of_what_is_called_stays() {
        let profile = "\
1 10 alloc::vec::Vec<T,A>::push::h0123456789abcdef
0 5000 alloc::vec::Vec<T,A>::push::hfedcba9876543210
";
        assert!(listed(profile).is_empty());
    }

    #[test]
    fn neither_our_own_functions_nor_small_ones_are_listed() {
        let profile = "\
0 5000 twoviews::kernels::run::h0123456789abcdef
0 5000 core::ptr::drop_in_place<twoviews::Run>::h0123456789abcdef
0 999 burn::small::h0123456789abcdef
";
        assert!(listed(profile).is_empty());
    }

    #[test]
    fn what_is_no_profile_is_an_error() {
        assert!(list("1 10").is_err());
        assert!(list("1 many burn::run").is_err());
    }
}
