//! Images that are there twice, whatever they are called.

use std::collections::HashMap;

use super::ImageSet;

/// For each of these images, the place among them of the first that has the same pixels.
pub fn firsts(set: &ImageSet, images: &[usize]) -> Vec<usize> {
    // A table that grows reads all images again, in no order: of many in a file that takes minutes.
    let mut seen = HashMap::with_capacity(images.len());
    let images = images.iter().enumerate();
    let firsts = images.map(|(at, image)| *seen.entry(set.image(*image)).or_insert(at));
    firsts.collect()
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
