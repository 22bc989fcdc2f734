//! Whole runs: there and back, and in two processes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use twoviews::training::checkpoint;

use super::{python, ran, settings, text};
use crate::export::{export, run_json};
use crate::folder::Folder;
use crate::kept;

/// `train.py` of a project on these images, with more arguments.
fn train(python: &str, project: &Path, images: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(python);
    command.arg(project.join("train.py")).arg(images);
    command.args(["--accelerator", "cpu", "--workers", "0", "--out", text(out)]);
    command.args(more).env("OMP_NUM_THREADS", "1");
    command.output().expect("Python runs")
}

/// A run of images of its own goes on there, there once more, and here again.
#[test]
fn a_run_goes_there_and_back() {
    let Some(python) = python() else { return };
    let folder = Folder::new("back");
    let images = kept::images(&folder);
    let small = json!({
        "method": "simclr", "size": 16, "encoder": {"width": 4},
        "train": {"batch": 8, "epochs": 2, "optimizer": "adamw"},
    });
    let run = run_json(&folder, "run.json", &small);
    let project = folder.0.join("project");
    ran(&export(&run, &project, &[]));

    let [first, second] =
        ["first", "second"].map(|name| folder.0.join(format!("{name}.safetensors")));
    ran(&train(python, &project, &images, &first, &["--steps", "3"]));
    let weights = ["--steps", "2", "--weights", text(&first)];
    ran(&train(python, &project, &images, &second, &weights));
    let about = checkpoint::about(&fs::read(&second).unwrap()).expect("a checkpoint");
    assert_eq!(about.step, 5);
    assert!(
        about.moved.values().all(|moved| *moved == 5),
        "{:?}",
        about.moved
    );

    let twoviews = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twoviews"));
        let output = command.args(args).output().expect("the program runs");
        ran(&output);
        String::from_utf8(output.stdout).expect("text")
    };
    let (second, images) = (text(&second), text(&images));
    twoviews(&["embed", second, images, "--out", text(&folder.0)]);
    assert!(folder.0.join("h.npy").is_file());
    let said = twoviews(&["train", images, "--resume", second, "--json", "--no-scores"]);
    let steps = said.matches("\"total\":").count();
    assert!(steps >= 3, "of 8 steps three were left: {said}");

    // What does not fit is one line, there too.
    for (weights, more, why) in [
        (
            None,
            vec!["--devices", "3"],
            "a batch of 8 cannot be shared by 3 processes",
        ),
        (
            Some(json!({"width": 8})),
            vec![],
            "branch.encoder.stages.0.activation.norm.bias is [8] there, and [4] here",
        ),
    ] {
        let other = folder.0.join("other");
        let mut more = more;
        if let Some(encoder) = weights {
            let mut wider = small.clone();
            wider["encoder"] = encoder;
            ran(&export(
                &run_json(&folder, "wider.json", &wider),
                &other,
                &[],
            ));
        }
        let weights = other.join("weights.safetensors");
        if weights.is_file() {
            more.extend(["--weights", text(&weights)]);
        }
        let refused = train(python, &project, Path::new(images), &other, &more);
        let said = String::from_utf8_lossy(&refused.stderr);
        let last = said.lines().last().unwrap_or_default();
        assert!(!refused.status.success() && last.contains(why), "{said}");
        assert!(!said.contains("Traceback"), "{said}");
    }
}

/// What a page or the command line has saved has the project in it, which goes on from where the run was.
#[test]
fn a_saved_session_goes_on_there() {
    let Some(python) = python() else { return };
    let folder = Folder::new("session");
    let saved = folder.0.join("run.zip");
    let mut train_here = Command::new(env!("CARGO_BIN_EXE_twoviews"));
    let small = [
        "--batch", "8", "--size", "16", "--epochs", "1", "--limit", "24",
    ];
    let images = kept::images(&folder);
    train_here.args([
        "train",
        text(&images),
        "--no-scores",
        "--set",
        "encoder.width=4",
    ]);
    train_here.args(small).args(["--session", text(&saved)]);
    ran(&train_here.output().expect("the program runs"));
    let file = fs::File::open(&saved).expect("it was saved");
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    let session = folder.0.join("session");
    zip.extract(&session).expect("room");

    let mut runs = fs::read_dir(session.join("runs")).expect("runs");
    let run = runs.next().expect("one").expect("a folder").path();
    // The run is at its end: it gets a longer one.
    let about = run.join("run.json");
    let longer = fs::read_to_string(&about)
        .expect("text")
        .replace("\"epochs\": 1", "\"epochs\": 2");
    fs::write(&about, longer).expect("room");
    let out = folder.0.join("trained.safetensors");
    let squares = session.join("images/squares.npy");
    ran(&train(python, &run.join("lightly"), &squares, &out, &[]));
    let about = checkpoint::about(&fs::read(&out).unwrap()).expect("a checkpoint");
    assert_eq!(about.step, 6, "three steps here, three there");
}

/// Without its packages a project says how to get them.
#[test]
fn a_python_without_torch_is_told_what_it_needs() {
    let folder = Folder::new("bare");
    let run = run_json(
        &folder,
        "run.json",
        &json!({"size": 16, "encoder": {"width": 4}}),
    );
    let project = folder.0.join("project");
    ran(&export(&run, &project, &[]));
    // Without the folders of packages, whatever is in them.
    let mut bare = Command::new("python3");
    let Ok(output) = bare
        .args(["-S", text(&project.join("train.py")), "x"])
        .output()
    else {
        eprintln!("skipped: no Python here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        said.trim(),
        "train.py needs torch: python3 -m pip install -r requirements.txt"
    );
}

/// How far a run in two processes may part from that in one, over its steps: as far as its file rounds. In
/// single precision they part further with each step, and how far is a matter of the processor.
const APART: &str = "1e-7";

/// Gathered negatives, queues and prototypes, statistics of the whole batch: two processes that share a batch
/// do what one does.
#[test]
fn two_processes_follow_one() {
    let Some(python) = python() else { return };
    let folder = Folder::new("two");
    for method in ["simclr", "vicreg", "barlow_twins", "moco", "swav"] {
        let more = json!({"size": 16, "train": {"batch": 24, "learningRate": 0.005}});
        let run = run_json(&folder, "run.json", &settings(method, "sgd", &more));
        let project = folder.0.join(method);
        ran(&export(&run, &project, &[]));
        let squares = folder.0.join("squares.npy");
        if !squares.is_file() {
            let weights = project.join("weights.safetensors");
            let mut embed = Command::new(env!("CARGO_BIN_EXE_twoviews"));
            let embed = embed.args(["embed", text(&weights), "builtin:shapes", "--out"]);
            ran(&embed.arg(&folder.0).output().expect("the program runs"));
        }
        let runs = ["1", "2"].map(|devices| {
            let out = project.join(format!("in-{devices}.safetensors"));
            let more = ["--double", "--steps", "8", "--devices", devices];
            ran(&train(python, &project, &squares, &out, &more));
            out
        });
        let mut follows = Command::new(python);
        let follows = follows
            .args(["tests/engines/follows.py", method, APART])
            .args(runs);
        let output = follows.output().expect("Python runs");
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        ran(&output);
    }
}
