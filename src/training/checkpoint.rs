//! A run to bytes and back: a `.safetensors` file that `PyTorch` reads.
//!
//! Tensors are named and laid out as `PyTorch` has them (`layout.rs`): parameters and running statistics
//! by the path of their fields, and what the optimiser remembers of a parameter as
//! `optimizer.<parameter>.exp_avg` and so on. The metadata has one entry, `twoviews`: [`About`] as JSON.
//!
//! Burn's own records read synchronously, which a browser does not allow. Here a visitor collects
//! the tensors and one asynchronous transaction reads them all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use burn::prelude::*;
use burn::tensor::Transaction;
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

mod layout;

pub use layout::Remembered;
pub(crate) use layout::{collect, fill};

/// A tensor as it stands in the file.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, without autodiff: `[product of the shape]`.
    pub value: Tensor<1>,
}

/// All tensors that the next step of a run depends on.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    /// Parameters, running statistics and what the optimiser remembers.
    pub tensors: Vec<Named>,
    /// How often the optimiser moved each parameter, by its name.
    pub moved: BTreeMap<String, u32>,
}

/// What a checkpoint says of its run, besides tensors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Version of this format.
    pub version: u32,
    /// Steps done.
    pub step: usize,
    /// The settings of the run, method and seed among them.
    pub settings: Value,
    /// How often the optimiser moved each parameter, by its name.
    pub moved: BTreeMap<String, u32>,
    /// What is remembered of the run that its steps do not depend on; null if nothing is.
    #[serde(default)]
    pub notes: Value,
    /// Peak learning rate, which the settings may leave to the method; none where nobody has said it.
    #[serde(default)]
    pub rate: Option<f32>,
    /// CRC-32 of this entry, with zeros here, and of the tensors' bytes: eight hexadecimal digits.
    pub checksum: String,
}

/// The version that is written, and the only one that is read.
const VERSION: u32 = 2;

/// Weights from here on stand still: to single precision this and one more are the same number.
const HUGE: f32 = 16_777_216.0;

/// The entry of the metadata.
const ENTRY: &str = "twoviews";

/// What stands for the checksum while it is computed.
const NO_CHECKSUM: &str = "00000000";

/// Reads the tensors, in one transfer, and writes all down. Version, `moved` and checksum of `about`
/// are set here.
///
/// # Errors
/// If the device fails, or a tensor has what is no finite number: of `ReLU` that comes out as zero,
/// and neither h nor the loss of the step before tells. Weights from 2^24 on, where adding one
/// changes nothing, are refused as well.
pub async fn save(about: About, weights: Weights) -> Result<Vec<u8>, Error> {
    let mut transaction = Transaction::default();
    let about = About {
        version: VERSION,
        moved: weights.moved,
        checksum: NO_CHECKSUM.into(),
        ..about
    };
    let mut tensors = weights.tensors;
    // The order of the file.
    tensors.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let mut places = Vec::with_capacity(tensors.len());
    for Named { name, shape, value } in tensors {
        places.push((name, shape));
        transaction = transaction.register(value);
    }
    let data = transaction.execute_async().await;
    let data = data.map_err(|e| Error::device(&e))?;
    let entry = serde_json::to_string(&about).expect("it is plain data");
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(entry.as_bytes());
    for ((name, _), numbers) in places.iter().zip(&data) {
        if !numbers.iter::<f32>().all(f32::is_finite) {
            let stopped = "The weights of the network stopped being numbers";
            return Err(Error::diverged(stopped, about.step, None));
        }
        let is_weight = name.ends_with("weight");
        if is_weight && !numbers.iter::<f32>().all(|number| number.abs() < HUGE) {
            let stopped = "The weights of the network have grown beyond what training can move";
            return Err(Error::diverged(stopped, about.step, None));
        }
        checksum.update(numbers.as_bytes());
    }
    let entry = with_checksum(&entry, NO_CHECKSUM, &format!("{:08x}", checksum.finalize()));
    let laid = places.into_iter().zip(&data);
    let laid = laid.map(|((name, shape), data)| (name, Laid { shape, data }));
    let metadata = [(ENTRY.to_owned(), entry)].into_iter().collect();
    Ok(safetensors::serialize(laid, Some(metadata)).expect("names differ, and sizes are small"))
}

/// What a file of [`save`] says of its run; its tensors are not looked at.
///
/// # Errors
/// If the bytes are not a checkpoint, or one of another version.
pub fn about(bytes: &[u8]) -> Result<About, Error> {
    Ok(entry(bytes)?.0)
}

/// The entry of the metadata: what it says, and its text without its checksum.
fn entry(bytes: &[u8]) -> Result<(About, String), Error> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|_| none())?;
    let entry = metadata.metadata().as_ref().and_then(|all| all.get(ENTRY));
    let Some(entry) = entry else {
        return Err(Error::Checkpoint(
            "this .safetensors file is not of a run of Twoviews".into(),
        ));
    };
    let version = |text| serde_json::from_str::<Value>(text).ok()?["version"].as_u64();
    if version(entry) > Some(VERSION.into()) {
        let reason = "this checkpoint is of a later version of Twoviews";
        return Err(Error::Checkpoint(reason.into()));
    }
    let about: About = serde_json::from_str(entry).map_err(|_| none())?;
    let text = with_checksum(entry, &about.checksum, NO_CHECKSUM);
    Ok((about, text))
}

