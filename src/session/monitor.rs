//! Looks at a network while it trains: the map, its health and the live readings.

use std::collections::VecDeque;

use burn::prelude::*;

use super::all_images::AllImages;
use super::budget::{Budget, Look};
use super::device::Clock;
use super::embed_pass::{EmbedPass, Embeddings};
use super::look::{Stage, UnderWay};
use super::maps::Maps;
use super::neighbours::{Among, neighbours};
use super::scores::LiveReadings;
use super::verdict::Judge;
use crate::data::{self, ImageSet};
use crate::error::Error;
use crate::evaluation::{self, verdict};
use crate::network::Space;
use crate::protocol::Event;
use crate::training::learner::Learner;

/// Images of a whole look, at most: the verdict and the live readings are of them.
pub const SAMPLE: usize = 512;

pub(super) struct Monitor {
    seed: u32,
    /// How many images there are.
    n: usize,
    /// The images of whole looks, in their order.
    images: Vec<usize>,
    under_way: Option<UnderWay>,
    /// What the first look has found.
    start: Option<Start>,
    /// The last whole look.
    whole: Option<Embeddings>,
    /// A live look since.
    live: Option<Embeddings>,
    all: AllImages,
    redraw: bool,
    /// What was judged of the run so far.
    pub(super) judge: Judge,
    budget: Budget,
    /// Whether the look under way is the first.
    first: bool,
}

/// The untrained network, and what is compared with it.
struct Start {
    embeddings: Embeddings,
    maps: Maps,
    readings: LiveReadings,
}

/// Where the run stands.
#[derive(Clone, Copy)]
pub(super) struct Course {
    pub(super) clock: Clock,
    /// Which vectors the map shows.
    pub(super) watch: Space,
    /// Steps of the run.
    pub(super) total: usize,
    /// Steps over which its rate rises.
    pub(super) warmup: usize,
}

impl Monitor {
    /// A look at the untrained network, at `n` images, is under way.
    pub(super) fn new(n: usize, seed: u32) -> Self {
        let images = data::sample(seed, n, SAMPLE);
        let mut monitor = Self {
            seed,
            n,
            under_way: None,
            start: None,
            whole: None,
            live: None,
            all: AllImages::new(n, &images),
            images,
            redraw: false,
            judge: Judge::default(),
            budget: Budget::default(),
            first: true,
        };
        monitor.begin(0, Look::Whole(None));
        monitor.first = true;
        monitor
    }

    pub(super) fn is_looking(&self) -> bool {
        self.under_way.is_some()
    }

    /// The look that training has paid for.
    pub(super) fn due(&self) -> Option<Look> {
        self.budget.due(self.images.len())
    }

    /// The step of the last whole look.
    pub(super) fn looked(&self) -> Option<usize> {
        self.whole.as_ref().map(|whole| whole.step)
    }

    /// Whether the map is to be drawn again.
    pub(super) fn wants_map(&self) -> bool {
        self.redraw && self.start.is_some()
    }

    /// Whether there are images that the network of the last whole look has not seen.
    pub(super) fn wants_all(&self) -> bool {
        let wanted = self.looked().and_then(|step| self.all.wanted(step));
        wanted.is_some()
    }

    /// Begins to look at the network of this step.
    pub(super) fn begin(&mut self, step: usize, look: Look) {
        self.first = false;
        if self.looked() != Some(step) {
            self.all.forget();
        }
        let images = match look {
            Look::Live(first) | Look::Whole(Some(first)) => data::sample(self.seed, self.n, first),
            Look::Whole(None) => self.images.clone(),
        };
        self.under_way = Some(UnderWay::new(look, EmbedPass::of(images, step)));
    }

    /// Drops the look under way.
    pub(super) fn give_up(&mut self) {
        self.under_way = None;
    }

    pub(super) fn trained(&mut self, milliseconds: f64) {
        self.budget.trained(milliseconds);
    }

    /// A unit of work on a look took so long, while training waited.
    pub(super) fn waited(&mut self, milliseconds: f64) {
        self.budget.looked(milliseconds, self.first);
        self.first &= self.is_looking();
    }

