//! A map of thumbnails, as SVG and as PNG; and the sprite that holds them all.

use std::fmt::Write;

use crate::{Map, Refused, Set, refuse, to_base64};

/// Side of the picture, in pixels.
const SIDE: u32 = 1600;

/// Most pixels of a thumbnail's side.
const MOST: u32 = 64;

/// Largest side of a sprite: the Embedding Projector takes twice as much, a page has less memory.
const SPRITE: u32 = 4096;

/// All images of a set in one picture, row after row, each a square of `tile` pixels.
pub(crate) struct Sprite {
    pub(crate) tile: u32,
    columns: u32,
    pixels: Vec<u8>,
}

impl Sprite {
    pub(crate) fn of(set: &Set) -> Self {
        let count = u32::try_from(set.len()).expect("images of a page");
        let columns = count.isqrt() + u32::from(count.isqrt().pow(2) < count);
        let columns = columns.max(1);
        let size = u32::try_from(set.size).expect("pixels of an image");
        let tile = size.min(MOST).min(SPRITE / columns).max(1);
        let across = columns * tile;
        let mut pixels = vec![255; (across * across * 3) as usize];
        for at in 0..count {
            let place = (at % columns * tile, at / columns * tile);
            paste(set, at as usize, (&mut pixels, across), place, tile);
        }
        Self {
            tile,
            columns,
            pixels,
        }
    }

    fn side(&self) -> u32 {
        self.columns * self.tile
    }

    pub(crate) fn png(&self) -> Result<Vec<u8>, Refused> {
        encode(&self.pixels, self.side(), self.side())
    }
}

/// Where each image of a map lies in the picture: its number, and its upper left corner.
struct Layout {
    tile: u32,
    places: Vec<(usize, u32, u32)>,
}

impl Layout {
    /// None if there is nothing to show.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pixels within the picture"
    )]
    fn of(map: &Map, set: &Set) -> Option<Self> {
        let point = |bytes: &[u8]| {
            let number = |at: usize| {
                let bytes = bytes[at..at + 4].try_into().expect("four bytes");
                f32::from_le_bytes(bytes)
            };
            [number(0), number(4)]
        };
        let points = map.points.chunks_exact(8).map(point);
        let points = map.images.iter().copied().zip(points);
        let points =
            points.filter(|(image, [x, y])| *image < set.len() && x.is_finite() && y.is_finite());
        let points: Vec<_> = points.collect();
        // As large as fits, and as wide as high.
        let ends = [0, 1].map(|axis| {
            let along = || points.iter().map(|(_, point)| point[axis]);
            let low = along().fold(f32::INFINITY, f32::min);
            (low, along().fold(f32::NEG_INFINITY, f32::max))
        });
        let [x_middle, y_middle] = ends.map(|(low, high)| f32::midpoint(low, high));
        let far = ends.map(|(low, high)| (high - low) / 2.0);
        let far = far[0].max(far[1]).max(f32::MIN_POSITIVE);
        // Thumbnails cover about a quarter of the picture.
        let count = points.len().max(1) as f32;
        let tile = (SIDE as f32 * 0.5 / count.sqrt()) as u32;
        let tile = tile.clamp(8, MOST);
        let room = (SIDE - tile) as f32;
        // Up is up: rows of a picture are counted from above.
        let place = |x: f32| (f32::midpoint(x / far, 1.0) * room) as u32;
        let places = points
            .iter()
            .map(|(image, [x, y])| (*image, place(x - x_middle), place(y_middle - y)));
        let places: Vec<_> = places.collect();
        (!places.is_empty()).then_some(Self { tile, places })
    }
}

/// The map as PNG and as SVG; none if there is nothing to show.
pub(crate) fn pictures(
    map: &Map,
    set: &Set,
    sprite: &Sprite,
) -> Result<Option<(Vec<u8>, String)>, Refused> {
    let Some(layout) = Layout::of(map, set) else {
        return Ok(None);
    };
    let mut pixels = vec![255; (SIDE * SIDE * 3) as usize];
    for (image, x, y) in &layout.places {
        paste(set, *image, (&mut pixels, SIDE), (*x, *y), layout.tile);
    }
    let png = encode(&pixels, SIDE, SIDE)?;
    Ok(Some((png, svg(&layout, map, sprite)?)))
}

