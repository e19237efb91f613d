//! `amparo verify`: whether a whole database is as it was written.

use super::Options;
use api::server::audit::verify::{Report, verify};
use domain::id::{from_hex, hex};

/// What it is called with.
pub const USAGE: &str = "\
amparo verify --data DIR [--checkpoints FILE]
    Goes through both chains of the whole database: what every entry and every line of the log holds, who signed it,
    and whether they are those that checkpoints tell of, kept here, handed back by devices, or in FILE (one a line, as
    this command prints them at the end). Says what is wrong by number, and ends with failure then. Works beside a
    running server. Keep what it prints away from the server: it is what finds out a history that was written anew.
";

/// Faults that are printed one by one.
const PRINTED: usize = 200;

/// Runs it.
pub fn run(options: &Options) -> Result<(), String> {
    let files = match options.get("checkpoints") {
        Some(file) => read(file)?,
        None => Vec::new(),
    };
    let office = options.office()?;
    let report = verify(&office, &files).map_err(|error| error.to_string())?;
    let Report { entries, audit, checkpoints, of_other_epochs, faults } = &report;
    println!("Looked at {entries} entries, {audit} lines of the log and {checkpoints} checkpoints.");
    if *of_other_epochs > 0 {
        println!(
            "{of_other_epochs} checkpoints are from before the database was restored, and say nothing about it."
        );
    }
    for fault in faults.iter().take(PRINTED) {
        println!("{fault}");
    }
    if faults.len() > PRINTED {
        println!("... and {} more.", faults.len() - PRINTED);
    }
    if !faults.is_empty() {
        return Err(format!("{} things are not as they were written.", faults.len()));
    }
    println!("Everything is as it was written.");
    let last = office.ledger().last_checkpoint().map_err(|error| error.to_string())?;
    if let Some((serial, bytes)) = last {
        println!("Checkpoint {serial}, to be kept elsewhere:\n{}", hex(&bytes));
    }
    Ok(())
}

fn read(file: &str) -> Result<Vec<Vec<u8>>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let bytes = line.trim().as_bytes().chunks(2).map(|pair| {
                let [byte] = from_hex::<1>(std::str::from_utf8(pair).ok()?)?;
                Some(byte)
            });
            bytes.collect::<Option<_>>().ok_or_else(|| format!("{file}: line {number} is no checkpoint"))
        })
        .collect()
}
