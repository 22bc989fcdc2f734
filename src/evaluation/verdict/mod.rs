//! Two statements about a run, never mixed: did it collapse, and did it learn?
//!
//! A network can keep images apart and learn nothing, and learn something while a part of its space
//! collapses. So the first statement looks at how h and z are spread ([`CollapseJudge`]), the second
//! at labels, which never train ([`LearnedJudge`]). Both wait until there was time ([`Moment`]), and
//! name a state once it has held. [`next_steps`] says what to try after a run.
//!
//! Plain numbers: what recorded runs say is in `docs/verdict.md`, and a test.

mod collapse;
mod gain;
mod hold;
mod learned;
mod next;
mod shown;

pub use collapse::{Collapse, CollapseJudge, CollapseState};
pub use gain::Gain;
pub use hold::Moment;
pub use learned::{Comparison, Learned, LearnedJudge, LearnedState, unscored};
pub use next::{NextStep, Outcome, next_steps};
pub use shown::Spreads;
