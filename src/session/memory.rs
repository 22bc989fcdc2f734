//! How much memory a run takes, before it has begun; and what would fit, if it does not.

use crate::data::ImageSet;
use crate::data::augment::View;
use crate::error::Error;
use crate::methods;
use crate::settings::{Advice, Settings};

use super::monitor::SAMPLE;
use super::scores;

/// Bytes of a number.
const NUMBER: f64 = 4.0;
/// Bytes of a session whatever it does.
const ALWAYS: f64 = 2.6e6;

/// Images, as far as memory goes.
#[derive(Debug, Clone, Copy)]
pub struct Images {
    /// How many there are.
    pub count: usize,
    /// Of how many the squares are in memory.
    pub here: usize,
}

impl Images {
    /// Those of a set.
    pub fn of(set: &ImageSet) -> Self {
        let count = set.names.len();
        let here = if set.pixels.are_here() { count } else { 0 };
        Self { count, here }
    }
}

/// Bytes that a run with these settings on these images takes at once at most, about: on the CPU.
///
/// Fitted to `cargo xtask bench --only foreseen`. Of what a step holds, features grow with batch, views, width
/// and pixels; what compares all views with all others grows with the square of the batch; weights, with
/// their gradients and what the optimiser remembers, grow with the square of the width. Looks hold the
/// pixels of what they look at.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bytes"
)]
pub fn foreseen(settings: &Settings, images: Images) -> usize {
    let entry = methods::find(&settings.method).expect("settings are complete");
    let base = View {
        size: settings.size,
        augment: settings.augment,
    };
    let views = entry.views(&settings.knobs, base);
    let width = settings.encoder.width as f64;
    let batch = settings.train.batch.min(images.count) as f64;
    let pixels = 3.0 * (settings.size * settings.size) as f64;
    let areas: f64 = views
        .iter()
        .map(|view| (view.size * view.size) as f64)
        .sum();
    let held = f64::from(entry.held(&settings.knobs));
    let features = held * batch * areas * (FEATURES * width + PIXELS);
    let compared = f64::from(entry.compares(&settings.knobs, settings.size)) * batch;
    let pairs = PAIRS * compared * compared;
    let weights = WEIGHTS * width * width;
    let looked = LOOKED * pixels * images.count.min(SAMPLE) as f64;
    let set = pixels * images.here as f64;
    // A step and a look take turns.
    let work = f64::max(features + pairs, looked);
    (ALWAYS + set + NUMBER * (weights + work)) as usize
}

/// Bytes that a session takes at once at most, about, while all readings are taken of these images.
///
/// Fitted likewise. A search for what is near holds the pixels of what is read, and two copies; views of some
/// images are seen by two networks.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bytes"
)]
pub fn readings(settings: &Settings, images: Images) -> usize {
    let width = settings.encoder.width as f64;
    let pixels = 3.0 * (settings.size * settings.size) as f64;
    let read = images.count.min(scores::most(settings.size)) as f64;
    let set = pixels * images.here as f64;
    let work = read * (READ * pixels + FOUND) + SEEN * pixels + WEIGHTS * width * width;
    (ALWAYS + set + NUMBER * work) as usize
}

/// Numbers held of each pixel that is read, and of each image besides.
const READ: f64 = 2.75;
const FOUND: f64 = 1600.0;
/// Images of which views are seen, times what is held of each pixel.
const SEEN: f64 = 1270.0;

/// Numbers held of each pixel of a view, by the width of the encoder and besides.
const FEATURES: f64 = 3.55;
const PIXELS: f64 = 11.0;
/// Matrices that compare all views.
const PAIRS: f64 = 1.8;
/// Numbers held of weights, by the square of the width.
const WEIGHTS: f64 = 3000.0;
/// Numbers held of each pixel that is looked at.
const LOOKED: f64 = 4.0;

/// Whether a run fits into so many bytes.
pub(super) fn check(settings: &Settings, images: Images, most: usize) -> Result<(), Error> {
    let needed = foreseen(settings, images);
    if needed <= most {
        return Ok(());
    }
    let instead = fitting(settings, images, most);
    let words = instead.iter().map(|(path, value)| match *path {
        "train.batch" => format!("a batch of {value}"),
        "encoder.width" => format!("an encoder of width {value}"),
        _ => format!("images of {value} pixels"),
    });
    let way = match &words.collect::<Vec<_>>()[..] {
        [] => "Choose a smaller batch, a narrower encoder and smaller images".to_owned(),
        [one] => format!("With {one} it would fit"),
        [first @ .., last] => format!("With {} or {last} it would fit", first.join(", ")),
    };
    let (needed, most) = (told(needed), told(most));
    Err(Error::Memory {
        reason: format!(
            "This run would take about {needed} of memory, and there are {most}. {way}."
        ),
        instead,
    })
}

