//! The two statements about a run, look by look.

use crate::evaluation::verdict::{
    Collapse, CollapseJudge, Comparison, Learned, LearnedJudge, Moment, Spreads,
};

/// Judges a run as it goes on.
#[derive(Default)]
pub(super) struct Judge {
    collapse: CollapseJudge,
    learned: LearnedJudge,
    last: Option<Judged>,
}

/// What was said at a look.
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
    /// Takes in a look; `scores` or why there are none.
    pub(super) fn look(&mut self, at: Moment, now: Spreads, scores: Result<Comparison, &str>) {
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
