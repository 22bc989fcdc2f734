//! What a step of each method costs beside one of the first method. Prints; asserts nothing.

use std::time::Instant;

use burn::prelude::*;
use twoviews::data::augment::View;
use twoviews::methods::{METHODS, Setup};
use twoviews::network::encoder::EncoderConfig;
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::{Augment, TrainSettings};
use twoviews::training::learner::{Learner, Rates};
use twoviews::training::method::StepInfo;

const SIDE: usize = 32;
const IMAGES: usize = 64;
const ROUNDS: usize = 9;

struct Timed {
    id: &'static str,
    learner: Box<dyn Learner>,
    views: Vec<Tensor<4>>,
    milliseconds: Vec<f64>,
}

/// `cargo test -p twoviews --test twoviews speed -- --ignored --nocapture`
#[test]
#[ignore = "prints times"]
fn a_step_beside_that_of_the_first_method() {
    let device = Device::flex();
    let base = View {
        size: SIDE,
        augment: Augment::default(),
    };
    let mut all: Vec<_> = METHODS
        .iter()
        .map(|entry| {
            let knobs = entry.complete(&serde_json::Map::new()).unwrap();
            let learner = entry.start(Setup {
                knobs: &knobs,
                encoder: EncoderConfig { width: 16 },
                train: &TrainSettings::default(),
                seed: 1,
                device: &device.clone().autodiff(),
            });
            let views = entry.views(&knobs, base);
            let views = views.iter().map(|view| noise(view.size, &device));
            Timed {
                id: entry.card.id,
                learner,
                views: views.collect(),
                milliseconds: Vec::new(),
            }
        })
        .collect();
    // In turns, so that what else the machine does falls on all alike.
    for step in 0..ROUNDS {
        for timed in &mut all {
            let rates = Rates {
                now: 1e-3,
                peak: 1e-3,
            };
            let at = StepInfo {
                seed: 1,
                step,
                total: ROUNDS,
            };
            let start = Instant::now();
            let loss = timed.learner.step(&timed.views, rates, at);
            assert!(loss.total.into_scalar::<f32>().is_finite());
            timed
                .milliseconds
                .push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let first = median(&mut all[0].milliseconds);
    for timed in &mut all {
        let own = median(&mut timed.milliseconds);
        println!("{:14} {own:6.1} ms  {:.2}", timed.id, own / first);
    }
}

fn noise(size: usize, device: &Device) -> Tensor<4> {
    let mut rng = Rng::keyed(3, Purpose::Test, &[size as u64]);
    let count = IMAGES * 3 * size * size;
    let values: Vec<f32> = (0..count).map(|_| rng.uniform(0.0, 1.0)).collect();
    Tensor::from_data(TensorData::new(values, [IMAGES, 3, size, size]), device)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
