//! Files for the Embedding Projector: vectors and metadata as tables with tabs, the images as a sprite, and
//! how they belong together.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::Set;
use crate::map::Sprite;

/// A row an image, tabs between its numbers.
pub(crate) fn vectors(rows: &[f32], n: usize) -> Vec<u8> {
    let mut text = String::new();
    for row in rows.chunks_exact((rows.len() / n.max(1)).max(1)) {
        for (at, x) in row.iter().enumerate() {
            let between = if at == 0 { "" } else { "\t" };
            write!(text, "{between}{x}").expect("memory takes it");
        }
        text.push('\n');
    }
    text.into_bytes()
}

/// What the standalone Projector loads, once the files lie on a web server.
pub(crate) fn config(set: &Set, sprite: &Sprite, h: &[f32], z: &[f32]) -> Value {
    let embedding = |name: &str, rows: &[f32]| {
        json!({
            "tensorName": name,
            "tensorShape": [set.len(), rows.len() / set.len().max(1)],
            "tensorPath": format!("{name}.tsv"),
            "metadataPath": "metadata.tsv",
            "sprite": {"imagePath": "sprite.png", "singleImageDim": [sprite.tile, sprite.tile]},
        })
    };
    json!({"embeddings": [embedding("h", h), embedding("z", z)]})
}
