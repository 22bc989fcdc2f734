//! Did it learn? Whether like is nearer to like than before training, and than in raw pixels.

use serde::{Deserialize, Serialize};

use super::gain::Gain;
use super::hold::{Held, Moment};

/// Images that can be scored, at least: fewer tell nothing apart.
const IMAGES: usize = 20;

/// Whether anything was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum LearnedState {
    /// Nothing can be scored.
    Unscored,
    /// Not judged yet.
    Early,
    /// Better than the untrained network, and not below raw pixels.
    Better,
    /// Better than the untrained network, and below raw pixels. It has learned, but who wants to find
    /// like images would do better without: no reason for green.
    BelowPixels,
    /// No better than the untrained network.
    Same,
    /// Worse than the untrained network.
    Worse,
}

/// kNN accuracies, 0 to 1, and by how much h beats what it must beat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Of h.
    pub h: f32,
    /// Of h before training.
    pub untrained: f32,
    /// Of raw pixels.
    pub pixels: f32,
    /// The share of the largest class.
    pub chance: f32,
    /// h less untrained.
    pub gain: Gain,
    /// h less raw pixels.
    pub over_pixels: Gain,
}

/// The second statement: did it learn?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Learned {
    /// Whether anything was learned.
    pub state: LearnedState,
    /// The numbers behind it; null if nothing can be scored.
    pub scores: Option<Comparison>,
    /// The statement.
    pub sentence: String,
}

/// Why images cannot be scored, if they cannot: the class of each, empty without labels.
pub fn unscored(classes: &[u16]) -> Option<&'static str> {
    let mut counts = std::collections::HashMap::new();
    for class in classes {
        *counts.entry(class).or_insert(0_usize) += 1;
    }
    if classes.is_empty() {
        Some(
            "These images have no labels, so nothing can be scored. Look at the nearest neighbours \
             of some images, at the pairs of views and at their alignment: like should be near like.",
        )
    } else if counts.len() == 1 {
        Some(
            "All images have one label, so nothing can be scored: put each kind in a folder of its \
             own. Look at the nearest neighbours meanwhile.",
        )
    } else if counts.values().all(|count| *count == 1) {
        Some(
            "No two images have the same label, so nothing can be scored: put images of a kind in \
             one folder. Look at the nearest neighbours meanwhile.",
        )
    } else if classes.len() < IMAGES {
        Some(
            "Too few images to score: with 20 or more their labels say something. Look at the \
             nearest neighbours meanwhile.",
        )
    } else {
        None
    }
}

/// What must be remembered of a run to judge it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LearnedJudge {
    held: Held<LearnedState>,
}

impl LearnedJudge {
    /// Judges a look; to be called in their order. While a run goes on a state must hold before it
    /// is named, and once its numbers no longer say so it is not: nothing is better for a moment. The
    /// last look of a run is judged alone.
    pub fn look(&mut self, at: Moment, scores: Result<Comparison, &str>) -> Learned {
        let scores = match scores {
            Ok(scores) => scores,
            Err(reason) => {
                return Learned {
                    state: LearnedState::Unscored,
                    scores: None,
                    sentence: reason.into(),
                };
            }
        };
        let tell = |state, sentence| Learned {
            state,
            scores: Some(scores),
            sentence,
        };
        if let Some(reason) = at.too_early() {
            let sentence = format!("{reason}: {}.", accuracies(&scores));
            return tell(LearnedState::Early, sentence);
        }
        let state = judge(&scores);
        self.held.look(at, state);
        let named = self.held.named().map(|(state, _)| state);
        if at.is_last() || named == Some(state) {
            return tell(state, sentence(state, &scores));
        }
        let gain = signed(scores.gain);
        let open = format!(
            "Not settled yet: {gain} points against the untrained network ({}).",
            accuracies(&scores)
        );
        tell(LearnedState::Early, open)
    }
}

/// What the numbers say.
fn judge(scores: &Comparison) -> LearnedState {
    let below_pixels = scores.over_pixels.reversed().is_clear();
    match (scores.gain, below_pixels) {
        (gain, false) if gain.is_clear() => LearnedState::Better,
        (gain, true) if gain.is_clear() => LearnedState::BelowPixels,
        (gain, _) if gain.reversed().is_clear() => LearnedState::Worse,
        _ => LearnedState::Same,
    }
}

fn sentence(state: LearnedState, scores: &Comparison) -> String {
    let gain = scores.gain;
    let all = accuracies(scores);
    let against = match state {
        LearnedState::Better | LearnedState::BelowPixels => {
            format!(
                "Better by {} points than the untrained network",
                points(gain)
            )
        }
        LearnedState::Worse => format!(
            "Worse than the untrained network by {} points",
            points(gain.reversed())
        ),
        _ => format!(
            "No better than the untrained network: {} points",
            signed(gain)
        ),
    };
    let below = scores.over_pixels.reversed();
    let pixels = if below.is_clear() {
        format!(
            " It is worse than raw pixels by {}: colour or position says more here than what was \
             learned.",
            points(below)
        )
    } else {
        String::new()
    };
    format!("{against} ({all}).{pixels}")
}

