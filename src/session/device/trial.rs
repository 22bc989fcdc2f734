//! Which of two devices is faster: medians of several turns, so that no single one decides.

use super::Clock;

/// Turns that are not timed: the first ones compile kernels.
const WARM_UP: usize = 2;
/// Turns that are timed, at least and at most.
const TURNS: (usize, usize) = (3, 9);
/// After so many milliseconds no further turn begins.
const LIMIT: f64 = 300.0;

/// Milliseconds that each of two takes: medians, the two in turn. None if either fails.
pub(super) async fn compare(
    mut a: impl AsyncFnMut() -> Option<()>,
    mut b: impl AsyncFnMut() -> Option<()>,
    clock: Clock,
) -> Option<[f64; 2]> {
    for _ in 0..WARM_UP {
        a().await?;
        b().await?;
    }
    let start = clock();
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..TURNS.1 {
        if turn >= TURNS.0 && clock() - start >= LIMIT {
            break;
        }
        times[0].push(timed(&mut a, clock).await?);
        times[1].push(timed(&mut b, clock).await?);
    }
    Some(times.map(median))
}

async fn timed(turn: &mut impl AsyncFnMut() -> Option<()>, clock: Clock) -> Option<f64> {
    let start = clock();
    turn().await?;
    Some(clock() - start)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use pollster::block_on;

    use super::*;

    thread_local! {
        static NOW: Cell<f64> = const { Cell::new(0.0) };
    }

    /// Two that take these milliseconds, turn after turn, the last for all later ones; a time that
    /// is no number is a failure. Returns the medians and the order of the turns.
    fn trial(times: [&[f64]; 2]) -> (Option<[f64; 2]>, String) {
        let order = RefCell::new(String::new());
        let turn = |name: char, times: &[f64]| {
            let before = order.borrow().matches(name).count();
            order.borrow_mut().push(name);
            let time = times[before.min(times.len() - 1)];
            NOW.set(NOW.get() + time);
            time.is_finite().then_some(())
        };
        let medians = block_on(compare(
            async || turn('a', times[0]),
            async || turn('b', times[1]),
            || NOW.get(),
        ));
        (medians, order.into_inner())
    }

    #[test]
    fn one_slow_turn_decides_nothing() {
        // Whichever turn it is: the machine was busy with something else.
        for slow in 0..WARM_UP + TURNS.1 {
            let mut times = [4.0; WARM_UP + TURNS.1];
            times[slow] = 60.0;
            assert_eq!(trial([&times, &[5.0]]).0, Some([4.0, 5.0]), "turn {slow}");
        }
    }

    #[test]
    fn compiling_is_not_timed() {
        assert_eq!(trial([&[900.0, 90.0, 1.0], &[2.0]]).0, Some([1.0, 2.0]));
    }

    #[test]
    fn the_two_take_turns_for_a_bounded_time() {
        assert_eq!(trial([&[1.0], &[1.0]]).1, "ab".repeat(WARM_UP + TURNS.1));
        let turns = |time: f64| trial([&[time], &[1.0]]).1.len() / 2 - WARM_UP;
        assert_eq!(turns(5000.0), TURNS.0, "a slow one has the fewest turns");
        assert_eq!(turns(70.0), 5);
    }

    #[test]
    fn who_fails_is_not_compared() {
        assert_eq!(trial([&[1.0], &[1.0, f64::NAN]]).0, None);
    }
}
