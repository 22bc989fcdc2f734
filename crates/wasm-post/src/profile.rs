//! The list of functions that are seldom called, made of a profile of which were.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use anyhow::{Context, Result};

use crate::list::paths;

/// Functions of our own crates are never listed, nor generic functions instantiated with them: they
/// change daily.
const OWN: &str = "twoviews";

/// A line stands for at least so many instructions: a smaller function may be inlined after the next
/// change, and its line would be stale.
const WORTH: usize = 300;

const REMARK: &str = "\
# Made by `cargo xtask seldom`, which trains every method: paths in the names of functions that the core with
# WebGPU can reach, none of which was called. They go into a file of their own (src/split.rs). One that is
# called after all costs a visitor a request.
";

/// The list for a profile, which has a line for each function: whether it was called (1 or 0), its size
/// in instructions, its name. Greedy: always takes the path, of which nothing was called, that covers
/// most instructions not yet listed.
pub fn list(profile: &str) -> Result<String> {
    let mut lively = HashSet::new();
    let mut idle = Vec::new();
    for line in profile.lines() {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().with_context(|| format!("no profile: {line}"));
        let (called, size, name) = (part()?, part()?.parse::<usize>()?, part()?);
        if called == "1" || name.contains(OWN) {
            lively.extend(paths(name));
        } else {
            idle.push((size, name));
        }
    }
    let mut of: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, (_, name)) in idle.iter().enumerate() {
        for path in paths(name) {
            if !lively.contains(&path) {
                of.entry(path).or_default().push(index);
            }
        }
    }
    let mut left: Vec<usize> = idle.iter().map(|(size, _)| *size).collect();
    let holds =
        |path: &str, left: &[usize]| of[path].iter().map(|index| left[*index]).sum::<usize>();
    let candidate = |path, left: &[usize]| (holds(path, left), Reverse((path.len(), path)));
    let mut next: BinaryHeap<_> = of
        .keys()
        .map(|path| candidate(path.as_str(), &left))
        .collect();
    let mut lines = BTreeSet::new();
    while let Some((size, Reverse((_, path)))) = next.pop() {
        let now = candidate(path, &left);
        if now.0 < WORTH {
            continue;
        }
        if now.0 < size {
            next.push(now);
            continue;
        }
        lines.insert(path);
        for index in &of[path] {
            left[*index] = 0;
        }
    }
    let lines: Vec<&str> = lines.into_iter().collect();
    Ok(format!("{REMARK}{}\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(profile: &str) -> Vec<String> {
        let text = list(profile).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_line_is_the_shortest_path_of_which_nothing_was_called() {
        let profile = "\
1 10 burn::run::h0123456789abcdef
0 200 burn::quant::pack::h0123456789abcdef
0 200 burn::quant::unpack::{{closure}}::h0123456789abcdef[1]
0 2000 <burn::Tensor as cubek::Launch>::launch::h0123456789abcdef
1 10 <burn::Tensor as wgpu::Debug>::fmt
0 900 <burn::Tensor as wgpu::Debug>::print
0 2000 cubek::b::h0123456789abcdef
";
        let lines = ["burn::quant", "cubek", "wgpu::Debug::print"];
        assert_eq!(listed(profile), lines);
    }

    #[test]
    fn another_instance_of_what_is_called_stays() {
        let profile = "\
1 10 burn::Vec<T,A>::push::h0123456789abcdef
0 5000 burn::Vec<T,A>::push::hfedcba9876543210
";
        assert!(listed(profile).is_empty());
    }

    #[test]
    fn neither_our_own_functions_nor_small_ones_are_listed() {
        let profile = "\
0 5000 twoviews_kernels::run::h0123456789abcdef
0 5000 core::ptr::drop_in_place<twoviews::Run>::h0123456789abcdef
0 299 burn::small::h0123456789abcdef
";
        assert!(listed(profile).is_empty());
    }

    #[test]
    fn what_is_no_profile_is_an_error() {
        assert!(list("1 10").is_err());
        assert!(list("1 many burn::run").is_err());
    }
}
