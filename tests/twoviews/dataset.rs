//! The built-in sets, and files that a learner brings.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use twoviews::data::{Collection, Freedom, ShapesOptions, load, sets};
use twoviews::data::{Decoded, ImageFile, ImageSet, Squares};
use twoviews::evaluation::folds;
use twoviews::settings::{Advice, Settings, chosen};

#[test]
fn every_set_loads_at_every_size() {
    for card in sets() {
        for size in [16, 32, 96] {
            let set = load(card.id, card.options.as_ref(), None, size, 1).unwrap();
            assert_eq!(set.set.as_deref(), Some(card.id));
            assert_consistent(&set, size);
            assert!(!set.factors.is_empty());
        }
    }
}

#[test]
fn every_preset_can_be_set_and_has_its_reasons() {
    for card in sets() {
        Settings::default()
            .merged(&chosen(&card.preset))
            .expect(card.id);
        for Advice { path, why, .. } in &card.preset {
            assert!(why.ends_with('.'), "{}: {path}: {why}", card.id);
        }
    }
}

#[test]
fn emoji_are_labelled_by_category() {
    let emoji = load("emoji", None, None, 32, 1).unwrap();
    assert_eq!(emoji.names.len(), 1649);
    let label = &emoji.factors[0];
    assert_eq!(label.classes.len(), 9);
    let name = |wanted: &str| emoji.names.iter().position(|name| name == wanted).unwrap();
    let class = |image: usize| label.classes[usize::from(label.of[image])].as_str();
    assert_eq!(class(name("dog")), "animals & nature");
    // A yellow face on white.
    let face = name("grinning");
    assert_eq!(class(face), "smileys & emotion");
    let pixels = &emoji.pixels[face * 32 * 32 * 3..][..32 * 32 * 3];
    assert_eq!(pixels[..3], [255; 3]);
    let [red, green, blue] = [0, 1, 2].map(|channel| pixels[(6 * 32 + 16) * 3 + channel]);
    assert!(
        red > 200 && green > 150 && blue < 120,
        "{red} {green} {blue}"
    );
}

#[test]
fn photos_are_cut_into_whole_stripes() {
    let photos = load("photos", None, None, 32, 1).unwrap();
    let label = &photos.factors[0];
    assert_eq!(label.classes.len(), 11);
    let unwanted = |class: &String| ["china", "flower"].contains(&class.as_str());
    assert!(!label.classes.iter().any(unwanted));
    assert_eq!(photos.names.len(), 1541);
    // Patches of a stripe score each other in no fold, and each class is in every fold.
    let alone: Vec<usize> = (0..photos.names.len()).collect();
    let folds = folds(&photos.names, &label.of, &alone, 1);
    let stripe = |image: usize| photos.names[image].rsplit_once(' ').unwrap().0;
    let mut seen = HashMap::new();
    for (image, fold) in folds.iter().enumerate() {
        assert_eq!(seen.entry(stripe(image)).or_insert(fold), &fold);
    }
    let pairs: HashSet<_> = label.of.iter().zip(&folds).collect();
    assert_eq!(pairs.len(), 11 * 5);
    // The blood vessels of an eye are red, on red.
    let name = |wanted: &str| photos.names.iter().position(|name| name == wanted).unwrap();
    let eye = &photos.pixels[name("retina 12 09") * 32 * 32 * 3..][..32 * 32 * 3];
    let mean = |channel: usize| {
        let values = eye.iter().skip(channel).step_by(3);
        values.map(|value| f32::from(*value)).sum::<f32>() / 1024.0
    };
    assert!(mean(0) > mean(2) + 80.0, "{} {}", mean(0), mean(2));
}

