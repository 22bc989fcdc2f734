//! Whether a network still tells images apart, in a sentence.

use serde::Serialize;

use super::Spread;

/// Below this spread (1 is even, 0 is one point) the mean cosine of two images is above 0.99. A
/// network that works ends near 1, one that collapses goes on to 0.
const POINT: f32 = 0.1;
/// Below this many directions in use, all images lie along one.
const LINE: f32 = 1.5;
/// A healthy z keeps most of the widest spread it had; one that has lost half of it is on its way.
/// Above `WIDE` a loss says nothing: a mean cosine up to 0.75 is common in z that works.
const HALF: f32 = 0.5;
/// See [`HALF`].
const WIDE: f32 = 0.5;

/// Whether the network still tells images apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It does.
    Healthy,
    /// It does so less and less.
    Collapsing,
    /// All images map to one point.
    Collapsed,
}

/// What must be remembered of a run to judge it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Health {
    /// The widest spread there was.
    widest: f32,
    /// The spread of the last call.
    last: f32,
    /// Since which step it has been one point or line.
    since: Option<usize>,
}

impl Health {
    /// Judges z after `step` steps; to be called in their order.
    ///
    /// A run often starts near one point. As long as it has never left it, it is collapsed only
    /// if it does not widen from call to call. Before the first step there is nothing to judge.
    pub fn judge(&mut self, step: usize, z: &Spread) -> (Verdict, String) {
        let widens = z.std > 1.02 * self.last;
        let spread_once = self.widest >= POINT;
        let point = z.std < POINT;
        let line = z.effective_rank < LINE;
        self.last = z.std;
        self.widest = self.widest.max(z.std);

        if step == 0 {
            return (Verdict::Healthy, format!("Not trained yet: {}.", cosine(z)));
        }
        if point && widens && !spread_once {
            let sentence = format!(
                "Images start close together and are moving apart: {}.",
                cosine(z)
            );
            return (Verdict::Healthy, sentence);
        }
        if point || line {
            let since = *self.since.get_or_insert(step);
            let sentence = if point {
                format!(
                    "All images map to nearly one point since step {since}: {}.",
                    cosine(z)
                )
            } else {
                format!(
                    "All images lie along one line since step {since}: {}.",
                    directions(z)
                )
            };
            return (Verdict::Collapsed, sentence);
        }
        self.since = None;
        if z.std < HALF * self.widest && z.std < WIDE {
            let sentence = format!(
                "Images are closing in on each other: their spread has fallen from {:.2} to {:.2} \
                 (1 is even, 0 is one point).",
                self.widest, z.std
            );
            return (Verdict::Collapsing, sentence);
        }
        (
            Verdict::Healthy,
            format!("Images stay apart: {}, and {}.", cosine(z), directions(z)),
        )
    }
}

fn cosine(z: &Spread) -> String {
    // As many digits as tell 0.998 from 1.
    let digits = if z.mean_cosine > 0.95 { 4 } else { 2 };
    format!(
        "two different images have a cosine of {:.digits$} on average",
        z.mean_cosine
    )
}

fn directions(z: &Spread) -> String {
    let digits = usize::from(z.effective_rank < 10.0);
    format!(
        "{:.digits$} of {} directions are in use",
        z.effective_rank, z.dims
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn z(std: f32) -> Spread {
        Spread {
            dims: 128,
            std,
            effective_rank: 60.0,
            dead: 0,
            mean_cosine: 1.0 - std * std,
        }
    }

    /// The verdicts on a course of spreads, ten steps apart, the first before training.
    fn course(spreads: &[f32]) -> Vec<Verdict> {
        let mut health = Health::default();
        let judge = |(i, std): (usize, &f32)| health.judge(10 * i, &z(*std)).0;
        spreads.iter().enumerate().map(judge).collect()
    }

    #[test]
    fn a_run_that_stays_wide_is_healthy() {
        use Verdict::Healthy;
        assert_eq!(course(&[0.8, 0.9, 0.6, 0.95]), [Healthy; 4]);
    }

    #[test]
    fn a_narrow_start_is_no_collapse_while_it_widens() {
        use Verdict::{Collapsed, Healthy};
        assert_eq!(course(&[0.03, 0.05, 0.08, 0.4, 0.9]), [Healthy; 5]);
        assert_eq!(course(&[0.03, 0.05, 0.05]), [Healthy, Healthy, Collapsed]);
        assert_eq!(course(&[0.05, 0.03]), [Healthy, Collapsed]);
    }

    #[test]
    fn a_run_that_narrows_collapses() {
        use Verdict::{Collapsed, Collapsing, Healthy};
        let verdicts = course(&[0.9, 0.8, 0.4, 0.09, 0.01, 0.05]);
        assert_eq!(
            verdicts,
            [
                Healthy, Healthy, Collapsing, Collapsed, Collapsed, Collapsed
            ]
        );
    }

    #[test]
    fn the_sentence_says_since_when() {
        let mut health = Health::default();
        health.judge(100, &z(0.9));
        health.judge(140, &z(0.05));
        let (_, sentence) = health.judge(180, &z(0.04));
        let expected = "All images map to nearly one point since step 140: two different images \
                        have a cosine of 0.9984 on average.";
        assert_eq!(sentence, expected);
        health.judge(200, &z(0.9));
        assert!(health.judge(220, &z(0.02)).1.contains("since step 220"));
    }

    #[test]
    fn one_direction_is_a_collapse_too() {
        let line = Spread {
            effective_rank: 1.2,
            ..z(0.9)
        };
        let (verdict, sentence) = Health::default().judge(7, &line);
        assert_eq!(verdict, Verdict::Collapsed);
        assert_eq!(
            sentence,
            "All images lie along one line since step 7: 1.2 of 128 directions are in use."
        );
    }
}
