//! The two statements about a run, look by look.

use serde::{Deserialize, Serialize};

use crate::evaluation::verdict::{
    Collapse, CollapseJudge, Comparison, Learned, LearnedJudge, Moment, Spreads,
};

/// Judges a run as it goes on. A checkpoint has it: whoever takes the run up remembers its onset.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Judge {
    collapse: CollapseJudge,
    learned: LearnedJudge,
    last: Option<Judged>,
}

/// What was said at a look.
#[derive(Serialize, Deserialize)]
pub(super) struct Judged {
    pub(super) step: usize,
    pub(super) collapse: Collapse,
    pub(super) learned: Learned,
}

impl Judged {
    /// Whether raw pixels are clearly better than h.
    pub(super) fn is_below_pixels(&self) -> bool {
        let scores = self.learned.scores;
        scores.is_some_and(|scores| scores.over_pixels.reversed().is_clear())
    }
}

impl Judge {
    /// Takes in a look; `scores` or why there are none. One that was taken in before says nothing
    /// new: who takes up a run looks at the untrained network once more.
    pub(super) fn look(&mut self, at: Moment, now: Spreads, scores: Result<Comparison, &str>) {
        if self.last.as_ref().is_some_and(|last| at.step <= last.step) {
            return;
        }
        self.last = Some(Judged {
            step: at.step,
            collapse: self.collapse.look(at, now),
            learned: self.learned.look(at, scores),
        });
    }

    /// What was said at the last look.
    pub(super) fn last(&self) -> Option<&Judged> {
        self.last.as_ref()
    }
}
