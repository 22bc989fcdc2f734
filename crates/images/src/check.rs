//! What need not be read: files that are too long or no images, told before.

use crate::kind::format_of;
use crate::{Refused, refuse};

/// Most bytes of a file that is read: as many as the most pixels take at 16 bits a channel.
pub const MOST_BYTES: u64 = 512_000_000;

/// That a file of this `length` in bytes may be an image, by its `head`: its first 512 bytes, or
/// all of them.
///
/// # Errors
/// What is certainly no image that is read, or too long.
pub fn check(head: &[u8], length: u64) -> Result<(), Refused> {
    if head.starts_with(b"PK\x03\x04") {
        return Err(refuse(
            "a zip among images is not opened: unpack it or add it by itself",
        ));
    }
    format_of(head)?;
    too_long(length)
}

/// That a file is not too long to be read.
pub(crate) fn too_long(length: u64) -> Result<(), Refused> {
    if length <= MOST_BYTES {
        return Ok(());
    }
    let (is, most) = (length.div_ceil(1_000_000), MOST_BYTES / 1_000_000);
    Err(refuse(format!(
        "{is} MB; at most {most} MB of a file are read"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_image_or_too_long_is_known_by_its_head() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(check(png, MOST_BYTES), Ok(()));
        let said = |head, length| check(head, length).unwrap_err().to_string();
        let long = said(&png[..], 5_000_000_000);
        assert_eq!(long, "5000 MB; at most 512 MB of a file are read");
        // Of a film it is said that it is one of the things not read, not that it is long.
        let film = said(b"\0\0\0\x18ftypisom\0\0\0\0", 5_000_000_000);
        assert!(film.starts_with("a film, not an image"), "{film}");
        assert_eq!(said(b"", 0), "the file is empty");
        let inner = said(b"PK\x03\x04", 1000);
        assert!(
            inner.starts_with("a zip among images is not opened"),
            "{inner}"
        );
    }
}
