use serde_json::Value;
use twoviews::methods::moco::{enqueue, info_nce, keys, logits};

use super::{Outcome, close, device, floats, hyper, only_known, shape, tagged, tensor, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["temperature", "queue_size"])?;
    let [n, _] = shape::<2>(&case["inputs"]["q_0"]);
    let [k, _] = shape::<2>(&case["inputs"]["queue_0"]);
    if (hyper(case, "queue_size") - k as f64).abs() > 0.0 {
        return Err(format!("the queue holds {k}"));
    }
    if tagged(case, "convention") && k % n != 0 {
        // Keys that do not fit are dropped there; ours wrap around.
        return Ok(Outcome::Convention);
    }
    calls(case).await?;
    Ok(Outcome::Ran)
}

async fn calls(case: &Value) -> Result<(), String> {
    let device = device();
    let input = |name: &str| tensor::<2>(&case["inputs"][name], &device);
    let mut queue = input("queue_0");
    let [length, _] = queue.dims();
    let mut entered = 0;
    for step in case["steps"].as_array().ok_or("no steps")? {
        let [q, k] = [0, 1].map(|which: usize| step["inputs"][which].as_str().expect("a name"));
        let (q, k) = (input(q).require_grad(), input(k).require_grad());
        let bound = |name: &str| step["tolerance"][name].as_f64().expect("a tolerance");
        let temperature = hyper(case, "temperature") as f32;
        let scores = logits(q.clone(), keys(k.clone()), queue.clone(), temperature);
        // A cosine is as exact as a loss of the order of one.
        let allowed = 5e-6 / f64::from(temperature);
        let mut expected = floats(&step["logits"]);
        for row in expected.chunks_mut(1 + length) {
            // Theirs is a ring that a pointer walks around; ours starts at the pointer.
            row[1..].rotate_left(entered % length);
        }
        close("logits", &values(scores.inner()).await, &expected, allowed)?;
        let loss = info_nce(q.clone(), keys(k.clone()), queue.clone(), temperature);
        let after = enqueue(queue, keys(k.clone()));
        let expected = [step["loss"].as_f64().expect("a loss")];
        let got = values(loss.total.clone().inner()).await;
        close("loss", &got, &expected, bound("loss_abs"))?;
        let grads = loss.total.backward();
        let got = values(q.grad(&grads).expect("queries have a gradient")).await;
        close("q", &got, &floats(&step["grads"]["q"]), bound("grad_abs"))?;
        if k.grad(&grads).is_some() {
            return Err("keys have a gradient".into());
        }
        if let Some(top1) = step["contrastive_top1"].as_f64() {
            let got = values(loss.gauges[0].value.clone().inner()).await;
            close("top1", &got, &[top1], 1e-6)?;
        }

        entered += k.dims()[0];
        let pointer = entered % length;
        if step["pointer_after"] != pointer {
            return Err(format!("{} is not {pointer}", step["pointer_after"]));
        }
        let mut ring = floats(&step["queue_after"]);
        let width = ring.len() / length;
        ring.rotate_left(pointer * width);
        close("queue", &values(after.clone().inner()).await, &ring, 1e-6)?;
        queue = after;
    }
    Ok(())
}
