//! `TiCo`: agree between views, and keep away from the directions that images have taken so far
//! (Zhu, Moraes, Karakulak, Sobol, Canziani, LeCun 2022, arXiv:2206.10698).

use burn::module::Param;
use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::network::ema::{AVERAGE, MOMENTUM, OnlineAndTarget, momentum_schedule};
use crate::network::layers::buffer;
use crate::network::losses::{Loss, unit_rows};
use crate::network::{Branch, Embedding, EncoderConfig, PROJECTOR, ProjectorKind};
use crate::rng::Rng;
use crate::settings::card::{
    Card, Case, Choice, Diagram, Family, GaugeCard, Knob, Part, Published, Role, TermCard, to_z,
};
use crate::settings::with_defaults;
use crate::training::{Method, Scale, StepInfo};

/// `1 - mean cos(a_i, b_i) + ρ mean z_iᵀ C z_i` for two views `a, b: [n, d]`, and the new
/// `C: [d, d]`; z are the rows of `a` scaled to length one.
///
/// C is the running second moment `past: [d, d]` with this batch in it. It gets no gradient, so of
/// two images that are compared in the pairwise form only one does. (Older code lets the gradient
/// into the batch's part, which doubles it.) In training `b` comes from the target.
pub fn tico(a: Tensor<2>, b: Tensor<2>, past: Tensor<2>, settings: &Settings) -> (Loss, Tensor<2>) {
    let (n, beta) = (a.dims()[0] as f32, settings.beta);
    let (z, other) = (unit_rows(a.clone()), unit_rows(b.clone()));
    let fixed = z.clone().detach();
    let batch = fixed.clone().transpose().matmul(fixed.clone()) / n;
    let moment = past.clone() * beta + batch * (1.0 - beta);

    let invariance = -(z.clone() * other).sum() / n + 1.0;
    let cosine = forms_cosine(&fixed, &past, &moment, beta);
    let by_moment = quadratic_form(&z, moment.clone());
    let pairs = z.clone().matmul(fixed.transpose()).square().sum() / (n * n);
    let by_pairs = quadratic_form(&z, past) * beta + pairs * (1.0 - beta);
    let apart = (by_pairs.clone() - by_moment.clone()).abs() / by_moment.clone().clamp_min(1e-12);
    let contrast = match settings.form {
        Form::Covariance => by_moment,
        Form::Pairwise => by_pairs,
    };
    let terms = [
        ("invariance", 1.0, invariance),
        ("contrast", settings.rho, contrast),
    ];
    let directions = participation_ratio(moment.clone());
    let loss = Loss::weighted(terms, vec![a, b])
        .with_gauge("directions", directions)
        .with_gauge("apart", apart)
        .with_gauge("gradients", cosine);
    (loss, moment)
}

/// The cosine of the gradients that the two forms of the contrast have with respect to all of
/// `z: [n, d]`: `[1]`. They are `C z_i` and `β C_past z_i + (1 - β) Σ_j (z_i · z_j) z_j / n`, up to a factor.
fn forms_cosine(z: &Tensor<2>, past: &Tensor<2>, moment: &Tensor<2>, beta: f32) -> Tensor<1> {
    let n = z.dims()[0] as f32;
    let by_moment = z.clone().matmul(moment.clone());
    let pairs = z.clone().matmul(z.clone().transpose()).matmul(z.clone()) / n;
    let by_pairs = z.clone().matmul(past.clone()) * beta + pairs * (1.0 - beta);
    let length = |x: &Tensor<2>| x.clone().square().sum().sqrt();
    let lengths = length(&by_moment) * length(&by_pairs);
    (by_moment * by_pairs).sum() / lengths.clamp_min(1e-12)
}

/// The mean of `zᵀ m z` over the rows of `z: [n, d]`, for `m: [d, d]`: `[1]`.
fn quadratic_form(z: &Tensor<2>, m: Tensor<2>) -> Tensor<1> {
    (z.clone().matmul(m) * z.clone()).sum() / z.dims()[0] as f32
}

/// Over how many directions a second moment `c: [d, d]` is spread: squared trace over squared
/// Frobenius norm, `[1]`, from 1 to d.
fn participation_ratio(c: Tensor<2>) -> Tensor<1> {
    let [d, _] = c.dims();
    let trace = (c.clone() * Tensor::eye(d, &c.device())).sum();
    trace.square() / c.square().sum().clamp_min(1e-12)
}

/// The network in training with its slow copy, and the running second moment.
#[derive(Module, Debug)]
pub struct TiCo {
    networks: OnlineAndTarget,
    /// C of the paper: `[d, d]`.
    moment: Param<Tensor<2>>,
}

impl Method for TiCo {
    type Settings = Settings;

    const CARD: Card = CARD;

