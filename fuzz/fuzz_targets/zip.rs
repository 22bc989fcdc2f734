//! Whatever bytes a zip has: a list of entries or a reason, and so for each of them.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use twoviews_images::Archive;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut archive) = Archive::open(Cursor::new(bytes)) else {
        return;
    };
    for at in 0..archive.entries().len() {
        let refused = archive.entries()[at].refused.clone();
        let read = archive.read(at);
        if let Some(refused) = refused {
            assert_eq!(read, Err(refused));
        }
    }
});
