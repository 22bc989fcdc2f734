//! Taking readings, a slice of work at a time.

use std::collections::VecDeque;

use burn::prelude::*;
use serde::Serialize;

use super::{
    Kind, Labels, Material, READINGS, Reading, SOME, Scope, Sources, Split, Take, Taken, Vectors,
    Views, fitted,
};
use crate::error::Error;
use crate::evaluation::knn::{head, right};
use crate::evaluation::{Near, Neighbourhood, Probe, Rows, Search, majority};

/// What came out: a number, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Value {
    /// One number.
    Number(f32),
    /// A list.
    List(Vec<f32>),
}

impl Value {
    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub(super) fn number(value: f64) -> Self {
        Self::Number(value as f32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    pub(super) fn list(values: impl IntoIterator<Item = f64>) -> Self {
        Self::List(values.into_iter().map(|value| value as f32).collect())
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f32> {
        match self {
            Self::Number(value) => Some(*value),
            Self::List(_) => None,
        }
    }

    fn is_finite(&self) -> bool {
        match self {
            Self::Number(value) => value.is_finite(),
            Self::List(values) => values.iter().all(|value| value.is_finite()),
        }
    }
}

/// One reading, or a part of it, beside what it must be compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Of the reading's card.
    pub id: &'static str,
    /// The factor or the parameter that it is of; null for the whole.
    pub part: Option<String>,
    /// Of h.
    pub h: Option<Value>,
    /// Of z.
    pub z: Option<Value>,
    /// Of h before training.
    pub untrained: Option<Value>,
    /// Of z before training.
    pub untrained_z: Option<Value>,
    /// Of the pixels themselves.
    pub pixels: Option<Value>,
    /// What vectors that say nothing would give.
    pub chance: Option<f32>,
    /// Why something that should be there is missing.
    pub missing: Option<String>,
}

impl Measured {
    fn of(reading: &Reading, part: Option<String>, chance: Option<f32>) -> Self {
        Self {
            id: reading.card.id,
            part,
            h: None,
            z: None,
            untrained: None,
            untrained_z: None,
            pixels: None,
            chance,
            missing: None,
        }
    }

    /// Of several reasons only the first is told: mostly it is that of all.
    fn note(&mut self, kind: Kind, taken: Taken) {
        match taken {
            Ok(value) if value.is_finite() => *self.kind(kind) = Some(value),
            Ok(_) => self.note(kind, Err("came to no finite number".into())),
            Err(reason) => drop(self.missing.get_or_insert(reason)),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the page needs no f64")]
    fn set_chance(&mut self, chance: f64) {
        self.chance = Some(chance as f32);
    }

    /// Where the value of a kind stands.
    pub fn kind(&mut self, kind: Kind) -> &mut Option<Value> {
        match kind {
            Kind::H => &mut self.h,
            Kind::Z => &mut self.z,
            Kind::Untrained => &mut self.untrained,
            Kind::UntrainedZ => &mut self.untrained_z,
            Kind::Pixels => &mut self.pixels,
        }
    }
}

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
    /// What is still to be taken: the place of a task, and of which kind.
    waiting: VecDeque<(usize, Kind)>,
    /// Of what comes next.
    probe: Option<Box<Probe>>,
}

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
            kinds.map(|kind| (at, kind)).collect::<Vec<_>>()
        };
        Self {
            waiting: tasks.iter().enumerate().flat_map(kinds).collect(),
            tasks,
            some: Kind::ALL.map(|kind| some(&sources, kind)),
            sources,
            device,
            near: Default::default(),
            search: None,
            probe: None,
        }
    }

    /// A slice of the work; true once all is done.
    ///
    /// # Errors
    /// The device does not answer.
    pub async fn advance(&mut self) -> Result<bool, Error> {
        if self.look_around() {
            return Ok(false);
        }
        let Some(&(at, kind)) = self.waiting.front() else {
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
        let unknown = |kind: &usize| self.sources.vectors[*kind].is_some();
        let kinds = (0..self.near.len()).filter(unknown);
        let Some(kind) = kinds.into_iter().find(|kind| self.near[*kind].is_none()) else {
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
