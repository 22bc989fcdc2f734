//! Metrics and principal components beside formulas computed in float64, lightly and numpy.

use serde_json::Value;
use twoviews::evaluation::components;
use twoviews::evaluation::{
    Rows, alignment, cka, covariance_eigenvalues, effective_rank, participation_ratio, search,
    singular_values, spread, uniformity, unit_std, votes, weighted,
};

use super::super::{Outcome, close, floats, hyper, only_known, shape};
use super::every_case;

#[test]
fn metrics_agree() {
    every_case("metrics.json", async |case| check(case));
}

/// What a case is about is told by what it expects.
fn check(case: &Value) -> Result<Outcome, String> {
    let expects = |name| case["expected"].get(name).is_some();
    match () {
        () if expects("uniformity") => on_the_sphere(case),
        () if expects("rankme") => spectrum(case),
        () if expects("predictions") => knn(case),
        () if expects("cka") => similarity(case),
        () if expects("components") => principal(case),
        () => Err("unknown metric".into()),
    }?;
    Ok(Outcome::Ran)
}

fn on_the_sphere(case: &Value) -> Result<(), String> {
    only_known(case, &["alpha", "t"])?;
    let (x, y) = (Input::of(case, "x"), Input::of(case, "y"));
    let (x, y) = (x.rows(), y.rows());
    let t = hyper(case, "t");
    same(case, "/alignment", alignment(x, y, hyper(case, "alpha")))?;
    same(case, "/uniformity_x", uniformity(x, t))?;
    same(case, "/uniformity_y", uniformity(y, t))?;
    same(
        case,
        "/uniformity",
        f64::midpoint(uniformity(x, t), uniformity(y, t)),
    )
}

fn spectrum(case: &Value) -> Result<(), String> {
    only_known(case, &["eps"])?;
    let eps = hyper(case, "eps");
    let z = Input::of(case, "z");
    let z = z.rows();
    let singular = singular_values(z);
    let eigen = covariance_eigenvalues(z);
    same_list(case, "/singular_values", &singular)?;
    same_list(case, "/covariance_eigenvalues_descending", &eigen)?;
    same(case, "/rankme", effective_rank(&singular, eps))?;
    same(case, "/participation_ratio", participation_ratio(&eigen))?;
    same(
        case,
        "/variants/effective_rank_no_eps",
        effective_rank(&singular, 0.0),
    )?;
    // Singular values of the centred rows are roots of the covariance's eigenvalues, but for a
    // factor; there are as many as rows or columns.
    let centred: Vec<f64> = eigen
        .iter()
        .take(singular.len())
        .map(|value| value.sqrt())
        .collect();
    same(
        case,
        "/variants/rankme_of_centred_z",
        effective_rank(&centred, eps),
    )?;
    let of_eigen = effective_rank(&eigen, 0.0);
    same(
        case,
        "/variants/effective_rank_of_covariance_eigenvalues",
        of_eigen,
    )?;
    let std = unit_std(z);
    let n = z.len() as f64;
    same(case, "/std_per_dim_mean_of_normalised_rows_unbiased", std)?;
    same(
        case,
        "/std_per_dim_mean_of_normalised_rows_biased",
        std * ((n - 1.0) / n).sqrt(),
    )?;

    // What the page shows is made of the same numbers.
    let shown = spread(z);
    let rank = effective_rank(&singular, 1e-7).ok_or("no singular value")?;
    let expected = [rank, std * (z.width() as f64).sqrt()];
    close(
        "spread",
        &[shown.effective_rank.into(), shown.std.into()],
        &expected,
        1e-5 * rank,
    )
}

