//! `amparo backup`, `amparo restore`, `amparo rebuild`: what keeps a ledger when its machine does not.

use super::{Options, keys};
use api::server::audit::verify::Report;
use api::server::backup::{self, Leave, Place, Restored};
use api::server::database;
use std::path::Path;

/// What they are called with.
pub const USAGE: &str = "\
amparo backup --data DIR --to FILE
    Writes all that the ledger holds at this moment into one file, beside a running server. FILE appears when it is whole
    and was checked; one that is there is never written over. The same file serves both databases, and moves a ledger from
    one to the other. Keys are not in it: keep DIR/keys and DIR/tables elsewhere, too, and apart from it. Without the keys
    nobody opens it, which is how it may be kept.
amparo restore FILE --data DIR [--replace] [--even-so]
    Puts a backup where there is no ledger yet, in DIR or at the --database; stop the server before. --replace puts a
    ledger that is there aside, under another name. Verifies the backup first (--even-so restores one that is not as it was
    written). Another epoch begins: devices send again by themselves what the backup lacks.
amparo rebuild --data DIR
    Puts a damaged ledger file together anew, from whatever can be read of it and from the staff and devices that DIR knows;
    the damaged one is kept beside it. Where there is no file left, it begins anew with these. Another epoch begins: devices
    send again by themselves what they keep, which is what they handed in within 14 days.
";

fn place<'a>(options: &'a Options, said: Option<&'a str>) -> Result<Place<'a>, String> {
    Ok(Place { data: Path::new(options.need("data")?), said, storage: options.storage() })
}

/// Runs `amparo backup`.
pub fn backup(options: &Options) -> Result<(), String> {
    let said = options.database();
    let place = place(options, said.as_deref())?;
    let source = database::of(place.data, place.said)?;
    if !database::is_begun(&source)? {
        return Err("there is no ledger to back up".to_owned());
    }
    let saved = backup::save(&source, Path::new(options.need("to")?)).map_err(|error| error.to_string())?;
    for (table, rows) in saved.rows.iter().filter(|(_, rows)| *rows > 0) {
        println!("{table}: {rows}");
    }
    println!("{} bytes, checked.", saved.bytes);
    println!("Keys are not in it: keep {} too, apart from it.", place.data.join("keys").display());
    Ok(())
}

/// Runs `amparo restore`.
pub fn restore(words: &[String], options: &Options) -> Result<(), String> {
    let [file] = words else { return Err(format!("one FILE is to be restored\n\n{USAGE}")) };
    let said = options.database();
    let leave = Leave { replace: options.has("replace"), even_so: options.has("even-so") };
    let restored = backup::restore(Path::new(file), &place(options, said.as_deref())?, leave);
    let Restored { office, rows, report, aside, taken_over, missing } =
        restored.map_err(|error| error.to_string())?;
    let Report { entries, audit, faults, .. } = &report;
    println!("Restored {entries} entries and {audit} lines of the log; {} faults.", faults.len());
    if !rows.is_empty() {
        println!("Copied {} rows of {} tables.", rows.iter().map(|(_, rows)| rows).sum::<u64>(), rows.len());
    }
    if let Some(aside) = aside {
        println!("What was there lies in {aside}.");
    }
    say(taken_over, missing);
    keys::after_restoring(options, &office)
}

/// Runs `amparo rebuild`.
pub fn rebuild(options: &Options) -> Result<(), String> {
    let said = options.database();
    let rebuilt = backup::rebuild(&place(options, said.as_deref())?).map_err(|error| error.to_string())?;
    println!("Read {} pages, of which {} hold rows.", rebuilt.pages, rebuilt.leaves);
    for (table, rows) in &rebuilt.rows {
        println!("{table}: {rows}");
    }
    println!("Entries in the chain: {}; records: {}.", rebuilt.entries, rebuilt.records);
    if rebuilt.dropped > 0 {
        println!("{} rows were damaged or point at what is lost, and were left out.", rebuilt.dropped);
    }
    if let Some(aside) = &rebuilt.aside {
        println!("The damaged file lies in {aside}.");
    }
    say(rebuilt.taken_over, rebuilt.missing);
    keys::after_restoring(options, &rebuilt.office)
}

fn say(taken_over: backup::TakenOver, missing: u64) {
    let backup::TakenOver { people, devices, ended } = taken_over;
    if people + devices + ended > 0 {
        println!(
            "Known beside it: {people} people and {devices} devices more; {ended} were disabled or revoked since."
        );
    }
    if missing > 0 {
        println!("At least {missing} entries are missing.");
    }
    println!("The next start begins a new epoch: devices send again by themselves what is missing.");
}
