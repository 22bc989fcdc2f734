//! Session files: written, read, and refused.

use super::*;
use crate::tests::session;

fn written(session: &Session) -> Result<Vec<u8>, Refused> {
    write(session, Cursor::new(Vec::new())).map(Cursor::into_inner)
}

#[test]
fn what_was_written_is_read() {
    let session = session();
    let mut opened = Opened::of(written(&session).unwrap()).unwrap();
    assert_eq!(opened.state(), &session.state);
    let pixels = opened.squares("images/squares.npy", 6, 4).unwrap();
    assert_eq!(pixels, session.sets[0].pixels);
    let weights = opened.file("runs/one/checkpoint.safetensors").unwrap();
    assert_eq!(Some(weights), session.runs[0].checkpoint);
    let table = opened.file("runs/one/loss.csv").unwrap();
    assert_eq!(table, b"step,total\n1,2.5\n2,1.5\n");
    for missing in ["runs/one/none", "../one", "runs/two/h.npy"] {
        let why = opened.file(missing).unwrap_err().to_string();
        assert_eq!(why, format!("{missing} is missing"));
    }
}

#[test]
fn numbers_come_back_to_the_last_bit() {
    let mut session = session();
    // As a page says them. A fast reader of decimals makes 3.121789932250977 of the first.
    let numbers = serde_json::json!([3.121_789_932_250_976_6, 0.1 + 0.2, f64::MIN_POSITIVE]);
    session.state["losses"] = numbers.clone();
    let opened = Opened::of(written(&session).unwrap()).unwrap();
    assert_eq!(opened.state()["losses"], numbers);
}

#[test]
fn all_that_was_promised_is_in_it() {
    let opened = Opened::of(written(&session()).unwrap()).unwrap();
    let names = opened.zip.file_names();
    let mut names: Vec<String> = names.map(|name| name.unwrap().into_owned()).collect();
    names.sort_unstable();
    let run = [
        "checkpoint.safetensors",
        "course.csv",
        "charts/knn.png",
        "charts/knn.svg",
        "embeddings.csv",
        "h.npy",
        "lightly/README.md",
        "lightly/checkpoint.py",
        "lightly/data.py",
        "lightly/method.py",
        "lightly/network.py",
        "lightly/optim.py",
        "lightly/requirements.txt",
        "lightly/train.py",
        "loss.csv",
        "loss.png",
        "loss.svg",
        "map.png",
        "map.svg",
        "projector/config.json",
        "projector/h.tsv",
        "projector/metadata.tsv",
        "projector/sprite.png",
        "projector/z.tsv",
        "readings.csv",
        "run.json",
        "z.npy",
    ];
    let mut wanted: Vec<String> = run.iter().map(|file| format!("runs/one/{file}")).collect();
    // Of a run whose weights and images have gone there is what was told of it.
    wanted.extend(
        ["loss.csv", "course.csv", "readings.csv", "run.json"]
            .map(|file| format!("runs/two/{file}")),
    );
    wanted.extend(
        [
            "README.txt",
            "session.ipynb",
            STATE,
            "images/squares.npy",
            "images/images.csv",
        ]
        .map(String::from),
    );
    wanted.sort_unstable();
    assert_eq!(names, wanted);
}

#[test]
fn what_does_not_fit_together_is_not_written() {
    type Change = fn(&mut Session);
    let wrong: [(&str, Change); 6] = [
        ("name of a folder", |s| s.runs[0].folder = "../out".into()),
        ("name of a folder", |s| s.runs[0].folder = String::new()),
        ("name of a folder", |s| s.runs[1].folder = "one".into()),
        ("do not fit together", |s| s.sets[0].pixels.truncate(5)),
        ("does not fit its images", |s| s.runs[0].set = Some(4)),
        ("does not fit its images", |s| {
            s.runs[0].embeddings.as_mut().unwrap().h.truncate(9);
        }),
    ];
    for (why, change) in wrong {
        let mut session = session();
        change(&mut session);
        let error = written(&session).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn what_is_no_session_is_refused() {
    let whole = written(&session()).unwrap();
    let refused = |bytes: &[u8]| Opened::of(bytes.to_vec()).unwrap_err().to_string();
    assert!(refused(b"").contains("no zip"));
    assert!(refused(&whole[..whole.len() / 2]).contains("cut short"));
    let mut other = ZipWriter::new(Cursor::new(Vec::new()));
    other
        .start_file("a.png", SimpleFileOptions::default())
        .unwrap();
    let other = other.finish().unwrap().into_inner();
    assert!(refused(&other).contains("no session of Twoviews"));
    // Bytes that were changed are found by their checksums.
    let mut damaged = whole.clone();
    let at = whole.windows(4).position(|part| part == b"ABCD").unwrap();
    damaged[at] = b'X';
    let mut opened = Opened::of(damaged).unwrap();
    let why = opened.file("runs/one/checkpoint.safetensors").unwrap_err();
    assert!(why.to_string().contains("is damaged"), "{why}");
    // One of a later version.
    let mut later = session();
    later.state = serde_json::json!({"format": FORMAT + 1});
    assert!(refused(&written(&later).unwrap()).contains("later version"));
    // Other images than those that session.json speaks of.
    assert!(opened.squares("images/squares.npy", 5, 4).is_err());
}
