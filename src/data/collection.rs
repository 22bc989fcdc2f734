//! The learner's own images, gathered from their files.

use serde::{Deserialize, Serialize};

use super::{Bytes, ImageSet, check_size, wanted};
use crate::error::Error;
#[cfg(not(target_arch = "wasm32"))]
use crate::images::{decode, is_leftover};

/// Fewest images to train on.
pub const MINIMUM: usize = 8;

/// Whether `n` images are enough to train on.
///
/// # Errors
/// They are fewer than [`MINIMUM`].
pub fn enough(n: usize) -> Result<(), Error> {
    if n >= MINIMUM {
        return Ok(());
    }
    let images = if n == 1 { "image" } else { "images" };
    Err(Error::Data(format!(
        "{n} {images}; at least {MINIMUM} are needed"
    )))
}

/// What has come of files: images, and what is to be said of the rest.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Collection {
    /// Side of each image, in pixels.
    #[serde(deserialize_with = "wanted::size")]
    pub size: usize,
    /// Name of each image, with its folders (`cats/tom.png`); the innermost that tells images apart is
    /// the label.
    pub names: Vec<String>,
    /// The middle square of each: RGB, a byte a channel, image after image, row after row:
    /// `[n, size, size, 3]`.
    pub pixels: Bytes,
    /// Files that cannot be used.
    pub skipped: Vec<Skipped>,
    /// How many hidden and system files were passed over.
    pub ignored: usize,
}

/// A file that could not be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// One file, as a [`Collection`] is gathered from.
#[derive(Debug, Clone)]
pub struct ImageFile {
    /// Name, with its folders.
    pub name: String,
    /// What it holds.
    pub decoded: Decoded,
}

/// What has come of a file's contents.
#[derive(Debug, Clone)]
pub enum Decoded {
    /// The image's middle square, as a [`Collection`] has it.
    Pixels(Vec<u8>),
    /// Why the file cannot be used.
    Reason(String),
}

#[cfg(not(target_arch = "wasm32"))]
impl Decoded {
    /// What is in a file's contents, `size` pixels wide and high.
    pub fn of(contents: &[u8], size: usize) -> Self {
        match decode(contents, size) {
            Ok(pixels) => Self::Pixels(pixels),
            Err(refused) => Self::Reason(refused.to_string()),
        }
    }
}

/// What came of files beside images.
#[derive(Debug, Default, PartialEq)]
pub struct Rest {
    /// Files that could not be used.
    pub skipped: Vec<Skipped>,
    /// How many hidden and system files there were.
    pub ignored: usize,
}

impl Rest {
    /// What is to be said of the files that were ignored.
    pub fn note(&self) -> Option<String> {
        match self.ignored {
            0 => None,
            1 => Some("One file that a system leaves beside images was ignored.".into()),
            n => Some(format!(
                "{n} files that systems leave beside images were ignored."
            )),
        }
    }
}

impl Collection {
    /// Gathers files whose images are `size` pixels wide and high. Hidden and system files are passed
    /// over, and counted.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn of(size: usize, files: Vec<ImageFile>) -> Self {
        let mut all = Self {
            size,
            ..Self::default()
        };
        let length = |file: &ImageFile| match &file.decoded {
            Decoded::Pixels(image) => image.len(),
            Decoded::Reason(_) => 0,
        };
        let mut pixels = Vec::with_capacity(files.iter().map(length).sum());
        for ImageFile { name, decoded } in files {
            match decoded {
                _ if is_leftover(&name) => all.ignored += 1,
                Decoded::Pixels(image) => {
                    all.names.push(name);
                    pixels.extend_from_slice(&image);
                }
                Decoded::Reason(reason) => all.skipped.push(Skipped { name, reason }),
            }
        }
        all.pixels = pixels.into();
        all
    }

    /// That there are images, and that they are whole.
    ///
    /// # Errors
    /// A size that cannot be chosen, no image at all, or more or fewer pixels than they have.
    pub fn check(&self) -> Result<(), Error> {
        let Self { size, names, .. } = self;
        check_size(*size)?;
        if names.is_empty() {
            return Err(Error::Data(none_usable(&self.skipped)));
        }
        let (found, count) = (self.pixels.len(), names.len());
        if found != count * size * size * 3 {
            return Err(Error::Data(format!(
                "{found} bytes do not make {count} x {size} x {size} pixels"
            )));
        }
        Ok(())
    }

    /// Adds the images to others of their size, or to none; labels are found anew. Returns them and
    /// what became of other files. Pixels are copied only to lie behind others.
    pub fn join(self, others: Option<ImageSet>) -> (ImageSet, Rest) {
        let mut images = others.unwrap_or_else(|| ImageSet::empty(self.size));
        if images.names.is_empty() {
            images.pixels = self.pixels;
        } else {
            images.pixels.append(&self.pixels);
        }
        images.names.extend(self.names);
        let rest = Rest {
            skipped: self.skipped,
            ignored: self.ignored,
        };
        (images.labelled(), rest)
    }
}

