//! Which operation a site belongs to, from the same table that the app shows, with the office's own sites.

use super::log;
use super::tables::{self, Cabinet};
use domain::overlay::Row;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// The sites by code.
pub struct Sites {
    shipped: HashMap<String, &'static str>,
    cabinet: Cabinet,
    own: Mutex<Own>,
}

/// Those of the office's own, as they were at one of its changes.
#[derive(Default)]
struct Own {
    revision: u64,
    sites: HashMap<String, &'static str>,
    operations: BTreeSet<&'static str>,
}

impl Own {
    /// An operation's code. There are a few dozen in the world: each is kept once, for good.
    fn operation(&mut self, code: &str) -> &'static str {
        if let Some(known) = self.operations.get(code) {
            return known;
        }
        let code: &'static str = Box::leak(code.to_owned().into_boxed_str());
        self.operations.insert(code);
        code
    }

    fn read<'a>(&mut self, rows: impl IntoIterator<Item = &'a Row>) -> HashMap<String, &'static str> {
        let cell = |row: &Row, column: &str| row.get(column).cloned().unwrap_or_default();
        let mut sites = HashMap::new();
        for row in rows {
            // A row that says something else about a site, as its name, leaves its operation out.
            if !cell(row, "operation").is_empty() {
                sites.insert(cell(row, "code"), self.operation(&cell(row, "operation")));
            }
        }
        sites
    }
}

impl Sites {
    /// The table that the program was built with, and what an office adds to it.
    #[must_use]
    pub fn of(cabinet: Cabinet) -> Self {
        let mut own = Own::default();
        let shipped = own.read(tables::shipped().get("sites").map_or(&[][..], |sheet| &sheet.rows));
        Self { shipped, cabinet, own: Mutex::new(own) }
    }

    /// The operation of a site; `None` for a site that nobody knows.
    #[must_use]
    pub fn operation(&self, site: &str) -> Option<&'static str> {
        if let Some(operation) = self.shipped.get(site) {
            return Some(operation);
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if !own.sites.contains_key(site) {
            // It may have been added since this program looked.
            self.look(&mut own);
        }
        own.sites.get(site).copied()
    }

    /// Every operation that there is, each once.
    #[must_use]
    pub fn operations(&self) -> BTreeSet<&'static str> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        self.look(&mut own);
        self.shipped.values().chain(own.sites.values()).copied().collect()
    }

    fn look(&self, own: &mut Own) {
        let read = self.cabinet.revision().and_then(|revision| {
            let sheets = (revision != own.revision).then(|| self.cabinet.sheets()).transpose()?;
            Ok((revision, sheets))
        });
        match read {
            Ok((revision, Some(sheets))) => {
                own.sites = own.read(sheets.get("sites").map_or(&[][..], |sheet| &sheet.rows));
                own.revision = revision;
            }
            Ok((_, None)) => {}
            Err(error) => log::trouble("sites", &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_site_has_its_operation() {
        let sites = Sites::of(Cabinet::default());
        assert_eq!(sites.shipped.len(), 10);
        assert!(sites.shipped.values().all(|operation| operation.len() == 2));
        for site in ["meteti", "panama", "david"] {
            assert_eq!(sites.operation(site), Some("PA"));
        }
        assert_eq!(sites.operation("nowhere"), None);
    }
}
