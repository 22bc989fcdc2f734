//! *Emoji*: one picture that holds them all, and the list of what is where.

use serde::Deserialize;

use crate::error::Error;
use crate::images;
use crate::protocol::{Bytes, Factor, ImageSet};

/// Written with the picture by `examples/cut_emoji.rs`.
const EMOJI: &str = include_str!("emoji.json");

/// What the tiles of a sheet show.
#[derive(Deserialize)]
struct Index {
    /// Side of a tile, in pixels.
    tile: usize,
    /// Classes, and in each the names of its images, in the order of the tiles.
    classes: Vec<(String, Vec<String>)>,
}

/// The emoji, from the bytes of their sheet; the label is their category.
pub(super) fn emoji(sheet: &[u8], size: usize) -> Result<ImageSet, Error> {
    let index: Index = serde_json::from_str(EMOJI).expect("a list that fits");
    let (mut names, mut of) = (Vec::new(), Vec::new());
    for (class, (_, members)) in (0..).zip(&index.classes) {
        of.resize(of.len() + members.len(), class);
        names.extend_from_slice(members);
    }
    let mut pixels = images::tiles(sheet, index.tile, size)?;
    let wanted = names.len() * size * size * 3;
    if pixels.len() < wanted {
        return Err(Error::Data(
            "the picture of the emoji set is from another version; reload the page".into(),
        ));
    }
    pixels.truncate(wanted);
    Ok(ImageSet {
        set: Some("emoji".into()),
        size,
        names,
        pixels: Bytes(pixels),
        factors: vec![Factor {
            name: "label".into(),
            classes: index.classes.into_iter().map(|(name, _)| name).collect(),
            of,
        }],
    })
}
