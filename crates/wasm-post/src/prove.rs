//! The proof that a module in two halves is the module it was.
//!
//! It reads the files as they are written, and knows nothing of how they were made: each function of
//! the whole must be found, instruction by instruction, in one half; where it left the first, a stub
//! may call it. All else must be as it was. Items have other numbers in each file, so they are told by
//! those of the whole: own functions of a half must be named by them.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{BlockType, ElementSection, Encode, GlobalSection, Instruction};
use wasmparser::{
    Element, ElementItems, ElementKind, Export, ExternalKind, FuncType, FunctionBody, Global,
    Import, Operator, Parser, Payload, TableType, TypeRef, ValType,
};

use crate::raw::function_names;

/// What the rest calls the module that its imports come from.
pub(crate) const FIRST: &str = "first";

/// The first half's own function, which has the rest loaded unless it is: its name, which is no number
/// of a function of the whole, and the number it gets here.
pub(crate) const ENSURE: u32 = u32::MAX;

/// An error if `first` and `rest` are not together what `whole` is. `load` begins the name of the
/// import that loads the rest. Returns how many functions have moved.
pub(crate) fn nothing_is_lost(
    whole: &[u8],
    first: &[u8],
    rest: &[u8],
    load: &str,
) -> Result<usize> {
    let mut types = Types::default();
    let mut whole = File::read(whole, &mut types)?;
    let mut first = File::read(first, &mut types)?;
    let mut rest = File::read(rest, &mut types)?;
    whole.number_as_they_are();
    first.number_as_they_are();
    first.number_by_names()?;
    rest.number_by_imports()?;
    rest.number_by_names()?;

    let Places { table, base, of } = rest.places()?;
    let load = whole
        .imports
        .iter()
        .filter(|import| matches!(import.ty, TypeRef::Func(_)))
        .position(|import| import.name.starts_with(load))
        .context("the module does not import what loads the rest")?;
    let loads = loads_rest(&mut types, table, base, u32::try_from(load)?);
    let (wholes, mut firsts, rests) = (
        whole.bodies(&types)?,
        first.bodies(&types)?,
        rest.bodies(&types)?,
    );
    ensure!(
        firsts.remove(&ENSURE) == Some(loads),
        "the first half does not load the rest as it is to"
    );
    let mut lost = 0;
    for (number, body) in &wholes {
        let moved = rests.get(number);
        lost += match (firsts.remove(number), moved) {
            (Some(kept), None) => usize::from(kept != *body),
            (stub, Some(moved)) => {
                let place = of.get(number).context("a moved function has no place")?;
                let ty = whole.type_of(*number)?;
                let expected = self::stub(&types, ty, table, base + place);
                usize::from(moved != body || stub.is_some_and(|stub| stub != expected))
            }
            (None, None) => 1,
        };
    }
    ensure!(lost == 0, "{lost} functions are lost or not what they were");
    ensure!(
        firsts.is_empty() && rests.keys().all(|number| wholes.contains_key(number)),
        "there are functions that were not there"
    );
    ensure!(
        of.len() == rests.len() && rest.elements.len() == 1,
        "the rest puts other functions into the table than it has"
    );
    same_but_for_functions(&whole, &first, table, rests.len())?;
    holds_no_more_than_functions(&rest)?;
    gives_what_is_wanted(&first, &rest)?;
    Ok(rests.len())
}

/// What [`ENSURE`] is to do: if this place of the table is empty, call what loads the rest.
fn loads_rest(types: &mut Types, table: u32, base: u32, load: u32) -> Vec<u8> {
    let code = [
        Instruction::I32Const(base.cast_signed()),
        Instruction::TableGet(table),
        Instruction::RefIsNull,
        Instruction::If(BlockType::Empty),
        Instruction::Call(load),
        Instruction::Else,
        Instruction::End,
        Instruction::End,
    ];
    encoded(types.number(FuncType::new([], [])), &code)
}

