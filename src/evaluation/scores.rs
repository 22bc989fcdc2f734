//! What is scored, and of what.

use serde::Serialize;

/// Scores of one kind of vector, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Majority of the 5 nearest, by cosine.
    pub knn: f32,
    /// The 20 nearest, weighted by `exp(cosine / 0.07)`.
    pub knn_weighted: f32,
    /// Linear probe; null for the pixels, which are too wide to fit in a browser in time, and for
    /// any vectors wider than 512.
    pub probe: Option<f32>,
}

/// kNN accuracy, 0 to 1, of what is learned and of what it must beat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KnnScores {
    /// Of h.
    pub h: f32,
    /// Of z.
    pub z: f32,
    /// Of the pixels themselves.
    pub pixels: f32,
    /// Of h before training.
    pub untrained: f32,
}

/// kNN (k = 5) accuracy for one factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FactorScore {
    /// Name of the factor.
    pub name: String,
    /// Chance: the share of the largest class.
    pub chance: f32,
    /// The accuracies.
    #[serde(flatten)]
    pub scores: KnnScores,
}

/// What guessing scores: the share of the largest class; 0 without images.
pub fn chance(classes: &[u16]) -> f32 {
    let mut counts = std::collections::HashMap::new();
    for class in classes {
        *counts.entry(class).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or(0) as f32 / classes.len().max(1) as f32
}

/// An image near another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Neighbour {
    /// Which image.
    pub index: usize,
    /// Cosine.
    pub cosine: f32,
}
