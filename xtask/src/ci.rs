//! `cargo xtask ci`: everything that must hold before a change goes in.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::loops::{self, Loop, Plan};
use crate::{deny, dist, fuzz, reproduce, sign, test, tools};

/// Checks the dependencies, weighs both doors, tests, throws bytes at the decoders, builds twice, and kills and corrupts
/// as often as a change must stand. All of it, whatever fails on the way.
pub fn run() -> ExitCode {
    let mut tally = test::Tally::default();
    tally.take("lock files", check_lock_files);
    tally.take("licences, sources and known faults", deny::run_if_there);
    tally.take("weight of both doors", check_weights);
    tally.test(&test::Args::default());
    tally.take("decoders under fire", fuzz::run_if_there);
    tally.take("the same bytes twice", || reproduce::run(&reproduce::Args::default()));
    let told = kill_and_corrupt(&mut tally);
    for loops::Figures { what, figures, seed, took } in &told {
        println!("{what}: {figures} (seed {seed}, {took})");
    }
    tally.close()
}

/// Every loop, in the numbers of a change.
fn kill_and_corrupt(tally: &mut test::Tally) -> Vec<loops::Figures> {
    let built = tally.take("app and server for the loops", test::ready_for_the_browser);
    let plan = Plan { counts: loops::FOR_A_CHANGE, seed: None };
    let run = |which: Loop| tally.take(name(which), || loops::run(which, &plan, built.as_ref()));
    loops::ALL.into_iter().filter_map(run).flatten().collect()
}

fn name(which: Loop) -> &'static str {
    match which {
        Loop::Browser => "browsers killed while they save",
        Loop::Server => "server killed in mid-parcel, SQLite",
        Loop::Postgres => "server killed in mid-parcel, PostgreSQL",
        Loop::Simulation => "simulation",
        Loop::Corruptions => "the browser's files corrupted",
    }
}

/// Whether what is built is what the lock files say: cargo refuses to change them, npm installs from nothing else.
fn check_lock_files() -> Result<()> {
    tools::run(
        tools::cargo("metadata")
            .args(["--locked", "--format-version=1", "--quiet"])
            .stdout(std::process::Stdio::null()),
    )?;
    for folder in ["e2e", "e2e/bench"] {
        let folder = tools::root().join(folder);
        if folder.join("package.json").is_file() && !folder.join("package-lock.json").is_file() {
            bail!("{} has no package-lock.json", folder.display());
        }
    }
    Ok(())
}

fn check_weights() -> Result<()> {
    let weights = dist::build(&dist::folder(), &sign::Args::default())?;
    dist::print(&weights);
    if weights.iter().any(|it| it.bytes > it.budget) {
        bail!("a door is too heavy");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_locked() {
        check_lock_files().unwrap();
        assert!(tools::root().join("Cargo.lock").is_file());
        assert!(tools::root().join("e2e/package-lock.json").is_file());
        assert!(tools::root().join("fuzz/Cargo.lock").is_file());
    }
}
