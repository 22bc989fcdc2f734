//! Labels from file names: the innermost folder is the class.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::data::Factor;

/// The class of files outside any folder.
const LOOSE: &str = "(none)";

/// The label of each file, from its innermost folder; `None` with fewer than two folders, or with
/// more than 65,535.
///
/// Classes are in natural order (`2` before `10`), files outside any folder come last as `(none)`.
pub(super) fn label_of(names: &[String]) -> Option<Factor> {
    let folders: Vec<Option<&str>> = names.iter().map(|name| folder(name)).collect();
    let mut classes: Vec<&str> = folders.iter().flatten().copied().collect();
    classes.sort_by(|a, b| natural(a, b));
    classes.dedup();
    if classes.len() < 2 {
        return None;
    }
    if folders.contains(&None) && !classes.contains(&LOOSE) {
        classes.push(LOOSE);
    }
    if classes.len() > usize::from(u16::MAX) {
        return None;
    }
    let class_of: HashMap<&str, u16> = classes.iter().copied().zip(0..).collect();
    Some(Factor {
        name: "label".into(),
        of: folders
            .iter()
            .map(|folder| class_of[folder.unwrap_or(LOOSE)])
            .collect(),
        classes: classes.into_iter().map(String::from).collect(),
    })
}

/// Parts of a path, written with either slash.
pub(super) fn parts(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    name.split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
}

fn folder(name: &str) -> Option<&str> {
    parts(name).rev().nth(1)
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
        label_of(&names).map(|factor| (factor.classes, factor.of))
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
        assert!(label_of(&(0..most).map(name).collect::<Vec<_>>()).is_some());
        assert!(label_of(&(0..=most).map(name).collect::<Vec<_>>()).is_none());
    }
}
