//! Which lines count, where events were amended.

use super::Brief;
use crate::id::RecordId;
use core::hash::BuildHasherDefault;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::DefaultHasher;

/// A set that is asked for every line. Its hashes rest on nothing drawn at random.
pub type Quick = HashSet<RecordId, BuildHasherDefault<DefaultHasher>>;

/// Longest chain of amendments that is followed; nobody corrects the same thing so often.
const LONGEST: usize = 64;

/// What amends what. Few of many lines amend anything.
#[derive(Debug, Default)]
pub struct Chains {
    /// What an amendment amends.
    amends: BTreeMap<RecordId, RecordId>,
    /// Everything that no longer counts.
    superseded: Quick,
}

impl Chains {
    /// Looks through the lines once. Of several amendments of the same event, made beside each other, the newest counts.
    pub fn of<'b>(briefs: impl IntoIterator<Item = &'b Brief>) -> Chains {
        let amendments: Vec<&Brief> = briefs.into_iter().filter(|brief| brief.amends.is_some()).collect();
        let amends: BTreeMap<RecordId, RecordId> =
            amendments.iter().filter_map(|brief| Some((brief.record, brief.amends?))).collect();
        let amended: BTreeSet<RecordId> = amends.values().copied().collect();
        let mut chains = Chains { amends, superseded: Quick::default() };
        let mut newest: BTreeMap<RecordId, (bool, u64, RecordId)> = BTreeMap::new();
        for brief in &amendments {
            // One that was amended itself comes after those that were not, whatever clocks said.
            let rank = (!amended.contains(&brief.record), brief.stated_at, brief.record);
            let held = newest.entry(chains.root(brief.record)).or_insert(rank);
            *held = rank.max(*held);
        }
        let counting: BTreeSet<RecordId> = newest.values().map(|(.., record)| *record).collect();
        let all = chains.amends.keys().chain(&amended).copied();
        chains.superseded = all.filter(|record| !counting.contains(record)).collect();
        chains
    }

    /// Whether a line counts: nothing newer stands in its place.
    pub fn counts(&self, brief: &Brief) -> bool {
        self.superseded.is_empty() || !self.superseded.contains(&brief.record)
    }

    /// What counts in the place of a record; it itself, where nothing newer does.
    pub fn newest(&self, record: RecordId) -> RecordId {
        if !self.superseded.contains(&record) {
            return record;
        }
        let root = self.root(record);
        let counting =
            self.amends.keys().find(|it| !self.superseded.contains(*it) && self.root(**it) == root);
        counting.copied().unwrap_or(record)
    }

    /// Whether it counts in place of something else.
    pub fn is_amendment(&self, brief: &Brief) -> bool {
        brief.amends.is_some()
    }

    /// The event as it was recorded first: what all its amendments have in common.
    pub fn root(&self, record: RecordId) -> RecordId {
        let mut root = record;
        for _ in 0..LONGEST {
            match self.amends.get(&root) {
                Some(earlier) => root = *earlier,
                None => break,
            }
        }
        root
    }
}
