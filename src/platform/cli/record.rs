//! What a run has told, as a session file keeps it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use serde_json::{Map as Object, Value, json};
use twoviews_session_file as file;

use super::{cannot, tables};
use crate::data::{Bytes, ImageSet};
use crate::error::Error;
use crate::evaluation::readings::READINGS;
use crate::methods;
use crate::protocol::{Event, LossPoint, Measured};

/// Where its images are in the file.
const IMAGES: &str = "images";

/// All that a run has told.
#[derive(Default)]
pub(super) struct Record {
    images: Option<ImageSet>,
    settings: Value,
    /// Its last events, by their types.
    told: Object<String, Value>,
    /// The last of its losses.
    loss: Value,
    losses: Points,
    course: Points,
    checkpoint: Option<(usize, Bytes)>,
    embeddings: Option<[Bytes; 2]>,
    seconds: f64,
}

/// Numbers over steps, as the page has them.
#[derive(Default)]
struct Points {
    steps: Vec<usize>,
    columns: Vec<(String, Vec<Option<f32>>)>,
}

impl Points {
    fn push(&mut self, step: usize, values: impl Iterator<Item = (String, f32)>) {
        let before = self.steps.len();
        self.steps.push(step);
        for (name, value) in values {
            let at = self.columns.iter().position(|(known, _)| *known == name);
            let at = at.unwrap_or_else(|| {
                self.columns.push((name, Vec::new()));
                self.columns.len() - 1
            });
            let column = &mut self.columns[at].1;
            // Of several parts the first has the column.
            if column.len() <= before {
                column.resize(before, None);
                column.push(Some(value));
            }
        }
    }

    fn state(&self) -> Value {
        let columns = self.columns.iter();
        let columns: Object<_, _> = columns
            .map(|(name, column)| (name.clone(), json!(column)))
            .collect();
        json!({"steps": self.steps, "columns": columns, "stride": 1, "pending": []})
    }

    fn curves(&self, label: impl Fn(&str) -> String) -> file::Curves {
        let lines = self.columns.iter().map(|(id, column)| file::Line {
            id: id.clone(),
            label: label(id),
            values: column.iter().map(|value| value.map(f64::from)).collect(),
        });
        file::Curves {
            steps: self.steps.iter().map(|step| *step as f64).collect(),
            lines: lines.collect(),
        }
    }
}

impl Record {
    pub(super) fn tell(&mut self, event: &Event) {
        match event {
            Event::Loaded { images, .. } => self.images = Some(images.clone()),
            Event::Configured { settings, .. } => {
                self.settings = serde_json::to_value(settings).expect("plain data");
            }
            Event::Stepped {
                losses,
                ms_per_step,
                ..
            } => {
                self.seconds += losses.len() as f64 * ms_per_step / 1000.0;
                for loss in losses {
                    self.step(loss);
                }
                self.note(event);
                self.told["stepped"]
                    .as_object_mut()
                    .expect("an event")
                    .remove("losses");
            }
            Event::Readings { step, values } => {
                self.course.push(*step, values.iter().flat_map(live));
                self.note(event);
            }
            Event::Map { .. } => {
                self.note(event);
                pack(&mut self.told["map"]["points"]);
            }
            Event::Baselines { .. } => {
                self.note(event);
                for part in ["untrainedH", "untrainedZ", "pixels"] {
                    pack(&mut self.told["baselines"][part]["points"]);
                }
            }
            Event::Started { .. } | Event::Verdict { .. } | Event::Evaluated { .. } => {
                self.note(event);
            }
            Event::Checkpoint { step, bytes } => self.checkpoint = Some((*step, bytes.clone())),
            Event::Embeddings { h, z, .. } => self.embeddings = Some([h.clone(), z.clone()]),
            _ => {}
        }
    }

    fn note(&mut self, event: &Event) {
        let event = serde_json::to_value(event).expect("plain data");
        let name = event["type"]
            .as_str()
            .expect("events have types")
            .to_owned();
        self.told.insert(name, event);
    }

    fn step(&mut self, loss: &LossPoint) {
        let LossPoint {
            step, total, terms, ..
        } = loss;
        let terms = terms
            .iter()
            .map(|term| (term.id.to_owned(), term.value * term.weight));
        self.losses.push(
            *step,
            std::iter::once(("total".to_owned(), *total)).chain(terms),
        );
        self.loss = serde_json::to_value(loss).expect("plain data");
    }

