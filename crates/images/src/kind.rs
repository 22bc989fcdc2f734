//! What a file is, told from its first bytes.

use image::ImageFormat;

use crate::{Refused, foreign, refuse};

/// What is read, and how it is called.
const FORMATS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Png, "PNG"),
    (ImageFormat::Jpeg, "JPEG"),
    (ImageFormat::WebP, "WebP"),
    (ImageFormat::Gif, "GIF"),
    (ImageFormat::Bmp, "BMP"),
    (ImageFormat::Tiff, "TIFF"),
];

/// The larger kind of TIFF, which `image` does not tell.
const BIG_TIFF: [&[u8]; 2] = [b"II+\0", b"MM\0+"];

/// Bytes at a place, and the raw file that has them there.
const RAW: [(usize, &[u8], &str); 11] = [
    (8, b"CR\x02\0", "Canon CR2"),
    (4, b"ftypcrx ", "Canon CR3"),
    (6, b"HEAPCCDR", "Canon CRW"),
    (0, b"FUJIFILMCCD-RAW", "Fujifilm RAF"),
    (0, b"IIRO", "Olympus ORF"),
    (0, b"IIRS", "Olympus ORF"),
    (0, b"MMOR", "Olympus ORF"),
    (0, b"IIU\0", "Panasonic RW2"),
    (0, b"FOVb", "Sigma X3F"),
    (0, b"\0MRM", "Minolta MRW"),
    (8, b"IIII", "Phase One IIQ"),
];

/// The same of files that are read in part of the world, and not here.
const OTHERS: [(usize, &[u8], &str); 24] = [
    (4, b"ftyp", "a film, not an image"),
    (4, b"moov", "a film, not an image"),
    (8, b"AVI LIST", "a film, not an image"),
    (8, b"WAVE", "a sound, not an image"),
    (0, b"ID3", "a sound, not an image"),
    (0, b"\x1A\x45\xDF\xA3", "a film, not an image"),
    (4, b"jP  \r\n", "JPEG 2000 is not read"),
    (0, b"\xFF\x4F\xFF\x51", "JPEG 2000 is not read"),
    (0, b"8BPS", "PSD is not read"),
    (0, b"gimp xcf", "XCF is not read"),
    (0, b"%PDF", "PDF is not read"),
    (0, b"v/1\x01", "EXR is not read"),
    (0, b"#?RADIANCE", "HDR is not read"),
    (0, b"SIMPLE  =", "FITS is not read"),
    (128, b"DICM", "DICOM is not read"),
    (0, b"PK\x03\x04", "a zip or an office file, not an image"),
    (0, b"<svg", "SVG is not read"),
    (0, b"<!DOCTYPE", "a web page, not an image"),
    (0, b"<!doctype", "a web page, not an image"),
    (0, b"<html", "a web page, not an image"),
    (0, b"<HTML", "a web page, not an image"),
    (0, b"P5\n", "PNM is not read"),
    (0, b"P6\n", "PNM is not read"),
    (0, b"DDS ", "DDS is not read"),
];

/// What stays of a file whose first bytes were changed, as a transfer as text does.
const REMAINS: [(usize, &[u8], &str); 11] = [
    (1, b"PNG", "PNG"),
    (12, b"IHDR", "PNG"),
    (11, b"IHDR", "PNG"),
    (10, b"IHDR", "PNG"),
    (6, b"JFIF", "JPEG"),
    (6, b"Exif", "JPEG"),
    (0, b"\xFF\xD8", "JPEG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF", "GIF"),
    (0, b"II*", "TIFF"),
    (0, b"MM\0", "TIFF"),
];

fn has(bytes: &[u8], at: usize, mark: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(mark))
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|part| part == mark)
}

fn find<'a>(bytes: &[u8], marks: &[(usize, &[u8], &'a str)]) -> Option<&'a str> {
    let mut marks = marks.iter();
    marks
        .find(|(at, mark, _)| has(bytes, *at, mark))
        .map(|(.., what)| *what)
}

/// The format of a file and its name. The first few kilobytes of the file are enough.
pub(crate) fn format_of(bytes: &[u8]) -> Result<(ImageFormat, &'static str), Refused> {
    if bytes.is_empty() {
        return Err(refuse("the file is empty"));
    }
    if let Some(camera) = find(bytes, &RAW).or_else(|| crate::ifd::camera(bytes)) {
        return Err(raw(camera));
    }
    let big = BIG_TIFF.iter().any(|mark| has(bytes, 0, mark));
    let format = if big {
        Some(ImageFormat::Tiff)
    } else {
        image::guess_format(bytes).ok()
    };
    if let Some(known) = FORMATS.iter().find(|known| Some(known.0) == format) {
        return Ok(*known);
    }
    let read = FORMATS.map(|known| known.1).join(", ");
    if let Some(kind) = foreign::kind(bytes) {
        return Err(refuse(format!("{kind} is not read; these are: {read}")));
    }
    let is_drawing =
        bytes.starts_with(b"<?xml") && contains(&bytes[..bytes.len().min(2000)], b"<svg");
    let drawing = is_drawing.then_some("SVG is not read");
    if let Some(what) = drawing.or_else(|| find(bytes, &OTHERS)) {
        return Err(refuse(format!("{what}; these are: {read}")));
    }
    if let Some(name) = find(bytes, &REMAINS) {
        return Err(damaged(name));
    }
    if bytes.iter().all(|byte| *byte == 0) {
        let why = "the file holds nothing but zeros: it was not copied whole; copy it again";
        return Err(refuse(why));
    }
    Err(refuse(format!("not an image; these are: {read}")))
}

/// Why a camera's raw file is not read, and what to do. What is easily read of it is a preview.
pub(crate) fn raw(camera: &str) -> Refused {
    let camera = match camera {
        "" => String::new(),
        camera => format!(" ({camera})"),
    };
    refuse(format!(
        "a camera's raw file{camera}, of which only a preview could be read; \
         export it as JPEG, PNG or TIFF"
    ))
}

/// Why a file of a known format is not read, where nothing more is known.
pub(crate) fn damaged(name: &str) -> Refused {
    refuse(format!("the {name} file is damaged; copy or save it again"))
}

/// Why a file is not read that ends before its picture does.
pub(crate) fn cut_short(name: &str) -> Refused {
    refuse(format!("the {name} file is cut short"))
}
