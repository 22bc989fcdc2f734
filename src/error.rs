//! What can go wrong through no fault of the program, in words a learner understands.

use std::fmt;

/// A wrong file, setting, device or number. Each is shown once, as `Event::Failed` or `skipped`.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// An image that cannot be used; the sentence names the reason, the caller knows the name.
    Image(String),
    /// A setting out of range or unknown: its dotted path, and what is wrong with it.
    Setting {
        /// Dotted path, as in `train.batch`.
        path: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Too few images, or none where some are needed.
    Data(String),
    /// A command that the state of the session does not allow.
    State(String),
    /// The device cannot be had, was lost, or failed.
    Device(String),
    /// Training went wrong: the loss is not finite.
    Diverged(String),
}

impl Error {
    /// A setting and what is wrong with it.
    pub fn setting(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Setting {
            path: path.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { path, reason } => write!(f, "{path}: {reason}"),
            Self::Image(reason)
            | Self::Data(reason)
            | Self::State(reason)
            | Self::Device(reason)
            | Self::Diverged(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {}
