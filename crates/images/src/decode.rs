//! Files of any format that is read to squares.

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use crate::kind::{self, format_of};
use crate::resize::{pixels, resize};
use crate::white::{hides_all, over_white};
use crate::{MOST_PIXELS, Refused, fits, gif, jpeg, refuse, tiff, webp};

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

/// The squares that a picture is laid out of, row after row: RGB bytes `[squares, size, size, 3]`.
/// The pictures of the built-in sets are such, PNGs in RGB.
///
/// `tile` is the side of a square in the picture, in pixels.
///
/// # Errors
/// A file that cannot be read, with the reason.
pub fn cut(picture: &[u8], tile: usize, size: usize) -> Result<Vec<u8>, Refused> {
    let sheet = ImageReader::with_format(Cursor::new(picture), ImageFormat::Png).decode();
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

/// A file's picture over white, and how it has to be turned.
fn read(bytes: &[u8]) -> Result<(RgbImage, Orientation), Refused> {
    let (format, name) = format_of(bytes)?;
    match format {
        ImageFormat::Jpeg => jpeg::read(bytes),
        ImageFormat::Tiff => tiff::read(bytes),
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
    fn a_sheet_is_cut_row_after_row() {
        let sheet = RgbImage::from_fn(64, 64, |x, y| {
            Rgb([10 + u8::from(x >= 32) * 10 + u8::from(y >= 32) * 20; 3])
        });
        let squares = cut(&png(sheet), 32, 16).unwrap();
        assert_eq!(squares.len(), 4 * 16 * 16 * 3);
        for (tile, value) in squares.chunks(16 * 16 * 3).zip([10, 20, 30, 40]) {
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
