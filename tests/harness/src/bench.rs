//! A run that the benchmark drives part by part: images, views and learner as a session has them.

use burn::prelude::*;
use burn::tensor::TensorData;
use serde_json::Value;
use twoviews::data::ImageSet;
use twoviews::data::{self, ShapesOptions, copies};
use twoviews::error::Error;
use twoviews::evaluation::{self, Plane, Rows};
use twoviews::methods::{self, METHODS, Setup};
use twoviews::network::encoder::EncoderConfig;
use twoviews::session::device::Devices;
use twoviews::settings::Settings;
use twoviews::training::checkpoint::{self, About};
use twoviews::training::learner::{Learner, Rates};
use twoviews::training::method::StepInfo;
use wasm_bindgen::prelude::*;

/// Images embedded at once, as in a session.
const CHUNK: usize = 64;
/// The learning rate where the settings name none.
const RATE: f32 = 1e-3;

/// Ids of all methods.
#[wasm_bindgen]
pub fn methods() -> Vec<String> {
    METHODS.iter().map(|entry| entry.card.id.into()).collect()
}

/// A run under measurement.
#[wasm_bindgen]
pub struct MeasuredRun {
    settings: Settings,
    images: ImageSet,
    device: Device,
    learner: Box<dyn Learner>,
    views: Vec<Tensor<4>>,
    loss: Option<Tensor<1>>,
    step: usize,
    /// h of all images, and its width.
    h: (Vec<f32>, usize),
}

#[wasm_bindgen]
impl MeasuredRun {
    /// A fresh run on drawn shapes. `settings`: JSON, completed from the defaults.
    pub async fn open(settings: &str, images: usize) -> Result<MeasuredRun, JsValue> {
        crate::tell_panics();
        Self::start(settings, images).await.map_err(|e| told(&e))
    }

    /// The fresh network as a checkpoint.
    pub async fn weights(&self) -> Result<Vec<u8>, JsValue> {
        checkpoint::save(About::default(), self.learner.state())
            .await
            .map_err(|e| told(&e))
    }

    /// Takes views from outside: `[2, n, 3, size, size]`, values 0 to 1.
    pub fn take_views(&mut self, pixels: &[f32]) {
        let side = self.settings.size;
        let half = pixels.len() / 2;
        let shape = [half / (3 * side * side), 3, side, side];
        let view = |pixels: &[f32]| {
            Tensor::from_data(TensorData::new(pixels.to_vec(), shape), &self.device)
        };
        self.views = pixels.chunks_exact(half).map(view).collect();
    }

    /// Makes the views of the next batch.
    pub fn make_views(&mut self) {
        let Settings { seed, train, .. } = self.settings;
        let n = self.images.names.len();
        let steps = data::steps_per_epoch(n, train.batch);
        let batch = train.batch.min(n);
        let order = data::order(seed, self.step / steps, n);
        let picked = &order[self.step % steps * batch..][..batch];
        let entry = methods::find(&self.settings.method).expect("it was found before");
        self.views = entry.views_of_step(
            &self.settings,
            &self.images,
            picked,
            self.step,
            &self.device,
        );
    }

    /// Waits for the views.
    pub async fn seen(&self) -> Result<(), JsValue> {
        for view in &self.views {
            let pixel = view.clone().slice([0..1, 0..1, 0..1, 0..1]);
            let pixel = pixel.into_data_async().await;
            pixel.map_err(|e| JsValue::from(e.to_string()))?;
        }
        Ok(())
    }

    /// One step on the views at hand.
    pub fn learn(&mut self) {
        let peak = self.settings.train.learning_rate.unwrap_or(RATE);
        let at = StepInfo {
            seed: self.settings.seed,
            step: self.step,
            total: 1_000_000,
        };
        let loss = self
            .learner
            .step(&self.views, Rates { now: peak, peak }, at);
        self.loss = Some(loss.total);
        self.step += 1;
    }

    /// The loss of the last step; waits for it.
    pub async fn loss(&self) -> Result<f32, JsValue> {
        let loss = self.loss.clone().ok_or("no step was done")?;
        let loss = loss.into_data_async().await;
        let loss = loss.map_err(|e| JsValue::from(e.to_string()))?;
        Ok(loss.iter::<f32>().sum())
    }

    /// Embeds all images.
    pub async fn embed(&mut self) -> Result<(), JsValue> {
        let all: Vec<usize> = (0..self.images.names.len()).collect();
        let (mut h, mut width) = (Vec::new(), 0);
        for chunk in all.chunks(CHUNK) {
            let batch = data::batch(&self.images, chunk, &self.device);
            let embedded = self.learner.embed(batch).h;
            width = embedded.dims()[1];
            let data = embedded.into_data_async().await;
            h.extend(data.map_err(|e| e.to_string())?.iter::<f32>());
        }
        self.h = (h, width);
        Ok(())
    }

    /// The map of the embedded images, as a first look draws it; returns the part explained.
    pub fn project(&self) -> f64 {
        let plane = Plane::of(self.rows());
        std::hint::black_box(plane.points(self.rows()));
        plane.explained
    }

    /// kNN of the embedded images, in full: the majority's score for the first factor.
    pub fn score(&self) -> f32 {
        let classes = &self.images.factors[0].of;
        let all: Vec<usize> = (0..classes.len()).collect();
        let firsts = copies::firsts(&self.images, &all);
        let folds = evaluation::folds(&self.images.names, classes, &firsts, self.settings.seed);
        evaluation::accuracy(self.rows(), classes, &folds)
    }

    fn rows(&self) -> Rows<'_> {
        Rows::new(&self.h.0, self.h.1)
    }

    async fn start(settings: &str, images: usize) -> Result<Self, Error> {
        let partial: Value = serde_json::from_str(settings)
            .map_err(|e| Error::setting("settings", e.to_string()))?;
        let settings = methods::complete(Settings::default().merged(&partial)?)?;
        let options = ShapesOptions {
            count: images,
            ..ShapesOptions::default()
        };
        let opened = Devices::default().open(settings.backend, || 0.0).await?;
        let learner = methods::find(&settings.method)?.start(Setup {
            knobs: &settings.knobs,
            encoder: EncoderConfig {
                width: settings.encoder.width,
                norm: settings.encoder.norm,
            },
            train: &settings.train,
            seed: settings.seed,
            device: &opened.device.clone().autodiff(),
        });
        Ok(Self {
            images: data::shapes(&options, settings.size, settings.seed)?,
            device: opened.device,
            learner,
            views: Vec::new(),
            loss: None,
            step: 0,
            h: (Vec::new(), 1),
            settings,
        })
    }
}

fn told(error: &Error) -> JsValue {
    error.to_string().into()
}
