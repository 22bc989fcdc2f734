//! What a run does next: one unit of work at a time, in a fixed order.

/// A unit of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// There is nothing to do.
    Idle,
    /// Read the losses that are still on the device, and report them.
    Report,
    /// Go on with the look under way: embed the next batch, or take the readings.
    Look,
    /// Answer which images are nearest to one.
    Neighbours,
    /// Draw the map from the embeddings at hand.
    Map,
    /// Begin to look at the network.
    Begin,
    /// Write a checkpoint.
    Checkpoint,
    /// Train for one step.
    Train,
    /// Embed the next batch of the images that looks leave out.
    Others,
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
    /// Whether a look is under way.
    pub(super) looking: bool,
    /// The step of the last whole look.
    pub(super) looked: Option<usize>,
    /// Whether there are images that this network or the untrained one has not embedded.
    pub(super) others: bool,
    /// Whether the map is to be drawn again.
    pub(super) redraw: bool,
    /// Whether training has paid for another look.
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
    /// Its vectors are known.
    Known,
    /// They are not: it must be embedded by the network of the last whole look.
    Unknown,
}

impl Situation {
    /// The unit of work that comes first.
    pub(super) fn next(self) -> Work {
        let stale = self.looked != Some(self.step);
        // The first step does not wait for the look before it, which goes on with a copy.
        let first = self.running && self.step == 0 && self.looking;
        let answerable = match self.question {
            None => false,
            Some(Question::Known) => self.looked.is_some(),
            Some(Question::Unknown) => !self.failed && !self.looking && !stale,
        };
        let order = [
            (answerable, Work::Neighbours),
            (self.failed, Work::Idle),
            (self.unreported, Work::Report),
            (self.looking && !first, Work::Look),
            (self.redraw, Work::Map),
            (self.question.is_some() && !first, Work::Begin),
            (
                self.running && !first && stale && self.affordable,
                Work::Begin,
            ),
            (
                self.running && self.checkpoint_due && self.saved != self.step,
                Work::Checkpoint,
            ),
            (self.running, Work::Train),
            (stale, Work::Begin),
            (self.scoring && self.others, Work::Others),
            (self.scoring, Work::Score),
            (self.saved != self.step, Work::Checkpoint),
            (self.others, Work::Others),
        ];
        let first = order.into_iter().find(|(due, _)| *due);
        first.map_or(Work::Idle, |(_, work)| work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A paused run at step 7: looked at, and saved.
    const AT_REST: Situation = Situation {
        failed: false,
        running: false,
        step: 7,
        unreported: false,
        looking: false,
        looked: Some(7),
        others: false,
        redraw: false,
        affordable: false,
        question: None,
        checkpoint_due: false,
        saved: 7,
        scoring: false,
    };

    /// A run that trains; the last look was two steps before.
    const TRAINING: Situation = Situation {
        running: true,
        looked: Some(5),
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
                question: Some(Question::Unknown),
                ..TRAINING
            },
            Work::Idle,
        ),
        (
            "but its last look still answers, for that takes no network",
            Situation {
                failed: true,
                question: Some(Question::Known),
                ..TRAINING
            },
            Work::Neighbours,
        ),
        (
            "who hears of a pause has heard of every step, so the report comes first",
            Situation {
                unreported: true,
                looking: true,
                ..TRAINING
            },
            Work::Report,
        ),
        (
            "a look is at one network: it ends before that is trained further",
            Situation {
                looking: true,
                checkpoint_due: true,
                ..TRAINING
            },
            Work::Look,
        ),
        (
            "but the first step does not wait for the look at the network before it",
            Situation {
                step: 0,
                looked: None,
                looking: true,
                affordable: true,
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "not even if a question is asked, which that look will answer",
            Situation {
                step: 0,
                looked: None,
                looking: true,
                question: Some(Question::Known),
                ..TRAINING
            },
            Work::Train,
        ),
        (
            "while nothing is trained, that look goes on",
            Situation {
                step: 0,
                saved: 0,
                looked: None,
                looking: true,
                ..AT_REST
            },
            Work::Look,
        ),
        (
            "an image of the last look is answered from that, however old it is",
            Situation {
                question: Some(Question::Known),
                looking: true,
                ..TRAINING
            },
            Work::Neighbours,
        ),
        (
            "another image must be embedded by that look's network: that has gone, so a new look",
            Situation {
                question: Some(Question::Unknown),
                ..TRAINING
            },
            Work::Begin,
        ),
        (
            "and is, as soon as there is a look at this step",
            Situation {
                question: Some(Question::Unknown),
                looked: Some(7),
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
            "a look that is paid for comes before the next step",
            Situation {
                affordable: true,
                checkpoint_due: true,
                ..TRAINING
            },
            Work::Begin,
        ),
        (
            "but not twice at one step",
            Situation {
                affordable: true,
                looked: Some(7),
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
            "at rest there is a look at the last step, paid for or not",
            Situation {
                looked: Some(5),
                scoring: true,
                saved: 0,
                ..AT_REST
            },
            Work::Begin,
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
            "but it is of all images, so they are embedded first",
            Situation {
                scoring: true,
                others: true,
                ..AT_REST
            },
            Work::Others,
        ),
        (
            "a run at rest is saved",
            Situation {
                saved: 0,
                others: true,
                ..AT_REST
            },
            Work::Checkpoint,
        ),
        (
            "and when there is nothing else to do, looks at all images",
            Situation {
                others: true,
                ..AT_REST
            },
            Work::Others,
        ),
        (
            "which ends as soon as it trains on",
            Situation {
                others: true,
                ..TRAINING
            },
            Work::Train,
        ),
    ];

    #[test]
    fn the_order_of_work() {
        for (reason, situation, work) in ORDER {
            assert_eq!(situation.next(), *work, "{reason}: {situation:?}");
        }
    }
}
