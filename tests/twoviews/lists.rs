//! A list of images in place of a folder.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::folder::{Folder, noise};
use crate::kept::{command, said, stdout, text, train};

/// The `loaded` event.
fn loaded(output: &Output) -> Value {
    let lines = stdout(output).lines();
    let mut events = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let loaded = events.find(|event| event["type"] == "loaded");
    loaded.unwrap_or_else(|| panic!("{}", said(output)))
}

fn read(folder: &Folder, list: &str) -> Output {
    let path = folder.at("lists/list.txt");
    fs::write(&path, list).unwrap();
    command(&train(text(&path), &["--epochs", "1"]))
        .output()
        .unwrap()
}

#[test]
fn files_of_a_list_have_the_label_that_it_gives_or_that_of_their_folder() {
    let folder = Folder::new("list");
    for number in 0..16 {
        let kind = number % 2;
        fs::write(
            folder.at(format!("images/{kind}/{number}.png")),
            noise(number),
        )
        .unwrap();
    }
    let line = |number: u64| format!("../images/{}/{number}.png", number % 2);
    let all: Vec<String> = (0..16).map(line).collect();
    let about = loaded(&read(&folder, &all.join("\n")));
    assert_eq!(about["images"]["names"].as_array().unwrap().len(), 16);
    assert_eq!(
        about["images"]["factors"][0]["classes"],
        serde_json::json!(["0", "1"])
    );

    // As Windows writes it, with what names nothing, and with a file that is not there.
    let labelled = (0..16).map(|number| {
        format!(
            "{}\t{}",
            line(number),
            ["long", "short"][usize::from(number < 8)]
        )
    });
    let labelled = labelled.collect::<Vec<_>>().join("\r\n");
    let list =
        format!("\u{feff}# path, label\r\n\r\n{labelled}\r\n../images/gone.png\r\n../images\r\n");
    let about = loaded(&read(&folder, &list));
    assert_eq!(about["images"]["names"].as_array().unwrap().len(), 16);
    assert_eq!(
        about["images"]["factors"][0]["classes"],
        serde_json::json!(["long", "short"])
    );
    let skipped = about["skipped"].to_string();
    assert!(
        skipped.contains("gone.png") && skipped.contains("not a file but a folder"),
        "{skipped}"
    );
}

#[test]
fn a_text_that_is_no_list_is_told_by_its_first_line() {
    let folder = Folder::new("no-list");
    let output = read(&folder, "Dear diary\ntoday\n");
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(
        said.contains("no list of files: its first line, Dear diary, is none"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}
