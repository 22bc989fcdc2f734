//! JPEG: by a fast decoder, and a second look at what that one does not read rightly.

use image::RgbImage;
use image::metadata::Orientation;
use jpeg_decoder::PixelFormat;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::kind::{cut_short, damaged};
use crate::{MOST_PIXELS, Refused, fits, refuse};

/// What may follow a picture that is cut off within its last bytes, to see whether it matters.
const TAILS: [u8; 4] = [0x00, 0x55, 0xAA, 0x7F];

/// What the segments of a JPEG say, without any of its picture.
#[derive(Default)]
struct Layout {
    /// The kind of frame: the low byte of its marker.
    frame: u8,
    bits: u8,
    width: u32,
    height: u32,
    /// Names of the components.
    components: Vec<u8>,
    /// Of each component, which of its 64 coefficients have come, and which to their last bit.
    begun: Vec<u64>,
    done: Vec<u64>,
    /// How many components the first scan has.
    first_scan: usize,
    /// Where the marker of the end is.
    end: Option<usize>,
}

impl Layout {
    /// Walks from segment to segment. A preview within a segment has an end of its own.
    fn of(bytes: &[u8]) -> Self {
        let mut layout = Self::default();
        let mut at = 2;
        loop {
            at += match bytes.get(at..) {
                Some([0xFF, 0xD9, ..]) => {
                    layout.end = Some(at);
                    return layout;
                }
                Some([0xFF, 0x01 | 0xD0..=0xD7, ..]) => 2,
                Some([0xFF, 0x00 | 0xFF, ..]) => 1,
                Some([0xFF, marker, high, low, rest @ ..]) => {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    let body = &rest[..length.saturating_sub(2).min(rest.len())];
                    layout.segment(*marker, body);
                    2 + length
                }
                Some([_, _, ..]) => 1,
                _ => return layout,
            };
        }
    }