/// One picture of all thumbnails, of which every use shows one.
fn svg(layout: &Layout, map: &Map, sprite: &Sprite) -> Result<String, Refused> {
    let (side, tile, from) = (sprite.side(), layout.tile, sprite.tile);
    let picture = to_base64(&sprite.png()?);
    let space = if map.space == "z" { "z" } else { "h" };
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\">\n\
         <title>Map of {space}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <defs><image id=\"all\" width=\"{side}\" height=\"{side}\" \
         href=\"data:image/png;base64,{picture}\"/></defs>\n"
    );
    for (image, x, y) in &layout.places {
        let image = u32::try_from(*image).expect("images of a page");
        let (left, top) = (image % sprite.columns * from, image / sprite.columns * from);
        writeln!(
            text,
            "<svg x=\"{x}\" y=\"{y}\" width=\"{tile}\" height=\"{tile}\" \
             viewBox=\"{left} {top} {from} {from}\"><use href=\"#all\"/></svg>"
        )
        .expect("memory takes it");
    }
    Ok(text + "</svg>\n")
}

/// Puts an image into a picture of this side, `tile` pixels wide and high: each pixel the mean of those
/// that it covers.
fn paste(set: &Set, at: usize, to: (&mut [u8], u32), (x, y): (u32, u32), tile: u32) {
    let (picture, wide) = (to.0, to.1 as usize);
    let image = set.image(at);
    let (size, tile) = (set.size, tile as usize);
    let span = |at: usize| {
        let start = at * size / tile;
        start..((at + 1) * size / tile).max(start + 1)
    };
    for row in 0..tile {
        for column in 0..tile {
            let place = ((y as usize + row) * wide + x as usize + column) * 3;
            for channel in 0..3 {
                let mut sum = 0;
                for from in span(row) {
                    for across in span(column) {
                        sum += u32::from(image[(from * size + across) * 3 + channel]);
                    }
                }
                let count = u32::try_from(span(row).len() * span(column).len());
                let mean = sum / count.expect("pixels of an image");
                picture[place + channel] = u8::try_from(mean).expect("a mean of bytes");
            }
        }
    }
}

/// RGB, a byte a channel, as PNG.
pub(crate) fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(pixels)?;
        writer.finish()
    });
    written.map_err(|error| refuse(format!("a picture cannot be written: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::set;

    #[test]
    fn a_sprite_has_every_image_in_its_place() {
        let sprite = Sprite::of(&set(5, 4));
        assert_eq!((sprite.columns, sprite.tile, sprite.side()), (3, 4, 12));
        // Images of one grey each; what is left over is white.
        for (at, grey) in [0, 10, 20, 30, 40, 255].into_iter().enumerate() {
            let (x, y) = (at % 3 * 4, at / 3 * 4);
            assert_eq!(sprite.pixels[(y * 12 + x) * 3], grey, "image {at}");
        }
    }

    #[test]
    fn a_sprite_of_many_images_is_one_that_the_projector_takes() {
        let sprite = Sprite::of(&set(20_000, 1));
        assert_eq!(sprite.tile, 1);
        let columns = 142;
        assert!(columns * (SPRITE / columns).min(MOST) <= SPRITE);
    }

    #[test]
    fn thumbnails_lie_where_the_points_do() {
        let points = [[-1.0f32, 1.0], [1.0, -1.0]];
        let map = Map {
            space: "h".into(),
            images: vec![0, 1],
            points: points
                .iter()
                .flatten()
                .flat_map(|x| x.to_le_bytes())
                .collect(),
        };
        let layout = Layout::of(&map, &set(2, 4)).unwrap();
        let far = SIDE - layout.tile;
        assert_eq!(layout.places, [(0, 0, 0), (1, far, far)]);
        // What points at no image, or nowhere, is left out.
        let images = vec![0, 7];
        let map = Map { images, ..map };
        assert_eq!(Layout::of(&map, &set(2, 4)).unwrap().places.len(), 1);
        let points = vec![0xff; 16];
        assert!(Layout::of(&Map { points, ..map }, &set(2, 4)).is_none());
    }
}
