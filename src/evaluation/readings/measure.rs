//! Taking readings, a slice of work at a time.

use std::collections::VecDeque;

use burn::prelude::*;

use super::{
    Kind, Labels, Material, Measured, READINGS, Reading, SOME, Scope, Sources, Split, Take, Value,
    Vectors, Views, fitted,
};
use crate::error::Error;
use crate::evaluation::knn::{head, right};
use crate::evaluation::{Near, Neighbourhood, Probe, Rows, Search, majority};

/// Readings being taken.
pub struct Measuring {
    sources: Sources,
    device: Device,
    /// What is near what, by kind, as far as it is known.
    near: [Option<Neighbourhood>; 5],
    search: Option<Search>,
    /// At most [`SOME`] images, by kind.
    some: [Vec<f32>; 5],
    tasks: Vec<Task>,
    /// What is still to be taken: the place of a task, of which kind, and multiplications, about.
    waiting: VecDeque<(usize, Kind, f64)>,
    /// Of what comes next.
    probe: Option<Box<Probe>>,
    /// Multiplications of each search, and of all work, about.
    searches: [f64; 5],
    all: f64,
}

/// What a reading costs that fits nothing, in multiplications, about.
const READING: f64 = 1e7;

/// A reading of one part.
struct Task {
    reading: &'static Reading,
    /// Of the factors or the parameters.
    part: Option<usize>,
    measured: Measured,
}

/// What comes of beginning.
enum Begun {
    Taken(Value),
    /// It goes on, slice by slice.
    Fit(Box<Probe>),
}

impl Measuring {
    /// All readings, or only those that are live.
    pub fn new(sources: Sources, live: bool, device: Device) -> Self {
        let readings = READINGS.iter().filter(|reading| reading.card.live || !live);
        let tasks = readings.flat_map(|reading| tasks(reading, &sources));
        let tasks: Vec<Task> = tasks.collect();
        let kinds = |(at, task): (usize, &Task)| {
            let due = |kind: &Kind| {
                task.reading.is_of(*kind) && sources.vectors[*kind as usize].is_some()
            };
            let kinds = Kind::ALL.into_iter().filter(due);
            kinds
                .map(|kind| (at, kind, cost(task, kind, &sources)))
                .collect::<Vec<_>>()
        };
        let searches = sources.vectors.each_ref().map(|vectors| {
            vectors.as_ref().map_or(0.0, |vectors| {
                let values = vectors.images.len() as f64;
                values * values / vectors.width as f64
            })
        });
        let mut measuring = Self {
            waiting: tasks.iter().enumerate().flat_map(kinds).collect(),
            tasks,
            some: Kind::ALL.map(|kind| some(&sources, kind)),
            sources,
            device,
            near: Default::default(),
            search: None,
            probe: None,
            searches,
            all: 0.0,
        };
        measuring.all = measuring.left();
        measuring
    }

    /// The part of the work that is done: 0 to 1.
    #[expect(clippy::cast_possible_truncation, reason = "a part")]
    pub fn progress(&self) -> f32 {
        let done = self.search.as_ref().map_or(0.0, Search::progress);
        let fitted = self.probe.as_ref().map_or(0.0, |probe| probe.progress());
        let next = self.searched().map_or(0.0, |kind| self.searches[kind]);
        let first = self.waiting.front().map_or(0.0, |(.., cost)| *cost);
        let left = self.left() - done * next - fitted * first;
        (1.0 - left / self.all.max(1.0)).clamp(0.0, 1.0) as f32
    }

    /// Multiplications still to be done, about; what is under way counts whole.
    fn left(&self) -> f64 {
        let unknown = (0..5).filter(|kind| self.near[*kind].is_none());
        let searches: f64 = unknown.map(|kind| self.searches[kind]).sum();
        searches + self.waiting.iter().map(|(.., cost)| cost).sum::<f64>()
    }

    /// The kind of which it is not yet known what is near what.
    fn searched(&self) -> Option<usize> {
        let there = |kind: &usize| self.sources.vectors[*kind].is_some();
        let mut kinds = (0..self.near.len()).filter(there);
        kinds.find(|kind| self.near[*kind].is_none())
    }

