//! Which operation a site belongs to, from the same table that the app shows.

use std::collections::HashMap;

const TABLE: &str = include_str!("../../../public/tables/sites.csv");

/// The sites by code.
pub struct Sites(HashMap<&'static str, &'static str>);

impl Sites {
    /// Reads the table that the program was built with: `code,name_es,name_en,operation,admin`, nothing quoted.
    #[must_use]
    pub fn read() -> Self {
        let rows = TABLE.lines().skip(1).filter_map(|line| {
            let mut cells = line.split(',');
            Some((cells.next()?, cells.nth(2)?))
        });
        Self(rows.collect())
    }

    /// The operation of a site; `None` for a site that this version does not know.
    #[must_use]
    pub fn operation(&self, site: &str) -> Option<&'static str> {
        self.0.get(site).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_site_has_its_operation() {
        let sites = Sites::read();
        assert_eq!(sites.0.len(), 10);
        assert!(sites.0.values().all(|operation| operation.len() == 2));
        for site in ["meteti", "panama", "david"] {
            assert_eq!(sites.operation(site), Some("PA"));
        }
        assert_eq!(sites.operation("nowhere"), None);
        assert!(!TABLE.contains('"'), "the reader knows no quotes");
    }
}
