//! A wasm module with fused multiply-adds, for browsers that have relaxed SIMD.
//!
//! Other browsers refuse a module with these instructions, so it is a file of its own. Compiling it
//! would take as long again, for a module that differs in nothing else. So it is made of the compiled
//! one: a multiplication followed by an addition becomes one instruction, which rounds once or twice,
//! as the processor does. The kernels allow both (`mul_add_e` of pulp).

use std::collections::HashSet;
use std::ops::Range;

use anyhow::{Result, bail, ensure};
use wasm_encoder::{Encode, Instruction};
use wasmparser::{Operator, ValType};

use crate::raw::{Body, with_bodies};

/// A function is a matrix kernel if so many of its multiply-adds have a factor that was loaded and
/// broadcast to a vector right before. No other function has that. Elsewhere the compiler's order of
/// instructions would decide what is fused, and threads must compute what one thread does. (Names do
/// not tell: a kernel may be inlined into anything.)
const KERNEL: usize = 3;

/// The locals that operands pass through: see [`relax`].
const OPERANDS: (u32, ValType) = (3, ValType::V128);

/// The module with `wanted` fused multiply-adds in its matrix kernels; an error if there are more or
/// fewer. [`unrelax`] proves that nothing else differs.
///
/// An addition has the product as its second operand, the fused instruction has the factors first. So
/// operands pass through locals, which cost nothing when compiled.
pub(crate) fn relax(wasm: &[u8], wanted: usize) -> Result<Vec<u8>> {
    let mut fused = 0;
    let relaxed = with_bodies(wasm, |body| {
        if !is_kernel(body) {
            return Ok(None);
        }
        let pairs = body.code.windows(2);
        let pairs = pairs.filter(|pair| multiplies(&pair[0].0) && adds(&pair[1].0));
        let instead = fused_product(body.locals);
        let places: Vec<_> = pairs
            .map(|pair| (pair[0].1.start..pair[1].1.end, instead.clone()))
            .collect();
        fused += places.len();
        let groups = [&body.groups[..], &[OPERANDS]].concat();
        Ok(Some(body.with(&groups, &places)?))
    })?;
    ensure!(
        fused == wanted,
        "{fused} products were fused, but {wanted} are expected. If what multiplies matrices was changed, or the \
         compiler, look whether `cargo xtask bench` is as fast as before, and put the new number where the core is \
         described; if neither was, the compiler has put the kernels otherwise, and some have lost their speed"
    );
    ensure!(
        unrelax(&relaxed)? == wasm,
        "the module with fused products differs in more than them: this is a mistake of `relax`"
    );
    Ok(relaxed)
}

/// The inverse of [`relax`].
fn unrelax(relaxed: &[u8]) -> Result<Vec<u8>> {
    let is_fused =
        |(operator, _): &(Operator, Range<usize>)| matches!(operator, Operator::F32x4RelaxedMadd);
    let product = encoded(&[Instruction::F32x4Mul, Instruction::F32x4Add]);
    with_bodies(relaxed, |body| {
        let fused = body.code.iter().filter(|one| is_fused(one)).count();
        if fused == 0 {
            return Ok(None);
        }
        let Some((&OPERANDS, groups)) = body.groups.split_last() else {
            bail!("a function with fused products lacks the locals for their operands");
        };
        let expected = fused_product(body.locals - OPERANDS.0);
        let places: Vec<_> = body
            .code
            .windows(7)
            .map(|seven| seven[0].1.start..seven[6].1.end)
            .filter(|place| body.bytes(place) == expected)
            .map(|place| (place, product.clone()))
            .collect();
        ensure!(
            places.len() == fused,
            "a fused product does not get its operands from their locals"
        );
        Ok(Some(body.with(groups, &places)?))
    })
}

/// A fused multiply-add of the three operands on the stack, through the three locals from `first` on.
fn fused_product(first: u32) -> Vec<u8> {
    let [sum, left, right] = [0, 1, 2].map(|place| first + place);
    encoded(&[
        Instruction::LocalSet(right),
        Instruction::LocalSet(left),
        Instruction::LocalSet(sum),
        Instruction::LocalGet(left),
        Instruction::LocalGet(right),
        Instruction::LocalGet(sum),
        Instruction::F32x4RelaxedMadd,
    ])
}

