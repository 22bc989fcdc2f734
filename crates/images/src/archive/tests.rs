use std::io::{Cursor, Write};

use zip::write::{FullFileOptions, SimpleFileOptions, ZipWriter};

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// A zip of these files, by name.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a name");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("a zip").into_inner()
}

fn open(bytes: &[u8]) -> Archive<Cursor<&[u8]>> {
    Archive::open_by(Cursor::new(bytes), |_| None).expect("a zip")
}

fn refusal(bytes: &[u8]) -> String {
    Archive::open_by(Cursor::new(bytes), |_| None)
        .unwrap_err()
        .to_string()
}

/// The first place of these bytes among others, changed.
fn change(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let at = bytes.windows(from.len()).position(|part| part == from);
    let at = at.expect("they are there");
    bytes[at..at + to.len()].copy_from_slice(to);
}

#[test]
fn files_come_out_in_their_order() {
    let bytes = zip(&[
        ("cats/", b""),
        ("cats/b.png", PNG),
        ("a.txt", b"Dear diary"),
    ]);
    let mut archive = open(&bytes);
    let names: Vec<_> = archive.entries().iter().map(|entry| &*entry.name).collect();
    assert_eq!(names, ["cats/b.png", "a.txt"]);
    assert_eq!(archive.read(0).unwrap(), PNG);
    let refused = archive.read(1).unwrap_err().to_string();
    assert!(refused.starts_with("not an image"), "{refused}");
    assert_eq!(archive.contents(1).unwrap(), b"Dear diary");
}

#[test]
fn what_systems_leave_is_counted() {
    let files = [
        "a.png",
        "__MACOSX/._a.png",
        ".DS_Store",
        "@eaDir/a.png/S.jpg",
    ];
    let bytes = zip(&files.map(|name| (name, PNG)));
    let archive = open(&bytes);
    assert_eq!((archive.entries().len(), archive.leftovers().len()), (1, 3));
}

#[test]
fn two_files_of_the_same_name_are_two() {
    let mut bytes = zip(&[("one.png", PNG), ("two.png", b"another")]);
    for _ in 0..2 {
        change(&mut bytes, b"two.png", b"one.png");
    }
    let mut archive = open(&bytes);
    assert_eq!(archive.contents(0).unwrap(), PNG);
    assert_eq!(archive.contents(1).unwrap(), b"another");
    assert_eq!(archive.entries()[0].name, archive.entries()[1].name);
}

#[test]
fn one_bad_entry_is_refused_alone() {
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["good.png", "changed.png", "locked.png", "odd.png"] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(PNG).unwrap();
        writer.write_all(name.as_bytes()).unwrap();
    }
    writer
        .add_symlink("link.png", "/etc/passwd", stored)
        .unwrap();
    writer.start_file("inner.zip", stored).unwrap();
    let mut bytes = writer.finish().unwrap().into_inner();
    change(&mut bytes, b"so onchanged", b"so ONchanged");
    // In the archive's list, behind 46 bytes: flags at 8, the method at 10.
    let listed = |bytes: &[u8], name: &[u8]| {
        let header = bytes
            .windows(name.len() + 46)
            .rposition(|part| part.starts_with(b"PK\x01\x02") && part.ends_with(name));
        header.expect("it is in the list")
    };
    let locked = listed(&bytes, b"locked.png");
    bytes[locked + 8] |= 1;
    let odd = listed(&bytes, b"odd.png");
    bytes[odd + 10] = 14;
    let mut archive = open(&bytes);
    let mut said = |at| archive.read(at).map_err(|refused| refused.to_string());
    assert!(said(0).is_ok());
    let wanted = [
        "damaged in the zip: its checksum is wrong",
        "it has a password: unpack the zip and add the folder",
        "compressed by LZMA, which is not read: unpack the zip and add the folder",
        "a link, not a file: add the file it leads to",
        "a zip inside the zip is not opened: unpack it and add it by itself",
    ];
    for (at, wanted) in (1..).zip(wanted) {
        assert_eq!(said(at), Err(wanted.into()));
    }
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for (name, reason) in [
        ("../../a.png", "its path leads out of the zip"),
        ("cats\\..\\a.png", "its path leads out of the zip"),
        ("/etc/a.png", "its path begins at the root of a disk"),
        ("C:\\a.png", "its path begins at the root of a disk"),
        ("a\0.png", "there is a zero byte in its name"),
    ] {
        assert_eq!(trick(name), Some(reason), "{name:?}");
    }
    assert_eq!(trick("cats/a..b.png"), None);
}

