//! Versions of the databases: `vault` with `practice`, and `applicant`. A released one is never edited; the next file
//! adds to it.

mod applicant_v1;
pub mod v1;
pub mod v2;

use crate::database::Home;

/// What each version of `vault` adds, the first one first.
const VERSIONS: [&[&str]; 2] = [&v1::STORES, &v2::STORES];
/// What each version of `applicant` adds.
const APPLICANT: [&[&str]; 1] = [&applicant_v1::STORES];

fn versions(home: Home) -> &'static [&'static [&'static str]] {
    match home {
        Home::Vault | Home::Practice => &VERSIONS,
        Home::Applicant => &APPLICANT,
    }
}

/// The version of a database that this program works with.
#[cfg(target_arch = "wasm32")]
pub fn version(home: Home) -> u32 {
    versions(home).len() as u32
}

/// Whether a database with these object stores holds none of those that ours have had from the first: somebody else had it
/// made, and nothing of anybody can lie in it.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // In memory nobody else makes any.
pub fn is_bare(home: Home, mut stores: impl Iterator<Item = String>) -> bool {
    let first = versions(home).first().copied().unwrap_or_default();
    !stores.any(|store| first.contains(&store.as_str()))
}

/// The object stores that a database of an older version lacks; all of them for one of version 0, which is none.
pub fn added_since(home: Home, old: u32) -> impl Iterator<Item = &'static str> {
    versions(home).iter().skip(old as usize).copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Table;

    #[test]
    fn every_table_has_its_store() {
        let tables: Vec<_> = Table::ALL.iter().map(|table| table.name()).collect();
        let stores = [Home::Vault, Home::Applicant].into_iter().flat_map(|home| added_since(home, 0));
        assert_eq!(tables, stores.collect::<Vec<_>>());
    }

    #[test]
    fn a_database_of_any_version_gets_what_it_lacks_and_nothing_twice() {
        assert_eq!(added_since(Home::Vault, 1).collect::<Vec<_>>(), ["chunks", "chunks_due"]);
        assert_eq!(added_since(Home::Vault, 2).count(), 0);
        // One of a later version is not opened at all.
        assert_eq!(added_since(Home::Vault, 9).count(), 0);
    }

    #[test]
    fn a_database_that_a_browser_made_of_itself_is_told_from_one_of_any_version_of_ours() {
        let bare = |home, stores: &[&str]| is_bare(home, stores.iter().map(|name| (*name).to_owned()));
        assert!(bare(Home::Vault, &[]), "opened with no version, it is made empty");
        assert!(bare(Home::Vault, &v2::STORES), "and was then brought to the second");
        assert!(!bare(Home::Vault, &v1::STORES));
        assert!(!bare(Home::Vault, &["outbox"]), "one store alone may hold what waits");
        assert!(!bare(Home::Applicant, &applicant_v1::STORES));
    }
}
