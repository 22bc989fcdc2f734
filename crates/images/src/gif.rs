//! GIF: the first frame on its screen, which grows where the frame is larger.

use std::io::ErrorKind;

use gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};
use image::{Rgba, RgbaImage};

use crate::kind::{cut_short, damaged};
use crate::{MOST_PIXELS, Refused, fits, refuse};

/// The picture.
///
/// Browsers do the same; a screen that does not hold its picture is a mistake of the writer's.
pub(crate) fn read(bytes: &[u8]) -> Result<RgbaImage, Refused> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let most = std::num::NonZeroU64::new(MOST_PIXELS * 4).expect("some");
    options.set_memory_limit(MemoryLimit::Bytes(most));
    let mut decoder = options.read_info(bytes).map_err(explain)?;
    let Some(frame) = decoder.next_frame_info().map_err(explain)? else {
        return Err(refuse("the GIF file holds no picture"));
    };
    let (left, top) = (u32::from(frame.left), u32::from(frame.top));
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    let screen = (u32::from(decoder.width()), u32::from(decoder.height()));
    let whole = (screen.0.max(left + width), screen.1.max(top + height));
    fits(whole.0, whole.1)?;
    let mut pixels = vec![0; decoder.buffer_size()];
    decoder.read_into_buffer(&mut pixels).map_err(explain)?;
    let frame = RgbaImage::from_raw(width, height, pixels).ok_or_else(|| damaged("GIF"))?;
    if frame.dimensions() == whole {
        return Ok(frame);
    }
    let mut image = RgbaImage::from_pixel(whole.0, whole.1, Rgba([0; 4]));
    image::imageops::replace(&mut image, &frame, left.into(), top.into());
    Ok(image)
}

fn explain(error: DecodingError) -> Refused {
    match error {
        DecodingError::UnexpectedEof => cut_short("GIF"),
        DecodingError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => cut_short("GIF"),
        _ => damaged("GIF"),
    }
}
