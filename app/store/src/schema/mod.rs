//! Versions of the database `vault`. A released one is never edited; the next file adds to it.

pub mod v1;
pub mod v2;

/// What each version adds, the first one first.
const VERSIONS: [&[&str]; 2] = [&v1::STORES, &v2::STORES];

/// The version this program works with.
#[cfg(target_arch = "wasm32")]
pub const VERSION: u32 = VERSIONS.len() as u32;

/// The object stores that a database of an older version lacks; all of them for one of version 0, which is none.
pub fn added_since(old: u32) -> impl Iterator<Item = &'static str> {
    VERSIONS.into_iter().skip(old as usize).flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Table;

    #[test]
    fn every_table_has_its_store() {
        let tables: Vec<_> = Table::ALL.iter().map(|table| table.name()).collect();
        assert_eq!(tables, added_since(0).collect::<Vec<_>>());
    }

    #[test]
    fn a_database_of_any_version_gets_what_it_lacks_and_nothing_twice() {
        assert_eq!(added_since(1).collect::<Vec<_>>(), ["chunks", "chunks_due"]);
        assert_eq!(added_since(2).count(), 0);
        // One of a later version is not opened at all.
        assert_eq!(added_since(9).count(), 0);
    }
}
