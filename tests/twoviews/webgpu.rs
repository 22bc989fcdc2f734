//! A build with a GPU of this machine, beside the CPU. `cargo xtask gpu` runs these tests, and shows what they
//! print. Without an adapter they say that they were skipped.

use burn::tensor::Device;
use serde_json::json;
use twoviews::methods::METHODS;
use twoviews::protocol::{Command, Event, State};
use twoviews::session::device::Devices;
use twoviews::settings::Backend;

use crate::kept::{command, said};
use crate::reference::{self, LOSSES};
use crate::transcript::Transcript;

/// Errors on a GPU may be this many times those on the CPU, as in a browser.
const SLACK: f64 = 10.0;

/// How far the loss of the first step may be from that of the CPU, and those of later ones, where a `ReLU`
/// that is zero but for rounding may open on one side alone. Relative to their size; small ones as they are.
const APART: [f32; 3] = [1e-5, 1e-4, 1e-4];

fn adapter() -> Option<Device> {
    let opened = pollster::block_on(Devices::default().open(Backend::WebGpu, || 0.0));
    match opened {
        Ok(chosen) => Some(chosen.device),
        Err(error) => {
            let why = error.to_string();
            assert!(why.contains("no driver"), "{why}");
            eprintln!("skipped: {why}");
            None
        }
    }
}

#[test]
fn every_loss_agrees_with_its_references() {
    let Some(device) = adapter() else { return };
    reference::compute_on(&device, SLACK);
    for (name, check) in LOSSES {
        let file = format!("{name}.json");
        reference::native::every_case(&file, async |case| check(case).await);
    }
}

/// The losses of a few steps, where the run says that it computes.
fn losses(method: &str, backend: &str) -> (Backend, Vec<f32>) {
    let mut t = Transcript::new(json!({
        "method": method, "size": 16, "backend": backend, "encoder": {"width": 4},
        "train": {"batch": 8, "epochs": 1, "warmup": 0.0}
    }));
    let options = serde_json::from_value(json!({"count": 24}));
    t.say(Command::LoadSet {
        set: "shapes".into(),
        options: Some(options.expect("options of drawn shapes")),
        squares: None,
    });
    t.say(Command::Start);
    t.say(Command::Resume);
    t.rest();
    assert_eq!(t.state(), State::Done, "{method}: {:?}", t.refusal());
    let on = t.events.iter().find_map(|event| match event {
        Event::Started { device, .. } => Some(device.backend),
        _ => None,
    });
    let losses = t.losses().into_iter().map(|(_, loss)| loss).collect();
    (on.expect("it was started"), losses)
}

#[test]
fn a_run_of_every_method_is_that_of_the_cpu() {
    if adapter().is_none() {
        return;
    }
    let mut most = [0.0_f32; 3];
    for id in METHODS.iter().map(|entry| entry.card.id) {
        let (there, gpu) = losses(id, "webgpu");
        let (here, cpu) = losses(id, "cpu");
        assert_eq!([there, here], [Backend::WebGpu, Backend::Cpu], "{id}");
        assert_eq!([gpu.len(), cpu.len()], [3, 3], "{id}");
        for (step, allowed) in APART.into_iter().enumerate() {
            let apart = (gpu[step] - cpu[step]).abs() / cpu[step].abs().max(1.0);
            assert!(
                apart <= allowed,
                "{id}: {gpu:?} on the GPU, {cpu:?} on the CPU"
            );
            most[step] = most[step].max(apart);
        }
    }
    let most = most.map(|apart| format!("{apart:.0e}")).join(", ");
    let count = METHODS.len();
    println!("losses of three steps of {count} methods are at most {most} apart");
}

/// It would be slower than the CPU that it runs on, whatever a short trial says.
#[test]
fn a_driver_in_software_is_left_alone_unless_it_is_asked_for() {
    let open = |backend| pollster::block_on(Devices::default().open(backend, || 0.0));
    let asked = open(Backend::WebGpu).map(|chosen| chosen.card.name);
    let Ok(name) = asked.map(|name| name.to_lowercase()) else {
        return;
    };
    if !["llvmpipe", "swiftshader"]
        .iter()
        .any(|one| name.contains(one))
    {
        eprintln!("skipped: {name} is a GPU");
        return;
    }
    let chosen = open(Backend::Auto).expect("the CPU is always there").card;
    assert_eq!(chosen.backend, Backend::Cpu, "{}", chosen.reason);
    assert!(chosen.reason.contains("in software"), "{}", chosen.reason);
}

/// Where Vulkan and OpenGL are told of no driver, and there is nothing else.
#[test]
#[cfg(target_os = "linux")]
fn a_driver_that_is_missing_is_one_line() {
    let args = [
        "train",
        "builtin:shapes",
        "--backend",
        "webgpu",
        "--epochs",
        "1",
    ];
    let mut program = command(&args);
    for variable in [
        "VK_ICD_FILENAMES",
        "VK_DRIVER_FILES",
        "__EGL_VENDOR_LIBRARY_FILENAMES",
    ] {
        program.env(variable, "/none.json");
    }
    let output = program.output().expect("the program runs");
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    let last = said.lines().last().expect("it says why");
    assert_eq!(
        last,
        "twoviews: WebGPU cannot be used: no driver of Vulkan, Metal, DX12 or OpenGL offers an adapter. \
         Choose the CPU instead."
    );
    assert!(!said.contains("panicked"), "{said}");
}
