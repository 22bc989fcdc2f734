//! alpha-ReQ, `LiDAR`, and how far a projection can be trusted, beside the authors' code and
//! scikit-learn.

use nalgebra::DMatrix;
use serde_json::Value;
use twoviews::evaluation::Rows;
use twoviews::evaluation::covariance_eigenvalues;
use twoviews::evaluation::readings::{Views, alpha, lidar, lidar_eigenvalues, trustworthiness};

use super::super::{Outcome, floats, hyper, only_known, shape};
use super::every_case;
use super::metrics::{Input, same, same_list};

#[test]
fn diagnostics_agree() {
    every_case("diagnostics.json", async |case| check(case));
}

/// What a case is about is told by what it expects.
fn check(case: &Value) -> Result<Outcome, String> {
    let expects = |name| case["expected"].get(name).is_some();
    match () {
        () if expects("alpha") => slope(case),
        () if expects("lidar") => discriminant(case),
        () if expects("trustworthiness") => projection(case),
        () => Err("unknown diagnostic".into()),
    }?;
    Ok(Outcome::Ran)
}

fn slope(case: &Value) -> Result<(), String> {
    only_known(case, &["first", "last", "relative_floor"])?;
    let eigenvalues = if case["inputs"].get("z").is_some() {
        let z = Input::of(case, "z");
        let found = covariance_eigenvalues(z.rows());
        same_list(case, "/covariance_eigenvalues_descending", &found)?;
        found
    } else {
        floats(&case["inputs"]["eigenvalues"])
    };
    let rank = |name| hyper(case, name) as usize;
    let floor = hyper(case, "relative_floor");
    let found = alpha(&eigenvalues, rank("first"), rank("last"), floor);
    same(case, "/alpha", found)
}

fn discriminant(case: &Value) -> Result<(), String> {
    only_known(case, &["delta", "epsilon"])?;
    let z = &case["inputs"]["z"];
    let [_, each, d] = shape::<3>(z);
    let data: Vec<f32> = floats(z).into_iter().map(|x| x as f32).collect();
    let rows = Rows::new(&data, d);
    let views = Views { rows, each };
    let delta = hyper(case, "delta");
    same_list(case, "/eigenvalues", &lidar_eigenvalues(views, delta))?;
    same(case, "/lidar", lidar(views, delta, hyper(case, "epsilon")))
}

fn projection(case: &Value) -> Result<(), String> {
    only_known(case, &["k"])?;
    let matrix = |name: &str| -> DMatrix<f64> { Input::of(case, name).rows().matrix() };
    let (high, low) = (matrix("high"), matrix("low"));
    let k = hyper(case, "k") as usize;
    same(case, "/trustworthiness", trustworthiness(&high, &low, k))?;
    same(case, "/continuity", trustworthiness(&low, &high, k))
}
