//! Embeddings while a network trains: the map, its health and the live readings.

use std::collections::VecDeque;

use burn::prelude::*;

use super::budget::Budget;
use super::embed_pass::{EmbedPass, Embeddings};
use super::scores::LiveReadings;
use super::verdict::Judge;
use crate::data;
use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use crate::evaluation;
use crate::evaluation::Neighbour;
use crate::evaluation::Pca;
use crate::evaluation::verdict::{Moment, Spreads};
use crate::network::Space;
use crate::protocol::Event;
use crate::training::learner::Learner;

/// Images on the map, at most.
const SAMPLE: usize = 512;

pub(super) struct Monitor {
    seed: u32,
    /// The images of the map and of the live readings, in their order.
    images: Vec<usize>,
    pass: Option<EmbedPass>,
    embeddings: Option<Embeddings>,
    redraw: bool,
    readings: Option<LiveReadings>,
    judge: Judge,
    pca: Pca,
    budget: Budget,
    /// Whether the pass under way is the first.
    first: bool,
}

impl Monitor {
    /// A pass over the untrained network, of `n` images, is under way.
    pub(super) fn new(n: usize, seed: u32) -> Self {
        let images = data::sample(seed, n, SAMPLE);
        Self {
            seed,
            pass: Some(EmbedPass::of(images.clone(), 0)),
            images,
            embeddings: None,
            redraw: false,
            readings: None,
            judge: Judge::default(),
            pca: Pca::default(),
            budget: Budget::default(),
            first: true,
        }
    }

    pub(super) fn is_embedding(&self) -> bool {
        self.pass.is_some()
    }

    /// Whether training has paid for another pass.
    pub(super) fn is_affordable(&self) -> bool {
        self.budget.allows()
    }

    /// The step of the last whole pass.
    pub(super) fn embedded(&self) -> Option<usize> {
        self.embeddings.as_ref().map(|embeddings| embeddings.step)
    }

    /// Whether the map is to be drawn again.
    pub(super) fn wants_map(&self) -> bool {
        self.redraw && self.embeddings.is_some()
    }

    pub(super) fn begin(&mut self, step: usize) {
        self.first = false;
        self.pass = Some(EmbedPass::of(self.images.clone(), step));
    }

    /// Drops the pass under way.
    pub(super) fn give_up(&mut self) {
        self.pass = None;
    }

    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.budget.trained(milliseconds);
    }

    pub(super) fn monitored(&mut self, milliseconds: f64) {
        self.budget.monitored(milliseconds, self.first);
        self.first &= self.is_embedding();
    }

    /// What was judged of the run so far.
    pub(super) fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Embeds the next batch; after the last, draws conclusions. True if it was the last; the run is
    /// of `total` steps, and its rate rises over `warmup` of them.
    pub(super) async fn advance(
        &mut self,
        images: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
        (watch, total, warmup): (Space, usize, usize),
        events: &mut VecDeque<Event>,
    ) -> Result<bool, Error> {
        let Some(pass) = &mut self.pass else {
            return Ok(false);
        };
        if !pass.advance(images, learner, device).await? {
            return Ok(false);
        }
        let pass = self.pass.take().expect("it was there above");
        let embeddings = pass.finish();
        let step = embeddings.step;
        // The first pass is over the untrained network: what comes later is compared with it.
        let known = self.readings.take();
        let live = known.unwrap_or_else(|| LiveReadings::new(images, &embeddings, self.seed));
        let live = self.readings.insert(live);
        let (values, compared) = live.take(images, &embeddings, device).await?;
        events.push_back(Event::Readings { step, values });
        let [h, z] = [Space::H, Space::Z].map(|space| evaluation::spread(embeddings.rows(space)));
        let at = Moment {
            step,
            total,
            warmup,
        };
        self.judge.look(at, Spreads { h, z }, compared);
        self.embeddings = Some(embeddings);
        self.redraw = true;
        events.extend(self.map(watch));
        Ok(true)
    }

    /// The other vectors are wanted, or the same once more.
    pub(super) fn redraw(&mut self) {
        self.redraw = true;
        self.pca = Pca::default();
    }

    /// The map of the last whole pass.
    pub(super) fn map(&mut self, watch: Space) -> Option<Event> {
        let embeddings = self.embeddings.as_ref()?;
        self.redraw = false;
        let projection = self.pca.project(embeddings.rows(watch));
        Some(Event::Map {
            step: embeddings.step,
            space: watch,
            images: embeddings.images.clone(),
            points: Bytes::of_floats(projection.points.as_flattened()),
            explained: projection.explained,
        })
    }

    /// Whether an image is on the map.
    pub(super) fn has(&self, image: usize) -> bool {
        self.images.binary_search(&image).is_ok()
    }

    /// The `k` images of the map nearest to image `index`. If that is not on the map, `learner` must
    /// be the network of the map's step. There must be a map.
    pub(super) async fn neighbours(
        &self,
        (index, k): (usize, usize),
        images: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
    ) -> Result<Event, Error> {
        let among = self.embeddings.as_ref().expect("there is a map");
        let place = among.images.binary_search(&index).ok();
        let alone;
        let (own, row) = if let Some(row) = place {
            (among, row)
        } else {
            let mut pass = EmbedPass::of(vec![index], among.step);
            while !pass.advance(images, learner, device).await? {}
            alone = pass.finish();
            (&alone, 0)
        };
        let nearest = |space| {
            let query = own.rows(space).row(row);
            let found = evaluation::nearest(query, among.rows(space), k, place).into_iter();
            let found = found.map(|(row, cosine)| Neighbour {
                index: among.images[row],
                cosine,
            });
            found.collect()
        };
        Ok(Event::Neighbours {
            step: among.step,
            index,
            h: nearest(Space::H),
            z: nearest(Space::Z),
        })
    }
}
