//! One of the files, read with the indices that its items have in the whole.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{ElementSection, Encode, GlobalSection, Instruction};
use wasmparser::{
    Element, ElementItems, ElementKind, Export, ExternalKind, FuncType, FunctionBody, Global,
    Import, Operator, Parser, Payload, TableType, TypeRef, ValType,
};

use super::split_name;
use crate::raw::function_names;

/// Where a table has the moved functions: their indices, and the first entry.
pub(super) struct Places {
    pub(super) table: u32,
    pub(super) base: u32,
    pub(super) of: HashMap<u32, u32>,
}

/// Types of functions of all files, each once.
#[derive(Default)]
pub(super) struct Types {
    pub(super) all: Vec<FuncType>,
    numbers: HashMap<FuncType, u32>,
}

impl Types {
    pub(super) fn number(&mut self, ty: FuncType) -> u32 {
        let next = u32::try_from(self.all.len()).expect("types are few");
        *self.numbers.entry(ty).or_insert_with_key(|ty| {
            self.all.push(ty.clone());
            next
        })
    }
}

/// One of the three files, and the indices that its items have in the whole.
#[derive(Default)]
pub(super) struct File<'a> {
    /// The index among [`Types`] of each of the file's types.
    pub(super) types: Vec<u32>,
    pub(super) imports: Vec<Import<'a>>,
    /// The type of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    pub(super) function_numbers: Vec<u32>,
    /// How many globals are imported; they come before the file's own.
    imported_globals: u32,
    global_numbers: Vec<u32>,
    pub(super) globals: Vec<Global<'a>>,
    pub(super) tables: Vec<TableType>,
    table_numbers: Vec<u32>,
    pub(super) exports: Vec<Export<'a>>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) start: Option<u32>,
    bodies: Vec<FunctionBody<'a>>,
    names: HashMap<u32, &'a str>,
    /// Both as written: the only index in them is that of the one memory.
    pub(super) memories: &'a [u8],
    pub(super) data: &'a [u8],
}

