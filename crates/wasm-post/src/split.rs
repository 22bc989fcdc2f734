//! A wasm module in two: what most visitors run, and the rest, which is loaded when first called.
//!
//! Much code is reachable but never run: the GPU path is full of tables of functions, which neither
//! compiler nor linker sees through. Here functions are deferred by name: they move to the rest, and
//! with them the functions reachable only through them. A stub is left in their place, which calls
//! through an entry of the function table. While the entries are empty, the stub loads the rest,
//! which fills them. So a name wrongly listed costs a request, never a result.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use walrus::ir::{Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, Data, Element, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId,
    FunctionKind, Global, GlobalKind, ImportKind, ImportedFunction, Module, TableId,
};

use crate::list::List;
use crate::prove::{ENSURE, FIRST, nothing_is_lost};
use crate::raw::without_names;

/// Which functions are deferred.
#[derive(Clone, Copy, Debug)]
pub enum Seldom<'a> {
    /// Those with a line of this text among the paths in their names.
    Listed(&'a str),
    /// Drawn by this seed, for tests.
    Random(u64),
}

/// One of so many functions is deferred at random.
const RANDOM: u64 = 12;

/// The two modules, as files.
pub struct Halves {
    /// What is loaded first.
    pub first: Vec<u8>,
    /// What is loaded on demand. It imports what it needs of the first, from a module called `first`.
    pub rest: Vec<u8>,
    /// How many functions are in the rest.
    pub moved: usize,
}

/// Moves the deferred functions, and those reachable only through them, to a second module, and proves
/// that both together are the module. `load` is the prefix of the import that loads the rest.
pub fn split(wasm: &[u8], load: &str, seldom: Seldom) -> Result<Halves> {
    // Both are parsed from the same bytes, so items have the same index in both.
    let (mut first, mut rest) = (Module::from_buffer(wasm)?, Module::from_buffer(wasm)?);
    let deferred = chosen(&first, seldom)?;
    let (leaving, staying) = (moved(&first, &deferred), moved(&rest, &deferred));
    ensure!(!leaving.is_empty(), "no function is to be split off");
    let base = make_room(&mut first, leaving.len())?;
    make_room(&mut rest, staying.len())?;
    for module in [&mut first, &mut rest] {
        for function in module.funcs.iter_mut() {
            function.name = Some(function.id().index().to_string());
        }
    }
    keep(&mut rest, staying, base)?;
    export(&mut first, &rest);
    leave_stubs(&mut first, &leaving, base, load)?;
    walrus::passes::gc::run(&mut first);
    let (first, rest) = (first.emit_wasm(), rest.emit_wasm());
    let moved = nothing_is_lost(wasm, &first, &rest, load)?;
    Ok(Halves {
        first: without_names(&first)?,
        rest: without_names(&rest)?,
        moved,
    })
}

/// Indices of the deferred functions.
fn chosen(module: &Module, seldom: Seldom) -> Result<BTreeSet<usize>> {
    let functions = module.funcs.iter_local().map(|(id, _)| id);
    match seldom {
        Seldom::Listed(text) => {
            let functions: Vec<_> = functions.collect();
            let name = |id| module.funcs.get(id).name.as_deref().unwrap_or_default();
            let names = functions.iter().map(|id| name(*id));
            let chosen = List::read(text).choose(names)?.into_iter();
            let listed = functions.iter().zip(chosen).filter(|(_, chosen)| *chosen);
            Ok(listed.map(|(id, _)| id.index()).collect())
        }
        Seldom::Random(seed) => {
            let indices = functions.map(|id| id.index());
            let chosen = |index: &usize| mixed(seed, *index as u64).is_multiple_of(RANDOM);
            Ok(indices.filter(chosen).collect())
        }
    }
}

