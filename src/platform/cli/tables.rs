//! h and z of images as files that other tools read.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use twoviews_session_file::{Factor, Kind, images_table, npy_head};

use super::{cannot, files};

/// Writes h and z, a row an image, and what they are of.
pub(super) fn keep(folder: &Path, images: &ImageSet, embeddings: &[Bytes; 2]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| cannot("write", folder, &e))?;
    let count = images.names.len();
    let head = |rows: &Bytes| {
        let width = rows.len() / size_of::<f32>() / count;
        npy_head(Kind::Floats, &[count, width])
    };
    let [h, z] = embeddings;
    let shape = [count, images.size, images.size, 3];
    let csv = images_table(&images.names, &factors(images));
    let parts: [(&str, Vec<u8>, &[u8]); 4] = [
        ("h.npy", head(h), h),
        ("z.npy", head(z), z),
        ("squares.npy", npy_head(Kind::Bytes, &shape), &images.pixels),
        ("images.csv", csv, &[]),
    ];
    for (name, head, bytes) in parts {
        files::fill(&folder.join(name), |file| {
            file.write_all(&head)?;
            file.write_all(bytes)
        })?;
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
