//! What the numbers of a TIFF mean, and their colours.

use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use crate::Refused;
use crate::kind::damaged;
use crate::levels::{byte, fraction, most, range, white};
use crate::tiff::{advise, explain};

/// What the samples of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Grey { white_is_zero: bool },
    Rgb,
    Palette,
    Cmyk,
    Ycc,
}

/// A sample beside the colours that says how much they cover.
#[derive(Debug, Clone, Copy)]
struct Alpha {
    /// Which sample it is.
    at: usize,
    /// Whether the colours are multiplied by it already.
    multiplied: bool,
}

pub(crate) struct Meaning {
    colour: Colour,
    alpha: Option<Alpha>,
    /// Bits of a sample.
    pub(crate) bits: u32,
    /// Samples of a pixel.
    pub(crate) samples: usize,
    /// The colours of a palette.
    colours: Vec<[u8; 3]>,
}

/// The colours of a palette: all reds, all greens, all blues, of sixteen bits each.
pub(crate) fn colours(table: &[u64]) -> Vec<[u8; 3]> {
    // Old programs wrote eight.
    let white = if table.iter().all(|value| *value < 256) {
        255
    } else {
        65535
    };
    let count = table.len() / 3;
    (0..count)
        .map(|index| [0, 1, 2].map(|part| byte(table[part * count + index], white)))
        .collect()
}

impl Meaning {
    pub(crate) fn of(
        decoder: &mut Decoder<std::io::Cursor<Vec<u8>>>,
        colour: Colour,
        extra: &[u64],
        colours: Vec<[u8; 3]>,
    ) -> Result<Self, Refused> {
        let samples: usize = decoder
            .find_tag_unsigned::<u16>(Tag::SamplesPerPixel)
            .map_err(explain)?
            .unwrap_or(1)
            .into();
        let bits = decoder
            .find_tag_unsigned_vec::<u32>(Tag::BitsPerSample)
            .map_err(explain)?;
        let bits = bits.and_then(|bits| bits.first().copied()).unwrap_or(1);
        if !matches!(bits, 1..=8 | 16 | 32 | 64) {
            return Err(advise(&format!("of {bits} bits a sample")));
        }
        let own = colour.samples();
        if samples < own {
            return Err(damaged("TIFF"));
        }
        if colour == Colour::Palette && (colours.is_empty() || bits > 8) {
            return Err(damaged("TIFF"));
        }
        // Further samples are at the end; 1 is an alpha that is multiplied into the colours, 2 one that is
        // not, and anything else is none.
        let first = samples.saturating_sub(extra.len()).max(own);
        let alpha = extra.iter().position(|kind| matches!(kind, 1 | 2));
        let alpha = alpha.map(|index| Alpha {
            at: first + index,
            multiplied: extra[index] == 1,
        });
        Ok(Self {
            colour,
            alpha: alpha.filter(|alpha| alpha.at < samples),
            bits,
            samples,
            colours,
        })
    }

    /// Which samples of a pixel matter: those of its colour, then alpha.
    fn wanted(&self) -> Vec<usize> {
        (0..self.colour.samples())
            .chain(self.alpha.map(|alpha| alpha.at))
            .collect()
    }

    /// The samples that matter as bytes, pixel after pixel of an area. `planar`: each sample's come in a row.
    pub(crate) fn bytes(
        &self,
        result: DecodingResult,
        planar: bool,
        area: Area,
    ) -> Option<Vec<u8>> {
        let shape = Shape {
            area,
            samples: self.samples,
            planar,
        };
        match result {
            DecodingResult::U8(values) if self.bits < 8 => {
                let samples = if planar { 1 } else { self.samples };
                self.whole(&unpack(&values, self.bits, area.wide * samples), shape)
            }
            DecodingResult::U8(values) => self.whole(&values, shape),
            DecodingResult::U16(values) => self.whole(&values, shape),
            DecodingResult::U32(values) => self.whole(&values, shape),
            DecodingResult::U64(values) => self.whole(&values, shape),
            DecodingResult::I8(values) => self.fractions(&values, f64::from, shape),
            DecodingResult::I16(values) => self.fractions(&values, f64::from, shape),
            DecodingResult::I32(values) => self.fractions(&values, f64::from, shape),
            DecodingResult::I64(values) => self.fractions(&values, |value| value as f64, shape),
            DecodingResult::F16(values) => self.fractions(&values, f64::from, shape),
            DecodingResult::F32(values) => self.fractions(&values, f64::from, shape),
            DecodingResult::F64(values) => self.fractions(&values, f64::from, shape),
        }
    }

    /// Whole numbers from nought on.
    fn whole<T: Copy + Into<u64>>(&self, values: &[T], shape: Shape) -> Option<Vec<u8>> {
        let bits = self.bits;
        if self.colour == Colour::Palette || bits == 8 {
            return self.gather(values, shape, |value, _| {
                u8::try_from(value.into()).unwrap_or(u8::MAX)
            });
        }
        let white = if bits > 8 {
            let colours = shape.samples(values, self.colour.samples());
            white(colours.map(Into::into), bits)
        } else {
            most(bits)
        };
        self.gather(values, shape, |value, is_alpha| {
            byte(value.into(), if is_alpha { most(bits) } else { white })
        })
    }

