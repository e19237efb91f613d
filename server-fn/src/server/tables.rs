//! The office's own tables, as files in its data folder: `tables/NAME.csv`, laid over those that came with the
//! program. They are put beside a running server, which reads them anew each time a device asks.

use super::request::{Request, blocking};
use super::{keyring, log, now_ms};
use crate::ApiError;
use domain::overlay::{self, Fault, RETIRED, Row, SCOPE, Sheet, Sheets};
use seal::{OfficeTable, OfficeTables};
use serde_bytes::ByteBuf;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The tables of `public/tables`, by name, as this program was built with them.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/tables.rs"));
/// Most bytes of one table of an office's.
const TABLE_LIMIT: usize = 256 * 1024;
/// Most bytes of all of them.
const LIMIT: usize = 2 * 1024 * 1024;
/// Most tables that a device may name.
const KNOWN: usize = 256;
/// Says how often the office has changed something, in a way that only grows.
const REVISION: &str = "revision";

/// The tables that came with this program.
#[must_use]
pub fn shipped() -> Sheets {
    SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), Sheet::read(text))).collect()
}

/// Where an office's own tables lie.
#[derive(Clone, Debug, Default)]
pub struct Cabinet {
    data: Option<PathBuf>,
}

/// What a table holds after it was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// Rows, with those kept.
    pub rows: usize,
    /// Rows that the new file lacks and that were kept, retired: records hold their codes.
    pub kept: usize,
}

/// Why a table was not put. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotPut {
    /// It is not in order.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<Fault>),
    /// It is too large.
    #[error("at most {} KiB a table, and {} KiB in all", TABLE_LIMIT / 1024, LIMIT / 1024)]
    TooLarge,
    /// The folder cannot be read or written.
    #[error("the folder of tables: {0}")]
    Folder(#[from] io::Error),
}

impl Cabinet {
    /// The tables in an office's data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { data: Some(data.to_owned()) }
    }

    /// What the office has put, as text, by name.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn texts(&self) -> io::Result<Vec<(&'static str, String)>> {
        let Some(folder) = self.folder() else { return Ok(Vec::new()) };
        let read = |(name, _): &(&'static str, &str)| {
            let text = found(fs::read_to_string(folder.join(format!("{name}.csv")))).transpose()?;
            Some(text.map(|text| (*name, text)))
        };
        SHIPPED.iter().filter_map(read).collect()
    }

    /// The same as sheets.
    ///
    /// # Errors
    /// As [`Self::texts`].
    pub fn sheets(&self) -> io::Result<Sheets> {
        Ok(self.texts()?.into_iter().map(|(name, text)| (name.to_owned(), Sheet::read(&text))).collect())
    }

    /// Checks a file for a table, and changes nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, table: &str, text: &str) -> Result<Sheet, NotPut> {
        if text.len() > TABLE_LIMIT {
            return Err(NotPut::TooLarge);
        }
        overlay::check(table, text, &shipped(), &self.sheets()?).map_err(NotPut::Faults)
    }

    /// Puts a file for a table, whole or not at all. Codes of the office's own that it lacks stay, retired.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn put(&self, table: &str, text: &str) -> Result<Put, NotPut> {
        let Some(data) = &self.data else { return Err(io::Error::from(io::ErrorKind::NotFound).into()) };
        // Two who put at once must not each keep the other's codes out.
        let _lock = keyring::lock(data)?;
        let sheet = self.check(table, text)?;
        let (shipped, held) = (shipped(), self.sheets()?);
        let none = Sheet::default();
        let kept = overlay::put(table, shipped.get(table).unwrap_or(&none), held.get(table), &sheet);
        let text = kept.to_text();
        let others = held.iter().filter(|(name, _)| *name != table).map(|(_, sheet)| sheet.to_text().len());
        if text.len() > TABLE_LIMIT || others.sum::<usize>() + text.len() > LIMIT {
            return Err(NotPut::TooLarge);
        }
        let folder = data.join("tables");
        keyring::write_private(&folder, &format!("{table}.csv"), text.as_bytes())?;
        // After the table: a device that asks in between asks again at the next revision.
        let revision = now_ms().max(self.revision()? + 1);
        keyring::write_private(&folder, REVISION, revision.to_string().as_bytes())?;
        Ok(Put { rows: kept.rows.len(), kept: kept.rows.len() - sheet.rows.len() })
    }

    /// Takes one code out of what is offered, everywhere. Its label stays.
    ///
    /// # Errors
    /// As [`Self::put`]; and when the table has no such code.
    pub fn retire(&self, table: &str, key: &[String]) -> Result<Put, NotPut> {
        let (shipped, mut held) = (shipped(), self.sheets()?);
        let mut sheet = held.remove(table).unwrap_or_default();
        let columns = overlay::key_columns(table);
        for column in columns.iter().copied().chain([RETIRED]) {
            if !sheet.columns.iter().any(|known| known == column) {
                sheet.columns.push(column.to_owned());
            }
        }
        let rows: Vec<&mut Row> =
            sheet.rows.iter_mut().filter(|row| overlay::key(table, row) == key).collect();
        let is_known = !rows.is_empty();
        let mut everywhere = false;
        for row in rows {
            everywhere |= !row.contains_key(SCOPE);
            row.insert(RETIRED.to_owned(), "1".to_owned());
        }
        let of_app = shipped
            .get(table)
            .is_some_and(|sheet| sheet.rows.iter().any(|row| overlay::key(table, row) == key));
        if !is_known && !of_app {
            let wrong = overlay::Wrong::NotUnderstood(key.join(" "));
            let column = columns.last().copied().unwrap_or_default().to_owned();
            return Err(NotPut::Faults(vec![Fault { line: 0, column, wrong }]));
        }
        if !everywhere && of_app {
            let cells = columns.iter().copied().zip(key.iter().cloned()).chain([(RETIRED, "1".to_owned())]);
            sheet.rows.push(cells.map(|(column, cell)| (column.to_owned(), cell)).collect());
        }
        self.put(table, &sheet.to_text())
    }

    /// What a device lacks that holds these.
    ///
    /// # Errors
    /// As [`Self::texts`].
    pub fn news(&self, known: &[(String, ByteBuf)]) -> io::Result<OfficeTables> {
        // First: what is put meanwhile is then handed out under the revision before it, and again under its own.
        let revision = self.revision()?;
        let is_known = |name: &str, text: &str| {
            let digest = OfficeTables::digest(text);
            known.iter().any(|(held, held_digest)| held == name && held_digest.as_slice() == digest)
        };
        let changed = self.texts()?.into_iter().filter(|(name, text)| !is_known(name, text));
        let changed = changed.map(|(name, text)| OfficeTable { name: name.to_owned(), text }).collect();
        Ok(OfficeTables { revision, changed })
    }

    fn folder(&self) -> Option<PathBuf> {
        self.data.as_ref().map(|data| data.join("tables"))
    }

    /// Grows with each change.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn revision(&self) -> io::Result<u64> {
        let Some(folder) = self.folder() else { return Ok(0) };
        let text = found(fs::read_to_string(folder.join(REVISION)))?.unwrap_or_default();
        Ok(text.trim().parse().unwrap_or(0))
    }
}

