//! The learner's own images, gathered from their files.

use super::labels::{label_of, parts};
use crate::data::{Bytes, Decoded, ImageFile, ImageSet, Skipped};
use crate::error::Error;

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

/// Images that are still being added to.
#[derive(Debug)]
pub struct Collection {
    images: ImageSet,
    skipped: Vec<Skipped>,
}

impl Collection {
    /// Nothing yet; each image will be `size` pixels wide and high.
    pub fn new(size: usize) -> Self {
        Self::of(ImageSet {
            set: None,
            size,
            names: Vec::new(),
            pixels: Bytes::default(),
            factors: Vec::new(),
        })
    }

    /// Adds to what is there.
    pub fn of(images: ImageSet) -> Self {
        Self {
            images,
            skipped: Vec::new(),
        }
    }

    /// Adds an image, or the file's name to the skipped ones. Hidden and system files are ignored.
    ///
    /// # Errors
    /// Pixels that are not an image of this size.
    pub fn push(&mut self, ImageFile { name, decoded }: ImageFile) -> Result<(), Error> {
        if is_hidden(&name) {
            return Ok(());
        }
        match decoded {
            Decoded::Pixels(Bytes(pixels)) => {
                let (size, found) = (self.images.size, pixels.len());
                if found != size * size * 3 {
                    return Err(Error::Data(format!(
                        "{name}: {found} bytes are no image of {size} x {size} pixels"
                    )));
                }
                self.images.names.push(name);
                self.images.pixels.0.extend(pixels);
            }
            Decoded::Reason(reason) => self.skipped.push(Skipped { name, reason }),
        }
        Ok(())
    }

    /// The images, with labels if their folders give any, and the files that were skipped.
    pub fn finish(mut self) -> (ImageSet, Vec<Skipped>) {
        self.images.set = None;
        self.images.factors = label_of(&self.images.names).into_iter().collect();
        (self.images, self.skipped)
    }
}

/// Files that systems leave beside images and that nobody means to add.
fn is_hidden(name: &str) -> bool {
    parts(name).any(|part| {
        part.starts_with('.')
            || ["__MACOSX", "Thumbs.db", "desktop.ini"]
                .iter()
                .any(|system| part.eq_ignore_ascii_case(system))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [255, 0, 0];

    fn red(name: &str) -> ImageFile {
        ImageFile {
            name: name.into(),
            decoded: Decoded::Pixels(Bytes(RED.repeat(16 * 16))),
        }
    }

    fn broken(name: &str) -> ImageFile {
        ImageFile {
            name: name.into(),
            decoded: Decoded::Reason("broken".into()),
        }
    }

    fn gather(mut collection: Collection, files: Vec<ImageFile>) -> (ImageSet, Vec<Skipped>) {
        for file in files {
            collection.push(file).unwrap();
        }
        collection.finish()
    }

    #[test]
    fn files_become_images_or_are_listed_with_a_reason() {
        let files = vec![
            red("a/red.bmp"),
            red("b/red.bmp"),
            broken("a/notes.txt"),
            red("a/red.bmp"),
        ];
        let (images, skipped) = gather(Collection::new(16), files);
        assert_eq!(images.names, ["a/red.bmp", "b/red.bmp", "a/red.bmp"]);
        assert_eq!(images.pixels.0, RED.repeat(3 * 16 * 16));
        assert_eq!(images.factors[0].of, [0, 1, 0]);
        assert_eq!(images.set, None);
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].name, "a/notes.txt");
        assert_eq!(skipped[0].reason, "broken");
    }

    #[test]
    fn pixels_of_another_size_are_refused() {
        let error = Collection::new(32).push(red("a/red.bmp")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a/red.bmp: 768 bytes are no image of 32 x 32 pixels"
        );
    }

    #[test]
    fn more_can_be_added_later() {
        let (images, _) = gather(Collection::new(16), vec![red("a/1.bmp")]);
        assert_eq!(images.factors, []);
        let (images, _) = gather(Collection::of(images), vec![red("b/2.bmp")]);
        assert_eq!(images.names.len(), 2);
        assert_eq!(images.factors[0].classes, ["a", "b"]);
    }

    #[test]
    fn files_of_the_system_are_not_mentioned() {
        let names = [".DS_Store", "a/Thumbs.db", "__MACOSX/a/x.png", "a\\._x.png"];
        let files = names.into_iter().map(broken).collect();
        assert_eq!(gather(Collection::new(16), files).1, []);
    }

    #[test]
    fn few_images_are_refused() {
        assert_eq!(enough(8), Ok(()));
        let sentence = |n| enough(n).unwrap_err().to_string();
        assert_eq!(sentence(5), "5 images; at least 8 are needed");
        assert_eq!(sentence(1), "1 image; at least 8 are needed");
    }
}