    /// The next unit of the look under way: a batch, or what is read of all. True if a whole look is
    /// over. `learner` must be the network that the look is at.
    pub(super) async fn advance(
        &mut self,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
        course: Course,
        events: &mut VecDeque<Event>,
    ) -> Result<bool, Error> {
        let start = (course.clock)();
        let Some(UnderWay { look, stage, took }) = self.under_way.take() else {
            return Ok(false);
        };
        let reads = matches!(stage, Stage::Readings);
        let next = match stage {
            Stage::Live(mut pass) => {
                if self.embed(&mut pass, set, learner, device, course).await? {
                    let rest = self.take_live(pass.finish(), look);
                    events.extend(self.map_of_live(course.watch));
                    rest.map(Stage::Whole)
                } else {
                    Some(Stage::Live(pass))
                }
            }
            Stage::Whole(mut pass) => {
                if self.embed(&mut pass, set, learner, device, course).await? {
                    self.take_whole(pass.finish(), look, set);
                    events.extend(self.maps(course.watch));
                    if self.first {
                        events.extend(self.baselines(set));
                    }
                    Some(Stage::Readings)
                } else {
                    Some(Stage::Whole(pass))
                }
            }
            Stage::Readings => {
                self.read(set, device, course, events).await?;
                None
            }
        };
        let took = took + (course.clock)() - start;
        match next {
            Some(stage) => self.under_way = Some(UnderWay { look, stage, took }),
            None => self.budget.ended(look, took),
        }
        Ok(reads)
    }

    /// The next batch of a pass; true if it was the last.
    async fn embed(
        &mut self,
        pass: &mut EmbedPass,
        set: &ImageSet,
        learner: &dyn Learner,
        device: &Device,
        course: Course,
    ) -> Result<bool, Error> {
        let (start, before) = ((course.clock)(), pass.done());
        let done = pass.advance(set, learner, device).await?;
        let took = (course.clock)() - start;
        self.budget.embedded(took, pass.done() - before);
        Ok(done)
    }

    /// Takes in the live images; gives the pass over the others, if the look is at all.
    fn take_live(&mut self, found: Embeddings, look: Look) -> Option<EmbedPass> {
        self.budget.drew();
        let live = self.live.insert(found);
        let others = self.images.iter().copied();
        let others = others.filter(|image| live.place(*image).is_none());
        let rest = EmbedPass::of(others.collect(), live.step);
        matches!(look, Look::Whole(_)).then_some(rest)
    }

    /// Takes in the images of a whole look, or those that were not live before.
    fn take_whole(&mut self, found: Embeddings, look: Look, set: &ImageSet) {
        self.budget.drew();
        let live = self.live.take().filter(|_| look != Look::Whole(None));
        let whole = live.map(|live| live.joined(&found)).unwrap_or(found);
        self.start
            .get_or_insert_with(|| Start::new(set, &whole, self.seed));
        self.whole = Some(whole);
    }

    /// Takes the readings of a whole look and judges the run by them.
    async fn read(
        &mut self,
        set: &ImageSet,
        device: &Device,
        course: Course,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let (Some(start), Some(whole)) = (&mut self.start, &self.whole) else {
            return Ok(());
        };
        let (values, compared) = start.readings.take(set, whole, device).await?;
        let Course { total, warmup, .. } = course;
        let step = whole.step;
        events.push_back(Event::Readings { step, values });
        let [h, z] = [Space::H, Space::Z].map(|space| evaluation::spread(whole.rows(space)));
        let at = verdict::Moment {
            step,
            total,
            warmup,
        };
        self.judge.look(at, verdict::Spreads { h, z }, compared);
        Ok(())
    }

    /// The other vectors are wanted, or the same once more.
    pub(super) fn redraw(&mut self) {
        self.redraw = true;
    }

    /// All that is to be drawn: the last whole look and, over it, a live one since.
    pub(super) fn maps(&mut self, watch: Space) -> impl Iterator<Item = Event> {
        self.redraw = false;
        let whole = self.map_of_whole(watch).into_iter();
        whole.chain(self.map_of_live(watch))
    }

