//! A run to bytes and back.
//!
//! Burn's own records read synchronously, which a browser does not allow. Here a visitor collects
//! the tensors and one asynchronous transaction reads them all.
//!
//! The bytes are a JSON header's length (u32, little-endian), the header, and the tensors'
//! numbers (f32, little-endian) in the header's order.

use std::collections::{BTreeMap, HashMap};

use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::prelude::*;
use burn::tensor::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

/// A tensor, laid flat: `[len]`, and where it belongs.
#[derive(Debug, Clone)]
pub struct Named {
    /// Path in the module, or in the optimiser's state.
    pub name: String,
    /// Its numbers, without autodiff.
    pub value: Tensor<1>,
}

/// All that the next step of a run depends on, besides images and settings; and notes.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Steps done.
    pub step: usize,
    /// Parameters, running statistics and what the optimiser remembers.
    pub tensors: Vec<Named>,
    /// How often the optimiser moved each parameter.
    pub moved: BTreeMap<String, u32>,
    /// What is remembered of the run that its steps do not depend on; null if nothing is.
    pub notes: Value,
}

/// The version that is written. Those before it are read: 0 had no version and no notes.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(default)]
    version: u32,
    step: usize,
    tensors: Vec<(String, usize)>,
    moved: BTreeMap<String, u32>,
    #[serde(default)]
    notes: Value,
}

/// All float tensors of a module: parameters, running statistics, queues.
pub fn collect<M: Module>(module: &M) -> Vec<Named> {
    let mut collect = Collect::default();
    module.visit(&mut collect);
    collect.found
}

/// Puts tensors back where [`collect`] found them.
///
/// # Errors
/// If one is missing or has another length; the module keeps its own there.
pub fn fill<M: Module>(module: M, tensors: Vec<Named>) -> (M, Result<(), Error>) {
    let mut fill = Fill {
        path: Vec::new(),
        tensors: tensors.into_iter().map(|t| (t.name, t.value)).collect(),
        missing: None,
    };
    let module = module.map(&mut fill);
    let result = match fill.missing {
        None => Ok(()),
        Some(name) => Err(Error::Checkpoint(format!(
            "this checkpoint is of another network: {name} does not fit"
        ))),
    };
    (module, result)
}

/// Reads the tensors, in one transfer, and writes all down.
///
/// # Errors
/// If the device fails, or a tensor has what is no finite number: of `ReLU` that comes out as zero,
/// and neither h nor the loss of the step before tells.
pub async fn save(state: State) -> Result<Vec<u8>, Error> {
    let mut transaction = Transaction::default();
    let mut header = Header {
        version: VERSION,
        step: state.step,
        tensors: Vec::new(),
        moved: state.moved,
        notes: state.notes,
    };
    let step = state.step;
    for Named { name, value } in state.tensors {
        header.tensors.push((name, value.dims()[0]));
        transaction = transaction.register(value);
    }
    let data = transaction.execute_async().await;
    let data = data.map_err(|e| Error::device(&e))?;
    let header = serde_json::to_vec(&header).expect("a header is plain data");
    let mut bytes = Vec::new();
    bytes.extend(
        u32::try_from(header.len())
            .expect("a short header")
            .to_le_bytes(),
    );
    bytes.extend(header);
    for tensor in data {
        for value in tensor.iter::<f32>() {
            if !value.is_finite() {
                return Err(Error::Diverged(format!(
                    "After step {step} the network has weights that are no numbers any more. The learning \
                     rate is probably too high: lower it and start again."
                )));
            }
            bytes.extend(value.to_le_bytes());
        }
    }
    Ok(bytes)
}

/// What [`save`] wrote down.
///
/// # Errors
/// If the bytes are not a checkpoint, or one of a later version.
pub fn load(bytes: &[u8], device: &Device) -> Result<State, Error> {
    let none = || Error::Checkpoint("this is not a checkpoint".into());
    let (header, numbers) = split(bytes).ok_or_else(none)?;
    if header.version > VERSION {
        let reason = "this checkpoint is of a later version of Twoviews";
        return Err(Error::Checkpoint(reason.into()));
    }
    read(header, numbers, device).ok_or_else(none)
}

/// The header, and the bytes of the tensors.
fn split(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (header, numbers) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((serde_json::from_slice(header).ok()?, numbers))
}

fn read(header: Header, mut rest: &[u8], device: &Device) -> Option<State> {
    let mut tensors = Vec::with_capacity(header.tensors.len());
    for (name, len) in header.tensors {
        let (numbers, after) = rest.split_at_checked(len.checked_mul(4)?)?;
        rest = after;
        let numbers = numbers.chunks_exact(4);
        let numbers = numbers.map(|b| f32::from_le_bytes(b.try_into().expect("four bytes")));
        let data = TensorData::new(numbers.collect::<Vec<_>>(), [len]);
        let value = Tensor::from_data(data, device);
        tensors.push(Named { name, value });
    }
    rest.is_empty().then_some(State {
        step: header.step,
        tensors,
        moved: header.moved,
        notes: header.notes,
    })
}

#[derive(Default)]
struct Collect {
    path: Vec<String>,
    found: Vec<Named>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let len = value.shape().num_elements();
        self.found.push(Named {
            name: self.path.join("."),
            value: value.reshape([len]),
        });
    }
}

struct Fill {
    path: Vec<String>,
    tensors: HashMap<String, Tensor<1>>,
    missing: Option<String>,
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let shape = param.shape();
        let fits = |value: &Tensor<1>| value.dims()[0] == shape.num_elements();
        let Some(value) = self.tensors.remove(&name).filter(fits) else {
            self.missing.get_or_insert(name);
            return param;
        };
        param.map(|old| {
            let tracked = old.is_require_grad();
            Tensor::from_inner(value.reshape(shape)).set_require_grad(tracked)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ReLU` makes zeros of what is no number, so neither h nor the last loss tells.
    #[test]
    fn a_network_that_is_no_number_is_not_kept() {
        let device = Device::flex();
        let saved = |values: [f32; 2]| {
            let value = Tensor::from_floats(values, &device);
            let name = "encoder.weight".into();
            let tensors = vec![Named { name, value }];
            let state = State {
                step: 7,
                tensors,
                ..State::default()
            };
            pollster::block_on(save(state))
        };
        assert!(saved([1.0, -2.0]).is_ok());
        for broken in [f32::NAN, f32::INFINITY] {
            let reason = saved([1.0, broken]).unwrap_err();
            assert!(matches!(reason, Error::Diverged(_)));
            let sentence = "After step 7 the network has weights that are no numbers any more. The learning \
                            rate is probably too high: lower it and start again.";
            assert_eq!(reason.to_string(), sentence);
        }
    }
}