/// A hash of the two: splitmix64.
fn mixed(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The deferred functions, and those reachable only through them.
fn moved(module: &Module, deferred: &BTreeSet<usize>) -> Vec<FunctionId> {
    let mut reached = Reached::default();
    for export in module.exports.iter() {
        if let ExportItem::Function(id) = export.item {
            reached.next.push(id);
        }
    }
    for element in module.elements.iter() {
        if let ElementItems::Functions(ids) = &element.items {
            reached.next.extend(ids);
        }
    }
    reached.next.extend(module.start);
    while let Some(id) = reached.next.pop() {
        let function = module.funcs.get(id);
        if let FunctionKind::Local(local) = &function.kind
            && !deferred.contains(&id.index())
            && reached.kept.insert(id)
        {
            dfs_in_order(&mut reached, local, local.entry_block());
        }
    }
    let all = module.funcs.iter_local().map(|(id, _)| id);
    all.filter(|id| !reached.kept.contains(id)).collect()
}

/// The functions seen, and those to visit next.
#[derive(Default)]
struct Reached {
    kept: BTreeSet<FunctionId>,
    next: Vec<FunctionId>,
}

impl Visitor<'_> for Reached {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.next.push(*id);
    }
}

fn table_of(module: &Module) -> Result<TableId> {
    let table = module.tables.main_function_table()?;
    table.context("the module has no table of functions")
}

/// Grows the function table. Returns the index of the first new entry.
fn make_room(module: &mut Module, places: usize) -> Result<i32> {
    let table = table_of(module)?;
    let table = module.tables.get_mut(table);
    let base = table.initial;
    table.initial += places as u64;
    table.maximum = table.maximum.map(|most| most.max(table.initial));
    Ok(i32::try_from(base)?)
}

