//! How long to train, on how much at once: steps that fit into about two minutes on a CPU.

use serde_json::Value;

use crate::data;
use crate::methods;
use crate::session::pace;
use crate::settings::{Advice, Settings};

/// Milliseconds that a run takes if nothing else is said.
const TIME: f64 = 120_000.0;
/// Images of a step, where there are enough.
const BATCH: usize = 64;
/// A batch is at most one image in so many: in a larger one, the images of a step hardly change
/// from epoch to epoch.
const PART: usize = 3;
/// Channels of the encoder's first stage.
const WIDTH: usize = 16;

/// For `n` images of `size` pixels. The time is that of the default method: one that has more views
/// takes longer, not fewer steps.
pub(super) fn training(n: usize, size: usize) -> Vec<Advice> {
    let mut settings = methods::complete(Settings::default()).expect("the defaults are valid");
    settings.size = size;
    settings.encoder.width = WIDTH;
    let batch = BATCH.min(n / PART).max(2);
    settings.train.batch = batch;
    let per_epoch = data::steps_per_epoch(n, batch);
    let time_of_epoch = pace::step(&settings) * per_epoch as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count, far below the largest"
    )]
    let epochs = ((TIME / time_of_epoch).round() as usize).max(1);
    let steps = epochs * per_epoch;
    vec![
        Advice::new(
            "encoder.width",
            WIDTH,
            format!("Width {WIDTH}: narrow enough for some thousand steps in a few minutes."),
        ),
        Advice::new(
            "train.batch",
            batch,
            if batch == BATCH {
                format!("Batches of {batch}: the usual size, and at most a third of your images.")
            } else {
                format!("Batches of {batch}: a third of your images.")
            },
        ),
        Advice::new(
            "train.epochs",
            epochs,
            format!(
                "{steps} steps: about {:.0} seconds on a laptop's CPU, at this width, batch and size.",
                steps as f64 * pace::step(&settings) / 1000.0
            ),
        ),
        Advice::new(
            "train.learningRate",
            Value::Null,
            "The method's own learning rate for this batch size.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::chosen;

    /// The batch and the steps of a run on so many images.
    fn of(n: usize, size: usize) -> (usize, usize) {
        let settings = Settings::default()
            .merged(&chosen(&training(n, size)))
            .unwrap();
        let batch = settings.train.batch;
        (
            batch,
            settings.train.epochs * data::steps_per_epoch(n, batch),
        )
    }

    #[test]
    fn the_steps_fit_the_time_whatever_the_number_of_images() {
        for n in [8, 40, 300, 1000, 3000, 20_000] {
            let (batch, steps) = of(n, 32);
            assert!(batch <= (n / 3).max(2), "{n} images in batches of {batch}");
            let mut settings = methods::complete(Settings::default()).unwrap();
            settings.train.batch = batch;
            let minutes = steps as f64 * pace::step(&settings) / 60_000.0;
            assert!((1.7..2.3).contains(&minutes), "{n}: {minutes}");
        }
    }

    #[test]
    fn larger_images_have_fewer_steps() {
        assert!(of(1000, 64).1 * 3 < of(1000, 32).1);
    }
}
