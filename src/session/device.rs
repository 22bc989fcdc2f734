//! Where a run computes: which backend, what it is called, and why that one.

use burn::prelude::*;

use crate::error::Error;
use crate::kernels;
use crate::protocol::DeviceCard;
use crate::settings::Backend;

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
    #[cfg(feature = "webgpu")]
    webgpu: Option<Result<webgpu::Adapter, String>>,
}

impl Devices {
    /// No device is open. `cpu` is why `auto` is the CPU, if it is to be without a trial.
    pub fn new(cpu: Option<String>) -> Self {
        Self {
            cpu,
            #[cfg(feature = "webgpu")]
            webgpu: None,
        }
    }

    /// The device that `wanted` asks for.
    ///
    /// # Errors
    /// If WebGPU is asked for and cannot be had. `auto` and `cpu` always give a device.
    pub async fn open(&mut self, wanted: Backend, clock: Clock) -> Result<ChosenDevice, Error> {
        match wanted {
            Backend::Cpu => Ok(cpu("chosen in the settings".into())),
            Backend::WebGpu => self.webgpu().await.map_err(|reason| {
                Error::Device(format!(
                    "WebGPU cannot be used: {reason}. Choose the CPU instead."
                ))
            }),
            Backend::Auto => Ok(match &self.cpu {
                Some(reason) => cpu(reason.clone()),
                None => self.fastest(clock).await,
            }),
        }
    }

    #[cfg(not(feature = "webgpu"))]
    #[expect(clippy::unused_async, reason = "a browser must wait for its adapter")]
    async fn webgpu(&mut self) -> Result<ChosenDevice, String> {
        Err("it is not compiled into this build".into())
    }

    #[cfg(not(feature = "webgpu"))]
    #[expect(clippy::unused_async, reason = "a browser must wait for its adapter")]
    async fn fastest(&mut self, _clock: Clock) -> ChosenDevice {
        cpu("this build has only the CPU".into())
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

#[cfg(feature = "webgpu")]
mod webgpu {
    use std::sync::Mutex;

    use burn::tensor::Tensor;

    use super::{Backend, ChosenDevice, Clock, Device, DeviceCard, Devices, cpu, kernels};
    use crate::session::trial;

    static LOST: Mutex<Option<String>> = Mutex::new(None);

    /// An adapter that gave the known answer.
    #[derive(Debug, Clone)]
    pub(super) struct Adapter {
        device: Device,
        name: String,
    }

    impl Adapter {
        fn chosen(&self, reason: String) -> ChosenDevice {
            ChosenDevice {
                device: self.device.clone(),
                card: DeviceCard {
                    backend: Backend::WebGpu,
                    name: self.name.clone(),
                    reason,
                },
            }
        }
    }

    /// Why the GPU has gone, if it has.
    pub(crate) fn lost() -> Option<String> {
        LOST.lock().expect("no panic while held").clone()
    }

    impl Devices {
        pub(super) async fn webgpu(&mut self) -> Result<ChosenDevice, String> {
            let adapter = self.adapter().await?;
            Ok(adapter.chosen("chosen in the settings".into()))
        }

        pub(super) async fn fastest(&mut self, clock: Clock) -> ChosenDevice {
            let adapter = match self.adapter().await {
                Ok(adapter) => adapter,
                Err(reason) => return cpu(format!("WebGPU cannot be used: {reason}")),
            };
            let processor = cpu(String::new());
            let [on_gpu, on_cpu] = [&adapter.device, &processor.device].map(inputs);
            let medians = trial::compare(
                async || convolve(&on_gpu).await,
                async || convolve(&on_cpu).await,
                clock,
            );
            match medians.await {
                Some([gpu, cpu_time]) if gpu > cpu_time => cpu(format!(
                    "in a short trial it took {cpu_time:.1} ms and WebGPU {gpu:.1} ms"
                )),
                Some([gpu, cpu_time]) => adapter.chosen(format!(
                    "in a short trial it took {gpu:.1} ms and the CPU {cpu_time:.1} ms"
                )),
                None => cpu("WebGPU failed in a short trial".into()),
            }
        }

        async fn adapter(&mut self) -> Result<Adapter, String> {
            if let Some(reason) = lost() {
                return Err(format!("it was lost ({reason})"));
            }
            if let Some(found) = &self.webgpu {
                return found.clone();
            }
            let found = request().await;
            self.webgpu = Some(found.clone());
            found
        }
    }

    async fn request() -> Result<Adapter, String> {
        let (device, setup) = Device::wgpu_options()
            .init_with_setup_async()
            .await
            .map_err(|_| "this browser offers no adapter".to_owned())?;
        setup.device.set_device_lost_callback(|reason, message| {
            *LOST.lock().expect("no panic while held") = Some(format!("{reason:?}: {message}"));
        });
        let info = setup.adapter.get_info();
        let described = [info.name.as_str(), info.driver.as_str()];
        let described: Vec<_> = described
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let name = if described.is_empty() {
            "WebGPU".to_owned()
        } else {
            described.join(", ")
        };
        known_answer(&device).await?;
        Ok(Adapter { device, name })
    }

    /// A product whose result is known: some drivers compute nonsense and say nothing.
    async fn known_answer(device: &Device) -> Result<(), String> {
        let a = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], device);
        let product = a.clone().matmul(a).into_data_async().await;
        let product = product.map_err(|e| format!("the adapter failed a small product ({e})"))?;
        let expected = [7.0, 10.0, 15.0, 22.0];
        if product.iter::<f32>().eq(expected) {
            Ok(())
        } else {
            Err("the adapter computed a small product wrongly".into())
        }
    }

    /// What the trial convolves: images, and weights.
    fn inputs(device: &Device) -> [Tensor<4>; 2] {
        [[64, 16, 32, 32], [32, 16, 3, 3]].map(|shape| Tensor::ones(shape, device))
    }

    /// A small convolution, and its result read back. None if the device fails.
    async fn convolve([images, weight]: &[Tensor<4>; 2]) -> Option<()> {
        let out = kernels::conv3x3(images.clone(), weight.clone(), 2);
        out.mean().into_data_async().await.ok().map(drop)
    }
}

/// Why the GPU has gone, if it has.
pub fn lost() -> Option<String> {
    #[cfg(feature = "webgpu")]
    return webgpu::lost();
    #[cfg(not(feature = "webgpu"))]
    None
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
