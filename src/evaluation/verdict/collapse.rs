//! Did it collapse? What an embedding space has lost, and since when.

use serde::{Deserialize, Serialize};

use super::hold::{Held, Moment};
use super::shown::{Before, NARROW, POINT_Z, Shown, Spreads};
use crate::evaluation::Spread;
use crate::network::Space;

/// A run begins near one point and widens. It is given time as long as its spread grows by this in
/// the time that a state must hold.
const WIDENS: f32 = 1.1;

/// Whether the network still tells images apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum CollapseState {
    /// Not judged yet.
    Early,
    /// It does.
    Apart,
    /// Images have drawn together.
    Narrow,
    /// A partial collapse: few directions are in use.
    Partial,
    /// All images map to one point or line.
    Collapsed,
}

/// The first statement: did it collapse?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Collapse {
    /// Whether the network still tells images apart.
    pub state: CollapseState,
    /// The first step of the state, 0 if it was never otherwise; null while nothing is judged. It does
    /// not move.
    pub since: Option<usize>,
    /// The statement.
    pub sentence: String,
}

/// What must be remembered of a run to judge it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CollapseJudge {
    /// Before training.
    untrained: Option<Spreads>,
    /// By state: a line that becomes a point stays a collapse.
    held: Held<CollapseState>,
    /// What was shown when the state that is named was last seen, and its onset.
    told: Option<(Shown, usize)>,
    /// Spreads of z so far, and their steps.
    course: Vec<(usize, f32)>,
}

impl CollapseJudge {
    /// Judges a look; to be called in their order. The look at step 0 is of the untrained network,
    /// which is never judged.
    pub fn look(&mut self, at: Moment, now: Spreads) -> Collapse {
        if at.step == 0 {
            self.untrained = Some(now);
        }
        let widens = self.widens(at, now.z.std);
        self.course.push((at.step, now.z.std));
        if let Some(reason) = at.too_early() {
            return early(format!("{reason}: {}.", cosines(&now)));
        }
        let shown = self.shown(&now);
        let narrow = matches!(shown, Shown::Few(_) | Shown::Point(_) | Shown::Line(_));
        if narrow && widens && self.held.named().is_none() && !at.is_last() {
            let sentence = format!(
                "Images start close together and are moving apart: {}.",
                cosines(&now)
            );
            return early(sentence);
        }
        self.held.look(at, shown.state());
        let Some((state, since)) = self.held.named() else {
            return early(format!("Not settled yet: {}.", cosines(&now)));
        };
        // While another state is not settled, what was named is told of this look.
        let told = match self.told {
            Some((told, since)) if told.state() == state => {
                let same = shown.state() == state;
                (if same { shown } else { told }, since)
            }
            _ => (shown, if self.never_wide(shown) { 0 } else { since }),
        };
        self.told = Some(told);
        let mut sentence = self.sentence(told, &now);
        if shown.state() != state {
            sentence += " This look says otherwise; it counts once it has held.";
        }
        Collapse {
            state,
            since: Some(told.1),
            sentence,
        }
    }

    /// Whether what is one point of z has been one since the start, whenever it was first looked at.
    fn never_wide(&self, shown: Shown) -> bool {
        let mut spreads = self.course.iter().map(|(_, std)| *std);
        shown == Shown::Point(Space::Z) && spreads.all(|std| std < POINT_Z.until)
    }

    /// What this look shows, with a margin for what is named already.
    fn shown(&self, now: &Spreads) -> Shown {
        Before {
            named: self.held.named().map(|(state, _)| state),
            untrained_rank: self.untrained.map(|before| before.h.effective_rank),
        }
        .shown(now)
    }

    /// Whether z, which has never been wide, widens; however often one looks.
    fn widens(&self, at: Moment, std: f32) -> bool {
        let hold = at.hold();
        let was_wide = self.course.iter().any(|(_, std)| *std >= NARROW.until);
        let earlier = self.course.iter().rev();
        let earlier = earlier.copied().find(|(step, _)| step + hold <= at.step);
        !was_wide
            && earlier.is_some_and(|(step, before)| {
                let holds = (at.step - step) as f32 / hold as f32;
                std > before * WIDENS.powf(holds)
            })
    }

