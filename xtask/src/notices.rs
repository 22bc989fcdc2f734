//! `THIRD-PARTY-NOTICES.txt`: whose work the built page has in it, and on what terms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::cmd;

use crate::project::Project;
use crate::wasm::TARGET;

/// What is made beside the page.
const FILE: &str = "THIRD-PARTY-NOTICES.txt";

/// The same of Rust's standard library, as the toolchain brings it.
const RUST: &str = "THIRD-PARTY-NOTICES-rust.html";

/// Where `www/bundled.ts` lists the folders of the npm packages in the page.
const BUNDLED: &str = ".vite/bundled.json";

/// How names of files begin that say on what terms a package is given.
const NAMES: [&str; 6] = [
    "licen",
    "copying",
    "copyright",
    "notice",
    "unlicense",
    "patents",
];

/// Terms that a package has besides those in its folder.
const BESIDES: [(&str, &str); 1] = [("katex", include_str!("licences/katex-fonts.txt"))];

/// Files with terms that are called otherwise, in a package's folder: of the fonts there, those of the one in use.
const ELSEWHERE: [(&str, &str); 1] = [("epaint_default_fonts", "fonts/UFL.txt")];

const MPL: &str = include_str!("licences/MPL-2.0.txt");

/// Others' work.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    /// An SPDX expression.
    licence: String,
    /// Where its source is; empty if it does not say.
    home: String,
    authors: Vec<String>,
    folder: PathBuf,
}

/// Writes the notices of the page that Vite has just put into `dist`, and of the wasm in it.
pub(crate) fn write(project: &Project, dist: &Path) -> Result<()> {
    let sets = project.path("www/public/sets/LICENSE.txt");
    // The mark tells browsers the encoding: names have letters beyond ASCII.
    let text = format!(
        "\u{feff}Work of others that is in this page, and its terms. Those of Rust's standard library: {RUST}.\n\n\
         {}{}== Pictures\n\n{}",
        notices("Crates, in the wasm", &crates(project)?)?,
        notices("npm packages, in the page", &packages(&dist.join(BUNDLED))?)?,
        read(&sets)?,
    );
    let sh = &project.shell;
    let sysroot = PathBuf::from(cmd!(sh, "rustc --print sysroot").quiet().read()?);
    let rust = sysroot.join("share/doc/rust/COPYRIGHT-library.html");
    fs::copy(&rust, dist.join(RUST))
        .with_context(|| format!("no {}: install Rust with rustup", rust.display()))?;
    let file = dist.join(FILE);
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    // It names folders of this machine: nothing for a web server.
    fs::remove_dir_all(dist.join(".vite")).context("cannot remove .vite from the page")
}

/// The crates in any of the cores, in the decoder and in what writes session files.
fn crates(project: &Project) -> Result<BTreeSet<Package>> {
    let sh = &project.shell;
    // All features are what the cores have together. `cargo metadata` knows the folders, but would
    // count crates that only build scripts, macros and tests use.
    let tree = cmd!(sh, "cargo tree --locked --target {TARGET} --all-features")
        .args(["--package", "twoviews", "--package", "twoviews-images"])
        .args(["--package", "twoviews-session-file"])
        .args(["--edges", "no-build,no-dev,no-proc-macro"])
        .args(["--prefix", "none", "--format", "{p}"])
        .quiet()
        .read()?;
    let metadata = cmd!(
        sh,
        "cargo metadata --locked --format-version 1 --all-features --filter-platform {TARGET}"
    )
    .quiet()
    .read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let known = metadata["packages"].as_array().context("no packages")?;
    let known: BTreeMap<_, _> = known
        .iter()
        .map(|package| {
            let name = format!("{} v{}", text(package, "name"), text(package, "version"));
            (name, package)
        })
        .collect();
    let mut found = BTreeSet::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let name = line.split(" (").next().unwrap_or(line);
        let package = known
            .get(name)
            .with_context(|| format!("cargo metadata knows no {name}"))?;
        // What has no source is this project's own.
        if !package["source"].is_null() {
            let manifest = PathBuf::from(text(package, "manifest_path"));
            found.insert(Package {
                authors: strings(&package["authors"]),
                home: text(package, "repository"),
                ..Package::read(package, manifest.parent().context("a manifest's folder")?)
            });
        }
    }
    Ok(found)
}

/// The npm packages that Vite has put into the page and its workers.
fn packages(bundled: &Path) -> Result<BTreeSet<Package>> {
    let folders: Value = serde_json::from_str(&read(bundled)?)?;
    strings(&folders)
        .iter()
        .map(|folder| {
            let folder = Path::new(folder);
            let manifest: Value = serde_json::from_str(&read(&folder.join("package.json"))?)?;
            Ok(Package {
                home: text(&manifest, "homepage"),
                ..Package::read(&manifest, folder)
            })
        })
        .collect()
}

impl Package {
    /// What manifests of both kinds say.
    fn read(manifest: &Value, folder: &Path) -> Self {
        Self {
            name: text(manifest, "name"),
            version: text(manifest, "version"),
            licence: text(manifest, "license"),
            home: String::new(),
            authors: Vec::new(),
            folder: folder.to_path_buf(),
        }
    }

