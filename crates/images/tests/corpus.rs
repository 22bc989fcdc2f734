//! One picture in every form: `tests/images/corpus.py` makes the files, and says what each is like.

use std::fs;
use std::path::{Path, PathBuf};

use twoviews_images::decode;

/// The middle square of each, so that nothing is lost to another size.
const SIZE: usize = 24;

/// How often each file is broken.
const ROUNDS: usize = 100;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/images/corpus")
}

/// The text of a field in a line of the list; lines have no quotes within texts.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.split_once(&format!("\"{name}\": \""))?.1;
    Some(rest.split_once('"')?.0)
}

fn difference(a: &[u8], b: &[u8]) -> f64 {
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
}

#[test]
fn every_form_gives_the_same_picture_or_says_why_not() {
    let list = fs::read_to_string(folder().join("corpus.json")).unwrap();
    let read = |name: &str| decode(&fs::read(folder().join(name)).expect(name), SIZE);
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in list.lines().filter(|line| line.starts_with('{')) {
        count += 1;
        let name = field(line, "name").unwrap();
        let seen = read(name);
        if let Some(says) = field(line, "says") {
            let reason = match seen {
                Ok(_) => "it is read".to_owned(),
                Err(reason) => reason.to_string(),
            };
            if !says.split('|').any(|text| reason.contains(text)) {
                wrong.push(format!("{name}: {reason}; not: {says}"));
            }
            continue;
        }
        let like = read(field(line, "like").unwrap()).unwrap();
        let within = line.split_once("\"within\": ").unwrap().1;
        let within: f64 = within.trim_end_matches([',', '}']).parse().unwrap();
        match seen {
            Ok(seen) => {
                let off = difference(&seen, &like);
                if off > within {
                    wrong.push(format!("{name}: off by {off:.2}, not {within}"));
                }
            }
            Err(reason) => wrong.push(format!("{name}: {reason}")),
        }
    }
    assert!(count > 300, "{count} files");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Numbers that look like chance; splitmix64.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    usize::try_from((mixed ^ (mixed >> 27)) >> 33).unwrap()
}

/// Files of each form, with a few of their bytes changed and some cut short.
#[test]
fn no_bytes_make_it_panic() {
    let mut state = 1;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for round in 0..ROUNDS {
            let mut broken = bytes.clone();
            for _ in 0..=next(&mut state) % 8 {
                // What says how the rest is to be read stands at the beginning, mostly.
                let most = if round % 2 == 0 {
                    broken.len().min(400)
                } else {
                    broken.len()
                };
                let at = next(&mut state) % most;
                broken[at] = match next(&mut state) % 3 {
                    0 => 0,
                    1 => 255,
                    _ => u8::try_from(next(&mut state) % 256).unwrap(),
                };
            }
            if round % 5 == 0 {
                broken.truncate(next(&mut state) % broken.len());
            }
            let read = std::panic::catch_unwind(|| decode(&broken, 8));
            let Ok(read) = read else {
                let kept = std::env::temp_dir().join("twoviews-panics");
                fs::create_dir_all(&kept).unwrap();
                fs::write(kept.join(path.file_name().unwrap()), &broken).unwrap();
                panic!("{} at {round}; kept in {}", path.display(), kept.display());
            };
            if let Ok(pixels) = read {
                assert_eq!(pixels.len(), 8 * 8 * 3);
            }
        }
    }
}
