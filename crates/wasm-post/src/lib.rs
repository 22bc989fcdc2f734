//! From the wasm that the linker made to the files that the page loads. README.md says what is done,
//! why, and how it is proven.
#![allow(clippy::missing_errors_doc)] // they are what a build stops with, and say it themselves

mod bind;
mod list;
mod memory;
mod note;
mod profile;
mod prove;
mod raw;
mod relax;
mod split;

pub use bind::{Wanted, bind};
pub use profile::list;
pub use raw::{Extra, validate};
pub use split::{Halves, Seldom, split};
