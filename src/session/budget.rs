//! How often the network may be looked at while it trains, and at how many images: as the time spent
//! on training allows.
//!
//! A whole look takes all images of the sample: map, readings, verdict. Where it takes so long that
//! training pays for one only every ten seconds, live looks come between: the map of fewer images.

/// Looks take this part of the time that training takes, in the long run. With the last one, which is
/// paid for after it, it is to be no more than a tenth.
const SHARE: f64 = 0.09;
/// The first look also finds what later ones are compared with. It is paid for over so many
/// milliseconds of training: a map that stood still until then would seem dead.
const LOAN: f64 = 200_000.0;
/// Live looks are to take about this part, and never more than half as much again: the rest is for whole
/// ones.
const LIVE: f64 = 0.04;
/// Milliseconds of training after which the map is old. Nobody shall see one that is older than 3
/// seconds: the rest is for the look itself and for what else comes between steps.
const OLD: f64 = 2_500.0;
/// Images of a live look, at least: of fewer, two components say little.
const FEWEST: usize = 16;
/// Part of the past that the time of an image keeps, from batch to batch.
const KEPT: f64 = 0.8;

/// A look that training has paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The map of so many images.
    Live(usize),
    /// All there is to see; first the map of so many images, if there is to be one before.
    Whole(Option<usize>),
}

/// Milliseconds spent on training and on looking at it.
#[derive(Debug, Default)]
pub(super) struct Budget {
    trained: f64,
    looked: f64,
    lent: f64,
    /// Of the last step.
    step: f64,
    /// Of one image in a pass, about; none before the first batch.
    image: Option<f64>,
    /// Of the last live look, and of the last whole one.
    live: f64,
    whole: f64,
    /// Trained by the time the map was drawn last.
    drawn: f64,
}

