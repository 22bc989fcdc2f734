//! TIFF: its numbers by the `tiff` crate, their meaning by this module.
//!
//! The crate knows fewer kinds of colour than there are, and takes every fourth sample for a straight
//! alpha. So it is told that all samples are shades of grey, which it hands out as they are.

use image::RgbImage;
use image::metadata::Orientation;
use tiff::decoder::{BufferLayoutPreference, ChunkType, Decoder, DecodingResult, Limits};
use tiff::{TiffError, TiffUnsupportedError};

use crate::ifd::{self, tag};
use crate::kind::{cut_short, damaged};
use crate::samples::{Area, Colour, Meaning, colours};
use crate::{MOST_PIXELS, Refused, fits, refuse};

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
    let extra = file.numbers(directory, tag::EXTRA_SAMPLES);
    let colours = colours(&file.numbers(directory, tag::COLOURS));

    let size = |tag| number(tag).and_then(|number| u32::try_from(number).ok());
    let (width, height) = (size(tag::WIDTH), size(tag::HEIGHT));
    let (width, height) = width.zip(height).ok_or_else(|| damaged("TIFF"))?;
    fits(width, height)?;
    let told = retold(file, bytes, directory);
    let mut decoder = Decoder::new(std::io::Cursor::new(told)).map_err(explain)?;
    decoder.seek_to_image(page).map_err(explain)?;
    let (wide, high) = decoder.dimensions().map_err(explain)?;
    if wide < width || high < height {
        return Err(damaged("TIFF"));
    }
    if u64::from(wide) * u64::from(high) > 2 * MOST_PIXELS {
        return Err(advise("whose tiles are larger than its picture"));
    }
    let area = Area {
        width: width as usize,
        height: height as usize,
        wide: wide as usize,
    };
    let meaning = Meaning::of(&mut decoder, colour, &extra, colours)?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(MOST_PIXELS * 16).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    let mut decoder = decoder.with_limits(limits.clone());
    let mut result = DecodingResult::U8(Vec::new());
    let layout = if decoder.get_chunk_type() == ChunkType::Tile {
        let bits = meaning.bits as usize * meaning.samples;
        read_tiles(&mut decoder, &mut result, &limits, bits)?
    } else {
        decoder.read_image_to_buffer(&mut result).map_err(explain)?
    };
    if result.as_buffer(0).as_bytes().len() < layout.complete_len {
        return Err(refuse("the TIFF file needs too much memory"));
    }
    let orientation = number_as_orientation(number(tag::ORIENTATION));
    let pixels = meaning.bytes(result, layout.planes > 1, area);
    let pixels = pixels.ok_or_else(|| damaged("TIFF"))?;
    let rgb = meaning.over_white(&pixels);
    let image = RgbImage::from_raw(width, height, rgb).ok_or_else(|| damaged("TIFF"))?;
    Ok((image, orientation))
}

/// A copy of the file that the crate reads rightly: in shades of grey, whatever they mean, from full tiles,
/// the highest bit of a byte first.
fn retold(file: ifd::Tiff, bytes: &[u8], directory: &ifd::Directory) -> Vec<u8> {
    let number = |tag| file.numbers(directory, tag).first().copied();
    let mut told = bytes.to_vec();
    if let Some(entry) = directory.find(tag::PHOTOMETRIC) {
        // Black is zero.
        file.change(&mut told, entry, 1);
    }
    if let Some(entry) = directory.find(tag::EXTRA_SAMPLES) {
        file.hide(&mut told, entry);
    }
    // At tiles that reach beyond the picture the crate stumbles over LZW, and panics if each holds one colour.
    for (whole, tile) in [
        (tag::WIDTH, tag::TILE_WIDTH),
        (tag::HEIGHT, tag::TILE_HEIGHT),
    ] {
        if let (Some(entry), Some(size)) = (directory.find(whole), number(whole))
            && let Some(tile @ 1..) = number(tile)
            && let Some(full) = size.checked_next_multiple_of(tile)
        {
            file.change(&mut told, entry, full);
        }
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
    told
}

/// All tiles, each of them whole: row by row the crate takes the end of some for cut short. `bits`: of a pixel.
fn read_tiles(
    decoder: &mut Decoder<std::io::Cursor<Vec<u8>>>,
    result: &mut DecodingResult,
    limits: &Limits,
    bits: usize,
) -> Result<BufferLayoutPreference, Refused> {
    let layout = decoder.image_buffer_layout().map_err(explain)?;
    result.resize_to(&layout, limits).map_err(explain)?;
    let mut all = result.as_buffer(0);
    let all = all.as_bytes_mut();
    let (width, height) = decoder.chunk_dimensions();
    let (width, height) = (width as usize, height as usize);
    let (wide, _) = decoder.dimensions().map_err(explain)?;
    // Bits of a pixel within a tile.
    let bits = bits / layout.planes.max(1);
    let (row, across) = (width * bits / 8, wide as usize / width);
    if !(width * bits).is_multiple_of(8) || across == 0 || all.len() < layout.complete_len {
        return Err(advise("of a rare layout"));
    }
    let mut tile = vec![0; row * height];
    for index in 0..decoder.tile_count().map_err(explain)? {
        decoder
            .read_chunk_bytes(index, &mut tile)
            .map_err(explain)?;
        // Planes lie one behind the other, and each is so many rows of tiles.
        let (down, right) = (index as usize / across, index as usize % across);
        for (line, pixels) in tile.chunks_exact(row).enumerate() {
            let start = ((down * height + line) * across + right) * row;
            let place = all.get_mut(start..start + row);
            place
                .ok_or_else(|| damaged("TIFF"))?
                .copy_from_slice(pixels);
        }
    }
    Ok(layout)
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
