//! Images, what is known of them, and the order in which a run meets them.

mod batch;
mod collection;
mod drawing;
mod kinds;
mod labels;
mod sets;
mod shapes;
mod sheet;

pub use batch::{batch, check, order, steps_per_epoch};
pub use collection::{Collection, MINIMUM, enough};
pub use drawing::{Freedom, ShapesOptions};
pub use labels::label_of;
pub use sets::{check_size, load, sets};
pub use shapes::shapes;
