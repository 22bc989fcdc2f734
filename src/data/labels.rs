//! Labels from file names: the innermost folder that tells images apart is the class.
//!
//! The rule. Of the folders that a file lies in, from the innermost up, the first that counts is its
//! label. These do not count:
//!
//! - folders in which all images lie, and a name that all labels would have
//!   (`cats/raw/1.png`, `dogs/raw/2.png`);
//! - names of parts of a set and of kinds of files ([`PLAIN`]: `train`, `val`, `images`, ...),
//!   unless folders with other names lie beside: among `bus` and `car`, `train` is a vehicle;
//! - dates (`2023`, `2023-05-14`) likewise, where other folders tell images apart.
//!
//! So `train/cat/images/1.png` is a cat, and `val/images/2.png` has no label.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::data::Factor;

/// The class of files outside any folder that counts.
const LOOSE: &str = "(none)";

/// Names of folders that say what part of a set or what kind of files is in them, in lower case.
const PLAIN: [&str; 29] = [
    "train",
    "training",
    "trainset",
    "train_set",
    "val",
    "valid",
    "validation",
    "test",
    "testing",
    "testset",
    "test_set",
    "dev",
    "eval",
    "images",
    "image",
    "imgs",
    "img",
    "jpegimages",
    "photos",
    "pictures",
    "pics",
    "jpg",
    "jpeg",
    "png",
    "data",
    "rgb",
    "raw",
    "original",
    "originals",
];

/// The label of each image, or why there is none.
pub(super) fn label_of(names: &[String]) -> Result<Factor, Unlabelled> {
    let paths: Vec<Vec<&str>> = names.iter().map(|name| folders(name)).collect();
    let mut folders = tell(&paths, true);
    if folders.iter().flatten().collect::<HashSet<_>>().len() < 2 {
        folders = tell(&paths, false);
    }
    let mut classes: Vec<&str> = folders.iter().flatten().copied().collect();
    classes.sort_by(|a, b| natural(a, b));
    classes.dedup();
    if classes.len() < 2 {
        return Err(why(&paths));
    }
    if folders.contains(&None) && !classes.contains(&LOOSE) {
        classes.push(LOOSE);
    }
    if classes.len() > usize::from(u16::MAX) {
        return Err(Unlabelled::TooMany(classes.len()));
    }
    let class_of: HashMap<&str, u16> = classes.iter().copied().zip(0..).collect();
    Ok(Factor {
        name: "label".into(),
        of: folders
            .iter()
            .map(|folder| class_of[folder.unwrap_or(LOOSE)])
            .collect(),
        classes: classes.into_iter().map(String::from).collect(),
    })
}

/// Why images have no labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unlabelled {
    /// They lie in no folder.
    NoFolder,
    /// They all lie in folders of one name.
    OneName(String),
    /// They lie in folders of one name, or in none.
    OneNameOrNone(String),
    /// Their folders name parts of a set, or kinds of files.
    Plain(Vec<String>),
    /// There are more classes than can be told apart.
    TooMany(usize),
}

impl Unlabelled {
    /// A sentence that says what was found, and what to do.
    pub(super) fn sentence(&self) -> String {
        let found = match self {
            Self::NoFolder => "the images lie in no folders".into(),
            Self::OneName(name) => format!("all images lie in folders called {name}"),
            Self::OneNameOrNone(name) => format!("no folder is called other than {name}"),
            Self::Plain(names) => {
                let names = match names.split_last() {
                    Some((last, [])) => last.clone(),
                    Some((last, others)) => format!("{} and {last}", others.join(", ")),
                    None => String::new(),
                };
                format!("the images lie in folders called {names}, which name no kinds of images")
            }
            Self::TooMany(count) => {
                let most = u16::MAX;
                return format!(
                    "No labels: {count} folders are more than the {most} that can be labels."
                );
            }
        };
        format!(
            "No labels: {found}. To colour and score them, put each kind in a folder of its own."
        )
    }
}

