//! The crate as the page loads it: cores, each of them wasm files and the JavaScript around them.
//!
//! They lie in a folder named after what they are made of, beside a `cores.json` that says which there
//! are. A page finds them there when it runs, and never those of another build.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use xshell::{Cmd, cmd};

use crate::project::{Project, fingerprint, once, replace, say};

/// The target that browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Profile of all that is compiled to wasm.
pub(crate) const PROFILE: &str = "wasm";

/// Functions that the page seldom calls: `cargo xtask seldom` writes it.
pub(crate) const SELDOM: &str = "crates/wasm-post/seldom.txt";

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
    /// How long that takes, for who waits.
    pub(crate) takes: &'static str,
    package: &'static str,
    /// What its files' names begin with.
    file: &'static str,
    /// Arguments of cargo that choose the features.
    features: &'static [&'static str],
    /// Whether its memory can be shared between threads.
    shared: bool,
    /// Arguments of `twoviews-wasm-post`: what is made of it besides the module and its JavaScript.
    post: &'static [&'static str],
}

/// What every page needs.
pub(crate) const FIRST: [Core; 2] = [
    Core {
        id: "decoder",
        name: "the image decoder",
        takes: "a minute, the first time",
        package: "twoviews-images",
        file: "decoder",
        features: &["--features=web"],
        shared: false,
        post: &[],
    },
    Core {
        id: "cpu",
        name: "the core for the CPU",
        takes: "some four minutes, the first time",
        package: "twoviews",
        file: "twoviews",
        features: &["--features=threads"],
        shared: true,
        post: &["--relaxed", FUSED, "--unshared"],
    },
];

/// What may be faster where a browser has it.
pub(crate) const LATER: [Core; 1] = [WEBGPU];

const WEBGPU: Core = Core {
    id: "webgpu",
    name: "the core with WebGPU",
    takes: "some ten minutes, the first time",
    package: "twoviews",
    file: "twoviews",
    features: &["--features=webgpu"],
    shared: false,
    post: &["--split", SELDOM],
};

/// What tests and the benchmark run of the crate.
const REFERENCES: Core = Core {
    id: "references",
    name: "the reference cases",
    takes: "some minutes, the first time",
    package: "twoviews-references",
    file: "references",
    features: &[],
    shared: false,
    post: &["--relaxed", FUSED],
};

const THREADED_REFERENCES: Core = Core {
    id: "references-threads",
    name: "the benchmark with threads",
    features: &["--no-default-features", "--features=threads"],
    shared: true,
    ..REFERENCES
};

/// What cores are made of and by.
const SOURCES: [&str; 7] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "crates",
    "rust-toolchain.toml",
    "src",
    "xtask/src/wasm.rs",
];

/// The most memory of all threads, in bytes: a browser sets aside as many addresses.
const MOST_MEMORY: usize = 2 << 30;

/// The cores of today's sources: a folder, and which of them are in it.
pub(crate) struct Cores<'a> {
    project: &'a Project,
    /// Changes with anything that a core is made of.
    pub(crate) id: String,
}

