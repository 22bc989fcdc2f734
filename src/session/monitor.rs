//! Looking at the embeddings while a network trains: map, health and live scores.

use std::collections::VecDeque;

use burn::prelude::*;

use super::budget::Budget;
use super::embed_pass::{EmbedPass, Embeddings};
use super::scores::Scores;
use crate::data;
use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use crate::evaluation::Neighbour;
use crate::evaluation::Pca;
use crate::evaluation::{self, Health};
use crate::network::Space;
use crate::protocol::Event;
use crate::training::learner::Learner;

/// Images on the map.
const MAPPED: usize = 512;

pub(super) struct Monitor {
    seed: u32,
    /// The images that the map shows and the live scores use, in their order.
    mapped: Vec<usize>,
    pass: Option<EmbedPass>,
    seen: Option<Embeddings>,
    redraw: bool,
    scores: Option<Scores>,
    health: Health,
    pca: Pca,
    budget: Budget,
    /// Whether the look under way is the first.
    first: bool,
}

impl Monitor {
    /// A look at the untrained network, of `n` images, is under way.
    pub(super) fn new(n: usize, seed: u32) -> Self {
        // A random choice, but not one that an epoch makes.
        let mut mapped = data::order(seed, u32::MAX as usize, n);
        mapped.truncate(MAPPED);
        mapped.sort_unstable();
        Self {
            seed,
            pass: Some(EmbedPass::of(mapped.clone(), 0)),
            mapped,
            seen: None,
            redraw: false,
            scores: None,
            health: Health::default(),
            pca: Pca::default(),
            budget: Budget::default(),
            first: true,
        }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.pass.is_some()
    }

    /// Whether training has earned another look.
    pub(super) fn is_due(&self, step: usize) -> bool {
        self.budget.allows() && self.is_stale(step)
    }

    /// Whether the last look was at another step.
    pub(super) fn is_stale(&self, step: usize) -> bool {
        self.seen.as_ref().is_none_or(|seen| seen.step != step)
    }

    pub(super) fn begin(&mut self, step: usize) {
        self.first = false;
        self.pass = Some(EmbedPass::of(self.mapped.clone(), step));
    }

    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.budget.trained(milliseconds);
    }

    pub(super) fn looked(&mut self, milliseconds: f64) {
        self.budget.looked(milliseconds, self.first);
    }

    /// Embeds the next batch; after the last, draws conclusions.
    pub(super) async fn go_on(
        &mut self,
        images: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
        watch: Space,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let Some(under_way) = &mut self.pass else {
            return Ok(());
        };
        if !under_way.look(images, learner, device).await? {
            return Ok(());
        }
        let whole = self.pass.take().expect("it was there above");
        let seen = whole.seen();
        let step = seen.step;
        let [h, z] = [Space::H, Space::Z].map(|space| evaluation::spread(seen.rows(space)));
        let (verdict, sentence) = self.health.judge(step, &z);
        events.push_back(Event::Health {
            step,
            h,
            z,
            verdict,
            sentence,
        });
        // The first look is at the untrained network: what comes later is compared with it.
        let scores = self.scores.take();
        self.scores = scores.or_else(|| Scores::new(images, &seen, self.seed));
        if let Some(scores) = &self.scores {
            let scores = scores.now(&seen);
            events.push_back(Event::Knn { step, scores });
        }
        self.seen = Some(seen);
        self.redraw = true;
        events.extend(self.redrawn(watch));
        Ok(())
    }

    /// The other vectors are wanted, or the same once more.
    pub(super) fn redraw(&mut self) {
        self.redraw = true;
        self.pca = Pca::default();
    }

    /// The map, if it is to be drawn again.
    pub(super) fn redrawn(&mut self, watch: Space) -> Option<Event> {
        let seen = self.seen.as_ref()?;
        if !std::mem::take(&mut self.redraw) {
            return None;
        }
        let projection = self.pca.project(seen.rows(watch));
        Some(Event::Map {
            step: seen.step,
            space: watch,
            images: seen.images.clone(),
            points: Bytes::of_floats(projection.points.as_flattened()),
            explained: projection.explained,
        })
    }

    pub(super) fn neighbours(&self, index: usize, k: usize) -> Result<Event, Error> {
        let seen = self.seen.as_ref();
        let place = seen.and_then(|seen| Some((seen, seen.images.binary_search(&index).ok()?)));
        let Some((seen, row)) = place else {
            return Err(Error::Data(format!("image {index} is not on the map")));
        };
        let nearest = |space| {
            let found = evaluation::nearest(seen.rows(space), row, k).into_iter();
            let found = found.map(|(row, cosine)| Neighbour {
                index: seen.images[row],
                cosine,
            });
            found.collect()
        };
        Ok(Event::Neighbours {
            index,
            h: nearest(Space::H),
            z: nearest(Space::Z),
        })
    }
}
