//! Runs that are kept in a folder by the command line: gone on with, repeated, asked again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::folder::{Folder, noise};

/// Images in a folder: four kinds of noise.
pub(crate) fn images(folder: &Folder) -> PathBuf {
    let names: Vec<String> = (0..32)
        .map(|i| format!("images/{}/{i}.png", i % 4))
        .collect();
    folder.images(&names);
    folder.at("images/0").parent().expect("a folder").to_owned()
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twoviews"));
    command.args(args);
    command
}

/// What the program says, which must have come to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    let output = command(args).output().expect("the program runs");
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    output
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A short run of small images, and more arguments.
pub(crate) fn train<'a>(images: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let short = ["--batch", "8", "--size", "16", "--set", "encoder.width=4"];
    let first = ["train", images, "--json", "--no-scores"];
    [&first, &short[..], more].concat()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a name of letters")
}

fn events(lines: &str) -> Vec<Value> {
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The loss of each step, as its bits are written.
pub(crate) fn losses(lines: &str) -> Vec<(u64, String)> {
    let stepped = events(lines).into_iter();
    let stepped = stepped.filter(|event| event["type"] == "stepped");
    let points = stepped.flat_map(|event| event["losses"].as_array().expect("a list").clone());
    let losses = points.map(|point| {
        let step = point["step"].as_u64().expect("a count");
        (step, point["total"].to_string())
    });
    losses.collect()
}

pub(crate) fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("text")
}

/// Stopped by Ctrl-C and gone on with, a run is the one that was never stopped, bit for bit.
#[test]
#[cfg(unix)]
fn a_run_that_was_stopped_goes_on() {
    let folder = Folder::new("resume");
    let images = images(&folder);
    let images = text(&images);
    let kept = folder.at("kept/run.json");
    let kept = kept.parent().expect("a folder");
    // More than fits into a pipe: it cannot end before it is stopped.
    let long = ["--epochs", "600", "--set", "knobs.temperature=0.3"];

    let whole = run(&train(images, &long));
    let whole = losses(stdout(&whole));
    assert_eq!(whole.len(), 600 * 4);

    let mut child = command(&train(
        images,
        &[&long[..], &["--out", text(kept)]].concat(),
    ))
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("the program runs");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut first = String::new();
    let mut stopped = false;
    for line in lines {
        let line = line.expect("text");
        if line.contains("\"stepped\"") && !stopped {
            stopped = true;
            let pid = child.id().to_string();
            let sent = Command::new("kill").args(["-INT", &pid]).status();
            assert!(sent.expect("there is a kill").success());
        }
        first += &line;
        first += "\n";
    }
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130), "{}", said(&ended));
    assert!(said(&ended).contains("--resume"), "{}", said(&ended));
    let first = losses(&first);
    assert!(first.len() < whole.len(), "it was stopped before its end");

    let checkpoint = kept.join("checkpoint.safetensors");
    let resumed = [
        "train",
        images,
        "--json",
        "--no-scores",
        "--resume",
        text(&checkpoint),
    ];
    let rest = run(&[&resumed[..], &["--out", text(kept)]].concat());
    assert_eq!(said(&rest), "", "the images are the same");
    let rest = losses(stdout(&rest));
    assert_eq!(first.len() + rest.len(), whole.len());
    assert_eq!([first, rest].concat(), whole);
    // The folder has the events of both parts.
    let kept_events = fs::read_to_string(kept.join("events.jsonl")).expect("events");
    assert_eq!(losses(&kept_events), whole);

    // What a run cannot take up as it goes on is refused by name; what it can is obeyed.
    let refused = command(&[&resumed[..], &["--batch", "16"]].concat()).output();
    let refused = refused.expect("the program runs");
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("train.batch: "),
        "{}",
        said(&refused)
    );
}

#[test]
fn a_run_is_repeated_from_its_file() {
    let folder = Folder::new("config");
    let at = images(&folder);
    let images = text(&at);
    let kept = folder.at("kept/run.json");
    let out = text(kept.parent().expect("a folder"));
    let more = ["--epochs", "2", "--seed", "5", "--out", out];
    let first = run(&train(images, &more));
    let file: Value = serde_json::from_slice(&fs::read(&kept).unwrap()).unwrap();
    assert_eq!(file["settings"]["seed"], 5);
    assert_eq!(file["images"]["list"].as_array().unwrap().len(), 32);
    assert_eq!(file["images"]["list"][0]["name"], "0/0.png");

    let again = [
        "train",
        images,
        "--json",
        "--no-scores",
        "--config",
        text(&kept),
    ];
    let second = run(&again);
    assert_eq!(said(&second), "");
    assert_eq!(losses(stdout(&first)), losses(stdout(&second)));
    // What is said by hand goes before the file, a method with its own knobs.
    let third = run(&[&again[..], &["--method", "vicreg"]].concat());
    let started = events(stdout(&third));
    let configured = started.iter().rfind(|event| event["type"] == "configured");
    let settings = &configured.expect("settings")["settings"];
    assert_eq!(
        (&settings["method"], &settings["seed"]),
        (&"vicreg".into(), &5.into())
    );

    // Other images are another run, and it is said.
    fs::write(at.join("0/0.png"), noise(99)).unwrap();
    let other = run(&again);
    assert!(
        said(&other).contains("not the images of that run (of 32 images 1 not the same)"),
        "{}",
        said(&other)
    );
    for (broken, why) in [
        ("{\"format\": 99}", "later version"),
        ("{}", "not a run.json"),
        ("{", "EOF"),
        (
            "{\"format\":1,\"twoviews\":\"0\",\"settings\":5}",
            "settings must be an object",
        ),
        (
            "{\"format\":1,\"twoviews\":\"0\",\"settings\":{\"seed\":null}}",
            "seed",
        ),
    ] {
        fs::write(&kept, broken).unwrap();
        let refused = command(&again).output().expect("the program runs");
        assert!(!refused.status.success());
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }
}

