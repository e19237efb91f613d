//! The office's own tables, as files in its data folder: `tables/NAME.csv`, laid over those that came with the
//! program. They are put beside a running server, which reads them anew when their revision has grown. Anyone may
//! ask, so an answer is made once and handed out many times.

use super::request::{Request, blocking};
use super::{keyring, log, now_ms};
use crate::ApiError;
use domain::overlay::{self, Fault, RETIRED, Row, SCOPE, Sheet, Sheets};
use seal::{OfficeTable, OfficeTables};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

/// The tables of `public/tables`, by name, as this program was built with them.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/tables.rs"));
/// Most bytes of one table of an office's.
const TABLE_LIMIT: usize = 256 * 1024;
/// Most bytes of all of them.
const LIMIT: usize = 2 * 1024 * 1024;
/// Most tables that a device may name.
const KNOWN: usize = 256;
/// Most answers kept of one revision: devices lack either nothing, or all, or what changed last.
const ANSWERS: usize = 16;
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
    /// As they were when a device asked last.
    read: Arc<Mutex<Option<Arc<Reading>>>>,
}

/// The office's tables as they are under a revision.
#[derive(Debug)]
struct Reading {
    revision: u64,
    /// Name, text and digest of each.
    tables: Vec<(&'static str, String, [u8; 16])>,
    /// Signed answers by what they hold: one bit for each table.
    answers: Mutex<BTreeMap<u128, Vec<u8>>>,
}

impl Reading {
    /// Which tables a device lacks that holds these, one bit for each.
    fn lacking(&self, known: &[(String, ByteBuf)]) -> u128 {
        let is_known = |(name, _, digest): &(&str, String, [u8; 16])| {
            known.iter().any(|(held, held_digest)| held == name && held_digest.as_slice() == digest)
        };
        let bits = self.tables.iter().zip(0_u32..);
        bits.filter(|(table, _)| !is_known(table)).fold(0, |bits, (_, at)| bits | 1 << (at % u128::BITS))
    }

    fn news(&self, lacking: u128) -> OfficeTables {
        let tables = self.tables.iter().zip(0_u32..);
        let changed = tables.filter(|(_, at)| lacking >> (at % u128::BITS) & 1 == 1);
        let changed = changed
            .map(|((name, text, _), _)| OfficeTable { name: (*name).to_owned(), text: text.clone() })
            .collect();
        OfficeTables { revision: self.revision, changed }
    }
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
        Self { data: Some(data.to_owned()), read: Arc::default() }
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
        let _lock = self.lock()?;
        self.put_locked(table, text)
    }

    /// Two who put at once must not each keep the other's codes out.
    fn lock(&self) -> io::Result<fs::File> {
        let data = self.data.as_ref().ok_or(io::ErrorKind::NotFound)?;
        keyring::lock(data)
    }

    fn put_locked(&self, table: &str, text: &str) -> Result<Put, NotPut> {
        let folder = self.folder().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let sheet = self.check(table, text)?;
        let (shipped, held) = (shipped(), self.sheets()?);
        let none = Sheet::default();
        let kept = overlay::put(table, shipped.get(table).unwrap_or(&none), held.get(table), &sheet);
        let text = kept.to_text();
        let others = held.iter().filter(|(name, _)| *name != table).map(|(_, sheet)| sheet.to_text().len());
        if text.len() > TABLE_LIMIT || others.sum::<usize>() + text.len() > LIMIT {
            return Err(NotPut::TooLarge);
        }
        keyring::write_private(&folder, &format!("{table}.csv"), text.as_bytes())?;
        // After the table: a device that asks in between asks again at the next revision.
        let revision = now_ms().max(self.revision()? + 1);
        keyring::write_private(&folder, REVISION, revision.to_string().as_bytes())?;
        Ok(Put { rows: kept.rows.len(), kept: kept.rows.len() - sheet.rows.len() })
    }

    /// Some tables as they stand: what the office put, laid over what came with the program.
    ///
    /// # Errors
    /// As [`Self::texts`].
    pub fn together(&self, names: &[&str]) -> io::Result<Sheets> {
        let (mut shipped, held) = (shipped(), self.sheets()?);
        shipped.retain(|name, _| names.contains(&name.as_str()));
        for (name, sheet) in &mut shipped {
            if let Some(own) = held.get(name) {
                *sheet = overlay::overlay(name, sheet, own, &overlay::Place::default());
            }
        }
        Ok(shipped)
    }

