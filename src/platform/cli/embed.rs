//! `twoviews embed`: h and z of images, by a network that was kept.

use crate::data::Bytes;
use crate::error::Error;
use crate::methods;
use crate::network::Space;
use crate::session::embed_pass::EmbedPass;
use crate::training::checkpoint;
use burn::prelude::*;

use super::output::Output;
use super::progress::bar;
use super::train::{load, session};
use super::{Embed, cannot, session_file, stop, tables};

pub(super) async fn embed(args: &Embed) -> Result<(), Error> {
    let file = &args.checkpoint;
    let unread = |e: Error| cannot("read", file, &e);
    let bytes = session_file::checkpoint(file)?;
    let device = Device::flex();
    let (about, weights) = checkpoint::load(&bytes, &device).map_err(unread)?;
    let settings = methods::settings(&about.settings).map_err(unread)?;
    let mut learner = methods::start(&settings, &device);
    learner.restore(weights).map_err(unread)?;

    let mut session = session();
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
    let embeddings = pass.finish();
    let rows = |space| Bytes::of_floats(embeddings.rows(space).numbers());
    tables::keep(&args.out, images, &[rows(Space::H), rows(Space::Z)])
}
