//! `cargo xtask soak`: the long loops as they are run before a release, and their figures for RELIABILITY.md.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::loops::{self, Counts, Figures, Loop, Plan};
use crate::{test, tools};

/// How long, and which.
#[derive(clap::Args)]
pub struct Args {
    /// Only these loops [default: all].
    #[arg(long, value_enum)]
    only: Vec<Loop>,
    /// Go round and round for so long, in the numbers of `cargo xtask ci` and with new seeds each time, instead of once in
    /// the numbers of a release.
    #[arg(long)]
    minutes: Option<u64>,
    /// The seed to begin with [default: a new one, which is printed].
    #[arg(long)]
    seed: Option<u64>,
    /// Put the figures into RELIABILITY.md.
    #[arg(long)]
    write: bool,
}

/// The table of figures stands between these in RELIABILITY.md.
const BEGIN: &str = "<!-- figures of cargo xtask soak begin -->";
const END: &str = "<!-- figures of cargo xtask soak end -->";

/// Runs the loops, all of them whatever fails on the way, and says their figures at the end.
pub fn run(args: &Args) -> Result<()> {
    let chosen: Vec<Loop> =
        loops::ALL.into_iter().filter(|it| args.only.is_empty() || args.only.contains(it)).collect();
    let in_browser = chosen.iter().any(|it| matches!(it, Loop::Browser | Loop::Corruptions));
    let built = if in_browser { Some(test::ready_for_the_browser()?) } else { None };
    let until = args.minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let (mut told, mut faults) = (Vec::new(), Vec::new());
    for turn in 0.. {
        if turn > 0 && until.is_none_or(|until| Instant::now() >= until) {
            break;
        }
        for &which in &chosen {
            let counts: Counts = if until.is_some() { loops::FOR_A_CHANGE } else { loops::FOR_A_RELEASE };
            let seed = args.seed.map(|seed| seed.wrapping_add(turn));
            let plan = Plan { counts, seed };
            match tools::step(&format!("{which:?}"), || loops::run(which, &plan, built.as_ref())) {
                Ok(figures) => told.extend(figures),
                Err(fault) => {
                    eprintln!("{fault:#}");
                    faults.push(format!("{which:?}: {fault}"));
                }
            }
        }
    }
    let table = table(&told);
    print!("\n{table}");
    if args.write && faults.is_empty() {
        write(&table)?;
    }
    match faults.first() {
        Some(_) => bail!("{}", faults.join("\n")),
        None => Ok(()),
    }
}

/// The figures as Markdown.
fn table(told: &[Figures]) -> String {
    let mut table = String::from("| loop | figures | seed | took |\n| --- | --- | --- | --- |\n");
    for Figures { what, figures, seed, took } in told {
        // Writing into a text does not fail.
        let _ = writeln!(table, "| {what} | {figures} | {seed} | {took} |");
    }
    table
}

fn write(table: &str) -> Result<()> {
    let path = tools::root().join("RELIABILITY.md");
    let text = fs::read_to_string(&path)?;
    fs::write(&path, replaced(&text, table)?)?;
    Ok(())
}

fn replaced(text: &str, table: &str) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("RELIABILITY.md has no place for the figures")?;
    let (_, after) = rest.split_once(END).context("the place for the figures has no end")?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_figures_take_the_place_of_the_former_ones_and_of_nothing_else() {
        let told = Figures {
            what: "server killed".into(),
            figures: "5 kills".into(),
            seed: "7".into(),
            took: "2 s".into(),
        };
        let text = format!("# Figures\n{BEGIN}\n| old |\n{END}\nThe rest.\n");
        let new = replaced(&text, &table(&[told])).unwrap();
        assert!(new.starts_with("# Figures\n") && new.ends_with("\nThe rest.\n"));
        assert!(new.contains("| server killed | 5 kills | 7 | 2 s |\n") && !new.contains("old"));
        assert!(replaced("no place", "").is_err());
    }
}
