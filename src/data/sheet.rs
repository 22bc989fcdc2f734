//! Sets that are one picture which holds all images, and the list of what is where.

use serde::{Deserialize, Serialize};

use super::{Factor, ImageSet, Squares, check_size};
use crate::error::Error;
#[cfg(not(target_arch = "wasm32"))]
use crate::images;

/// Side of an image in the picture of its set, in pixels.
const TILE: usize = 32;

/// Where the images of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SheetCard {
    /// The picture that they are laid out in, row after row; relative to the page.
    pub picture: &'static str,
    /// Side of each in it, in pixels.
    pub tile: usize,
}

/// A picture and its list, both written by `examples/cut_sheet.rs`.
pub(super) struct Sheet {
    /// Id of the set.
    pub(super) id: &'static str,
    pub(super) card: SheetCard,
    index: &'static str,
    #[cfg(not(target_arch = "wasm32"))]
    picture: &'static [u8],
}

macro_rules! sheet {
    ($id:literal) => {
        Sheet {
            id: $id,
            card: SheetCard {
                picture: concat!("sets/", $id, ".png"),
                tile: TILE,
            },
            index: include_str!(concat!($id, ".json")),
            #[cfg(not(target_arch = "wasm32"))]
            picture: include_bytes!(concat!("../../www/public/sets/", $id, ".png")),
        }
    };
}

/// All such sets.
pub(super) static SHEETS: [Sheet; 2] = [sheet!("emoji"), sheet!("photos")];

/// The sheet of a set, if it has one.
pub(super) fn of(set: &str) -> Option<&'static Sheet> {
    SHEETS.iter().find(|sheet| sheet.id == set)
}

/// What the tiles of a sheet show.
#[derive(Deserialize)]
struct Index {
    /// Classes, and in each the names of its images, in the order of the tiles.
    classes: Vec<(String, Vec<String>)>,
}

impl Sheet {
    /// The images, from what was cut of the picture, which natively may be left out; the label is
    /// their class.
    pub(super) fn load(&self, squares: Option<Squares>, size: usize) -> Result<ImageSet, Error> {
        #[cfg(not(target_arch = "wasm32"))]
        let squares = squares.or_else(|| Some(self.cut(size)));
        #[cfg(target_arch = "wasm32")]
        let _ = size;
        let id = self.id;
        let missing = || Error::Data(format!("the images of the {id} set are missing"));
        let Squares { size, mut pixels } = squares.ok_or_else(missing)?;
        check_size(size)?;
        let index: Index = serde_json::from_str(self.index).expect("a list that fits");
        let (mut names, mut of) = (Vec::new(), Vec::new());
        for (class, (_, members)) in (0..).zip(&index.classes) {
            of.resize(of.len() + members.len(), class);
            names.extend_from_slice(members);
        }
        let wanted = names.len() * size * size * 3;
        if pixels.len() < wanted {
            return Err(Error::Data(format!(
                "the picture of the {id} set is from another version; reload the page"
            )));
        }
        // The last row may not be full.
        pixels.truncate(wanted);
        Ok(ImageSet {
            set: Some(id.into()),
            size,
            names,
            pixels,
            factors: vec![Factor {
                name: "label".into(),
                classes: index.classes.into_iter().map(|(name, _)| name).collect(),
                of,
            }],
        })
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn cut(&self, size: usize) -> Squares {
        let pixels = images::cut(self.picture, self.card.tile, size);
        let pixels = pixels.expect("a picture that came with the program").into();
        Squares { size, pixels }
    }
}
