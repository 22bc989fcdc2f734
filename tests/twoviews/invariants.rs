//! What ARCHITECTURE.md promises of the source text.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use twoviews::evaluation::readings::READINGS;
use twoviews::methods::METHODS;

fn files(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, extensions: &[&str], found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("a folder of the project") {
            let path = entry.expect("a listing").path();
            if path.is_dir() {
                walk(&path, extensions, found);
            } else if path
                .extension()
                .is_some_and(|e| extensions.iter().any(|x| e == *x))
            {
                let text = fs::read_to_string(&path).expect("source is text");
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    let root = PathBuf::from(folder);
    walk(&root, extensions, &mut found);
    assert!(!found.is_empty(), "{folder} has sources");
    found
}

#[test]
fn only_web_names_javascript() {
    let all = [
        "src",
        "crates/images/src",
        "crates/kernels/src",
        "crates/session-file/src",
    ];
    let all = all.map(|folder| files(folder, &["rs"]));
    for (path, text) in all.into_iter().flatten() {
        if path
            .components()
            .any(|part| part.as_os_str().to_string_lossy().starts_with("web"))
        {
            continue;
        }
        for name in ["wasm_bindgen", "js_sys", "web_sys"] {
            let used = text
                .lines()
                .any(|line| line.contains(name) && !line.trim().starts_with("//"));
            assert!(!used, "{} names {name}", path.display());
        }
    }
}

#[test]
fn the_page_knows_no_method_by_name() {
    for (path, text) in files("www/src", &["ts", "svelte", "css", "html"]) {
        if path.components().any(|part| part.as_os_str() == "wasm") {
            continue;
        }
        let text = text.to_lowercase();
        for entry in METHODS {
            for name in [entry.card.id, &entry.card.title.to_lowercase()] {
                assert!(!has_word(&text, name), "{} names {name}", path.display());
            }
        }
    }
}

/// Ids of readings are words of every day, so what counts is one in quotes or behind a dot.
#[test]
fn the_page_knows_no_reading_by_name() {
    for (path, text) in files("www/src", &["ts", "svelte"]) {
        if path.components().any(|part| part.as_os_str() == "wasm") {
            continue;
        }
        for id in READINGS.iter().map(|reading| reading.card.id) {
            let quoted = ['"', '\'', '`'].map(|quote| format!("{quote}{id}{quote}"));
            let field = format!(".{id}");
            let mut after = text.split(&field).skip(1);
            let named = quoted.iter().any(|name| text.contains(name))
                || after.any(|rest| !rest.starts_with(char::is_alphanumeric));
            assert!(!named, "{} names {id}", path.display());
        }
    }
}

/// Whether `word` stands in the text, and not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric();
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(letter) && !text[at + word.len()..].starts_with(letter)
    })
}

#[test]
fn a_word_is_no_part_of_another() {
    assert!(has_word("if (id === \"cpc\")", "cpc") && has_word("cpc_knob", "cpc"));
    assert!(!has_word("ticonderoga", "tico") && !has_word("abcpc cpcs", "cpc"));
}

/// The rooms of `src/`, from what stands on all others to what stands on none.
const ROOMS: [&str; 11] = [
    "platform",
    "session",
    "protocol",
    "evaluation",
    "methods",
    "training",
    "network",
    "data",
    "settings",
    "rng",
    "error",
];

/// The rooms that a line of a file of `room` names by `crate::` or `super::`; `depth` is how many
/// modules the file's own lies below the crate's.
fn named(line: &str, depth: usize) -> impl Iterator<Item = &str> {
    let of_crate = line.split("crate::").skip(1);
    let of_super = line.split_inclusive("super::").collect::<Vec<_>>();
    let mut climbed = 0;
    let mut found = Vec::new();
    for (part, next) in of_super.iter().zip(of_super.iter().skip(1)) {
        climbed = if *part == "super::" { climbed + 1 } else { 1 };
        if climbed == depth {
            found.push(*next);
        }
    }
    of_crate.chain(found).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn a_room_uses_only_those_below_it() {
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room);
    let src = PathBuf::from("src");
    let mut climbs = Vec::new();
    for (path, text) in files("src", &["rs"]) {
        let inside = path.strip_prefix(&src).expect("a file of src");
        let mut module: Vec<_> = inside
            .with_extension("")
            .iter()
            .map(OsStr::to_owned)
            .collect();
        module.pop_if(|last| last == "mod");
        let room = module[0].to_string_lossy().into_owned();
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let own = rank(&room).unwrap_or_else(|| panic!("src/{room} is not in the list of rooms"));
        for line in text.lines().filter(|line| !line.trim().starts_with("//")) {
            let grouped = line.contains("crate::{");
            assert!(!grouped, "{room}: one room a line can be read: {line}");
            for other in named(line, module.len()) {
                if rank(other).is_some_and(|other| other < own) {
                    climbs.push(format!("src/{}: {}", inside.display(), line.trim()));
                }
            }
        }
    }
    assert!(climbs.is_empty(), "these climb:\n{}", climbs.join("\n"));
}

#[test]
fn a_path_is_read_as_the_compiler_reads_it() {
    let rooms = |line, depth| named(line, depth).collect::<Vec<_>>();
    assert_eq!(rooms("use crate::data::{Bytes, batch};", 2), ["data"]);
    assert_eq!(
        rooms("fn f(x: crate::rng::Rng) -> crate::error::Error", 2),
        ["rng", "error"]
    );
    assert_eq!(rooms("use super::super::session::State;", 2), ["session"]);
    assert_eq!(rooms("use super::batch;", 2), Vec::<&str>::new());
    assert_eq!(rooms("use super::session::State;", 1), ["session"]);
}

#[test]
fn randomness_comes_from_rng_alone() {
    let all = ["src", "crates/kernels/src"].map(|folder| files(folder, &["rs"]));
    for (path, text) in all.into_iter().flatten() {
        for name in ["Tensor::random", "random_like", ".seed(", "Distribution::"] {
            let used = text
                .lines()
                .any(|line| line.contains(name) && !line.trim().starts_with("//"));
            assert!(
                !used || path.ends_with("src/rng.rs"),
                "{} uses {name}",
                path.display()
            );
        }
    }
}

#[test]
fn methods_do_not_see_labels_optimisers_or_each_other() {
    for (path, text) in files("src/methods", &["rs"]) {
        if path.ends_with("mod.rs") {
            continue;
        }
        for name in [
            "data::",
            "optim::",
            "learner",
            "protocol",
            "crate::methods",
            "super::",
        ] {
            let code = text.split("#[cfg(test)]").next().expect("some text");
            // Of the images a method sees views, and of the optimiser how it groups parameters.
            let code = code.replace("data::augment", "");
            assert!(!code.contains(name), "{} names {name}", path.display());
        }
    }
}

#[test]
fn files_stay_short() {
    for folder in [
        "src",
        "crates/images/src",
        "crates/kernels/src",
        "crates/session-file/src",
        "crates/wasm-post/src",
        "tests/twoviews",
        "xtask/src",
        "www/src",
    ] {
        for (path, text) in files(folder, &["rs", "ts", "svelte"]) {
            // What is generated is not read.
            let generated = path.ends_with("www/src/protocol.ts")
                || path.components().any(|part| part.as_os_str() == "wasm");
            if generated {
                continue;
            }
            let lines = text.lines().count();
            assert!(lines <= 400, "{}: {lines} lines", path.display());
        }
    }
}
