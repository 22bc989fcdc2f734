//! A wasm module with fused multiply-adds, for browsers that have relaxed SIMD.
//!
//! Other browsers refuse a module with such instructions, so it must be a file of its own. Compiled
//! for them, it would differ in nothing else and take as long again. So it is made of the compiled
//! one: a product that is added at once becomes one instruction, which rounds once or twice, as the
//! processor has it. The kernels ask for no more (`mul_add_e` of pulp).

use std::mem;

use anyhow::{Result, ensure};
use walrus::ir::{BinaryOp, Binop, Instr, LocalGet, LocalSet, TernOp, TernaryOp};
use walrus::{FunctionKind, LocalFunction, LocalId, ModuleConfig, ValType};

/// What stands in the names of functions that multiply matrices: of the convolutions, as they are
/// inlined without threads and with them, and of other products. In all else what is fused would
/// depend on how the compiler has put it, and threads are to compute what one thread does.
const FUNCTIONS: [&str; 4] = [
    "kernels::cpu::compute",
    "kernels::cpu::conv",
    "kernels::cpu::winograd",
    "microkernel::simd128",
];

/// Multiply-adds of the blocks of all convolutions, of two ways (`src/kernels/cpu/product.rs`).
const LEAST: usize = 2 * 3 * 4 * 2;

/// The module of `wasm`, which has names, with fused multiply-adds and without names.
pub(crate) fn relax(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .parse(wasm)?;
    let mut fused = 0;
    for function in module.funcs.iter_mut() {
        let name = function.name.as_deref().unwrap_or_default();
        if FUNCTIONS.iter().any(|part| name.contains(part))
            && let FunctionKind::Local(function) = &mut function.kind
        {
            let operands = [(); 3].map(|()| module.locals.add(ValType::V128));
            fused += fuse(function, operands);
        }
    }
    ensure!(
        fused >= LEAST,
        "{fused} multiply-adds were found in the kernels, which have {LEAST} at least"
    );
    Ok(module.emit_wasm())
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
            match &instruction {
                Instr::Block(inner) => blocks.push(inner.seq),
                Instr::Loop(inner) => blocks.push(inner.seq),
                Instr::IfElse(inner) => blocks.extend([inner.consequent, inner.alternative]),
                _ => {}
            }
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
    use walrus::{FunctionBuilder, Module};

    use super::*;

    /// A function that adds products to a sum, as many as wanted.
    fn module(name: &str, products: usize) -> Vec<u8> {
        let mut module = Module::default();
        let [sum, x] = [(); 2].map(|()| module.locals.add(ValType::V128));
        let kinds = [ValType::V128; 2];
        let mut builder = FunctionBuilder::new(&mut module.types, &kinds, &kinds[..1]);
        builder.name(name.into());
        let mut body = builder.func_body();
        body.local_get(sum);
        for _ in 0..products {
            body.local_get(x).local_get(x);
            body.binop(BinaryOp::F32x4Mul).binop(BinaryOp::F32x4Add);
        }
        let function = builder.finish(vec![sum, x], &mut module.funcs);
        module.exports.add("run", function);
        module.emit_wasm()
    }

    #[test]
    fn products_of_the_kernels_are_fused() {
        let name = "twoviews::kernels::cpu::compute::h1";
        let relaxed = Module::from_buffer(&relax(&module(name, LEAST)).unwrap()).unwrap();
        let (_, function) = relaxed.funcs.iter_local().next().unwrap();
        let body = &function.block(function.entry_block()).instrs;
        let fused = |(instruction, _): &&(Instr, _)| matches!(instruction, Instr::TernOp(_));
        assert_eq!(body.iter().filter(fused).count(), LEAST);
        assert!(!body.iter().any(|(instruction, _)| multiplies(instruction)));
    }

    #[test]
    fn kernels_without_products_are_an_error() {
        assert!(relax(&module("twoviews::kernels::cpu::compute::h1", LEAST - 1)).is_err());
        assert!(relax(&module("twoviews::heads", LEAST)).is_err());
    }
}