/// Keeps some functions of a module alone, and puts them into the table from `base` on. All that they
/// use becomes an import.
fn keep(rest: &mut Module, functions: Vec<FunctionId>, base: i32) -> Result<()> {
    let kept: BTreeSet<FunctionId> = functions.iter().copied().collect();
    rest.start = None;
    rest.exports = <_>::default();
    rest.imports = <_>::default();
    for function in rest.funcs.iter_mut() {
        if !kept.contains(&function.id()) {
            let import = rest
                .imports
                .add(FIRST, &name(function.id().into()), function.id());
            let ty = function.ty();
            function.kind = FunctionKind::Import(ImportedFunction { import, ty });
        }
    }
    for table in rest.tables.iter_mut() {
        table.elem_segments.clear();
        table.import = Some(
            rest.imports
                .add(FIRST, &name(table.id().into()), table.id()),
        );
    }
    for memory in rest.memories.iter_mut() {
        memory.data_segments.clear();
        memory.import = Some(
            rest.imports
                .add(FIRST, &name(memory.id().into()), memory.id()),
        );
    }
    // The first module fills table and memory.
    for id in rest.elements.iter().map(Element::id).collect::<Vec<_>>() {
        rest.elements.delete(id);
    }
    for id in rest.data.iter().map(Data::id).collect::<Vec<_>>() {
        rest.data.delete(id);
    }
    let globals = rest.globals.iter().map(Global::id);
    for id in globals.collect::<Vec<_>>() {
        let import = rest.imports.add(FIRST, &name(id.into()), id);
        rest.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    let table = table_of(rest)?;
    let offset = ConstExpr::Value(Value::I32(base));
    let places = rest.elements.add(
        ElementKind::Active { table, offset },
        ElementItems::Functions(functions),
    );
    rest.tables.get_mut(table).elem_segments.insert(places);
    // Table entries keep the functions; nothing yet keeps the table.
    rest.exports.add(FIRST, table);
    walrus::passes::gc::run(rest);
    Ok(())
}

/// Makes `first` export all that `rest` imports.
fn export(first: &mut Module, rest: &Module) {
    let needed: BTreeSet<&str> = rest
        .imports
        .iter()
        .map(|import| import.name.as_str())
        .collect();
    let functions = first.funcs.iter().map(|one| ExportItem::from(one.id()));
    let tables = first.tables.iter().map(|one| ExportItem::from(one.id()));
    let memories = first.memories.iter().map(|one| ExportItem::from(one.id()));
    let globals = first.globals.iter().map(|one| ExportItem::from(one.id()));
    let items = functions.chain(tables).chain(memories).chain(globals);
    for item in items.collect::<Vec<_>>() {
        let name = name(item);
        if needed.contains(name.as_str()) {
            first.exports.add(&name, item);
        }
    }
}

/// The name under which an item is exported and imported: its kind and index.
fn name(item: ExportItem) -> String {
    match item {
        ExportItem::Function(id) => format!("f{}", id.index()),
        ExportItem::Table(id) => format!("t{}", id.index()),
        ExportItem::Memory(id) => format!("m{}", id.index()),
        ExportItem::Global(id) => format!("g{}", id.index()),
        ExportItem::Tag(id) => format!("e{}", id.index()),
    }
}

/// Turns functions into stubs: each has the rest loaded, and calls through its entry of the table, from
/// `base` on.
fn leave_stubs(first: &mut Module, functions: &[FunctionId], base: i32, load: &str) -> Result<()> {
    let table = table_of(first)?;
    let load = first.imports.iter().find_map(|import| match import.kind {
        ImportKind::Function(id) if import.name.starts_with(load) => Some(id),
        _ => None,
    });
    let load = load.context("the module does not import what loads the rest")?;
    let mut ensure = FunctionBuilder::new(&mut first.types, &[], &[]);
    let mut body = ensure.func_body();
    body.i32_const(base).table_get(table).ref_is_null();
    body.if_else(None, |missing| _ = missing.call(load), |_| ());
    ensure.name(ENSURE.to_string());
    let ensure = ensure.finish(vec![], &mut first.funcs);
    for (place, id) in (base..).zip(functions) {
        let ty = first.funcs.get(*id).ty();
        let (params, results) = first.types.params_results(ty);
        let (params, results) = (params.to_vec(), results.to_vec());
        let arguments: Vec<_> = params.iter().map(|ty| first.locals.add(*ty)).collect();
        let mut stub = FunctionBuilder::new(&mut first.types, &params, &results);
        let mut body = stub.func_body();
        body.call(ensure);
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.i32_const(place).call_indirect(ty, table);
        first.funcs.get_mut(*id).kind = FunctionKind::Local(stub.local_func(arguments));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module in which `kept` calls `rare`, and that alone calls `helper`, which calls `kept`.
    fn module() -> Vec<u8> {
        let mut module = Module::default();
        let table = module
            .tables
            .add_local(false, 1, Some(1), walrus::RefType::FUNCREF);
        let ty = module.types.add(&[], &[]);
        module.add_import_func("js", "load_1", ty);
        let mut function = |name: &str| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            builder.name(name.into());
            builder.finish(vec![], &mut module.funcs)
        };
        let [kept, rare, helper] = ["kept", "crate::rare", "helper"].map(&mut function);
        for (from, to) in [(kept, rare), (rare, helper), (helper, kept)] {
            let function = module.funcs.get_mut(from).kind.unwrap_local_mut();
            function.builder_mut().func_body().call(to);
        }
        module.exports.add("kept", kept);
        let offset = ConstExpr::Value(Value::I32(0));
        let kind = ElementKind::Active { table, offset };
        let items = ElementItems::Functions(vec![kept]);
        let element = module.elements.add(kind, items);
        module.tables.get_mut(table).elem_segments.insert(element);
        module.emit_wasm()
    }

    fn bodies(module: &Module) -> usize {
        module.funcs.iter_local().count()
    }

    #[test]
    fn what_is_listed_moves_with_what_only_it_calls() {
        let halves = split(&module(), "load", Seldom::Listed("# a remark\ncrate::rare")).unwrap();
        let first = Module::from_buffer(&halves.first).unwrap();
        let rest = Module::from_buffer(&halves.rest).unwrap();
        // `kept`, a stub for `rare`, and the function that loads the rest.
        assert_eq!(bodies(&first), 3);
        assert_eq!(bodies(&rest), 2);
        let exports: BTreeSet<_> = first.exports.iter().map(|e| e.name.clone()).collect();
        for import in rest.imports.iter() {
            assert_eq!(import.module, FIRST);
            assert!(exports.contains(&import.name), "{}", import.name);
        }
    }

    #[test]
    fn a_list_that_names_nothing_is_an_error() {
        assert!(split(&module(), "load", Seldom::Listed("gone")).is_err());
        assert!(split(&module(), "fetch", Seldom::Listed("crate::rare")).is_err());
    }
}