/// What may stand for a moved function: it calls what is at a place of the table.
fn stub(types: &Types, ty: u32, table: u32, place: u32) -> Vec<u8> {
    let mut code = vec![Instruction::Call(ENSURE)];
    let arguments = (0..).zip(types.all[ty as usize].params());
    code.extend(arguments.map(|(index, _)| Instruction::LocalGet(index)));
    code.extend([
        Instruction::I32Const(place.cast_signed()),
        Instruction::CallIndirect {
            type_index: ty,
            table_index: table,
        },
        Instruction::End,
    ]);
    encoded(ty, &code)
}

fn encoded(ty: u32, code: &[Instruction]) -> Vec<u8> {
    let mut bytes = Vec::new();
    ty.encode(&mut bytes);
    for instruction in code {
        instruction.encode(&mut bytes);
    }
    bytes
}

/// The table may have grown by the places of what has moved, and there may be more exports.
fn same_but_for_functions(whole: &File, first: &File, table: u32, moved: usize) -> Result<()> {
    let mut tables = whole.tables.clone();
    if let Some(table) = tables.get_mut(table as usize) {
        table.initial += moved as u64;
        table.maximum = table.maximum.map(|most| most.max(table.initial));
    }
    let whole_exports: HashSet<_> = whole.exports()?.into_iter().collect();
    let first_exports: HashSet<_> = first.exports()?.into_iter().collect();
    let same = [
        ("imports", whole.imports() == first.imports()),
        ("globals", whole.globals()? == first.globals()?),
        ("elements", whole.elements()? == first.elements()?),
        ("start", whole.start()? == first.start()?),
        ("table", tables == first.tables),
        ("memories", whole.memories == first.memories),
        ("data", whole.data == first.data),
        ("exports", whole_exports.is_subset(&first_exports)),
    ];
    for (what, same) in same {
        ensure!(same, "the first half has other {what} than the whole");
    }
    Ok(())
}

fn holds_no_more_than_functions(rest: &File) -> Result<()> {
    let nothing = rest.globals.is_empty()
        && rest.tables.is_empty()
        && rest.memories.is_empty()
        && rest.data.is_empty()
        && rest.start.is_none();
    ensure!(nothing, "the rest has more than functions and their places");
    Ok(())
}

/// What the rest imports by a name must be the item of that number and type that the first exports
/// by it.
fn gives_what_is_wanted(first: &File, rest: &File) -> Result<()> {
    let exports: HashMap<_, _> = first.exports.iter().map(|one| (one.name, one)).collect();
    for import in &rest.imports {
        let name = import.name;
        let export = exports.get(name).filter(|_| import.module == FIRST);
        let export = export.with_context(|| format!("the first half does not export {name}"))?;
        let (kind, number) = split_name(name)?;
        let index = export.index as usize;
        let fits = match (import.ty, export.kind) {
            (TypeRef::Func(ty), ExternalKind::Func) => {
                kind == 'f'
                    && first.function_numbers.get(index) == Some(&number)
                    && rest.types[ty as usize] == first.functions[index]
            }
            (TypeRef::Global(ty), ExternalKind::Global) => {
                kind == 'g' && export.index == number && first.globals[index].ty == ty
            }
            (TypeRef::Table(_), ExternalKind::Table) => kind == 't' && export.index == number,
            (TypeRef::Memory(_), ExternalKind::Memory) => kind == 'm' && export.index == number,
            _ => false,
        };
        ensure!(
            fits,
            "what the first half exports as {name} is something else"
        );
    }
    Ok(())
}

/// A name such as `f12`: the kind of an item, and its number in the whole.
fn split_name(name: &str) -> Result<(char, u32)> {
    let kind = name.chars().next().context("an import without a name")?;
    let number = name[kind.len_utf8()..].parse();
    Ok((kind, number.with_context(|| format!("an import {name}"))?))
}

/// Where the moved functions are in a table: by their numbers, from a place on.
struct Places {
    table: u32,
    base: u32,
    of: HashMap<u32, u32>,
}

/// Types of functions, each once, of whatever file.
#[derive(Default)]
struct Types {
    all: Vec<FuncType>,
    numbers: HashMap<FuncType, u32>,
}

