//! Self-supervised learning that runs where its reader is: natively or in a browser.
//!
//! The modules, in the order data flows through them; each may use those above it:
//!
//! - [`error`], [`rng`], [`settings`]: what can go wrong, what is drawn, what is chosen.
//! - [`images`]: file bytes to square RGB images.
//! - [`dataset`]: images, what is known of them, shuffled batches; the built-in sets.
//! - [`twoviews_kernels`]: what a step spends its time in, for each backend.
//! - [`augment`]: images to views.
//! - [`encoder`], [`heads`], [`target`]: views to h, h to z; slow copies of both.
//! - [`losses`], [`whitening`], [`card`], [`method`], [`methods`]: z to a loss. One file a method.
//! - [`optim`], [`learner`], [`checkpoint`]: a loss to a step; a run to bytes.
//! - [`metrics`], [`projections`]: what h and z are worth, and how they look.
//! - [`protocol`], [`device`], [`session`]: commands in, events out.
//! - `web`: the session in a browser's worker.

pub mod augment;
pub mod card;
pub mod checkpoint;
pub mod dataset;
pub mod device;
pub mod encoder;
pub mod error;
pub mod heads;
pub mod layers;
pub mod learner;
pub mod losses;
pub mod method;
pub mod methods;
pub mod metrics;
pub mod optim;
pub mod projections;
pub mod protocol;
pub mod rng;
pub mod session;
pub mod settings;
pub mod target;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod whitening;

pub use twoviews_images as images;
use twoviews_kernels as kernels;
