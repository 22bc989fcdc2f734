//! The crate at its public edge.

mod augment;
mod reference;
