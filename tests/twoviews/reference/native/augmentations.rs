//! Each augmentation on one image, against torchvision on floats.

use burn::prelude::*;
use serde_json::Value;
use twoviews::data::augment::{self, ColorOp, Filter, ImageParams, Params, Window};

use super::super::{Outcome, close, floats, hyper, only_known, shape, values};
use super::{every_case, load};

const FILE: &str = "augmentations.json";

#[test]
fn augmentations() {
    let device = Device::flex();
    let root = load(FILE);
    let image = input(&root, &device);
    every_case(FILE, async |case| {
        if case["input"] != "image" {
            return Err(format!("unknown input {}", case["input"]));
        }
        let expected = &case["expected"]["float_chw"];
        let got = result(case, image.clone())?;
        let [_, channels, height, width] = got.dims();
        if shape::<3>(expected) != [channels, height, width] {
            return Err(format!("the shape is {:?}", got.dims()));
        }
        let bound = case["tolerance"]["abs"].as_f64().ok_or("no tolerance")?;
        close("pixels", &values(got).await, &floats(expected), bound)?;
        Ok(Outcome::Ran)
    });
}

/// The image of the file, in 0 to 1: `[1, 3, h, w]`.
fn input(root: &Value, device: &Device) -> Tensor<4> {
    let bytes = &root["image_u8_chw"];
    let [channels, height, width] = shape(bytes);
    let pixels: Vec<f32> = floats(bytes)
        .iter()
        .map(|byte| *byte as f32 / 255.0)
        .collect();
    Tensor::from_data(
        TensorData::new(pixels, [1, channels, height, width]),
        device,
    )
}

fn result(case: &Value, image: Tensor<4>) -> Result<Tensor<4>, String> {
    let [_, _, height, width] = image.dims();
    if height != width {
        return Err("the image is not square".into());
    }
    let op = case["hyper"]["op"].as_str().ok_or("no op")?;
    let mut params = Params {
        order: ColorOp::ALL,
        images: vec![ImageParams::neutral(height)],
    };
    let change = &mut params.images[0];
    let known: &[&str] = match op {
        "resized_crop" => {
            only_known(
                case,
                &[
                    "op",
                    "top",
                    "left",
                    "height",
                    "width",
                    "size",
                    "interpolation",
                    "antialias",
                ],
            )?;
            return resized_crop(case, image);
        }
        "gaussian_blur" => {
            only_known(case, &["op", "kernel", "sigma"])?;
            let sigma = hyper(case, "sigma") as f32;
            return Ok(augment::blur(image, &[Some(sigma)], count(case, "kernel")));
        }
        "normalize" => {
            only_known(case, &["op", "mean", "std"])?;
            let [mean, std] = ["mean", "std"].map(|name| three(&case["hyper"][name]));
            return Ok(augment::normalise(image, mean?, std?));
        }
        "rgb_to_grayscale" => {
            let weights = floats(&case["hyper"]["weights"]);
            if count(case, "channels") != 3 || weights != [0.2989, 0.587, 0.114] {
                return Err("another grey than ours".into());
            }
            change.grey = true;
            &["op", "channels", "weights"]
        }
        "hflip" => {
            change.flip = true;
            &["op"]
        }
        "solarize" => {
            change.solarise = Some(hyper(case, "threshold") as f32);
            &["op", "threshold"]
        }
        "chain" => {
            params.order = chain(&case["hyper"]["steps"], change)?;
            &["op", "steps"]
        }
        _ => {
            let name = op
                .strip_prefix("adjust_")
                .ok_or(format!("unknown op {op}"))?;
            jitter(name, hyper(case, "factor") as f32, change)?;
            &["op", "factor"]
        }
    };
    only_known(case, known)?;
    Ok(augment::apply(image, &params, height))
}

/// Sets one operation of the jitter.
fn jitter(name: &str, factor: f32, change: &mut ImageParams) -> Result<ColorOp, String> {
    let (op, field) = match name {
        "brightness" => (ColorOp::Brightness, &mut change.brightness),
        "contrast" => (ColorOp::Contrast, &mut change.contrast),
        "saturation" => (ColorOp::Saturation, &mut change.saturation),
        "hue" => (ColorOp::Hue, &mut change.hue),
        _ => return Err(format!("unknown op {name}")),
    };
    *field = factor;
    Ok(op)
}

/// The order of the jitter, once every step is set; what is not named stays neutral.
fn chain(steps: &Value, change: &mut ImageParams) -> Result<[ColorOp; 4], String> {
    let mut order = Vec::new();
    for step in steps.as_array().ok_or("no steps")? {
        let name = step[0].as_str().ok_or("a step without a name")?;
        let factor = step[1].as_f64().ok_or("a step without a factor")?;
        let op = jitter(name, factor as f32, change)?;
        if order.contains(&op) {
            return Err(format!("{name} twice"));
        }
        order.push(op);
    }
    let rest = ColorOp::ALL.into_iter().filter(|op| !order.contains(op));
    let rest: Vec<ColorOp> = rest.collect();
    order.extend(rest);
    order.try_into().map_err(|_| "more than four steps".into())
}

fn resized_crop(case: &Value, image: Tensor<4>) -> Result<Tensor<4>, String> {
    let antialias = case["hyper"]["antialias"]
        .as_bool()
        .ok_or("antialias is not given")?;
    let filter = match (case["hyper"]["interpolation"].as_str(), antialias) {
        (Some("bilinear"), true) => Filter::Bilinear,
        (Some("bilinear"), false) => Filter::BilinearAliased,
        (Some("bicubic"), true) => Filter::Bicubic,
        other => return Err(format!("unknown interpolation {other:?}")),
    };
    let window = Window {
        top: count(case, "top"),
        left: count(case, "left"),
        height: count(case, "height"),
        width: count(case, "width"),
    };
    let [height, width] = floats(&case["hyper"]["size"])[..] else {
        return Err("size is not a height and a width".into());
    };
    Ok(augment::resize(
        image,
        &[(window, false)],
        [height as usize, width as usize],
        filter,
    ))
}

fn three(value: &Value) -> Result<[f32; 3], String> {
    let numbers: Vec<f32> = floats(value).iter().map(|x| *x as f32).collect();
    numbers
        .try_into()
        .map_err(|_| "not one number for each channel".into())
}

fn count(case: &Value, name: &str) -> usize {
    hyper(case, name) as usize
}
