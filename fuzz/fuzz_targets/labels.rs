//! Whatever files are called: labels of all of them, or of none.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twoviews::data::{Bytes, ImageSet};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let names: Vec<String> = text.lines().map(String::from).collect();
    let set = ImageSet {
        pixels: Bytes::from(vec![0; names.len() * 8 * 8 * 3]),
        names,
        ..ImageSet::empty(8)
    };
    let count = set.names.len();
    for factor in set.labelled().factors {
        assert_eq!(factor.of.len(), count);
        assert!(factor.classes.len() > 1, "one label says nothing");
        for class in 0..factor.classes.len() {
            assert!(factor.of.iter().any(|of| usize::from(*of) == class));
        }
        let mut classes = factor.classes.clone();
        classes.sort();
        classes.dedup();
        assert_eq!(classes.len(), factor.classes.len(), "two labels look alike");
    }
});