    /// Puts one row that applies everywhere: its cells take the place of those that stood there, empty ones take what
    /// the office said away.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn put_row(&self, table: &str, row: Row) -> Result<(), NotPut> {
        // From reading to writing: what somebody puts meanwhile would be lost.
        let _lock = self.lock()?;
        let mut sheet = self.sheets()?.remove(table).unwrap_or_default();
        for column in row.keys() {
            if !sheet.columns.contains(column) {
                sheet.columns.push(column.clone());
            }
        }
        let own = overlay::key(table, &row);
        let stands =
            sheet.rows.iter_mut().find(|held| !held.contains_key(SCOPE) && overlay::key(table, held) == own);
        let filled = |(column, cell): (String, String)| (!cell.is_empty()).then_some((column, cell));
        match stands {
            Some(stands) => {
                stands.retain(|column, _| !row.contains_key(column));
                stands.extend(row.into_iter().filter_map(filled));
            }
            None => sheet.rows.push(row.into_iter().filter_map(filled).collect()),
        }
        self.put_locked(table, &sheet.to_text()).map(|_| ())
    }

    /// Takes one code out of what is offered, everywhere. Its label stays.
    ///
    /// # Errors
    /// As [`Self::put`]; and when the table has no such code.
    pub fn retire(&self, table: &str, key: &[String]) -> Result<Put, NotPut> {
        // From reading to writing: what somebody puts meanwhile would be lost.
        let _lock = self.lock()?;
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
        self.put_locked(table, &sheet.to_text())
    }

    /// The tables as they are, read from the folder where its revision is another than last time.
    fn reading(&self) -> io::Result<Arc<Reading>> {
        // First: what is put meanwhile is then handed out under the revision before it, and again under its own.
        let revision = self.revision()?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = read.as_ref().filter(|reading| reading.revision == revision) {
            return Ok(reading.clone());
        }
        let digested = |(name, text): (&'static str, String)| {
            let digest = OfficeTables::digest(&text);
            (name, text, digest)
        };
        let tables = self.texts()?.into_iter().map(digested).collect();
        let reading = Arc::new(Reading { revision, tables, answers: Mutex::default() });
        *read = Some(reading.clone());
        Ok(reading)
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
    let reading = office.tables.reading().map_err(|error| {
        log::trouble("tables", &error);
        ApiError::Unavailable
    })?;
    let lacking = reading.lacking(known);
    if lacking != 0 {
        log::event("tables", &[("changed", u64::from(lacking.count_ones()))]);
    }
    let mut answers = reading.answers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(answer) = answers.get(&lacking) {
        return Ok(ByteBuf::from(answer.clone()));
    }
    let signed = reading.news(lacking).sign(&office.keyring.secrets.signing);
    let signed = signed.map_err(|_| ApiError::Unavailable)?;
    if answers.len() < ANSWERS {
        answers.insert(lacking, signed.clone());
    }
    Ok(ByteBuf::from(signed))
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

    #[test]
    fn the_folder_is_read_again_only_when_something_was_put_and_what_is_put_at_once_is_kept() {
        let data = std::env::temp_dir().join(format!("amparo-tables-{}", crate::server::random::<8>()[0]));
        let data = data.with_extension(now_ms().to_string());
        let cabinet = Cabinet::of(&data);
        let known = |text: &str| [("lists".to_owned(), ByteBuf::from(OfficeTables::digest(text)))];
        assert_eq!(cabinet.reading().unwrap().lacking(&[]), 0);
        let text = "list,code,label_es\nsex,X,Otro\n";
        // Put by another program, beside this one.
        Cabinet::of(&data).put("lists", text).unwrap();
        let first = cabinet.reading().unwrap();
        assert_eq!((first.lacking(&[]), first.lacking(&known(text)), first.lacking(&known(""))), (1, 0, 1));
        assert_eq!(first.news(1).changed[0].text, text);
        assert!(first.news(0).changed.is_empty());
        assert!(Arc::ptr_eq(&first, &cabinet.clone().reading().unwrap()));
        std::thread::scope(|scope| {
            for code in ["F", "M"] {
                let cabinet = &cabinet;
                scope.spawn(move || cabinet.retire("lists", &["sex".to_owned(), code.to_owned()]).unwrap());
            }
        });
        let retired = cabinet.reading().unwrap().news(1).changed[0].text.clone();
        assert_eq!(retired.lines().filter(|line| line.ends_with(",1")).count(), 2, "{retired}");
        fs::remove_dir_all(&data).unwrap();
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