impl Types {
    fn number(&mut self, ty: FuncType) -> u32 {
        let next = u32::try_from(self.all.len()).expect("types are few");
        *self.numbers.entry(ty).or_insert_with_key(|ty| {
            self.all.push(ty.clone());
            next
        })
    }
}

/// One of the three files, and the numbers that its items have in the whole.
#[derive(Default)]
struct File<'a> {
    /// By index of the file: the number among [`Types`].
    types: Vec<u32>,
    imports: Vec<Import<'a>>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    function_numbers: Vec<u32>,
    /// How many globals are imported; they come before the file's own.
    imported_globals: u32,
    global_numbers: Vec<u32>,
    globals: Vec<Global<'a>>,
    tables: Vec<TableType>,
    table_numbers: Vec<u32>,
    exports: Vec<Export<'a>>,
    elements: Vec<Element<'a>>,
    start: Option<u32>,
    bodies: Vec<FunctionBody<'a>>,
    names: HashMap<u32, &'a str>,
    /// These two as they are written: they have no number but that of the one memory.
    memories: &'a [u8],
    data: &'a [u8],
}

impl<'a> File<'a> {
    fn read(wasm: &'a [u8], types: &mut Types) -> Result<Self> {
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

    /// Numbers all items as the file has them.
    fn number_as_they_are(&mut self) {
        let count = |items: usize| (0..).take(items).collect();
        self.function_numbers = count(self.functions.len());
        self.global_numbers = count(self.globals.len() + self.imported_globals as usize);
        self.table_numbers = count(self.tables.len());
    }

    /// Numbers the file's own functions by their names.
    fn number_by_names(&mut self) -> Result<()> {
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

    /// Numbers what is imported by its names.
    fn number_by_imports(&mut self) -> Result<()> {
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

    fn numbering(&self) -> Numbering<'_> {
        Numbering {
            types: &self.types,
            functions: &self.function_numbers,
            globals: &self.global_numbers,
            tables: &self.table_numbers,
        }
    }

    fn type_of(&self, function: u32) -> Result<u32> {
        let ty = self.functions.get(function as usize);
        ty.copied().context("a function without a type")
    }

    /// The file's own functions by their numbers.
    fn bodies(&self, types: &Types) -> Result<HashMap<u32, Vec<u8>>> {
        let imported = self.functions.len() - self.bodies.len();
        let functions = self.functions.iter().zip(&self.function_numbers);
        let own = functions.skip(imported).zip(&self.bodies);
        own.map(|((ty, number), body)| {
            let params = types.all[*ty as usize].params().len();
            Ok((*number, self.body(*ty, u32::try_from(params)?, body)?))
        })
        .collect()
    }

    /// A function as bytes that are the same in every file: locals have numbers in the order of their
    /// first use, where their type stands too.
    fn body(&self, ty: u32, params: u32, body: &FunctionBody) -> Result<Vec<u8>> {
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
    fn places(&self) -> Result<Places> {
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

    fn imports(&self) -> Vec<String> {
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

    fn exports(&self) -> Result<Vec<(&str, u8, u32)>> {
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

    fn globals(&self) -> Result<Vec<u8>> {
        let mut section = GlobalSection::new();
        for global in &self.globals {
            self.numbering()
                .parse_global(&mut section, global.clone())?;
        }
        let mut bytes = Vec::new();
        section.encode(&mut bytes);
        Ok(bytes)
    }

    fn elements(&self) -> Result<Vec<u8>> {
        let mut section = ElementSection::new();
        for element in &self.elements {
            self.numbering()
                .parse_element(&mut section, element.clone())?;
        }
        let mut bytes = Vec::new();
        section.encode(&mut bytes);
        Ok(bytes)
    }

    fn start(&self) -> Result<Option<u32>> {
        let start = self.start;
        Ok(start
            .map(|index| self.numbering().function_index(index))
            .transpose()?)
    }
}

/// Re-encodes what a file has with the numbers of the whole.
#[derive(Default)]
struct Numbering<'a> {
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
