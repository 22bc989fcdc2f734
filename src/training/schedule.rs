//! The learning rate over a run: a linear rise, then half a cosine down (Loshchilov, Hutter 2017, arXiv:1608.03983).

use crate::settings::card::Published;
use crate::settings::{OptimizerKind, TrainSettings};

/// The learning rate of step `step`, counted from 0, of `total`.
///
/// It is 0 at step 0, `peak` at step `warmup`, and would be `last * peak` at step `total`. So the
/// first step of a run with a warm-up moves nothing, as with `SimCLR` and `VICReg`.
pub fn rate(step: usize, total: usize, warmup: usize, peak: f32, last: f32) -> f32 {
    if step < warmup {
        return peak * step as f32 / warmup as f32;
    }
    let down = total.saturating_sub(warmup).max(1);
    let done = (step - warmup).min(down) as f32 / down as f32;
    let high = 0.5 * (1.0 + (std::f32::consts::PI * done).cos());
    peak * (high + last * (1.0 - high))
}

/// How many of `total` steps the learning rate rises.
pub fn warmup_steps(train: &TrainSettings, total: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a count"
    )]
    let steps = (f64::from(train.warmup) * total as f64).round() as usize;
    steps
}

/// The peak learning rate, where the settings leave it open.
///
/// - Adam, `AdamW`: 1e-3 at any batch size, for Adam's steps do not grow with the batch.
/// - LARS: the paper's if it used LARS, else `SimCLR`'s 0.3 for 256 images; linear in the batch.
/// - SGD: likewise, at most at 256 images.
pub fn default_rate(train: &TrainSettings, published: &Published) -> f32 {
    let of = |batch| {
        if published.optimizer == train.optimizer {
            published.rate_at(batch)
        } else {
            0.3 * batch as f32 / 256.0
        }
    };
    match train.optimizer {
        OptimizerKind::Adam | OptimizerKind::AdamW => 1e-3,
        OptimizerKind::Lars => of(train.batch),
        OptimizerKind::Sgd => of(train.batch.min(256)),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    #[test]
    fn it_rises_then_falls() {
        let rate = |step| rate(step, 14, 4, 2.0, 0.5);
        assert_eq!([rate(0), rate(1), rate(4)], [0.0, 0.5, 2.0]);
        assert!((rate(9) - 1.5).abs() < 1e-6);
        assert_eq!([rate(14), rate(20)], [1.0, 1.0]);
    }

    #[test]
    fn a_run_may_have_no_warm_up_or_nothing_else() {
        assert_eq!(rate(0, 10, 0, 2.0, 0.0), 2.0);
        assert_eq!(rate(5, 10, 10, 2.0, 0.0), 1.0);
        assert_eq!(rate(0, 0, 0, 2.0, 0.0), 2.0);
    }

    #[test]
    fn warm_up_is_a_part_of_the_run() {
        let train = TrainSettings {
            warmup: 0.05,
            ..TrainSettings::default()
        };
        assert_eq!(warmup_steps(&train, 600), 30);
    }

    #[test]
    fn sgd_and_lars_follow_the_batch() {
        let published = Published {
            latent: 128,
            batch: 4096,
            optimizer: OptimizerKind::Lars,
            rate: 3.2,
            weight_decay: 1e-6,
            epochs: 100,
            schedule: "cosine",
        };
        let of = |optimizer, batch| {
            let train = TrainSettings {
                batch,
                optimizer,
                ..TrainSettings::default()
            };
            default_rate(&train, &published)
        };
        assert_eq!(of(OptimizerKind::AdamW, 64), 1e-3);
        assert_eq!(of(OptimizerKind::Lars, 512), 0.4);
        assert_eq!(of(OptimizerKind::Sgd, 128), 0.15);
        assert_eq!(of(OptimizerKind::Sgd, 1024), 0.3);
    }
}
