//! The crate at its public edge.

mod augment;
mod dataset;
mod images;
mod invariants;
mod learning;
mod methods;
mod reference;
mod session;
