//! Real image files, whole and broken.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::time::Instant;

use twoviews::data::ImageSet;
use twoviews::images::{Archive, decode};
use twoviews::rng::{Purpose, Rng};

#[path = "../../fuzz/targets.rs"]
mod targets;

const RED: [u8; 3] = [220, 40, 40];
const GREEN: [u8; 3] = [40, 180, 60];
const BLUE: [u8; 3] = [40, 70, 210];
const YELLOW: [u8; 3] = [230, 200, 40];
const WHITE: [u8; 3] = [255; 3];

const WHOLE: [&str; 14] = [
    "animated.gif",
    "cmyk.jpg",
    "grey.png",
    "lossless.webp",
    "palette.png",
    "progressive.jpg",
    "quadrants.bmp",
    "quadrants.jpg",
    "quadrants.png",
    "quadrants.tif",
    "quadrants.webp",
    "sixteen-bit.png",
    "transparent.png",
    "turned.jpg",
];

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from("tests/images");
    fs::read(folder.join(name)).expect(name)
}

fn reason(name: &str) -> String {
    decode(&file(name), 32).unwrap_err().to_string()
}

/// The middles of the four quadrants of a file must have these colours, within `tolerance`.
fn assert_quadrants(name: &str, colours: [[u8; 3]; 4], tolerance: u8) {
    let pixels = decode(&file(name), 32).expect(name);
    assert_eq!(pixels.len(), 32 * 32 * 3, "{name}");
    for (index, colour) in colours.iter().enumerate() {
        let (x, y) = (8 + index % 2 * 16, 8 + index / 2 * 16);
        let seen = &pixels[(y * 32 + x) * 3..][..3];
        let near = seen
            .iter()
            .zip(colour)
            .all(|(a, b)| a.abs_diff(*b) <= tolerance);
        assert!(
            near,
            "{name}, quadrant {index}: {seen:?} instead of {colour:?}"
        );
    }
}

#[test]
fn every_format_gives_the_same_picture() {
    let colours = [RED, GREEN, BLUE, YELLOW];
    for (name, tolerance) in [
        ("quadrants.png", 0),
        ("palette.png", 0),
        ("sixteen-bit.png", 0),
        ("quadrants.bmp", 0),
        ("quadrants.tif", 0),
        ("animated.gif", 0),
        ("lossless.webp", 0),
        ("quadrants.webp", 6),
        ("quadrants.jpg", 3),
        ("progressive.jpg", 3),
        ("cmyk.jpg", 8),
    ] {
        assert_quadrants(name, colours, tolerance);
    }
    // ITU-R BT.601, as Pillow greys them.
    assert_quadrants("grey.png", [94, 124, 77, 191].map(|value| [value; 3]), 0);
}

#[test]
fn photographs_are_turned_upright() {
    assert_quadrants("turned.jpg", [RED, GREEN, BLUE, YELLOW], 3);
}

#[test]
fn transparent_parts_lie_on_white() {
    assert_quadrants("transparent.png", [RED, GREEN, WHITE, WHITE], 0);
}

#[test]
fn margins_are_cut_off() {
    let pixels = decode(&file("quadrants.png"), 16).unwrap();
    let corner = |x: usize, y: usize| pixels[(y * 16 + x) * 3..][..3].to_vec();
    assert_eq!(corner(0, 0), RED);
    assert_eq!(corner(15, 0), GREEN);
    assert_eq!(corner(0, 15), BLUE);
    assert_eq!(corner(15, 15), YELLOW);
}

#[test]
fn small_images_grow() {
    let pixels = decode(&file("quadrants.png"), 96).unwrap();
    assert_eq!(pixels.len(), 96 * 96 * 3);
    assert_eq!(pixels[..3], RED);
}

