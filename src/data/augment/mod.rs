//! Images to views: parameters drawn on the host, pixels changed on the device (Chen et al. 2020,
//! arXiv:2002.05709, appendix A).
//!
//! [`views`] makes all views of a batch: [`draw`] decides what happens to each image, [`apply`] does
//! it to the whole batch at once. The steps run in one order: crop, flip, colour jitter, greyscale, blur, solarise. A step that is
//! neutral for every image of the batch is left out.
//!
//! An image's draws are keyed by seed, step, image and view, so its view does not depend on what
//! else is in the batch. One thing is shared: the order of the four jitter operations, keyed by
//! seed, step and view. Authors' code draws it for each image; over the steps an image still meets
//! every order.
//!
//! Results agree with torchvision on float images (`tests/twoviews/reference/augmentations.rs`).

use burn::prelude::*;

use crate::kernels::{Change, distort};
use crate::rng::{Purpose, Rng};
use crate::settings::Augment;

mod blur;
mod color;
mod crop;
mod patches;

pub use blur::{blur, kernel_for};
pub use color::{ColorOp, normalise};
pub use crop::{Filter, Window, resize};
pub use patches::{patches, without_colour};

/// One view of an image: how large it is and how it is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Side in pixels.
    pub size: usize,
    /// How the view is made from the image.
    pub augment: Augment,
}

/// What makes a batch of views from a batch of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// The order of the jitter, for the whole batch.
    pub order: [ColorOp; 4],
    /// What happens to each image.
    pub images: Vec<ImageParams>,
}

/// What makes one view from one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageParams {
    /// The part of the image that becomes the view.
    pub crop: Window,
    /// Whether left and right are exchanged.
    pub flip: bool,
    /// Factor on all values; 1 changes nothing.
    pub brightness: f32,
    /// Factor on the distance from the image's mean grey; 1 changes nothing.
    pub contrast: f32,
    /// Factor on the distance from each pixel's grey; 1 changes nothing.
    pub saturation: f32,
    /// Turn of the hue, in full turns: -0.5 to 0.5; 0 changes nothing.
    pub hue: f32,
    /// Whether colour is taken away.
    pub grey: bool,
    /// Standard deviation of the blur in pixels of the view, if any.
    pub blur: Option<f32>,
    /// Values from here on are inverted, if any.
    pub solarise: Option<f32>,
}

impl ImageParams {
    /// Nothing happens to an image of this side, in pixels.
    pub fn neutral(side: usize) -> Self {
        Self {
            crop: Window::whole(side, side),
            flip: false,
            brightness: 1.0,
            contrast: 1.0,
            saturation: 1.0,
            hue: 0.0,
            grey: false,
            blur: None,
            solarise: None,
        }
    }

    /// Draws what happens to an image of this side.
    ///
    /// Every number is drawn, used or not, and the crop, which draws a varying count, comes last:
    /// turning one setting leaves the draws of the others alone.
    fn draw(augment: &Augment, side: usize, rng: &mut Rng) -> Self {
        let mut params = Self::neutral(side);
        params.flip = rng.chance(augment.flip.probability);

        let jitter = &augment.jitter;
        let jittered = rng.chance(jitter.probability);
        let mut around = |middle: f32, strength: f32| {
            let drawn = rng.uniform(middle - strength, middle + strength);
            if jittered { drawn } else { middle }
        };
        params.brightness = around(1.0, jitter.brightness);
        params.contrast = around(1.0, jitter.contrast);
        params.saturation = around(1.0, jitter.saturation);
        params.hue = around(0.0, jitter.hue);

        params.grey = rng.chance(augment.grey.probability);
        let blurred = rng.chance(augment.blur.probability);
        let sigma = rng.uniform(augment.blur.min_sigma, augment.blur.max_sigma);
        params.blur = blurred.then_some(sigma);
        let solarised = rng.chance(augment.solarise.probability);
        params.solarise = solarised.then_some(augment.solarise.threshold);
        if rng.chance(augment.crop.probability) {
            params.crop = Window::draw(&augment.crop, side, side, rng);
        }
        params
    }
}

/// The views of a step, in the order of `plan`: `[n, 3, size, size]` each, values 0 to 1.
///
/// `originals: [n, 3, h, w]` are the images whose numbers in the set are `picked`.
pub fn views(
    originals: &Tensor<4>,
    plan: &[View],
    picked: &[usize],
    seed: u32,
    step: usize,
) -> Vec<Tensor<4>> {
    let side = originals.dims()[2];
    let view = |(number, view): (usize, &View)| {
        let params = draw(&view.augment, side, picked, seed, step, number);
        apply(originals.clone(), &params, view.size)
    };
    plan.iter().enumerate().map(view).collect()
}

/// Draws what makes view number `view` of each of `images`, numbers in the set, at this step.
///
/// `side` is the side of the images, in pixels.
pub fn draw(
    augment: &Augment,
    side: usize,
    images: &[usize],
    seed: u32,
    step: usize,
    view: usize,
) -> Params {
    let key = [step as u64, view as u64];
    draw_keyed(augment, side, images, seed, Purpose::Augment, key)
}

/// As [`draw`], of views that are read and not trained on.
pub fn draw_to_read(
    augment: &Augment,
    side: usize,
    images: &[usize],
    seed: u32,
    view: usize,
) -> Params {
    let key = [0, view as u64];
    draw_keyed(augment, side, images, seed, Purpose::Readings, key)
}

fn draw_keyed(
    augment: &Augment,
    side: usize,
    images: &[usize],
    seed: u32,
    purpose: Purpose,
    [step, view]: [u64; 2],
) -> Params {
    let mut order = ColorOp::ALL;
    Rng::keyed(seed, purpose, &[step, view]).shuffle(&mut order);
    let images = images
        .iter()
        .map(|&image| {
            let key = [step, image as u64, view];
            ImageParams::draw(augment, side, &mut Rng::keyed(seed, purpose, &key))
        })
        .collect();
    Params { order, images }
}

/// Makes views `[n, 3, size, size]` from `images: [n, 3, h, w]`, both in 0 to 1 up to rounding.
pub fn apply(images: Tensor<4>, params: &Params, size: usize) -> Tensor<4> {
    let each = &params.images;
    assert_eq!(images.dims()[0], each.len(), "parameters for each image");

    let windows: Vec<_> = each.iter().map(|p| (p.crop, p.flip)).collect();
    let views = resize(images, &windows, [size, size], Filter::Bilinear);
    let colours: Vec<_> = each
        .iter()
        .map(|p| color::changes(params.order, p))
        .collect();
    let mut views = distort(views, &colours);
    if each.iter().any(|p| p.blur.is_some()) {
        let blurs: Vec<_> = each.iter().map(|p| p.blur).collect();
        views = blur(views, &blurs, kernel_for(size));
    }
    let solarised = each.iter().map(|p| p.solarise.map(Change::Solarise));
    let solarised: Vec<_> = solarised.map(Vec::from_iter).collect();
    distort(views, &solarised)
}
