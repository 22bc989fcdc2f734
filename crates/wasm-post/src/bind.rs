//! Runs wasm-bindgen, and makes of its module the files wanted.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::memory::{imported, unshare};
use crate::note::note_calls;
use crate::raw::{Extra, function_names, validate, without_names};
use crate::relax::relax;
use crate::split::{Seldom, split};

/// The prefix of the import that loads the rest of a split module.
const LOAD: &str = "__wbg_loadRest_";

/// What a linked module becomes, besides `NAME.js` and `NAME_bg.wasm`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// `NAME_relaxed.wasm`, for browsers that have relaxed SIMD, with so many fused products.
    pub relaxed: Option<usize>,
    /// `NAME_rest.wasm`, with functions that are seldom called.
    pub split: Option<Seldom<'a>>,
    /// `NAME_bg.wasm` notes which functions are called, and `functions.txt` lists them.
    pub note: bool,
    /// `NAME_single.wasm`, whose memory is not shared, and also relaxed, if that is wanted.
    pub unshared: bool,
}

/// Runs wasm-bindgen, as its command with `--target web` does, and makes of its module the files
/// wanted, in a folder that has nothing else then. Each is valid to browsers.
pub fn bind(linked: &Path, name: &str, wanted: Wanted, folder: &Path) -> Result<()> {
    let bytes = fs::read(linked).with_context(|| format!("cannot read {}", linked.display()))?;
    let wrapped = wrapped_exports(&bytes)?;
    ensure!(
        wrapped == 0,
        "the linker has wrapped {wrapped} exports so that each call runs all constructors (milliseconds a \
         call): link with --export=__wasm_call_ctors, as .cargo/config.toml does"
    );
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Bindgen::new()
        .input_bytes(name, bytes)
        .out_name(name)
        .web(true)?
        .typescript(true)
        .generate(folder)
        .context("wasm-bindgen failed")?;
    let file = |part: &str| folder.join(format!("{name}_{part}.wasm"));
    let whole = fs::read(file("bg"))?;
    let memory = imported(&whole)?;
    let extra = Extra {
        threads: memory.is_some_and(|memory| memory.shared),
        relaxed_simd: false,
    };
    let write = |part: &str, wasm: &[u8], extra: Extra| {
        validate(wasm, extra).with_context(|| format!("{name}_{part}.wasm"))?;
        fs::write(file(part), wasm).with_context(|| format!("cannot write {name}_{part}.wasm"))
    };
    let relaxed = |part: &str, wasm: &[u8], extra: Extra| match wanted.relaxed {
        Some(count) => {
            let relaxed_simd = true;
            write(
                part,
                &relax(wasm, count)?,
                Extra {
                    relaxed_simd,
                    ..extra
                },
            )
        }
        None => Ok(()),
    };
    if let Some(seldom) = wanted.split {
        let halves = split(&whole, LOAD, seldom)?;
        write("bg", &halves.first, extra)?;
        write("rest", &halves.rest, extra)?;
        println!("  {} functions are in {name}_rest.wasm", halves.moved);
    } else if wanted.note {
        let (wasm, functions) = note_calls(&whole)?;
        write("bg", &wasm, extra)?;
        fs::write(folder.join("functions.txt"), functions)?;
    } else {
        let bare = without_names(&whole)?;
        write("bg", &bare, extra)?;
        relaxed("relaxed", &bare, extra)?;
        if wanted.unshared {
            let single = unshare(&bare)?;
            // What is compiled for threads has atomic instructions.
            let extra = Extra {
                threads: true,
                ..extra
            };
            write("single", &single, extra)?;
            relaxed("single_relaxed", &single, extra)?;
        }
    }
    if let Some(memory) = memory {
        let maximum = memory
            .maximum
            .context("the memory that is imported has no limit")?;
        let limits = format!(
            "{{\"initial\": {}, \"maximum\": {maximum}}}\n",
            memory.initial
        );
        fs::write(folder.join("memory.json"), limits)?;
    }
    Ok(())
}

/// How many exports the linker has wrapped in the module's constructors, by their names.
fn wrapped_exports(wasm: &[u8]) -> Result<usize> {
    let names = function_names(wasm)?.context(
        "the linked wasm names no functions, so wrapped exports cannot be counted: do not strip it",
    )?;
    let wrapped = |(_, name): &&(u32, &str)| name.ends_with(".command_export");
    Ok(names.iter().filter(wrapped).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wasm module with nothing but names of functions.
    fn module(names: &[&str]) -> Vec<u8> {
        let short = |length: usize| {
            u8::try_from(length)
                .ok()
                .filter(|byte| *byte < 0x80)
                .expect("one LEB128 byte")
        };
        let mut functions = vec![short(names.len())];
        for (index, name) in names.iter().enumerate() {
            functions.extend([short(index), short(name.len())]);
            functions.extend(name.as_bytes());
        }
        let mut section = b"\x04name\x01".to_vec();
        section.push(short(functions.len()));
        section.extend(functions);
        let mut wasm = b"\0asm\x01\0\0\0\0".to_vec();
        wasm.push(short(section.len()));
        wasm.extend(section);
        wasm
    }

    #[test]
    fn wrapped_exports_are_counted() {
        let wasm = module(&["main", "main.command_export", "add.command_export"]);
        assert_eq!(wrapped_exports(&wasm).unwrap(), 2);
        assert_eq!(
            wrapped_exports(&module(&["main", "command_export"])).unwrap(),
            0
        );
    }

    #[test]
    fn a_wasm_without_names_cannot_pass() {
        assert!(wrapped_exports(b"\0asm\x01\0\0\0").is_err());
    }
}
