//! `amparo keys`: the root, the server's pairs, the storage keys.

use crate::Options;
use api::server::audit::{AuditEvent, What};
use api::server::keyring::{self, Installed, printed};
use api::server::{Office, database, now_ms};
use std::fs;
use std::path::Path;

pub const USAGE: &str = "\
amparo keys [show] --data DIR
    Prints the root's fingerprint, to be compared with what a device shows, and how long which keys are valid.
amparo keys renew --data DIR
    Lets a new pair of server keys take over, where the root lies in the folder. A running server does that by itself
    every 31 days.
amparo keys root new --out FILE
amparo keys root move --data DIR --out FILE
    Makes a root key on a machine without a line, or takes the one of a folder out of it. Keep the file offline, twice,
    in two places: whoever has it can pretend to be this server, and without it no new keys are possible.
amparo keys request --data DIR --out FILE
amparo keys sign --root FILE --request FILE --out FILE [--days N]
amparo keys install FILE --data DIR [--fingerprint \"XXXX XXXX ...\"]
    The same where the root is offline: the server makes a pair and writes a request (no secret is in it), the machine
    with the root signs it for 31 days and two weeks of grace, the server takes it up. A folder without a root believes
    the one whose fingerprint is said with --fingerprint, for ever.
amparo keys rotate-storage --data DIR
amparo keys retire-storage --data DIR [--out FILE]
    Lets a new storage key seal rows; the running server then seals all others anew. When nothing lies under the former
    key any more (storage_key_may_go in the log), `retire-storage` removes it; --out keeps it for older backups.

    Storage keys lie in DIR/keys, or come from AMPARO_STORAGE_KEY (hexadecimal or base64; several as \"2:... 1:...\")
    or from a command that prints them: --storage-key-command COMMAND or AMPARO_STORAGE_KEY_COMMAND.
    All of this works beside a running server, which takes it up within seconds.
";

/// What follows the words `amparo keys`.
pub fn run(words: &[String], options: &Options) -> Result<(), String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["show"] => show(options),
        ["renew"] => {
            let installed = keyring::renew(data(options)?)?;
            note(options, "renewed")?;
            installed_says(&installed);
            Ok(())
        }
        ["root", "new"] => {
            let fingerprint = keyring::new_root(Path::new(options.need("out")?))?;
            println!("Root {}", printed(&fingerprint));
            Ok(())
        }
        ["root", "move"] => {
            let fingerprint = keyring::move_root(data(options)?, Path::new(options.need("out")?))?;
            note(options, "root_moved")?;
            println!("Root {}", printed(&fingerprint));
            println!(
                "The folder holds only its public half now. Keep the file offline, twice, in two places."
            );
            Ok(())
        }
        ["request"] => {
            let request = keyring::request(data(options)?)?;
            write(options.need("out")?, &request.bytes)?;
            println!("Request {}", request.short);
            Ok(())
        }
        ["sign"] => sign(options),
        ["install", file] => {
            let signed = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
            let installed = keyring::install(data(options)?, &signed, options.get("fingerprint"))?;
            note(options, "installed")?;
            installed_says(&installed);
            Ok(())
        }
        ["rotate-storage"] => {
            let number = keyring::rotate_storage(data(options)?, &options.storage())?;
            note(options, "storage_rotated")?;
            println!("Storage key number {number} seals from now on.");
            Ok(())
        }
        ["retire-storage"] => {
            let office = options.office()?;
            let retired = office.retire_storage(options.get("out").map(Path::new))?;
            told(&office, "storage_retired");
            let retired: Vec<String> = retired.iter().map(u16::to_string).collect();
            println!("Removed storage keys: {}", retired.join(", "));
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    }
}

/// The folder of keys may be an older one too, and devices believe no keys that are older than those they heard of.
pub fn after_restoring(options: &Options, office: &Office) -> Result<(), String> {
    if office.keyring().holds_root() {
        installed_says(&keyring::renew(data(options)?)?);
        told(office, "renewed");
    } else {
        println!("If the folder of keys was restored too, ask the root for a new pair: amparo keys request");
    }
    Ok(())
}

fn data(options: &Options) -> Result<&Path, String> {
    options.need("data").map(Path::new)
}

fn show(options: &Options) -> Result<(), String> {
    let office = options.office()?;
    let keys = office.keyring();
    println!("Root {}", keys.printed());
    println!("Root in full {}", domain::id::hex(&keys.fingerprint));
    println!("Root key: {}", if keys.holds_root() { "in this folder" } else { "offline" });
    println!("Server keys: valid for {}", days(keys.until));
    let others = keys.other_pairs().map_err(|error| error.to_string())?;
    println!("Other pairs, former ones or waiting for the root: {others}");
    let rows = office.rows_by_key().map_err(|error| error.to_string())?;
    for number in office.storage_keys() {
        let rows = rows.get(&number).copied().unwrap_or(0);
        let seals = if office.storage_keys().last() == Some(&number) { ", seals" } else { "" };
        println!("Storage key {number}: {rows} rows{seals}");
    }
    Ok(())
}

fn sign(options: &Options) -> Result<(), String> {
    let days = options.get("days").map(str::parse).transpose().map_err(|_| "the days are no number")?;
    let file = options.need("request")?;
    let request = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    println!("Request {}", keyring::signed_request(&request)?);
    let (granted, _) = keyring::grant(Path::new(options.need("root")?), &request, days)?;
    write(options.need("out")?, &granted.to_bytes())?;
    println!("Signed, valid for {}", self::days(granted.until));
    Ok(())
}

fn installed_says(installed: &Installed) {
    println!("Root {}", printed(&installed.fingerprint));
    println!("The new keys are in use, valid for {}", days(installed.until));
}

fn days(until: u64) -> String {
    match until.saturating_sub(now_ms()) / (24 * 60 * 60 * 1000) {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// A public file; nothing that is there is written over.
fn write(file: &str, bytes: &[u8]) -> Result<(), String> {
    use std::io::Write as _;
    let written =
        fs::File::create_new(file).and_then(|mut out| out.write_all(bytes).and_then(|()| out.sync_all()));
    written.map_err(|error| format!("{file}: {error}"))
}

/// Writes into the log of deeds what was done, where there is a database already.
fn note(options: &Options, what: &str) -> Result<(), String> {
    if database::is_begun_at(data(options)?, options.database().as_deref())? {
        told(&options.office()?, what);
    }
    Ok(())
}

fn told(office: &Office, what: &str) {
    office.told(AuditEvent::of(What::KeysChanged).because(what));
}