    fn init(settings: &Settings, encoder: &EncoderConfig, rng: &mut Rng, device: &Device) -> Self {
        let (c, d, kind) = (encoder.features(), settings.latent, settings.projector);
        let online = Branch::new(encoder, kind, &[c, d], rng, device);
        let d = kind.width(c, d);
        Self {
            networks: OnlineAndTarget::new(online),
            moment: buffer(Tensor::zeros([d, d], device)),
        }
    }

    fn loss(&mut self, settings: &Settings, views: &[Tensor<4>], _at: StepInfo) -> Loss {
        let a = self.networks.online.embed(views[0].clone()).z;
        let b = self.networks.target.embed(views[1].clone()).z;
        let (loss, moment) = tico(a, b, self.moment.val(), settings);
        self.moment = buffer(moment);
        loss
    }

    /// Independent directions: cosines of 0 between views, and squared ones of `1 / d` with all images so
    /// far but of 1 with itself, so `1 + ρ (β / d + (1 - β) (1 / n + (n - 1) / (n d)))`.
    fn chance(settings: &Settings, of: Scale) -> Option<f32> {
        let (n, d) = (
            of.images as f32,
            settings.projector.width(of.features, settings.latent) as f32,
        );
        let batch = 1.0 / n + (n - 1.0) / (n * d);
        let contrast = settings.beta / d + (1.0 - settings.beta) * batch;
        Some(1.0 + settings.rho * contrast)
    }

    /// One of the two views is passed forwards alone.
    fn cost(_settings: &Settings) -> f32 {
        2.0 / 3.0
    }

    fn held(_settings: &Settings) -> f32 {
        0.7
    }

    fn embed(&self, images: Tensor<4>) -> Embedding {
        self.networks.online.embed(images)
    }

    fn after_step(self, settings: &Settings, at: StepInfo) -> Self {
        let momentum = momentum_schedule(settings.momentum, at.progress());
        let networks = self.networks.update(settings.average, momentum);
        Self { networks, ..self }
    }
}

with_defaults! {
    /// What can be turned.
    pub struct Settings {
        /// ρ of the paper.
        pub rho: f32 = 8.0,
        /// β of the paper: how much of C is kept at each step.
        // The paper's 0.9 and 0.99 are for runs of 100,000 steps: in a few hundred, C and the
        // target must keep up with a network that moves fast.
        pub beta: f32 = 0.5,
        /// How the contrast is computed.
        pub form: Form = Form::Covariance,
        /// How much of the target is kept at the first step; rises to 1.
        pub momentum: f32 = 0.9,
        /// Whether the target is a moving average; else a copy.
        pub average: bool = true,
        /// What turns h into z.
        pub projector: ProjectorKind = ProjectorKind::Mlp,
        /// Width of z.
        pub latent: usize = 128,
    }
}

/// Two ways to the same contrast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Through the second moment C of the features, as methods that reduce redundancy do it.
    Covariance,
    /// Through the cosines of all pairs of images, as contrastive methods do it.
    Pairwise,
}

const FIRST: [Part; 6] = to_z(&[Part::UNIT]);

const SECOND: [Part; 7] = to_z(&[Part::UNIT, Part::NO_GRADIENT]);