    /// Its terms: what its folder says, else what the licence that it names says.
    fn terms(&self) -> Result<Vec<String>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)
            .with_context(|| format!("cannot read {}", self.folder.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_lowercase();
            if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
                files.push(path);
            }
        }
        for (name, file) in ELSEWHERE {
            if self.name == name {
                files.push(self.folder.join(file));
            }
        }
        files.sort();
        let mut terms = files
            .iter()
            .map(|file| read(file))
            .collect::<Result<Vec<_>>>()?;
        // A link to a file outside the package, of which only the path was published.
        terms.retain(|text| !text.starts_with("../"));
        if terms.is_empty() {
            terms.push(self.named_terms().with_context(|| {
                format!(
                    "{} {} has no file with its licence in {}, and the text of {:?} is not in xtask/src/notices.rs",
                    self.name,
                    self.version,
                    self.folder.display(),
                    self.licence
                )
            })?);
        }
        for (name, more) in BESIDES {
            if self.name == name {
                terms.push(more.to_owned());
            }
        }
        Ok(terms)
    }

    /// The text of the licence, or of one that may be chosen.
    fn named_terms(&self) -> Option<String> {
        let choices: Vec<_> = self.licence.split(" OR ").collect();
        if choices.contains(&"MIT") {
            let holders = if self.authors.is_empty() {
                format!("The authors of {}", self.name)
            } else {
                self.authors.join(", ")
            };
            // Ours is the standard text but for its holders.
            let ours = include_str!("../../LICENSE-MIT").lines().map(|line| {
                if line.starts_with("Copyright") {
                    format!("Copyright (c) {holders}")
                } else {
                    line.to_owned()
                }
            });
            return Some(ours.collect::<Vec<_>>().join("\n"));
        }
        choices.contains(&"MPL-2.0").then(|| MPL.to_owned())
    }
}

/// A list of packages, then their terms, each text once.
fn notices(title: &str, packages: &BTreeSet<Package>) -> Result<String> {
    ensure!(!packages.is_empty(), "none found: {title}");
    let mut out = format!("== {title}\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let Package {
            name,
            version,
            licence,
            home,
            ..
        } = package;
        writeln!(out, "{name} {version}, {licence} {home}")?;
        for text in package.terms()? {
            let text = text.lines().map(str::trim_end).collect::<Vec<_>>();
            let users = texts.entry(text.join("\n").trim_matches('\n').to_owned());
            users.or_default().push(format!("{name} {version}"));
        }
    }
    for (text, users) in texts {
        write!(out, "\n-- Terms of {}\n\n{text}\n", users.join(", "))?;
    }
    out.push('\n');
    Ok(out)
}

fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use tempfile::{TempDir, tempdir};

    use super::*;

    fn package(root: &TempDir, name: &str, licence: &str, files: &[(&str, &str)]) -> Package {
        let folder = root.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            licence: licence.into(),
            home: String::new(),
            authors: vec!["A. Author".into()],
            folder,
        }
    }

    #[test]
    fn every_package_is_listed_and_the_same_terms_are_given_once() {
        let root = tempdir().unwrap();
        let packages = BTreeSet::from([
            package(
                &root,
                "second",
                "MIT",
                &[("LICENSE.md", "Do as you like. \r\n")],
            ),
            package(
                &root,
                "first",
                "Apache-2.0",
                &[
                    ("licence", "Do as you like.\n"),
                    ("NOTICE", "We made it."),
                    ("main.rs", ""),
                ],
            ),
        ]);
        let expected = "== All\n\n\
            first 1.0.0, Apache-2.0 \nsecond 1.0.0, MIT \n\n\
            -- Terms of first 1.0.0, second 1.0.0\n\nDo as you like.\n\n\
            -- Terms of first 1.0.0\n\nWe made it.\n\n";
        assert_eq!(notices("All", &packages).unwrap(), expected);
    }

    #[test]
    fn without_a_file_the_licence_that_is_named_is_given() {
        let lost = [("LICENSE-MIT", "../../LICENSE-MIT")];
        let root = tempdir().unwrap();
        let terms = |licence| package(&root, "bare", licence, &lost).terms();
        let mit = terms("Apache-2.0 OR MIT").unwrap().concat();
        assert!(mit.contains("Copyright (c) A. Author"), "{mit}");
        assert!(!mit.contains("Twoviews"), "{mit}");
        assert!(terms("MPL-2.0").unwrap()[0].starts_with("Mozilla Public License"));
        let error = terms("MIT AND Odd-1.0").unwrap_err().to_string();
        assert!(error.starts_with("bare 1.0.0 has no file"), "{error}");
    }

    #[test]
    fn what_is_in_the_wasm_is_found_and_nothing_else() {
        let found = crates(&Project::find().unwrap()).unwrap();
        let has = |name| found.iter().any(|package| package.name == name);
        // Of each core and the decoder; and what only macros, tests, native programs and tools use.
        for name in ["burn-flex", "wgpu", "rayon", "tiff", "plotters"] {
            assert!(has(name), "{name}");
        }
        for name in ["syn", "ts-rs", "clap", "walrus", "twoviews"] {
            assert!(!has(name), "{name}");
        }
    }
}
