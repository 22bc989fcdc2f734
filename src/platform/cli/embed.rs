//! `twoviews embed`: h and z of images, by a network that was kept.

use std::fs;
use std::path::Path;

use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use crate::methods;
use crate::network::Space;
use crate::session::Session;
use crate::session::embed_pass::{EmbedPass, Embeddings};
use crate::training::checkpoint;
use burn::prelude::*;
use twoviews_session_file::{self as session, Kind, npy};

use super::output::Output;
use super::progress::bar;
use super::train::{load, now};
use super::{Embed, cannot, files, session_file, stop};

pub(super) async fn embed(args: &Embed) -> Result<(), Error> {
    let file = &args.checkpoint;
    let unread = |e: Error| cannot("read", file, &e);
    let bytes = session_file::checkpoint(file)?;
    let device = Device::flex();
    let (about, weights) = checkpoint::load(&bytes, &device).map_err(unread)?;
    let settings = methods::settings(&about.settings).map_err(unread)?;
    let mut learner = methods::start(&settings, &device);
    learner.restore(weights).map_err(unread)?;

    let mut session = Session::new(now);
    let mut out = Output::new(false, None, false)?;
    load(&args.source, settings.size, &mut session, &mut out).await?;
    let images = session.images().expect("they were loaded");

    let count = images.names.len();
    let bar = bar("{bar:30} {pos}/{len} images embedded  {eta} left", count);
    let mut pass = EmbedPass::of((0..count).collect(), about.step);
    while !pass.advance(images, &*learner, &device).await? {
        if stop::asked() {
            bar.abandon();
            return Err(stop::stopped());
        }
        bar.set_position(pass.done() as u64);
    }
    bar.finish_and_clear();
    keep(&args.out, images, &pass.finish())
}

fn keep(folder: &Path, images: &ImageSet, embeddings: &Embeddings) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| cannot("write", folder, &e))?;
    let count = images.names.len();
    let rows = |space| {
        let rows = embeddings.rows(space);
        let numbers = Bytes::of_floats(rows.numbers());
        npy(Kind::Floats, &[count, rows.width()], &numbers)
    };
    let shape = [count, images.size, images.size, 3];
    let label = images.factors.first().map(|label| session::Factor {
        name: "label".into(),
        classes: label.classes.clone(),
        of: label.of.clone(),
    });
    let label: Vec<_> = label.into_iter().collect();
    let parts = [
        ("h.npy", rows(Space::H)),
        ("z.npy", rows(Space::Z)),
        ("squares.npy", npy(Kind::Bytes, &shape, &images.pixels)),
        ("images.csv", session::images_table(&images.names, &label)),
    ];
    for (name, bytes) in parts {
        files::write(&folder.join(name), &bytes)?;
    }
    Ok(())
}
