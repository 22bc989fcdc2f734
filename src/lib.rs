//! Self-supervised learning that runs where its reader is: natively or in a browser.
//!
//! The modules, in the order in which a visitor reads them:
//!
//! - [`methods`]: what you came for. One file a method: the loss, the network, the card.
//! - [`network`]: what methods are made of: encoder, heads, slow copies, terms of losses.
//! - [`data`]: images, labels, batches, the built-in sets; views of images (`augment`).
//! - [`training`]: one step: the trait `Method`, the optimisers, the schedule, checkpoints.
//! - [`evaluation`]: what h and z are worth: kNN, linear probe, spread, rank, the map.
//! - [`settings`]: all that can be turned, and the cards of the methods.
//! - [`session`]: the state machine: commands in, events out.
//! - [`protocol`]: the wire: every command and every event.
//! - [`platform`]: a browser's worker, a terminal.
//!
//! A module may use those below it here, and none above:
//!
//! ```text
//! platform -> session -> protocol -> evaluation -> methods -> training -> network -> data -> settings -> rng, error
//! ```
//!
//! Beside them are crates of their own, which know nothing of this one: `images` (file bytes to
//! square RGB images; a page has it in workers of its own) and [`twoviews_kernels`] (what a step spends its time in, on the CPU and on a GPU).

pub mod data;
pub mod error;
pub mod evaluation;
pub mod methods;
pub mod network;
pub mod platform;
pub mod protocol;
pub mod rng;
pub mod session;
pub mod settings;
pub mod training;

#[cfg(not(target_arch = "wasm32"))]
pub use twoviews_images as images;
use twoviews_kernels as kernels;