#[test]
fn a_network_that_was_kept_is_scored_as_it_was_in_its_run() {
    let folder = Folder::new("score");
    let at = images(&folder);
    let images = text(&at);
    let kept = folder.at("kept/run.json");
    let out = text(kept.parent().expect("a folder"));
    let args = train(images, &["--epochs", "2", "--out", out]);
    let args: Vec<&str> = args
        .into_iter()
        .filter(|arg| *arg != "--no-scores")
        .collect();
    let read = |output: &Output| {
        let all = events(stdout(output)).into_iter();
        let mut all = all.filter(|event| event["type"] == "evaluated");
        let values = all.next_back().expect("it was evaluated")["values"].take();
        let values = values.as_array().expect("a list").clone().into_iter();
        let of_h = values.map(|value| (value["id"].clone(), value["h"].clone()));
        // A gradient is that of the step that comes next, whose views a run that is over does not have.
        of_h.collect::<Vec<_>>()
    };
    let in_run = read(&run(&args));
    let checkpoint = kept.with_file_name("checkpoint.safetensors");
    let score = ["score", text(&checkpoint), images];
    let later = read(&run(&[&score[..], &["--json"]].concat()));
    assert_eq!(in_run, later);
    let table = run(&score);
    assert!(stdout(&table).contains("kNN"), "{}", stdout(&table));

    fs::write(&checkpoint, b"no weights").unwrap();
    let refused = command(&score).output().expect("the program runs");
    assert!(
        said(&refused).contains("this is not a checkpoint"),
        "{}",
        said(&refused)
    );
}

/// A Python in which this does not fail.
pub(crate) fn python(code: &str) -> Option<String> {
    let named = std::env::var("TWOVIEWS_PYTHON").ok();
    let all = named.into_iter();
    let mut all = all.chain(["python3".to_owned(), "/usr/bin/python3".to_owned()]);
    all.find(|python| {
        let has = Command::new(python)
            .args(["-c", code])
            .stderr(Stdio::null())
            .status();
        has.is_ok_and(|status| status.success())
    })
}

#[test]
fn pytorch_has_the_same_h_of_every_method() {
    let Some(python) = python("import torch, numpy, safetensors") else {
        eprintln!("skipped: no Python here has torch, numpy and safetensors");
        return;
    };
    let folder = Folder::new("pytorch");
    let at = images(&folder);
    let images = text(&at);
    let page = fs::read_to_string("docs/pytorch.md").expect("the page is there");
    let code = page.split("```python\n").nth(1).expect("it has code");
    let code = code.split("```").next().expect("the code ends");
    let script = folder.at("represent.py");
    fs::write(&script, code).unwrap();

    let methods = run(&["methods", "--json"]);
    let methods: Value = serde_json::from_slice(&methods.stdout).expect("JSON");
    let ids = methods.as_array().expect("a list").iter();
    let mut ids: Vec<(&str, &str)> = ids
        .map(|card| (card["id"].as_str().expect("an id"), "encoder.norm=true"))
        .collect();
    ids.push(("simclr", "encoder.norm=false"));
    for (id, norm) in ids {
        let kept = folder.at(format!("{id}-{norm}/run.json"));
        let out = text(kept.parent().expect("a folder"));
        run(&train(
            images,
            &["--method", id, "--epochs", "1", "--set", norm, "--out", out],
        ));
        let checkpoint = kept.with_file_name("checkpoint.safetensors");
        run(&["embed", text(&checkpoint), images, "--out", out]);
        let rows = fs::read_to_string(kept.with_file_name("images.csv")).unwrap();
        assert_eq!(rows.lines().nth(1), Some("0/0.png,0"));
        let said = Command::new(&python)
            .args([text(&script), text(&checkpoint), out])
            .output()
            .expect("Python runs");
        let line = String::from_utf8_lossy(&said.stdout).into_owned();
        let error = line
            .split_whitespace()
            .last()
            .and_then(|last| last.parse::<f64>().ok());
        let error =
            error.unwrap_or_else(|| panic!("{id}: {}", String::from_utf8_lossy(&said.stderr)));
        assert!(line.starts_with(id) && error < 1e-4, "{line}");
    }
}
