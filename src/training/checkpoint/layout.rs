//! Where the tensors of a module stand in a file: names and shapes of `PyTorch`.
//!
//! A name is the path of fields in the module, joined by dots. Burn's `Linear` keeps its weight as
//! `[in, out]` and `PyTorch`'s as `[out, in]`; gain and shift of batch norm are `gamma` and `beta` there,
//! `weight` and `bias` here. All else is the same.

use std::collections::{BTreeMap, HashMap};

use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::prelude::*;

use super::{Named, Weights};
use crate::error::Error;

/// What the names of the optimiser's tensors start with.
const OPTIMIZER: &str = "optimizer";

/// Something that an optimiser remembers of a parameter.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// Path of the parameter in the module.
    pub path: String,
    /// What it is, in `PyTorch`'s words: `momentum_buffer`, `exp_avg`, `exp_avg_sq`.
    pub what: &'static str,
    /// Its numbers, in the order of the parameter's.
    pub value: Tensor<1>,
}

/// All float tensors of a module (parameters, running statistics, queues), and what an optimiser
/// remembers of them: tensors, and by path how often it moved each.
pub(crate) fn collect<M: Module>(
    module: &M,
    remembered: Vec<Remembered>,
    moved: &BTreeMap<String, u32>,
) -> Weights {
    let mut collect = Collect::default();
    module.visit(&mut collect);
    let places: HashMap<&str, &Place> = collect
        .places
        .iter()
        .map(|(path, p)| (&**path, p))
        .collect();
    let mut tensors: Vec<Named> = Vec::new();
    for ((_, place), value) in collect.places.iter().zip(collect.values) {
        tensors.push(place.named(place.name.clone(), value));
    }
    for Remembered { path, what, value } in remembered {
        let place = places[&*path];
        tensors.push(place.named(place.of_optimizer(what), value));
    }
    let moved = moved.iter();
    let moved = moved.map(|(path, count)| (places[&**path].name.clone(), *count));
    Weights {
        tensors,
        moved: moved.collect(),
    }
}

/// What an optimiser remembers: tensors, and by path how often it moved each parameter.
pub(crate) type Memory = (Vec<Remembered>, BTreeMap<String, u32>);

/// Puts tensors back where [`collect`] found them; `kinds` are what the optimiser remembers of each
/// parameter that it moved, all of them or none.
///
/// # Errors
/// If one is missing, is of another shape, or has no place; the module is then as it was.
pub(crate) fn fill<M: Module>(
    module: M,
    weights: Weights,
    kinds: &'static [&'static str],
) -> (M, Result<Memory, Error>) {
    let mut collect = Collect::default();
    module.visit(&mut collect);
    let Weights { tensors, moved } = weights;
    let tensors = tensors.into_iter();
    let mut tensors: BTreeMap<String, Named> = tensors
        .map(|tensor| (tensor.name.clone(), tensor))
        .collect();
    match sort(&collect.places, &mut tensors, moved, kinds) {
        Err(error) => (module, Err(error)),
        Ok((values, memory)) => {
            let path = Vec::new();
            (module.map(&mut Fill { path, values }), Ok(memory))
        }
    }
}

type Values = HashMap<String, Tensor<1>>;

/// The tensors of the module by path, and those of the optimiser.
fn sort(
    places: &[(String, Place)],
    tensors: &mut BTreeMap<String, Named>,
    mut moved: BTreeMap<String, u32>,
    kinds: &'static [&'static str],
) -> Result<(Values, Memory), Error> {
    let mut values = Values::new();
    let mut remembered = Vec::new();
    let mut counts = BTreeMap::new();
    for (path, place) in places {
        let value = place.take(&place.name, tensors)?;
        let value = value.ok_or_else(|| other(&format!("{} is missing", place.name)))?;
        values.insert(path.clone(), value);
        let Some(count) = moved.remove(&place.name) else {
            continue;
        };
        counts.insert(path.clone(), count);
        let before = remembered.len();
        for &what in kinds {
            let value = place.take(&place.of_optimizer(what), tensors)?;
            let path = path.clone();
            remembered.extend(value.map(|value| Remembered { path, what, value }));
        }
        if ![0, kinds.len()].contains(&(remembered.len() - before)) {
            let part = place.of_optimizer("");
            return Err(other(&format!("{part}{} is not whole", kinds.join(", "))));
        }
    }
    match tensors.keys().chain(moved.keys()).next() {
        Some(name) => Err(other(&format!("{name} has no place in the run"))),
        None => Ok((values, (remembered, counts))),
    }
}

