//! File bytes to square RGB images; the only user of `image`.
//!
//! What comes out is the picture that the file holds, or a reason; never silently another picture.
//! Where formats leave a choice:
//!
//! - **Colour profiles are ignored**, as the libraries that learners will meet next do: numbers are taken
//!   as they stand. So photographs in Display P3 or Adobe RGB come out a little paler than they look.
//! - **Counts**: a picture of 16 or 32 bits whose highest bits lie idle is taken for one of fewer bits, so
//!   that what cameras and microscopes count is not black. Fractions go from nought to one, and where some
//!   lie beyond, like numbers below nought, from the least to the most.
//! - **Alpha** lies on white. One that covers nothing at all was never filled in: in a BMP or TIFF it is left
//!   out. A PNG, WebP or GIF that is all transparent is white, and [`is_flat`] tells it.
//! - **Of several pictures** the first counts: of an animation, of pages, of channels. A page that calls
//!   itself a smaller version of another does not count.
//! - **A camera's raw file** is refused: what is easily read of it is a preview.
//! - **A JPEG or PNG without its end** is read where all of its picture is there.
//!
//! `docs/images.md` has all that was tried, with its outcome.

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use kind::format_of;
use resize::{pixels, resize};
use white::{hides_all, over_white};

#[cfg(feature = "zip")]
mod archive;
mod check;
mod foreign;
#[cfg(feature = "formats")]
mod gif;
#[cfg(feature = "formats")]
mod ifd;
#[cfg(feature = "formats")]
mod jpeg;
mod kind;
mod leftovers;
mod levels;
#[cfg(feature = "zip")]
mod names;
mod raw_pixels;
mod resize;
#[cfg(feature = "formats")]
mod samples;
#[cfg(feature = "formats")]
mod tiff;
#[cfg(feature = "web")]
pub mod web;
mod webp;
mod white;

#[cfg(feature = "zip")]
pub use archive::{Archive, Entry, MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED};
pub use check::{MOST_BYTES, check};
pub use foreign::foreign;
pub use leftovers::is_leftover;
#[cfg(feature = "names")]
pub use names::readable;
pub use raw_pixels::{fits, square};

/// Why a file cannot be used, in words a learner understands; the caller knows its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// Most pixels of a file that is read.
pub const MOST_PIXELS: u64 = 64_000_000;

/// Most that a channel may differ within an image of one colour: what a lossy format may add.
const FLAT: u8 = 2;

/// The middle square of an image file as RGB bytes, row after row: `[size, size, 3]`.
///
/// The format is told from the contents. Photographs are turned upright, transparent parts lie on
/// white, and of an animation the first picture counts.
///
/// # Errors
/// A file that cannot be read, with the reason.
pub fn decode(bytes: &[u8], size: usize) -> Result<Vec<u8>, Refused> {
    let (image, orientation) = read(bytes)?;
    let (width, height) = image.dimensions();
    let shorter = width.min(height);
    let square = resize(
        &image,
        (width - shorter) / 2,
        (height - shorter) / 2,
        shorter,
        size,
    );
    // A square in the middle stays one when turned, so the turn can wait until it is small.
    let mut square = DynamicImage::ImageRgb8(square);
    square.apply_orientation(orientation);
    Ok(square.into_rgb8().into_raw())
}

/// The tiles of a sheet of squares, row after row: RGB bytes `[tiles, size, size, 3]`. The sheet is a
/// PNG in RGB: ours, so that a core need not know what learners may bring.
///
/// `tile` is the side of a tile in the sheet, in pixels.
///
/// # Errors
/// A file that cannot be read, with the reason.
pub fn tiles(bytes: &[u8], tile: usize, size: usize) -> Result<Vec<u8>, Refused> {
    let sheet = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png).decode();
    let sheet = sheet.map_err(|error| refuse(explain(&error, "PNG")))?;
    let sheet = sheet.into_rgb8();
    let step = pixels(tile);
    let (columns, rows) = (sheet.width() / step, sheet.height() / step);
    Ok((0..columns * rows)
        .flat_map(|index| {
            let (left, top) = (index % columns * step, index / columns * step);
            resize(&sheet, left, top, step, size).into_raw()
        })
        .collect())
}

/// Whether all pixels of a square that [`decode`] gave have one colour, or as good as that: nothing can
/// be learned from such an image, and it is more often a file read wrongly than a picture.
pub fn is_flat(pixels: &[u8]) -> bool {
    (0..3).all(|channel| {
        let values = || pixels.iter().skip(channel).step_by(3);
        let (least, most) = (values().min(), values().max());
        most.zip(least)
            .is_none_or(|(most, least)| most - least <= FLAT)
    })
}

/// A file's picture over white, and how it has to be turned.
fn read(bytes: &[u8]) -> Result<(RgbImage, Orientation), Refused> {
    let (format, name) = format_of(bytes)?;
    match format {
        #[cfg(feature = "formats")]
        ImageFormat::Jpeg => jpeg::read(bytes),
        #[cfg(feature = "formats")]
        ImageFormat::Tiff => tiff::read(bytes),
        #[cfg(feature = "formats")]
        ImageFormat::Gif => {
            let image = gif::read(bytes)?;
            Ok((over_white(image.into()), Orientation::NoTransforms))
        }
        ImageFormat::Png => by_image(bytes, format, name).or_else(|reason| {
            // One that lacks nothing but its end is whole.
            let ended = with_end(bytes).filter(|_| reason == kind::cut_short(name));
            ended.map_or(Err(reason.clone()), |ended| {
                by_image(&ended, format, name).map_err(|_| reason)
            })
        }),
        ImageFormat::WebP => by_image(webp::own_bytes(bytes)?, format, name),
        _ => by_image(bytes, format, name),
    }
}