impl<'a> File<'a> {
    pub(super) fn read(wasm: &'a [u8], types: &mut Types) -> Result<Self> {
        let mut file = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        file.types.push(types.number(ty?));
                    }
                }
                Payload::ImportSection(section) => {
                    file.imports = section.into_imports().collect::<Result<_, _>>()?;
                    for import in &file.imports {
                        match import.ty {
                            TypeRef::Func(ty) => file.functions.push(file.types[ty as usize]),
                            TypeRef::Global(_) => file.imported_globals += 1,
                            _ => (),
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        file.functions.push(file.types[ty? as usize]);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        file.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(section) => file.memories = &wasm[section.range()],
                Payload::DataSection(section) => file.data = &wasm[section.range()],
                Payload::GlobalSection(section) => {
                    file.globals = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ExportSection(section) => {
                    file.exports = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ElementSection(section) => {
                    file.elements = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::StartSection { func, .. } => file.start = Some(func),
                Payload::CodeSectionEntry(body) => file.bodies.push(body),
                Payload::Version { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => (),
                other => bail!("a section that splitting knows nothing of: {other:?}"),
            }
        }
        file.names = function_names(wasm)?
            .unwrap_or_default()
            .into_iter()
            .collect();
        Ok(file)
    }

    /// Gives all items the indices of the file itself.
    pub(super) fn number_as_they_are(&mut self) {
        let count = |items: usize| (0..).take(items).collect();
        self.function_numbers = count(self.functions.len());
        self.global_numbers = count(self.globals.len() + self.imported_globals as usize);
        self.table_numbers = count(self.tables.len());
    }

    /// Takes the index of each function that the file defines from its name.
    pub(super) fn number_by_names(&mut self) -> Result<()> {
        let imported = self.functions.len() - self.bodies.len();
        self.function_numbers.truncate(imported);
        let mut seen = HashSet::new();
        for index in imported..self.functions.len() {
            let name = self.names.get(&u32::try_from(index)?);
            let number = name.context("a function of a half has no name")?.parse()?;
            ensure!(seen.insert(number), "function {number} is there twice");
            self.function_numbers.push(number);
        }
        Ok(())
    }

    /// Takes the index of each import from its name.
    pub(super) fn number_by_imports(&mut self) -> Result<()> {
        for import in &self.imports {
            let (_, number) = split_name(import.name)?;
            match import.ty {
                TypeRef::Func(_) => self.function_numbers.push(number),
                TypeRef::Global(_) => self.global_numbers.push(number),
                TypeRef::Table(_) => self.table_numbers.push(number),
                TypeRef::Memory(_) => ensure!(number == 0, "more than one memory"),
                _ => bail!("the rest imports an item of an unknown kind"),
            }
        }
        Ok(())
    }

    pub(super) fn numbering(&self) -> Numbering<'_> {
        Numbering {
            types: &self.types,
            functions: &self.function_numbers,
            globals: &self.global_numbers,
            tables: &self.table_numbers,
        }
    }

    pub(super) fn type_of(&self, function: u32) -> Result<u32> {
        let ty = self.functions.get(function as usize);
        ty.copied().context("a function without a type")
    }

    /// The functions that the file defines, by index.
    pub(super) fn bodies(&self, types: &Types) -> Result<HashMap<u32, Vec<u8>>> {
        let imported = self.functions.len() - self.bodies.len();
        let functions = self.functions.iter().zip(&self.function_numbers);
        let own = functions.skip(imported).zip(&self.bodies);
        own.map(|((ty, number), body)| {
            let params = types.all[*ty as usize].params().len();
            Ok((*number, self.body(*ty, u32::try_from(params)?, body)?))
        })
        .collect()
    }

    /// A function as bytes that do not depend on the file: locals are renumbered in the order of their first
    /// use, which also gives their type.
    pub(super) fn body(&self, ty: u32, params: u32, body: &FunctionBody) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        ty.encode(&mut bytes);
        let groups = body.get_locals_reader()?.into_iter();
        let groups: Vec<(u32, ValType)> = groups.collect::<Result<_, _>>()?;
        let mut numbers = HashMap::new();
        let mut local = |index: u32, bytes: &mut Vec<u8>| {
            if index < params {
                return Ok(index);
            }
            let next = params + u32::try_from(numbers.len())?;
            if let Some(number) = numbers.get(&index) {
                return Ok(*number);
            }
            let mut end = params;
            let group = groups.iter().find(|(count, _)| {
                end += count;
                index < end
            });
            let (_, ty) = group.context("a local that is not there")?;
            Numbering::default().val_type(*ty)?.encode(bytes);
            numbers.insert(index, next);
            anyhow::Ok(next)
        };
        let mut numbering = self.numbering();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let instruction = match operators.read()? {
                Operator::LocalGet { local_index } => {
                    Instruction::LocalGet(local(local_index, &mut bytes)?)
                }
                Operator::LocalSet { local_index } => {
                    Instruction::LocalSet(local(local_index, &mut bytes)?)
                }
                Operator::LocalTee { local_index } => {
                    Instruction::LocalTee(local(local_index, &mut bytes)?)
                }
                other => numbering.instruction(other)?,
            };
            instruction.encode(&mut bytes);
        }
        Ok(bytes)
    }

    /// Where the rest puts its functions.
    pub(super) fn places(&self) -> Result<Places> {
        let [Element { kind, items, .. }] = &self.elements[..] else {
            bail!("the rest does not fill the table in one go");
        };
        let ElementKind::Active {
            table_index,
            offset_expr,
        } = kind
        else {
            bail!("the rest does not fill the table when it is made");
        };
        let ElementItems::Functions(functions) = items else {
            bail!("the rest does not fill the table with functions");
        };
        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
            bail!("the rest does not fill the table from a fixed place on");
        };
        let numbers = functions.clone().into_iter().map(|index| {
            let number = self.function_numbers.get(index? as usize);
            Ok(*number.context("a place of the table is for no function")?)
        });
        let numbers = numbers.collect::<Result<Vec<u32>>>()?;
        let table = self.numbering().table_index(table_index.unwrap_or(0))?;
        Ok(Places {
            table,
            base: value.cast_unsigned(),
            of: numbers.into_iter().zip(0..).collect(),
        })
    }

    pub(super) fn imports(&self) -> Vec<String> {
        let mut imports = Vec::new();
        for import in &self.imports {
            let ty = match import.ty {
                TypeRef::Func(ty) => format!("function {}", self.types[ty as usize]),
                other => format!("{other:?}"),
            };
            imports.push(format!("{} {} {ty}", import.module, import.name));
        }
        imports
    }

    pub(super) fn exports(&self) -> Result<Vec<(&str, u8, u32)>> {
        let mut numbering = self.numbering();
        let export = |export: &Export<'a>| {
            let index = match export.kind {
                ExternalKind::Func => numbering.function_index(export.index)?,
                ExternalKind::Global => numbering.global_index(export.index)?,
                _ => export.index,
            };
            Ok((export.name, export.kind as u8, index))
        };
        self.exports.iter().map(export).collect()
    }

    pub(super) fn globals(&self) -> Result<Vec<u8>> {
        let mut section = GlobalSection::new();
        for global in &self.globals {
            self.numbering()
                .parse_global(&mut section, global.clone())?;
        }
        let mut bytes = Vec::new();
        section.encode(&mut bytes);
        Ok(bytes)
    }

    pub(super) fn elements(&self) -> Result<Vec<u8>> {
        let mut section = ElementSection::new();
        for element in &self.elements {
            self.numbering()
                .parse_element(&mut section, element.clone())?;
        }
        let mut bytes = Vec::new();
        section.encode(&mut bytes);
        Ok(bytes)
    }

    pub(super) fn start(&self) -> Result<Option<u32>> {
        let start = self.start;
        Ok(start
            .map(|index| self.numbering().function_index(index))
            .transpose()?)
    }
}

/// Re-encodes instructions with the indices of the whole.
#[derive(Default)]
pub(super) struct Numbering<'a> {
    types: &'a [u32],
    functions: &'a [u32],
    globals: &'a [u32],
    tables: &'a [u32],
}

impl Reencode for Numbering<'_> {
    type Error = Infallible;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.types[index as usize])
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.functions[index as usize])
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.globals[index as usize])
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.tables[index as usize])
    }
}
