//! Images that are kept in a file while a run trains: nothing else changes.

use std::fs;

use crate::folder::Folder;
use crate::kept::{command, images, losses, run, said, stdout, text, train};

#[test]
fn a_run_of_images_on_disk_is_the_same_bit_for_bit() {
    let folder = Folder::new("on-disk");
    let images = images(&folder);
    // One that is left out: what lies behind it moves up.
    fs::write(folder.at("images/0/3.png"), b"no image").unwrap();
    let place = folder.at("place/at");
    let place = place.parent().unwrap();
    let epochs = ["--epochs", "2"];
    let in_memory = run(&train(text(&images), &epochs));
    let on_disk = [&epochs[..], &["--on-disk", text(place)]].concat();
    let on_disk = run(&train(text(&images), &on_disk));
    let wanted = losses(stdout(&in_memory));
    assert!(wanted.len() > 3, "{wanted:?}");
    assert_eq!(losses(stdout(&on_disk)), wanted);
    let left = fs::read_dir(place).unwrap().count();
    assert_eq!(left, 0, "the file goes with the run");
}

#[test]
fn a_folder_that_takes_no_file_is_named() {
    let folder = Folder::new("on-disk-nowhere");
    let images = images(&folder);
    let nowhere = folder.0.join("nowhere");
    let output = command(&train(text(&images), &["--on-disk", text(&nowhere)]))
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = said(&output);
    assert!(
        said.contains(text(&nowhere)) && said.contains("name another folder with --on-disk"),
        "{said}"
    );
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}
