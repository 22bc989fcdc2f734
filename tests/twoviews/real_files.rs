//! What people really have: folders and zips with something odd in them, on the command line.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use twoviews::rng::{Purpose, Rng};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::folder::{Folder, noise};

/// Twelve names, half of them of each of two kinds.
fn cats_and_dogs() -> Vec<String> {
    let name = |i: usize| format!("{}/{i}.png", if i < 6 { "cats" } else { "dogs" });
    (0..12).map(name).collect()
}

fn train(images: &Path, more: &[&str]) -> Output {
    let settings = [
        "--json", "--epochs", "1", "--batch", "8", "--size", "16", "--seed", "1",
    ];
    Command::new(env!("CARGO_BIN_EXE_twoviews"))
        .arg("train")
        .arg(images)
        .args(settings)
        .args(["--set", "encoder.width=4"])
        .args(more)
        .output()
        .expect("the program runs")
}

fn events(output: &Output) -> Vec<Value> {
    let lines = str::from_utf8(&output.stdout).expect("text").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn event(output: &Output, kind: &str) -> Value {
    let mut events = events(output).into_iter().rev();
    let event = events.find(|event| event["type"] == kind);
    event.unwrap_or_else(|| panic!("no {kind}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What was taken in; the run must have gone on to its end.
struct Loaded {
    images: usize,
    classes: Vec<String>,
    skipped: Vec<(String, String)>,
    notes: Vec<String>,
}

fn loaded(images: &Path) -> Loaded {
    let output = train(images, &["--no-scores"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let loaded = event(&output, "loaded");
    let texts = |list: &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.map(|text| text.as_str().expect("a text").into())
            .collect()
    };
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let skipped = loaded["skipped"].as_array().expect("a list").iter();
    Loaded {
        images: loaded["images"]["names"].as_array().expect("a list").len(),
        classes: texts(&loaded["images"]["factors"][0]["classes"]),
        skipped: skipped
            .map(|file| (text(&file["name"]), text(&file["reason"])))
            .collect(),
        notes: texts(&loaded["notes"]),
    }
}

#[test]
#[cfg(unix)]
fn one_bad_entry_of_a_folder_is_one_line() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    let folder = Folder::new("entries");
    folder.images(&cats_and_dogs());
    let mut wanted = Vec::new();
    let mut expect = |name: &str, reason: &str| wanted.push((name.to_owned(), reason.to_owned()));
    symlink("gone.png", folder.at("cats/dead.png")).unwrap();
    expect("cats/dead.png", "a link to a file that is not there");
    symlink("..", folder.at("cats/round")).unwrap();
    expect("cats/round", "a link back to a folder that it lies in");
    symlink("self.png", folder.at("cats/self.png")).unwrap();
    expect("cats/self.png", "a link that leads to itself");
    let _socket = UnixListener::bind(folder.at("cats/socket.png")).unwrap();
    expect("cats/socket.png", "not a file but a socket");
    if Command::new("mkfifo")
        .arg(folder.at("dogs/pipe.png"))
        .status()
        .is_ok_and(|made| made.success())
    {
        expect("dogs/pipe.png", "not a file but a pipe");
    }
    fs::write(folder.at("dogs/empty.png"), "").unwrap();
    expect("dogs/empty.png", "the file is empty");
    // Root reads it all the same.
    fs::write(folder.at("dogs/locked.png"), noise(99)).unwrap();
    fs::set_permissions(
        folder.at("dogs/locked.png"),
        fs::Permissions::from_mode(0o000),
    )
    .unwrap();
    let open = File::open(folder.at("dogs/locked.png")).is_ok();
    if !open {
        expect("dogs/locked.png", "no permission to read it");
    }
    let mut film = File::create(folder.at("dogs/film.mp4")).unwrap();
    film.write_all(b"\0\0\0\x18ftypisom\0\0\0\0").unwrap();
    film.set_len(5_000_000_000).unwrap();

    let found = loaded(&folder.0);
    assert_eq!(found.images, 12 + usize::from(open));
    assert_eq!(found.classes, ["cats", "dogs"]);
    for wanted in &wanted {
        assert!(
            found.skipped.contains(wanted),
            "{wanted:?} in {:?}",
            found.skipped
        );
    }
    assert_eq!(found.skipped.len(), wanted.len() + 1);
    let film = found.skipped.iter().find(|file| file.0 == "dogs/film.mp4");
    assert!(film.unwrap().1.contains("image"), "{film:?}");
}

#[test]
#[cfg(unix)]
fn folders_in_an_old_encoding_stay_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new("latin");
    for (number, name) in (0..).zip([&b"p\xE9cheur"[..], b"p\xEAcheur"].repeat(6)) {
        let file = Path::new(OsStr::from_bytes(name)).join(format!("{number}.png"));
        fs::write(folder.at(file), noise(number)).unwrap();
    }
    assert_eq!(loaded(&folder.0).classes, ["pécheur", "pêcheur"]);
}

#[test]
fn a_letter_and_its_accent_apart_or_not_are_one_label() {
    let folder = Folder::new("composed");
    let name = |i: usize| {
        let label = [
            "Stra\u{df}en/B\u{e4}ume",
            "Stra\u{df}en/Ba\u{308}ume",
            "H\u{e4}user",
        ][i % 3];
        format!("{label}/{i}.png")
    };
    folder.images(&(0..12).map(name).collect::<Vec<_>>());
    let found = loaded(&folder.0);
    assert_eq!(
        (found.images, found.classes),
        (12, vec!["B\u{e4}ume".into(), "H\u{e4}user".into()])
    );
}

#[test]
fn labels_come_from_the_folder_that_tells_images_apart() {
    let folder = Folder::new("layout");
    let name = |i: usize| match i % 3 {
        0 => format!("train/n01443537/images/{i}.png"),
        1 => format!("train/n01629819/images/{i}.png"),
        _ => format!("val/images/{i}.png"),
    };
    folder.images(&(0..12).map(name).collect::<Vec<_>>());
    let found = loaded(&folder.0);
    assert_eq!(found.classes, ["n01443537", "n01629819", "(none)"]);
    assert!(found.notes.is_empty(), "{:?}", found.notes);

    let folder = Folder::new("plain");
    folder.images(
        &(0..12)
            .map(|i| format!("images/{i}.png"))
            .collect::<Vec<_>>(),
    );
    let note = &loaded(&folder.0).notes[0];
    assert!(
        note.starts_with("No labels: all images lie in folders called images."),
        "{note}"
    );
}

#[test]
fn what_systems_leave_is_counted_and_makes_no_label() {
    let folder = Folder::new("leftovers");
    folder.images(&cats_and_dogs());
    let left = |i: usize| format!("cats/@eaDir/{i}.png/SYNOPHOTO_THUMB_M.png");
    folder.images(&(0..6).map(left).collect::<Vec<_>>());
    fs::write(folder.at("dogs/Thumbs.db"), "").unwrap();
    let found = loaded(&folder.0);
    assert_eq!((found.images, found.skipped.len()), (12, 0));
    assert_eq!(found.classes, ["cats", "dogs"]);
    assert_eq!(
        found.notes,
        ["7 files that systems leave beside images were ignored."]
    );
}

/// A zip of cats and dogs, stored, and of these files.
fn zip(more: &[(&str, &[u8])]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (number, name) in (0..).zip(cats_and_dogs()) {
        writer.start_file(name, stored).expect("a name");
        writer.write_all(&noise(number)).expect("memory");
    }
    for (name, bytes) in more {
        writer.start_file(*name, stored).expect("a name");
        writer.write_all(bytes).expect("memory");
    }
    writer
        .add_symlink("cats/link.png", "0.png", stored)
        .expect("a name");
    writer.finish().expect("a zip").into_inner()
}

#[test]
fn one_bad_entry_of_a_zip_is_one_line() {
    let folder = Folder::new("zip");
    let mut bytes = zip(&[("dogs/inner.zip", b"PK\x03\x04"), ("dogs/Thumbs.db", b"")]);
    // In the archive's list, behind 46 bytes: flags at 8, the method at 10, the checksum at 16.
    let mut change = |name: &str, at: usize, to: u8| {
        let is = |part: &[u8]| part.starts_with(b"PK\x01\x02") && part.ends_with(name.as_bytes());
        let entry = bytes.windows(46 + name.len()).position(is);
        bytes[entry.expect("it is in the list") + at] = to;
    };
    change("cats/1.png", 8, 1);
    change("cats/2.png", 10, 14);
    change("cats/3.png", 16, 77);
    fs::write(folder.at("images.zip"), &bytes).unwrap();
    let found = loaded(&folder.at("images.zip"));
    assert_eq!(found.images, 9);
    assert_eq!(found.classes, ["cats", "dogs"]);
    let wanted = [
        (
            "cats/1.png",
            "it has a password: unpack the zip and add the folder",
        ),
        (
            "cats/2.png",
            "compressed by LZMA, which is not read: unpack the zip and add the folder",
        ),
        ("cats/3.png", "damaged in the zip: its checksum is wrong"),
        (
            "cats/link.png",
            "a link, not a file: add the file it leads to",
        ),
        (
            "dogs/inner.zip",
            "a zip inside the zip is not opened: unpack it and add it by itself",
        ),
    ];
    assert_eq!(
        found.skipped,
        wanted.map(|(name, reason)| (name.into(), reason.into()))
    );
    assert_eq!(
        found.notes,
        ["One file that a system leaves beside images was ignored."]
    );
}

#[test]
fn what_is_no_whole_zip_is_called_what_it_is() {
    let folder = Folder::new("no-zip");
    let whole = zip(&[]);
    for (name, bytes, wanted) in [
        (
            "cut.zip",
            &whole[..whole.len() / 2],
            "the zip is cut short or damaged",
        ),
        (
            "images.rar",
            b"Rar!\x1A\x07\x01\0",
            "a RAR archive, not a zip",
        ),
        ("diary.txt", b"Dear diary", "neither a folder nor a zip"),
        (
            "one.png",
            &noise(1),
            "one image; a folder or a zip of images is needed",
        ),
    ] {
        fs::write(folder.at(name), bytes).unwrap();
        let output = train(&folder.at(name), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(wanted), "{name}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn copies_do_not_give_each_other_away() {
    let folder = Folder::new("copies");
    // 16 images of noise, six times each; the label of each is a coin's throw.
    let mut rng = Rng::keyed(3, Purpose::Folds, &[]);
    let mut kinds: Vec<usize> = (0..16).map(|image| image % 2).collect();
    rng.shuffle(&mut kinds);
    for at in 0..96 {
        let label = ["heads", "tails"][kinds[at % 16]];
        let file = folder.at(format!("{label}/{}.png", at * 7 % 96));
        fs::write(file, noise(at as u64 % 16)).unwrap();
    }
    let output = train(&folder.0, &[]);
    let notes = event(&output, "loaded")["notes"].to_string();
    assert!(notes.contains("80 images are copies of others"), "{notes}");
    let scores = event(&output, "evaluated")["values"].clone();
    let mut scores = scores.as_array().expect("a list").iter();
    let knn = scores.find(|value| value["id"] == "knn").expect("a score");
    let knn = knn["pixels"].as_f64().expect("a score of pixels");
    assert!(
        knn < 0.75,
        "kNN of pixels {knn}: copies give each other away"
    );
}

#[test]
fn scores_can_be_left_out() {
    let folder = Folder::new("unscored");
    folder.images(&cats_and_dogs());
    let scored = |output: &Output| {
        events(output)
            .iter()
            .any(|event| event["type"] == "evaluated")
    };
    assert!(scored(&train(&folder.0, &[])));
    assert!(!scored(&train(&folder.0, &["--no-scores"])));
}

/// A name can be a command to a terminal, which is not to obey it.
#[test]
#[cfg(unix)]
fn names_are_no_commands_to_a_terminal() {
    let folder = Folder::new("escapes");
    folder.images(&cats_and_dogs());
    fs::write(folder.at("\u{1b}[31mred\u{7}.txt"), "no image").unwrap();
    for kind in ["\u{1b}]0;cats", "\u{202e}sgod"] {
        let names: Vec<String> = (0..6).map(|i| format!("{kind}/{i}.png")).collect();
        folder.images(&names);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_twoviews"))
        .arg("train")
        .arg(&folder.0)
        .args(["--epochs", "1", "--batch", "8", "--size", "16"])
        .args(["--set", "encoder.width=4"])
        .output()
        .expect("the program runs");
    assert!(output.status.success());
    let said = String::from_utf8([output.stderr, output.stdout].concat()).expect("text");
    assert!(said.contains("skipped \\u{1b}[31mred\\u{7}.txt"), "{said}");
    let obeyed = ['\u{1b}', '\u{7}', '\u{202e}'];
    assert!(!said.contains(obeyed), "{said:?}");
}
