//! By what people are found who are registered elsewhere. In memory only, for each operation from the first question
//! on, and followed by the order of changes. Nothing here decides who may learn of whom: what is found is looked at
//! again in the ledger, as it stands at that moment.

use crate::ApiError;
use crate::server::ledger::RecordRow;
use crate::server::{Office, judge, tables};
use domain::elsewhere::{Known, Sought, Sure, numbers_of};
use domain::overlay::{RETIRED, Row};
use domain::{Kind, RecordId, ShortForms, sealed_member};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are read at a time.
const ROWS: u32 = 1_024;

/// The indexes of all operations.
#[derive(Default)]
pub struct Indexes {
    operations: Mutex<BTreeMap<String, Arc<Mutex<Index>>>>,
    forms: Mutex<Option<(u64, Arc<ShortForms>)>>,
}

/// The people of one operation.
#[derive(Default)]
struct Index {
    /// In which epoch it was followed.
    epoch: [u8; 16],
    /// The last change that was looked at.
    seq: u64,
    people: BTreeMap<RecordId, Known>,
    /// Numbers of each document, with whose it is.
    papers: BTreeMap<RecordId, (RecordId, Vec<String>)>,
    papers_of: BTreeMap<RecordId, BTreeSet<RecordId>>,
}

impl Indexes {
    /// People of an operation who may be meant, the surest first.
    pub fn find(
        &self,
        office: &Office,
        operation: &str,
        sought: &Sought,
    ) -> Result<Vec<(Sure, RecordId)>, ApiError> {
        let forms = self.forms(office);
        let index = {
            let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(operations.entry(operation.to_owned()).or_default())
        };
        let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
        index.follow(office, operation)?;
        // Everybody is looked at, so that it takes as long whoever is found.
        let mut found: Vec<(Sure, RecordId)> = index
            .people
            .iter()
            .filter_map(|(id, known)| Some((sought.meets(known, index.numbers(*id), &forms)?, *id)))
            .collect();
        found.sort();
        Ok(found)
    }

    /// Short forms of names as the office has them now.
    fn forms(&self, office: &Office) -> Arc<ShortForms> {
        let revision = office.tables.revision().unwrap_or_default();
        let mut held = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, forms)) = held.as_ref().filter(|(of, _)| *of == revision) {
            return Arc::clone(forms);
        }
        let cell = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
        let own = office.tables.sheets().unwrap_or_default();
        let sheets = [tables::shipped(), own];
        let rows = sheets.iter().filter_map(|sheets| sheets.get("short_names")).flat_map(|sheet| &sheet.rows);
        let rows = rows.filter(|row| cell(row, RETIRED) != "1");
        let pairs: Vec<_> = rows.map(|row| (cell(row, "form"), cell(row, "name"))).collect();
        let forms = Arc::new(ShortForms::of(pairs.iter().map(|(form, name)| (form.as_str(), name.as_str()))));
        *held = Some((revision, Arc::clone(&forms)));
        forms
    }
}

impl Index {
    /// Takes in what changed since it was last asked.
    fn follow(&mut self, office: &Office, operation: &str) -> Result<(), ApiError> {
        let epoch = office.ledger.look()?.epoch;
        if self.epoch != epoch {
            // Another database may lie here, with numbers of its own.
            *self = Self { epoch, ..Self::default() };
        }
        loop {
            let changed = office.ledger.people_changed(operation, self.seq, ROWS)?;
            let Some(last) = changed.last() else { return Ok(()) };
            changed.iter().for_each(|row| self.take(office, row));
            self.seq = last.seq;
        }
    }

    fn take(&mut self, office: &Office, row: &RecordRow) {
        // One that does not open is not found; the log says so.
        let Some((record, _)) = office.record(row) else { return };
        if row.kind == Kind::INDIVIDUAL {
            if !row.home.sealed_for.is_empty() || sealed_member::is_sealed(&record) {
                self.people.remove(&record.id);
            } else {
                self.people.insert(record.id, Known::of(&record));
            }
            return;
        }
        if let Some((holder, _)) = self.papers.remove(&record.id)
            && let Some(papers) = self.papers_of.get_mut(&holder)
        {
            papers.remove(&record.id);
        }
        if let Some(holder) = judge::parent_of(&record) {
            self.papers.insert(record.id, (holder, numbers_of(&record)));
            self.papers_of.entry(holder).or_default().insert(record.id);
        }
    }

    fn numbers(&self, person: RecordId) -> impl Iterator<Item = &String> {
        let papers = self.papers_of.get(&person).into_iter().flatten();
        papers.filter_map(|paper| self.papers.get(paper)).flat_map(|(_, numbers)| numbers)
    }
}