impl<'a> Cores<'a> {
    /// Looks for what is there, and removes the cores of older sources.
    pub(crate) fn find(project: &'a Project) -> Result<Self> {
        let id = fingerprint(&SOURCES.map(|path| project.path(path)), &[])?;
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
        if self.has(core) {
            return Ok(());
        }
        // What is half done must not look done.
        let making = self.folder().join(format!(".{}", core.id));
        make(self.project, core, core.post, &making, quiet)?;
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

fn all() -> impl Iterator<Item = &'static Core> {
    FIRST.iter().chain(&LATER)
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

/// Writes the list of functions that the page seldom calls, from which it called.
pub(crate) fn write_seldom(project: &Project, profile: &Path) -> Result<()> {
    let (tool, list) = (post_tool(project)?, project.path(SELDOM));
    cmd!(project.shell, "{tool} --profile {profile} --out {list}")
        .quiet()
        .run()
        .context("no list could be made of what was called")
}

/// Builds what tests run of the crate in the browser: in one piece, and split at random.
pub(crate) fn build_references(project: &Project) -> Result<()> {
    let split = ["--split-random", "13"];
    build_beside(project, &REFERENCES, &[("references-split", &split)])
}

/// As [`build_references`], with threads.
pub(crate) fn build_threaded_references(project: &Project) -> Result<()> {
    build_beside(project, &THREADED_REFERENCES, &[])
}

/// Builds a core that is not for the page, and folders with other files of it.
fn build_beside(project: &Project, core: &Core, others: &[(&str, &[&str])]) -> Result<()> {
    let sources = SOURCES.map(|path| project.path(path));
    let inputs = fingerprint(&[&sources[..], &[project.path("tests/wasm")]].concat(), &[])?;
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

/// Compiles and links a core, and builds the program that makes its files.
fn link(project: &Project, core: &Core, quiet: bool) -> Result<PathBuf> {
    let lock = fs::read_to_string(project.path("Cargo.lock")).context("cannot read Cargo.lock")?;
    check_versions(&lock)?;
    ensure_target(project)?;
    if core.shared {
        ensure_source(project)?;
    }
    let sh = &project.shell;
    // Beside the core: neither keeps two processors busy to its end.
    let tool = cmd!(sh, "cargo build --locked --quiet --package {POST}");
    let mut building = gently(tool, quiet).spawn().context("cannot run cargo")?;
    let linked = compile(project, core, quiet);
    let built = building.wait()?;
    ensure!(built.success(), "{POST} does not compile");
    linked
}

fn make_files(
    project: &Project,
    core: &Core,
    linked: &Path,
    post: &[&str],
    to: &Path,
) -> Result<()> {
    let sh = &project.shell;
    let tool = post_tool(project)?;
    let Core { name, file, .. } = *core;
    cmd!(sh, "{tool} {linked} --name {file} --out {to} {post...}")
        .quiet()
        .run()
        .with_context(|| format!("no files could be made of {name}"))
}

/// Links a core, and makes its files.
fn make(project: &Project, core: &Core, post: &[&str], to: &Path, quiet: bool) -> Result<()> {
    let linked = link(project, core, quiet)?;
    make_files(project, core, &linked, post, to)
}

/// Adds the wasm target to the Rust toolchain unless it is there.
pub(crate) fn ensure_target(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let libraries = cmd!(sh, "rustc --print target-libdir --target {TARGET}")
        .quiet()
        .read()?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    say(&format!("adding the Rust target {TARGET}"));
    cmd!(sh, "rustup target add {TARGET}").quiet().run().with_context(|| {
        format!("the Rust target {TARGET} is missing; install Rust with rustup (https://rustup.rs), or add the target to your toolchain")
    })
}

/// For cargo with the wasm target. Without the caller's `RUSTFLAGS`: they would replace those of
/// `.cargo/config.toml`, on which the wasm depends.
pub(crate) fn own_flags(command: Cmd<'_>) -> Cmd<'_> {
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // The core with threads needs `-Zbuild-std`, which is unstable: the pinned compiler takes it with this
        // variable, which is meant for building Rust itself and may break when `rust-toolchain.toml` is
        // raised. All cores get it: build scripts look whether unstable options are unlocked, and what
        // depends on them would be compiled anew each time that changed.
        .env("RUSTC_BOOTSTRAP", "1")
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder(project: &Project) -> Result<PathBuf> {
    let sh = &project.shell;
    let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1")
        .quiet()
        .read()?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"].as_str();
    Ok(folder
        .context("cargo metadata names no target directory")?
        .into())
}

/// Adds the source of Rust's standard library to the toolchain unless it is there: for threads, the
/// library must be compiled for them.
fn ensure_source(project: &Project) -> Result<()> {
    let sh = &project.shell;
    let root = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    if Path::new(&root)
        .join("lib/rustlib/src/rust/library")
        .is_dir()
    {
        return Ok(());
    }
    say("adding the source of Rust's standard library");
    cmd!(sh, "rustup component add rust-src").quiet().run().context(
        "the component rust-src is missing, without which there are no threads; install Rust with rustup \
         (https://rustup.rs), or add the component to your toolchain",
    )
}

/// The program that makes a core's files of what the linker made.
const POST: &str = "twoviews-wasm-post";

fn post_tool(project: &Project) -> Result<PathBuf> {
    Ok(target_folder(project)?.join("debug").join(POST))
}

/// Compiles a core. `quiet`: beside other work, and silent unless it fails.
fn compile(project: &Project, core: &Core, quiet: bool) -> Result<PathBuf> {
    let sh = &project.shell;
    let Core {
        name,
        package,
        features,
        ..
    } = *core;
    if env::var_os("RUSTFLAGS").is_some() {
        say("RUSTFLAGS is set, but not used for the wasm, which needs its own flags");
    }
    let mut command = own_flags(cmd!(
        sh,
        "cargo rustc --locked --profile {PROFILE} --package {package} --lib {features...} --target {TARGET} --crate-type cdylib"
    ));
    if core.shared {
        command = command
            .arg("--config")
            .arg(format!("target.{TARGET}.rustflags={:?}", shared_flags()))
            .arg("-Zbuild-std=std,panic_abort");
    }
    if quiet {
        command = command.arg("--quiet");
    }
    let status = gently(command, quiet)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "{name} does not compile to wasm");
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(target_folder(project)?
        .join(TARGET)
        .join(PROFILE)
        .join(file))
}

/// A command that, if wished, leaves the processors to who needs them more.
fn gently(command: Cmd<'_>, wished: bool) -> Command {
    let command = Command::from(command);
    if !(wished && cfg!(unix)) {
        return command;
    }
    let mut nice = Command::new("nice");
    nice.args(["-n", "10"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        nice.current_dir(folder);
    }
    nice
}

/// What is added to the flags of `.cargo/config.toml` so that threads share a memory.
fn shared_flags() -> Vec<String> {
    let exports = [
        "wasm_init_tls",
        "tls_size",
        "tls_align",
        "tls_base",
        "heap_base",
    ];
    let exports = exports.map(|name| format!("--export=__{name}"));
    let memory = ["--shared-memory", "--import-memory"].map(str::to_owned);
    let limit = format!("--max-memory={MOST_MEMORY}");
    let links = memory.into_iter().chain([limit]).chain(exports);
    std::iter::once("-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals".to_owned())
        .chain(links.map(|link| format!("-Clink-arg={link}")))
        .collect()
}

/// wasm-bindgen's library and its tool must be of one version.
fn check_versions(lock: &str) -> Result<()> {
    let (library, tool) = (
        locked(lock, "wasm-bindgen")?,
        locked(lock, "wasm-bindgen-cli-support")?,
    );
    ensure!(
        library == tool,
        "Cargo.lock has wasm-bindgen {library} but wasm-bindgen-cli-support {tool}: run \
         `cargo update --package wasm-bindgen-cli-support --precise {library}`"
    );
    Ok(())
}

fn locked<'a>(lock: &'a str, package: &str) -> Result<&'a str> {
    lock.split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(version, _)| version)
        .with_context(|| format!("Cargo.lock has no {package}"))
}

#[cfg(test)]
mod tests {
    use xshell::Shell;

    use super::*;
    use crate::project::empty_folder;

    /// A project in which the core for the CPU is built, and nothing else.
    fn project(name: &str) -> Project {
        let root = empty_folder(name);
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
        Project { shell, root }
    }

    fn told(folder: &Path) -> Value {
        let text = fs::read_to_string(folder.join("cores.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_page_is_told_of_what_is_there_and_of_nothing_else() {
        let project = project("cores");
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
        let project = project("served");
        let cores = Cores {
            project: &project,
            id: "abc".into(),
        };
        let failed = [(&WEBGPU, "it does not compile".to_owned())];
        cores.tell(&[], &failed).unwrap();
        let why = json!([{"core": "webgpu", "reason": "it does not compile"}]);
        assert_eq!(told(&cores.served())["failed"], why);
    }

    #[test]
    fn different_versions_of_wasm_bindgen_are_refused_with_the_remedy() {
        let lock = |tool: &str| {
            format!(
                "name = \"wasm-bindgen\"\nversion = \"0.2.1\"\n\nname = \"wasm-bindgen-cli-support\"\nversion = \"{tool}\"\n"
            )
        };
        assert!(check_versions(&lock("0.2.1")).is_ok());
        let error = check_versions(&lock("0.2.2")).unwrap_err().to_string();
        assert!(error.contains("--precise 0.2.1"), "{error}");
    }
}