    fn sentence(&self, (shown, since): (Shown, usize), now: &Spreads) -> String {
        let since = if since == 0 {
            "since the start".to_owned()
        } else {
            format!("since step {since}")
        };
        match shown {
            Shown::Apart => format!(
                "Images stay apart: {}, and {} in z.",
                cosines(now),
                directions(&now.z)
            ),
            Shown::Narrow => format!(
                "Images have drawn together in z {since}, and not in h: {}.",
                cosines(now)
            ),
            Shown::Few(space) => format!(
                "A partial collapse {since}: only {} in {}{}.",
                directions(now.of(space)),
                letter(space),
                self.before(space)
            ),
            Shown::Line(space) => format!(
                "All images lie along one line {since}: {} in {}.",
                directions(now.of(space)),
                letter(space)
            ),
            Shown::Point(space) => format!(
                "All images map to nearly one point of {} {since}: {}.",
                letter(space),
                cosines(now)
            ),
        }
    }

    /// What a partial collapse of h is compared with.
    fn before(&self, space: Space) -> String {
        match self.untrained {
            Some(before) if space == Space::H => {
                let rank = before.h.effective_rank;
                format!(", where the untrained network used {}", count(rank))
            }
            _ => String::new(),
        }
    }
}

fn early(sentence: String) -> Collapse {
    Collapse {
        state: CollapseState::Early,
        since: None,
        sentence,
    }
}

fn letter(space: Space) -> &'static str {
    match space {
        Space::H => "h",
        Space::Z => "z",
    }
}

fn cosines(now: &Spreads) -> String {
    let [z, h] = [now.z, now.h].map(|spread| {
        // As many digits as tell 0.998 from 1.
        let digits = if spread.mean_cosine > 0.95 { 3 } else { 2 };
        format!("{:.digits$}", spread.mean_cosine)
    });
    format!("two different images have a cosine of {z} in z and {h} in h on average")
}

fn directions(of: &Spread) -> String {
    format!(
        "{} of {} directions are in use",
        count(of.effective_rank),
        of.dims
    )
}

