//! The proof that a module in two halves is the module it was.
//!
//! It reads the files as written, and knows nothing of how they were made. Each function of the whole
//! must be in exactly one half, with the same instructions. Where it left the first half there may be a
//! stub. All else must be unchanged. Items have different indices in each file, so they are compared by
//! their index in the whole, which is the name of each function of a half.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use wasm_encoder::{BlockType, Encode, Instruction};
use wasmparser::{ExternalKind, FuncType, TypeRef};

mod file;

use file::{File, Places, Types};

/// The module from which the rest imports.
pub(crate) const FIRST: &str = "first";

/// The function that only the first half has, which loads the rest unless it is loaded: its name, which
/// is no index, and the index that it gets here.
pub(crate) const ENSURE: u32 = u32::MAX;

/// An error unless `first` and `rest` together are `whole`. `load` is the prefix of the import that
/// loads the rest. Returns how many functions have moved.
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

/// The instructions of [`ENSURE`]: if this entry of the table is empty, load the rest.
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

/// The instructions of a stub: ensure that the rest is loaded, call through an entry of the table.
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

/// The table may have grown by an entry for each moved function, and there may be more exports.
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

/// Each import of the rest must be an item that the first exports by the same name, of the same index
/// in the whole and the same type.
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

/// A name such as `f12`: the kind of an item, and its index in the whole.
fn split_name(name: &str) -> Result<(char, u32)> {
    let kind = name.chars().next().context("an import without a name")?;
    let number = name[kind.len_utf8()..].parse();
    Ok((kind, number.with_context(|| format!("an import {name}"))?))
}
