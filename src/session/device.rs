//! Where a run computes: which backend, what it is called, and why that one.

use burn::prelude::*;

use crate::error::Error;
use crate::kernels;
use crate::protocol::DeviceCard;
use crate::settings::Backend;

#[cfg(any(feature = "webgpu", feature = "cuda", feature = "rocm"))]
mod gpu;
#[cfg(any(test, feature = "webgpu", feature = "cuda", feature = "rocm"))]
mod known_answer;
#[cfg(any(test, feature = "webgpu", feature = "cuda", feature = "rocm"))]
mod trial;

/// A device that has answered.
#[derive(Debug, Clone)]
pub struct ChosenDevice {
    /// Without autodiff.
    pub device: Device,
    /// What the page says of it.
    pub card: DeviceCard,
}

/// Milliseconds since some moment. The core has no clock of its own: a browser's is not the system's.
pub type Clock = fn() -> f64;

/// Milliseconds that no unit of work takes: a machine has slept, or its clock was set.
const JUMP: f64 = 600_000.0;

/// Time without jumps. What passes while a machine sleeps is no time of training, of which rates and
/// what looks may cost are taken; nor does a clock that is set back take any away.
#[derive(Debug, Default)]
pub struct Steady {
    last: f64,
    skipped: f64,
}

impl Steady {
    /// What the time is, where the clock says `now`.
    pub fn at(&mut self, now: f64) -> f64 {
        let passed = now - self.last;
        if !(0.0..JUMP).contains(&passed) {
            self.skipped += passed;
        }
        self.last = now;
        now - self.skipped
    }
}

/// The devices of this process, opened at first use and kept.
#[derive(Debug, Default)]
pub struct Devices {
    /// Why `auto` is the CPU, where that is known beforehand.
    cpu: Option<String>,
}

impl Devices {
    /// `cpu` is why `auto` is the CPU, if it is to be without a trial.
    pub fn new(cpu: Option<String>) -> Self {
        Self { cpu }
    }

    /// The device that `wanted` asks for.
    ///
    /// # Errors
    /// If a GPU is asked for and cannot be had. `auto` and `cpu` always give a device.
    pub async fn open(&self, wanted: Backend, clock: Clock) -> Result<ChosenDevice, Error> {
        if wanted == Backend::Cpu {
            return Ok(cpu("chosen in the settings".into()));
        }
        if wanted == Backend::Auto {
            return Ok(match &self.cpu {
                Some(reason) => cpu(reason.clone()),
                None => gpu::fastest(clock).await,
            });
        }
        gpu::open(wanted).await.map_err(|reason| {
            let gpu = wanted.title();
            Error::Device(format!(
                "{gpu} cannot be used: {reason}. Choose the CPU instead."
            ))
        })
    }
}

/// A build without a GPU.
#[cfg(not(any(feature = "webgpu", feature = "cuda", feature = "rocm")))]
#[expect(clippy::unused_async, reason = "a browser must wait for its adapter")]
mod gpu {
    use super::{Backend, ChosenDevice, Clock, cpu};

    pub(super) async fn open(_kind: Backend) -> Result<ChosenDevice, String> {
        Err("it is not compiled into this build".into())
    }

    pub(super) async fn fastest(_clock: Clock) -> ChosenDevice {
        cpu("this build has only the CPU".into())
    }

    pub(super) fn lost() -> Option<String> {
        None
    }
}

fn cpu(reason: String) -> ChosenDevice {
    let threads = match kernels::threads() {
        1 => "one thread".to_owned(),
        count => format!("{count} threads"),
    };
    let simd = if cfg!(target_arch = "wasm32") {
        " with SIMD"
    } else {
        ""
    };
    ChosenDevice {
        device: Device::flex(),
        card: DeviceCard {
            backend: Backend::Cpu,
            name: format!("CPU, {threads}{simd}"),
            reason,
        },
    }
}

/// Why the GPU has gone, if it has.
pub fn lost() -> Option<String> {
    gpu::lost()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_asleep_and_a_clock_set_back_take_no_time() {
        let mut steady = Steady::default();
        let told = [1e12, 1e12 + 40.0, 1e12 + 9e7, 1e12 + 9e7 + 50.0, 5.0, 15.0];
        let told = told.map(|now| steady.at(now));
        assert_eq!(told, [0.0, 40.0, 40.0, 90.0, 90.0, 100.0]);
    }
}
