//! Images, what is known of them, and the order in which a run meets them.

pub mod augment;
mod batch;
mod collection;
pub mod copies;
mod drawing;
mod image_set;
mod kinds;
mod labels;
mod sets;
mod shapes;
mod sheet;
pub(crate) mod wanted;

pub use batch::{batch, batch_of, order, sample, steps_per_epoch};
pub use collection::{Collection, Decoded, ImageFile, MINIMUM, Rest, Skipped, enough};
pub use drawing::{Freedom, ShapesOptions};
pub use image_set::{Bytes, Factor, ImageSet, Squares};
pub use sets::{SetCard, check_size, load, sets};
pub use shapes::shapes;
pub use sheet::SheetCard;