/// Why no file can be used.
fn none_usable(skipped: &[Skipped]) -> String {
    match skipped {
        [] => "there are no images among these files".into(),
        [Skipped { name, reason }] => format!("{name}: {reason}"),
        [Skipped { name, reason }, ..] => {
            let count = skipped.len();
            format!("none of these {count} files can be used; {name}: {reason}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [255, 0, 0];

    fn red(name: &str) -> ImageFile {
        ImageFile {
            name: name.into(),
            decoded: Decoded::Pixels(RED.repeat(16 * 16)),
        }
    }

    fn broken(name: &str) -> ImageFile {
        ImageFile {
            name: name.into(),
            decoded: Decoded::Reason("broken".into()),
        }
    }

    fn refusal(size: usize, files: Vec<ImageFile>) -> String {
        let refused = Collection::of(size, files).check();
        refused.unwrap_err().to_string()
    }

    #[test]
    fn files_become_images_or_are_listed_with_a_reason() {
        let files = vec![
            red("a/red.bmp"),
            red("b/red.bmp"),
            broken("a/notes.txt"),
            red("a/red.bmp"),
        ];
        let (images, Rest { skipped, .. }) = Collection::of(16, files).join(None);
        assert_eq!(images.names, ["a/red.bmp", "b/red.bmp", "a/red.bmp"]);
        assert_eq!(images.pixels[..], RED.repeat(3 * 16 * 16));
        assert_eq!(images.factors[0].of, [0, 1, 0]);
        assert_eq!(images.set, None);
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].name, "a/notes.txt");
        assert_eq!(skipped[0].reason, "broken");
    }

    #[test]
    fn pixels_of_another_size_are_refused() {
        assert_eq!(
            refusal(32, vec![broken("a/notes.txt"), red("a/red.bmp")]),
            "768 bytes do not make 1 x 32 x 32 pixels"
        );
    }

    #[test]
    fn files_without_an_image_are_refused() {
        assert_eq!(refusal(16, vec![broken("a.txt")]), "a.txt: broken");
        assert_eq!(
            refusal(16, vec![broken("a.txt"), broken("b.txt")]),
            "none of these 2 files can be used; a.txt: broken"
        );
        assert_eq!(
            refusal(16, vec![broken(".DS_Store")]),
            "there are no images among these files"
        );
    }

    #[test]
    fn more_can_be_added_later() {
        let first = Collection::of(16, vec![red("a/1.bmp")]);
        let (images, _) = first.join(None);
        assert_eq!(images.factors, []);
        let second = Collection::of(16, vec![red("b/2.bmp")]);
        let (images, _) = second.join(Some(images));
        assert_eq!(images.names.len(), 2);
        assert_eq!(images.factors[0].classes, ["a", "b"]);
    }

    #[test]
    fn files_of_the_system_are_counted_and_not_listed() {
        let names = [".DS_Store", "a/Thumbs.db", "__MACOSX/a/x.png", "a\\._x.png"];
        let system = names.into_iter().map(broken);
        let files = system.chain([red("a/1.bmp")]).collect();
        let rest = Collection::of(16, files).join(None).1;
        assert_eq!(rest.skipped, []);
        let said = "4 files that systems leave beside images were ignored.";
        assert_eq!(rest.note().as_deref(), Some(said));
    }

    #[test]
    fn few_images_are_refused() {
        assert_eq!(enough(8), Ok(()));
        let sentence = |n| enough(n).unwrap_err().to_string();
        assert_eq!(sentence(5), "5 images; at least 8 are needed");
        assert_eq!(sentence(1), "1 image; at least 8 are needed");
    }
}
