//! What ARCHITECTURE.md promises of the source text.

use std::fs;
use std::path::{Path, PathBuf};

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    walk(&root, extensions, &mut found);
    assert!(!found.is_empty(), "{folder} has sources");
    found
}

#[test]
fn only_web_names_javascript() {
    let all =
        ["src", "crates/images/src", "crates/kernels/src"].map(|folder| files(folder, &["rs"]));
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
                assert!(!text.contains(name), "{} names {name}", path.display());
            }
        }
    }
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
            "dataset",
            "optim::",
            "learner",
            "protocol",
            "crate::methods",
            "super::",
        ] {
            let code = text.split("#[cfg(test)]").next().expect("some text");
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
