//! The long loops: what kills, cuts and corrupts again and again, each under a seed that it prints.
//!
//! A loop is a test like others; how often it goes round it reads from the environment. It says one line of itself,
//! `figures | WHAT | FIGURES | seed SEED | SECONDS s`, and a loop that says none has failed.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{test, tools};

/// One of the loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Loop {
    /// Browsers killed while they save.
    Browser,
    /// The server killed in mid-parcel, over SQLite.
    Server,
    /// The same over PostgreSQL, which is killed too.
    Postgres,
    /// The simulation of devices and server over a failing world.
    Simulation,
    /// The browser's files corrupted and cut off.
    Corruptions,
}

/// All of them, the quick ones first.
pub const ALL: [Loop; 5] = [Loop::Server, Loop::Postgres, Loop::Simulation, Loop::Corruptions, Loop::Browser];

/// How often each goes round.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Kills of browsers, and about how many saves before each.
    pub kills: u32,
    /// Saves that are waited for before a kill, on average.
    pub saves: u32,
    /// Kills of the server, for each database.
    pub server_kills: u32,
    /// Seeds of the simulation.
    pub seeds: u32,
    /// Corruptions of the browser's files.
    pub corruptions: u32,
}

/// For each change: `cargo xtask ci`.
pub const FOR_A_CHANGE: Counts =
    Counts { kills: 200, saves: 25, server_kills: 100, seeds: 2_000, corruptions: 12 };
/// Before a release: `cargo xtask soak`.
pub const FOR_A_RELEASE: Counts =
    Counts { kills: 1_000, saves: 60, server_kills: 1_000, seeds: 100_000, corruptions: 500 };

/// What a loop said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What was done.
    pub what: String,
    /// What it came to.
    pub figures: String,
    /// To have it again.
    pub seed: String,
    /// How long it took.
    pub took: String,
}

/// How far it goes.
pub struct Plan {
    /// How often.
    pub counts: Counts,
    /// The first seed; else each loop draws its own.
    pub seed: Option<u64>,
}

/// Runs one and gives what it said.
pub fn run(which: Loop, plan: &Plan, built: Option<&test::Built>) -> Result<Vec<Figures>> {
    if which == Loop::Postgres && !test::has_postgres() {
        bail!("PostgreSQL's programs (initdb, postgres) are not on this machine");
    }
    let mut command = match which {
        Loop::Server => cargo_test(tools::HOST, "killed"),
        Loop::Postgres => cargo_test(tools::HOST, "killed_postgres"),
        // A profile of its own: nothing else of it need be quick.
        Loop::Simulation => cargo_test(&["--profile=simulation", "--package=amparo-road"], "simulation"),
        Loop::Browser => playwright(built, "faults/kills.spec.ts")?,
        Loop::Corruptions => playwright(built, "recovery.spec.ts")?,
    };
    let Counts { kills, saves, server_kills, seeds, corruptions } = plan.counts;
    command.env("AMPARO_KILLS", kills.to_string()).env("AMPARO_SAVES_A_KILL", saves.to_string());
    command.env("AMPARO_SERVER_KILLS", server_kills.to_string()).env("AMPARO_SEEDS", seeds.to_string());
    // However long it goes on otherwise: each planted bug is found within so many seeds.
    command.env("AMPARO_BUG_SEEDS", FOR_A_CHANGE.seeds.to_string());
    command.env("AMPARO_CORRUPTIONS", corruptions.to_string()).env("AMPARO_LANES", "2");
    if let Some(seed) = plan.seed {
        command.env("AMPARO_SEED", seed.to_string());
    }
    let (succeeded, output) = tools::run_and_read(&mut command)?;
    let said = figures(&output);
    if !succeeded {
        bail!("it failed");
    }
    if said.is_empty() {
        bail!("it said no figures: nothing was looped");
    }
    Ok(said)
}

fn cargo_test(packages: &[&str], name: &str) -> Command {
    let mut command = tools::cargo("test");
    command.args(packages).args(["--test", name, "--", "--nocapture", "--test-threads=1"]);
    command
}

fn playwright(built: Option<&test::Built>, file: &str) -> Result<Command> {
    let mut command = test::playwright(built.context("nothing was built for the browser")?);
    command.args([file, "--retries=0", "--workers=1"]);
    Ok(command)
}

/// The lines that loops say of themselves, in whatever else was printed.
fn figures(output: &str) -> Vec<Figures> {
    let lines = output.lines().filter_map(|line| line.trim_start().strip_prefix("figures | "));
    let read = |line: &str| {
        let mut parts = line.split(" | ").map(str::to_owned);
        let (what, figures) = (parts.next()?, parts.next()?);
        let seed = parts.next()?.strip_prefix("seed ")?.to_owned();
        Some(Figures { what, figures, seed, took: parts.next()? })
    };
    lines.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_loop_says_of_itself_is_found_among_other_lines() {
        let output =
            "running 1 test\nseed 7\nfigures | server killed | 5 kills, 0 lost | seed 7 | 2 s\ntest … ok\n";
        let told = |text: &str| text.to_owned();
        let server = Figures {
            what: told("server killed"),
            figures: told("5 kills, 0 lost"),
            seed: told("7"),
            took: told("2 s"),
        };
        assert_eq!(figures(output), [server]);
        assert_eq!(figures("figures are of no use\nfigures | cut off | in\n"), []);
    }
}
