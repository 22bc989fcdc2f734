//! Pixels that another decoder has read, a browser's.

use image::{DynamicImage, RgbaImage};

use crate::resize::resize;
use crate::white::over_white;
use crate::{MOST_PIXELS, Refused, refuse};

/// The middle square of RGBA pixels, row after row, as [`crate::decode`] makes it of a file.
///
/// # Errors
/// No pixels, more of them than fit, or more or fewer bytes than they take.
pub fn square(rgba: Vec<u8>, width: u32, height: u32, size: usize) -> Result<Vec<u8>, Refused> {
    fits(width, height)?;
    let image = RgbaImage::from_raw(width, height, rgba);
    let image = image.ok_or_else(|| refuse("its pixels are not whole"))?;
    let image = over_white(DynamicImage::ImageRgba8(image));
    let shorter = width.min(height);
    let (left, top) = ((width - shorter) / 2, (height - shorter) / 2);
    Ok(resize(&image, left, top, shorter, size).into_raw())
}

/// That so many pixels are read.
///
/// # Errors
/// There are none, or more than [`MOST_PIXELS`].
pub fn fits(width: u32, height: u32) -> Result<(), Refused> {
    let area = u64::from(width) * u64::from(height);
    if area == 0 {
        return Err(refuse("it has no pixels"));
    }
    if area > MOST_PIXELS {
        let (millions, most) = (area.div_ceil(1_000_000), MOST_PIXELS / 1_000_000);
        return Err(refuse(format!(
            "{width} x {height} is {millions} megapixels; at most {most} fit"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whichever decoder has read a file, the same comes of it.
    #[test]
    fn pixels_become_the_square_that_a_file_of_them_becomes() {
        let image = RgbaImage::from_fn(300, 200, |x, y| {
            let [red, green] = [x % 256, y % 256].map(|v| u8::try_from(v).unwrap());
            image::Rgba([red, green, 90, if x < 150 { 255 } else { 100 }])
        });
        let mut file = std::io::Cursor::new(Vec::new());
        let png = image::ImageFormat::Png;
        image.write_to(&mut file, png).unwrap();
        let ours = square(image.into_raw(), 300, 200, 32).unwrap();
        assert_eq!(ours, crate::decode(file.get_ref(), 32).unwrap());
    }

    #[test]
    fn pixels_that_are_not_there_are_refused() {
        let said = |width, height| {
            let square = square(vec![0; 12], width, height, 16);
            square.unwrap_err().to_string()
        };
        assert_eq!(said(0, 3), "it has no pixels");
        assert_eq!(said(2, 2), "its pixels are not whole");
        let most = "60000 x 60000 is 3600 megapixels; at most 64 fit";
        assert_eq!(said(60_000, 60_000), most);
    }
}
