//! Rows and their keys: which key is known by which number, which rows lie under which, and sealing them anew.

use super::files;
use super::storage::{FIRST, LATER};
use crate::server::ledger::{LedgerError, SealedRow};
use crate::server::{Office, Table, log, now_ms, rng};
use domain::id::hex;
use seal::Place;
use seal::locker::{FIRST_KEY, key_of};
use std::collections::BTreeMap;
use std::path::Path;

/// Place of the value by which the first key is known again.
const CHECK: &[u8] = b"storage";

/// How far sealing anew has come.
#[derive(Default)]
pub(super) struct Pass {
    table: usize,
    after: Vec<u8>,
    /// Rows sealed anew.
    pub written: u64,
    /// Rows that do not open, and stay as they are.
    pub stuck: u64,
}

/// Says that no row lies under another key than this one.
fn alone(newest: u16) -> String {
    format!("storage-key {newest} alone")
}

impl Office {
    /// With another storage key nothing would open, and what is written would open under neither alone. Each key is
    /// known again by its number from the first time on.
    pub(in crate::server) fn check_keys(&self) -> Result<(), String> {
        let words = |error: &dyn core::fmt::Display| error.to_string();
        let fresh = self.seal(Table::KeyCheck, CHECK, 1, b"amparo").map_err(|error| words(&error))?;
        let kept = self.ledger.key_check(fresh).map_err(|error| words(&error))?;
        let number = key_of(&kept).map_err(|error| words(&error))?;
        if !self.locker.numbers().contains(&number) {
            return Err(format!(
                "storage key number {number} is missing, and nothing else opens this database"
            ));
        }
        let other = |number: u16| {
            let name = if number == FIRST_KEY { FIRST.to_owned() } else { format!("{LATER}/{number}.key") };
            format!("{name} is not the key of this database: put back the one that was made with it")
        };
        self.unseal(Table::KeyCheck, CHECK, &kept).map_err(|_| other(number))?;
        for (number, check) in self.locker.checks().map_err(|error| words(&error))? {
            let (name, whole) = (format!("storage-key {number}"), format!("storage-key {number} {check}"));
            let marked = |name: &str| self.ledger.is_marked(name).map_err(|error| words(&error));
            if marked(&whole)? {
                continue;
            }
            if marked(&name)? {
                return Err(other(number));
            }
            for name in [whole, name] {
                self.ledger.mark(&name, now_ms()).map_err(|error| words(&error))?;
            }
        }
        Ok(())
    }

    /// Takes up keys that were changed in the folder meanwhile.
    ///
    /// # Errors
    /// In words; whatever could not be taken up is as it was then.
    pub fn take_up_keys(&self) -> Result<(), String> {
        let pair = self.keyring.refresh();
        let storage = self.locker.refresh();
        pair.map_err(|error| format!("the server's keys: {error}"))?;
        storage.map_err(|error| format!("the storage keys: {error}"))?;
        self.check_keys()
    }

