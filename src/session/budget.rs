//! How often to look: as the time that training took allows.

/// Looking takes this part of the time that training takes, by and by. With the last look, which is
/// paid for after it, it is to be no more than a tenth.
const SHARE: f64 = 0.09;
/// The first look also finds what later ones are compared with. It is paid for over so many
/// milliseconds of training: a map that stood still until then would seem dead.
const LOAN: f64 = 40_000.0;

/// Milliseconds spent on training and on looking.
#[derive(Debug, Default)]
pub(super) struct Budget {
    trained: f64,
    looked: f64,
    lent: f64,
}

impl Budget {
    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.trained += milliseconds;
    }

    /// Of the `first` look all is lent.
    pub(super) fn looked(&mut self, milliseconds: f64, first: bool) {
        self.looked += milliseconds;
        if first {
            self.lent = self.looked;
        }
    }

    /// Whether training has paid for all looks so far.
    pub(super) fn allows(&self) -> bool {
        let lent = self.lent * (1.0 - self.trained / LOAN).max(0.0);
        self.looked <= self.trained * SHARE + lent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of training at which looks were made, and how long all of them took. A first
    /// look, a step and a look take so many milliseconds.
    fn looks(first: f64, step: f64, look: f64, train: f64) -> (Vec<f64>, f64) {
        let mut budget = Budget::default();
        budget.looked(first, true);
        let mut moments = Vec::new();
        while budget.trained < train {
            budget.trained(step);
            if budget.allows() {
                moments.push(budget.trained);
                budget.looked(look, false);
            }
        }
        (moments, budget.looked)
    }

    #[test]
    fn looking_takes_no_more_than_a_tenth_of_the_time_of_training() {
        for (first, step, look, train) in [
            (350.0, 60.0, 160.0, 40e3),
            (5e3, 900.0, 2e3, 400e3),
            (40.0, 3.0, 20.0, 40e3),
        ] {
            let (_, looked) = looks(first, step, look, train);
            assert!(looked <= 0.1 * train, "{looked} of {train}");
            assert!(looked + look >= 0.09 * train, "{looked} of {train}");
        }
    }

    /// On the first visit a step takes 60 ms and a look 160: the map moves at once, and goes on.
    #[test]
    fn the_map_moves_from_the_first_second_on() {
        let (moments, _) = looks(350.0, 60.0, 160.0, 8e3);
        assert!(moments[0] < 500.0, "{moments:?}");
        assert!(moments.len() >= 5, "{moments:?}");
        let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.fold(0.0, f64::max) < 2.1e3, "{moments:?}");
    }
}
