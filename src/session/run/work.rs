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
    /// Tell h and z of all images.
    Embeddings,
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
    /// Whether a look is under way.
    pub(super) looking: bool,
    /// Whether it was begun only because training waited.
    pub(super) spare: bool,
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
    /// Whether h and z of all images were asked for.
    pub(super) all_asked: bool,
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
        let trains = self.running && !self.held;
        // The first step does not wait for the look before it, which goes on with a copy.
        let first = trains && self.step == 0 && self.looking;
        // Training that waits no more does not wait for what it has not paid for.
        let dropped = trains && self.spare && !self.affordable && self.question.is_none();
        let answerable = match self.question {
            None => false,
            Some(Question::Known) => self.looked.is_some(),
            Some(Question::Unknown) => !self.failed && !self.looking && !stale,
        };
        let order = [
            (answerable, Work::Neighbours),
            (self.failed, Work::Idle),
            (self.unreported, Work::Report),
            (self.looking && !first && !dropped, Work::Look),
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
            (trains, Work::Train),
            (stale, Work::Begin),
            (self.scoring && self.others, Work::Others),
            (self.scoring, Work::Score),
            (!self.running && self.saved != self.step, Work::Checkpoint),
            (!self.running && self.others, Work::Others),
            (!self.running && self.all_asked, Work::Embeddings),
        ];
        let first = order.into_iter().find(|(due, _)| *due);
        first.map_or(Work::Idle, |(_, work)| work)
    }
}
