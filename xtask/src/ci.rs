//! `cargo xtask ci`: everything that must hold before a change goes in.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{deny, dist, fuzz, reproduce, sign, test, tools};

/// Checks the dependencies, weighs both doors, tests, throws bytes at the decoders and builds twice. All of it, whatever
/// fails on the way.
pub fn run() -> ExitCode {
    let mut tally = test::Tally::default();
    tally.take("lock files", check_lock_files);
    tally.take("licences, sources and known faults", deny::run_if_there);
    tally.take("weight of both doors", check_weights);
    tally.test(&test::Args::default());
    tally.take("decoders under fire", fuzz::run_if_there);
    tally.take("the same bytes twice", || reproduce::run(&reproduce::Args::default()));
    tally.close()
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