    fn segment(&mut self, marker: u8, body: &[u8]) {
        match (marker, body) {
            (0xC4 | 0xC8 | 0xCC, _) => {}
            (0xC0..=0xCF, [bits, h1, h0, w1, w0, count, rest @ ..]) if self.frame == 0 => {
                self.frame = marker;
                self.bits = *bits;
                self.height = u32::from(u16::from_be_bytes([*h1, *h0]));
                self.width = u32::from(u16::from_be_bytes([*w1, *w0]));
                let names = rest.chunks_exact(3).take(usize::from(*count));
                self.components = names.map(|component| component[0]).collect();
                self.begun = vec![0; self.components.len()];
                self.done = self.begun.clone();
            }
            (0xDA, [count, rest @ ..]) => {
                let count = usize::from(*count);
                let Some([first, last, step]) = rest.get(2 * count..2 * count + 3) else {
                    return;
                };
                if self.first_scan == 0 {
                    self.first_scan = count;
                }
                if first > last || *last > 63 {
                    return;
                }
                let coefficients = (u64::MAX >> (63 - last)) & (u64::MAX << first);
                for part in rest[..2 * count].chunks_exact(2) {
                    let names = self.components.iter();
                    if let Some(index) = names.clone().position(|name| *name == part[0]) {
                        self.begun[index] |= coefficients;
                        if step % 16 == 0 {
                            self.done[index] |= coefficients;
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether there are scans enough: without an end, the last one of everything. With one, what is left
    /// out was left out on purpose, as some writers do with fine detail; but no colour may be missing.
    fn has_all_scans(&self) -> bool {
        let enough = match self.end {
            None => self.done.iter().all(|done| *done == u64::MAX),
            Some(_) => self.begun.iter().all(|begun| begun & 1 == 1),
        };
        enough && !self.components.is_empty()
    }

    /// Whether so many bytes can hold the picture. Few that claim a large one would take long to refuse.
    fn may_be_held_by(&self, bytes: usize) -> bool {
        let blocks = u64::from(self.width) * u64::from(self.height) / 64;
        // Two codes a block, of a bit at least. A progressive scan tells of many empty blocks by one code.
        self.frame == 0xC2 || blocks * 2 / 8 <= bytes as u64
    }

    /// Why it is of a kind that no decoder here knows, or is no picture.
    fn check(&self) -> Result<(), Refused> {
        let kind = match (self.frame, self.bits) {
            (0xC3, _) => "lossless",
            (0xC5..=0xC7, _) => "hierarchical",
            (0xC9..=0xCF, _) => "arithmetic coding",
            (0xC0..=0xC2, 8) => return fits(self.width, self.height),
            (0xC0..=0xC2, 12) => "12 bits",
            _ => return Err(damaged("JPEG")),
        };
        Err(refuse(format!(
            "a kind of JPEG ({kind}) that is not read; save it as an ordinary JPEG or as PNG"
        )))
    }
}

/// The picture, and how it has to be turned.
pub(crate) fn read(bytes: &[u8]) -> Result<(RgbImage, Orientation), Refused> {
    let layout = Layout::of(bytes);
    if layout.frame == 0 && layout.end.is_none() {
        return Err(cut_short("JPEG"));
    }
    layout.check()?;
    if !layout.has_all_scans() || !layout.may_be_held_by(bytes.len()) {
        return Err(cut_short("JPEG"));
    }
    let progressive = layout.frame == 0xC2;
    // Behind a marker of the end it makes up what is missing; without one it says so.
    let end = layout.end.filter(|_| !progressive).unwrap_or(bytes.len());
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes[..end]), options());
    // A photograph with broken remarks is still a photograph.
    let headers = decoder.decode_headers();
    let remarks = decoder.exif().filter(|_| headers.is_ok());
    let orientation = remarks
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);

    // Of components that come in scans of their own it mixes up those that are smaller than others.
    let all_at_once = progressive || layout.first_scan == layout.components.len();
    let size = (layout.width, layout.height);
    let first = (layout.end.is_some() && all_at_once && headers.is_ok())
        .then(|| decoder.decode().ok())
        .flatten()
        .and_then(|pixels| RgbImage::from_raw(size.0, size.1, pixels));
    let image = match first {
        Some(image) => image,
        None => second_look(&bytes[..layout.end.unwrap_or(bytes.len())])?,
    };
    Ok((image, orientation))
}

/// Strictly: else it paints grey what is missing, and says nothing.
fn options() -> DecoderOptions {
    let most = u16::MAX.into();
    DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_strict_mode(true)
        .set_max_width(most)
        .set_max_height(most)
}

/// A picture by the slower decoder, if it is whole: whatever may follow these bytes changes nothing.
fn second_look(mut bytes: &[u8]) -> Result<RgbImage, Refused> {
    // Half a marker is none.
    while let [rest @ .., 0xFF] = bytes {
        bytes = rest;
    }
    let read = |tail| {
        let mut whole = bytes.to_vec();
        whole.extend([tail; 64]);
        whole.extend([0xFF, 0xD9]);
        let mut decoder = jpeg_decoder::Decoder::new(whole.as_slice());
        decoder
            .set_max_decoding_buffer_size(usize::try_from(MOST_PIXELS * 4).unwrap_or(usize::MAX));
        let pixels = decoder.decode().map_err(|_| damaged("JPEG"))?;
        let info = decoder.info().ok_or_else(|| damaged("JPEG"))?;
        let rgb = match info.pixel_format {
            PixelFormat::RGB24 => pixels,
            PixelFormat::L8 => pixels.iter().flat_map(|value| [*value; 3]).collect(),
            PixelFormat::CMYK32 => pixels.chunks_exact(4).flat_map(of_ink).collect(),
            PixelFormat::L16 => return Err(damaged("JPEG")),
        };
        let (width, height) = (info.width.into(), info.height.into());
        RgbImage::from_raw(width, height, rgb).ok_or_else(|| damaged("JPEG"))
    };
    let [first, others @ ..] = TAILS;
    let image = read(first)?;
    for tail in others {
        if read(tail)? != image {
            return Err(cut_short("JPEG"));
        }
    }
    Ok(image)
}

/// Ink on paper.
fn of_ink(ink: &[u8]) -> [u8; 3] {
    let light = |value: u8| {
        let mixed = (u16::from(255 - value) * u16::from(255 - ink[3]) + 127) / 255;
        u8::try_from(mixed).expect("between the two")
    };
    [light(ink[0]), light(ink[1]), light(ink[2])]
}
