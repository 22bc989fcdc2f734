//! TIFF: its numbers by the `tiff` crate, their meaning by this module.
//!
//! The crate knows fewer kinds of colour than there are, and takes every fourth sample for a straight
//! alpha. So it is told that all samples are shades of grey, which it hands out as they are.

use image::RgbImage;
use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{TiffError, TiffUnsupportedError};

use crate::ifd::{self, tag};
use crate::kind::{cut_short, damaged};
use crate::samples::{Colour, Meaning, colours};
use crate::{MOST_PIXELS, Refused, check_size, refuse};

/// The picture over white, and how it has to be turned.
pub(crate) fn read(bytes: &[u8]) -> Result<(RgbImage, Orientation), Refused> {
    let file = ifd::Tiff::of(bytes).ok_or_else(|| damaged("TIFF"))?;
    let directories = file.directories();
    let page = file.page(&directories);
    let directory = directories.get(page).ok_or_else(|| cut_short("TIFF"))?;
    let number = |tag| file.numbers(directory, tag).first().copied();

    let packing = number(tag::COMPRESSION).unwrap_or(1);
    if let Some(name) = packing_not_read(packing) {
        return Err(advise(&format!("packed by {name}")));
    }
    let photometric = number(tag::PHOTOMETRIC).ok_or_else(|| damaged("TIFF"))?;
    let colour = match photometric {
        0 | 1 => Colour::Grey {
            white_is_zero: photometric == 0,
        },
        2 => Colour::Rgb,
        3 => Colour::Palette,
        5 => Colour::Cmyk,
        6 => Colour::Ycc,
        8..=10 => return Err(advise("in Lab colours")),
        _ => {
            return Err(advise(&format!(
                "in colours of a rare kind ({photometric})"
            )));
        }
    };
    let halved = file.numbers(directory, tag::HALVED);
    if colour == Colour::Ycc && packing != 7 && halved != [1, 1] {
        return Err(advise("in YCbCr whose colour is halved"));
    }
    // The crate panics at such tiles: it takes those of the further planes for full ones.
    if let (Some(2), Some(height), Some(tile)) = (
        number(tag::PLANES),
        number(tag::HEIGHT),
        number(tag::TILE_HEIGHT),
    ) && height.checked_rem(tile) != Some(0)
    {
        return Err(advise("whose tiles hold one colour each"));
    }
    let extra = file.numbers(directory, tag::EXTRA_SAMPLES);
    let colours = colours(&file.numbers(directory, tag::COLOURS));

    let mut told = bytes.to_vec();
    let mut change = |tag, number: u16| {
        if let Some(entry) = directory.find(tag)
            && let Some(place) = told.get_mut(entry.at..entry.at + 2)
        {
            place.copy_from_slice(&file.short(number));
        }
    };
    // Black is zero.
    change(tag::PHOTOMETRIC, 1);
    if let Some(entry) = directory.find(tag::EXTRA_SAMPLES) {
        // A tag of nobody's; the order of tags matters to no one.
        told[entry.line..entry.line + 2].copy_from_slice(&file.short(65000));
    }
    if number(tag::FILL_ORDER) == Some(2) {
        let starts = file.numbers(directory, tag::STRIP_OFFSETS);
        let lengths = file.numbers(directory, tag::STRIP_LENGTHS);
        for (start, length) in starts.iter().zip(lengths) {
            let end = usize::try_from(start.saturating_add(length)).unwrap_or(usize::MAX);
            let start = usize::try_from(*start).unwrap_or(usize::MAX);
            for byte in told.get_mut(start..end).unwrap_or_default() {
                *byte = byte.reverse_bits();
            }
        }
    }

    let mut decoder = Decoder::new(std::io::Cursor::new(told)).map_err(explain)?;
    decoder.seek_to_image(page).map_err(explain)?;
    let (width, height) = decoder.dimensions().map_err(explain)?;
    check_size(width, height)?;
    let meaning = Meaning::of(&mut decoder, colour, &extra, colours)?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(MOST_PIXELS * 16).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    let mut decoder = decoder.with_limits(limits);
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(explain)?;
    if result.as_buffer(0).as_bytes().len() < layout.complete_len {
        return Err(refuse("the TIFF file needs too much memory"));
    }
    let orientation = number_as_orientation(number(274));
    let pixels = meaning.bytes(result, &layout, width as usize);
    let rgb = meaning.over_white(&pixels);
    let image = RgbImage::from_raw(width, height, rgb).ok_or_else(|| damaged("TIFF"))?;
    Ok((image, orientation))
}

fn number_as_orientation(number: Option<u64>) -> Orientation {
    let number = number.and_then(|number| u8::try_from(number).ok());
    let turn = number.and_then(Orientation::from_exif);
    turn.unwrap_or(Orientation::NoTransforms)
}

/// How a way of packing is called that the crate does not unpack.
fn packing_not_read(number: u64) -> Option<String> {
    let name = match number {
        1 | 4 | 5 | 7 | 8 | 32773 | 32946 | 50001 => return None,
        2 => "CCITT run lengths",
        3 => "CCITT Group 3",
        6 => "JPEG of old style",
        34712 | 33003 | 33005 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        50000 => "Zstandard",
        50002 | 52546 => "JPEG XL",
        _ => return Some(format!("a rare way ({number})")),
    };
    Some(name.to_owned())
}

pub(crate) fn advise(what: &str) -> Refused {
    refuse(format!(
        "a TIFF {what}, which is not read; save it as PNG, or as TIFF in RGB with LZW"
    ))
}

pub(crate) fn explain(error: TiffError) -> Refused {
    match error {
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            cut_short("TIFF")
        }
        TiffError::LimitsExceeded => refuse("the TIFF file needs too much memory"),
        TiffError::UnsupportedError(TiffUnsupportedError::InconsistentBitsPerSample(_)) => {
            advise("whose samples have different depths")
        }
        TiffError::UnsupportedError(_) => advise("of a rare layout"),
        _ => damaged("TIFF"),
    }
}
