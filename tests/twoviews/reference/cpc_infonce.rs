use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::cpc::{info_nce, info_nce_below, predict};

use super::{Outcome, close, device, floats, hyper, only_known, shape, values};

pub async fn check(case: &Value) -> Result<Outcome, String> {
    if case["hyper"].get("score").is_some() {
        return bilinear(case).await;
    }
    only_known(case, &["layout", "steps", "embed_scale", "total"])?;
    let scale = hyper(case, "embed_scale") as f32;
    let steps = case["hyper"]["steps"].as_array().ok_or("no steps")?;
    compare(case, async |inputs| {
        let targets = inputs.take::<4>("targets");
        let mut total = Tensor::zeros([1], &inputs.device);
        for i in steps.iter().filter_map(Value::as_u64) {
            // The file counts from the next row as 0.
            let k = usize::try_from(i).expect("small") + 1;
            let predicted = inputs.take::<4>(&format!("preds_{i}"));
            let (loss, accuracy) = info_nce_below(predicted, targets.clone(), k, scale);
            inputs.term(&format!("step_{i}"), &loss).await?;
            if let Some(share) = case["expected"]["aux"][format!("top1_step_{i}")].as_f64() {
                close("top1", &values(accuracy.inner()).await, &[share], 1e-6)?;
            }
            total = total + loss;
        }
        Ok(total)
    })
    .await
}

async fn bilinear(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["score"])?;
    compare(case, async |inputs| {
        let c = inputs.take::<2>("c");
        let z = inputs.take::<2>("z");
        let w = inputs.take::<2>("W");
        let [n, _] = c.dims();
        let labels = Tensor::arange(0..i64::try_from(n).expect("small"), &inputs.device);
        let (loss, _) = info_nce(predict(c, w.transpose()), z, labels);
        inputs
            .term("mi_lower_bound", &(-loss.clone() + (n as f32).ln()))
            .await?;
        Ok(loss)
    })
    .await
}

/// The inputs of a case, as they are asked for.
pub struct Inputs<'a> {
    pub device: Device,
    case: &'a Value,
    given: Vec<(String, Tensor<1>)>,
}

impl Inputs<'_> {
    pub fn take<const D: usize>(&mut self, name: &str) -> Tensor<D> {
        let value = &self.case["inputs"][name];
        let data: Vec<f32> = floats(value).into_iter().map(|x| x as f32).collect();
        let leaf = Tensor::<1>::from_floats(data.as_slice(), &self.device).require_grad();
        self.given.push((name.into(), leaf.clone()));
        leaf.reshape(shape::<D>(value))
    }

    /// Compares a term of the loss.
    pub async fn term(&self, name: &str, value: &Tensor<1>) -> Result<(), String> {
        super::term(self.case, name, value, self.bound("loss_abs")).await
    }

    fn bound(&self, name: &str) -> f64 {
        super::bound(self.case, name)
    }
}

/// Compares the loss and its gradients with the case.
pub async fn compare(
    case: &Value,
    loss: impl AsyncFn(&mut Inputs<'_>) -> Result<Tensor<1>, String>,
) -> Result<Outcome, String> {
    let mut inputs = Inputs {
        device: device(),
        case,
        given: Vec::new(),
    };
    let total = loss(&mut inputs).await?;
    let expected = &case["expected"];
    let grads = total.backward();
    let got = values(total.inner()).await;
    let loss = expected["loss"].as_f64().expect("a loss");
    close("loss", &got, &[loss], inputs.bound("loss_abs"))?;
    if case["grad_check"] != "full" {
        return Err(format!("unknown grad_check {}", case["grad_check"]));
    }
    let names = expected["grads"].as_object().ok_or("no gradients")?;
    if names.len() != inputs.given.len() {
        return Err("not every input was asked for".into());
    }
    for (name, input) in &inputs.given {
        let got = input.grad(&grads).expect("every input has a gradient");
        let got = values(got).await;
        let expected = floats(&expected["grads"][name]);
        close(name, &got, &expected, inputs.bound("grad_abs"))?;
    }
    Ok(Outcome::Ran)
}
