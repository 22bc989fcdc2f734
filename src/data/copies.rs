//! Images that are there twice, whatever they are called.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::ImageSet;

/// For each of these images, the place among them of the first that has the same pixels.
pub fn firsts(set: &ImageSet, images: &[usize]) -> Vec<usize> {
    let mut seen = HashMap::new();
    let images = images.iter().enumerate();
    let firsts = images.map(|(at, image)| {
        let pixels = Pixels::of(set.image(*image));
        *seen.entry(pixels).or_insert(at)
    });
    firsts.collect()
}

/// The pixels of an image, which are read once: a table that grows asks for all hashes again, and many images
/// may lie in a file.
#[derive(PartialEq, Eq)]
struct Pixels<'a> {
    hash: u64,
    bytes: &'a [u8],
}

impl<'a> Pixels<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        let hash = hasher.finish();
        Self { hash, bytes }
    }
}

impl Hash for Pixels<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// How many images are copies, and what is done about it.
pub(super) fn note(firsts: &[usize]) -> Option<String> {
    let copies = firsts.iter().enumerate().filter(|(at, first)| at != *first);
    match copies.count() {
        0 => None,
        1 => Some("One image is a copy of another: both are scored in one fold.".into()),
        count => Some(format!(
            "{count} images are copies of others: copies are kept in one fold, so that none gives \
             another away when the network is scored."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_found_by_what_they_hold() {
        let shades = [1, 2, 1, 3, 2, 1];
        let pixels: Vec<u8> = shades
            .iter()
            .flat_map(|shade| [*shade; 16 * 16 * 3])
            .collect();
        let set = ImageSet {
            names: (0..6).map(|at| format!("{at}.png")).collect(),
            pixels: pixels.into(),
            ..ImageSet::empty(16)
        };
        assert_eq!(firsts(&set, &[0, 1, 2, 3, 4, 5]), [0, 1, 0, 3, 1, 0]);
        assert_eq!(firsts(&set, &[5, 3, 2]), [0, 1, 0]);
        let said = note(&[0, 1, 0, 3, 1, 0]).unwrap();
        assert!(said.starts_with("3 images are copies of others"), "{said}");
        assert_eq!(note(&[0, 1, 2]), None);
    }
}