fn found<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Body of `api::office_tables`.
///
/// # Errors
/// As there.
pub async fn office_tables(known: Vec<(String, ByteBuf)>) -> Result<ByteBuf, ApiError> {
    if known.len() > KNOWN {
        return Err(ApiError::Malformed);
    }
    blocking(move |current| answer(current, &known)).await
}

fn answer(current: &Request, known: &[(String, ByteBuf)]) -> Result<ByteBuf, ApiError> {
    let office = &current.office;
    let news = office.tables.news(known).map_err(|error| {
        log::trouble("tables", &error);
        ApiError::Unavailable
    })?;
    if !news.changed.is_empty() {
        log::event("tables", &[("changed", news.changed.len() as u64)]);
    }
    news.sign(&office.keyring.secrets.signing).map(ByteBuf::from).map_err(|_| ApiError::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_project_is_shipped_and_its_keys_are_unique() {
        let sheets = shipped();
        assert!(sheets.len() >= 7 && sheets.contains_key("fields"));
        for (name, sheet) in sheets {
            let keys: std::collections::BTreeSet<_> =
                sheet.rows.iter().map(|row| overlay::key(&name, row)).collect();
            assert_eq!(keys.len(), sheet.rows.len(), "{name}: two rows have one key");
            for column in overlay::key_columns(&name) {
                assert!(sheet.columns.iter().any(|known| known == column), "{name} lacks {column}");
            }
        }
    }

    /// Laid over itself, the app's table is in order: nobody who begins with a copy of it is refused.
    #[test]
    fn every_shipped_table_passes_the_check() {
        let sheets = shipped();
        for (name, text) in SHIPPED {
            if let Err(faults) = overlay::check(name, text, &sheets, &Sheets::new()) {
                panic!("{name}: {}", NotPut::Faults(faults));
            }
        }
    }
}
