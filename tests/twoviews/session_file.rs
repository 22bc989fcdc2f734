//! Sessions as one file, out of the command line and in again.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use zip::ZipArchive;

use crate::folder::Folder;
use crate::kept::{command, images, losses, python, run, said, stdout, text, train};

/// A run of two epochs, and its session.
fn session(folder: &Folder) -> (PathBuf, String) {
    let at = images(folder);
    let file = folder.at("run.zip");
    let told = run(&train(
        text(&at),
        &["--epochs", "2", "--session", text(&file)],
    ));
    (file, stdout(&told).to_owned())
}

fn entry(file: &Path, name: &str) -> Vec<u8> {
    let mut zip = ZipArchive::new(File::open(file).unwrap()).unwrap();
    let mut bytes = Vec::new();
    let mut entry = zip
        .by_name(name)
        .unwrap_or_else(|_| panic!("{name} is there"));
    entry.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_session_stands_for_images_settings_and_weights() {
    let folder = Folder::new("session");
    let (file, told) = session(&folder);
    let file = text(&file);

    // The same run again, of nothing but the file; its backend is what suits this machine.
    let again = run(&["train", file, "--config", file, "--json", "--no-scores"]);
    assert_eq!(losses(stdout(&again)), losses(&told));

    let out = folder.at("h/h.npy");
    run(&["embed", file, file, "--out", text(out.parent().unwrap())]);
    assert_eq!(
        fs::read(out).unwrap(),
        entry(Path::new(file), "runs/simclr/h.npy")
    );
    let scored = run(&["score", file, file]);
    assert!(stdout(&scored).contains("kNN"), "{}", stdout(&scored));

    for (args, why) in [
        (vec!["train", file, "--limit", "4"], "taken as a whole"),
        (vec!["train", file, "--size", "32"], "16 pixels"),
    ] {
        let refused = command(&args).output().expect("the program runs");
        assert!(!refused.status.success());
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }
}

#[test]
fn a_session_that_is_not_whole_is_refused_by_name() {
    let folder = Folder::new("broken-session");
    let (file, _) = session(&folder);
    let whole = fs::read(&file).unwrap();
    let broken = folder.at("broken.zip");
    // A byte of its pixels is changed, where their checksum tells.
    let name = b"images/squares.npy";
    let at = whole
        .windows(name.len())
        .position(|part| part == name)
        .unwrap();
    let mut bytes = whole.clone();
    bytes[at + name.len() + 40] ^= 1;
    fs::write(&broken, bytes).unwrap();
    let refused = command(&["train", text(&broken)])
        .output()
        .expect("the program runs");
    assert!(!refused.status.success());
    let said = said(&refused);
    assert!(
        said.contains("broken.zip") && said.contains("squares.npy is damaged"),
        "{said}"
    );
}

#[test]
fn the_notebook_runs_where_python_has_numpy() {
    let Some(python) = python("import numpy") else {
        eprintln!("skipped: no Python here has numpy");
        return;
    };
    let folder = Folder::new("notebook");
    let (file, _) = session(&folder);
    let unpacked = folder.at("unpacked/script.py");
    let root = unpacked.parent().unwrap();
    ZipArchive::new(File::open(&file).unwrap())
        .unwrap()
        .extract(root)
        .unwrap();
    let notebook: Value = serde_json::from_slice(&entry(&file, "session.ipynb")).unwrap();
    let cells = notebook["cells"].as_array().unwrap().iter();
    let code = cells
        .filter(|cell| cell["cell_type"] == "code")
        .map(|cell| {
            let lines = cell["source"].as_array().unwrap().iter();
            lines.map(|line| line.as_str().unwrap()).collect::<String>()
        });
    fs::write(&unpacked, code.collect::<Vec<_>>().join("\n\n")).unwrap();
    let ran = Command::new(python)
        .arg("script.py")
        .env("MPLBACKEND", "agg")
        .current_dir(root)
        .output()
        .expect("Python runs");
    assert!(ran.status.success(), "{}", said(&ran));
    let told = stdout(&ran);
    for line in [
        "simclr is simclr",
        "h (32, 32) z (32, 64) images (32, 16, 16, 3)",
        "1-NN of h",
        "chance, the largest class: 25.0%",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}