fn knn(case: &Value) -> Result<(), String> {
    only_known(case, &["k", "temperature", "classes"])?;
    let labels = |name: &str| -> Vec<u16> {
        floats(&case["inputs"][name])
            .into_iter()
            .map(|label| label as u16)
            .collect()
    };
    let (train, test) = (Input::of(case, "train"), Input::of(case, "test"));
    let (known, right) = (labels("train_labels"), labels("test_labels"));
    let k = hyper(case, "k") as usize;
    let temperature = hyper(case, "temperature") as f32;
    let near = search(test.rows(), train.rows(), k, |_, _| true);

    let indices =
        |near: &Vec<(usize, f32)>| near.iter().map(|(i, _)| *i as f64).collect::<Vec<_>>();
    let first: Vec<f64> = near.iter().map(|near| near[0].0 as f64).collect();
    let all: Vec<f64> = near.iter().flat_map(indices).collect();
    close(
        "nearest",
        &first,
        &floats(&case["expected"]["nearest_train_index"]),
        0.0,
    )?;
    close(
        "neighbours",
        &all,
        &floats(&case["expected"]["neighbours"]),
        0.0,
    )?;

    let guess = |near| weighted(near, &known, temperature).map_or(f64::NAN, f64::from);
    let guesses: Vec<f64> = near.iter().map(|near| guess(near)).collect();
    close(
        "predictions",
        &guesses,
        &floats(&case["expected"]["predictions"]),
        0.0,
    )?;
    let hits = guesses
        .iter()
        .zip(&right)
        .filter(|(guess, right)| **guess == f64::from(**right));
    let accuracy = hits.count() as f64 / right.len() as f64;
    close(
        "accuracy",
        &[accuracy],
        &[number(case, "/expected/accuracy")?],
        1e-12,
    )?;

    let count = hyper(case, "classes") as usize;
    let mut shares = Vec::new();
    for near in &near {
        let mut votes_of = vec![0.0; count];
        for (class, vote) in votes(near, &known, temperature) {
            votes_of[usize::from(class)] += f64::from(vote);
        }
        let sum: f64 = votes_of.iter().sum();
        shares.extend(votes_of.iter().map(|votes| votes / sum));
    }
    let bound = number(case, "/tolerance/class_share_abs")?;
    close(
        "class shares",
        &shares,
        &floats(&case["expected"]["class_share"]),
        bound,
    )
}

fn similarity(case: &Value) -> Result<(), String> {
    only_known(case, &[])?;
    let (x, y) = (Input::of(case, "x"), Input::of(case, "y"));
    same(case, "/cka", cka(x.rows(), y.rows()))
}

fn principal(case: &Value) -> Result<(), String> {
    only_known(case, &["components"])?;
    let z = Input::of(case, "z");
    let count = hyper(case, "components") as usize;
    let found = components(z.rows(), count);
    let leading = |name: &str| -> Vec<f64> {
        floats(&case["expected"][name])
            .into_iter()
            .take(count)
            .collect()
    };
    let rel = number(case, "/tolerance/rel")?;
    let largest = |values: &[f64]| values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let within = |name: &str, got: &[f64], expected: &[f64]| {
        close(name, got, expected, rel * largest(expected))
    };
    within("mean", &found.mean, &floats(&case["expected"]["mean"]))?;
    within(
        "explained variance",
        &found.variance,
        &leading("explained_variance"),
    )?;
    within(
        "its ratio",
        &found.explained,
        &leading("explained_variance_ratio"),
    )?;
    // Those beyond the leading ones are the covariance's.
    let eigen = covariance_eigenvalues(z.rows());
    let all = floats(&case["expected"]["explained_variance"]);
    within("all variance", &eigen[..all.len()], &all)?;

    let bound = number(case, "/tolerance/component_abs")?;
    let directions = found.directions.as_slice();
    close(
        "components",
        directions,
        &floats(&case["expected"]["components"]),
        bound,
    )?;
    let scores = found.scores.transpose();
    within(
        "scores",
        scores.as_slice(),
        &floats(&case["expected"]["scores"]),
    )
}

/// Rows of a case's input.
pub(super) struct Input {
    data: Vec<f32>,
    width: usize,
}

impl Input {
    pub(super) fn of(case: &Value, name: &str) -> Self {
        let value = &case["inputs"][name];
        let data = floats(value).into_iter().map(|x| x as f32).collect();
        Self {
            data,
            width: shape::<2>(value)[1],
        }
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        Rows::new(&self.data, self.width)
    }
}

pub(super) fn number(case: &Value, path: &str) -> Result<f64, String> {
    case.pointer(path)
        .and_then(Value::as_f64)
        .ok_or_else(|| format!("no {path}"))
}

/// Agreement within the case's relative tolerance; `null` is none.
pub(super) fn same(case: &Value, name: &str, got: impl Into<Option<f64>>) -> Result<(), String> {
    let rel = number(case, "/tolerance/rel")?;
    let expected = case["expected"]
        .pointer(name)
        .ok_or_else(|| format!("no {name}"))?;
    match (got.into(), expected.as_f64()) {
        (None, None) if expected.is_null() => Ok(()),
        (Some(got), Some(expected)) => {
            // Rounding in float64 stands beside the relative bound where a zero is expected.
            close(name, &[got], &[expected], rel * expected.abs() + 1e-12)
        }
        (got, _) => Err(format!("{name}: {got:?}, not {expected}")),
    }
}

/// Agreement of a whole list within the tolerance relative to its largest number.
pub(super) fn same_list(case: &Value, name: &str, got: &[f64]) -> Result<(), String> {
    let rel = number(case, "/tolerance/rel")?;
    let expected = floats(
        case["expected"]
            .pointer(name)
            .ok_or_else(|| format!("no {name}"))?,
    );
    let most = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    close(name, got, &expected, rel * most)
}