impl Budget {
    /// A step took so long.
    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.trained += milliseconds;
        self.step = milliseconds;
    }

    /// A batch of so many images took so long.
    pub(super) fn embedded(&mut self, milliseconds: f64, images: usize) {
        let now = milliseconds / images.max(1) as f64;
        let image = self
            .image
            .map_or(now, |then| KEPT * then + (1.0 - KEPT) * now);
        self.image = Some(image);
    }

    /// A part of a look took so long. All that the `first` one takes is lent.
    pub(super) fn looked(&mut self, milliseconds: f64, first: bool) {
        self.looked += milliseconds;
        if first {
            self.lent = self.looked;
        }
    }

    /// The map has been drawn.
    pub(super) fn drew(&mut self) {
        self.drawn = self.trained;
    }

    /// A look is over that took so long, whether or not training waited for it.
    pub(super) fn ended(&mut self, look: Look, milliseconds: f64) {
        match look {
            Look::Live(_) => self.live = milliseconds,
            Look::Whole(_) => self.whole = milliseconds,
        }
    }

    /// The look that training has paid for, at images of a sample of `n`.
    pub(super) fn due(&self, n: usize) -> Option<Look> {
        let age = self.trained - self.drawn;
        let lent = self.lent * (1.0 - self.trained / LOAN).max(0.0);
        if self.looked <= self.trained * SHARE + lent {
            let first = age + self.whole > OLD;
            return Some(Look::Whole(
                first.then(|| self.live_images(n)).filter(|live| *live < n),
            ));
        }
        // With one step more it would be too old.
        let old = age > 0.0 && age + self.step > OLD && 1.5 * LIVE * age >= self.live;
        old.then(|| Look::Live(self.live_images(n)))
    }

    /// As many images as live looks can pay for: a power of two, so that few numbers occur.
    fn live_images(&self, n: usize) -> usize {
        let image = self.image.unwrap_or(OLD);
        let mut images = FEWEST;
        while images < n && 2.0 * images as f64 * image <= LIVE * OLD {
            images *= 2;
        }
        images.min(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a machine takes, in milliseconds.
    #[derive(Debug, Clone, Copy)]
    struct Machine {
        /// The first look, with what later ones are compared with.
        first: f64,
        step: f64,
        /// One image in a pass.
        image: f64,
        /// Readings of a whole look.
        readings: f64,
    }

    /// The first visit: drawn shapes.
    const SHAPES: Machine = Machine {
        first: 350.0,
        step: 60.0,
        image: 0.23,
        readings: 40.0,
    };
    /// 500 photos of 64 pixels, on two cores that have other work too.
    const PHOTOS: Machine = Machine {
        first: 5e3,
        step: 900.0,
        image: 3.2,
        readings: 400.0,
    };
    const FAST: Machine = Machine {
        first: 40.0,
        step: 3.0,
        image: 0.02,
        readings: 10.0,
    };
    /// So slow that it must live with older points.
    const SLOW: Machine = Machine {
        first: 9e3,
        step: 3e3,
        image: 16.0,
        readings: 1e3,
    };
    const MACHINES: [Machine; 3] = [SHAPES, PHOTOS, FAST];
    /// Images of a whole look.
    const IMAGES: usize = 512;

    /// What was seen of a run.
    #[derive(Default)]
    struct Seen {
        /// Milliseconds since the start at which a map was drawn.
        maps: Vec<f64>,
        /// The same in time of training.
        trained: Vec<f64>,
        /// Milliseconds since the start at which a whole look ended.
        whole: Vec<f64>,
        /// How many images were live.
        live: Vec<usize>,
        /// How long all looks took.
        looked: f64,
    }

    /// Trains for so long.
    fn run(machine: Machine, train: f64) -> Seen {
        let mut budget = Budget::default();
        budget.embedded(64.0 * machine.image, 64);
        budget.looked(machine.first, true);
        budget.drew();
        budget.ended(Look::Whole(None), machine.first);
        let mut seen = Seen::default();
        let mut now = 0.0;
        while budget.trained < train {
            budget.trained(machine.step);
            now += machine.step;
            let Some(look) = budget.due(IMAGES) else {
                continue;
            };
            let (first, all) = match look {
                Look::Live(images) => (Some(images), None),
                Look::Whole(first) => (first, Some(IMAGES - first.unwrap_or(0))),
            };
            let before = budget.looked;
            for images in first.into_iter().chain(all) {
                let took = images as f64 * machine.image;
                budget.looked(took, false);
                budget.embedded(took, images);
                budget.drew();
                now += took;
                seen.maps.push(now);
                seen.trained.push(budget.trained);
            }
            seen.live.extend(first);
            if all.is_some() {
                budget.looked(machine.readings, false);
                now += machine.readings;
                seen.whole.push(now);
            }
            budget.ended(look, budget.looked - before);
            let again = budget.due(IMAGES);
            assert!(
                !matches!(again, Some(Look::Live(_))),
                "at one step: {again:?}"
            );
        }
        seen.looked = budget.looked;
        seen
    }

    fn longest_gap(moments: &[f64]) -> f64 {
        let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.fold(moments[0], f64::max)
    }

    #[test]
    fn looking_takes_no_more_than_a_tenth_of_the_time_of_training() {
        for machine in MACHINES.into_iter().chain([SLOW]) {
            let train = 6000.0 * machine.image + 400e3;
            let Seen { looked, .. } = run(machine, train);
            let whole = IMAGES as f64 * machine.image + machine.readings;
            assert!(looked <= 0.1 * train, "{looked} of {train}: {machine:?}");
            assert!(
                looked + whole >= 0.09 * train,
                "{looked} of {train}: {machine:?}"
            );
        }
    }

    /// On the first visit a step takes 60 ms and a look 160: the map moves at once, and goes on.
    #[test]
    fn the_map_moves_from_the_first_second_on() {
        let Seen { trained, .. } = run(SHAPES, 8e3);
        assert!(trained[0] < 500.0, "{trained:?}");
        assert!(trained.len() >= 5, "{trained:?}");
        assert!(longest_gap(&trained) < 2.1e3, "{trained:?}");
    }

    #[test]
    fn live_points_are_never_older_than_three_seconds() {
        for machine in MACHINES {
            // Faster and slower, up to steps of a second.
            for slower in [0.3, 0.5, 0.7, 1.0, 1.2, 1.5] {
                let machine = Machine {
                    step: (machine.step * slower).min(1e3),
                    image: machine.image * slower,
                    ..machine
                };
                let Seen { maps, .. } = run(machine, 200e3);
                let gap = longest_gap(&maps);
                assert!(gap < 3e3, "{gap}: {machine:?}");
            }
        }
    }

    #[test]
    fn whole_looks_go_on_beside_live_ones_and_are_all_there_is_where_they_are_cheap() {
        let Seen { whole, live, .. } = run(PHOTOS, 400e3);
        let gap = longest_gap(&whole);
        assert!(gap < 70e3, "{whole:?}");
        assert!(live.iter().all(|images| *images == 16), "{live:?}");
        for machine in [SHAPES, FAST] {
            let Seen { live, .. } = run(machine, 100e3);
            assert!(live.is_empty(), "{live:?}");
        }
    }
}
