//! The memory that a module imports: its limits, and the same not shared between threads.

use anyhow::{Context, Result, ensure};
use wasmparser::{BinaryReader, MemoryType, Parser, Payload, TypeRef};

/// The flag of a memory's type that says that threads share it.
const SHARED: u8 = 0b10;

/// The memory that a module imports, if it does: in pages of 64 KiB.
pub(crate) fn imported(wasm: &[u8]) -> Result<Option<MemoryType>> {
    Ok(place(wasm)?.map(|(memory, _)| memory))
}

/// That memory, and where its import is in the module.
fn place(wasm: &[u8]) -> Result<Option<(MemoryType, usize)>> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports_with_offsets() {
                if let (offset, TypeRef::Memory(memory)) = import.map(|(at, one)| (at, one.ty))? {
                    return Ok(Some((memory, offset)));
                }
            }
        }
    }
    Ok(None)
}

/// The module with the memory that it imports no longer shared; no other bit changes.
///
/// Atomic instructions work on an unshared memory too, except that a thread may not wait. So one
/// compiled core serves pages with threads and without.
pub(crate) fn unshare(wasm: &[u8]) -> Result<Vec<u8>> {
    let (memory, offset) = place(wasm)?.context("the module imports no memory")?;
    ensure!(
        memory.shared,
        "the memory that the module imports is not shared"
    );
    let mut reader = BinaryReader::new(&wasm[offset..], 0);
    reader.read_string()?;
    reader.read_string()?;
    // The kind of the import.
    reader.read_u8()?;
    let flags = offset + reader.original_position();
    let mut single = wasm.to_vec();
    single[flags] &= !SHARED;
    let expected = MemoryType {
        shared: false,
        ..memory
    };
    ensure!(
        imported(&single)? == Some(expected),
        "the memory is not what it was, but not shared: this is a mistake of `unshare`"
    );
    Ok(single)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{CodeSection, FunctionSection, Instruction, MemArg};
    use wasm_encoder::{
        EntityType, ExportKind, ExportSection, Function, ImportSection, Module, TypeSection,
    };

    use super::*;
    use crate::raw::{Extra, validate};

    const THREADS: Extra = Extra {
        threads: true,
        relaxed_simd: false,
    };

    /// A module that adds to a number in a memory that it imports, by an atomic instruction.
    fn module(shared: bool) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        let memory = wasm_encoder::MemoryType {
            minimum: 3,
            maximum: Some(32_768),
            memory64: false,
            shared,
            page_size_log2: None,
        };
        imports.import("env", "call", EntityType::Function(0));
        imports.import("env", "memory", memory);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut exports = ExportSection::new();
        exports.export("add", ExportKind::Func, 1);
        let mut add = Function::new([]);
        let memarg = MemArg {
            offset: 0,
            align: 2,
            memory_index: 0,
        };
        add.instruction(&Instruction::I32Const(0))
            .instruction(&Instruction::I32Const(1))
            .instruction(&Instruction::I32AtomicRmwAdd(memarg))
            .instruction(&Instruction::Drop)
            .instruction(&Instruction::End);
        let mut code = CodeSection::new();
        code.function(&add);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&exports)
            .section(&code);
        module.finish()
    }

    #[test]
    fn a_shared_memory_becomes_one_that_is_not_and_nothing_else_changes() {
        let (shared, single) = (module(true), module(false));
        assert_eq!(unshare(&shared).unwrap(), single);
        validate(&single, THREADS).unwrap();
        let memory = imported(&single).unwrap().unwrap();
        assert_eq!((memory.initial, memory.maximum), (3, Some(32_768)));
    }

    #[test]
    fn what_is_not_shared_is_an_error() {
        assert!(unshare(&module(false)).is_err());
        assert!(unshare(b"\0asm\x01\0\0\0").is_err());
    }
}
