//! `cargo xtask deny`: what may become part of Amparo, as deny.toml says, and what is known against it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools;

/// What is looked at with no network: everything but known faults.
const WITHOUT_NEWS: [&str; 3] = ["bans", "licenses", "sources"];

/// How to judge.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Install cargo-deny first, unless it is there.
    #[arg(long)]
    install: bool,
    /// Look for known faults too, in this copy of https://github.com/rustsec/advisory-db: a git repository, brought along
    /// and not asked for. The day it was copied is said.
    #[arg(long, value_name = "DIR")]
    advisories: Option<PathBuf>,
}

/// Judges all dependencies of the lock file.
pub fn run(args: &Args) -> Result<()> {
    if tools::find_program(&["cargo-deny"]).is_none() {
        if !args.install {
            bail!("cargo-deny is not installed; `cargo xtask deny --install` does it");
        }
        tools::run(tools::cargo("install").args(["cargo-deny", "--locked"]))?;
    }
    let mut deny = tools::cargo("deny");
    deny.args(["--locked", "--offline", "check", "--hide-inclusion-graph"]).args(WITHOUT_NEWS);
    tools::run(&mut deny)?;
    let Some(advisories) = &args.advisories else {
        println!("known faults were not looked for: --advisories names no copy of the database");
        return Ok(());
    };
    check_advisories(advisories)
}

/// As `run`, where cargo-deny is installed; says so where it is not. `AMPARO_ADVISORIES` names the copy of the database.
pub fn run_if_there() -> Result<()> {
    if tools::find_program(&["cargo-deny"]).is_none() {
        println!("cargo-deny is not installed: nothing was judged by deny.toml");
        return Ok(());
    }
    run(&Args { install: false, advisories: std::env::var_os("AMPARO_ADVISORIES").map(PathBuf::from) })
}

/// cargo-deny keeps a database in a folder that it names after the database's address. A copy is put there, with the
/// address that its own configuration has, so that nothing is fetched.
fn check_advisories(copy: &Path) -> Result<()> {
    let copy = copy.canonicalize().with_context(|| format!("{} is not there", copy.display()))?;
    let git = |arguments: &[&str], place: &Path| -> Result<String> {
        let output =
            Command::new("git").arg("-C").arg(place).args(arguments).output().context("git did not start")?;
        if !output.status.success() {
            bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    let day = git(&["log", "-1", "--format=%cs"], &copy).context("this is no copy of a git repository")?;
    println!("known faults as of {day}");
    let home = tools::target().join("xtask/advisories");
    let said = std::fs::read_to_string(tools::root().join("deny.toml"))?;
    let config = home.join("deny.toml");
    std::fs::create_dir_all(&home)?;
    std::fs::write(&config, with_database(&said, &home))?;
    let fresh = home.join("copy");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    git(&["clone", "--quiet", &copy.display().to_string(), &fresh.display().to_string()], &home)?;
    git(&["remote", "set-url", "origin", ADDRESS], &fresh)?;
    let place = home.join(PLACE);
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    std::fs::rename(&fresh, &place)?;
    // cargo-deny judges a database by when it was last fetched.
    std::fs::write(
        place.join(".git/FETCH_HEAD"),
        format!("{}\t\t{ADDRESS}\n", git(&["rev-parse", "HEAD"], &place)?),
    )?;
    let mut deny = tools::cargo("deny");
    deny.args(["--locked", "--offline", "--config"]).arg(config);
    tools::run(deny.args(["check", "--hide-inclusion-graph", "advisories"]))
}

const ADDRESS: &str = "https://github.com/RustSec/advisory-db";
/// What cargo-deny calls the folder of that database. Should a later one call it otherwise, it says which it misses.
const PLACE: &str = "advisory-db-3157b0e258782691";

/// The configuration with the place of the database in it.
fn with_database(config: &str, place: &Path) -> String {
    config.replace(
        "[advisories]\n",
        &format!("[advisories]\ndb-path = {:?}\ndb-urls = [\"{ADDRESS}\"]\n", place.display().to_string()),
    )
}