/// The folder that tells each image from others; with `undated`, dates do not.
fn tell<'a>(paths: &[Vec<&'a str>], undated: bool) -> Vec<Option<&'a str>> {
    let shared = shared(paths);
    let kinds = with_kinds(paths);
    let mut same: HashSet<&str> = HashSet::new();
    loop {
        let counts = |path: &[&'a str], depth: usize| {
            let name = path[depth];
            let plain = is_plain(name) || undated && is_date(name);
            (!plain || kinds.contains(&path[..depth])) && !same.contains(name)
        };
        let innermost = |path: &Vec<&'a str>| {
            let mut depths = (shared.min(path.len())..path.len()).rev();
            depths
                .find(|depth| counts(path, *depth))
                .map(|depth| path[depth])
        };
        let told: Vec<Option<&str>> = paths.iter().map(innermost).collect();
        let mut names = told.iter().flatten();
        match names.next() {
            Some(first) if names.all(|name| name == first) => same.insert(first),
            _ => return told,
        };
    }
}

/// How many folders all images lie in.
fn shared(paths: &[Vec<&str>]) -> usize {
    let Some((first, others)) = paths.split_first() else {
        return 0;
    };
    let common = |path: &Vec<&str>| path.iter().zip(first).take_while(|(a, b)| a == b).count();
    others
        .iter()
        .map(common)
        .min()
        .unwrap_or(first.len())
        .min(first.len())
}

/// Folders in which lie some whose names say more than what part of a set they are.
fn with_kinds<'p, 'a>(paths: &'p [Vec<&'a str>]) -> HashSet<&'p [&'a str]> {
    let mut kinds = HashSet::new();
    for path in paths {
        let depths =
            (0..path.len()).filter(|depth| !is_plain(path[*depth]) && !is_date(path[*depth]));
        kinds.extend(depths.map(|depth| &path[..depth]));
    }
    kinds
}

fn is_plain(name: &str) -> bool {
    PLAIN.iter().any(|plain| name.eq_ignore_ascii_case(plain))
}

/// A year, a month or a day: four digits of one of two centuries, and two or four more at most.
fn is_date(name: &str) -> bool {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let other = name
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' '));
    let begins = ["19", "20"].iter().any(|century| name.starts_with(century));
    other && begins && matches!(digits.len(), 4 | 6 | 8)
}

fn why(paths: &[Vec<&str>]) -> Unlabelled {
    let mut innermost: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.last().copied())
        .collect();
    innermost.sort_by(|a, b| natural(a, b));
    innermost.dedup();
    match innermost[..] {
        [] => Unlabelled::NoFolder,
        [name] if paths.contains(&Vec::new()) => Unlabelled::OneNameOrNone(name.into()),
        [name] => Unlabelled::OneName(name.into()),
        _ => Unlabelled::Plain(innermost.into_iter().map(String::from).collect()),
    }
}

/// Parts of a path, written with either slash.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
}

/// The folders of a path, the outermost first.
fn folders(name: &str) -> Vec<&str> {
    let mut all: Vec<&str> = parts(name).collect();
    all.pop();
    all
}

/// Numbers by value, letters in any case alike; what is still equal, byte by byte.
fn natural(a: &str, b: &str) -> Ordering {
    runs(a).cmp(runs(b)).then_with(|| a.cmp(b))
}

