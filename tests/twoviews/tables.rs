//! h and z as files: what `embed` and `train --out` write beside a checkpoint.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::folder::Folder;
use crate::kept::{images, python, run, said, stdout, text, train};

const TABLES: [&str; 5] = [
    "h.npy",
    "z.npy",
    "squares.npy",
    "images.csv",
    "embeddings.parquet",
];

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

#[test]
fn files_of_no_use_leave_no_gap_among_the_images() {
    let folder = Folder::new("gaps");
    let at = images(&folder);
    let [kept, later] = ["kept/x", "later/x"].map(|name| folder.at(name));
    let [kept, later] = [&kept, &later].map(|at| at.parent().expect("a folder"));
    run(&train(text(&at), &["--epochs", "1", "--out", text(kept)]));
    let broken = ["0/!first.png", "1/1.txt", "2/2a.png", "3/~last.png"];
    for name in broken {
        fs::write(at.join(name), b"not an image").expect("a file");
    }
    let checkpoint = kept.join("checkpoint.safetensors");
    let told = run(&["embed", text(&checkpoint), text(&at), "--out", text(later)]);
    for name in broken {
        assert!(said(&told).contains(&format!("skipped {name}: ")));
    }
    for name in TABLES {
        let [here, there] = [kept, later].map(|at| fs::read(at.join(name)).expect(name));
        assert!(here == there, "{name}");
    }
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

const READ: &str = "
import csv, sys
import numpy
import pandas
import pyarrow.parquet

at = sys.argv[1]
kinds = pyarrow.parquet.read_schema(f'{at}/embeddings.parquet')
for of in ('h', 'z'):
    assert str(kinds.field(of).type.value_type) == 'float', kinds
table = pandas.read_parquet(f'{at}/embeddings.parquet')
rows = list(csv.reader(open(f'{at}/images.csv', encoding='utf-8')))
assert list(table.columns) == rows[0] + ['h', 'z'], table.columns
assert table[rows[0]].values.tolist() == rows[1:], table
for of in ('h', 'z'):
    wanted = numpy.load(f'{at}/{of}.npy')
    found = numpy.stack(table[of])
    assert found.dtype == wanted.dtype and (found == wanted).all(), of
print(len(table), 'rows')
";

#[test]
fn pandas_reads_the_table() {
    let Some(python) = python("import numpy, pandas, pyarrow.parquet") else {
        eprintln!("skipped: no Python here has numpy, pandas and pyarrow");
        return;
    };
    let folder = Folder::new("parquet");
    let out = folder.at("out/x");
    let out = out.parent().expect("a folder");
    shapes(out);
    let read = Command::new(python)
        .args(["-c", READ, text(out)])
        .output()
        .expect("Python runs");
    assert!(read.status.success(), "{}", said(&read));
    assert_eq!(stdout(&read).trim(), "512 rows");
}
