//! The same help given twice, seen when it comes in: two tablets without a line knew nothing of each other.

use super::OpenedEntry;
use super::fold::Fold;
use crate::server::ledger::LedgerError;
use crate::server::rights::Rules;
use domain::service::Brief;
use domain::service::doubles::given_before;
use domain::{Entry, Field, Kind, Record, RecordId, Value};
use std::collections::{HashMap, HashSet};

/// What the author of an accepted entry is told with the verdict.
pub const GIVEN_TWICE: &str = "given_twice";
/// Most gifts of a group that are looked at, the newest first: more than a family receives in years.
const MOST: u32 = 500;
/// Most gifts that one judging remembers, of all groups together. Beyond them it reads again what it needs.
const REMEMBERED: usize = 16 * MOST as usize;

/// Gifts of groups as the ledger has them, each group's read once in a judging.
#[derive(Default)]
pub(super) struct Gifts(HashMap<RecordId, Vec<Brief>>);

impl Gifts {
    /// Those of a group, which `read` reads where they are not remembered.
    fn of(
        &mut self,
        group: RecordId,
        read: impl FnOnce() -> Result<Vec<Brief>, LedgerError>,
    ) -> Result<&[Brief], LedgerError> {
        if !self.0.contains_key(&group) {
            let gifts = read()?;
            let remembered: usize = self.0.values().map(Vec::len).sum();
            if remembered + gifts.len() > REMEMBERED {
                self.0.clear();
            }
            self.0.insert(group, gifts);
        }
        Ok(self.0.get(&group).map(Vec::as_slice).unwrap_or_default())
    }
}

impl Fold<'_> {
    /// What the author of an entry that was folded in is told, although it is accepted; empty for nothing.
    pub(super) fn note_on(&mut self, opened: &OpenedEntry) -> Result<&'static str, LedgerError> {
        let OpenedEntry { entry, member, .. } = opened;
        if !entry.changes.iter().any(|change| change.kind == Kind::ASSISTANCE) {
            return Ok("");
        }
        let Some(standing) = self.office.standing(member) else { return Ok("") };
        let rules = self.office.rules(&standing.place)?;
        Ok(if self.gives_twice(entry, &rules)? { GIVEN_TWICE } else { "" })
    }

    /// Whether an entry that was folded in states help that reached somebody a second time, and does not say why it is
    /// given again. It counts all the same: what was given was given.
    fn gives_twice(&mut self, entry: &Entry, rules: &Rules) -> Result<bool, LedgerError> {
        let lists = rules.lists();
        for change in entry.changes.iter().filter(|change| change.kind == Kind::ASSISTANCE) {
            let record = self.held.get(&change.record).and_then(|held| held.record.as_ref());
            let Some((record, gift)) = record.and_then(|record| Some((record, Brief::of(record)?))) else {
                continue;
            };
            let explained = record.shown(Field::ASSISTANCE_AGAIN).and_then(Value::as_text);
            let is_asked = lists.again_after_days(&gift.code).is_some() || gift.follows.is_some();
            if !is_asked
                || !lists.is_delivered(&gift.state)
                || explained.is_some_and(|words| !words.trim().is_empty())
            {
                continue;
            }
            if !given_before(&self.gifts_beside(gift.record)?, &gift, lists).is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All help that the group received to which a gift belongs, as it stands here: two groups share nobody.
    fn gifts_beside(&mut self, gift: RecordId) -> Result<Vec<Brief>, LedgerError> {
        let group_of = |id| self.held.get(id).and_then(|held| held.home.group);
        let Some(group) = group_of(&gift) else { return Ok(Vec::new()) };
        let here = self.held.values().filter(|held| held.home.group == Some(group));
        let here = here.filter_map(|held| held.record.as_ref());
        let here: Vec<&Record> = here.filter(|record| record.kind == Kind::ASSISTANCE).collect();
        let known: HashSet<RecordId> = here.iter().map(|record| record.id).collect();
        let mut briefs: Vec<Brief> = here.into_iter().filter_map(Brief::of).collect();
        let office = self.office;
        let kept = self.gifts.of(group, || {
            let rows = office.ledger.records_of(group, Kind::ASSISTANCE, MOST)?;
            Ok(rows.iter().filter_map(|row| Brief::of(&office.record(row)?.0)).collect())
        })?;
        briefs.extend(kept.iter().filter(|kept| !known.contains(&kept.record)).cloned());
        Ok(briefs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gifts_of_a_group_are_read_once_and_no_more_are_remembered_than_a_bound() {
        let (mut gifts, mut reads) = (Gifts::default(), 0);
        let full = vec![Brief::default(); MOST as usize];
        for group in 0..=255 {
            for _ in 0..3 {
                let read = || {
                    reads += 1;
                    Ok(full.clone())
                };
                assert_eq!(gifts.of(RecordId([group; 16]), read).unwrap().len(), full.len());
            }
            assert!(gifts.0.values().map(Vec::len).sum::<usize>() <= REMEMBERED, "{group}");
        }
        assert_eq!(reads, 256);
        let failed = gifts.of(RecordId([7; 16]), || Err(LedgerError::Unable("a test".into())));
        assert!(failed.is_err(), "what was forgotten is read again");
    }
}
