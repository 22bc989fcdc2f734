//! The crate at its public edge.

// The numbers of a JSON file are f64; what they stand for here is smaller.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
// One crate: nothing is public outside it.
#![allow(unreachable_pub)]

mod advice;
mod augment;
mod chance;
mod collapse;
mod dataset;
mod embeddings;
mod engines;
mod export;
mod finite;
mod folder;
mod hold;
mod images;
mod invariants;
mod kept;
mod learning;
mod lists;
mod many;
mod maps;
mod methods;
mod neighbours;
mod on_disk;
mod own_images;
mod parting;
mod readings;
mod real_files;
mod recorded;
mod reference;
mod refusals;
mod restore;
mod session;
mod session_file;
mod settings;
mod tables;
mod transcript;
#[cfg(feature = "webgpu")]
mod webgpu;
