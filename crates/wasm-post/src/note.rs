//! A module that notes which of its functions are called.

use std::fmt::Write;

use anyhow::Result;
use walrus::ir::Value;
use walrus::{ConstExpr, FunctionId, Module, ValType};

/// The module with an exported flag for each function, set by its call; and a text with a line for each:
/// its size in instructions, and its name.
pub(crate) fn note_calls(wasm: &[u8]) -> Result<(Vec<u8>, String)> {
    let mut module = Module::from_buffer(wasm)?;
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let mut list = String::new();
    for (index, id) in functions.into_iter().enumerate() {
        let zero = ConstExpr::Value(Value::I32(0));
        let flag = module.globals.add_local(ValType::I32, true, false, zero);
        module.exports.add(&format!("called{index}"), flag);
        let function = module.funcs.get_mut(id);
        let name = function.name.clone().unwrap_or_default();
        let body = function.kind.unwrap_local_mut();
        let _ = writeln!(list, "{} {name}", body.size());
        let entry = body.entry_block();
        let mut entry = body.builder_mut().instr_seq(entry);
        entry.const_at(0, Value::I32(1)).global_set_at(1, flag);
    }
    Ok((module.emit_wasm(), list))
}
