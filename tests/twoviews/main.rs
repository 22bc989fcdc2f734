//! The crate at its public edge.

mod dataset;
mod images;
mod invariants;
mod methods;
mod augment;
mod reference;
mod session;
