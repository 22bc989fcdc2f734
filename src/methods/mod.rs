//! The self-supervised methods, one file each, and the list of them.

use std::sync::LazyLock;

use burn::prelude::*;
use serde_json::{Map, Value, error::Error as JsonError};

use crate::data::augment::{self, View};
use crate::data::{self, ImageSet};
use crate::error::Error;
use crate::network::encoder::EncoderConfig;
use crate::rng::Rng;
use crate::settings::card::Card;
use crate::settings::table::{self, Group, Panel, Row};
use crate::settings::{Choice, Knob, Settings, TrainSettings};
use crate::training::learner::{Knobs, Learner, Training, checked, parse};
use crate::training::method::{Method, Scale};

pub mod amdim;
pub mod barlow_twins;
pub mod byol;
pub mod cpc;
pub mod deep_infomax;
pub mod moco;
pub mod simclr;
pub mod simsiam;
pub mod swav;
pub mod tico;
pub mod vicreg;
pub mod w_mse;

/// Every method the page offers, in the order it offers them.
pub static METHODS: &[Entry] = &[
    Entry::of::<simclr::SimClr>(),
    Entry::of::<moco::Moco>(),
    Entry::of::<vicreg::VicReg>(),
    Entry::of::<barlow_twins::BarlowTwins>(),
    Entry::of::<tico::TiCo>(),
    Entry::of::<w_mse::WMse>(),
    Entry::of::<byol::Byol>(),
    Entry::of::<simsiam::SimSiam>(),
    Entry::of::<swav::Swav>(),
    Entry::of::<cpc::Cpc>(),
    Entry::of::<deep_infomax::DeepInfoMax>(),
    Entry::of::<amdim::Amdim>(),
];

/// The method with this id.
///
/// # Errors
/// Names the known ids if there is none.
pub fn find(id: &str) -> Result<&'static Entry, Error> {
    METHODS
        .iter()
        .find(|entry| entry.card.id == id)
        .ok_or_else(|| {
            let known: Vec<_> = METHODS.iter().map(|entry| entry.card.id).collect();
            let known = known.join(", ");
            Error::setting("method", format!("Method: {id} is not one of {known}"))
        })
}

/// The settings with all knobs of their method.
///
/// # Errors
/// If there is no such method, or it has no such knob.
pub fn complete(mut settings: Settings) -> Result<Settings, Error> {
    settings.knobs = find(&settings.method)?.complete(&settings.knobs)?;
    Ok(settings)
}

/// Complete settings, from any part of them.
///
/// # Errors
/// A setting that there is not, or a value that it does not take.
pub fn settings(partial: &Value) -> Result<Settings, Error> {
    complete(Settings::default().merged(partial)?)
}

/// A fresh network, by settings that are complete, on a device without autodiff.
pub fn start(settings: &Settings, device: &Device) -> Box<dyn Learner> {
    let entry = find(&settings.method).expect("settings are complete");
    entry.start(Setup {
        knobs: &settings.knobs,
        encoder: encoder(settings),
        train: &settings.train,
        seed: settings.seed,
        device: &device.clone().autodiff(),
    })
}

/// The encoder of these settings.
pub fn encoder(settings: &Settings) -> EncoderConfig {
    EncoderConfig {
        width: settings.encoder.width,
        norm: settings.encoder.norm,
    }
}

/// The table of everything that can be turned: what all methods share, then the knobs of each.
pub fn table() -> Vec<Row> {
    static METHOD: LazyLock<[Knob; 1]> = LazyLock::new(|| {
        let choice = |entry: &Entry| Choice::new(entry.card.id, entry.card.title);
        let options: Vec<_> = METHODS.iter().map(choice).collect();
        let about = "What the network learns by; its own knobs come with it.";
        [Knob::choice("method", "Method", about, options.leak()).at_start()]
    });
    let menu = Group {
        panel: Panel::Menu,
        title: "Method",
        knobs: &*METHOD,
    };
    let defaults = Settings::default();
    let mut table = table::rows(&[menu], None, &defaults);
    table.extend(table::rows(table::SHARED, None, &defaults));
    for entry in METHODS {
        let group = Group {
            panel: Panel::Method,
            title: entry.card.title,
            knobs: entry.card.knobs,
        };
        let knobs = entry.complete(&Map::new()).expect("defaults are valid");
        let defaults = Settings {
            knobs,
            ..Settings::default()
        };
        table.extend(table::rows(&[group], Some(entry.card.id), &defaults));
    }
    table
}