fn encoded(instructions: &[Instruction]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for instruction in instructions {
        instruction.encode(&mut bytes);
    }
    bytes
}

/// See [`KERNEL`].
fn is_kernel(body: &Body) -> bool {
    let pairs = body.code.windows(2);
    let spread: HashSet<u32> = pairs
        .filter(|pair| spreads(&pair[0].0))
        .filter_map(|pair| written(&pair[1].0))
        .collect();
    let is_spread =
        |operator| spreads(operator) || read(operator).is_some_and(|local| spread.contains(&local));
    let found = body
        .code
        .windows(4)
        .filter(|few| multiplies(&few[2].0) && adds(&few[3].0))
        .filter(|few| few[..2].iter().any(|(factor, _)| is_spread(factor)));
    found.count() >= KERNEL
}

/// The local that an instruction sets.
fn written(operator: &Operator) -> Option<u32> {
    match operator {
        Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
            Some(*local_index)
        }
        _ => None,
    }
}

/// The local whose value an instruction pushes.
fn read(operator: &Operator) -> Option<u32> {
    match operator {
        Operator::LocalGet { local_index } | Operator::LocalTee { local_index } => {
            Some(*local_index)
        }
        _ => None,
    }
}

fn spreads(operator: &Operator) -> bool {
    matches!(operator, Operator::V128Load32Splat { .. })
}

fn multiplies(operator: &Operator) -> bool {
    matches!(operator, Operator::F32x4Mul)
}

fn adds(operator: &Operator) -> bool {
    matches!(operator, Operator::F32x4Add)
}

#[cfg(test)]
mod tests {
    use walrus::ir::{BinaryOp, Binop, Instr, LoadSimdKind, MemArg};
    use walrus::{FunctionBuilder, Module};

    use super::*;
    use crate::raw::{Extra, validate};

    /// A function that adds products to a sum, as many as wanted: of elements that are loaded and
    /// broadcast, or of vectors.
    fn module(spread: bool, products: usize) -> Vec<u8> {
        let mut module = Module::default();
        let [sum, x] = [(); 2].map(|()| module.locals.add(walrus::ValType::V128));
        let memory = module.memories.add_local(false, false, 1, None, None);
        let kinds = [walrus::ValType::V128; 2];
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
        let relaxed = relax(&module(true, 8), 8).unwrap();
        let module = Module::from_buffer(&relaxed).unwrap();
        let (_, function) = module.funcs.iter_local().next().unwrap();
        let body = &function.block(function.entry_block()).instrs;
        let fused = |(instruction, _): &&(Instr, _)| matches!(instruction, Instr::TernOp(_));
        assert_eq!(body.iter().filter(fused).count(), 8);
        let product = |(instruction, _): &(Instr, _)| {
            let Instr::Binop(Binop { op }) = instruction else {
                return false;
            };
            matches!(op, BinaryOp::F32x4Mul)
        };
        assert!(!body.iter().any(product));
    }

    #[test]
    fn only_browsers_with_relaxed_simd_take_it() {
        let plain = module(true, 8);
        let relaxed = relax(&plain, 8).unwrap();
        let extra = |relaxed_simd| Extra {
            relaxed_simd,
            threads: false,
        };
        validate(&plain, extra(false)).unwrap();
        validate(&relaxed, extra(true)).unwrap();
        assert!(validate(&relaxed, extra(false)).is_err());
    }

    #[test]
    fn what_is_fused_can_be_undone() {
        let plain = module(true, 8);
        assert_eq!(unrelax(&relax(&plain, 8).unwrap()).unwrap(), plain);
    }

    #[test]
    fn another_number_of_products_is_an_error_that_says_both() {
        let error = relax(&module(true, 8), 9).unwrap_err().to_string();
        assert!(error.starts_with("8 products were fused, but 9"), "{error}");
        assert!(relax(&module(true, KERNEL - 1), KERNEL - 1).is_err());
        assert!(relax(&module(false, 8), 8).is_err());
    }
}
