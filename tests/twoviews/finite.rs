//! Numbers that are none, on the command line: they end a run by a sentence, or are refused by name.

use std::fs;
use std::process::{Command as Program, Output};

use serde_json::{Value, json};
use twoviews::protocol::{Command, Event};
use twoviews::training::checkpoint;

use crate::folder::Folder;
use crate::transcript::Transcript;

fn run(args: &[&str]) -> Output {
    let mut program = Program::new(env!("CARGO_BIN_EXE_twoviews"));
    program.args(args).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The checkpoint of a run after its first step.
fn begun(settings: Value) -> Vec<u8> {
    let mut t = Transcript::new(settings);
    t.say(Command::LoadSet {
        set: "shapes".into(),
        options: Some(serde_json::from_value(json!({"count": 24})).unwrap()),
        squares: None,
    });
    t.say(Command::Start);
    t.say(Command::Step);
    t.rest();
    let bytes = t.events.into_iter().rev().find_map(|event| match event {
        Event::Checkpoint { bytes, .. } => Some(bytes),
        _ => None,
    });
    bytes.expect("at rest a run is saved").to_vec()
}

#[test]
fn a_run_that_diverges_fails_and_leaves_what_it_had_to_go_on_from() {
    let folder = Folder::new("diverges");
    let bytes = begun(json!({
        "size": 16, "backend": "cpu", "method": "vicreg", "encoder": {"width": 4},
        "train": {"batch": 8, "epochs": 3, "optimizer": "sgd", "warmup": 0.0},
    }));
    let file = folder.at("checkpoint.safetensors");
    fs::write(&file, &bytes).unwrap();
    let [path, out] = [&*file, file.parent().unwrap()].map(|path| path.to_str().unwrap());
    let ended = run(&[
        "train",
        "builtin:shapes",
        "--json",
        "--resume",
        path,
        "--out",
        out,
        "--set",
        "train.learningRate=100",
    ]);
    assert!(!ended.status.success());
    let said = said(&ended);
    assert!(
        said.contains("learning rate") && said.contains("lower it"),
        "{said}"
    );
    let way = format!("which is kept: --resume {path} ");
    assert!(said.contains(&way), "{said}");
    let kept = checkpoint::about(&fs::read(&file).unwrap()).unwrap();
    let step = format!("go on from step {}, ", kept.step);
    assert!(said.contains(&step), "{said}");
}

#[test]
fn null_in_a_run_file_is_refused_by_name() {
    let folder = Folder::new("null");
    let file = folder.at("run.json");
    let path = file.to_str().unwrap();
    let refused = |run_file: Value| {
        fs::write(&file, run_file.to_string()).unwrap();
        let ended = run(&["train", "builtin:shapes", "--config", path]);
        assert!(!ended.status.success());
        said(&ended)
    };
    let file = |settings: Value| json!({"format": 1, "twoviews": "0.1.0", "settings": settings});
    for (run_file, name) in [
        (file(json!({"train": {"batch": null}})), "Batch size"),
        (file(json!({"knobs": {"temperature": null}})), "Temperature"),
        (file(json!(null)), "settings"),
        (
            json!({"format": null, "twoviews": "0.1.0", "settings": {}}),
            "format",
        ),
        (
            json!({"format": 1, "twoviews": "0.1.0", "settings": {},
                "images": {"set": null, "size": null, "list": []}}),
            "size",
        ),
    ] {
        let said = refused(run_file);
        assert!(said.contains(name), "{name}: {said}");
    }
}
