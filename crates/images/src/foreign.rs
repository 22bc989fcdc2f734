//! Kinds of images that this crate does not know and a browser may.

use crate::check::too_long;
use crate::{Refused, refuse};

/// Which of these kinds a file of this `length` is, by its `head`: its first 512 bytes, or all of them.
///
/// # Errors
/// One that is too long, or of a kind that no decoder makes an image of.
pub fn foreign(head: &[u8], length: u64) -> Result<Option<&'static str>, Refused> {
    if is_svg(head) {
        return Err(refuse(
            "SVG is a drawing without pixels of its own: save it as PNG",
        ));
    }
    let kind = kind(head);
    if kind.is_some() {
        too_long(length)?;
    }
    Ok(kind)
}

/// Which of these kinds begins so.
pub(crate) fn kind(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xFF, 0x0A, ..] => Some("JPEG XL"),
        _ if head.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n") => Some("JPEG XL"),
        // How many icons there are, and in the first of them a byte that is always zero.
        [0, 0, 1, 0, 1..=64, 0, _, _, _, 0, ..] => Some("ICO"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => of_brands(head),
        _ => None,
    }
}

/// The kind of an ISO media file, by the brands that it claims.
fn of_brands(head: &[u8]) -> Option<&'static str> {
    let length = head
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let length = usize::try_from(length).ok()?.min(head.len());
    // The brand it is, a version, and all brands as which it may be read.
    let brands = head.get(8..length)?.chunks_exact(4);
    let claims = |known: &[&[u8; 4]]| {
        let mut brands = brands.clone();
        brands.any(|brand| known.iter().any(|known| brand == *known))
    };
    if claims(&[b"avif", b"avis"]) {
        return Some("AVIF");
    }
    let heic = [
        b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1",
    ];
    claims(&heic).then_some("HEIC")
}

/// Whether a text begins as an SVG does.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<svg")
        || (text.starts_with("<?xml") || text.starts_with("<!")) && text.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_what_they_claim() {
        let kind = |head: &[u8]| foreign(head, 1000).unwrap();
        assert_eq!(kind(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Some("HEIC"));
        assert_eq!(
            kind(b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1miaf"),
            Some("AVIF")
        );
        assert_eq!(
            kind(b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B"),
            Some("AVIF")
        );
        assert_eq!(kind(b"\xff\x0a\xfa\x1f"), Some("JPEG XL"));
        assert_eq!(
            kind(b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0"),
            Some("ICO")
        );
        // A film, a camera's raw file, an MPEG, what we read ourselves, and nothing.
        for other in [
            &b"\0\0\0\x18ftypisom\0\0\0\0isommp41"[..],
            b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
            b"\0\0\x01\xba\x44\0\x04\0\x04\x01",
            b"\x89PNG\r\n\x1a\n",
            b"\0\0\0\x18ftyp",
            b"",
        ] {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    #[test]
    fn drawings_and_what_is_too_long_are_refused() {
        let said = |head: &[u8], length| foreign(head, length).unwrap_err().to_string();
        for drawing in [
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..],
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x -->\n<svg>",
            b"<!DOCTYPE svg>\n<svg>",
        ] {
            assert!(said(drawing, 100).starts_with("SVG is a drawing"));
        }
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        assert!(said(heic, 5_000_000_000).starts_with("5000 MB"));
    }
}
