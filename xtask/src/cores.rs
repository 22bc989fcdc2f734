//! The crate as the page loads it: cores, each of them wasm files and the JavaScript around them.
//!
//! They lie in a folder named after what they are made of, beside a `cores.json` that says which there
//! are. A page finds them there when it runs, and never those of another build.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use crate::project::{Project, fingerprint, once, replace, say};
use crate::wasm::{self, link, make, make_files};

/// Functions that the page seldom calls: `cargo xtask seldom` writes it.
const SELDOM: &str = "crates/wasm-post/seldom.txt";

/// How many products the kernels for matrices have that are added at once, in every core.
const FUSED: &str = "300";

/// Where cores lie within the page, before it is built and after.
const CORES: &str = "www/public/cores";
const SERVED: &str = "www/dist/cores";

/// A package as wasm.
pub(crate) struct Core {
    /// Its folder.
    pub(crate) id: &'static str,
    /// What it is called in messages.
    pub(crate) name: &'static str,
    /// How long it takes to compile, for who waits.
    pub(crate) takes: &'static str,
    pub(crate) package: &'static str,
    /// What its files' names begin with.
    pub(crate) file: &'static str,
    /// Arguments of cargo that choose the features.
    pub(crate) features: &'static [&'static str],
    /// Whether its memory can be shared between threads.
    pub(crate) shared: bool,
    /// Arguments of `twoviews-wasm-post`: what is made of it besides the module and its JavaScript.
    post: &'static [&'static str],
}

/// What the page trains with.
pub(crate) const FIRST: Core = Core {
    id: "cpu",
    name: "the core for the CPU",
    takes: "some four minutes, the first time",
    package: "twoviews",
    file: "twoviews",
    features: &["--features=threads"],
    shared: true,
    post: &["--relaxed", FUSED, "--unshared"],
};

/// What is not needed before there are files, what is seldom asked for, and what may be faster where a
/// browser has it.
pub(crate) const LATER: [Core; 3] = [DECODER, SESSION, WEBGPU];

const DECODER: Core = Core {
    id: "decoder",
    name: "the image decoder",
    takes: "a minute or two, the first time",
    package: "twoviews-images",
    file: "decoder",
    features: &["--features=web"],
    shared: false,
    post: &[],
};

const SESSION: Core = Core {
    id: "session",
    name: "the program for session files",
    takes: "a minute, the first time",
    package: "twoviews-session-file",
    file: "session",
    features: &["--features=web"],
    shared: false,
    post: &[],
};

const WEBGPU: Core = Core {
    id: "webgpu",
    name: "the core with WebGPU",
    takes: "some seven minutes, the first time",
    package: "twoviews",
    file: "twoviews",
    features: &["--features=webgpu"],
    shared: false,
    post: &["--split", SELDOM],
};

/// What tests and the benchmark run of the crate.
const HARNESS: Core = Core {
    id: "harness",
    name: "the test harness",
    takes: "some minutes, the first time",
    package: "twoviews-harness",
    file: "harness",
    features: &[],
    shared: false,
    post: &["--relaxed", FUSED],
};

const THREADED_HARNESS: Core = Core {
    id: "harness-threads",
    name: "the test harness with threads",
    features: &["--no-default-features", "--features=threads"],
    shared: true,
    ..HARNESS
};

/// What cores are made of and by.
const SOURCES: [&str; 8] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "crates",
    "rust-toolchain.toml",
    "src",
    "xtask/src/cores.rs",
    "xtask/src/wasm.rs",
];

/// The cores of today's sources: a folder, and which of them are in it.
pub(crate) struct Cores<'a> {
    project: &'a Project,
    /// Changes with anything that a core is made of.
    pub(crate) id: String,
}

