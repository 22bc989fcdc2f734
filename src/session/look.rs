//! A look at the network that is under way.

use super::budget::Look;
use super::embed_pass::EmbedPass;

/// A look, and how far it has come.
pub(super) struct UnderWay {
    pub(super) look: Look,
    pub(super) stage: Stage,
    /// Milliseconds so far.
    pub(super) took: f64,
}

/// What is done next.
pub(super) enum Stage {
    /// The images that a live look takes are embedded.
    Live(EmbedPass),
    /// The images of a whole look, without those that are live already.
    Whole(EmbedPass),
    /// A whole look is read.
    Readings,
}

impl UnderWay {
    /// A look that begins with this pass.
    pub(super) fn new(look: Look, pass: EmbedPass) -> Self {
        let stage = match look {
            Look::Whole(None) => Stage::Whole(pass),
            Look::Live(_) | Look::Whole(Some(_)) => Stage::Live(pass),
        };
        Self {
            look,
            stage,
            took: 0.0,
        }
    }
}
