//! The images nearest to one, in every space that there is.

use super::embed_pass::Embeddings;
use super::pixels;
use crate::data::ImageSet;
use crate::evaluation;
use crate::evaluation::{Neighbour, Rows};
use crate::network::Space;
use crate::protocol::Event;

/// Where an image is looked for: h and z of the same images by two networks.
pub(super) struct Among<'a> {
    pub(super) now: &'a Embeddings,
    pub(super) untrained: &'a Embeddings,
}

/// The `k` nearest to image `index`. `own`: that image by both networks, if it is not among them.
pub(super) fn neighbours(
    (index, k): (usize, usize),
    set: &ImageSet,
    among: &Among,
    own: Option<&[Embeddings; 2]>,
) -> Event {
    let &Among { now, untrained } = among;
    let [alone, alone_before] = match own {
        Some([now, untrained]) => [Some(now), Some(untrained)],
        None => [None, None],
    };
    let in_space = |among: &Embeddings, alone: Option<&Embeddings>, space| {
        let rows = among.rows(space);
        let place = among.place(index);
        let query = match (place, alone) {
            (Some(row), _) => rows.row(row),
            (None, alone) => alone
                .expect("what is not among them comes alone")
                .rows(space)
                .row(0),
        };
        nearest(query, rows, k, &among.images, place)
    };
    Event::Neighbours {
        step: now.step,
        index,
        among: now.images.len(),
        h: in_space(now, alone, Space::H),
        z: in_space(now, alone, Space::Z),
        untrained_h: in_space(untrained, alone_before, Space::H),
        untrained_z: in_space(untrained, alone_before, Space::Z),
        pixels: pixels::nearest(set, index, &now.images, k),
    }
}

fn nearest(
    query: &[f32],
    rows: Rows,
    k: usize,
    images: &[usize],
    itself: Option<usize>,
) -> Vec<Neighbour> {
    let found = evaluation::nearest(query, rows, k, itself).into_iter();
    let found = found.map(|(row, cosine)| Neighbour {
        index: images[row],
        cosine,
    });
    found.collect()
}