#[test]
fn what_cannot_be_used_says_why() {
    let formats = "PNG, JPEG, WebP, GIF, BMP, TIFF";
    assert_eq!(
        reason("notes.png"),
        format!("not an image; these are: {formats}")
    );
    assert_eq!(reason("empty.png"), "the file is empty");
    assert_eq!(reason("cut-short.jpg"), "the JPEG file is cut short");
    assert_eq!(reason("cut-short.webp"), "the WebP file is cut short");
    assert_eq!(
        reason("huge.png"),
        "60000 x 60000 is 3600 megapixels; at most 64 fit"
    );
}

/// Decoders paint the missing rest grey, and a preview within the file has an end of its own. What lacks
/// nothing but its last marker is whole.
#[test]
fn no_beginning_of_a_jpeg_passes_for_another_image() {
    for name in ["quadrants.jpg", "progressive.jpg", "turned.jpg"] {
        let bytes = file(name);
        let whole = decode(&bytes, 16).unwrap();
        for length in 0..bytes.len() - 2 {
            if let Ok(seen) = decode(&bytes[..length], 16) {
                assert!(
                    length + 4 >= bytes.len() && near(&seen, &whole),
                    "{name}, {length} bytes"
                );
            }
        }
        for length in bytes.len() - 2..bytes.len() {
            let seen = decode(&bytes[..length], 16).expect(name);
            assert!(near(&seen, &whole), "{name}, {length} bytes");
        }
    }
}

/// Two decoders round differently.
fn near(a: &[u8], b: &[u8]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 2)
}

#[test]
fn no_bytes_make_it_panic() {
    for name in WHOLE {
        let bytes = file(name);
        for length in 0..bytes.len().min(1000) {
            let _ = decode(&bytes[..length], 16);
        }
        for case in 0..2000 {
            let mut rng = Rng::keyed(1, Purpose::Test, &[case]);
            let mut broken = bytes.clone();
            for _ in 0..=rng.below(8) {
                let at = rng.below(broken.len());
                broken[at] = u8::try_from(rng.below(256)).unwrap();
            }
            if rng.chance(0.2) {
                broken.truncate(rng.below(broken.len()));
            }
            if let Ok(pixels) = decode(&broken, 16) {
                assert_eq!(pixels.len(), 16 * 16 * 3);
            }
        }
    }
}

/// What fuzzing begins with is tried with every test.
#[test]
fn seeds_of_the_fuzzer_break_nothing() {
    type Target = fn(&[u8]);
    let mut tried = 0;
    let targets: [(&str, Target); 3] = [
        ("checkpoint", targets::checkpoint),
        ("session", targets::session),
        ("message", targets::message),
    ];
    for (name, target) in targets {
        for found in fs::read_dir(PathBuf::from("fuzz/seeds").join(name)).expect("a folder") {
            target(&fs::read(found.expect("an entry").path()).expect("a file"));
            tried += 1;
        }
    }
    assert!(tried > 3);
}

/// What `cargo xtask fuzz` found, and has put there.
#[test]
fn what_broke_once_does_not_again() {
    let mut tried = 0;
    for found in fs::read_dir("tests/images/broken").expect("a folder") {
        let path = found.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let bytes = fs::read(&path).expect("a file");
        let start = Instant::now();
        match name.split('-').next() {
            Some("decode") => drop(decode(&bytes, 16)),
            Some("zip") => {
                if let Ok(mut zip) = Archive::open(Cursor::new(&bytes)) {
                    for at in 0..zip.entries().len() {
                        let _ = zip.read(at);
                    }
                }
            }
            Some("labels") => {
                let names = String::from_utf8_lossy(&bytes);
                let names = names.lines().map(String::from).collect();
                let set = ImageSet {
                    names,
                    ..ImageSet::empty(16)
                };
                let _ = set.labelled();
            }
            Some("checkpoint") => targets::checkpoint(&bytes),
            Some("session") => targets::session(&bytes),
            Some("message") => targets::message(&bytes),
            _ => continue,
        }
        // A wrong one takes minutes, or all memory.
        assert!(start.elapsed().as_secs() < 20, "{name}");
        tried += 1;
    }
    assert!(tried > 0);
}
