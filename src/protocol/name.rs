//! What commands are called.

use super::Command;

impl Command {
    /// Its `type`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LoadSet { .. } => "loadSet",
            Self::AddImages(_) => "addImages",
            Self::Clear => "clear",
            Self::Configure { .. } => "configure",
            Self::Start => "start",
            Self::Resume => "resume",
            Self::Pause => "pause",
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Hold { .. } => "hold",
            Self::Threads { .. } => "threads",
            Self::Watch { .. } => "watch",
            Self::Neighbours { .. } => "neighbours",
            Self::Evaluate => "evaluate",
            Self::Embeddings => "embeddings",
            Self::StopEvaluating => "stopEvaluating",
            Self::Restore { .. } => "restore",
        }
    }
}
