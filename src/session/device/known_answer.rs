//! Whether a GPU computes what the CPU does: some drivers refuse a shader, or compute nonsense, and say
//! nothing.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use crate::kernels::{self, AdamStep, Change, SgdStep, Taps};

/// How far an answer may be from that of the CPU, as a part of one: WGSL's `exp` and `tanh` are loose.
const TOLERANCE: f32 = 1e-3;

/// Images.
const N: usize = 4;
/// Their channels, where they are features.
const C: usize = 4;
/// Their side, in pixels.
const SIDE: usize = 8;

/// Each kind of kernel that a run needs, and what the CPU makes of it. Written down, for a core that trains
/// on a GPU has little of the CPU's code; a test holds them to it.
const KINDS: [(&str, f32); 8] = [
    ("a product of matrices", -11.9101),
    ("a softmax", 245.2777),
    ("crops", 4.8344),
    ("changes of colour", -46.3789),
    ("a convolution", -420.0874),
    ("batch norm", 211.3392),
    ("a step of SGD", 21.9378),
    ("a step of Adam", 23.1121),
];

/// Has `device` compute one small thing with each kind of kernel. One read-back for all.
///
/// # Errors
/// If the device fails, or what it computes is not what the CPU does: which kind it is.
pub(super) async fn check(device: &Device) -> Result<(), String> {
    let got = given(device).await;
    let got = got.map_err(|e| format!("the adapter failed on a known answer ({e})"))?;
    match wrong(&got) {
        Some(kind) => Err(format!("the adapter computes {kind} wrongly")),
        None => Ok(()),
    }
}

/// The first kind whose answer is not that of the CPU; one that is no number is not.
fn wrong(got: &[f32]) -> Option<&'static str> {
    let right = |got: f32, wanted: f32| (got - wanted).abs() <= TOLERANCE * wanted.abs().max(1.0);
    let pairs = KINDS.iter().zip(got);
    let mut wrong = pairs.filter(|((_, wanted), got)| !right(**got, *wanted));
    wrong.next().map(|((kind, _), _)| *kind)
}

/// The answers of a device.
async fn given(device: &Device) -> Result<Vec<f32>, String> {
    let [crops, coloured] = views(device);
    let [convolved, normed] = stages(&device.clone().autodiff());
    let [sgd, adam] = steps(device);
    let all = [product(device), sums(device), crops, coloured];
    let all = all.into_iter().chain([convolved, normed, sgd, adam]);
    let data = Tensor::cat(all.collect(), 0).into_data_async().await;
    data.map(|data| data.iter().collect())
        .map_err(|e| e.to_string())
}

/// Numbers from -1 to 1, no two neighbours alike.
fn numbers<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let values = (0..count).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0);
    Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), shape), device)
}

/// All numbers in one, each with a weight of its own: `[1]`.
fn one<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let weights = numbers(x.dims(), &x.device());
    (x * weights).sum()
}

fn product(device: &Device) -> Tensor<1> {
    let [a, b] = [[24, 40], [40, 16]].map(|shape| numbers(shape, device));
    one(a.matmul(b))
}

fn sums(device: &Device) -> Tensor<1> {
    one(log_softmax(numbers([12, 20], device) * 3.0, 1))
}

fn views(device: &Device) -> [Tensor<1>; 2] {
    let images = || numbers([N, 3, SIDE, SIDE], device) * 0.5 + 0.5;
    let mut taps = Taps::new(SIDE, 2, N * SIDE);
    for at in 0..N * SIDE {
        taps.push(at % SIDE / 2, [0.75, 0.25].into_iter());
    }
    let changes = vec![
        Change::Brightness(1.2),
        Change::Contrast(0.7),
        Change::Saturation(1.3),
        Change::Hue(0.2),
        Change::Solarise(0.8),
    ];
    [
        one(kernels::resample(images(), &taps, &taps)),
        one(kernels::distort(images(), &vec![changes; N])),
    ]
}

/// Convolutions and batch norm, and their gradients, on a device with autodiff.
fn stages(device: &Device) -> [Tensor<1>; 2] {
    let leaf = |shape| numbers::<4>(shape, device).require_grad();
    let (images, weight) = (leaf([N, C, SIDE, SIDE]), leaf([2 * C, C, 3, 3]));
    let outputs = [1, 2].map(|stride| {
        let out = kernels::conv3x3(images.clone(), weight.clone(), stride);
        one(out.clone() * out)
    });
    let [narrow, wide] = outputs;
    let loss = narrow + wide;
    let convolved = answer(loss, [images, weight]);

    let images = leaf([N, C, SIDE, SIDE]);
    let vector = |offset: f32| numbers::<1>([C], device) * 0.2 + offset;
    let (gain, shift) = (vector(1.5).require_grad(), vector(0.1).require_grad());
    let running = [vector(0.0), vector(1.0)];
    let (moments, [mean, variance]) = kernels::moments(&images, 2, running, 0.1);
    let out = kernels::norm_relu(
        images.clone(),
        moments.clone(),
        gain.clone(),
        shift.clone(),
        1e-5,
    );
    let loss = one(out);
    let grads = loss.backward();
    let gradient = |of: Option<Tensor<1>>| one(of.expect("it takes a gradient"));
    let normed = loss.inner()
        + one(moments.inner())
        + one(mean.inner())
        + one(variance.inner())
        + one(images.grad(&grads).expect("it takes a gradient"))
        + gradient(gain.grad(&grads))
        + gradient(shift.grad(&grads));
    [convolved, normed]
}

/// A loss and its gradients.
fn answer<const D: usize>(loss: Tensor<1>, of: [Tensor<D>; 2]) -> Tensor<1> {
    let grads = loss.backward();
    let of = of.map(|leaf| one(leaf.grad(&grads).expect("it takes a gradient")));
    let [a, b] = of;
    loss.inner() + a + b
}

/// A step of each optimiser.
fn steps(device: &Device) -> [Tensor<1>; 2] {
    let some = |scale: f32| numbers::<1>([40], device) * scale;
    let sgd = SgdStep {
        decay: 0.01,
        momentum: 0.9,
        rate: 0.1,
        nesterov: true,
    };
    let [param, velocity] = kernels::sgd_step([some(1.0), some(0.5), some(0.2)], sgd);
    let adam = AdamStep {
        keep: 0.99,
        decay: 0.01,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-3,
        rate: 0.1,
    };
    // Squares are above zero.
    let squares = some(0.1) + 0.2;
    let [moved, m, v] = kernels::adam_step([some(1.0), some(0.5), some(0.2), squares], adam);
    [one(param) + one(velocity), one(moved) + one(m) + one(v)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_those_of_the_cpu() {
        let device = Device::flex();
        let got = pollster::block_on(given(&device)).unwrap();
        assert_eq!(pollster::block_on(check(&device)), Ok(()));
        assert_eq!(got.len(), KINDS.len());
        assert!(
            got.iter().all(|answer| answer.abs() > 0.1),
            "{got:?}: zeros would pass"
        );
        for (at, (kind, _)) in KINDS.iter().enumerate() {
            for broken in [0.0, got[at] * 1.01, f32::NAN, f32::INFINITY] {
                let mut got = got.clone();
                got[at] = broken;
                assert_eq!(wrong(&got), Some(*kind));
            }
        }
    }
}
