//! What a worker of the page calls. The only module here that names JavaScript.

use std::io::Cursor;

use wasm_bindgen::prelude::*;

use crate::{Opened, Session};

/// [`crate::write`] for a worker: a `Session` as plain JavaScript, with arrays of bytes.
///
/// # Errors
/// Throws the reason as a string.
#[wasm_bindgen]
pub fn write(session: JsValue) -> Result<Vec<u8>, String> {
    let session: Session = serde_wasm_bindgen::from_value(session)
        .map_err(|error| format!("the session cannot be written: {error}"))?;
    let written = crate::write(&session, Cursor::new(Vec::new()));
    written
        .map(Cursor::into_inner)
        .map_err(|refused| refused.to_string())
}

/// An [`Opened`] file.
#[wasm_bindgen]
pub struct SessionFile(Opened<Cursor<Vec<u8>>>);

#[wasm_bindgen]
impl SessionFile {
    /// Opens the bytes of a file.
    ///
    /// # Errors
    /// Throws the reason as a string.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>) -> Result<Self, String> {
        Opened::of(bytes)
            .map(Self)
            .map_err(|refused| refused.to_string())
    }

    /// The text of `session.json`.
    pub fn state(&self) -> String {
        self.0.state().to_string()
    }

    /// [`Opened::file`] for a worker.
    ///
    /// # Errors
    /// Throws the reason as a string.
    pub fn file(&mut self, name: &str) -> Result<Vec<u8>, String> {
        self.0.file(name).map_err(|refused| refused.to_string())
    }

    /// [`Opened::squares`] for a worker.
    ///
    /// # Errors
    /// Throws the reason as a string.
    pub fn squares(&mut self, name: &str, n: usize, size: usize) -> Result<Vec<u8>, String> {
        self.0
            .squares(name, n, size)
            .map_err(|refused| refused.to_string())
    }
}
