//! The sets that come with the program.

use serde::Serialize;
use serde_json::{Value, json};

use super::sheet::{self, SheetCard};
use super::{ImageSet, ShapesOptions, Squares, shapes};
use crate::error::Error;
use crate::settings::{self, Advice};

/// What the page says of a built-in set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetCard {
    /// Names the set in commands and addresses.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What is in it, and who made it.
    pub about: &'static str,
    /// The picture that holds it; null if it is drawn.
    pub sheet: Option<SheetCard>,
    /// Where it departs from the rule for images, and why.
    pub preset: Vec<Advice>,
    /// What *shapes* is drawn with at first; null for other sets.
    pub options: Option<ShapesOptions>,
    /// Fewest and most images that *shapes* can have; null for other sets.
    pub counts: Option<[usize; 2]>,
}

/// Every built-in set; the first is the one to open with.
pub fn sets() -> Vec<SetCard> {
    vec![
        SetCard {
            id: "shapes",
            title: "Shapes",
            about: "Eight kinds of drawn shapes, of known colour, size, angle and place.",
            sheet: None,
            preset: [
                because(
                    "The colour says nothing of the kind, and a network takes it for all there is to \
                     know unless any hue may become any other; stronger changes of brightness would \
                     bleach the shapes.",
                    jitter(0.4, 0.5, 0.3),
                ),
                because(
                    "Smaller crops lose the shapes.",
                    vec![("augment.crop.minArea", json!(0.5))],
                ),
                because(
                    "A narrow network and small batches: learning shows in seconds.",
                    vec![
                        ("encoder.width", json!(8)),
                        ("train.batch", json!(32)),
                        ("train.epochs", json!(40)),
                        ("train.learningRate", json!(0.003)),
                    ],
                ),
            ]
            .concat(),
            options: Some(ShapesOptions::default()),
            counts: Some(ShapesOptions::COUNTS),
        },
        SetCard {
            id: "emoji",
            title: "Emoji",
            about: "Noto Emoji, (c) Google, Apache License 2.0, via emoji-datasource (MIT, (c) Cal \
                    Henderson); labelled by category.",
            sheet: sheet::of("emoji").map(|sheet| sheet.card),
            preset: [
                because(
                    "Colour tells flags from food, so a view changes it by half of what is usual.",
                    jitter(0.2, 0.05, 0.0),
                ),
                because(
                    "Around an emoji it is white: of crops this small 1 in 5,000 is blank, of those \
                     down to 0.08 it would be 1 in 700.",
                    vec![("augment.crop.minArea", json!(0.2))],
                ),
                because(
                    "At this rate emoji are learned best of those tried.",
                    vec![("train.learningRate", json!(0.002))],
                ),
            ]
            .concat(),
            options: None,
            counts: None,
        },
        SetCard {
            id: "photos",
            title: "Photo patches",
            about: "Patches of eleven photos; the label is which photo, so texture and colour tell it. \
                    Sample images of scikit-image: NASA and SpaceX, public domain; CC0Textures, S. van \
                    der Walt, R. Michetti and others, CC0; or without known restrictions.",
            sheet: sheet::of("photos").map(|sheet| sheet.card),
            preset: [
                because(
                    "Colour tells most of these photos apart, so a view may change it only a little: \
                     a third of what is usual, and no grey.",
                    jitter(0.13, 0.03, 0.0),
                ),
                because(
                    "Texture is in every part of a patch, however small.",
                    vec![("augment.crop.minArea", json!(0.2))],
                ),
            ]
            .concat(),
            options: None,
            counts: None,
        },
    ]
}

/// Settings that have one reason.
fn because(why: &str, settings: Vec<(&'static str, Value)>) -> Vec<Advice> {
    let advice = settings.into_iter();
    advice
        .map(|(path, value)| Advice::new(path, value, why))
        .collect()
}

/// How strongly brightness, contrast and saturation change, how much the hue, and how often it is
/// taken away.
fn jitter(strength: f64, hue: f64, grey: f64) -> Vec<(&'static str, Value)> {
    vec![
        ("augment.jitter.brightness", json!(strength)),
        ("augment.jitter.contrast", json!(strength)),
        ("augment.jitter.saturation", json!(strength)),
        ("augment.jitter.hue", json!(hue)),
        ("augment.grey.probability", json!(grey)),
    ]
}

/// That images may be of this size.
///
/// # Errors
/// If the table does not have it.
pub fn check_size(size: usize) -> Result<(), Error> {
    settings::check("size", &size.into())
}

/// A built-in set with images `size` pixels wide and high.
///
/// `options` and `seed` are for *shapes*. `squares` are what [`crate::images::cut`] makes of the picture
/// that the set's card names, of any size; natively they may be left out.
///
/// # Errors
/// An unknown set, a size or count out of range, or squares that are not those of the set.
pub fn load(
    set: &str,
    options: Option<&ShapesOptions>,
    squares: Option<Squares>,
    size: usize,
    seed: u32,
) -> Result<ImageSet, Error> {
    check_size(size)?;
    if set == "shapes" {
        return shapes(&options.copied().unwrap_or_default(), size, seed);
    }
    if let Some(sheet) = sheet::of(set) {
        return sheet.load(squares, size);
    }
    let known: Vec<&str> = sets().iter().map(|card| card.id).collect();
    let [inner @ .., last] = &known[..] else {
        unreachable!("there are sets")
    };
    let inner = inner.join(", ");
    Err(Error::Data(format!(
        "no set is called {set}; there are {inner} and {last}"
    )))
}
