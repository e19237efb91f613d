//! How what is due comes into the files: behind the end of one, or all of it into a new one.

use super::file::{Due, File};
use super::keep::{self, Log};
use super::lines::{self, Line, Made, Place};
use super::look::Changes;
use super::medium::MediumError;
use super::writer::Journal;
use super::{frames, note};
use crate::rows;
use crate::tables::Table;
use seal::short_digest;
use std::collections::{BTreeMap, BTreeSet};

impl Journal {
    /// Writes what is due.
    pub(super) async fn write(&self, due: &Due) -> Result<(), MediumError> {
        let all = due.all || due.anew;
        if self.0.medium.is_none() {
            // Without files local storage is all that can be told.
            if all {
                self.count(&self.everything(Log::Letters).await?);
                self.mark().into_iter().for_each(note::write);
            }
            return Ok(());
        }
        // What the keys' file loses takes what was sealed under it out of the other one too.
        let mut anew = due.anew;
        for log in [Log::Keys, Log::Letters] {
            let changes = if all { self.everything(log).await } else { self.some(log, due).await }?;
            if log == Log::Letters && all {
                self.count(&changes);
            }
            if due.others {
                self.expect_files(log).await?;
            }
            let file = self.file(log);
            let changes: Changes =
                changes.into_iter().filter(|(place, row)| file.borrow().differs(place, row)).collect();
            let loses = changes.values().any(Option::is_none);
            let wants_anew = anew || file.borrow().wants_anew() || (log == Log::Keys && !changes.is_empty());
            anew |= log == Log::Keys && loses;
            if wants_anew {
                self.write_anew(log).await?;
            } else if !changes.is_empty() {
                self.append(log, &changes).await?;
            }
        }
        if all && let Some(mark) = self.mark() {
            note::write(mark);
        }
        Ok(())
    }

    /// Another page or the worker may have replaced the files, or removed them with what was to go and then stayed.
    async fn expect_files(&self, log: Log) -> Result<(), MediumError> {
        let medium = self.0.medium.as_ref().ok_or(MediumError::Unavailable)?;
        let names = medium.names(log.beginning()).await?;
        let is_overtaken = self.file(log).borrow().is_overtaken(&names);
        if is_overtaken { Err(MediumError::Moved) } else { Ok(()) }
    }

    /// Takes the counters out of all rows.
    fn count(&self, rows: &Changes) {
        let is_counter = |table: u8, key: &[u8]| table == Table::Counters as u8 && keep::is_seq(key);
        let counters = rows.iter().filter(|((table, key), _)| is_counter(*table, key));
        let mut held = self.0.counters.borrow_mut();
        for ((_, key), row) in counters {
            let counter = held.entry(key.clone()).or_default();
            *counter = rows::read_number(row.as_deref()).max(*counter);
        }
    }

    async fn append(&self, log: Log, changes: &Changes) -> Result<(), MediumError> {
        let medium = self.0.medium.as_ref().ok_or(MediumError::Unavailable)?;
        let Some((number, end)) = self.file(log).borrow().open else { return Err(MediumError::Moved) };
        let (mut bytes, mut tail) = (Vec::new(), end);
        let mut too_large = BTreeSet::new();
        for (place, row) in changes {
            let line = row.as_ref().map_or_else(|| Line::gone(place), |row| Line::put(place, row));
            if !frames::append(&mut bytes, &mut tail, &line.to_bytes()) {
                too_large.insert(place);
                // What it held of it is of before.
                let _ = frames::append(&mut bytes, &mut tail, &Line::gone(place).to_bytes());
            }
        }
        if let Some(mark) = self.mark() {
            // A few bytes.
            let _ = frames::append(&mut bytes, &mut tail, &Line::reached(mark).to_bytes());
        }
        medium.append(&log.name(number), end, &bytes).await?;
        let mut file = self.file(log).borrow_mut();
        file.open = Some((number, tail));
        for (place, row) in changes {
            let row = row.as_ref().filter(|_| !too_large.contains(place));
            if too_large.contains(place) {
                file.left_out.insert(place.clone());
            } else {
                file.left_out.remove(place);
            }
            let known = row.map(|row| (short_digest(row), row.len()));
            let former = match known {
                Some(known) => file.rows.insert(place.clone(), known),
                None => file.rows.remove(place),
            };
            file.dead += former.map_or(0, |(_, size)| size);
        }
        Ok(())
    }

    /// Writes a file with all rows as they are now, and then removes those before it. Where it is cut short, those before
    /// it count: it does not say that it is complete.
    async fn write_anew(&self, log: Log) -> Result<(), MediumError> {
        let medium = self.0.medium.as_ref().ok_or(MediumError::Unavailable)?;
        let rows = self.everything(log).await?;
        let rows: BTreeMap<Place, Vec<u8>> =
            rows.into_iter().filter_map(|(place, row)| Some((place, row?))).collect();
        let (number, names, unknown) = {
            let file = self.file(log).borrow();
            (file.next.max(1), file.names.clone(), file.unknown.clone())
        };
        let Made { bytes, tail, left_out } = lines::file(number, rows.iter(), self.mark(), &unknown);
        let name = log.name(number);
        medium.replace(&name, &bytes, &names).await?;
        let held = rows.into_iter().filter(|(place, _)| !left_out.contains(place));
        *self.file(log).borrow_mut() = File {
            names: vec![name],
            next: number.saturating_add(1),
            open: Some((number, tail)),
            rows: held.map(|(place, row)| (place, (short_digest(&row), row.len()))).collect(),
            dead: 0,
            unknown,
            left_out,
        };
        Ok(())
    }
}
