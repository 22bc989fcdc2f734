//! What a decode worker of the page calls. The only module here that names JavaScript.

use wasm_bindgen::prelude::*;

/// [`crate::decode`] for a worker.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn decode(bytes: &[u8], size: usize) -> Result<Vec<u8>, String> {
    crate::decode(bytes, size).map_err(|refused| refused.to_string())
}