    /// A slice of the work; true once all is done.
    ///
    /// # Errors
    /// The device does not answer.
    pub async fn advance(&mut self) -> Result<bool, Error> {
        if self.look_around() {
            return Ok(false);
        }
        let Some(&(at, kind, _)) = self.waiting.front() else {
            return Ok(true);
        };
        let taken = match &mut self.probe {
            Some(probe) => probe.advance().await?.map(Value::Number).map(Ok),
            None => match self.begin(at, kind) {
                Ok(Begun::Taken(value)) => Some(Ok(value)),
                Ok(Begun::Fit(probe)) => {
                    self.probe = Some(probe);
                    None
                }
                Err(missing) => Some(Err(missing)),
            },
        };
        if let Some(taken) = taken {
            self.probe = None;
            self.tasks[at].measured.note(kind, taken);
            self.waiting.pop_front();
        }
        Ok(false)
    }

    fn begin(&mut self, at: usize, kind: Kind) -> Result<Begun, String> {
        let task = &self.tasks[at];
        let material = self.material(task, kind)?;
        let begun = match task.reading.take {
            Take::Number(take) => Ok(Begun::Taken(Value::number(take(&material)))),
            Take::Try(take) => take(&material).map(Begun::Taken),
            Take::Fit => fitted(&material, &self.device).map(|probe| Begun::Fit(Box::new(probe))),
        };
        if let Some(chance) = task.reading.chance.map(|chance| chance(&material)) {
            self.tasks[at].measured.set_chance(chance);
        }
        begun
    }

    /// Whether kNN is right of each image by the first factor; of vectors that are not finite, of none.
    /// None without a factor, or as long as it is not known what is near what.
    pub fn outcomes(&self, kind: Kind) -> Option<Vec<bool>> {
        let classes = &self.sources.factors.first()?.classes;
        let near = self.near[kind as usize].as_ref()?;
        let guess = |near: &_| majority(head(near), classes);
        Some(match near.across.first() {
            Some(near) => right(near, classes, guess),
            None => vec![false; classes.len()],
        })
    }

    /// What came out, in the order of the list.
    pub fn finish(&mut self) -> Vec<Measured> {
        let tasks = std::mem::take(&mut self.tasks);
        tasks.into_iter().map(|task| task.measured).collect()
    }

    /// Looks for the nearest images of some; false if all are known.
    fn look_around(&mut self) -> bool {
        let Some(kind) = self.searched() else {
            return false;
        };
        let vectors = self.sources.vectors[kind].as_mut().expect("it is there");
        let finite = vectors.images.iter().all(|value| value.is_finite());
        if vectors.images.is_empty() || !finite {
            self.near[kind] = Some(Neighbourhood::default());
            return true;
        }
        let search = self
            .search
            .get_or_insert_with(|| Search::new(Rows::new(&vectors.images, vectors.width)));
        let factors = self.sources.factors.iter();
        let folds: Vec<&[u8]> = factors.map(|labels| &labels.folds[..]).collect();
        if search.advance(&folds) {
            self.near[kind] = self.search.take().map(Search::finish);
            if Kind::ALL[kind] == Kind::Pixels {
                // They are many, and from here on some are enough.
                vectors.images = Vec::new();
            }
        }
        true
    }

