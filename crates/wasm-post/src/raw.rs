//! A module as bytes: sections and function bodies. What is not changed is copied byte for byte.

use std::borrow::Cow;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::{CodeSection, Encode, RawSection};
use wasmparser::{
    BinaryReader, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, ValType, Validator,
    WasmFeatures,
};

/// The id of the code section.
const CODE: u8 = 10;

/// What all browsers that we serve support.
const BROWSERS: WasmFeatures = WasmFeatures::WASM2;

/// What a file may use beyond that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra {
    /// The relaxed SIMD instructions.
    pub relaxed_simd: bool,
    /// Atomic instructions and shared memory.
    pub threads: bool,
}

/// An error if such browsers would refuse the module.
pub fn validate(wasm: &[u8], extra: Extra) -> Result<()> {
    let mut features = BROWSERS;
    features.set(WasmFeatures::RELAXED_SIMD, extra.relaxed_simd);
    features.set(WasmFeatures::THREADS, extra.threads);
    Validator::new_with_features(features)
        .validate_all(wasm)
        .with_context(|| format!("browsers would refuse the module made (with {extra:?})"))?;
    Ok(())
}

pub(crate) fn sections(wasm: &[u8]) -> Result<Vec<RawSection<'_>>> {
    let mut reader = BinaryReader::new(wasm, 0);
    ensure!(
        reader.read_bytes(8)? == wasm_encoder::Module::HEADER,
        "not a wasm module"
    );
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let length = reader.read_var_u32()?;
        let data = reader.read_bytes(length as usize)?;
        sections.push(RawSection { id, data });
    }
    Ok(sections)
}

/// The module without its name section.
pub(crate) fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    for section in sections(wasm)? {
        let is_names =
            section.id == 0 && BinaryReader::new(section.data, 0).read_string()? == "name";
        if !is_names {
            module.section(&section);
        }
    }
    Ok(module.finish())
}

/// Indices and names of functions, if the module has a name section.
pub(crate) fn function_names(wasm: &[u8]) -> Result<Option<Vec<(u32, &str)>>> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload?
            && let KnownCustom::Name(names) = section.as_known()
        {
            for part in names {
                if let Name::Function(functions) = part? {
                    let names = functions.into_iter();
                    let names = names.map(|name| name.map(|name| (name.index, name.name)));
                    return Ok(Some(names.collect::<Result<_, _>>()?));
                }
            }
        }
    }
    Ok(None)
}

/// The body of a function.
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
    /// Declarations of locals: how many, of which type.
    pub(crate) groups: Vec<(u32, ValType)>,
    /// How many locals it has, parameters included.
    pub(crate) locals: u32,
    /// Its instructions, each with its range of `bytes`.
    pub(crate) code: Vec<(Operator<'a>, Range<usize>)>,
}

impl<'a> Body<'a> {
    fn read(body: &FunctionBody<'a>, params: u32) -> Result<Self> {
        let groups = body.get_locals_reader()?.into_iter();
        let groups: Vec<_> = groups.collect::<Result<_, _>>()?;
        let start = body.range().start;
        let operators = body.get_operators_reader()?;
        let operators = operators.into_iter_with_offsets();
        let operators: Vec<_> = operators.collect::<Result<_, _>>()?;
        let mut end = body.range().end - start;
        let mut code: Vec<_> = operators
            .into_iter()
            .rev()
            .map(|(operator, offset)| {
                let begin = offset - start;
                (operator, begin..std::mem::replace(&mut end, begin))
            })
            .collect();
        code.reverse();
        Ok(Self {
            bytes: body.as_bytes(),
            locals: params + groups.iter().map(|(count, _)| count).sum::<u32>(),
            groups,
            code,
        })
    }

    /// The bytes of a range.
    pub(crate) fn bytes(&self, place: &Range<usize>) -> &[u8] {
        &self.bytes[place.clone()]
    }

    /// The body with other declarations of locals, and other instructions in some `places`: ranges of
    /// `bytes`, in order.
    pub(crate) fn with(
        &self,
        groups: &[(u32, ValType)],
        places: &[(Range<usize>, Vec<u8>)],
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 1024);
        groups.len().encode(&mut bytes);
        for (count, ty) in groups {
            count.encode(&mut bytes);
            wasm_encoder::ValType::try_from(*ty)?.encode(&mut bytes);
        }
        let mut done = self.code.first().context("a body has no end")?.1.start;
        for (place, instead) in places {
            bytes.extend(&self.bytes[done..place.start]);
            bytes.extend(instead);
            done = place.end;
        }
        bytes.extend(&self.bytes[done..]);
        Ok(bytes)
    }
}

/// The module, with the bodies that `change` returns in place of the functions' own.
pub(crate) fn with_bodies(
    wasm: &[u8],
    mut change: impl FnMut(&Body) -> Result<Option<Vec<u8>>>,
) -> Result<Vec<u8>> {
    let mut params = parameters(wasm)?.into_iter();
    let mut module = wasm_encoder::Module::new();
    for section in sections(wasm)? {
        if section.id != CODE {
            module.section(&section);
            continue;
        }
        let mut code = CodeSection::new();
        for body in wasmparser::CodeSectionReader::new(BinaryReader::new(section.data, 0))? {
            let body = body?;
            let params = params.next().context("a function has no type")?;
            let new = change(&Body::read(&body, params)?)?;
            code.raw(&new.map_or(Cow::Borrowed(body.as_bytes()), Cow::Owned));
        }
        module.section(&code);
    }
    Ok(module.finish())
}

/// How many parameters each of the module's own functions has.
fn parameters(wasm: &[u8]) -> Result<Vec<u32>> {
    let mut types = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(u32::try_from(ty?.params().len())?);
                }
            }
            Payload::FunctionSection(section) => {
                let of = |ty: u32| types.get(ty as usize).copied();
                return section
                    .into_iter()
                    .map(|ty| of(ty?).context("a function has no type"))
                    .collect();
            }
            _ => (),
        }
    }
    bail!("the module has no functions");
}
