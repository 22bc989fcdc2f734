//! What can go wrong through no fault of the program, in words a learner understands.

/// A wrong file, setting, device or number. Each is shown once: as `Event::Refused`, `Failed`
/// or `Lost`, as a file that was skipped, or as the command line's last line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting out of range or unknown. Its path is for programs: the reason names the setting.
    #[error("{reason}")]
    Setting {
        /// Dotted path, as in `train.batch`.
        path: String,
        /// What is wrong with which setting, and what would be right.
        reason: String,
    },
    /// A file or folder that cannot be read or written.
    #[error("cannot {verb} {path}: {reason}")]
    File {
        /// `read` or `write`.
        verb: &'static str,
        /// Which.
        path: String,
        /// Why, as the system says it.
        reason: String,
    },
    /// Too few images, or none where some are needed.
    #[error("{0}")]
    Data(String),
    /// A command that the state of the session does not allow.
    #[error("{0}")]
    State(String),
    /// Bytes that are no checkpoint, or that of another network or run.
    #[error("{0}")]
    Checkpoint(String),
    /// The device cannot be had, was lost, or failed.
    #[error("{0}")]
    Device(String),
    /// More memory than there is.
    #[error("{reason}")]
    Memory {
        /// How much is needed, how much there is, and what would fit.
        reason: String,
        /// Settings that would each make it fit, with the nearest value that does.
        instead: Vec<(&'static str, usize)>,
    },
    /// Training went wrong: a number is not finite, or too large to go on from.
    #[error("{0}")]
    Diverged(String),
}

impl Error {
    /// The device did not answer; what it says of itself is cut to its first line.
    pub fn device(error: &impl std::fmt::Display) -> Self {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        Self::Device(format!("the device did not answer ({first})"))
    }

    /// Something `stopped` being numbers at a step; `rate` is that of the step, where it is known.
    pub fn diverged(stopped: &str, step: usize, rate: Option<f32>) -> Self {
        let rate = rate.map_or(String::new(), |rate| format!(" ({rate})"));
        Self::Diverged(format!(
            "{stopped} at step {step}. The learning rate{rate} is probably too high: lower it and \
             start again."
        ))
    }

    /// A setting, and a sentence that names it and says what is wrong.
    pub fn setting(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Setting {
            path: path.into(),
            reason: reason.into(),
        }
    }
}
