//! The crate at its public edge.

mod dataset;
mod images;
mod reference;
