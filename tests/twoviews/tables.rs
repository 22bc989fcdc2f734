//! h and z as files: what `embed` and `train --out` write beside a checkpoint.

use std::fs;
use std::path::Path;

use crate::folder::Folder;
use crate::kept::{images, run, text, train};

const TABLES: [&str; 4] = ["h.npy", "z.npy", "squares.npy", "images.csv"];

#[test]
fn a_run_that_is_kept_has_what_embed_writes() {
    let folder = Folder::new("tables");
    let at = images(&folder);
    let [kept, later] = ["kept/x", "later/x"].map(|name| folder.at(name));
    let [kept, later] = [&kept, &later].map(|at| at.parent().expect("a folder"));
    run(&train(text(&at), &["--epochs", "2", "--out", text(kept)]));
    let checkpoint = kept.join("checkpoint.safetensors");
    run(&["embed", text(&checkpoint), text(&at), "--out", text(later)]);
    for name in TABLES {
        let [here, there] = [kept, later].map(|at| fs::read(at.join(name)).expect(name));
        assert!(here == there, "{name}");
    }
    let csv = fs::read_to_string(kept.join("images.csv")).expect("text");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("name,label"));
    assert_eq!(lines.next(), Some("0/0.png,0"));
    assert_eq!(lines.count(), 31);
}

/// A run of drawn shapes, kept in the folder.
fn shapes(out: &Path) {
    run(&train(
        "builtin:shapes",
        &["--epochs", "1", "--out", text(out)],
    ));
}

#[test]
fn every_factor_has_its_column() {
    let folder = Folder::new("factors");
    let out = folder.at("out/x");
    let out = out.parent().expect("a folder");
    shapes(out);
    let csv = fs::read_to_string(out.join("images.csv")).expect("text");
    let head = csv.lines().next();
    assert_eq!(head, Some("name,shape,colour"));
}
