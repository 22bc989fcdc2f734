//! Cuts a built-in set: one sheet of small tiles, and the list of what they show.
//!
//! ```text
//! cargo run --example cut_sheet -- emoji emoji-noto.zip
//! cargo run --example cut_sheet -- photos photo-patches.zip
//! ```
//!
//! The zip holds PNG files in a folder for each class (`smileys_emotion/grinning.png`): for
//! *emoji* those of `emoji-datasource-google` 16.0.0 with 64 pixels a side, for *photos* patches
//! of 32 pixels a side, named by photo, stripe and place (`cat/cat_03_12.png`). The same zip gives
//! the same bytes, written to `www/public/sets/<id>.png` and `src/data/<id>.json`.

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

/// What is taken of a zip.
struct Cut {
    id: &'static str,
    /// Classes that are left out.
    without: &'static [&'static str],
    /// About how many images of a class are kept, in whole stripes.
    each: usize,
    filter: FilterType,
}

const CUTS: [Cut; 2] = [
    // So few colours compress best without a filter.
    Cut {
        id: "emoji",
        without: &[],
        each: usize::MAX,
        filter: FilterType::NoFilter,
    },
    // Those two would have to be credited wherever the picture goes.
    Cut {
        id: "photos",
        without: &["china", "flower"],
        each: 144,
        filter: FilterType::Adaptive,
    },
];

/// Names and pixels, sorted by class, then by name: neighbours look alike, so the sheet is small.
type Classes = BTreeMap<String, BTreeMap<String, Vec<u8>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let [id, path] = [1, 2].map(|at| std::env::args().nth(at));
    let id = id.ok_or("which set?")?;
    let cut = CUTS.iter().find(|cut| cut.id == id);
    let cut = cut.ok_or("there is no such set")?;
    let mut classes = read(&path.ok_or("which zip?")?)?;
    classes.retain(|class, _| !cut.without.contains(&class.as_str()));
    for members in classes.values_mut() {
        thin_out(members, cut.each);
    }
    let tiles: Vec<&Vec<u8>> = classes.values().flat_map(BTreeMap::values).collect();
    let sheet = lay_out(&tiles)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let picture = File::create(root.join(format!("www/public/sets/{id}.png")))?;
    PngEncoder::new_with_quality(picture, CompressionType::Best, cut.filter).write_image(
        &sheet,
        sheet.width(),
        sheet.height(),
        image::ExtendedColorType::Rgb8,
    )?;
    let names: Vec<_> = classes
        .iter()
        .map(|(class, members)| json!([class, members.keys().collect::<Vec<_>>()]))
        .collect();
    let list = serde_json::to_string(&json!({"classes": names}))?;
    fs::write(root.join(format!("src/data/{id}.json")), list + "\n")?;
    println!("{} tiles of {} classes", tiles.len(), classes.len());
    Ok(())
}

fn read(path: &str) -> Result<Classes, Box<dyn Error>> {
    let mut zip = ZipArchive::new(File::open(path)?)?;
    let mut classes = Classes::new();
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
    Ok(classes)
}

/// Keeps about `each` images of a class: whole stripes, evenly spread over the photo. A stripe is
/// all whose name is the same up to the last space.
fn thin_out(members: &mut BTreeMap<String, Vec<u8>>, each: usize) {
    if members.len() <= each {
        return;
    }
    let stripe = |name: &str| name.rsplit_once(' ').unwrap_or((name, "")).0.to_owned();
    let mut stripes: Vec<String> = members.keys().map(|name| stripe(name)).collect();
    stripes.dedup();
    let all = stripes.len();
    let wanted = (each * all + members.len() / 2) / members.len();
    let kept: Vec<&String> = (0..wanted)
        .map(|at| &stripes[(2 * at + 1) * all / (2 * wanted)])
        .collect();
    members.retain(|name, _| kept.contains(&&stripe(name)));
}

fn lay_out(tiles: &[&Vec<u8>]) -> Result<RgbImage, Box<dyn Error>> {
    let side = u32::try_from(TILE)?;
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
    // Six bits a channel, at most 2 of 255 off: a quarter less to download.
    sheet.iter_mut().for_each(|value| {
        let six = (u16::from(*value) * 63 + 127) / 255;
        *value = u8::try_from((six * 255 + 31) / 63).expect("at most 255");
    });
    Ok(sheet)
}
