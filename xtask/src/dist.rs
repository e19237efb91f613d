//! `cargo xtask dist`: one binary with the app inside, every file of it compressed beforehand.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::site::{self, Site};
use crate::{choices, sign, tools, wasm};

/// One KB of a budget.
const KB: usize = 1000;

/// What each door may weigh (ARCHITECTURE.md, "Budgets"): all bytes until it can be used, as brotli.
const DESK_BUDGET: usize = 450 * KB;
const APPLY_BUDGET: usize = 180 * KB;
/// What a page may weigh before its first words can be read: one round trip of a fresh connection.
const FIRST_WORDS_BUDGET: usize = 14 * KB;

/// Files that shrink; the others are compressed already.
const COMPRESSIBLE: [&str; 9] =
    [".css", ".csv", ".html", ".js", ".json", ".svg", ".txt", ".wasm", ".webmanifest"];

/// Where things go.
#[derive(clap::Args)]
pub struct Args {
    /// Where the app's files go before they go into the binary [default: target/dist].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    signing: sign::Args,
}

/// One line of the table of weights.
pub struct Weight {
    /// What is weighed. The bench knows it by this name.
    pub what: String,
    /// Its bytes on the wire, as brotli.
    pub bytes: usize,
    /// What it may weigh.
    pub budget: usize,
}

/// Builds the app and the server with the app inside.
pub fn run(args: &Args) -> Result<()> {
    let out = args.out.clone().unwrap_or_else(folder);
    let weights = build(&out, &args.signing)?;
    // The server's build reads the folder this variable names; a path of its own must be a whole one.
    let embedded = fs::canonicalize(&out)?;
    let server = tools::step("server with the app inside", || {
        let mut command = tools::cargo("build");
        command.args(tools::HOST).args(["--features", "amparo-api/embed", "--bin", "amparo", "--release"]);
        let made = tools::build(command.env("AMPARO_SITE", &embedded))?;
        Ok(made.into_iter().find(|artifact| artifact.name == "amparo").context("cargo built no server")?.path)
    })?;
    let place = tools::target().join("dist-bin");
    fs::create_dir_all(&place)?;
    let binary = place.join("amparo");
    // Copied aside and renamed, so that a server running from the old file is not disturbed.
    let fresh = place.join("amparo.new");
    fs::copy(server, &fresh)?;
    fs::rename(&fresh, &binary)?;
    print(&weights);
    println!("{}, {} KB", binary.display(), fs::metadata(&binary)?.len() / 1000);
    Ok(())
}

/// Where the app's files go.
pub fn folder() -> PathBuf {
    tools::target().join("dist")
}

/// Builds the app as people download it, signs it, compresses it and weighs it.
pub fn build(out: &Path, signing: &sign::Args) -> Result<Vec<Weight>> {
    let plan = site::Plan { optimised: true, signing: signing.clone(), ..site::Plan::default() };
    let mut site = tools::step("app, as small as it gets", || site::build(&plan))?;
    tools::step("brotli and gzip", || compress(&mut site, out))?;
    site.write(out)?;
    weigh(&site)
}

/// Puts `.br` and `.gz` beside every file that gets smaller by it.
pub fn compress(site: &mut Site, out: &Path) -> Result<()> {
    let mut packed = Vec::new();
    for (path, bytes) in &site.files {
        if COMPRESSIBLE.iter().any(|ending| path.ends_with(ending)) {
            // What an earlier run packed from the same bytes is packed already.
            let fresh = !fs::read(out.join(path)).is_ok_and(|there| there == *bytes);
            for (ending, pack) in [(".br", brotli as Pack), (".gz", gzip as Pack)] {
                let name = format!("{path}{ending}");
                let kept = if fresh { None } else { fs::read(out.join(&name)).ok() };
                let small = kept.map_or_else(|| pack(bytes), Ok)?;
                if small.len() < bytes.len() {
                    packed.push((name, small));
                }
            }
        }
    }
    site.files.extend(packed);
    Ok(())
}