/// A method, its type forgotten.
pub struct Entry {
    /// What the page says of it.
    pub card: Card,
    complete: fn(&Knobs) -> Result<Knobs, JsonError>,
    views: fn(&Knobs, View) -> Vec<View>,
    chance: fn(&Knobs, Scale) -> Option<f32>,
    cost: fn(&Knobs) -> f32,
    held: fn(&Knobs) -> f32,
    compares: fn(&Knobs, usize) -> f32,
    start: fn(Setup<'_>) -> Box<dyn Learner>,
}

/// What a run starts from.
pub struct Setup<'a> {
    /// Complete and checked: see [`Entry::complete`].
    pub knobs: &'a Knobs,
    /// The network.
    pub encoder: EncoderConfig,
    /// The optimiser.
    pub train: &'a TrainSettings,
    /// Seed of the initial weights.
    pub seed: u32,
    /// Where to compute; with autodiff.
    pub device: &'a Device,
}

impl Entry {
    const fn of<M: Method>() -> Self {
        Self {
            card: M::CARD,
            complete: |knobs| {
                let settings = parse::<M>(knobs)?;
                match serde_json::to_value(settings)? {
                    Value::Object(map) => Ok(map),
                    other => unreachable!("settings are a struct, not {other}"),
                }
            },
            views: |knobs, base| M::views(&checked::<M>(knobs), base),
            chance: |knobs, of| M::chance(&checked::<M>(knobs), of),
            cost: |knobs| M::cost(&checked::<M>(knobs)),
            held: |knobs| M::held(&checked::<M>(knobs)),
            compares: |knobs, size| M::compares(&checked::<M>(knobs), size),
            start: |setup| {
                let settings = checked::<M>(setup.knobs);
                let mut rng = Rng::keyed(setup.seed, crate::rng::Purpose::Weights, &[]);
                let method = M::init(&settings, &setup.encoder, &mut rng, setup.device);
                Box::new(Training::new(method, settings, setup.train))
            },
        }
    }

    /// All knobs: those given, the others at their defaults.
    ///
    /// # Errors
    /// A knob that the method does not have, or a value out of its range.
    pub fn complete(&self, knobs: &Knobs) -> Result<Knobs, Error> {
        for (field, value) in knobs {
            let path = format!("knobs.{field}");
            let Some(knob) = self.card.knobs.iter().find(|knob| knob.field == field) else {
                let known: Vec<_> = self.card.knobs.iter().map(|knob| knob.field).collect();
                let (title, known) = (self.card.title, known.join(", "));
                let reason = format!("{title} has no knob {field}; it has {known}");
                return Err(Error::setting(path, reason));
            };
            knob.check(&path, value)?;
        }
        Ok((self.complete)(knobs).expect("each value was checked by its row"))
    }

    /// The views that one step compares. `knobs` must be complete.
    pub fn views(&self, knobs: &Knobs, base: View) -> Vec<View> {
        (self.views)(knobs, base)
    }

    /// The loss where embeddings say nothing: see [`Method::chance`]. `knobs` must be complete.
    pub fn chance(&self, knobs: &Knobs, of: Scale) -> Option<f32> {
        (self.chance)(knobs, of)
    }

    /// What a step computes beside a plain one: see [`Method::cost`]. `knobs` must be complete.
    pub fn cost(&self, knobs: &Knobs) -> f32 {
        (self.cost)(knobs)
    }

    /// What a step holds in memory beside a plain one: see [`Method::held`]. `knobs` must be complete.
    pub fn held(&self, knobs: &Knobs) -> f32 {
        (self.held)(knobs)
    }

    /// How many vectors of an image are compared with all others: see [`Method::compares`].
    pub fn compares(&self, knobs: &Knobs, size: usize) -> f32 {
        (self.compares)(knobs, size)
    }

    /// The views of the images `picked` that the step after `step` steps compares, in the order of
    /// [`Entry::views`]: `[n, 3, size, size]` each, values 0 to 1. `settings` must be complete.
    pub fn views_of_step(
        &self,
        settings: &Settings,
        images: &ImageSet,
        picked: &[usize],
        step: usize,
        device: &Device,
    ) -> Vec<Tensor<4>> {
        let originals = data::batch(images, picked, device);
        let base = View {
            size: settings.size,
            augment: settings.augment,
        };
        let plan = self.views(&settings.knobs, base);
        augment::views(&originals, &plan, picked, settings.seed, step)
    }

    /// A fresh network, ready to train.
    pub fn start(&self, setup: Setup<'_>) -> Box<dyn Learner> {
        (self.start)(setup)
    }
}
