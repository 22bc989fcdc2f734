//! The command that `cargo xtask` runs on what the linker made.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use twoviews_wasm_post::{Seldom, Wanted, bind};

const HELP: &str = "\
Makes of a linked wasm what the page loads: NAME.js and NAME_bg.wasm, and what else is asked for.

twoviews-wasm-post LINKED.wasm --name NAME --out FOLDER [options]
  --relaxed COUNT      NAME_relaxed.wasm, with so many fused products
  --split LIST         NAME_rest.wasm, with the functions that the file LIST has paths of
  --split-random SEED  the same with functions drawn by SEED
  --note               NAME_bg.wasm notes which functions are called; functions.txt lists them
  --unshared           NAME_single.wasm, whose memory is not shared; and NAME_single_relaxed.wasm with --relaxed
The folder is emptied before. Where the wasm imports its memory, memory.json has its limits.

twoviews-wasm-post --profile PROFILE --out LIST
  Makes the list for --split of a profile: of each function of functions.txt, whether it was called (1 or 0)
  before what is said there.";

fn main() -> ExitCode {
    match run(env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let mut arguments = arguments;
    let (mut linked, mut name, mut out, mut list, mut seed) = (None, None, None, None, None);
    let mut profile = None;
    let mut wanted = Wanted::default();
    while let Some(argument) = arguments.next() {
        let option = argument.to_str().unwrap_or_default().to_owned();
        let mut value = || {
            arguments
                .next()
                .with_context(|| format!("{option} needs a value"))
        };
        let number = |value: OsString| {
            let number = value.to_str().and_then(|text| text.parse::<u64>().ok());
            number.with_context(|| format!("{option} needs a number"))
        };
        match option.as_str() {
            "--help" => {
                println!("{HELP}");
                return Ok(());
            }
            "--name" => name = Some(value()?),
            "--out" => out = Some(PathBuf::from(value()?)),
            "--relaxed" => wanted.relaxed = Some(usize::try_from(number(value()?)?)?),
            "--split" => list = Some(PathBuf::from(value()?)),
            "--split-random" => seed = Some(number(value()?)?),
            "--profile" => profile = Some(PathBuf::from(value()?)),
            "--note" => wanted.note = true,
            "--unshared" => wanted.unshared = true,
            _ if option.starts_with('-') || linked.is_some() => {
                bail!("unknown argument {}\n{HELP}", argument.display())
            }
            _ => linked = Some(PathBuf::from(argument)),
        }
    }
    let out = out.with_context(|| format!("--out is missing\n{HELP}"))?;
    if let Some(profile) = profile {
        let list = twoviews_wasm_post::list(&read(&profile)?)?;
        return fs::write(&out, list).with_context(|| format!("cannot write {}", out.display()));
    }
    let linked = linked.with_context(|| format!("which wasm?\n{HELP}"))?;
    let name = name.context("--name is missing")?;
    let name = name.to_str().context("the name is no text")?;
    let text = list.as_deref().map(read).transpose()?;
    let listed = text.as_deref().map(Seldom::Listed);
    wanted.split = listed.or(seed.map(Seldom::Random));
    bind(&linked, name, wanted, &out)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
