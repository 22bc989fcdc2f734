//! How often the monitor may embed: as the time spent on training allows.

/// Monitoring takes this part of the time that training takes, in the long run. With the last pass,
/// which is paid for after it, it is to be no more than a tenth.
const SHARE: f64 = 0.09;
/// The first pass also finds what later ones are compared with. It is paid for over so many
/// milliseconds of training: a map that stood still until then would seem dead.
const LOAN: f64 = 40_000.0;

/// Milliseconds spent on training and on monitoring it.
#[derive(Debug, Default)]
pub(super) struct Budget {
    trained: f64,
    monitored: f64,
    lent: f64,
}

impl Budget {
    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.trained += milliseconds;
    }

    /// All that the `first` pass takes is lent.
    pub(super) fn monitored(&mut self, milliseconds: f64, first: bool) {
        self.monitored += milliseconds;
        if first {
            self.lent = self.monitored;
        }
    }

    /// Whether training has paid for all passes so far.
    pub(super) fn allows(&self) -> bool {
        let lent = self.lent * (1.0 - self.trained / LOAN).max(0.0);
        self.monitored <= self.trained * SHARE + lent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of training at which passes were made, and how long all of them took. A first
    /// pass, a step and a pass take so many milliseconds.
    fn passes(first: f64, step: f64, pass: f64, train: f64) -> (Vec<f64>, f64) {
        let mut budget = Budget::default();
        budget.monitored(first, true);
        let mut moments = Vec::new();
        while budget.trained < train {
            budget.trained(step);
            if budget.allows() {
                moments.push(budget.trained);
                budget.monitored(pass, false);
            }
        }
        (moments, budget.monitored)
    }

    #[test]
    fn monitoring_takes_no_more_than_a_tenth_of_the_time_of_training() {
        for (first, step, pass, train) in [
            (350.0, 60.0, 160.0, 40e3),
            (5e3, 900.0, 2e3, 400e3),
            (40.0, 3.0, 20.0, 40e3),
        ] {
            let (_, monitored) = passes(first, step, pass, train);
            assert!(monitored <= 0.1 * train, "{monitored} of {train}");
            assert!(monitored + pass >= 0.09 * train, "{monitored} of {train}");
        }
    }

    /// On the first visit a step takes 60 ms and a pass 160: the map moves at once, and goes on.
    #[test]
    fn the_map_moves_from_the_first_second_on() {
        let (moments, _) = passes(350.0, 60.0, 160.0, 8e3);
        assert!(moments[0] < 500.0, "{moments:?}");
        assert!(moments.len() >= 5, "{moments:?}");
        let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.fold(0.0, f64::max) < 2.1e3, "{moments:?}");
    }
}
