//! `twoviews export`: what it writes and what it refuses. That it computes the same is in `engines.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use twoviews::methods::METHODS;

use crate::folder::Folder;

/// A `run.json` in the folder, with these settings.
pub(crate) fn run_json(folder: &Folder, name: &str, settings: &Value) -> PathBuf {
    let file = folder.at(name);
    let run = json!({"format": 1, "twoviews": "0.1.0", "settings": settings});
    fs::write(&file, run.to_string()).expect("a file");
    file
}

pub(crate) fn export(run: &Path, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twoviews"));
    command.args(["export", "--to", "lightly"]).arg(run);
    command.arg("--out").arg(out).args(more);
    command.output().expect("the program runs")
}

/// What it says when it refuses: one line.
fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "it was to be refused");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn tiny(method: &str) -> Value {
    json!({"method": method, "seed": 7, "size": 16, "encoder": {"width": 4}})
}

#[test]
fn every_method_is_a_project_with_its_own_file() {
    let folder = Folder::new("export");
    let mut seen: Vec<String> = Vec::new();
    for entry in METHODS {
        let id = entry.card.id;
        let out = folder.at(format!("{id}/README.md"));
        let out = out.parent().expect("a folder");
        let run = run_json(&folder, &format!("{id}.json"), &tiny(id));
        let output = export(&run, out, &[]);
        assert!(output.status.success(), "{output:?}");
        let mut names: Vec<String> = fs::read_dir(out)
            .expect("a folder")
            .map(|entry| entry.expect("a file").file_name().into_string().unwrap())
            .collect();
        names.sort();
        let wanted = [
            "README.md",
            "checkpoint.py",
            "data.py",
            "method.py",
            "network.py",
            "optim.py",
            "requirements.txt",
            "run.json",
            "train.py",
            "weights.safetensors",
        ];
        assert_eq!(names, wanted);
        // The file of the method, and of no other.
        let method = fs::read_to_string(out.join("method.py")).unwrap();
        let first = method.lines().next().unwrap().to_owned();
        let title = format!("\"\"\"{}:", entry.card.title);
        assert!(first.starts_with(&title), "{id}: {first}");
        seen.push(first);
        // All settings are said, and the rate that they leave to the method.
        let run: Value = serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap();
        assert_eq!(
            (&run["settings"]["method"], &run["settings"]["seed"]),
            (&json!(id), &json!(7))
        );
        assert!(run["rate"].as_f64().unwrap() > 0.0, "{run}");
        assert!(run["settings"]["knobs"].as_object().unwrap().len() > 2);
    }
    assert_eq!(seen.len(), METHODS.len());
}

#[test]
fn what_does_not_fit_is_refused_in_one_line() {
    let folder = Folder::new("unfit");
    let run = run_json(&folder, "run.json", &tiny("simclr"));
    let first = folder.at("first/x");
    let first = first.parent().expect("a folder");
    assert!(export(&run, first, &[]).status.success());

    // A folder that has something in it, which stays as it is.
    let said = refusal(&export(&run, first, &[]));
    assert!(said.contains("the folder is not empty"), "{said}");

    // A file is no folder.
    let said = refusal(&export(&run, &run, &[]));
    assert!(
        said.contains("run.json: ") && !said.contains("exists"),
        "{said}"
    );

    let out = folder.0.join("second");
    let later = folder.at("later.json");
    fs::write(&later, "{\"format\": 99}").unwrap();
    let said = refusal(&export(&later, &out, &[]));
    assert!(said.contains("later version of Twoviews"), "{said}");

    let unknown = run_json(
        &folder,
        "unknown.json",
        &json!({"method": "simclr", "knobs": {"x": 1}}),
    );
    let said = refusal(&export(&unknown, &out, &[]));
    assert!(said.contains("knobs.x") || said.contains('x'), "{said}");

    // Weights of a wider network: the first tensor that differs has its name.
    let weights = first.join("weights.safetensors");
    let weights = weights.to_str().expect("a name of letters");
    let wider = json!({"method": "simclr", "size": 16, "encoder": {"width": 8}});
    let wider = run_json(&folder, "wider.json", &wider);
    let said = refusal(&export(&wider, &out, &["--weights", weights]));
    let tensor = "branch.encoder.stages.0.conv.weight is [4, 3, 3, 3] there, and [8, 3, 3, 3] here";
    assert!(said.contains(tensor), "{said}");
    // Of another method: its name.
    let byol = run_json(&folder, "byol.json", &tiny("byol"));
    let said = refusal(&export(&byol, &out, &["--weights", weights]));
    assert!(
        said.contains("these are weights of simclr, and the run is of byol"),
        "{said}"
    );
    fs::write(folder.at("no.safetensors"), b"no weights").unwrap();
    let no = folder.at("no.safetensors");
    let no = no.to_str().expect("a name of letters");
    let said = refusal(&export(&run, &out, &["--weights", no]));
    assert!(said.contains("not a checkpoint"), "{said}");
    assert!(!out.exists(), "nothing was written");

    // What fits is taken as it is.
    assert!(export(&run, &out, &["--weights", weights]).status.success());
    let [given, taken] = [first, &out].map(|at| fs::read(at.join("weights.safetensors")).unwrap());
    assert_eq!(given, taken);
}
