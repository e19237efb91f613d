//! `cargo xtask fuzz`: throws made-up bytes at every decoder of bytes from outside (`fuzz/`).
//!
//! Needs nightly Rust and cargo-fuzz. What it finds stays below `fuzz/artifacts`; a finding that was mended is kept as a
//! file of the corpus, which a test of `seal` replays on stable Rust each time.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools;

/// What to run.
#[derive(clap::Args)]
pub struct Args {
    /// Seconds for each decoder.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Add what reached new code to the kept corpora, made as small as possible.
    #[arg(long)]
    grow: bool,
    /// Only these decoders [default: all].
    decoders: Vec<String>,
}

/// Seconds for each decoder as a part of `cargo xtask ci`.
const SHORT: u32 = 5;
/// Longest input, in bytes: parsers of ours that fail do so long before.
const LONGEST: u32 = 8 * 1024;
/// Most memory a run may take, in MiB; a decoder that wants more for a few bytes is a finding.
const MEMORY: u32 = 1024;

/// Runs each decoder for a while.
pub fn run(args: &Args) -> Result<()> {
    let Some(mut fuzz) = found() else {
        bail!(
            "nightly Rust and cargo-fuzz are needed: `rustup toolchain install nightly`, `cargo install cargo-fuzz`"
        )
    };
    let all = decoders()?;
    for decoder in &all {
        if !args.decoders.is_empty() && !args.decoders.contains(decoder) {
            continue;
        }
        tools::step(&format!("{decoder}, {} s", args.seconds), || one(&mut fuzz, decoder, args))?;
    }
    match args.decoders.iter().find(|name| !all.contains(name)) {
        Some(name) => bail!("there is no decoder {name}; there are {}", all.join(", ")),
        None => Ok(()),
    }
}

/// A few seconds for each decoder, where the tools are there; says so where they are not.
pub fn run_if_there() -> Result<()> {
    if found().is_none() {
        println!("nightly Rust or cargo-fuzz is not installed: decoders were given the kept corpora alone");
        return Ok(());
    }
    run(&Args { seconds: SHORT, grow: false, decoders: Vec::new() })
}

fn one(fuzz: &mut impl FnMut() -> Command, decoder: &str, args: &Args) -> Result<()> {
    let kept = folder().join("corpus").join(decoder);
    // What a run finds out on its way is not for keeping: it goes where everything built goes.
    let found = tools::target().join("fuzz/found").join(decoder);
    std::fs::create_dir_all(&found)?;
    let mut run = fuzz();
    run.args(["run", "--sanitizer", "none", "--target-dir"]).arg(tools::target().join("fuzz"));
    run.arg(decoder).arg(&found).arg(&kept).arg("--");
    run.arg(format!("-max_total_time={}", args.seconds)).arg(format!("-max_len={LONGEST}"));
    run.arg(format!("-rss_limit_mb={MEMORY}")).args(["-timeout=10", "-print_final_stats=1", "-verbosity=1"]);
    tools::run(&mut run)?;
    if args.grow {
        let mut merge = fuzz();
        merge.args(["run", "--sanitizer", "none", "--target-dir"]).arg(tools::target().join("fuzz"));
        merge.arg(decoder).arg(&kept).arg(&found).args(["--", "-merge=1"]).arg(format!("-max_len={LONGEST}"));
        tools::run(&mut merge)?;
    }
    Ok(())
}

/// How to start cargo-fuzz on nightly, if both are there.
fn found() -> Option<impl FnMut() -> Command> {
    tools::find_program(&["cargo-fuzz"])?;
    let rustup = tools::find_program(&["rustup"])?;
    let command = move || {
        let mut command = Command::new(&rustup);
        command.args(["run", "nightly", "cargo", "fuzz"]).current_dir(tools::root());
        // Set by the cargo that started this program, for itself.
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        command
    };
    let mut nightly = Command::new(tools::find_program(&["rustup"])?);
    let there = nightly.args(["run", "nightly", "rustc", "--version"]).output().ok()?.status.success();
    there.then_some(command)
}

/// The decoders, by the names of their programs.
fn decoders() -> Result<Vec<String>> {
    let folder = folder().join("fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("{} is not there", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn folder() -> PathBuf {
    tools::root().join("fuzz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decoder_has_a_program_an_entry_and_a_corpus() {
        let manifest = std::fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        let decoders = decoders().unwrap();
        assert!(decoders.len() >= 12, "{decoders:?}");
        for decoder in decoders {
            assert!(manifest.contains(&format!("fuzz_targets/{decoder}.rs")), "{decoder}");
            let corpus = std::fs::read_dir(folder().join("corpus").join(&decoder));
            assert!(corpus.is_ok_and(|mut files| files.next().is_some()), "{decoder} has no corpus");
        }
    }
}
