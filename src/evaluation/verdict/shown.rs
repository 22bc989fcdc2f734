//! What one look shows of a collapse: levels, each with a margin.

use serde::{Deserialize, Serialize};

use super::collapse::CollapseState;
use crate::evaluation::Spread;
use crate::network::Space;

/// A level of a number with a margin: what has fallen below one end stays so up to the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    below: f32,
    pub(super) until: f32,
}

impl Level {
    /// Whether a number counts as low, if it did or did not so far.
    fn is_low(self, value: f32, so_far: bool) -> bool {
        value < if so_far { self.until } else { self.below }
    }
}

/// Spread of z (1 is even, 0 is one point) of one point: two images have a mean cosine above 0.97.
/// Runs that work end above 0.25, and those without what keeps images apart below 0.16.
pub(super) const POINT_Z: Level = Level {
    below: 0.17,
    until: 0.21,
};
/// The same of h. Its features are not negative, so its images share a direction: untrained it is at
/// 0.1 to 0.2, and what works ends above 0.26.
const POINT_H: Level = Level {
    below: 0.15,
    until: 0.19,
};
/// A spread of z of images that have drawn together without being one: a mean cosine above 0.91. Some
/// z that work are no wider, for all they are made of shares a direction: then h is no wider either,
pub(super) const NARROW: Level = Level {
    below: 0.30,
    until: 0.36,
};
/// so z must also be this much narrower than h: a third where variance is not kept up, above a half in
/// what works.
const BELOW_H: Level = Level {
    below: 0.45,
    until: 0.52,
};
/// Directions in use of what lies along one line.
const LINE: Level = Level {
    below: 1.5,
    until: 2.0,
};
/// Directions in use of a partial collapse. Runs that work use six and more.
const FEW: Level = Level {
    below: 4.0,
    until: 5.5,
};
/// Of h a partial collapse is also the loss of so many of the directions it used before training:
/// runs that work use twice as many.
const LOST: Level = Level {
    below: 0.6,
    until: 0.75,
};

/// How h and z are spread at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spreads {
    /// Of h.
    pub h: Spread,
    /// Of z.
    pub z: Spread,
}

impl Spreads {
    pub(super) fn of(&self, space: Space) -> &Spread {
        match space {
            Space::H => &self.h,
            Space::Z => &self.z,
        }
    }
}

/// What a look shows: the worst that holds of h or z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Shown {
    Apart,
    Narrow,
    Few(Space),
    Line(Space),
    Point(Space),
}

impl Shown {
    pub(super) fn state(self) -> CollapseState {
        match self {
            Self::Apart => CollapseState::Apart,
            Self::Narrow => CollapseState::Narrow,
            Self::Few(_) => CollapseState::Partial,
            Self::Line(_) | Self::Point(_) => CollapseState::Collapsed,
        }
    }
}

/// What a look is compared with.
pub(super) struct Before {
    /// The state that is named already.
    pub(super) named: Option<CollapseState>,
    /// The effective rank of h before training.
    pub(super) untrained_rank: Option<f32>,
}

impl Before {
    /// The worst that can be said of this look, with a margin for what is named already.
    pub(super) fn shown(&self, now: &Spreads) -> Shown {
        let named = self.named;
        let collapsed = named == Some(CollapseState::Collapsed);
        let partial = collapsed || named == Some(CollapseState::Partial);
        let narrow = collapsed || named == Some(CollapseState::Narrow);
        let drawn_in = NARROW.is_low(now.z.std, narrow)
            && BELOW_H.is_low(now.z.std / now.h.std.max(f32::EPSILON), narrow);
        let point = |level: Level, space| {
            level
                .is_low(now.of(space).std, collapsed)
                .then_some(Shown::Point(space))
        };
        let line = |space| {
            let spread = now.of(space);
            // Two dimensions have no more than a line and a half to offer.
            let rank = spread.effective_rank;
            (spread.dims > 2 && LINE.is_low(rank, collapsed)).then_some(Shown::Line(space))
        };
        let few = |space| {
            let spread = now.of(space);
            let rank = spread.effective_rank;
            // Of a z that is narrow by its settings, half is not few.
            let scale = (spread.dims as f32 / 6.0).min(1.0);
            let lost = self
                .untrained_rank
                .is_some_and(|before| space == Space::H && LOST.is_low(rank / before, partial));
            (FEW.is_low(rank / scale, partial) || lost).then_some(Shown::Few(space))
        };
        point(POINT_Z, Space::Z)
            .or_else(|| point(POINT_H, Space::H))
            .or_else(|| line(Space::Z))
            .or_else(|| line(Space::H))
            .or_else(|| few(Space::Z))
            .or_else(|| few(Space::H))
            .or_else(|| drawn_in.then_some(Shown::Narrow))
            .unwrap_or(Shown::Apart)
    }
}