    fn fractions<T: Copy>(
        &self,
        values: &[T],
        wide: impl Fn(T) -> f64,
        shape: Shape,
    ) -> Option<Vec<u8>> {
        let colours = shape.samples(values, self.colour.samples());
        let range = range(colours.map(&wide));
        self.gather(values, shape, |value, is_alpha| {
            fraction(wide(value), if is_alpha { (0.0, 1.0) } else { range })
        })
    }

    /// None if there are fewer values than the picture needs.
    fn gather<T: Copy>(
        &self,
        values: &[T],
        shape: Shape,
        byte: impl Fn(T, bool) -> u8,
    ) -> Option<Vec<u8>> {
        let wanted = self.wanted();
        let own = self.colour.samples();
        let (pixel, sample) = shape.steps(values.len());
        let mut bytes = Vec::with_capacity(shape.area.width * shape.area.height * wanted.len());
        for start in shape.pixels() {
            for (index, which) in wanted.iter().enumerate() {
                let value = values.get(start * pixel + which * sample)?;
                bytes.push(byte(*value, index >= own));
            }
        }
        Some(bytes)
    }

    /// RGB of pixels whose samples are bytes.
    pub(crate) fn over_white(&self, bytes: &[u8]) -> Vec<u8> {
        let own = self.colour.samples();
        let step = own + usize::from(self.alpha.is_some());
        let pixels = || bytes.chunks_exact(step);
        // Where nothing is covered at all the alpha was left at nought, and the colours are the picture.
        let multiplied = self.alpha.map(|alpha| alpha.multiplied);
        let multiplied = multiplied.filter(|_| pixels().any(|pixel| pixel[own] > 0));
        pixels()
            .flat_map(|pixel| {
                let rgb = self.rgb(&pixel[..own]);
                match multiplied {
                    None => rgb,
                    Some(true) => rgb.map(|value| value.saturating_add(255 - pixel[own])),
                    Some(false) => crate::white::mixed(rgb, pixel[own]),
                }
            })
            .collect()
    }

    fn rgb(&self, own: &[u8]) -> [u8; 3] {
        match (self.colour, own) {
            (Colour::Grey { white_is_zero }, [value]) => {
                [if white_is_zero { 255 - value } else { *value }; 3]
            }
            (Colour::Rgb, [red, green, blue]) => [*red, *green, *blue],
            (Colour::Palette, [index]) => {
                let colour = self.colours.get(usize::from(*index));
                colour.copied().unwrap_or_default()
            }
            (Colour::Cmyk, [ink @ .., black]) => {
                let light =
                    |ink: &u8| byte(u64::from(255 - ink) * u64::from(255 - black), 255 * 255);
                [light(&ink[0]), light(&ink[1]), light(&ink[2])]
            }
            (Colour::Ycc, [light, blue, red]) => of_ycc(*light, *blue, *red),
            _ => unreachable!("as many samples as the colour has"),
        }
    }
}

impl Colour {
    fn samples(self) -> usize {
        match self {
            Self::Grey { .. } | Self::Palette => 1,
            Self::Rgb | Self::Ycc => 3,
            Self::Cmyk => 4,
        }
    }
}

/// The picture within what its tiles fill.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Pixels from a row to the next.
    pub(crate) wide: usize,
}

/// How samples lie in memory.
#[derive(Clone, Copy)]
struct Shape {
    area: Area,
    samples: usize,
    planar: bool,
}

impl Shape {
    /// From a pixel to the next, and from a sample of it to the next.
    fn steps(self, values: usize) -> (usize, usize) {
        if self.planar {
            (1, values / self.samples)
        } else {
            (self.samples, 1)
        }
    }

    /// Where the pixels of the picture are among all.
    fn pixels(self) -> impl Iterator<Item = usize> {
        let Area {
            width,
            height,
            wide,
        } = self.area;
        (0..height).flat_map(move |row| row * wide..row * wide + width)
    }

    /// The first so many samples of each pixel.
    fn samples<T: Copy>(self, values: &[T], count: usize) -> impl Iterator<Item = T> {
        let (pixel, sample) = self.steps(values.len());
        let places = self
            .pixels()
            .flat_map(move |start| (0..count).map(move |which| start * pixel + which * sample));
        places.map_while(|place| values.get(place).copied())
    }
}

/// Samples of a few bits, each row of which fills whole bytes.
fn unpack(rows: &[u8], bits: u32, samples: usize) -> Vec<u8> {
    let bits = bits as usize;
    let row = |row: &[u8]| -> Vec<u8> {
        let bit = |at: usize| row[at / 8] >> (7 - at % 8) & 1;
        (0..samples)
            .map(|sample| {
                let places = sample * bits..(sample + 1) * bits;
                places.fold(0, |value, at| value << 1 | bit(at))
            })
            .collect()
    };
    let length = (samples * bits).div_ceil(8);
    rows.chunks_exact(length).flat_map(row).collect()
}

/// ITU-R BT.601 over the whole range, as JPEG has it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Clamped before.
fn of_ycc(light: u8, blue: u8, red: u8) -> [u8; 3] {
    let (light, blue, red) = (
        f32::from(light),
        f32::from(blue) - 128.0,
        f32::from(red) - 128.0,
    );
    [
        light + 1.402 * red,
        light - 0.344_136 * blue - 0.714_136 * red,
        light + 1.772 * blue,
    ]
    .map(|value| value.round().clamp(0.0, 255.0) as u8)
}
