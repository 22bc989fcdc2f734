//! Where the project is, and how a task does only what is still to be done.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::Shell;

/// The project's folder and a shell that stands in it.
pub(crate) struct Project {
    /// Runs commands.
    pub(crate) shell: Shell,
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
}

impl Project {
    /// The project that cargo runs this program for: not where it was built, which is another
    /// checkout's folder if both share a target folder.
    pub(crate) fn find() -> Result<Self> {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
        let root = Path::new(&xtask)
            .parent()
            .context("xtask lies in the workspace")?
            .to_path_buf();
        let shell = Shell::new()?;
        shell.change_dir(&root);
        Ok(Self { shell, root })
    }

    /// A file or folder of the project.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

/// Says what is being done.
pub(crate) fn say(what: &str) {
    println!("- {what}");
}

/// Does `work` unless the file `stamp` says that it was done for the same `inputs`.
pub(crate) fn once(stamp: &Path, inputs: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if fs::read_to_string(stamp).is_ok_and(|done| done == inputs) {
        return Ok(());
    }
    // What is half done must not look done.
    let _ = fs::remove_file(stamp);
    work()?;
    fs::write(stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Writes a file so that whoever reads it meanwhile finds the old one or the new one, whole.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let making = path.with_extension("making");
    fs::write(&making, text)
        .and_then(|()| fs::rename(&making, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A text that changes with any file of `paths` (files, or folders with all that is in them but
/// what `skip` names).
pub(crate) fn fingerprint(paths: &[PathBuf], skip: &[&str]) -> Result<String> {
    fingerprint_under(Path::new(""), paths, skip)
}

/// The same of paths under `root`, wherever that is: another checkout of the same files has the same.
pub(crate) fn fingerprint_under(root: &Path, paths: &[PathBuf], skip: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        hash(root, path, skip, &mut hasher)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash(root: &Path, name: &Path, skip: &[&str], hasher: &mut DefaultHasher) -> io::Result<()> {
    hasher.write(name.as_os_str().as_encoded_bytes());
    let path = root.join(name);
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let own = entry.file_name();
            if !skip.iter().any(|name| own == *name) {
                hash(root, &name.join(own), skip, hasher)?;
            }
        }
    } else {
        hasher.write(&fs::read(path)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;

    #[test]
    fn work_is_done_once_for_the_same_inputs() {
        let folder = tempdir().unwrap();
        let stamp = folder.path().join("stamp");
        let mut done = 0;
        for inputs in ["a", "a", "b"] {
            once(&stamp, inputs, || {
                done += 1;
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(done, 2);
    }

    #[test]
    fn failed_work_is_done_again() {
        let folder = tempdir().unwrap();
        let stamp = folder.path().join("stamp");
        assert!(once(&stamp, "a", || Ok(())).is_ok());
        assert!(once(&stamp, "b", || anyhow::bail!("no")).is_err());
        let mut done = false;
        once(&stamp, "a", || {
            done = true;
            Ok(())
        })
        .unwrap();
        assert!(done);
    }

    #[test]
    fn fingerprints_follow_contents_names_and_new_files_but_not_what_is_skipped() {
        let kept = tempdir().unwrap();
        let folder = kept.path();
        let print = || fingerprint(&[folder.to_owned()], &["skipped"]).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let first = print();
        fs::write(folder.join("skipped"), "1").unwrap();
        assert_eq!(print(), first);
        fs::write(folder.join("a"), "2").unwrap();
        let second = print();
        fs::rename(folder.join("a"), folder.join("b")).unwrap();
        assert!(first != second && second != print());
    }

    #[test]
    fn another_checkout_has_the_same_fingerprint() {
        let print = || {
            let checkout = tempdir().unwrap();
            fs::create_dir(checkout.path().join("src")).unwrap();
            fs::write(checkout.path().join("src/a"), "1").unwrap();
            fingerprint_under(checkout.path(), &["src".into()], &[]).unwrap()
        };
        assert_eq!(print(), print());
    }
}