    /// Writes all of it, or leaves the file that was there.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let images = self.images.as_ref();
        let images = images.ok_or_else(|| Error::State("there are no images to keep".into()))?;
        let part = path.with_extension("part");
        let made = File::create(&part).map_err(|e| cannot("write", path, &e))?;
        let written = file::write(&self.session(images), BufWriter::new(made));
        written.map_err(|refused| cannot("write", path, &refused))?;
        std::fs::rename(&part, path).map_err(|e| cannot("write", path, &e))
    }

    fn session(&self, images: &ImageSet) -> file::Session {
        let ImageSet {
            set,
            size,
            names,
            pixels,
            ..
        } = images;
        let folder = self.name();
        let card = methods::find(&folder).ok().map(|entry| entry.card);
        let title = |id: &str| {
            let term = card.and_then(|card| card.terms.iter().find(|term| term.id == id));
            term.map_or_else(|| id.to_owned(), |term| term.label.to_owned())
        };
        let map = self.told.get("map").map(|map| file::Map {
            space: text(&map["space"]),
            images: serde_json::from_value(map["images"].clone()).expect("places of images"),
            points: unpack(&map["points"]),
        });
        let embeddings = self.embeddings.as_ref().map(|[h, z]| file::Embeddings {
            h: h.to_vec(),
            z: z.to_vec(),
        });
        file::Session {
            state: self.state(images),
            sets: vec![file::Set {
                folder: IMAGES.into(),
                set: set.clone(),
                size: *size,
                names: names.clone(),
                factors: tables::factors(images),
                pixels: pixels.to_vec(),
            }],
            runs: vec![file::Run {
                name: folder.clone(),
                folder,
                set: Some(0),
                settings: self.settings.clone(),
                checkpoint: self.checkpoint.as_ref().map(|(_, bytes)| bytes.to_vec()),
                embeddings,
                loss: self.losses.curves(title),
                course: self.course.curves(read),
                readings: self.values(),
                map,
            }],
        }
    }

    /// Its method, after which it is called.
    fn name(&self) -> String {
        text(&self.settings["method"])
    }

    fn values(&self) -> Value {
        let told = |name: &str| self.told.get(name).map(|event| event["values"].clone());
        told("evaluated")
            .or_else(|| told("readings"))
            .unwrap_or_default()
    }

    /// As the page keeps a session (`www/src/store/saved.ts`).
    fn state(&self, images: &ImageSet) -> Value {
        let ImageSet {
            set,
            size,
            names,
            factors,
            ..
        } = images;
        let name = self.name();
        let from = set.clone().unwrap_or_else(|| "own images".into());
        let source = json!({"images": 0, "advice": [], "options": {}, "given": null});
        let checkpoint = self.checkpoint.as_ref().map(|(step, _)| {
            json!({"step": step, "bytes": {"file": format!("runs/{name}/checkpoint.safetensors")}})
        });
        let mut run = json!({
            "name": name,
            "images": format!("{from}, {}", names.len()),
            "source": source,
            "checkpoint": checkpoint,
            "seconds": self.seconds,
            "settings": self.settings,
            "used": self.settings,
            "loss": self.loss,
            "losses": self.losses.state(),
            "course": self.course.state(),
        });
        for absent in ["group", "when", "views", "error"] {
            run[absent] = Value::Null;
        }
        for event in [
            "started",
            "stepped",
            "map",
            "baselines",
            "verdict",
            "readings",
            "evaluated",
        ] {
            run[event] = self.told.get(event).cloned().unwrap_or_default();
        }
        let step = self
            .told
            .get("stepped")
            .map_or(json!(0), |event| event["step"].clone());
        json!({
            "format": file::FORMAT,
            "twoviews": env!("CARGO_PKG_VERSION"),
            "about": {"methods": [name], "images": run["images"], "step": step, "kept": 0},
            "address": "",
            "lesson": null,
            "sets": [{
                "set": set, "size": size, "names": names, "factors": factors,
                "pixels": {"file": format!("{IMAGES}/squares.npy")},
            }],
            "source": source,
            "a": {"settings": self.settings, "run": 0, "running": false},
            "b": null,
            "beside": "untrained",
            "besideRun": null,
            "kept": [],
            "overlaid": [],
            "space": "h",
            "runs": [run],
        })
    }
}

/// The numbers of a live reading, by the names of their curves.
fn live(value: &Measured) -> impl Iterator<Item = (String, f32)> {
    let of = [("h", &value.h), ("z", &value.z)];
    let numbers = of
        .into_iter()
        .filter_map(|(of, value)| Some((of, value.as_ref()?.as_number()?)));
    let id = value.id;
    numbers.map(move |(of, number)| (format!("{id}: {of}"), number))
}

/// What the curve of a live reading is called in charts.
fn read(name: &str) -> String {
    let (id, of) = name.split_once(": ").unwrap_or((name, ""));
    let card = READINGS.iter().map(|reading| reading.card);
    let card = card.into_iter().find(|card| card.id == id);
    card.map_or_else(|| name.to_owned(), |card| format!("{}, {of}", card.label))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Bytes that JSON lists as numbers, as a session file has them.
fn pack(bytes: &mut Value) {
    let list: Vec<u8> = serde_json::from_value(bytes.take()).expect("bytes");
    *bytes = json!({"base64": file::to_base64(&list)});
}

fn unpack(packed: &Value) -> Vec<u8> {
    file::of_base64(packed["base64"].as_str().unwrap_or_default()).expect("it was packed above")
}
