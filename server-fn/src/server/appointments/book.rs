//! Who has which slot, and who wishes for one. In memory only, and followed by the order of changes: it can be made anew
//! from the records at any time, and holds no name.

use super::numbers::Numbers;
use crate::server::Office;
use crate::server::ledger::{LedgerError, RecordRow};
use domain::application::Summary;
use domain::appointment::{Day, Occupancy, Wish};
use domain::{Field, Kind, Record, RecordId, Value};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Rows that are read at a time.
const ROWS: u32 = 512;

/// What is known of one family.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its line, without its name.
    pub line: Summary,
    /// The organisation that holds it.
    pub organisation: String,
    /// What it wishes.
    pub wish: Wish,
    /// When what stands of its appointment was stated, milliseconds since 1970.
    pub since: u64,
    /// It had a slot that the office took away, and waits for another.
    pub displaced: bool,
}

/// Everybody's appointments.
#[derive(Default)]
pub struct Book {
    held: Mutex<Held>,
    /// Numbers that were written to today.
    pub(super) numbers: Numbers,
}

/// What the book holds, as far as it was followed.
#[derive(Default)]
pub struct Held {
    /// In which epoch it was followed.
    epoch: [u8; 16],
    /// The last change that was looked at.
    seq: u64,
    pub families: BTreeMap<RecordId, Family>,
    /// Days, each with the organisation that holds it.
    days: BTreeMap<RecordId, (String, Day)>,
}

impl Book {
    /// Looks into it, as everything stands now.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn with<T>(&self, office: &Office, look: impl FnOnce(&Held) -> T) -> Result<T, LedgerError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.follow(office)?;
        Ok(look(&held))
    }
}

impl Held {
    fn follow(&mut self, office: &Office) -> Result<(), LedgerError> {
        let epoch = office.ledger.look()?.epoch;
        if self.epoch != epoch {
            // Another database may lie here, with numbers of its own.
            *self = Self { epoch, ..Self::default() };
        }
        loop {
            let changed = office.ledger.appointments_changed(self.seq, ROWS)?;
            let Some(last) = changed.last() else { return Ok(()) };
            for row in &changed {
                self.take(office, row);
            }
            self.seq = last.seq;
        }
    }

    fn take(&mut self, office: &Office, row: &RecordRow) {
        // One that does not open gives nobody a slot; the log says so.
        let Some((record, _)) = office.record(row) else { return };
        let organisation = row.home.organisation.clone();
        if row.kind == Kind::AGENDA {
            match Day::of(&record) {
                Some(day) => drop(self.days.insert(record.id, (organisation, day))),
                None => drop(self.days.remove(&record.id)),
            }
        } else if let Some(family) = family(&record, organisation) {
            self.families.insert(record.id, family);
        }
    }

    /// How full all slots are.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        Occupancy::of(self.families.values().map(|family| &family.line))
    }

    /// A day.
    #[must_use]
    pub fn day(&self, id: RecordId) -> Option<&Day> {
        self.days.get(&id).map(|(_, day)| day)
    }

    /// The days of an organisation.
    pub fn days_of<'a>(&'a self, organisation: &'a str) -> impl Iterator<Item = &'a Day> {
        self.days.values().filter(move |(theirs, _)| theirs == organisation).map(|(_, day)| day)
    }
}

/// What a record says of a family's appointment.
#[must_use]
pub fn family(record: &Record, organisation: String) -> Option<Family> {
    let line = Summary { name: String::new(), ..Summary::of(record)? };
    let wish = record.shown(Field::APPLICATION_WISH).and_then(Value::as_text).and_then(Wish::from_text);
    let mut wish = wish.unwrap_or_default();
    if wish.site.is_empty() {
        wish.site.clone_from(&line.site);
    }
    let newest = record.stated(Field::APPLICATION_SLOT_STATE).max_by_key(|it| (it.at, it.entry));
    let emptied =
        |by| record.stated(Field::APPLICATION_SLOT).any(|it| it.entry == by && it.value == Value::Nothing);
    let displaced = newest.is_some_and(|it| it.value.as_text() == Some("asked") && emptied(it.entry));
    let since = newest.map_or(0, |it| it.at);
    Some(Family { line, organisation, wish, since, displaced })
}
