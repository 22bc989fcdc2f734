//! h and z of images as files that other tools read.

use std::fs;
use std::path::Path;

use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use twoviews_session_file::{Factor, Kind, images_table, npy};

use super::{cannot, files};

/// Writes h and z, a row an image, and what they are of.
pub(super) fn keep(folder: &Path, images: &ImageSet, embeddings: &[Bytes; 2]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| cannot("write", folder, &e))?;
    let count = images.names.len();
    let [h, z] = embeddings.each_ref().map(|rows| {
        let width = rows.len() / size_of::<f32>() / count;
        npy(Kind::Floats, &[count, width], rows)
    });
    let shape = [count, images.size, images.size, 3];
    let parts = [
        ("h.npy", h),
        ("z.npy", z),
        ("squares.npy", npy(Kind::Bytes, &shape, &images.pixels)),
        ("images.csv", images_table(&images.names, &factors(images))),
    ];
    for (name, bytes) in parts {
        files::write(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// What is known of the images, as their files have it.
pub(super) fn factors(images: &ImageSet) -> Vec<Factor> {
    let factors = images.factors.iter().map(|factor| Factor {
        name: factor.name.clone(),
        classes: factor.classes.clone(),
        of: factor.of.clone(),
    });
    factors.collect()
}
