//! A wasm module with fused multiply-adds, for browsers that have relaxed SIMD.
//!
//! Other browsers refuse a module with such instructions, so it must be a file of its own. Compiled
//! for them, it would differ in nothing else and take as long again. So it is made of the compiled
//! one: a product that is added at once becomes one instruction, which rounds once or twice, as the
//! processor has it. The kernels ask for no more (`mul_add_e` of pulp).

use std::collections::HashSet;
use std::mem;

use anyhow::{Result, ensure};
use walrus::ir::{
    BinaryOp, Binop, Instr, InstrSeqId, LoadSimd, LoadSimdKind, LocalGet, LocalSet, LocalTee,
    TernOp, TernaryOp,
};
use walrus::{FunctionKind, LocalFunction, LocalId, ModuleConfig, ValType};

/// A function multiplies matrices if so many of its multiply-adds are of a number that was read and
/// spread over a vector right before. No other function has that. In others, what is fused would depend
/// on how the compiler has put it, and threads are to compute what one thread does. (Names do not
/// tell: a kernel may be inlined into anything.)
const KERNEL: usize = 3;

/// The module of `wasm` with fused multiply-adds and without names.
pub(crate) fn relax(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .parse(wasm)?;
    let mut fused = 0;
    for function in module.funcs.iter_mut() {
        if let FunctionKind::Local(function) = &mut function.kind
            && is_kernel(function)
        {
            let operands = [(); 3].map(|()| module.locals.add(ValType::V128));
            fused += fuse(function, operands);
        }
    }
    ensure!(fused > 0, "no function was found that multiplies matrices");
    Ok(module.emit_wasm())
}

/// See [`KERNEL`].
fn is_kernel(function: &LocalFunction) -> bool {
    let mut blocks = Vec::new();
    let mut next = vec![function.entry_block()];
    while let Some(block) = next.pop() {
        let instructions = &function.block(block).instrs;
        next.extend(instructions.iter().flat_map(|(within, _)| inner(within)));
        blocks.push(instructions);
    }
    let pairs = blocks.iter().flat_map(|block| block.windows(2));
    let spread: HashSet<_> = pairs
        .filter(|pair| spreads(&pair[0].0))
        .filter_map(|pair| written(&pair[1].0))
        .collect();
    let is_spread = |instruction| {
        spreads(instruction) || read(instruction).is_some_and(|local| spread.contains(&local))
    };
    let found = blocks
        .iter()
        .flat_map(|block| block.windows(4))
        .filter(|few| multiplies(&few[2].0) && adds(&few[3].0))
        .filter(|few| few[..2].iter().any(|(factor, _)| is_spread(factor)));
    found.count() >= KERNEL
}

/// The local that an instruction writes.
fn written(instruction: &Instr) -> Option<LocalId> {
    match instruction {
        Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => Some(*local),
        _ => None,
    }
}

/// The local whose value an instruction leaves.
fn read(instruction: &Instr) -> Option<LocalId> {
    match instruction {
        Instr::LocalGet(LocalGet { local }) | Instr::LocalTee(LocalTee { local }) => Some(*local),
        _ => None,
    }
}

/// The blocks within an instruction.
fn inner(instruction: &Instr) -> Vec<InstrSeqId> {
    match instruction {
        Instr::Block(block) => vec![block.seq],
        Instr::Loop(block) => vec![block.seq],
        Instr::IfElse(either) => vec![either.consequent, either.alternative],
        _ => Vec::new(),
    }
}

/// Returns how many it fused. An addition right after a product has that as its second operand; the
/// fused instruction wants it first, so operands pass through locals, which cost nothing when compiled.
fn fuse(function: &mut LocalFunction, [sum, left, right]: [LocalId; 3]) -> usize {
    let mut fused = 0;
    let mut blocks = vec![function.entry_block()];
    while let Some(block) = blocks.pop() {
        let block = function.block_mut(block);
        let room = block.instrs.len();
        for (instruction, place) in mem::replace(&mut block.instrs, Vec::with_capacity(room)) {
            blocks.extend(inner(&instruction));
            let product = block
                .instrs
                .last()
                .is_some_and(|(last, _)| multiplies(last));
            if !(product && adds(&instruction)) {
                block.instrs.push((instruction, place));
                continue;
            }
            block.instrs.pop();
            let sets = [right, left, sum].map(|local| Instr::from(LocalSet { local }));
            let gets = [left, right, sum].map(|local| Instr::from(LocalGet { local }));
            let op = TernaryOp::F32x4RelaxedMadd;
            let all = sets.into_iter().chain(gets).chain([TernOp { op }.into()]);
            block.instrs.extend(all.map(|new| (new, place)));
            fused += 1;
        }
    }
    fused
}

fn spreads(instruction: &Instr) -> bool {
    matches!(
        instruction,
        Instr::LoadSimd(LoadSimd {
            kind: LoadSimdKind::Splat32,
            ..
        })
    )
}

fn multiplies(instruction: &Instr) -> bool {
    matches!(
        instruction,
        Instr::Binop(Binop {
            op: BinaryOp::F32x4Mul
        })
    )
}

fn adds(instruction: &Instr) -> bool {
    matches!(
        instruction,
        Instr::Binop(Binop {
            op: BinaryOp::F32x4Add
        })
    )
}

#[cfg(test)]
mod tests {
    use walrus::ir::MemArg;
    use walrus::{FunctionBuilder, Module};

    use super::*;

    /// A function that adds products to a sum, as many as wanted; of numbers that are read and spread,
    /// or of vectors.
    fn module(spread: bool, products: usize) -> Vec<u8> {
        let mut module = Module::default();
        let [sum, x] = [(); 2].map(|()| module.locals.add(ValType::V128));
        let memory = module.memories.add_local(false, false, 1, None, None);
        let kinds = [ValType::V128; 2];
        let mut builder = FunctionBuilder::new(&mut module.types, &kinds, &kinds[..1]);
        let mut body = builder.func_body();
        body.local_get(sum);
        for _ in 0..products {
            body.local_get(x);
            if spread {
                let (align, offset) = (4, 0);
                body.i32_const(0).load_simd(
                    memory,
                    LoadSimdKind::Splat32,
                    MemArg { align, offset },
                );
            } else {
                body.local_get(x);
            }
            body.binop(BinaryOp::F32x4Mul).binop(BinaryOp::F32x4Add);
        }
        let function = builder.finish(vec![sum, x], &mut module.funcs);
        module.exports.add("run", function);
        module.emit_wasm()
    }

    #[test]
    fn products_of_the_kernels_are_fused() {
        let relaxed = Module::from_buffer(&relax(&module(true, 8)).unwrap()).unwrap();
        let (_, function) = relaxed.funcs.iter_local().next().unwrap();
        let body = &function.block(function.entry_block()).instrs;
        let fused = |(instruction, _): &&(Instr, _)| matches!(instruction, Instr::TernOp(_));
        assert_eq!(body.iter().filter(fused).count(), 8);
        assert!(!body.iter().any(|(instruction, _)| multiplies(instruction)));
    }

    #[test]
    fn a_module_without_kernels_is_an_error() {
        assert!(relax(&module(true, KERNEL - 1)).is_err());
        assert!(relax(&module(false, 8)).is_err());
    }
}
