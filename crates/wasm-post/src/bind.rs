//! From what the linker made to what the page loads.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::project::{Project, say};
use crate::relax::relax;
use crate::split::{note_calls, split};

/// How a module that is split begins the name of the function that loads the rest.
const LOAD: &str = "__wbg_loadRest_";

/// What a linked module becomes, besides its JavaScript.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Files {
    /// `_bg.wasm`.
    One,
    /// That, and `_relaxed.wasm` for browsers that have relaxed SIMD.
    Relaxed,
    /// `_bg.wasm`, and `_rest.wasm` with functions that are seldom called: those whose names have a
    /// line of the file `seldom` in them.
    Split { seldom: &'static str },
    /// `_bg.wasm` that notes which functions are called, and `functions.txt`, which lists them.
    Noting,
}

/// Runs wasm-bindgen, as its command with `--target web` does, and makes of its module the files
/// wanted.
pub(crate) fn bind(
    project: &Project,
    linked: &Path,
    name: &str,
    files: Files,
    folder: &str,
) -> Result<()> {
    let folder = project.path(folder);
    say("making the wasm's JavaScript");
    let bytes = fs::read(linked).with_context(|| format!("cannot read {}", linked.display()))?;
    let wrapped = wrapped_exports(&bytes)?;
    ensure!(
        wrapped == 0,
        "the linker has wrapped {wrapped} exports so that each call runs all constructors (milliseconds a \
             call): link with --export=__wasm_call_ctors, as .cargo/config.toml does"
    );
    let _ = fs::remove_dir_all(&folder);
    Bindgen::new()
        .input_bytes(name, bytes)
        .out_name(name)
        .web(true)?
        .typescript(true)
        .generate(&folder)
        .context("wasm-bindgen failed")?;
    let file = |part: &str| folder.join(format!("{name}_{part}.wasm"));
    let whole = fs::read(file("bg"))?;
    match files {
        Files::One => fs::write(file("bg"), without_names(&whole)?)?,
        Files::Relaxed => {
            fs::write(file("relaxed"), relax(&whole)?)?;
            fs::write(file("bg"), without_names(&whole)?)?;
        }
        Files::Split { seldom } => {
            let seldom = fs::read_to_string(project.path(seldom))?;
            let halves = split(&whole, LOAD, &seldom)?;
            fs::write(file("bg"), halves.first)?;
            fs::write(file("rest"), halves.rest)?;
        }
        Files::Noting => {
            let (wasm, functions) = note_calls(&whole)?;
            fs::write(file("bg"), wasm)?;
            fs::write(folder.join("functions.txt"), functions)?;
        }
    }
    Ok(())
}

fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut config = ModuleConfig::new();
    Ok(config.generate_name_section(false).parse(wasm)?.emit_wasm())
}

/// How many exports the linker has wrapped in the module's constructors, by their names.
fn wrapped_exports(wasm: &[u8]) -> Result<usize> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload?
            && let KnownCustom::Name(names) = section.as_known()
        {
            for part in names {
                if let Name::Function(functions) = part? {
                    let names = functions.into_iter().collect::<Result<Vec<_>, _>>()?;
                    return Ok(names
                        .iter()
                        .filter(|function| function.name.ends_with(".command_export"))
                        .count());
                }
            }
        }
    }
    bail!(
        "the linked wasm names no functions, so wrapped exports cannot be counted: do not strip it"
    );
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
