//! Five steps of each optimiser beside the authors' code and `torch.optim`.

use burn::prelude::*;
use serde_json::Value;
use twoviews::training::optim::{Adam, Lars, Optimizer, Rule, Sgd};
use twoviews::training::optim::{LarsRate, ParamGroup};

use super::super::{Outcome, close, floats, hyper, only_known, tagged, tensor, values};
use super::every_case;

#[test]
fn optimizers_agree() {
    every_case("optimizers.json", check);
}

async fn check(case: &Value) -> Result<Outcome, String> {
    let Some((rule, group)) = rule(case)? else {
        return Ok(Outcome::Convention);
    };
    let device = Device::flex();
    let names = case["inputs"]["params_0"]
        .as_object()
        .ok_or("no parameters")?;
    for name in names.keys() {
        let of = |set: &Value| set[name].clone();
        let rank = of(&case["inputs"]["params_0"])["shape"]
            .as_array()
            .map_or(0, Vec::len);
        match rank {
            1 => follow::<1>(case, name, rule, group(rank), &device).await,
            2 => follow::<2>(case, name, rule, group(rank), &device).await,
            4 => follow::<4>(case, name, rule, group(rank), &device).await,
            _ => Err(format!("{name} has rank {rank}")),
        }?;
    }
    Ok(Outcome::Ran)
}

/// One parameter through all its steps.
async fn follow<const D: usize>(
    case: &Value,
    name: &str,
    rule: Rule,
    group: ParamGroup,
    device: &Device,
) -> Result<(), String> {
    let mut optimizer = Optimizer::new(rule);
    let mut param = tensor::<D>(&case["inputs"]["params_0"][name], device);
    let bound = case["tolerance"]["param_abs"][name]
        .as_f64()
        .ok_or("no tolerance")?;
    let rates = floats(&case["lr_per_step"]);
    let grads = case["inputs"]["grads"].as_array().ok_or("no gradients")?;
    let after = case["expected"]["params_after"]
        .as_array()
        .ok_or("nothing expected")?;
    if rates.is_empty() || rates.len() != grads.len() || rates.len() != after.len() {
        return Err(format!(
            "{} rates, {} gradients, {} results",
            rates.len(),
            grads.len(),
            after.len()
        ));
    }
    for (step, rate) in rates.into_iter().enumerate() {
        let grad = tensor::<D>(&grads[step][name], device);
        param = optimizer.update(name, param, grad, rate as f32, group);
        let expected = floats(&after[step][name]);
        close(
            &format!("{name} after step {step}"),
            &values(param.clone()).await,
            &expected,
            bound,
        )?;
    }
    Ok(())
}

type Grouping = fn(usize) -> ParamGroup;

/// Our rule for a case, and how it treats a parameter by rank; none for another library's own.
fn rule(case: &Value) -> Result<Option<(Rule, Grouping)>, String> {
    let number = |name| hyper(case, name) as f32;
    let all: Grouping = |_| ParamGroup {
        constant: false,
        rate: 1.0,
        decay: true,
        lars: LarsRate::Adapt,
    };
    let weight_decay = number("weight_decay");
    let optimizer = case["hyper"]["optimizer"].as_str().ok_or("no optimiser")?;
    Ok(Some(match optimizer {
        "sgd" => {
            only_known(
                case,
                &[
                    "optimizer",
                    "momentum",
                    "weight_decay",
                    "nesterov",
                    "dampening",
                ],
            )?;
            if case["hyper"]["dampening"].as_f64().unwrap_or(0.0) != 0.0 {
                return Err("dampening".into());
            }
            let nesterov = case["hyper"]["nesterov"]
                .as_bool()
                .ok_or("nesterov or not?")?;
            (
                Rule::Sgd(Sgd {
                    momentum: number("momentum"),
                    weight_decay,
                    nesterov,
                }),
                all,
            )
        }
        "adamw" | "adam" => {
            only_known(
                case,
                &["optimizer", "beta1", "beta2", "eps", "weight_decay"],
            )?;
            let rule = Adam {
                beta1: number("beta1"),
                beta2: number("beta2"),
                eps: number("eps"),
                weight_decay,
                decoupled: optimizer == "adamw",
            };
            (Rule::Adam(rule), all)
        }
        "lars_fb" => {
            only_known(
                case,
                &["optimizer", "eta", "momentum", "weight_decay", "exclude"],
            )?;
            if case["hyper"]["exclude"] != "parameters with ndim 1, from both decay and adaptation"
            {
                return Err(format!("exclude {}", case["hyper"]["exclude"]));
            }
            let rule = Lars {
                eta: number("eta"),
                momentum: number("momentum"),
                weight_decay,
            };
            (Rule::Lars(rule), ParamGroup::by_rank)
        }
        "lars_lightly" | "lars_simclr_tf" if tagged(case, "convention") => return Ok(None),
        other => return Err(format!("unknown optimiser {other}")),
    }))
}
