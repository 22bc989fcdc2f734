//! The draws of the random resized crop, against 20,000 of torchvision's.

use serde_json::Value;
use twoviews::data::augment::Window;
use twoviews::rng::{Purpose, Rng};
use twoviews::settings::Crop;

use super::super::{Outcome, floats, hyper, only_known};
use super::every_case;

#[test]
fn rrc_statistics() {
    every_case("rrc_statistics.json", async |case| {
        only_known(
            case,
            &["height", "width", "scale", "ratio", "draws", "tries"],
        )?;
        if hyper(case, "tries") != 10.0 {
            return Err("we try ten times".into());
        }
        let [min_area, max_area] = pair(&case["hyper"]["scale"])?;
        let [min_aspect, max_aspect] = pair(&case["hyper"]["ratio"])?;
        if (min_aspect * max_aspect - 1.0).abs() > 1e-6 {
            return Err("our range of aspects is symmetric".into());
        }
        let crop = Crop {
            probability: 1.0,
            min_area: min_area as f32,
            max_area: max_area as f32,
            max_aspect: max_aspect as f32,
        };
        let [height, width] = ["height", "width"].map(|name| hyper(case, name) as usize);
        let draws = hyper(case, "draws") as u64;
        let windows: Vec<Window> = (0..draws)
            .map(|i| {
                let mut rng = Rng::keyed(1, Purpose::Test, &[height as u64, width as u64, i]);
                Window::draw(&crop, height, width, &mut rng)
            })
            .collect();
        agree(case, &windows, height, width)?;
        Ok(Outcome::Ran)
    });
}

fn agree(case: &Value, windows: &[Window], height: usize, width: usize) -> Result<(), String> {
    let of = |value: &dyn Fn(&Window) -> f64| windows.iter().map(value).collect::<Vec<f64>>();
    let areas = of(&|w| (w.height * w.width) as f64 / (height * width) as f64);
    let aspects = of(&|w| w.width as f64 / w.height as f64);
    let logarithms: Vec<f64> = aspects.iter().map(|aspect| aspect.ln()).collect();
    let expected = &case["expected"];
    let limit = case["tolerance"]["ks_two_sample_limit_p1e-4_20000_draws_each"]
        .as_f64()
        .ok_or("no limit")?;
    distribution("area", &areas, &expected["area_fraction"], limit)?;
    distribution("aspect", &aspects, &expected["aspect_w_over_h"], limit)?;
    mean("log aspect", &logarithms, &expected["log_aspect_mean"])?;

    // Where there is no free pixel there is no place to draw.
    let place = |start: usize, free: usize| (free > 0).then(|| start as f64 / free as f64);
    let tops = windows
        .iter()
        .filter_map(|w| place(w.top, height - w.height));
    mean(
        "top",
        &tops.collect::<Vec<_>>(),
        &expected["top_over_free"]["mean"],
    )?;
    let lefts = windows
        .iter()
        .filter_map(|w| place(w.left, width - w.width));
    mean(
        "left",
        &lefts.collect::<Vec<_>>(),
        &expected["left_over_free"]["mean"],
    )?;

    let count = |is: &dyn Fn(&Window) -> bool| windows.iter().filter(|w| is(w)).count();
    let full = count(&|w| *w == Window::whole(height, width));
    fraction(
        "full frame",
        full,
        windows.len(),
        &expected["full_frame_fraction"],
    )?;
    let square = count(&|w| w.height == w.width);
    fraction(
        "square",
        square,
        windows.len(),
        &expected["square_fraction"],
    )
}

/// Mean, standard deviation and distribution function.
fn distribution(what: &str, drawn: &[f64], expected: &Value, limit: f64) -> Result<(), String> {
    mean(what, drawn, &expected["mean"])?;
    let std = expected["std"].as_f64().ok_or(format!("{what}: no std"))?;
    let (_, ours) = moments(drawn);
    // The relative error of a standard deviation is at most about that of a normal sample here.
    let allowed = 5.0 * 2_f64.sqrt() * std / (2.0 * drawn.len() as f64).sqrt();
    within(&format!("{what}: std"), ours, std, allowed)?;
    for (at, part) in floats(&expected["cdf_grid"])
        .iter()
        .zip(floats(&expected["cdf"]))
    {
        let ours = drawn.iter().filter(|x| *x <= at).count() as f64 / drawn.len() as f64;
        within(&format!("{what}: part up to {at}"), ours, part, limit)?;
    }
    Ok(())
}

/// Two means of so many draws differ by less than five standard errors of their difference.
fn mean(what: &str, drawn: &[f64], expected: &Value) -> Result<(), String> {
    let expected = expected.as_f64().ok_or(format!("{what}: no mean"))?;
    let (ours, std) = moments(drawn);
    within(
        what,
        ours,
        expected,
        5.0 * 2_f64.sqrt() * std / (drawn.len() as f64).sqrt(),
    )
}

/// As [`mean`], for how often something happened; never and once are not told apart.
fn fraction(what: &str, count: usize, of: usize, expected: &Value) -> Result<(), String> {
    let expected = expected.as_f64().ok_or(format!("{what}: no fraction"))?;
    let n = of as f64;
    let error = (expected * (1.0 - expected)).max(1.0 / n).sqrt() / n.sqrt();
    within(what, count as f64 / n, expected, 5.0 * 2_f64.sqrt() * error)
}

fn moments(drawn: &[f64]) -> (f64, f64) {
    let n = drawn.len() as f64;
    let mean = drawn.iter().sum::<f64>() / n;
    let squares: f64 = drawn.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

fn within(what: &str, ours: f64, expected: f64, allowed: f64) -> Result<(), String> {
    let off = (ours - expected).abs();
    if off <= allowed {
        Ok(())
    } else {
        Err(format!(
            "{what}: {ours}, not {expected}: off by {off:e}, allowed {allowed:e}"
        ))
    }
}

fn pair(value: &Value) -> Result<[f64; 2], String> {
    floats(value).try_into().map_err(|_| "not a range".into())
}