    /// Of all images, if they have been embedded since.
    fn map_of_whole(&self, watch: Space) -> Option<Event> {
        let (start, whole) = (self.start.as_ref()?, self.whole.as_ref()?);
        let all = self.all.at(whole.step).unwrap_or(whole);
        Some(start.maps.map(whole, all, watch))
    }

    fn map_of_live(&self, watch: Space) -> Option<Event> {
        let (start, live) = (self.start.as_ref()?, self.live.as_ref()?);
        Some(start.maps.map(live, live, watch))
    }

    /// The maps to compare with: of all images, if the untrained network has embedded them.
    fn baselines(&self, set: &ImageSet) -> Option<Event> {
        let Start {
            embeddings, maps, ..
        } = self.start.as_ref()?;
        Some(maps.baselines(set, self.all.at(0).unwrap_or(embeddings)))
    }

    /// The next batch of the images that are not in the sample, by `learner`, which must be the network of
    /// the last whole look; then by the untrained one, which `fresh` makes.
    pub(super) async fn embed_others(
        &mut self,
        set: &ImageSet,
        learner: &dyn Learner,
        fresh: impl FnOnce() -> Box<dyn Learner>,
        device: &Device,
        watch: Space,
        events: &mut VecDeque<Event>,
    ) -> Result<(), Error> {
        let (Some(start), Some(whole)) = (&self.start, &self.whole) else {
            return Ok(());
        };
        let now = whole.step;
        let step = self.all.wanted(now).unwrap_or(now);
        let sample = if step == now {
            whole
        } else {
            &start.embeddings
        };
        let fresh = (step != now).then_some(fresh);
        if !self
            .all
            .advance(set, sample, learner, fresh, device)
            .await?
        {
            return Ok(());
        }
        if step == now {
            events.extend(self.map_of_whole(watch));
        }
        if step == 0 {
            events.extend(self.baselines(set));
        }
        Ok(())
    }

    /// h and z of all images, by the network of the last whole look and by the untrained one; none as
    /// long as [`Monitor::wants_all`].
    pub(super) fn all(&self) -> Option<[&Embeddings; 2]> {
        let (start, whole) = (self.start.as_ref()?, self.whole.as_ref()?);
        if self.wants_all() {
            return None;
        }
        let now = self.all.at(whole.step).unwrap_or(whole);
        Some([now, self.all.at(0).unwrap_or(&start.embeddings)])
    }

    /// Whether an image is among those whose vectors are known.
    pub(super) fn has(&self, image: usize) -> bool {
        self.images.binary_search(&image).is_ok() || self.all().is_some()
    }

    /// The `k` images nearest to image `index`: among all, or those of the last whole look. If it is not
    /// among them, `learner` must be the network of that look. There must have been one.
    pub(super) async fn neighbours(
        &self,
        (index, k): (usize, usize),
        set: &ImageSet,
        learner: &dyn Learner,
        fresh: impl FnOnce() -> Box<dyn Learner>,
        device: &Device,
    ) -> Result<Event, Error> {
        let (Some(start), Some(whole)) = (&self.start, &self.whole) else {
            return Err(Error::State("there is no map yet".into()));
        };
        let [now, untrained] = self.all().unwrap_or([whole, &start.embeddings]);
        let among = Among { now, untrained };
        let mut own = None;
        if !self.has(index) {
            let now = EmbedPass::alone(index, whole.step, set, learner, device).await?;
            let before = EmbedPass::alone(index, 0, set, &*fresh(), device).await?;
            own = Some([now, before]);
        }
        Ok(neighbours((index, k), set, &among, own.as_ref()))
    }
}

impl Start {
    fn new(set: &ImageSet, untrained: &Embeddings, seed: u32) -> Self {
        Self {
            embeddings: untrained.clone(),
            maps: Maps::new(set, untrained),
            readings: LiveReadings::new(set, untrained, seed),
        }
    }
}
