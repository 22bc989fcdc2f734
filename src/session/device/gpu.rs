//! GPUs: opened, given a known answer to compute, and tried against the CPU.

use std::sync::Mutex;

use burn::tensor::Tensor;
#[cfg(feature = "webgpu")]
use burn::tensor::wgpu::wgpu::{DeviceType, ErrorFilter};

use super::{Backend, ChosenDevice, Clock, Device, DeviceCard, cpu, kernels};
use super::{known_answer, trial};

/// What of this build may be a GPU; `auto` takes the first that opens.
const KINDS: &[Backend] = &[
    #[cfg(feature = "cuda")]
    Backend::Cuda,
    #[cfg(feature = "rocm")]
    Backend::Rocm,
    #[cfg(feature = "webgpu")]
    Backend::WebGpu,
];

/// What became of each kind that was asked for: a process has one device of a kind, whoever asks.
static TRIED: Mutex<Vec<(Backend, Result<Adapter, String>)>> = Mutex::new(Vec::new());

static LOST: Mutex<Option<String>> = Mutex::new(None);

/// A GPU that gave the known answer.
#[derive(Debug, Clone)]
struct Adapter {
    device: Device,
    kind: Backend,
    name: String,
    /// Whether it is a CPU that makes believe: the page asks its browser, a driver says so itself.
    software: bool,
}

impl Adapter {
    fn chosen(&self, reason: String) -> ChosenDevice {
        ChosenDevice {
            device: self.device.clone(),
            card: DeviceCard {
                backend: self.kind,
                name: self.name.clone(),
                reason,
            },
        }
    }
}

/// Why the GPU has gone, if it has.
pub(super) fn lost() -> Option<String> {
    LOST.lock().expect("no panic while held").clone()
}

/// The GPU of a kind.
pub(super) async fn open(kind: Backend) -> Result<ChosenDevice, String> {
    let adapter = adapter(kind).await?;
    Ok(adapter.chosen("chosen in the settings".into()))
}

/// The first GPU there is, or the CPU where that is faster.
pub(super) async fn fastest(clock: Clock) -> ChosenDevice {
    let mut reasons = Vec::new();
    for &kind in KINDS {
        match adapter(kind).await {
            Ok(Adapter { name, software, .. }) if software => {
                reasons.push(format!(
                    "{} would compute in software ({name})",
                    kind.title()
                ));
            }
            Ok(adapter) => return faster(&adapter, clock).await,
            Err(reason) => reasons.push(format!("{} cannot be used: {reason}", kind.title())),
        }
    }
    cpu(reasons.join("; "))
}

async fn adapter(kind: Backend) -> Result<Adapter, String> {
    if let Some(reason) = lost() {
        return Err(format!("it was lost ({reason})"));
    }
    let known = || TRIED.lock().expect("no panic while held");
    if let Some((_, found)) = known().iter().find(|(of, _)| *of == kind) {
        return found.clone();
    }
    let found = request(kind).await;
    known().push((kind, found.clone()));
    found
}

/// The GPU or the CPU, whichever is faster.
async fn faster(adapter: &Adapter, clock: Clock) -> ChosenDevice {
    let gpu = adapter.kind.title();
    let processor = cpu(String::new());
    let [there, here] = [&adapter.device, &processor.device].map(inputs);
    let medians = trial::compare(
        async || convolve(&there).await,
        async || convolve(&here).await,
        clock,
    );
    match medians.await {
        Some([there, here]) if there > here => cpu(format!(
            "in a short trial it took {here:.1} ms and {gpu} {there:.1} ms"
        )),
        Some([there, here]) => adapter.chosen(format!(
            "in a short trial it took {there:.1} ms and the CPU {here:.1} ms"
        )),
        None => cpu(format!("{gpu} failed in a short trial")),
    }
}

async fn request(kind: Backend) -> Result<Adapter, String> {
    let (device, name, software) = match kind {
        #[cfg(feature = "webgpu")]
        Backend::WebGpu => webgpu().await?,
        #[cfg(feature = "cuda")]
        Backend::Cuda => native(|| Device::cuda(0), kind).await?,
        #[cfg(feature = "rocm")]
        Backend::Rocm => native(|| Device::rocm(0), kind).await?,
        _ => return Err("it is not compiled into this build".into()),
    };
    Ok(Adapter {
        device,
        kind,
        name,
        software,
    })
}

#[cfg(feature = "webgpu")]
async fn webgpu() -> Result<(Device, String, bool), String> {
    /// What is said where there is none.
    const NONE: &str = if cfg!(target_arch = "wasm32") {
        "this browser offers no adapter"
    } else {
        "no driver of Vulkan, Metal, DX12 or OpenGL offers an adapter"
    };
    let opened = Device::wgpu_options().init_with_setup_async().await;
    let (device, setup) = opened.map_err(|_| NONE.to_owned())?;
    setup.device.set_device_lost_callback(|reason, message| {
        *LOST.lock().expect("no panic while held") = Some(format!("{reason:?}: {message}"));
    });
    // What nobody listens for ends the core: a browser tells in no other way that it refuses a shader.
    let refusals = setup.device.push_error_scope(ErrorFilter::Validation);
    let answer = known_answer::check(&device).await;
    if let Some(refusal) = refusals.pop().await {
        let refusal = refusal.to_string();
        let what = refusal.lines().next().unwrap_or_default();
        return Err(format!("the adapter refuses what a run needs: {what}"));
    }
    answer?;
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
    // In a browser the page has asked before, and may know better.
    let software = cfg!(not(target_arch = "wasm32")) && info.device_type == DeviceType::Cpu;
    Ok((device, name, software))
}

/// The first device of a vendor's own driver, if it answers. Where that is missing, what opens it panics.
#[cfg(any(feature = "cuda", feature = "rocm"))]
async fn native(open: fn() -> Device, kind: Backend) -> Result<(Device, String, bool), String> {
    use std::panic;

    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let opened = panic::catch_unwind(|| {
        let device = open();
        // Nothing is loaded before it is used.
        let one = Tensor::<1>::ones([1], &device).into_data();
        (device, one)
    });
    panic::set_hook(hook);
    let title = kind.title();
    let Ok((device, _)) = opened else {
        return Err(format!("no driver of {title} offers a device"));
    };
    known_answer::check(&device).await?;
    Ok((device, format!("{title}, device 0"), false))
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
