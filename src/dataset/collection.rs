//! The learner's own images, one file after another.

use super::labels::{label_of, parts};
use crate::error::Error;
use crate::images;
use crate::protocol::{Bytes, ImageSet, Skipped};

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

    /// Adds an image file, or its name to the skipped ones. Hidden and system files are ignored.
    pub fn push(&mut self, name: &str, bytes: &[u8]) {
        if is_hidden(name) {
            return;
        }
        match images::decode(bytes, self.images.size) {
            Ok(pixels) => {
                self.images.names.push(name.into());
                self.images.pixels.0.extend(pixels);
            }
            Err(error) => self.skipped.push(Skipped {
                name: name.into(),
                reason: error.to_string(),
            }),
        }
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

    /// One red pixel.
    const BMP: &[u8] = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0\
        \0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\0";

    #[test]
    fn files_become_images_or_are_listed_with_a_reason() {
        let mut collection = Collection::new(16);
        collection.push("a/red.bmp", BMP);
        collection.push("b/red.bmp", BMP);
        collection.push("a/notes.txt", b"notes");
        collection.push("a/red.bmp", BMP);
        let (images, skipped) = collection.finish();
        assert_eq!(images.names, ["a/red.bmp", "b/red.bmp", "a/red.bmp"]);
        assert_eq!(images.pixels.0, [255, 0, 0].repeat(3 * 16 * 16));
        assert_eq!(images.factors[0].of, [0, 1, 0]);
        assert_eq!(images.set, None);
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].name, "a/notes.txt");
        assert!(skipped[0].reason.starts_with("not an image"));
    }

    #[test]
    fn more_can_be_added_later() {
        let mut first = Collection::new(16);
        first.push("a/1.bmp", BMP);
        let (images, _) = first.finish();
        assert_eq!(images.factors, []);
        let mut second = Collection::of(images);
        second.push("b/2.bmp", BMP);
        let (images, _) = second.finish();
        assert_eq!(images.names.len(), 2);
        assert_eq!(images.factors[0].classes, ["a", "b"]);
    }

    #[test]
    fn files_of_the_system_are_not_mentioned() {
        let mut collection = Collection::new(16);
        let names = [".DS_Store", "a/Thumbs.db", "__MACOSX/a/x.png", "a\\._x.png"];
        for name in names {
            collection.push(name, b"");
        }
        assert_eq!(collection.finish().1, []);
    }

    #[test]
    fn few_images_are_refused() {
        assert_eq!(enough(8), Ok(()));
        let sentence = |n| enough(n).unwrap_err().to_string();
        assert_eq!(sentence(5), "5 images; at least 8 are needed");
        assert_eq!(sentence(1), "1 image; at least 8 are needed");
    }
}
