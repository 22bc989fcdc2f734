use serde_json::Value;
use twoviews::methods::swav::{codes, scores, swapped};

use super::{Outcome, close, device, floats, hyper, only_known, tensor, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(
        case,
        &[
            "temperature",
            "sinkhorn_epsilon",
            "sinkhorn_iterations",
            "n_high",
            "n_low",
            "queue",
            "inputs_are",
        ],
    )?;
    let temperature = hyper(case, "temperature") as f32;
    let epsilon = hyper(case, "sinkhorn_epsilon") as f32;
    let rounds = hyper(case, "sinkhorn_iterations") as usize;
    let device = device();
    let given = |name: &str| tensor::<2>(&case["inputs"][name], &device);
    let high = (0..hyper(case, "n_high") as usize).map(|i| format!("high_{i}"));
    let low = (0..hyper(case, "n_low") as usize).map(|i| format!("low_{i}"));
    let names: Vec<String> = high.clone().chain(low).collect();
    let inputs: Vec<_> = names
        .iter()
        .map(|name| given(name).require_grad())
        .collect();

    let mut prototypes = None;
    let all = match case["hyper"]["inputs_are"].as_str() {
        Some("scores") => inputs.clone(),
        Some("embeddings+prototypes") => {
            let prototypes = prototypes.insert(given("prototypes").require_grad());
            let scores = inputs.iter().map(|z| scores(z.clone(), prototypes.clone()));
            scores.collect()
        }
        other => return Err(format!("unknown inputs {other:?}")),
    };
    let queue = case["hyper"]["queue"].as_bool().ok_or("queue or not")?;
    let codes = high.enumerate().map(|(i, _)| {
        let queued = queue.then(|| given(&format!("queue_{i}")));
        codes(all[i].clone(), queued, epsilon, rounds)
    });
    let codes: Vec<_> = codes.collect();
    let loss = swapped(&all, &codes, temperature);

    let expected = &case["expected"];
    let bound = |name: &str| super::bound(case, name);
    for (name, value) in expected["terms"].as_object().ok_or("terms")? {
        // The code of view i is told by view v: `ce_assign<i>_crop<v>`.
        let pair = name.strip_prefix("ce_assign").ok_or("a known term")?;
        let (i, v) = pair.split_once("_crop").ok_or("two views")?;
        let [i, v] = [i, v].map(|view| view.parse::<usize>().expect("a view"));
        let scores = [i, v].map(|view| all[view].clone());
        let term = swapped(&scores, &codes[i..=i], temperature);
        let bound = bound("loss_abs");
        close(
            name,
            &values(term.inner()).await,
            &[value.as_f64().ok_or("a number")?],
            bound,
        )?;
    }
    let grads = loss.backward();
    let number = |value: &Value| value.as_f64().expect("a number");
    close(
        "loss",
        &values(loss.inner()).await,
        &[number(&expected["loss"])],
        bound("loss_abs"),
    )?;
    let prototypes = prototypes.map(|prototypes| ("prototypes".to_owned(), prototypes));
    for (name, input) in names.into_iter().zip(inputs).chain(prototypes) {
        let got = values(input.grad(&grads).ok_or("every input has a gradient")?).await;
        let expected = floats(&expected["grads"][&name]);
        close(&name, &got, &expected, bound("grad_abs"))?;
    }
    for (name, expected) in expected["aux"].as_object().ok_or("codes")? {
        let (kind, i) = name.rsplit_once('_').ok_or("a numbered name")?;
        let i: usize = i.parse().map_err(|_| "a numbered name")?;
        let got = match kind {
            "Q" => codes[i].clone(),
            "scores_high" => all[i].clone(),
            other => return Err(format!("unknown {other}")),
        };
        // Entries are at most 1; torch's f32 is off by as much.
        close(name, &values(got.inner()).await, &floats(expected), 1e-5)?;
    }
    Ok(Outcome::Ran)
}