/// The last chunk of a PNG.
const PNG_END: [u8; 12] = *b"\0\0\0\0IEND\xAE\x42\x60\x82";

/// A PNG with the end that it lacks, or all but the beginning of; none if it has one.
fn with_end(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lengths = (0..=PNG_END.len()).rev();
    let there = lengths.find(|there| bytes.ends_with(&PNG_END[..*there]))?;
    (there < PNG_END.len()).then(|| [bytes, &PNG_END[there..]].concat())
}

/// The same of the formats that `image` reads rightly.
fn by_image(
    bytes: &[u8],
    format: ImageFormat,
    name: &'static str,
) -> Result<(RgbImage, Orientation), Refused> {
    let refused = |error| refuse(explain(&error, name));
    let mut limits = Limits::default();
    // 16 bytes are four channels of four: nothing within `MOST_PIXELS` is refused by this.
    limits.max_alloc = Some(MOST_PIXELS * 16);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;

    // Only the header has been read so far.
    let (width, height) = decoder.dimensions();
    fits(width, height)?;
    // A photograph with broken remarks is still a photograph.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    let image = match image {
        // As Photoshop and Windows write it: there is an alpha, and nobody has filled it in.
        DynamicImage::ImageRgba8(image) if format == ImageFormat::Bmp && hides_all(&image) => {
            DynamicImage::ImageRgba8(image).into_rgb8().into()
        }
        image => image,
    };
    Ok((over_white(image), orientation))
}

/// What went wrong, in words of the learner.
fn explain(error: &ImageError, name: &str) -> String {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            format!("the {name} file is cut short")
        }
        ImageError::Limits(_) => format!("the {name} file needs too much memory"),
        ImageError::Unsupported(_) => format!("a kind of {name} that is not read"),
        _ => format!("the {name} file is damaged; copy or save it again"),
    }
}

fn refuse(reason: impl Into<String>) -> Refused {
    Refused(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, Rgba, RgbaImage};

    fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image.into().write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    fn reason(bytes: &[u8]) -> String {
        decode(bytes, 32).unwrap_err().to_string()
    }

    /// A plain subsampling would give stripes, blocks that do not fit the grid a moiré.
    #[test]
    fn a_fine_checkerboard_shrinks_to_grey() {
        for side in [100, 255, 256, 257, 300, 511] {
            let board =
                RgbImage::from_fn(
                    side,
                    side,
                    |x, y| Rgb([u8::from((x + y) % 2 == 1) * 255; 3]),
                );
            for value in decode(&png(board), 32).unwrap() {
                assert!(value.abs_diff(127) <= 2, "{value} from {side} pixels");
            }
        }
    }

    #[test]
    fn a_wide_image_is_cut_to_its_middle() {
        let wide = RgbImage::from_fn(60, 20, |x, _| {
            Rgb(if (20..40).contains(&x) {
                [9, 90, 200]
            } else {
                [255, 0, 0]
            })
        });
        let middle = decode(&png(wide), 16).unwrap();
        assert!(middle.chunks(3).all(|pixel| pixel == [9, 90, 200]));
    }

    #[test]
    fn transparent_pixels_lie_on_white_and_leave_no_fringe() {
        // Red that fades out over hidden black: nothing between red and white has more green than
        // blue, or less red than both.
        let fading = RgbaImage::from_fn(64, 64, |x, _| match x {
            0..30 => Rgba([255, 0, 0, 255]),
            30..34 => Rgba([255, 0, 0, 128]),
            _ => Rgba([0, 0, 0, 0]),
        });
        let seen = decode(&png(fading), 32).unwrap();
        assert!(
            seen.chunks(3)
                .all(|pixel| pixel[0] == 255 && pixel[1] == pixel[2])
        );
        assert_eq!(seen[..3], [255, 0, 0]);
        assert_eq!(seen[31 * 3..32 * 3], [255, 255, 255]);
    }

    #[test]
    fn one_colour_is_told_from_a_faint_picture() {
        let side = |left: u8, right: u8| {
            let image =
                RgbImage::from_fn(64, 64, |x, _| Rgb([if x < 32 { left } else { right }; 3]));
            decode(&png(image), 32).unwrap()
        };
        assert!(is_flat(&side(255, 255)));
        assert!(is_flat(&side(90, 91)));
        assert!(!is_flat(&side(90, 94)));
    }

    #[test]
    fn a_sheet_is_cut_row_after_row() {
        let sheet = RgbImage::from_fn(64, 64, |x, y| {
            Rgb([10 + u8::from(x >= 32) * 10 + u8::from(y >= 32) * 20; 3])
        });
        let cut = tiles(&png(sheet), 32, 16).unwrap();
        assert_eq!(cut.len(), 4 * 16 * 16 * 3);
        for (tile, value) in cut.chunks(16 * 16 * 3).zip([10, 20, 30, 40]) {
            assert!(tile.iter().all(|seen| *seen == value));
        }
    }

    #[test]
    fn reasons_are_plain() {
        assert_eq!(reason(b""), "the file is empty");
        let formats = "these are: PNG, JPEG, WebP, GIF, BMP, TIFF";
        assert_eq!(reason(b"Dear diary"), format!("not an image; {formats}"));
        let heic = reason(b"\0\0\0\x18ftypheic\0\0\0\0");
        assert_eq!(heic, format!("HEIC is not read; {formats}"));
        let whole = png(RgbImage::new(40, 40));
        assert_eq!(
            reason(&whole[..whole.len() / 2]),
            "the PNG file is cut short"
        );
    }
}