fn accuracies(scores: &Comparison) -> String {
    let [h, untrained, pixels, chance] =
        [scores.h, scores.untrained, scores.pixels, scores.chance].map(|x| 100.0 * x);
    format!(
        "kNN of h {h:.0} %, untrained {untrained:.0} %, raw pixels {pixels:.0} %, chance {chance:.0} %"
    )
}

fn points(gain: Gain) -> String {
    format!("{:.1} ± {:.1}", 100.0 * gain.value, 100.0 * gain.error)
}

fn signed(gain: Gain) -> String {
    format!("{:+.1} ± {:.1}", 100.0 * gain.value, 100.0 * gain.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use LearnedState::{BelowPixels, Better, Early, Same, Unscored, Worse};

    /// kNN of h in per cent; untrained has 50, pixels as many as said, each difference an error of 2.
    fn scores(h: f32, pixels: f32) -> Comparison {
        let gain = |other: f32| Gain {
            value: (h - other) / 100.0,
            error: 0.02,
        };
        Comparison {
            h: h / 100.0,
            untrained: 0.5,
            pixels: pixels / 100.0,
            chance: 0.25,
            gain: gain(50.0),
            over_pixels: gain(pixels),
        }
    }

    #[test]
    fn the_numbers_decide() {
        for (h, pixels, state) in [
            (58.0, 40.0, Better),
            (58.0, 61.0, Better),
            (58.0, 70.0, BelowPixels),
            (53.0, 40.0, Same),
            (53.0, 70.0, Same),
            (45.0, 40.0, Worse),
        ] {
            assert_eq!(judge(&scores(h, pixels)), state, "{h} beside {pixels}");
        }
    }

    #[test]
    fn a_statement_has_its_numbers() {
        let last = Moment {
            step: 40,
            total: 40,
            warmup: 0,
        };
        let say = |h, pixels| {
            LearnedJudge::default()
                .look(last, Ok(scores(h, pixels)))
                .sentence
        };
        assert_eq!(
            say(58.0, 55.0),
            "Better by 8.0 ± 2.0 points than the untrained network (kNN of h 58 %, untrained 50 %, \
             raw pixels 55 %, chance 25 %)."
        );
        assert_eq!(
            say(51.0, 70.0),
            "No better than the untrained network: +1.0 ± 2.0 points (kNN of h 51 %, untrained \
             50 %, raw pixels 70 %, chance 25 %). It is worse than raw pixels by 19.0 ± 2.0: colour \
             or position says more here than what was learned."
        );
        assert!(say(45.0, 20.0).starts_with("Worse than the untrained network by 5.0 ± 2.0"));
    }

    /// The states on a run of 200 steps with a look every ten.
    fn course(h: &[f32]) -> Vec<LearnedState> {
        let mut judge = LearnedJudge::default();
        let looks = h.iter().enumerate().map(|(i, h)| {
            let at = Moment {
                step: 10 * i,
                total: 200,
                warmup: 10,
            };
            judge.look(at, Ok(scores(*h, 40.0))).state
        });
        looks.collect()
    }

    #[test]
    fn a_gain_is_named_once_it_has_held_and_no_longer_than_it_lasts() {
        assert_eq!(
            course(&[50.0, 90.0, 60.0, 60.0, 60.0, 60.0, 51.0, 60.0]),
            [Early, Early, Early, Early, Better, Better, Early, Better]
        );
    }

    #[test]
    fn a_run_too_short_to_learn_is_not_judged() {
        let at = Moment {
            step: 8,
            total: 8,
            warmup: 0,
        };
        let said = LearnedJudge::default().look(at, Ok(scores(90.0, 40.0)));
        assert_eq!(said.state, Early);
        let reason = "Too short a run to judge: 8 steps, not 20: kNN of h 90 %";
        assert!(said.sentence.starts_with(reason), "{}", said.sentence);
    }

    #[test]
    fn what_cannot_be_scored_says_why() {
        for (classes, part) in [
            (vec![], "no labels"),
            (vec![3; 40], "one label"),
            ((0..40).collect(), "No two"),
            (vec![0, 0, 1, 1], "Too few"),
        ] {
            let reason = unscored(&classes).expect("it cannot");
            assert!(reason.contains(part), "{reason}");
            let said = LearnedJudge::default().look(
                Moment {
                    step: 40,
                    total: 40,
                    warmup: 0,
                },
                Err(reason),
            );
            assert_eq!((said.state, said.scores), (Unscored, None));
        }
        assert_eq!(unscored(&[0, 1].repeat(20)), None);
    }
}
