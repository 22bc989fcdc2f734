//! Whole numbers in what a page or a file says. A refusal names the field, which serde's own does not;
//! null, which JSON makes of what is no number, never stands for one.

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::settings::{Settings, partial};

fn whole<'de, D: Deserializer<'de>>(field: &str, deserializer: D) -> Result<usize, D::Error> {
    let number = usize::deserialize(deserializer);
    number.map_err(|e| D::Error::custom(format!("{field} must be a whole number ({e})")))
}

macro_rules! named {
    ($($field:ident),*) => {$(
        pub(crate) fn $field<'de, D: Deserializer<'de>>(d: D) -> Result<usize, D::Error> {
            whole(stringify!($field), d)
        }
    )*};
}

named!(count, index, k, size);

/// Finished epochs, or null.
pub(crate) fn epoch<'de, D: Deserializer<'de>>(d: D) -> Result<Option<usize>, D::Error> {
    let number = Option::deserialize(d);
    number.map_err(|e| D::Error::custom(format!("epoch must be a whole number or null ({e})")))
}

/// Settings, any part of them, each of which its row checks.
pub(crate) fn settings<'de, D: Deserializer<'de>>(d: D) -> Result<Box<Settings>, D::Error> {
    let settings = Settings::default().merged(&partial(d)?);
    settings.map(Box::new).map_err(D::Error::custom)
}