#[test]
fn what_cannot_be_loaded_says_why() {
    let sentence = |set: &str, options: &ShapesOptions, squares: Option<Squares>, size| {
        // Not `unwrap_err`, which would print every pixel.
        let refused = load(set, Some(options), squares, size, 1).err();
        refused.expect("it is refused").to_string()
    };
    let any = ShapesOptions::default();
    assert_eq!(
        sentence("cats", &any, None, 32),
        "no set is called cats; there are shapes, emoji and photos"
    );
    assert_eq!(
        sentence("shapes", &any, None, 97),
        "Image size: 97 is not a whole number from 16 to 96 px"
    );
    let few = ShapesOptions { count: 7, ..any };
    assert_eq!(
        sentence("shapes", &few, None, 32),
        "7 shapes; 8 to 20,000 can be drawn"
    );
    let [fewest, most] = sets()[0].counts.expect("shapes are counted");
    for count in [fewest - 1, most + 1] {
        let refused = sentence("shapes", &ShapesOptions { count, ..any }, None, 32);
        assert!(
            refused.starts_with(&format!("{count} shapes;")),
            "{refused}"
        );
    }
    let least = ShapesOptions {
        count: fewest,
        ..any
    };
    assert!(load("shapes", Some(&least), None, 32, 1).is_ok());
    let few = Squares {
        size: 16,
        pixels: vec![0; 16 * 16 * 3].into(),
    };
    assert_eq!(
        sentence("emoji", &any, Some(few), 32),
        "the picture of the emoji set is from another version; reload the page"
    );
}

/// Drawn one by one, no two of them belong together, whatever is scored: they are split as images
/// are whose names are plain numbers.
#[test]
fn names_of_shapes_group_nothing() {
    let set = load("shapes", None, None, 16, 1).unwrap();
    let numbers: Vec<String> = (0..set.names.len()).map(|i| i.to_string()).collect();
    let alone: Vec<usize> = (0..set.names.len()).collect();
    for factor in &set.factors {
        let expected = folds(&numbers, &factor.of, &alone, 1);
        assert_eq!(
            folds(&set.names, &factor.of, &alone, 1),
            expected,
            "{}",
            factor.name
        );
    }
}

#[test]
fn only_free_factors_are_listed() {
    let names = |options: ShapesOptions| -> Vec<String> {
        let set = load("shapes", Some(&options), None, 16, 1).unwrap();
        set.factors.into_iter().map(|factor| factor.name).collect()
    };
    assert_eq!(names(ShapesOptions::default()), ["shape", "colour"]);
    let free = Freedom::Free;
    let hard = ShapesOptions {
        count: 64,
        colour: free,
        background: free,
        size: free,
        angle: free,
        place: free,
    };
    assert_eq!(
        names(hard),
        ["shape", "colour", "background", "size", "angle", "place"]
    );
}

#[test]
fn dropped_folders_become_labelled_images() {
    let folder = PathBuf::from("tests/images/drop");
    let mut files = Vec::new();
    let mut labels: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    labels.sort();
    for label in &labels {
        for file in fs::read_dir(label).unwrap() {
            let path = file.unwrap().path();
            let parts = [label, &path].map(|path| path.file_name().unwrap().to_str().unwrap());
            files.push(ImageFile {
                name: parts.join("/"),
                decoded: Decoded::of(&fs::read(&path).unwrap(), 32),
            });
        }
    }
    let (set, rest) = Collection::of(32, files).join(None);
    assert_eq!(rest.skipped, []);
    assert_consistent(&set, 32);
    assert_eq!(set.factors[0].classes, ["cat", "coffee", "rocket"]);
    assert_eq!(
        set.factors[0].of,
        [0, 1, 2].map(|class| [class; 12]).concat()
    );
}

fn assert_consistent(set: &ImageSet, size: usize) {
    assert_eq!(set.size, size);
    assert_eq!(set.pixels.len(), set.names.len() * size * size * 3);
    for factor in &set.factors {
        assert_eq!(factor.of.len(), set.names.len());
        for class in 0..factor.classes.len() {
            let class = u16::try_from(class).unwrap();
            assert!(
                factor.of.contains(&class),
                "no image of {}",
                factor.classes[usize::from(class)]
            );
        }
    }
}