/// Runs of digits, by value, and of other letters, in lower case.
fn runs(text: &str) -> impl Iterator<Item = (usize, String)> {
    let is_digit = |letter: &char| letter.is_ascii_digit();
    let mut letters = text.chars().peekable();
    std::iter::from_fn(move || {
        let digits = is_digit(letters.peek()?);
        let mut run = String::new();
        while let Some(letter) = letters.next_if(|letter| is_digit(letter) == digits) {
            run.extend(letter.to_lowercase());
        }
        if !digits {
            return Some((usize::MAX, run));
        }
        // Longer is greater once the leading zeros are gone; no number is too long.
        let value = run.trim_start_matches('0').to_string();
        Some((value.len(), value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(names: &[&str]) -> Option<(Vec<String>, Vec<u16>)> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let labels = label_of(&names).ok();
        labels.map(|factor| (factor.classes, factor.of))
    }

    fn classes(names: &[&str]) -> Vec<String> {
        label(names).expect("labels").0
    }

    #[test]
    fn the_innermost_folder_is_the_class() {
        let (classes, of) = label(&["a/b/dogs/rex.png", "c/cats/tom.png", "dogs/x.png"]).unwrap();
        assert_eq!(classes, ["cats", "dogs"]);
        assert_eq!(of, [1, 0, 1]);
    }

    #[test]
    fn one_folder_or_none_says_nothing() {
        assert_eq!(label(&["x.png", "y.png"]), None);
        assert_eq!(label(&["all/x.png", "all/y.png", "z.png"]), None);
        assert_eq!(label(&["train/cats/x.png", "test/cats/y.png"]), None);
        assert_eq!(label(&[]), None);
    }

    #[test]
    fn loose_files_are_a_class_of_their_own() {
        let (classes, of) = label(&["b/x.png", "y.png", "a/z.png", "./w.png"]).unwrap();
        assert_eq!(classes, ["a", "b", "(none)"]);
        assert_eq!(of, [1, 2, 0, 2]);
    }

    #[test]
    fn slashes_of_windows_count() {
        assert_eq!(
            classes(&["C:\\me\\cats\\x.png", "C:\\me\\dogs\\y.png"]),
            ["cats", "dogs"]
        );
    }

    #[test]
    fn classes_are_in_natural_order() {
        let names = [
            "n10/x", "n9/x", "Zoo/x", "ape/x", "n010/x", "n9b/x", "10/x", "9/x",
        ];
        let sorted = ["9", "10", "ape", "n9", "n9b", "n010", "n10", "Zoo"];
        assert_eq!(classes(&names), sorted);
    }

    #[test]
    fn too_many_classes_are_no_labels() {
        let name = |index: usize| format!("{index}/x.png");
        let most = usize::from(u16::MAX);
        assert!(label_of(&(0..most).map(name).collect::<Vec<_>>()).is_ok());
        let refused = label_of(&(0..=most).map(name).collect::<Vec<_>>()).unwrap_err();
        assert_eq!(refused, Unlabelled::TooMany(65_536));
    }

    #[test]
    fn a_folder_that_does_not_tell_images_apart_is_passed_over() {
        let wnids = [
            "train/n01/images/n01_0.JPEG",
            "train/n02/images/n02_0.JPEG",
            "val/images/val_0.JPEG",
        ];
        assert_eq!(
            label(&wnids).unwrap(),
            (
                vec!["n01".into(), "n02".into(), "(none)".into()],
                vec![0, 1, 2]
            )
        );
        let inside = wnids.map(|name| format!("tiny-imagenet-200/{name}"));
        let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
        assert_eq!(classes(&inside), ["n01", "n02", "(none)"]);
        assert_eq!(
            classes(&["cats/2023/1.png", "dogs/2023/2.png"]),
            ["cats", "dogs"]
        );
        assert_eq!(
            classes(&["cats/2023/1.png", "cats/2024-05/2.png", "dogs/2023/3.png"]),
            ["cats", "dogs"]
        );
        assert_eq!(
            classes(&["cats/scan/1.png", "dogs/scan/2.png"]),
            ["cats", "dogs"]
        );
        assert_eq!(
            classes(&["all/cats/1.png", "all/dogs/2.png", "all/3.png"]),
            ["cats", "dogs", "(none)"]
        );
    }

    #[test]
    fn a_name_of_a_part_is_a_class_among_others() {
        assert_eq!(
            classes(&["train/1.png", "bus/2.png", "car/3.png"]),
            ["bus", "car", "train"]
        );
        let split = [
            "train/train/1.png",
            "train/bus/2.png",
            "test/train/3.png",
            "test/bus/4.png",
        ];
        assert_eq!(label(&split).unwrap().1, [1, 0, 1, 0]);
        assert_eq!(classes(&["2023/1.png", "2024/2.png"]), ["2023", "2024"]);
    }

    #[test]
    fn why_there_are_no_labels_is_said() {
        let said = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            label_of(&names).unwrap_err().sentence()
        };
        let todo = "To colour and score them, put each kind in a folder of its own.";
        assert_eq!(
            said(&["images/1.png", "test/images/2.png"]),
            format!("No labels: all images lie in folders called images. {todo}")
        );
        assert_eq!(
            said(&["val/1.png", "train/2.png", "test/3.png"]),
            format!(
                "No labels: the images lie in folders called test, train and val, which name no kinds of images. {todo}"
            )
        );
        assert_eq!(
            said(&["1.png"]),
            format!("No labels: the images lie in no folders. {todo}")
        );
    }
}
