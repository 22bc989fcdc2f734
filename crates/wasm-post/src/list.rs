//! The list of functions that are seldom called: paths that are in their names.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Result, ensure};

/// Rust's own crates: generic code of theirs may be instantiated by anyone tomorrow.
const RUST: [&str; 4] = ["alloc", "compiler_builtins", "core", "std"];

/// Lines of a text, each a path; those that begin with `#` are remarks.
pub(crate) struct List<'a>(HashSet<&'a str>);

impl<'a> List<'a> {
    pub(crate) fn read(text: &'a str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter(|line| !line.is_empty()).collect())
    }

    /// Which of the functions of these names have a line among their [`paths`]; an error if a line matches
    /// none.
    pub(crate) fn choose<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<bool>> {
        let mut stale: BTreeSet<&str> = self.0.iter().copied().collect();
        let chosen = names.map(|name| {
            let paths = paths(name);
            let lines = paths.iter().filter_map(|path| self.0.get(path.as_str()));
            lines.map(|line| stale.remove(line)).count() > 0
        });
        let chosen = chosen.collect();
        ensure!(
            stale.is_empty(),
            "no function is of these lines of the list of those seldom called (`cargo xtask seldom` makes it \
             anew):\n{}",
            stale.into_iter().collect::<Vec<_>>().join("\n")
        );
        Ok(chosen)
    }
}

/// The paths in a function's name, of modules, types, traits and itself, and all prefixes of them. A
/// method is `Type::method` and `Trait::method`.
pub(crate) fn paths(name: &str) -> BTreeSet<String> {
    let name = without_hashes(name);
    let mut found = BTreeSet::new();
    for path in paths_within(&name) {
        let ends = path.match_indices("::").map(|(end, _)| end);
        found.extend(ends.chain([path.len()]).map(|end| path[..end].to_owned()));
    }
    if let Some((subject, method)) = method(&name) {
        let (ty, of_trait) = outer(subject, " as ").unwrap_or((subject, ""));
        for owner in [ty, of_trait] {
            if let Some(path) = paths_within(owner).next() {
                found.insert(format!("{path}::{method}"));
            }
        }
    }
    found
}

/// The full paths in a text, of crates that are not Rust's own.
fn paths_within(text: &str) -> impl Iterator<Item = &str> {
    let is_of_path = |character: char| character.is_alphanumeric() || "_:{}#".contains(character);
    text.split(move |character| !is_of_path(character))
        .map(|path| path.trim_end_matches(':'))
        .filter(|path| {
            path.split_once("::")
                .is_some_and(|(first, _)| !first.is_empty() && !RUST.contains(&first))
        })
}

/// Of a name `<subject>::method`, the two.
fn method(name: &str) -> Option<(&str, &str)> {
    let (subject, rest) = outer(name.strip_prefix('<')?, ">")?;
    let is_of_name = |character: char| character.is_alphanumeric() || character == '_';
    let rest = rest.strip_prefix("::")?;
    let end = rest.find(|character| !is_of_name(character));
    Some((subject, &rest[..end.unwrap_or(rest.len())])).filter(|(_, method)| !method.is_empty())
}

/// A text before and after the first `mark` that is within no angle brackets.
fn outer<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0;
    let mut before = ' ';
    for (place, character) in text.char_indices() {
        if depth == 0 && text[place..].starts_with(mark) {
            return Some((&text[..place], &text[place + mark.len()..]));
        }
        match character {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ => (),
        }
        before = character;
    }
    None
}

/// A name without what other code or another compiler would change: hashes of crates and of the
/// function, and the number by which wasm-bindgen tells functions of one name apart.
fn without_hashes(name: &str) -> String {
    let is_hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut kept = String::with_capacity(name.len());
    let mut left = name;
    while let Some((before, after)) = left.split_once('[') {
        kept.push_str(before);
        left = match after.split_once(']') {
            Some((hash, rest)) if hash.len() > 12 && is_hexadecimal(hash) => rest,
            Some((number, "")) if is_hexadecimal(number) => "",
            _ => {
                kept.push('[');
                after
            }
        };
    }
    kept.push_str(left);
    if let Some((path, hash)) = kept.rsplit_once("::h")
        && hash.len() == 16
        && is_hexadecimal(hash)
    {
        kept.truncate(path.len());
    }
    kept
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
                "<a[123456789abcdef]::B as c[fedcba9876543210]::D>::e[3]",
                "<a::B as c::D>::e",
            ),
            ("<[T; 4] as a::B>::hash", "<[T; 4] as a::B>::hash"),
        ] {
            assert_eq!(without_hashes(name), kept);
        }
    }

    #[test]
    fn a_name_has_the_paths_of_all_that_it_is_made_of() {
        let found = |name| paths(name).into_iter().collect::<Vec<_>>();
        assert_eq!(
            found("a::b::run::<c::D, core::E>::{closure#0}"),
            ["a", "a::b", "a::b::run", "c", "c::D"]
        );
        assert_eq!(
            found("<a::B<fn() -> f32> as c::D<e::F>>::run::<u8>"),
            [
                "a",
                "a::B",
                "a::B::run",
                "c",
                "c::D",
                "c::D::run",
                "e",
                "e::F"
            ]
        );
        assert!(found("<alloc::vec::Vec<f32> as core::ops::drop::Drop>::drop").is_empty());
    }

    #[test]
    fn functions_are_chosen_by_any_of_their_paths() {
        let list = List::read("# remark\na::b\n\nc::D::run");
        let names = [
            "a::b::x",
            "a::bc",
            "<e::F as c::D>::run",
            "<c::D>::walk",
            "core::drop::<a::b>",
        ];
        let chosen = list.choose(names.into_iter()).unwrap();
        assert_eq!(chosen, [true, false, true, false, true]);
    }

    #[test]
    fn lines_that_fit_nothing_are_told() {
        let error = List::read("a::b\ngone::x").choose(["a::b::c", "gone::xy"].into_iter());
        let error = error.unwrap_err().to_string();
        assert!(error.ends_with(":\ngone::x"), "{error}");
    }
}