    /// What a task may use of a kind, or why it cannot be taken.
    fn material(&self, task: &Task, kind: Kind) -> Result<Material<'_>, String> {
        let at = kind as usize;
        let vectors = self.sources.vectors[at].as_ref().expect("it is due");
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        if !finite(&self.some[at]) || !finite(&vectors.images) || !finite(&vectors.views) {
            return Err("the vectors are not finite: the run has diverged".into());
        }
        let rows = |kind: Kind| {
            let width = self.sources.vectors[kind as usize].as_ref()?.width;
            Some(Rows::new(&self.some[kind as usize], width))
        };
        let own = rows(kind).expect("it is due");
        if own.len() < 2 {
            return Err("needs at least two images".into());
        }
        let near = self.near[at].as_ref().expect("they were looked for");
        let loss = &self.sources.loss;
        let (views, split) = match task.reading.scope {
            Scope::Images | Scope::Terms | Scope::Negatives => (None, None),
            Scope::Views => (Some(self.views(vectors)?), None),
            Scope::Factors => {
                let lacking = "needs labels: put each kind of image in a folder of its own";
                let part = task.part.ok_or(lacking)?;
                let labels = &self.sources.factors[part];
                let all = (kind != Kind::Pixels).then(|| Rows::new(&vectors.images, vectors.width));
                (None, Some(split(labels, all, &near.across[part])?))
            }
            Scope::Parameters => {
                let views = self.views(vectors)?;
                let part = task.part.ok_or("the settings make all views alike")?;
                let labels = &self.sources.parameters[part];
                (Some(views), Some(split(labels, Some(views.rows), &[])?))
            }
        };
        Ok(Material {
            rows: own,
            untrained: kind.untrained().and_then(rows),
            pixels: rows(Kind::Pixels),
            near: &near.all,
            views,
            split,
            gradient: match (task.reading.scope, task.part) {
                (Scope::Terms, Some(part)) => loss.gradients[part].lengths[at],
                _ => None,
            },
            negatives: loss.negatives[at].as_ref(),
        })
    }

    fn views<'a>(&self, vectors: &'a Vectors) -> Result<Views<'a>, String> {
        let each = self.sources.views;
        let views = Views {
            rows: Rows::new(&vectors.views, vectors.width),
            each,
        };
        let enough = each > 1 && views.rows.len() >= 2 * each;
        enough
            .then_some(views)
            .ok_or_else(|| "needs views of at least two images".into())
    }
}

fn split<'a>(
    labels: &'a Labels,
    rows: Option<Rows<'a>>,
    near: &'a [Near],
) -> Result<Split<'a>, String> {
    match labels.lacking() {
        Some(reason) => Err(reason.to_owned()),
        None => Ok(Split {
            rows,
            classes: &labels.classes,
            folds: &labels.folds,
            near,
        }),
    }
}

/// Multiplications that it takes to take a reading of a kind, about.
fn cost(task: &Task, kind: Kind, sources: &Sources) -> f64 {
    let Task { reading, part, .. } = task;
    let vectors = sources.vectors[kind as usize].as_ref();
    let (Take::Fit, Some(part), Some(vectors)) = (&reading.take, *part, vectors) else {
        return READING;
    };
    let labels = match reading.scope {
        Scope::Parameters => &sources.parameters[part],
        _ => &sources.factors[part],
    };
    READING + Probe::cost(vectors.width, &labels.classes)
}

/// A task for each part of a reading; one that has no part gets a sentence.
fn tasks(reading: &'static Reading, sources: &Sources) -> Vec<Task> {
    let task = |part, measured| Task {
        reading,
        part,
        measured,
    };
    let of = |(part, (name, chance))| {
        let measured = Measured::of(reading, Some(name), chance);
        task(Some(part), measured)
    };
    let parts: Vec<Task> = parts(reading.scope, sources)
        .into_iter()
        .enumerate()
        .map(of)
        .collect();
    if parts.is_empty() {
        vec![task(None, Measured::of(reading, None, None))]
    } else {
        parts
    }
}

/// Names of the parts, and what vectors that say nothing would give of each.
fn parts(scope: Scope, sources: &Sources) -> Vec<(String, Option<f32>)> {
    let labels = match scope {
        Scope::Images | Scope::Views | Scope::Negatives => &[][..],
        Scope::Factors => &sources.factors,
        Scope::Parameters => &sources.parameters,
        Scope::Terms => {
            let gradients = sources.loss.gradients.iter();
            return gradients.map(|one| (one.of.clone(), None)).collect();
        }
    };
    let labels = labels.iter();
    labels
        .map(|labels| (labels.name.clone(), labels.chance()))
        .collect()
}

/// At most [`SOME`] images of a kind, evenly spaced.
fn some(sources: &Sources, kind: Kind) -> Vec<f32> {
    let Some(Some(vectors)) = sources.vectors.get(kind as usize) else {
        return Vec::new();
    };
    let n = vectors.images.len() / vectors.width;
    if n <= SOME {
        return vectors.images.clone();
    }
    let rows = Rows::new(&vectors.images, vectors.width);
    let some = (0..SOME).flat_map(|i| rows.row(i * n / SOME));
    some.copied().collect()
}
