//! The crate at its public edge.

mod invariants;
mod methods;
mod reference;
mod session;
