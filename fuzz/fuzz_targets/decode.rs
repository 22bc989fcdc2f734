//! Whatever bytes a file has: a square or a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twoviews_images::{check, decode};

fuzz_target!(|bytes: &[u8]| {
    let head = &bytes[..bytes.len().min(512)];
    let checked = check(head, bytes.len() as u64);
    let decoded = decode(bytes, 16);
    if let Ok(pixels) = decoded {
        assert_eq!(pixels.len(), 16 * 16 * 3);
        assert!(checked.is_ok(), "refused by its head, and read: {checked:?}");
    }
});