/// The text of [`About`] with another checksum.
fn with_checksum(entry: &str, old: &str, new: &str) -> String {
    let field = |checksum| format!("\"checksum\":\"{checksum}\"");
    entry.replacen(&field(old), &field(new), 1)
}

/// What [`save`] wrote down.
///
/// # Errors
/// As for [`about`]; and if its tensors are not what was written, or no finite 32-bit floats.
pub fn load(bytes: &[u8], device: &Device) -> Result<(About, Weights), Error> {
    let (about, text) = entry(bytes)?;
    let file = SafeTensors::deserialize(bytes).map_err(|_| none())?;
    let mut named: Vec<_> = file.iter().collect();
    named.sort_unstable_by_key(|(name, _)| *name);
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(text.as_bytes());
    let mut tensors = Vec::with_capacity(named.len());
    for (name, tensor) in named {
        let bytes = tensor.data();
        checksum.update(bytes);
        let numbers = bytes.chunks_exact(4);
        let numbers = numbers.map(|b| f32::from_le_bytes(b.try_into().expect("four bytes")));
        let numbers: Vec<f32> = numbers.collect();
        if tensor.dtype() != Dtype::F32 || !numbers.iter().all(|number| number.is_finite()) {
            return Err(Error::Checkpoint(format!(
                "{name} in this checkpoint is not all finite 32-bit numbers"
            )));
        }
        let length = numbers.len();
        tensors.push(Named {
            name: name.to_owned(),
            shape: tensor.shape().to_vec(),
            value: Tensor::from_data(TensorData::new(numbers, [length]), device),
        });
    }
    if format!("{:08x}", checksum.finalize()) != about.checksum {
        let reason = "this checkpoint is damaged: it is not what was written";
        return Err(Error::Checkpoint(reason.into()));
    }
    let moved = about.moved.clone();
    Ok((about, Weights { tensors, moved }))
}

fn none() -> Error {
    Error::Checkpoint("this is not a checkpoint: no whole .safetensors file of Twoviews".into())
}

/// A tensor that was read, for the file.
struct Laid<'a> {
    shape: Vec<usize>,
    data: &'a TensorData,
}

impl View for Laid<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.data.as_bytes().into()
    }

    fn data_len(&self) -> usize {
        self.data.as_bytes().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(values: [f32; 2]) -> Result<Vec<u8>, Error> {
        let value = Tensor::from_floats(values, &Device::flex());
        let (name, shape) = ("encoder.weight".into(), vec![1, 2]);
        let tensors = vec![Named { name, shape, value }];
        let about = About {
            step: 7,
            ..About::default()
        };
        let moved = [("encoder.weight".into(), 7)].into();
        pollster::block_on(save(about, Weights { tensors, moved }))
    }

    /// `ReLU` makes zeros of what is no number, so neither h nor the last loss tells.
    #[test]
    fn a_network_that_is_no_number_is_not_kept() {
        assert!(saved([1.0, -2.0]).is_ok());
        for broken in [f32::NAN, f32::INFINITY] {
            let reason = saved([1.0, broken]).unwrap_err();
            assert!(matches!(reason, Error::Diverged(_)));
            let sentence = "The weights of the network stopped being numbers at step 7. The learning rate \
                            is probably too high: lower it and start again.";
            assert_eq!(reason.to_string(), sentence);
        }
        let reason = saved([1e13, -2.0]).unwrap_err().to_string();
        assert!(reason.contains("beyond what training can move"), "{reason}");
    }

    #[test]
    fn what_was_saved_is_loaded_and_the_same_twice() {
        let bytes = saved([1.0, -2.0]).unwrap();
        assert_eq!(bytes, saved([1.0, -2.0]).unwrap());
        let (about, weights) = load(&bytes, &Device::flex()).unwrap();
        assert_eq!(
            (about.version, about.step, weights.moved.len()),
            (VERSION, 7, 1)
        );
        let [named] = &weights.tensors[..] else {
            panic!("one tensor")
        };
        assert_eq!(named.shape, [1, 2]);
        assert_eq!(
            named.value.to_data().iter::<f32>().collect::<Vec<_>>(),
            [1.0, -2.0]
        );
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let device = Device::flex();
        let bytes = saved([1.0, -2.0]).unwrap();
        for cut in 0..bytes.len() {
            assert!(load(&bytes[..cut], &device).is_err(), "cut at {cut}");
        }
        let whole = load(&bytes, &device).unwrap();
        let numbers = |weights: &Weights| weights.tensors[0].value.to_data();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                // What is left is refused by whoever looks for the tensor: its name, its shape, or spaces.
                let Ok((about, weights)) = load(&bytes, &device) else {
                    continue;
                };
                assert_eq!(about.settings, whole.0.settings, "bit {bit} of byte {at}");
                assert_eq!((about.step, &about.moved), (7, &whole.0.moved));
                assert_eq!(numbers(&weights), numbers(&whole.1));
            }
        }
    }
}
