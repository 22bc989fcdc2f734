//! Exponential moving averages of a network, for methods that learn from their own past.

use std::any::Any;

use burn::module::{ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::prelude::*;

use crate::network::heads::Branch;
use crate::settings::card::Knob;

/// A branch in training, and the slow copy of it that says what to aim at.
#[derive(Module, Debug)]
pub struct OnlineAndTarget {
    /// Takes gradients.
    pub online: Branch,
    /// Takes none: the moving average of `online` (`MoCo`, eq. 2; BYOL, section 3.1).
    pub target: Branch,
}

impl OnlineAndTarget {
    /// A target that starts as a copy of `online`.
    pub fn new(online: Branch) -> Self {
        Self {
            target: frozen_copy(&online),
            online,
        }
    }

    /// Moves the target after a step: `target <- momentum target + (1 - momentum) online`. Without
    /// `average` it becomes a copy of `online`.
    #[must_use]
    pub fn update(self, average: bool, momentum: f32) -> Self {
        let momentum = if average { momentum } else { 0.0 };
        Self {
            target: ema_update(self.target, &self.online, momentum),
            online: self.online,
        }
    }
}

/// A copy of `online` that takes no gradients and shares nothing with it.
///
/// A plain `clone` shares batch norm's statistics, parameter ids and, before first use, the
/// gradient setting itself.
pub fn frozen_copy<M: Module>(online: &M) -> M {
    struct FreshIds;
    impl ModuleMapper for FreshIds {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (_, value, mapper) = param.consume();
            Param::from_mapped_value(ParamId::new(), value, mapper)
        }
    }
    online.valid().train().map(&mut FreshIds).no_grad()
}

/// `target <- decay target + (1 - decay) online`, parameter by parameter.
///
/// Batch norm's running statistics are left alone: the target keeps its own.
pub fn ema_update<M: Module>(target: M, online: &M, decay: f32) -> M {
    #[derive(Default)]
    struct Values(Vec<Box<dyn Any>>);
    impl ModuleVisitor for Values {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(Box::new(param.val().detach()));
        }
    }
    struct Blend {
        online: std::vec::IntoIter<Box<dyn Any>>,
        decay: f32,
    }
    impl ModuleMapper for Blend {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let online = self.online.next().expect("target and online are alike");
            let online = *online.downcast::<Tensor<D>>().expect("in the same order");
            let decay = self.decay;
            param
                .map(|slow| slow.detach() * decay + online * (1.0 - decay))
                .set_require_grad(false)
        }
    }
    let mut values = Values::default();
    online.visit(&mut values);
    target.map(&mut Blend {
        online: values.0.into_iter(),
        decay,
    })
}

/// The decay of step k of K: from `base` to 1 by half a cosine, `1 - (1 - base) (cos(pi k / K) + 1) / 2`
/// (BYOL, section 3.2).
///
/// `progress` is k / K.
pub fn momentum_schedule(base: f32, progress: f32) -> f32 {
    1.0 - (1.0 - base) * 0.5 * ((std::f32::consts::PI * progress).cos() + 1.0)
}

/// The knob of every method with an [`OnlineAndTarget`]: the field `momentum` of its settings.
pub const MOMENTUM: Knob = Knob::number(
    "momentum",
    "Target's memory",
    "How much of the target is kept at each step; the rest comes from the network in training.",
    [0.0, 0.9999],
    0.001,
)
.idle_while("knobs.average", &["false"]);

/// The knob that makes the target a plain copy: the field `average` of a method's settings.
pub const AVERAGE: Knob = Knob::switch(
    "average",
    "Moving average",
    "Off: after each step the target is the network in training itself.",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::encoder::{Encoder, EncoderConfig};
    use crate::rng::{Purpose, Rng};

    fn encoder(device: &Device) -> Encoder {
        let mut rng = Rng::keyed(1, Purpose::Weights, &[]);
        EncoderConfig {
            width: 4,
            norm: true,
        }
        .init(&mut rng, device)
    }

    fn images(device: &Device) -> Tensor<4> {
        let mut rng = Rng::keyed(1, Purpose::Test, &[]);
        let values: Vec<f32> = (0..4 * 3 * 64).map(|_| rng.uniform(0.0, 1.0)).collect();
        Tensor::from_data(TensorData::new(values, [4, 3, 8, 8]), device)
    }

    #[test]
    fn a_copy_normalises_by_the_batch_and_is_not_tracked() {
        let device = Device::flex().autodiff();
        let online = encoder(&device);
        let target = frozen_copy(&online);
        let [a, b] = [&online, &target].map(|net| net.forward(images(&device)).pooled);
        assert!(a.is_tracked() && !b.is_tracked());
        assert!((a - b).abs().max().into_scalar::<f32>() < 1e-5);
    }

    #[test]
    fn a_target_moves_by_its_part_and_leaves_the_other_alone() {
        let device = Device::flex().autodiff();
        let online = encoder(&device);
        let ones = |net: &Encoder| {
            struct Fill;
            impl ModuleMapper for Fill {
                fn map_float<const D: usize>(
                    &mut self,
                    param: Param<Tensor<D>>,
                ) -> Param<Tensor<D>> {
                    param.map(|value| value.ones_like())
                }
            }
            frozen_copy(net).map(&mut Fill)
        };
        let before = online.forward(images(&device)).pooled.into_data();
        let target = ema_update(ones(&online), &ones(&online), 0.25);
        let target = ema_update(target, &online, 1.0);
        let all_ones = ones(&online).forward(images(&device)).pooled;
        let target = target.forward(images(&device)).pooled;
        assert!((target - all_ones).abs().max().into_scalar::<f32>() < 1e-5);
        assert_eq!(before, online.forward(images(&device)).pooled.into_data());
    }

    #[test]
    fn the_decay_ends_at_one() {
        assert_eq!(
            [momentum_schedule(0.9, 0.0), momentum_schedule(0.9, 1.0)],
            [0.9, 1.0]
        );
        assert!((momentum_schedule(0.9, 0.5) - 0.95).abs() < 1e-6);
    }
}
