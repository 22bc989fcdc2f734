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

use super::output::{Output, bar};
use super::train::{load, now};
use super::{Embed, cannot, files, stop};

pub(super) async fn embed(args: &Embed) -> Result<(), Error> {
    let file = &args.checkpoint;
    let unread = |e: Error| cannot("read", file, &e);
    let bytes = fs::read(file).map_err(|e| cannot("read", file, &e))?;
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
        npy(
            "<f4",
            &[count, rows.width()],
            &Bytes::of_floats(rows.numbers()),
        )
    };
    let shape = [count, images.size, images.size, 3];
    let parts = [
        ("h.npy", rows(Space::H)),
        ("z.npy", rows(Space::Z)),
        ("squares.npy", npy("|u1", &shape, &images.pixels)),
        (
            "images.csv",
            table(images).map_err(|e| cannot("write", folder, &e))?,
        ),
    ];
    for (name, bytes) in parts {
        files::write(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// Bytes of numbers as `NumPy` keeps them (NEP 1, version 1.0), row after row.
fn npy(kind: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let shape = shape.join(" ");
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Numbers begin at a multiple of 64, after a line's end.
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let header = format!("{header:0$}\n", length - 1);
    let length = u16::try_from(length).expect("a short header").to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

/// Name and label of each image, in the order of the rows.
fn table(images: &ImageSet) -> Result<Vec<u8>, csv::Error> {
    let label = images.factors.first();
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["name", "label"])?;
    for (at, name) in images.names.iter().enumerate() {
        let label = label.map_or("", |label| &label.classes[usize::from(label.of[at])]);
        rows.write_record([name, label])?;
    }
    rows.into_inner().map_err(|e| e.into_error().into())
}
