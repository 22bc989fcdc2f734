//! What views must be, whatever is drawn.

use burn::prelude::*;
use twoviews::data::augment::{self, ColorOp, Filter, ImageParams, Params, Window};
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::{Augment, Blur, Crop, Flip, Grey, Jitter, Solarise};

const SIDE: usize = 20;

/// Every step always happens, or never does.
fn certain(probability: f32) -> Augment {
    Augment {
        crop: Crop {
            probability,
            ..Crop::default()
        },
        flip: Flip { probability },
        jitter: Jitter {
            probability,
            ..Jitter::default()
        },
        grey: Grey { probability },
        blur: Blur {
            probability,
            ..Blur::default()
        },
        solarise: Solarise {
            probability,
            ..Solarise::default()
        },
    }
}

/// Random pixels: `[n, 3, side, side]`.
fn images(n: usize, side: usize) -> Tensor<4> {
    let mut rng = Rng::keyed(3, Purpose::Test, &[]);
    let pixels: Vec<f32> = (0..n * 3 * side * side)
        .map(|_| rng.uniform(0.0, 1.0))
        .collect();
    Tensor::from_data(TensorData::new(pixels, [n, 3, side, side]), &Device::flex())
}

fn pixels(images: Tensor<4>) -> Vec<f32> {
    images.into_data().iter().collect()
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn one(params: ImageParams) -> Params {
    Params {
        order: ColorOp::ALL,
        images: vec![params],
    }
}

#[test]
fn probability_zero_leaves_every_image_as_it_is() {
    let numbers: Vec<usize> = (0..50).collect();
    let params = augment::draw(&certain(0.0), SIDE, &numbers, 1, 2, 0);
    assert!(
        params
            .images
            .iter()
            .all(|p| *p == ImageParams::neutral(SIDE))
    );
    let before = images(50, SIDE);
    assert_eq!(
        pixels(augment::apply(before.clone(), &params, SIDE)),
        pixels(before)
    );
}

#[test]
fn a_neutral_view_of_another_size_is_the_resized_image() {
    let image = images(1, SIDE);
    let view = augment::apply(image.clone(), &one(ImageParams::neutral(SIDE)), 12);
    let whole = (Window::whole(SIDE, SIDE), false);
    let resized = augment::resize(image, &[whole], [12, 12], Filter::Bilinear);
    assert_eq!(pixels(view), pixels(resized));
}

#[test]
fn probability_one_changes_every_image_in_every_way() {
    let numbers: Vec<usize> = (0..50).collect();
    let params = augment::draw(&certain(1.0), SIDE, &numbers, 1, 2, 0);
    for p in &params.images {
        assert!(p.flip && p.grey && p.blur.is_some() && p.solarise.is_some());
        assert!(p.brightness != 1.0 && p.contrast != 1.0 && p.saturation != 1.0 && p.hue != 0.0);
    }
    let cut = params
        .images
        .iter()
        .filter(|p| p.crop != Window::whole(SIDE, SIDE));
    assert!(cut.count() > 40);
}

#[test]
fn what_is_drawn_lies_in_the_range_of_the_settings() {
    let augment = certain(1.0);
    let params = augment::draw(&augment, SIDE, &[0; 1], 1, 2, 0);
    assert_eq!(params.images.len(), 1);
    for step in 0..200 {
        let p = augment::draw(&augment, SIDE, &[7], 1, step, 0).images[0];
        for factor in [p.brightness, p.contrast, p.saturation] {
            assert!((0.6..=1.4).contains(&factor));
        }
        assert!((-0.1..=0.1).contains(&p.hue));
        assert!((0.1..=2.0).contains(&p.blur.expect("always")));
        // Half a pixel of rounding on each side of the window.
        let area = (p.crop.height * p.crop.width) as f32 / (SIDE * SIDE) as f32;
        assert!((0.15..=1.0).contains(&area), "{:?}", p.crop);
        assert!(p.crop.top + p.crop.height <= SIDE && p.crop.left + p.crop.width <= SIDE);
    }
}

#[test]
fn draws_depend_on_seed_step_image_and_view_alone() {
    let augment = Augment::default();
    let draw = |image, seed, step, view| {
        augment::draw(&augment, SIDE, &[image], seed, step, view).images[0]
    };
    let first = draw(5, 1, 2, 0);
    assert_eq!(first, draw(5, 1, 2, 0));
    assert_eq!(
        first,
        augment::draw(&augment, SIDE, &[9, 5], 1, 2, 0).images[1]
    );
    for other in [
        draw(6, 1, 2, 0),
        draw(5, 2, 2, 0),
        draw(5, 1, 3, 0),
        draw(5, 1, 2, 1),
    ] {
        assert_ne!(first, other);
    }
}

#[test]
fn one_setting_leaves_the_draws_of_the_others_alone() {
    let base = Augment::default();
    let narrow = Crop {
        min_area: 0.9,
        ..base.crop
    };
    let grey = Augment {
        crop: narrow,
        grey: Grey { probability: 1.0 },
        ..base
    };
    for image in 0..20 {
        let a = augment::draw(&base, SIDE, &[image], 1, 2, 0).images[0];
        let b = augment::draw(&grey, SIDE, &[image], 1, 2, 0).images[0];
        assert_eq!((a.flip, a.brightness, a.hue), (b.flip, b.brightness, b.hue));
    }
}

#[test]
fn the_jitter_meets_every_order() {
    let order = |step| augment::draw(&Augment::default(), SIDE, &[], 1, step, 0).order;
    let mut seen: Vec<[ColorOp; 4]> = (0..400).map(order).collect();
    seen.sort_by_key(|order| format!("{order:?}"));
    seen.dedup();
    assert_eq!(seen.len(), 24);
}

#[test]
fn a_view_does_not_depend_on_its_batch_mates() {
    let numbers: Vec<usize> = (0..12).collect();
    let augment = Augment {
        blur: Blur {
            probability: 0.5,
            ..Blur::default()
        },
        ..certain(0.5)
    };
    let batch = images(12, SIDE);
    let params = augment::draw(&augment, SIDE, &numbers, 4, 0, 1);
    let together = augment::apply(batch.clone(), &params, 16);
    for i in 0..12 {
        let alone = Params {
            order: params.order,
            images: vec![params.images[i]],
        };
        let view = augment::apply(batch.clone().narrow(0, i, 1), &alone, 16);
        let off = furthest(&pixels(view), &pixels(together.clone().narrow(0, i, 1)));
        assert!(off < 2e-6, "image {i}: off by {off}");
    }
}

#[test]
fn values_stay_in_zero_to_one() {
    let numbers: Vec<usize> = (0..64).collect();
    let strong = Jitter {
        probability: 1.0,
        brightness: 1.0,
        contrast: 1.0,
        saturation: 1.0,
        hue: 0.5,
    };
    let augment = Augment {
        jitter: strong,
        ..certain(0.5)
    };
    for step in 0..5 {
        let params = augment::draw(&augment, SIDE, &numbers, 4, step, 0);
        for value in pixels(augment::apply(images(64, SIDE), &params, SIDE)) {
            assert!((-1e-6..=1.0 + 1e-6).contains(&value), "{value}");
        }
    }
}

#[test]
fn two_flips_are_none() {
    let flip = one(ImageParams {
        flip: true,
        ..ImageParams::neutral(SIDE)
    });
    let image = images(1, SIDE);
    let flipped = augment::apply(image.clone(), &flip, SIDE);
    assert_ne!(pixels(flipped.clone()), pixels(image.clone()));
    assert_eq!(pixels(augment::apply(flipped, &flip, SIDE)), pixels(image));
}

#[test]
fn a_whole_turn_of_the_hue_in_six_steps_returns() {
    let turn = one(ImageParams {
        hue: 1.0 / 6.0,
        ..ImageParams::neutral(SIDE)
    });
    let image = images(1, SIDE);
    let turned = (0..6).fold(image.clone(), |view, _| augment::apply(view, &turn, SIDE));
    assert!(furthest(&pixels(turned), &pixels(image)) < 1e-5);
}