impl<'a> Cores<'a> {
    /// Looks for what is there, and removes the cores of older sources.
    pub(crate) fn find(project: &'a Project) -> Result<Self> {
        let id = of_sources(project)?;
        let cores = Self { project, id };
        let folder = cores.folder();
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(project.path(CORES))? {
            let path = entry?.path();
            if path != folder {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(cores)
    }

    fn folder(&self) -> PathBuf {
        self.project.path(CORES).join(&self.id)
    }

    pub(crate) fn has(&self, core: &Core) -> bool {
        self.folder().join(core.id).exists()
    }

    /// Builds a core unless it is there.
    pub(crate) fn build(&self, core: &Core, quiet: bool) -> Result<()> {
        self.build_after(core, quiet, || Ok(()))
    }

    /// As [`Self::build`]; `other` work, which may look at this folder, is over before files are made in it.
    pub(crate) fn build_after(
        &self,
        core: &Core,
        quiet: bool,
        other: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        if self.has(core) {
            return other();
        }
        let linked = link(self.project, core, quiet)?;
        other()?;
        // What is half done must not look done.
        let making = self.folder().join(format!(".{}", core.id));
        make_files(self.project, core, &linked, core.post, &making)?;
        ensure!(
            of_sources(self.project)? == self.id,
            "sources were changed while {} was compiled: run this again",
            core.name
        );
        fs::rename(&making, self.folder().join(core.id))?;
        Ok(())
    }

    /// Gives the built page the cores that there are, and tells it of those that are `coming` or have
    /// `failed`, and why.
    pub(crate) fn tell(&self, coming: &[&Core], failed: &[(&Core, String)]) -> Result<()> {
        let (here, there) = (self.folder(), self.served());
        fs::create_dir_all(&there)?;
        for core in all().filter(|core| self.has(core)) {
            copy_folder(&here.join(core.id), &there.join(core.id))?;
        }
        list(&there, coming, failed)
    }

    /// Gives the built page a core with WebGPU that notes which functions are called. Returns the list of
    /// them.
    pub(crate) fn note(&self) -> Result<PathBuf> {
        let folder = self.served().join(WEBGPU.id);
        make(self.project, &WEBGPU, &["--note"], &folder, false)?;
        list(&self.served(), &[], &[])?;
        Ok(folder.join("functions.txt"))
    }

    fn served(&self) -> PathBuf {
        self.project.path(SERVED).join(&self.id)
    }
}

/// A text that changes with any source of a core.
fn of_sources(project: &Project) -> Result<String> {
    fingerprint(&SOURCES.map(|path| project.path(path)), &[])
}

fn all() -> impl Iterator<Item = &'static Core> {
    std::iter::once(&FIRST).chain(&LATER)
}

/// Writes the `cores.json` of a folder.
fn list(folder: &Path, coming: &[&Core], failed: &[(&Core, String)]) -> Result<()> {
    let mut cores = Map::new();
    for core in all().filter(|core| folder.join(core.id).exists()) {
        cores.extend(entries(folder, core)?);
    }
    let coming: Vec<_> = coming.iter().map(|core| core.id).collect();
    let failed: Vec<_> = failed
        .iter()
        .map(|(core, reason)| json!({"core": core.id, "reason": reason}))
        .collect();
    let told = json!({"cores": cores, "coming": coming, "failed": failed});
    let text = serde_json::to_string_pretty(&told)?;
    replace(&folder.join("cores.json"), &text)
}

/// What `cores.json` says of a core: one whose memory can be shared serves one thread too.
fn entries(folder: &Path, core: &Core) -> Result<Map<String, Value>> {
    let path = |part: &str| {
        let path = format!("{}/{}{part}", core.id, core.file);
        folder.join(&path).exists().then(|| Value::from(path))
    };
    let limits = folder.join(core.id).join("memory.json");
    let memory: Option<Value> = if limits.exists() {
        Some(serde_json::from_str(&fs::read_to_string(limits)?)?)
    } else {
        None
    };
    let entry = |wasm: &str, relaxed: &str| {
        let parts = [
            ("script", path(".js")),
            ("wasm", path(wasm)),
            ("relaxed", path(relaxed)),
            ("rest", path("_rest.wasm")),
            ("memory", memory.clone()),
        ];
        let there = parts.into_iter();
        there
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect::<Map<_, _>>()
    };
    let whole = entry("_bg.wasm", "_relaxed.wasm");
    let entries = if core.shared {
        let single = entry("_single.wasm", "_single_relaxed.wasm");
        vec![(core.id, single), ("threads", whole)]
    } else {
        vec![(core.id, whole)]
    };
    let entries = entries.into_iter();
    Ok(entries
        .map(|(id, entry)| (id.to_owned(), entry.into()))
        .collect())
}

/// Copies a folder of files, unless it is there.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        return Ok(());
    }
    let making = to.with_extension("making");
    fs::create_dir_all(&making)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), making.join(entry.file_name()))?;
    }
    fs::rename(making, to)?;
    Ok(())
}

