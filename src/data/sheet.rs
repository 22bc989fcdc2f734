//! Sets that are one picture which holds all images, and the list of what is where.

use serde::Deserialize;

use crate::data::{Factor, ImageSet};
use crate::error::Error;
use crate::images;

/// A picture and its list, both written by `examples/cut_sheet.rs`.
pub(super) struct Sheet {
    /// Id of the set.
    pub(super) id: &'static str,
    index: &'static str,
    /// A page fetches it.
    #[cfg(not(target_arch = "wasm32"))]
    picture: &'static [u8],
}

macro_rules! sheet {
    ($id:literal) => {
        Sheet {
            id: $id,
            index: include_str!(concat!($id, ".json")),
            #[cfg(not(target_arch = "wasm32"))]
            picture: include_bytes!(concat!("../../www/public/sets/", $id, ".png")),
        }
    };
}

/// All such sets.
pub(super) static SHEETS: [Sheet; 2] = [sheet!("emoji"), sheet!("photos")];

/// What the tiles of a sheet show.
#[derive(Deserialize)]
struct Index {
    /// Side of a tile, in pixels.
    tile: usize,
    /// Classes, and in each the names of its images, in the order of the tiles.
    classes: Vec<(String, Vec<String>)>,
}

impl Sheet {
    /// The images, from the bytes of their picture, which natively may be left out; the label is
    /// their class.
    pub(super) fn load(&self, picture: Option<&[u8]>, size: usize) -> Result<ImageSet, Error> {
        #[cfg(not(target_arch = "wasm32"))]
        let picture = picture.or(Some(self.picture));
        let id = self.id;
        let missing = || Error::Data(format!("the picture of the {id} set is missing"));
        let picture = picture.ok_or_else(missing)?;
        let index: Index = serde_json::from_str(self.index).expect("a list that fits");
        let (mut names, mut of) = (Vec::new(), Vec::new());
        for (class, (_, members)) in (0..).zip(&index.classes) {
            of.resize(of.len() + members.len(), class);
            names.extend_from_slice(members);
        }
        let pixels = images::tiles(picture, index.tile, size);
        let unread =
            |why| format!("the picture of the {id} set cannot be read ({why}); reload the page");
        let mut pixels = pixels.map_err(|why| Error::Data(unread(why)))?;
        let wanted = names.len() * size * size * 3;
        if pixels.len() < wanted {
            return Err(Error::Data(format!(
                "the picture of the {id} set is from another version; reload the page"
            )));
        }
        pixels.truncate(wanted);
        Ok(ImageSet {
            set: Some(id.into()),
            size,
            names,
            pixels: pixels.into(),
            factors: vec![Factor {
                name: "label".into(),
                classes: index.classes.into_iter().map(|(name, _)| name).collect(),
                of,
            }],
        })
    }
}