/// Whether all readings of these images fit into so many bytes.
pub(super) fn check_readings(
    settings: &Settings,
    images: &ImageSet,
    most: usize,
) -> Result<(), Error> {
    let needed = readings(settings, Images::of(images));
    if needed <= most {
        return Ok(());
    }
    let (needed, most) = (told(needed), told(most));
    let reason = format!(
        "All readings would take about {needed} of memory, and there are {most}. Take fewer images, or smaller ones."
    );
    let instead = Vec::new();
    Err(Error::Memory { reason, instead })
}

/// What is to be said of each choice that fits.
pub(super) fn advice(
    settings: &Settings,
    images: &ImageSet,
    instead: &[(&'static str, usize)],
) -> Vec<Advice> {
    let images = Images::of(images);
    let of = |&(path, value): &(&'static str, usize)| {
        let needed = told(foreseen(&with(settings, path, value), images));
        Advice::new(path, value, format!("Takes about {needed} of memory."))
    };
    instead.iter().map(of).collect()
}

/// The nearest smaller value that fits, of each setting that alone would make it fit.
fn fitting(settings: &Settings, images: Images, most: usize) -> Vec<(&'static str, usize)> {
    let batch = settings.train.batch.min(images.count);
    let halves = (1..=9).rev().map(|power| 1 << power);
    let values: [(&str, usize, Vec<usize>); 3] = [
        ("train.batch", batch, halves.collect()),
        (
            "encoder.width",
            settings.encoder.width,
            (1..=16).rev().map(|n| 4 * n).collect(),
        ),
        ("size", settings.size, vec![64, 48, 32, 24, 16]),
    ];
    let fits = |path, value| foreseen(&with(settings, path, value), images) <= most;
    let nearest = |(path, now, values): (&'static str, usize, Vec<usize>)| {
        let mut smaller = values.into_iter().filter(|value| *value < now);
        let value = smaller.find(|value| fits(path, *value))?;
        Some((path, value))
    };
    values.into_iter().filter_map(nearest).collect()
}

fn with(settings: &Settings, path: &str, value: usize) -> Settings {
    let mut settings = settings.clone();
    match path {
        "train.batch" => settings.train.batch = value,
        "encoder.width" => settings.encoder.width = value,
        _ => settings.size = value,
    }
    settings
}

/// Bytes in words.
fn told(bytes: usize) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 1000.0 {
        format!("{megabytes:.0} MB")
    } else {
        format!("{:.1} GB", megabytes / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many images, all in memory.
    fn images(count: usize) -> Images {
        Images { count, here: count }
    }

    /// Size 96, width 64 and batch 512 are each allowed; together they once killed the page.
    #[test]
    fn what_cannot_fit_is_refused_with_numbers_and_what_fits_instead() {
        let mut settings = methods::complete(Settings::default()).unwrap();
        let most = 4_000_000_000;
        assert_eq!(check(&settings, images(1024), most), Ok(()));
        (settings.size, settings.encoder.width, settings.train.batch) = (96, 64, 512);
        let Err(Error::Memory { reason, instead }) = check(&settings, images(1024), most) else {
            panic!("it does not fit");
        };
        let start = "This run would take about ";
        assert!(
            reason.starts_with(start) && reason.contains("and there are 4.0 GB"),
            "{reason}"
        );
        assert!(!instead.is_empty());
        for (path, value) in instead {
            let smaller = with(&settings, path, value);
            assert_eq!(
                check(&smaller, images(1024), most),
                Ok(()),
                "{path} {value}"
            );
            assert!(reason.contains(&format!("{value}")), "{reason}");
        }
    }

    #[test]
    fn a_batch_of_more_than_there_are_takes_what_there_are() {
        let mut settings = methods::complete(Settings::default()).unwrap();
        settings.train.batch = 64;
        let few = foreseen(&settings, images(64));
        settings.train.batch = 1024;
        assert_eq!(foreseen(&settings, images(64)), few);
    }

    #[test]
    fn readings_that_do_not_fit_are_refused_with_numbers() {
        let settings = methods::complete(Settings::default()).unwrap();
        let images = ImageSet {
            names: vec![String::new(); 4096],
            ..ImageSet::empty(settings.size)
        };
        assert_eq!(check_readings(&settings, &images, 1_000_000_000), Ok(()));
        let Err(Error::Memory { reason, .. }) = check_readings(&settings, &images, 50_000_000)
        else {
            panic!("they do not fit");
        };
        assert!(reason.contains("and there are 50 MB"), "{reason}");
    }

    #[test]
    fn squares_in_a_file_take_no_memory() {
        let settings = methods::complete(Settings::default()).unwrap();
        let [all, none] = [200_000, 0].map(|here| {
            let count = 200_000;
            foreseen(&settings, Images { count, here })
        });
        assert!(none < all / 4, "{none} of {all}");
    }
}
