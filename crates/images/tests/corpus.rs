//! One picture in every form: `tests/images/corpus.py` makes the files, and says what each is like.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use twoviews_images::decode;

/// The middle square of each, so that nothing is lost to another size.
const SIZE: usize = 24;

/// How often each file is broken.
const ROUNDS: usize = 100;

fn folder() -> PathBuf {
    PathBuf::from("../../tests/images/corpus")
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

/// What came of a file.
struct Outcome {
    name: String,
    /// How far it is from the picture that it should be like, or why it is not read.
    seen: Result<f64, String>,
    /// What is wrong with that.
    wrong: Option<String>,
}

fn outcome(line: &str) -> Outcome {
    let read = |name: &str| decode(&fs::read(folder().join(name)).expect(name), SIZE);
    let name = field(line, "name").unwrap();
    let seen = read(name).map_err(|reason| reason.to_string());
    let (seen, wrong) = if let Some(says) = field(line, "says") {
        let as_said = |reason: &String| says.split('|').any(|text| reason.contains(text));
        let wrong = !seen.as_ref().is_err_and(as_said);
        (seen.map(|_| 0.0), wrong.then(|| format!("not: {says}")))
    } else {
        let model = read(field(line, "like").unwrap()).unwrap();
        let within = line.split_once("\"within\": ").unwrap().1;
        let within: f64 = within.trim_end_matches([',', '}']).parse().unwrap();
        let off = seen.map(|seen| difference(&seen, &model));
        let wrong = !off.as_ref().is_ok_and(|off| *off <= within);
        (off, wrong.then(|| format!("not within {within}")))
    };
    Outcome {
        name: name.to_owned(),
        seen,
        wrong,
    }
}

fn outcomes() -> Vec<Outcome> {
    let list = fs::read_to_string(folder().join("corpus.json")).unwrap();
    let lines = list.lines().filter(|line| line.starts_with('{'));
    lines.map(outcome).collect()
}

#[test]
fn every_form_gives_the_same_picture_or_says_why_not() {
    let outcomes = outcomes();
    let wrong = outcomes.iter().filter_map(|outcome| {
        let Outcome { name, seen, wrong } = outcome;
        Some(format!("{name}: {seen:?}, {}", wrong.as_ref()?))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(outcomes.len() > 350, "{} files", outcomes.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lists of `docs/images.md`.
#[test]
fn the_lists_of_what_was_tried_are_of_today() {
    let outcomes = outcomes();
    let count = outcomes.len();
    let refused = outcomes
        .iter()
        .filter(|outcome| outcome.seen.is_err())
        .count();
    let mut text = format!(
        "\n{count} files: {} are read, {refused} refused. In brackets: how far a picture is from the one it \
         should be, as a mean of 255, where that is not nought.\n",
        count - refused
    );
    for (ending, title) in [
        ("png", "PNG"),
        ("jpg", "JPEG"),
        ("webp", "WebP"),
        ("gif", "GIF"),
        ("bmp", "BMP"),
        ("tif", "TIFF"),
        ("", "Raw files, and what is no image or none that is read"),
    ] {
        let of_kind = of_kind(&outcomes, ending);
        write!(text, "\n### {title}\n\n").unwrap();
        let read = of_kind.iter().filter_map(|outcome| {
            let off = outcome.seen.as_ref().ok()?;
            Some(match format!("{off:.1}").as_str() {
                "0.0" => format!("`{}`", outcome.name),
                off => format!("`{}` ({off})", outcome.name),
            })
        });
        let read: Vec<_> = read.collect();
        if !read.is_empty() {
            write!(text, "Read: {}.\n\n", read.join(", ")).unwrap();
        }
        text += "| refused | why |\n|---|---|\n";
        for outcome in of_kind {
            if let Err(reason) = &outcome.seen {
                writeln!(text, "| `{}` | {reason} |", outcome.name).unwrap();
            }
        }
    }
    let path = folder().join("../../../docs/images.md");
    let page = fs::read_to_string(&path).unwrap();
    let mark = "writes. -->\n";
    let end = page.find(mark).expect("a mark from where on it is written") + mark.len();
    if page[end..] != text {
        fs::write(&path, page[..end].to_owned() + &text).unwrap();
        panic!("docs/images.md was out of date; it has been written again: commit it");
    }
}

/// Those with an ending; without one, those with none of the formats that are read.
fn of_kind<'a>(outcomes: &'a [Outcome], ending: &str) -> Vec<&'a Outcome> {
    let formats = ["png", "jpg", "webp", "gif", "bmp", "tif"];
    let is_of = |outcome: &&Outcome| {
        let own = outcome.name.rsplit('.').next().unwrap();
        own == ending || ending.is_empty() && !formats.contains(&own)
    };
    outcomes.iter().filter(is_of).collect()
}

/// What is cut short is refused, unless all of the picture is there: two JPEG decoders round differently.
#[test]
fn no_beginning_passes_for_another_picture() {
    for name in [
        "plain.png",
        "rgb-interlaced.png",
        "palette-faded.png",
        "420.jpg",
        "420-restarts.jpg",
        "420-one-scan-each.jpg",
        "progressive-420.jpg",
        "cmyk-adobe.jpg",
        "plain.gif",
        "interlaced.gif",
        "animated.gif",
        "lossy.webp",
        "lossless.webp",
        "lossy-alpha.webp",
        "24.bmp",
        "rle8.bmp",
        "rgb-lzw.tif",
        "rgb-strips.tif",
        "noise-tiles.tif",
        "palette-8-little.tif",
    ] {
        let bytes = fs::read(folder().join(name)).expect(name);
        let whole = decode(&bytes, SIZE).expect(name);
        for length in 0..bytes.len() {
            if let Ok(seen) = decode(&bytes[..length], SIZE) {
                let off = difference(&seen, &whole);
                assert!(off <= 1.0, "{name}, {length} of {}: {off}", bytes.len());
            }
        }
    }
}

#[test]
fn a_picture_of_nothing_is_told() {
    let flat = |name: &str| {
        let bytes = fs::read(folder().join(name)).expect(name);
        let square = decode(&bytes, SIZE).expect(name);
        square.chunks(3).all(|pixel| pixel == &square[..3])
    };
    assert!(flat("wholly-clear.png"));
    assert!(!flat("32-alpha-all-zero-v4.bmp"), "its colours are there");
    assert!(
        !flat("counts-10-in-16.tif"),
        "its counts are few, and differ"
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
