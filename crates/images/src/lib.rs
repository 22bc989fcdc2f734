//! File bytes to square RGB images; the only user of `image`.
//!
//! What comes out is the picture that the file holds, or a reason; never silently another picture.
//! Where formats leave a choice:
//!
//! - **Colour profiles are ignored**, as the libraries that learners will meet next do: numbers are taken
//!   as they stand. So photographs in Display P3 or Adobe RGB come out a little paler than they look.
//! - **Counts**: a picture of 16 or 32 bits whose highest bits lie idle is taken for one of fewer bits, so
//!   that what cameras and microscopes count is not black. Fractions go from nought to one, and where some
//!   lie beyond, like numbers below nought, from the least to the most.
//! - **Alpha** lies on white. One that covers nothing at all was never filled in: in a BMP or TIFF it is left
//!   out. A PNG, WebP or GIF that is all transparent is white; the core tells what is of one colour.
//! - **Of several pictures** the first counts: of an animation, of pages, of channels. A page that calls
//!   itself a smaller version of another does not count.
//! - **A camera's raw file** is refused: what is easily read of it is a preview.
//! - **A JPEG or PNG without its end** is read where all of its picture is there.
//!
//! `docs/images.md` has all that was tried, with its outcome.

#[cfg(feature = "zip")]
mod archive;
mod check;
mod decode;
mod foreign;
mod gif;
mod ifd;
mod jpeg;
mod kind;
mod leftovers;
mod levels;
#[cfg(feature = "zip")]
mod names;
mod raw_pixels;
mod resize;
mod samples;
mod tiff;
#[cfg(feature = "web")]
pub mod web;
mod webp;
mod white;

#[cfg(feature = "zip")]
pub use archive::{Archive, Entry, MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED};
pub use check::{MOST_BYTES, check};
pub use decode::{cut, decode};
pub use foreign::foreign;
pub use leftovers::is_leftover;
#[cfg(feature = "names")]
pub use names::readable;
pub use raw_pixels::{fits, square};

/// Why a file cannot be used, in words a learner understands; the caller knows its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// Most pixels of a file that is read.
pub const MOST_PIXELS: u64 = 64_000_000;

fn refuse(reason: impl Into<String>) -> Refused {
    Refused(reason.into())
}