type Pack = fn(&[u8]) -> Result<Vec<u8>>;

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// What has to come over the line before each door can be used.
fn weigh(site: &Site) -> Result<Vec<Weight>> {
    let shell = ["policy.js", "icons/mark.svg"];
    // Nobody gets into a staff device without the program that makes a key of the passphrase, and every code
    // list is read at the start. No family gets at its answers without that program either.
    let desk = ["index.html", "styles.css", "start-desk.js", "desk.js", "desk.wasm", "locales/es.txt"];
    let derive = ["start-derive.js", "derive.js", "derive.wasm"];
    let tables = site.plain_paths().filter(|path| path.starts_with("tables/"));
    let apply = ["apply/index.html", "apply.css", "start-apply.js", "apply.js", "apply.wasm"];
    let first_words = ["apply/index.html", "apply.css", "policy.js"];
    let desk = sum(site, shell.into_iter().chain(desk).chain(derive).chain(tables))?;
    let apply = sum(site, shell.into_iter().chain(apply).chain(derive))?;
    let first_words = sum(site, first_words.into_iter())?;
    let mut weights = vec![
        Weight { what: "staff door".to_owned(), bytes: desk, budget: DESK_BUDGET },
        Weight { what: "its first words".to_owned(), bytes: first_words, budget: FIRST_WORDS_BUDGET },
    ];
    let mut heaviest = 0;
    for language in choices::LANGUAGES {
        let spoken = [format!("apply/words-{language}.txt"), format!("apply/choices-{language}.txt")];
        let bytes = apply + sum(site, spoken.iter().map(String::as_str))?;
        heaviest = heaviest.max(bytes);
        weights.push(Weight { what: format!("  in {language}"), bytes, budget: APPLY_BUDGET });
    }
    weights.insert(1, Weight { what: "applicants' door".to_owned(), bytes: heaviest, budget: APPLY_BUDGET });
    Ok(weights)
}

/// Builds the applicants' door alone and says what its program weighs.
pub fn weigh_apply() -> Result<()> {
    let [glue, wasm] = tools::step("applicants' door, as small as it gets", wasm::build_apply)?;
    fs::write(tools::target().join("apply.wasm"), &wasm)?;
    println!(
        "apply.js {} bytes as brotli, apply.wasm {} of {}",
        brotli(&glue)?.len(),
        brotli(&wasm)?.len(),
        wasm.len()
    );
    Ok(())
}

/// What files weigh on the wire together.
fn sum<'a>(site: &Site, paths: impl Iterator<Item = &'a str>) -> Result<usize> {
    let mut total = 0;
    for path in paths {
        let packed = site.files.get(&format!("{}.br", site.address(path).trim_start_matches('/')));
        let bytes = packed.map(Vec::as_slice).or_else(|| site.bytes(path));
        total += bytes.with_context(|| format!("the site has no {path} to weigh"))?.len();
    }
    Ok(total)
}

/// Prints weights beside what is allowed.
pub fn print(weights: &[Weight]) {
    println!("{:<18} {:>9} {:>9}", "brotli", "bytes", "budget");
    for Weight { what, bytes, budget } in weights {
        let remark = if bytes > budget { "  too heavy" } else { "" };
        println!("{what:<18} {bytes:>9} {budget:>9}{remark}");
    }
}

/// The weights for programs: `{"staff door": {"bytes": …, "budget": …}, …}`.
pub fn as_json(weights: &[Weight]) -> Value {
    let line = |it: &Weight| (it.what.trim().to_owned(), json!({ "bytes": it.bytes, "budget": it.budget }));
    Value::Object(weights.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_gets_smaller_is_packed() {
        let mut site = Site::default();
        site.files.insert("long.txt".into(), b"amparo ".repeat(100));
        site.files.insert("short.txt".into(), b"a".to_vec());
        site.files.insert("mark.png".into(), vec![0; 1000]);
        compress(&mut site, Path::new("/nowhere")).unwrap();
        let names: Vec<&str> = site.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["long.txt", "long.txt.br", "long.txt.gz", "mark.png", "short.txt"]);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut site.files["long.txt.br"].as_slice(), &mut unpacked).unwrap();
        assert_eq!(unpacked, site.files["long.txt"]);
    }
}
