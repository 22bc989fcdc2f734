//! The crate at its public edge.

mod dataset;
mod images;
mod invariants;
mod methods;
mod reference;
mod session;