/// Writes the list of functions that the page seldom calls, from a profile of those it called.
pub(crate) fn write_seldom(project: &Project, profile: &Path) -> Result<()> {
    wasm::write_seldom(project, profile, &project.path(SELDOM))
}

/// Builds what tests run of the crate in the browser: in one piece, and split at random.
pub(crate) fn build_harness(project: &Project) -> Result<()> {
    let split = ["--split-random", "13"];
    build_beside(project, &HARNESS, &[("harness-split", &split)])
}

/// As [`build_harness`], with threads.
pub(crate) fn build_threaded_harness(project: &Project) -> Result<()> {
    build_beside(project, &THREADED_HARNESS, &[])
}

/// Builds a core that is not for the page, and folders with other files of it.
fn build_beside(project: &Project, core: &Core, others: &[(&str, &[&str])]) -> Result<()> {
    let sources = SOURCES.map(|path| project.path(path));
    let inputs = fingerprint(
        &[&sources[..], &[project.path("tests/harness")]].concat(),
        &[],
    )?;
    let folder = |id: &str| project.path("tests/browser/out").join(id);
    once(&folder(core.id).join(".stamp"), &inputs, || {
        say(&format!("compiling {}: {}", core.name, core.takes));
        let linked = link(project, core, false)?;
        for (id, post) in others {
            make_files(project, core, &linked, post, &folder(id))?;
        }
        make_files(project, core, &linked, core.post, &folder(core.id))
    })
}

#[cfg(test)]
mod tests {
    use tempfile::{TempDir, tempdir};
    use xshell::Shell;

    use super::*;

    /// A project in which the core for the CPU is built, and nothing else.
    fn project() -> (TempDir, Project) {
        let kept = tempdir().unwrap();
        let root = kept.path().to_owned();
        let folder = root.join(CORES).join("abc/cpu");
        fs::create_dir_all(&folder).unwrap();
        for file in [
            "twoviews.js",
            "twoviews_bg.wasm",
            "twoviews_relaxed.wasm",
            "twoviews_single.wasm",
            "twoviews_single_relaxed.wasm",
        ] {
            fs::write(folder.join(file), "").unwrap();
        }
        let limits = r#"{"initial": 20, "maximum": 30}"#;
        fs::write(folder.join("memory.json"), limits).unwrap();
        let shell = Shell::new().unwrap();
        (kept, Project { shell, root })
    }

    fn told(folder: &Path) -> Value {
        let text = fs::read_to_string(folder.join("cores.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_page_is_told_of_what_is_there_and_of_nothing_else() {
        let (_kept, project) = project();
        let cores = Cores {
            project: &project,
            id: "abc".into(),
        };
        cores.tell(&[&WEBGPU], &[]).unwrap();
        let told = told(&cores.served());
        let memory = json!({"initial": 20, "maximum": 30});
        let entry = |part: &str| {
            json!({
                "script": "cpu/twoviews.js",
                "wasm": format!("cpu/twoviews_{part}.wasm").replace("_bg_", "_"),
                "relaxed": format!("cpu/twoviews_{part}_relaxed.wasm").replace("_bg_", "_"),
                "memory": memory,
            })
        };
        let expected = json!({"cpu": entry("single"), "threads": entry("bg")});
        assert_eq!(told["cores"], expected);
        assert_eq!(told["coming"], json!(["webgpu"]));
        let served = cores.served().join("cpu/twoviews_single.wasm");
        assert!(served.exists());
    }

    #[test]
    fn the_page_is_told_what_failed() {
        let (_kept, project) = project();
        let cores = Cores {
            project: &project,
            id: "abc".into(),
        };
        let failed = [(&WEBGPU, "it does not compile".to_owned())];
        cores.tell(&[], &failed).unwrap();
        let why = json!([{"core": "webgpu", "reason": "it does not compile"}]);
        assert_eq!(told(&cores.served())["failed"], why);
    }
}
