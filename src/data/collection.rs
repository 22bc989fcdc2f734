//! The learner's own images, gathered from their files.

use super::check_size;
use crate::data::{Bytes, Decoded, ImageFile, ImageSet, Skipped};
use crate::error::Error;
use crate::images::is_leftover;

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

/// Files that were checked, all of them: what can be used, and what cannot.
#[derive(Debug)]
pub struct Collection {
    size: usize,
    names: Vec<String>,
    /// Of each image: `[size, size, 3]`.
    pixels: Vec<Bytes>,
    skipped: Vec<Skipped>,
    ignored: usize,
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
    /// Checks files whose images are `size` pixels wide and high. Hidden and system files are
    /// ignored, and counted.
    ///
    /// # Errors
    /// A size that cannot be chosen, pixels that are not an image of this size, or no image at all.
    pub fn of(size: usize, files: Vec<ImageFile>) -> Result<Self, Error> {
        check_size(size)?;
        let (mut names, mut pixels, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let mut ignored = 0;
        for ImageFile { name, decoded } in files {
            match decoded {
                _ if is_leftover(&name) => ignored += 1,
                Decoded::Pixels(image) if image.len() == size * size * 3 => {
                    names.push(name);
                    pixels.push(image);
                }
                Decoded::Pixels(image) => {
                    let found = image.len();
                    return Err(Error::Data(format!(
                        "{name}: {found} bytes are no image of {size} x {size} pixels"
                    )));
                }
                Decoded::Reason(reason) => skipped.push(Skipped { name, reason }),
            }
        }
        if names.is_empty() {
            return Err(Error::Data(none_usable(&skipped)));
        }
        Ok(Self {
            size,
            names,
            pixels,
            skipped,
            ignored,
        })
    }

    /// Adds the images to others of their size, or to none; labels are found anew. Returns them and
    /// what became of other files.
    pub fn join(self, others: Option<ImageSet>) -> (ImageSet, Rest) {
        let mut images = others.unwrap_or_else(|| ImageSet::empty(self.size));
        images.names.extend(self.names);
        images.pixels.extend(&self.pixels);
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
            decoded: Decoded::Pixels(RED.repeat(16 * 16).into()),
        }
    }

    fn broken(name: &str) -> ImageFile {
        ImageFile {
            name: name.into(),
            decoded: Decoded::Reason("broken".into()),
        }
    }

    fn refusal(size: usize, files: Vec<ImageFile>) -> String {
        Collection::of(size, files).unwrap_err().to_string()
    }

    #[test]
    fn files_become_images_or_are_listed_with_a_reason() {
        let files = vec![
            red("a/red.bmp"),
            red("b/red.bmp"),
            broken("a/notes.txt"),
            red("a/red.bmp"),
        ];
        let (images, Rest { skipped, .. }) = Collection::of(16, files).unwrap().join(None);
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
            "a/red.bmp: 768 bytes are no image of 32 x 32 pixels"
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
        let first = Collection::of(16, vec![red("a/1.bmp")]).unwrap();
        let (images, _) = first.join(None);
        assert_eq!(images.factors, []);
        let second = Collection::of(16, vec![red("b/2.bmp")]).unwrap();
        let (images, _) = second.join(Some(images));
        assert_eq!(images.names.len(), 2);
        assert_eq!(images.factors[0].classes, ["a", "b"]);
    }

    #[test]
    fn files_of_the_system_are_counted_and_not_listed() {
        let names = [".DS_Store", "a/Thumbs.db", "__MACOSX/a/x.png", "a\\._x.png"];
        let system = names.into_iter().map(broken);
        let files = system.chain([red("a/1.bmp")]).collect();
        let rest = Collection::of(16, files).unwrap().join(None).1;
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
