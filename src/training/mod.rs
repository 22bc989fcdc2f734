//! How a method learns: the trait, one step, the optimisers, the schedule, checkpoints.

pub mod checkpoint;
pub mod learner;
pub mod method;
pub mod optim;
pub mod schedule;

pub use method::{Method, NO_NEGATIVE, NegativePairs, Scale, StepInfo};
pub use optim::{LarsRate, ParamGroup};
