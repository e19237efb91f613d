//! `amparo verify`: whether a whole database is as it was written.

use super::Options;
use api::server::audit::Began;
use api::server::audit::verify::{Epoch, Report, verify};
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
    let Report { entries, audit, checkpoints, of_other_epochs, epochs, faults } = &report;
    println!("Looked at {entries} entries, {audit} lines of the log and {checkpoints} checkpoints.");
    if *of_other_epochs > 0 {
        println!(
            "{of_other_epochs} checkpoints are from before the database was restored, and say nothing about it."
        );
    }
    epochs.iter().for_each(say);
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

/// An epoch that began: what was cut off before it, nobody finds any more but by what lies elsewhere.
fn say(Epoch { at, why, missing }: &Epoch) {
    let is_by_itself = &matches!(why, Some(Began::PutBack | Began::HandedBack));
    let why = match why {
        Some(Began::Command) => "because somebody said that it was restored",
        Some(Began::Restored) => "because it was restored",
        Some(Began::Rebuilt) => "because it was put together anew from a damaged one",
        Some(Began::PutBack) => "by itself: rows at the end were missing that the file of promises tells of",
        Some(Began::HandedBack) => "by itself: rows were missing or others that a device was promised",
        None => "for a reason that this version does not know",
    };
    let time = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(*at) * 1_000_000);
    let day = time.map_or_else(|_| String::new(), |time| format!("{} {}", time.date(), time.time()));
    println!(
        "On {day} (UTC) another epoch of the database began {why}; {missing} entries were known to be missing."
    );
    if *is_by_itself {
        println!("If nobody put an older database in its place then, its end was cut off.");
    }
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