fn other(what: &str) -> Error {
    Error::Checkpoint(format!("this checkpoint is of another network: {what}"))
}

/// Where a tensor stands in a file.
#[derive(Debug)]
struct Place {
    name: String,
    shape: Vec<usize>,
    /// Whether rows and columns are the other way round in the module.
    transposed: bool,
}

impl Place {
    /// `fields`: each with the kind of struct that has it, the outermost first.
    fn of(fields: &[(String, String)], dims: &[usize]) -> Self {
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| &**name).collect();
        let (field, within) = fields.last().expect("a tensor is in a field");
        let transposed = within == "Struct:Linear" && dims.len() == 2;
        let known = match (&**within, &**field) {
            ("Struct:BatchNorm", "gamma") => Some("weight"),
            ("Struct:BatchNorm", "beta") => Some("bias"),
            _ => None,
        };
        names.pop();
        names.push(known.unwrap_or(field));
        let mut shape = dims.to_vec();
        if transposed {
            shape.reverse();
        }
        Self {
            name: names.join("."),
            shape,
            transposed,
        }
    }

    fn of_optimizer(&self, what: &str) -> String {
        format!("{OPTIMIZER}.{}.{what}", self.name)
    }

    /// For the file, from `value` as it is in the module.
    fn named(&self, name: String, value: Tensor<1>) -> Named {
        let shape = self.shape.clone();
        let value = match self.shape[..] {
            [rows, columns] if self.transposed => transposed(value, columns, rows),
            _ => value,
        };
        Named { name, shape, value }
    }

    /// From the file as it is to be in the module, if it is there.
    fn take(
        &self,
        name: &str,
        tensors: &mut BTreeMap<String, Named>,
    ) -> Result<Option<Tensor<1>>, Error> {
        let Some(Named { shape, value, .. }) = tensors.remove(name) else {
            return Ok(None);
        };
        if shape != self.shape {
            let wanted = &self.shape;
            return Err(other(&format!(
                "{name} is {shape:?} there, and {wanted:?} here"
            )));
        }
        Ok(Some(match self.shape[..] {
            [rows, columns] if self.transposed => transposed(value, rows, columns),
            _ => value,
        }))
    }
}

/// A matrix of so many rows and columns, row after row, by columns.
fn transposed(value: Tensor<1>, rows: usize, columns: usize) -> Tensor<1> {
    value
        .reshape([rows, columns])
        .transpose()
        .reshape([rows * columns])
}

#[derive(Default)]
struct Collect {
    fields: Vec<(String, String)>,
    /// By path, in the order of the module.
    places: Vec<(String, Place)>,
    /// As they are in the module.
    values: Vec<Tensor<1>>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.fields
            .push((name.to_owned(), container_type.to_owned()));
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.fields.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let dims = value.dims();
        let path: Vec<&str> = self.fields.iter().map(|(name, _)| &**name).collect();
        self.places
            .push((path.join("."), Place::of(&self.fields, &dims)));
        self.values
            .push(value.reshape([dims.iter().product::<usize>()]));
    }
}

struct Fill {
    path: Vec<String>,
    /// One for each tensor of the module.
    values: Values,
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.shape();
        let value = self.values.remove(&self.path.join("."));
        let value = value.expect("all tensors were found before");
        param.map(|old| {
            let tracked = old.is_require_grad();
            Tensor::from_inner(value.reshape(shape)).set_require_grad(tracked)
        })
    }
}