fn count(rank: f32) -> String {
    let digits = usize::from(rank < 10.0);
    format!("{rank:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use CollapseState::{Apart, Collapsed, Early, Narrow, Partial};

    fn spread(std: f32, effective_rank: f32) -> Spread {
        Spread {
            dims: 128,
            std,
            effective_rank,
            dead: 0,
            mean_cosine: 1.0 - std * std,
        }
    }

    /// Verdicts on a run of 200 steps with a look every ten, the first before training; `course` says
    /// spread and directions of z.
    fn course(course: &[(f32, f32)]) -> Vec<Collapse> {
        let mut judge = CollapseJudge::default();
        let look = |(i, (std, rank)): (usize, &(f32, f32))| {
            let at = Moment {
                step: 10 * i,
                total: 200,
                warmup: 10,
            };
            let now = Spreads {
                h: spread(0.4, 15.0),
                z: spread(*std, *rank),
            };
            judge.look(at, now)
        };
        course.iter().enumerate().map(look).collect()
    }

    fn states(of: &[(f32, f32)]) -> Vec<(CollapseState, Option<usize>)> {
        let said = course(of).into_iter();
        said.map(|said| (said.state, said.since)).collect()
    }

    #[test]
    fn nothing_is_judged_before_there_was_time_and_it_has_held() {
        let wide = [
            (0.02, 1.5),
            (0.9, 60.0),
            (0.9, 60.0),
            (0.9, 60.0),
            (0.9, 60.0),
        ];
        let apart = (Apart, Some(20));
        let early = (Early, None);
        assert_eq!(states(&wide), [early, early, early, early, apart]);
    }

    #[test]
    fn a_narrow_start_is_no_collapse_while_it_widens() {
        let slow: Vec<_> = (0..12).map(|i| (0.02 * 1.25_f32.powi(i), 5.0)).collect();
        assert!(states(&slow).iter().all(|state| *state == (Early, None)));
        let mut stuck = slow[..6].to_vec();
        stuck.extend([(0.06, 5.0); 4]);
        assert_eq!(states(&stuck).last(), Some(&(Collapsed, Some(0))));
        let said = course(&stuck).pop().unwrap().sentence;
        let expected = "All images map to nearly one point of z since the start: two different \
                        images have a cosine of 0.996 in z and 0.84 in h on average.";
        assert_eq!(said, expected);
    }

    #[test]
    fn an_onset_does_not_move_and_one_look_changes_nothing() {
        let mut run = vec![(0.9, 60.0); 6];
        run.extend([
            (0.1, 60.0),
            (0.05, 40.0),
            (0.12, 30.0),
            (0.04, 9.0),
            (0.19, 9.0),
        ]);
        let said = course(&run);
        let doubt = "This look says otherwise; it counts once it has held.";
        assert!(said[7].sentence.ends_with(doubt), "{}", said[7].sentence);
        assert!(!said[8].sentence.contains(doubt));
        let states = states(&run);
        assert_eq!(states[7], (Apart, Some(20)));
        assert_eq!(
            states[8..],
            [(Collapsed, Some(60)); 3],
            "0.19 is within the margin"
        );
    }

    #[test]
    fn few_directions_are_a_partial_collapse_and_one_is_a_line() {
        let few = [2.4, 2.8, 2.2, 3.4, 2.2].map(|rank| (0.5, rank));
        let few = [&[(0.9, 60.0); 2][..], &few].concat();
        assert_eq!(states(&few).last(), Some(&(Partial, Some(20))));
        let said = course(&few).pop().unwrap().sentence;
        let expected =
            "A partial collapse since step 20: only 2.2 of 128 directions are in use in z.";
        assert_eq!(said, expected);
        let line = [(0.9, 60.0), (0.9, 60.0), (0.5, 1.2), (0.5, 1.2), (0.5, 1.2)];
        assert_eq!(states(&line).last(), Some(&(Collapsed, Some(20))));
    }

    #[test]
    fn a_z_far_narrower_than_h_has_drawn_together() {
        let narrow = |std| [(0.9, 60.0), (0.9, 60.0), (std, 9.0), (std, 9.0), (std, 9.0)];
        // h is at 0.4.
        let said = course(&narrow(0.175)).pop().unwrap();
        assert_eq!((said.state, said.since), (Narrow, Some(20)));
        let expected = "Images have drawn together in z since step 20, and not in h: two different \
                        images have a cosine of 0.969 in z and 0.84 in h on average.";
        assert_eq!(said.sentence, expected);
        assert_eq!(states(&narrow(0.27)).last(), Some(&(Apart, Some(20))));
    }

    #[test]
    fn h_counts_as_well() {
        let judged = |h: Spread| {
            let mut judge = CollapseJudge::default();
            let mut said = None;
            for step in [0, 20, 30, 40, 50] {
                let h = if step == 0 { spread(0.2, 20.0) } else { h };
                let now = Spreads {
                    h,
                    z: spread(0.5, 8.0),
                };
                said = Some(judge.look(
                    Moment {
                        step,
                        total: 200,
                        warmup: 10,
                    },
                    now,
                ));
            }
            said.expect("it was judged")
        };
        assert_eq!(judged(spread(0.5, 30.0)).state, Apart);
        assert_eq!(judged(spread(0.13, 9.0)).state, Collapsed);
        let lost = judged(spread(0.3, 9.5));
        assert_eq!(lost.state, Partial);
        let expected = "A partial collapse since step 20: only 9.5 of 128 directions are in use in \
                        h, where the untrained network used 20.";
        assert_eq!(lost.sentence, expected);
    }
}