const CARD: Card = Card {
    id: "tico",
    title: "TiCo",
    family: Family::Redundancy,
    paper: "Zhu, Moraes, Karakulak, Sobol, Canziani, LeCun: TiCo: Transformation Invariance and Covariance Contrast for Self-Supervised Visual Representation Learning, 2022",
    link: "https://arxiv.org/abs/2206.10698",
    idea: "Two views of one image should agree; an image should point where few images so far have pointed. Said with features, this reduces redundancy; said with images, it is contrastive.",
    tries: "Turn rho to 0: nothing pushes any more, and all images fall together. Then choose the other form of the contrast: the loss is the same number.",
    fails: "Beta too near 1, and a short run is pushed away from directions that the network left long ago. Rho too large, and views no longer agree.",
    letters: &[
        &[Case::always(r"$z_i$: the first view of image $i$")],
        &[
            Case::when(
                &[("average", &["false"])],
                r"$z_i'$: its second view by a copy of the network as it stands",
            ),
            Case::always(r"$z_i'$: its second view by the slow copy"),
        ],
        &[Case::always(r"both scaled to length 1; $\beta$: memory")],
        &[
            Case::when(
                &[("form", &["pairwise"])],
                r"$C$: second moment of the features in the steps before",
            ),
            Case::always(
                r"$C=\beta C_\text{past}+(1-\beta)\frac{1}{N}\sum_i z_i z_i^\top$: second moment of the features, with that of the steps before",
            ),
        ],
    ],
    terms: &[
        TermCard {
            id: "invariance",
            label: "invariance",
            about: "One minus the mean cosine of the two views.",
            formula: &[Case::always(r"1-\frac{1}{N}\sum_i z_i\cdot z_i'")],
        },
        TermCard {
            id: "contrast",
            label: "contrast",
            about: "How much images point where others have pointed: the mean squared cosine with all images so far, older ones counting less.",
            formula: &[
                Case::when(
                    &[("form", &["pairwise"])],
                    r"\frac{\beta}{N}\sum_i z_i^\top C z_i+\frac{1-\beta}{N^2}\sum_{i,j}(z_i\cdot z_j)^2",
                ),
                Case::always(r"\frac{1}{N}\sum_i z_i^\top C z_i"),
            ],
        },
    ],
    lower: "Lower is better at one ρ; a collapse has a low invariance and pays the whole ρ for it.",
    gauges: &[
        GaugeCard {
            id: "directions",
            label: "directions in use",
            about: "Over how many directions C is spread; 1: all images so far lie on one line.",
            broken: None,
        },
        GaugeCard {
            id: "apart",
            label: "forms apart",
            about: "By what part the two forms of the contrast differ; but for rounding, not at all.",
            broken: None,
        },
        GaugeCard {
            id: "gradients",
            label: "forms' gradients",
            about: "Cosine of what the two forms ask of z; 1: the same.",
            broken: None,
        },
    ],
    knobs: &[
        Knob::number(
            "rho",
            "Contrast weight ρ",
            "How strongly images are driven apart; the paper recommends 8, some code has 20.",
            [0.0, 40.0],
            0.5,
        ),
        Knob::number(
            "beta",
            "Memory β",
            "How much of C is kept at each step; at 0 only the batch itself counts.",
            [0.0, 0.999],
            0.001,
        ),
        Knob::choice(
            "form",
            "Form of the contrast",
            "Through the features' second moment, or through the pairs of images; the two are equal.",
            &[
                Choice {
                    value: "covariance",
                    label: "covariance",
                },
                Choice {
                    value: "pairwise",
                    label: "pairs",
                },
            ],
        ),
        MOMENTUM,
        AVERAGE,
        PROJECTOR,
        Knob::latent(1024),
    ],
    diagram: Diagram::averaged(&[&FIRST, &SECOND], "invariance, covariance contrast")
        .with_memory(&[Part::new(Role::Memory, "second moment C")]),
    published: Published {
        latent: 256,
        batch: 4096,
        rate: 3.2,
        weight_decay: 1.5e-6,
        epochs: 1000,
        ..Published::LARS
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    fn held(form: Form) -> Settings {
        Settings {
            rho: 3.0,
            beta: 0.75,
            form,
            ..Settings::default()
        }
    }

    #[test]
    fn one_direction_of_two_costs_what_the_formula_says() {
        let z = Tensor::<2>::from_floats([[2.0, 0.0], [0.0, 5.0]], &Device::flex());
        let past = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 0.0]], &Device::flex());
        let (loss, moment) = tico(z.clone(), -z, past, &held(Form::Covariance));
        // C is three quarters of what was, and one of half the identity.
        let expected = TensorData::from([[0.875, 0.0], [0.0, 0.125]]);
        moment
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
        // The views are opposite; the contrast is the mean of C's diagonal.
        let expected = TensorData::from([2.0 + 3.0 * 0.5]);
        loss.total
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());
        let directions = 1.0 / (0.875_f32.powi(2) + 0.125_f32.powi(2));
        for (gauge, expected) in loss.gauges.iter().zip([directions, 0.0, 1.0]) {
            let near = Tolerance::rel_abs(1e-5, 1e-6);
            let expected = TensorData::from([expected]);
            gauge
                .value
                .to_data()
                .assert_approx_eq::<f32>(&expected, near);
        }
    }

    #[test]
    fn both_forms_have_one_loss_and_one_gradient() {
        let device = Device::flex().autodiff();
        let mut rng = Rng::keyed(1, crate::rng::Purpose::Test, &[]);
        let mut drawn = |n| {
            let values: Vec<f32> = (0..n * 6).map(|_| rng.normal()).collect();
            Tensor::<2>::from_data(TensorData::new(values, [n, 6]), &device)
        };
        let (a, b, earlier) = (drawn(4), drawn(4), drawn(6));
        let past = earlier.clone().transpose().matmul(earlier) / 36.0;
        let [covariance, pairwise] = [Form::Covariance, Form::Pairwise].map(|form| {
            let a = a.clone().detach().require_grad();
            let (loss, _) = tico(a.clone(), b.clone(), past.clone(), &held(form));
            let grads = loss.total.backward();
            (loss.total.into_data(), a.grad(&grads).unwrap().into_data())
        });
        let near = Tolerance::rel_abs(1e-5, 1e-6);
        covariance.0.assert_approx_eq::<f32>(&pairwise.0, near);
        covariance.1.assert_approx_eq::<f32>(&pairwise.1, near);
    }
}