#[test]
fn a_zip_that_is_cut_says_so_and_no_zip_too() {
    let bytes = zip(&[("a.png", PNG), ("b.png", PNG)]);
    for cut in [10, bytes.len() / 2, bytes.len() - 1] {
        let said = refusal(&bytes[..cut]);
        assert!(
            said.starts_with("the zip is cut short or damaged"),
            "{cut}: {said}"
        );
    }
    assert_eq!(refusal(b"Dear diary"), "neither a folder nor a zip");
    assert_eq!(refusal(b""), "neither a folder nor a zip");
    let rar = "a RAR archive, not a zip: unpack it and add the folder";
    assert_eq!(refusal(b"Rar!\x1A\x07\x01\0"), rar);
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let entry = |gigabytes| Entry {
        name: "a.png".into(),
        length: gigabytes * GB,
        refused: None,
    };
    assert_eq!(is_no_bomb(&[entry(1)], 1000), Ok(()));
    assert_eq!(is_no_bomb(&[entry(100), entry(100)], 150 * GB), Ok(()));
    let said = |entries: &[Entry], length| is_no_bomb(entries, length).unwrap_err().to_string();
    assert_eq!(
        said(&[entry(1), entry(1)], 1_000_000),
        "unpacked it would be 2 GB, over 200 times its length: no zip of images is like this"
    );
    assert_eq!(
        said(&[entry(100), entry(101)], 150 * GB),
        "unpacked it would be 201 GB; at most 200 are read: make several zips of it"
    );
}

#[test]
fn an_entry_longer_than_it_claims_is_refused() {
    let long: Vec<u8> = PNG.iter().copied().chain(vec![7; 100_000]).collect();
    let mut bytes = zip(&[("a.png", &long)]);
    let claim = u32::try_from(long.len()).unwrap().to_le_bytes();
    for _ in 0..2 {
        change(&mut bytes, &claim, &1000_u32.to_le_bytes());
    }
    let said = open(&bytes).read(0).unwrap_err().to_string();
    assert!(said.starts_with("damaged in the zip"), "{said}");
}

#[test]
fn names_of_other_systems_are_told_by_their_field() {
    // "pêcheur" in the code page of old DOS, and its field of Info-ZIP with the name in UTF-8.
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut options = FullFileOptions::default();
    let mut field = vec![1];
    field.extend(crc32(b"p_cheur.png").to_le_bytes());
    field.extend("pêcheur.png".as_bytes());
    options
        .add_extra_field(0x7075, field.into_boxed_slice(), true)
        .unwrap();
    writer.start_file("p_cheur.png", options).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(open(&bytes).entries()[0].name, "pêcheur.png");
}

fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    }) ^ !0
}

#[test]
fn names_in_the_code_page_of_dos_are_read_as_such() {
    let mut bytes = zip(&[("p_cheur.png", PNG), ("p-cheur.png", PNG)]);
    for _ in 0..2 {
        change(&mut bytes, b"p_cheur", b"p\x82cheur");
        change(&mut bytes, b"p-cheur", b"p\x88cheur");
    }
    while let Some(at) = bytes
        .windows(6)
        .position(|part| part == b"PK\x01\x02\x14\x03")
    {
        bytes[at + 5] = 0;
    }
    let archive = open(&bytes);
    let names: Vec<_> = archive.entries().iter().map(|entry| &*entry.name).collect();
    assert_eq!(names, ["pécheur.png", "pêcheur.png"]);
}
