//! Cuts the emoji set: one sheet of small tiles, and the list of what they show.
//!
//! ```text
//! cargo run --example cut_emoji -- emoji-noto.zip
//! ```
//!
//! The zip holds PNG files in a folder for each category (`smileys_emotion/grinning.png`), here
//! those of `emoji-datasource-google` 16.0.0 with 64 pixels a side. The same zip gives the same
//! bytes, written to `www/public/sets/emoji.png` and `src/dataset/emoji.json`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, RgbImage, imageops};
use serde_json::json;
use zip::ZipArchive;

/// Side of a tile, in pixels.
const TILE: usize = 32;
/// Tiles side by side.
const COLUMNS: usize = 41;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which zip?")?;
    let mut zip = ZipArchive::new(File::open(path)?)?;
    // Sorted by class, then by name: neighbours look alike, so the sheet is small.
    let mut classes: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index)?;
        let name = entry.name()?.into_owned();
        let Some(stem) = name.strip_suffix(".png") else {
            continue;
        };
        let (folders, stem) = stem.rsplit_once('/').ok_or("a file outside any folder")?;
        let class = folders
            .rsplit('/')
            .next()
            .unwrap_or(folders)
            .replace('_', " & ");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        let pixels = twoviews::images::decode(&bytes, TILE)?;
        classes
            .entry(class)
            .or_default()
            .insert(stem.replace('_', " "), pixels);
    }

    let side = u32::try_from(TILE)?;
    let tiles: Vec<&Vec<u8>> = classes.values().flat_map(BTreeMap::values).collect();
    let rows = tiles.len().div_ceil(COLUMNS);
    let white = image::Rgb([255; 3]);
    let mut sheet = RgbImage::from_pixel(
        u32::try_from(COLUMNS)? * side,
        u32::try_from(rows)? * side,
        white,
    );
    for (index, pixels) in tiles.iter().enumerate() {
        let tile = RgbImage::from_raw(side, side, (*pixels).clone()).ok_or("not a tile")?;
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        imageops::replace(
            &mut sheet,
            &tile,
            i64::try_from(column * TILE)?,
            i64::try_from(row * TILE)?,
        );
    }
    // Six bits a channel, at most 2 of 255 off: a quarter less to download. So few colours
    // compress best without a filter.
    sheet.iter_mut().for_each(|value| {
        let six = (u16::from(*value) * 63 + 127) / 255;
        *value = u8::try_from((six * 255 + 31) / 63).expect("at most 255");
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let picture = File::create(root.join("www/public/sets/emoji.png"))?;
    PngEncoder::new_with_quality(picture, CompressionType::Best, FilterType::NoFilter)
        .write_image(
            &sheet,
            sheet.width(),
            sheet.height(),
            image::ExtendedColorType::Rgb8,
        )?;
    let names: Vec<_> = classes
        .iter()
        .map(|(class, members)| json!([class, members.keys().collect::<Vec<_>>()]))
        .collect();
    let list = serde_json::to_string(&json!({"tile": TILE, "classes": names}))?;
    fs::write(root.join("src/dataset/emoji.json"), list + "\n")?;
    println!("{} tiles of {} classes", tiles.len(), classes.len());
    Ok(())
}
