//! The part of this module that few visitors run is a file of its own (`crates/wasm-post/src/split.rs`).

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Loads it, and returns when it is there: `www/src/core/rest.ts` has it.
    #[wasm_bindgen(js_name = loadRest)]
    fn load_rest();
}

/// Loads the rest before it is called. Without this nothing would import [`load_rest`].
#[wasm_bindgen]
pub fn rest() {
    load_rest();
}
