//! A state is named once it has held: one look proves nothing.

use serde::{Deserialize, Serialize};

/// Looks in a row that must agree.
const LOOKS: usize = 3;
/// Steps over which they must agree, at least.
const STEPS: usize = 10;
/// In a longer run one part in so many,
const PART: usize = 20;
/// but no more than these steps.
const MOST: usize = 50;

/// Nothing is judged before so many steps.
const EARLIEST: usize = 20;
/// In a longer run before one part in so many,
const EARLIEST_PART: usize = 10;
/// but no later than at this step,
const LATEST: usize = 100;
/// unless the learning rate is still below one part in so many of its peak.
const RISEN: usize = 4;

/// Where a look stands in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Steps done.
    pub step: usize,
    /// Steps of the run.
    pub total: usize,
    /// Steps over which the learning rate rises.
    pub warmup: usize,
}

impl Moment {
    /// The first step after which a run of this length is judged.
    pub(super) fn earliest(self) -> usize {
        let part = (self.total / EARLIEST_PART).min(LATEST);
        EARLIEST.max(part).max(self.warmup / RISEN)
    }

    /// Whether there was time for anything.
    pub(super) fn is_early(self) -> bool {
        self.step < self.earliest()
    }

    /// Whether the run has come to its end.
    pub(super) fn is_last(self) -> bool {
        self.step > 0 && self.step >= self.total
    }

    /// Why nothing is judged yet, if there was no time for anything.
    pub(super) fn too_early(self) -> Option<String> {
        let judged = self.earliest();
        if !self.is_early() {
            None
        } else if self.step == 0 {
            Some("Not trained yet".into())
        } else if self.is_last() {
            Some(format!(
                "Too short a run to judge: {} steps, not {judged}",
                self.step
            ))
        } else {
            Some(format!("Too early to say; judged from step {judged} on"))
        }
    }

    /// Steps over which a state must hold.
    pub(super) fn hold(self) -> usize {
        STEPS.max(self.total / PART).min(MOST)
    }
}

/// What has been seen, and what is named.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Held<S> {
    named: Option<Stretch<S>>,
    seen: Option<Stretch<S>>,
}

/// Looks in a row at which a state was the same.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Stretch<S> {
    state: S,
    /// The step of the first of them: it never moves.
    since: usize,
    looks: usize,
}

impl<S> Default for Held<S> {
    fn default() -> Self {
        Self {
            named: None,
            seen: None,
        }
    }
}

impl<S: Copy + PartialEq> Held<S> {
    /// The state that is named, and the first step at which it was seen.
    pub(super) fn named(&self) -> Option<(S, usize)> {
        self.named.map(|stretch| (stretch.state, stretch.since))
    }

    /// Takes in what a look shows. A run that ends before anything has held is named by its last look.
    pub(super) fn look(&mut self, at: Moment, state: S) {
        let again = self.seen.filter(|stretch| stretch.state == state);
        let mut stretch = again.unwrap_or(Stretch {
            state,
            since: at.step,
            looks: 0,
        });
        stretch.looks += 1;
        self.seen = Some(stretch);
        let held = stretch.looks >= LOOKS && at.step - stretch.since >= at.hold();
        let last_word = at.is_last() && self.named.is_none();
        if self.named.is_none_or(|named| named.state != state) && (held || last_word) {
            self.named = Some(stretch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(total: usize, looks: &[(usize, char)]) -> Option<(char, usize)> {
        let mut held = Held::default();
        for (step, state) in looks {
            let step = *step;
            let at = Moment {
                step,
                total,
                warmup: 0,
            };
            held.look(at, *state);
        }
        held.named()
    }

    #[test]
    fn three_looks_and_a_twentieth_of_the_run_name_a_state_by_its_first_step() {
        assert_eq!(named(400, &[(40, 'a'), (50, 'a')]), None);
        assert_eq!(named(400, &[(40, 'a'), (50, 'a'), (59, 'a')]), None);
        assert_eq!(
            named(400, &[(40, 'a'), (50, 'a'), (59, 'a'), (60, 'a')]),
            Some(('a', 40))
        );
    }

    #[test]
    fn a_long_run_is_judged_in_its_first_minute_but_not_before_its_rate_has_risen() {
        let earliest = |total, warmup| {
            Moment {
                step: 0,
                total,
                warmup,
            }
            .earliest()
        };
        assert_eq!(earliest(60, 3), 20);
        assert_eq!(earliest(640, 32), 64);
        assert_eq!(earliest(4000, 200), 100);
        assert_eq!(earliest(40_000, 2000), 500);
    }

    #[test]
    fn one_look_that_differs_changes_nothing_named() {
        let looks = [(40, 'a'), (60, 'a'), (80, 'a'), (90, 'b'), (99, 'a')];
        assert_eq!(named(400, &looks), Some(('a', 40)));
        let looks = [
            (40, 'a'),
            (60, 'a'),
            (80, 'a'),
            (90, 'b'),
            (99, 'b'),
            (120, 'b'),
        ];
        assert_eq!(named(400, &looks), Some(('b', 90)));
    }

    #[test]
    fn the_last_look_names_what_nothing_has_named() {
        assert_eq!(named(60, &[(40, 'a'), (60, 'b')]), Some(('b', 60)));
        let looks = [(30, 'a'), (40, 'a'), (50, 'a'), (60, 'b')];
        assert_eq!(named(60, &looks), Some(('a', 30)));
    }
}
