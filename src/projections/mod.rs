//! How h and z look: many numbers an image to two.

mod pca;

pub use pca::{Components, Pca, Projection, components};
