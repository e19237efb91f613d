//! `cargo xtask ci`: everything that must hold before a change goes in.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{dist, test, tools};

/// Checks the dependencies, weighs both doors and tests. All of it, whatever fails on the way.
pub fn run() -> ExitCode {
    let mut tally = test::Tally::default();
    tally.take("licences and sources", check_dependencies);
    tally.take("weight of both doors", check_weights);
    tally.test(&test::Args::default());
    tally.close()
}

/// What deny.toml asks, where cargo-deny is installed.
fn check_dependencies() -> Result<()> {
    if tools::find_program(&["cargo-deny"]).is_none() {
        println!("cargo-deny is not installed: deny.toml was not checked");
        return Ok(());
    }
    // Advisories need a download of their own and have their own schedule.
    tools::run(tools::cargo("deny").args(["check", "bans", "licenses", "sources"]))
}

fn check_weights() -> Result<()> {
    let weights = dist::build(&dist::folder())?;
    dist::print(&weights);
    if weights.iter().any(|it| it.bytes > it.budget) {
        bail!("a door is too heavy");
    }
    Ok(())
}
