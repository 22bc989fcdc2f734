//! How often a training step asks for memory, and for how much, and how much new images take:
//! counted, for times say little in CI. In a program of its own, because the count is of the whole
//! process.

use std::alloc::System;
use std::sync::Mutex;

use burn::prelude::*;
use pollster::block_on;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use twoviews::data::Collection;
use twoviews::methods::{METHODS, Setup};
use twoviews::network::encoder::EncoderConfig;
use twoviews::protocol::{Command, Event};
use twoviews::rng::{Purpose, Rng};
use twoviews::session::Session;
use twoviews::settings::TrainSettings;
use twoviews::training::learner::Rates;
use twoviews::training::method::StepInfo;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time, for all are counted.
static COUNTED: Mutex<()> = Mutex::new(());

/// Calls, and bytes, of a `SimCLR` step on 64 views of 32 pixels, at width 8: what they were when
/// this was set, with a tenth to spare.
const CALLS: usize = 3_000;
const BYTES: usize = 23_000_000;
/// Bytes of a step on 2,048 views of 8 pixels, at width 1: seven matrices of 2,048 x 2,048, which
/// compare every view with every other, and little else. A mask of that size would be one more.
const BYTES_OF_MANY: usize = 125_000_000;
/// Bytes that may stay.
const KEPT: usize = 100_000;

/// What the third step on two views of `images` images asks for.
fn third_step(images: usize, side: usize, width: usize) -> Stats {
    let device = Device::flex();
    let entry = METHODS
        .iter()
        .find(|entry| entry.card.id == "simclr")
        .expect("a method");
    let knobs = entry.complete(&serde_json::Map::new()).expect("defaults");
    let mut learner = entry.start(Setup {
        knobs: &knobs,
        encoder: EncoderConfig { width, norm: true },
        train: &TrainSettings::default(),
        seed: 1,
        device: &device.clone().autodiff(),
    });
    let mut rng = Rng::keyed(1, Purpose::Test, &[]);
    let shape = [images, 3, side, side];
    let views = [(); 2].map(|()| {
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| rng.uniform(0.0, 1.0))
            .collect();
        Tensor::<4>::from_data(TensorData::new(values, shape), &device)
    });
    let mut step = |step| {
        let rates = Rates {
            now: 1e-3,
            peak: 1e-3,
        };
        let at = StepInfo {
            seed: 1,
            step,
            total: 100,
        };
        learner.step(&views, rates, at)
    };
    step(0);
    step(1);
    let region = Region::new(ALLOCATOR);
    drop(step(2));
    region.change()
}

/// One test, because the count is of the whole process.
#[test]
fn a_step_asks_for_little_memory_and_gives_it_back() {
    let _counted = COUNTED.lock();
    let change = third_step(32, 32, 8);
    let calls = change.allocations + change.reallocations;
    let (bytes, back) = (change.bytes_allocated, change.bytes_deallocated);
    println!("{calls} calls for {bytes} bytes, of which {back} came back");
    assert!(calls > 100, "{calls} calls: nothing was counted");
    assert!(calls < CALLS, "{calls} calls");
    assert!(bytes < BYTES, "{bytes} bytes");
    assert!(
        back + KEPT > bytes,
        "{} bytes did not come back",
        bytes - back
    );

    let bytes = third_step(1024, 8, 1).bytes_allocated;
    println!("{bytes} bytes for a large batch");
    assert!(bytes < BYTES_OF_MANY, "{bytes} bytes for a large batch");
}

/// Pixels of 96 x 96 images are what fills a browser's memory. The first are taken over as they are, others
/// are copied behind them; the session and the event share them. What the page gets is copied by the browser's
/// worker.
#[test]
fn images_are_copied_once_at_most() {
    // Many more than are looked at for what suits them, which is 256 at most.
    const COUNT: usize = 2000;
    const AREA: usize = 96 * 96 * 3;
    let _counted = COUNTED.lock();
    let mut session = Session::new(|| 0.0);
    let files = |value: u8| Collection {
        size: 96,
        names: (0..COUNT).map(|at| format!("{value}/{at}.png")).collect(),
        pixels: vec![value; COUNT * AREA].into(),
        ..Collection::default()
    };
    while session.event().is_some() {}
    for batch in 1..4 {
        let add = Command::AddImages(files(batch));
        let region = Region::new(ALLOCATOR);
        block_on(session.apply(add));
        let bytes = region.change().bytes_allocated;
        let mut loaded = None;
        while let Some(event) = session.event() {
            loaded = Some(event);
        }
        let Some(Event::Loaded { images, .. }) = loaded else {
            panic!("{loaded:?}");
        };
        assert_eq!(images.pixels.len(), usize::from(batch) * COUNT * AREA);
        println!("{bytes} bytes for {} of pixels", COUNT * AREA);
        // Names, labels and the event.
        let spare = COUNT * AREA / 10;
        let copied = if batch == 1 { 0 } else { COUNT * AREA };
        assert!(bytes < copied + spare, "{bytes} bytes, batch {batch}");
    }
}
