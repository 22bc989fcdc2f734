//! What a run does next: one unit of work at a time, in a fixed order.

/// A unit of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// There is nothing to do.
    Idle,
    /// Read the losses that are still on the device, and report them.
    Report,
    /// Embed the next batch of the pass under way.
    Embed,
    /// Answer which images are nearest to one.
    Neighbours,
    /// Draw the map from the embeddings at hand.
    Map,
    /// Begin to embed the images of the map.
    Pass,
    /// Write a checkpoint.
    Checkpoint,
    /// Train for one step.
    Train,
    /// Go on with the full score.
    Score,
}

/// All that decides what is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each asks something of its own, and most of their combinations occur"
)]
pub(super) struct Situation {
    /// Whether the run has failed.
    pub(super) failed: bool,
    /// Whether steps are wanted, or done and not yet reported.
    pub(super) running: bool,
    /// Steps done.
    pub(super) step: usize,
    /// Whether all steps that were wanted are done, and some not yet reported.
    pub(super) unreported: bool,
    /// Whether an embed pass is under way.
    pub(super) embedding: bool,
    /// The step of the embeddings at hand.
    pub(super) embedded: Option<usize>,
    /// Whether the map is to be drawn again.
    pub(super) redraw: bool,
    /// Whether training has paid for another pass.
    pub(super) affordable: bool,
    /// The question that waits, if one does.
    pub(super) question: Option<Question>,
    /// Whether the last checkpoint was long ago.
    pub(super) checkpoint_due: bool,
    /// The step of the last checkpoint.
    pub(super) saved: usize,
    /// Whether a full score is under way.
    pub(super) scoring: bool,
}

/// A question about an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// It is on the map.
    Mapped,
    /// It is not: it must be embedded by the network that made the map.
    Unmapped,
}

impl Situation {
    /// The unit of work that comes first.
    pub(super) fn next(self) -> Work {
        let stale = self.embedded != Some(self.step);
        // The first step does not wait for the pass before it, which goes on with a copy.
        let first = self.running && self.step == 0 && self.embedding;
        let answerable = match self.question {
            None => false,
            Some(Question::Mapped) => self.embedded.is_some(),
            Some(Question::Unmapped) => !self.failed && !self.embedding && !stale,
        };
        let order = [
            (answerable, Work::Neighbours),
            (self.failed, Work::Idle),
            (self.unreported, Work::Report),
            (self.embedding && !first, Work::Embed),
            (self.redraw, Work::Map),
            (self.question.is_some() && !first, Work::Pass),
            (
                self.running && !first && stale && self.affordable,
                Work::Pass,
            ),
            (
                self.running && self.checkpoint_due && self.saved != self.step,
                Work::Checkpoint,
            ),
            (self.running, Work::Train),
            (stale, Work::Pass),
            (self.scoring, Work::Score),
            (self.saved != self.step, Work::Checkpoint),
        ];
        let first = order.into_iter().find(|(due, _)| *due);
        first.map_or(Work::Idle, |(_, work)| work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A paused run at step 7: on the map, and saved.
    const AT_REST: Situation = Situation {
        failed: false,
        running: false,
        step: 7,
        unreported: false,
        embedding: false,
        embedded: Some(7),
        redraw: false,
        affordable: false,
        question: None,
        checkpoint_due: false,
        saved: 7,
        scoring: false,
    };

    /// A run that trains; the map is of two steps before.
    const TRAINING: Situation = Situation {
        running: true,
        embedded: Some(5),
        saved: 0,
        ..AT_REST
    };

    /// Why, in which situation, and what comes next.
    const ORDER: &[(&str, Situation, Work)] = &[
        ("all is done", AT_REST, Work::Idle),
        (
            "a run that has failed is left as it is",
            Situation {
                failed: true,
                redraw: true,
                unreported: true,
                question: Some(Question::Unmapped),
                ..TRAINING
            },
            Work::Idle,
        ),
        (
            "but its map still answers, for that takes no network",
            Situation {
                failed: true,
                question: Some(Question::Mapped),
                ..TRAINING
            },
            Work::Neighbours,
        ),
        (
            "who hears of a pause has heard of every step, so the report comes first",
            Situation {
                unreported: true,
                embedding: true,
                ..TRAINING
            },
            Work::Report,
        ),
        (
            "a pass is of one network: it ends before that is trained further",
            Situation {
                embedding: true,
                checkpoint_due: true,
                ..TRAINING
            },
            Work::Embed,
        ),
        (
            "but the first step does not wait for the pass over the network before it",
            Situation {
                step: 0,
                embedded: None,
                embedding: true,
                affordable: true,
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "not even if a question is asked, which that pass will answer",
            Situation {
                step: 0,
                embedded: None,
                embedding: true,
                question: Some(Question::Mapped),
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "while nothing is trained, that pass goes on",
            Situation {
                step: 0,
                saved: 0,
                embedded: None,
                embedding: true,
                ..AT_REST
            },
            Work::Embed,
        ),
        (
            "an image of the map is answered from the map, however old that is",
            Situation {
                question: Some(Question::Mapped),
                embedding: true,
                ..TRAINING
            },
            Work::Neighbours,
        ),
        (
            "another image must be embedded by the map's network: that has gone, so a new map",
            Situation {
                question: Some(Question::Unmapped),
                ..TRAINING
            },
            Work::Pass,
        ),
        (
            "and is, as soon as the map is of this step",
            Situation {
                question: Some(Question::Unmapped),
                embedded: Some(7),
                ..TRAINING
            },
            Work::Neighbours,
        ),
        (
            "the other vectors are shown at once",
            Situation {
                redraw: true,
                affordable: true,
                ..TRAINING
            },
            Work::Map,
        ),
        (
            "a pass that is paid for comes before the next step",
            Situation {
                affordable: true,
                checkpoint_due: true,
                ..TRAINING
            },
            Work::Pass,
        ),
        (
            "but not twice at one step",
            Situation {
                affordable: true,
                embedded: Some(7),
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "a checkpoint that is due comes before the next step",
            Situation {
                checkpoint_due: true,
                ..TRAINING
            },
            Work::Checkpoint,
        ),
        (
            "but not twice at one step",
            Situation {
                checkpoint_due: true,
                saved: 7,
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "a full score waits for training to end",
            Situation {
                scoring: true,
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "at rest the map is brought up to date, paid for or not",
            Situation {
                embedded: Some(5),
                scoring: true,
                saved: 0,
                ..AT_REST
            },
            Work::Pass,
        ),
        (
            "a score that was asked for comes before what nobody waits for",
            Situation {
                scoring: true,
                saved: 0,
                ..AT_REST
            },
            Work::Score,
        ),
        (
            "a run at rest is saved",
            Situation {
                saved: 0,
                ..AT_REST
            },
            Work::Checkpoint,
        ),
    ];

    #[test]
    fn the_order_of_work() {
        for (reason, situation, work) in ORDER {
            assert_eq!(situation.next(), *work, "{reason}: {situation:?}");
        }
    }
}
