//! What a file is, told from its contents, and whether its end is there.

use image::ImageFormat;

use crate::{Refused, refuse};

/// What is read, and how it is called.
const FORMATS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Png, "PNG"),
    (ImageFormat::Jpeg, "JPEG"),
    (ImageFormat::WebP, "WebP"),
    (ImageFormat::Gif, "GIF"),
    (ImageFormat::Bmp, "BMP"),
    (ImageFormat::Tiff, "TIFF"),
];

/// The format of a file and its name.
pub(crate) fn format_of(bytes: &[u8]) -> Result<(ImageFormat, &'static str), Refused> {
    if bytes.is_empty() {
        return Err(refuse("the file is empty"));
    }
    let format = image::guess_format(bytes).ok();
    if let Some(known) = FORMATS.iter().find(|known| Some(known.0) == format) {
        return Ok(*known);
    }
    let read = FORMATS.map(|known| known.1).join(", ");
    // What phones make: the brand of an ISO media file.
    let what = match bytes.get(4..12) {
        Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftypmsf1") => "HEIC is not read",
        Some(b"ftypavif" | b"ftypavis") => "AVIF is not read",
        _ => "not an image",
    };
    Err(refuse(format!("{what}; these are: {read}")))
}

/// Whether the end of the file is missing where the decoder would not say so: of a JPEG it paints
/// the rest grey, and of a WebP it trusts the lengths that the file claims.
pub(crate) fn is_cut_short(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => !has_jpeg_end(bytes),
        ImageFormat::WebP => !has_whole_chunks(bytes),
        _ => false,
    }
}

/// Whether the marker that ends a JPEG is there. Its preview, inside a segment, has one too.
fn has_jpeg_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        at += match bytes.get(at..) {
            Some([0xFF, 0xD9, ..]) => return true,
            Some([0xFF, 0x01 | 0xD0..=0xD7, ..]) => 2,
            Some([0xFF, 0x00 | 0xFF, ..]) => 1,
            Some([0xFF, _, high, low, ..]) => 2 + usize::from(u16::from_be_bytes([*high, *low])),
            Some([_, _, ..]) => 1,
            _ => return false,
        };
    }
}

/// Whether each chunk of a WebP is as long as it claims.
fn has_whole_chunks(bytes: &[u8]) -> bool {
    let length = bytes.len() as u64;
    let mut at: u64 = 12;
    while at + 8 <= length {
        let size = usize::try_from(at + 4)
            .ok()
            .and_then(|at| bytes[at..].first_chunk());
        let size = u64::from(u32::from_le_bytes(*size.expect("within the file")));
        if at + 8 + size > length {
            return false;
        }
        at += 8 + size.next_multiple_of(2);
    }
    true
}