    /// How many rows lie sealed under which storage key.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn rows_by_key(&self) -> Result<BTreeMap<u16, u64>, LedgerError> {
        let mut found = BTreeMap::new();
        for table in self.ledger.sealed_tables() {
            let mut after = Vec::new();
            loop {
                let rows = self.ledger.sealed_rows(*table, &after, 256)?;
                let Some(last) = rows.last() else { break };
                after.clone_from(&last.key);
                for row in &rows {
                    // Of a form that is not known here: under no key that may go.
                    *found.entry(key_of(&row.sealed).unwrap_or(0)).or_default() += 1;
                }
            }
        }
        Ok(found)
    }

    /// Numbers of the storage keys, the one that seals last.
    #[must_use]
    pub fn storage_keys(&self) -> Vec<u16> {
        self.locker.numbers()
    }

    /// Gives up the storage keys before the newest one, once nothing lies under them: their files are removed. With
    /// `out` they are first written there, for backups from before. Gives their numbers.
    ///
    /// # Errors
    /// In words, when rows may still lie under them. Nothing was removed then.
    pub fn retire_storage(&self, out: Option<&Path>) -> Result<Vec<u16>, String> {
        let folder = self.keyring.folder();
        let _lock = files::lock(folder.parent().unwrap_or(folder)).map_err(|error| error.to_string())?;
        let held = super::storage::in_files(folder).map_err(|error| error.to_string())?;
        let newest = self.locker.newest();
        let former: Vec<u16> = held.keys().copied().filter(|number| *number < newest).collect();
        if former.is_empty() {
            return Err("there is no former storage key in the folder of keys".into());
        }
        let rows = self.rows_by_key().map_err(|error| error.to_string())?;
        let left: u64 = rows.iter().filter(|(number, _)| **number != newest).map(|(_, rows)| rows).sum();
        let settled = self.ledger.is_marked(&alone(newest)).map_err(|error| error.to_string())?;
        if left > 0 || !settled {
            return Err(format!(
                "{left} rows still lie under a former storage key, or may: the running server seals them anew by \
                 itself and says storage_key_may_go in its log when that is done. Nothing was removed"
            ));
        }
        if let Some(out) = out {
            let lines = former.iter().filter_map(|number| Some((number, held.get(number)?)));
            let text: String = lines.map(|(number, key)| format!("{number}:{}\n", hex(&key[..]))).collect();
            files::write_new(out, zeroize::Zeroizing::new(text).as_bytes())
                .map_err(|error| format!("{}: {error}", out.display()))?;
        }
        for number in &former {
            let removed = match *number {
                FIRST_KEY => files::remove(folder, FIRST),
                number => files::remove(&folder.join(LATER), &format!("{number}.key")),
            };
            removed.map_err(|error| format!("storage key number {number} cannot be removed: {error}"))?;
        }
        super::tell(folder).map_err(|error| error.to_string())?;
        Ok(former)
    }

    /// Whether all rows are known to lie under the newest storage key.
    pub(super) fn is_settled(&self) -> Result<bool, LedgerError> {
        Ok(self.locker.numbers().len() < 2 || self.ledger.is_marked(&alone(self.locker.newest()))?)
    }

    /// Notes that all rows lie under the newest storage key.
    pub(super) fn settle_storage(&self) -> Result<(), LedgerError> {
        let newest = self.locker.newest();
        self.ledger.mark(&alone(newest), now_ms())?;
        log::event("storage_key_may_go", &[("newest", u64::from(newest))]);
        Ok(())
    }

    /// Seals some rows anew that lie under former storage keys. `false` when the pass is over.
    ///
    /// Each step is one transaction and changes only rows that lie as they were read: cut off anywhere, every row opens.
    pub(super) fn reseal_some(&self, pass: &mut Pass, limit: u32) -> Result<bool, LedgerError> {
        let Some(table) = self.ledger.sealed_tables().get(pass.table).copied() else { return Ok(false) };
        let rows = self.ledger.sealed_rows(table, &pass.after, limit)?;
        let Some(last) = rows.last().map(|row| row.key.clone()) else {
            pass.table += 1;
            pass.after.clear();
            return Ok(true);
        };
        let (newest, mut anew) = (self.locker.newest(), Vec::new());
        for row in rows {
            if key_of(&row.sealed) == Ok(newest) {
                continue;
            }
            match self.sealed_anew(table, &row) {
                Some(sealed) => anew.push((row, sealed)),
                None => pass.stuck += 1,
            }
        }
        if !anew.is_empty() {
            pass.written += anew.len() as u64;
            self.ledger.reseal(table, anew)?;
        }
        pass.after = last;
        Ok(true)
    }

    fn sealed_anew(&self, table: u8, row: &SealedRow) -> Option<Vec<u8>> {
        let place = Place { table, key: &row.key };
        let (version, plain) = self.locker.open(place, &row.sealed).ok()?;
        self.locker.seal(&mut rng(), place, version, &zeroize::Zeroizing::new(plain)).ok()
    }
}
