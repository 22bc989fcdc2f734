use burn::prelude::*;
use serde_json::Value;
use twoviews::methods::cpc::{info_nce, predict, step};

use super::{Outcome, close, every_case, floats, hyper, only_known, shape, values};

#[test]
fn cpc_agrees() {
    every_case("cpc_infonce.json", |case| {
        if case["hyper"].get("score").is_some() {
            return bilinear(case);
        }
        only_known(case, &["layout", "steps", "embed_scale", "total"])?;
        let scale = hyper(case, "embed_scale") as f32;
        let steps = case["hyper"]["steps"].as_array().ok_or("no steps")?;
        compare(case, |inputs| {
            let targets = inputs.take::<4>("targets");
            let mut total = Tensor::zeros([1], &inputs.device);
            for i in steps.iter().filter_map(Value::as_u64) {
                // The file counts from the next row as 0.
                let k = usize::try_from(i).expect("small") + 1;
                let predicted = inputs.take::<4>(&format!("preds_{i}"));
                let (loss, found) = step(predicted, targets.clone(), k, scale);
                inputs.term(&format!("step_{i}"), &loss)?;
                if let Some(share) = case["expected"]["aux"][format!("top1_step_{i}")].as_f64() {
                    close("top1", &values(found.inner()), &[share], 1e-6)?;
                }
                total = total + loss;
            }
            Ok(total)
        })
    });
}

fn bilinear(case: &Value) -> Result<Outcome, String> {
    only_known(case, &["score"])?;
    compare(case, |inputs| {
        let c = inputs.take::<2>("c");
        let z = inputs.take::<2>("z");
        let w = inputs.take::<2>("W");
        let [n, _] = c.dims();
        let right = Tensor::arange(0..i64::try_from(n).expect("small"), &inputs.device);
        let (loss, _) = info_nce(predict(c, w.transpose()), z, right);
        inputs.term("mi_lower_bound", &(-loss.clone() + (n as f32).ln()))?;
        Ok(loss)
    })
}

/// The inputs of a case, as they are asked for.
pub(super) struct Inputs<'a> {
    pub(super) device: Device,
    case: &'a Value,
    given: Vec<(String, Tensor<1>)>,
}

impl Inputs<'_> {
    pub(super) fn take<const D: usize>(&mut self, name: &str) -> Tensor<D> {
        let value = &self.case["inputs"][name];
        let data: Vec<f32> = floats(value).into_iter().map(|x| x as f32).collect();
        let leaf = Tensor::<1>::from_floats(data.as_slice(), &self.device).require_grad();
        self.given.push((name.into(), leaf.clone()));
        leaf.reshape(shape::<D>(value))
    }

    /// Compares a term of the loss.
    pub(super) fn term(&self, name: &str, value: &Tensor<1>) -> Result<(), String> {
        let expected = self.case["expected"]["terms"][name].as_f64();
        let expected = expected.ok_or_else(|| format!("no term {name}"))?;
        let bound = self.bound("loss_abs");
        close(name, &values(value.clone().inner()), &[expected], bound)
    }

    fn bound(&self, name: &str) -> f64 {
        self.case["tolerance"][name].as_f64().expect("a tolerance")
    }
}

/// Compares the loss and its gradients with the case.
pub(super) fn compare(
    case: &Value,
    loss: impl Fn(&mut Inputs<'_>) -> Result<Tensor<1>, String>,
) -> Result<Outcome, String> {
    let mut inputs = Inputs {
        device: Device::flex().autodiff(),
        case,
        given: Vec::new(),
    };
    let total = loss(&mut inputs)?;
    let expected = &case["expected"];
    let grads = total.backward();
    let got = values(total.inner());
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
        let got = values(input.grad(&grads).expect("every input has a gradient"));
        let expected = floats(&expected["grads"][name]);
        close(name, &got, &expected, inputs.bound("grad_abs"))?;
    }
    Ok(Outcome::Ran)
}
