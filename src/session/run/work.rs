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
    /// Whether training waits, for it has come as far as it may for now.
    pub(super) held: bool,
    /// Steps done.
    pub(super) step: usize,
    /// Whether all steps that may be done are, and some not yet reported.
    pub(super) unreported: bool,
    /// Whether an embed pass is under way.
    pub(super) embedding: bool,
    /// Whether it was begun only because training waited.
    pub(super) spare: bool,
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
        let trains = self.running && !self.held;
        // The first step does not wait for the pass before it, which goes on with a copy.
        let first = trains && self.step == 0 && self.embedding;
        // Training that waits no more does not wait for what it has not paid for.
        let dropped = trains && self.spare && !self.affordable && self.question.is_none();
        let answerable = match self.question {
            None => false,
            Some(Question::Mapped) => self.embedded.is_some(),
            Some(Question::Unmapped) => !self.failed && !self.embedding && !stale,
        };
        let order = [
            (answerable, Work::Neighbours),
            (self.failed, Work::Idle),
            (self.unreported, Work::Report),
            (self.embedding && !first && !dropped, Work::Embed),
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
            (trains, Work::Train),
            (stale, Work::Pass),
            (self.scoring, Work::Score),
            (!self.running && self.saved != self.step, Work::Checkpoint),
        ];
        let first = order.into_iter().find(|(due, _)| *due);
        first.map_or(Work::Idle, |(_, work)| work)
    }
}
