//! Sealing people, judged where they are entered: nobody seals away who speaks for a group, or everybody there is in it.

use super::fold::{Fold, Held, parent_of};
use crate::server::ledger::LedgerError;
use crate::server::rights::{SEALS_FOCAL_POINT, SEALS_ONLY_PERSON};
use domain::sealed_member::{CannotSeal, hinders, is_sealed, known_to};
use domain::{Entry, Field, Kind, Record, RecordId};
use std::collections::HashSet;

impl Fold<'_> {
    /// People whose sealing an entry states, with how many may know of each now; nobody for who is not sealed any more.
    pub(super) fn sealings(&self, entry: &Entry) -> Vec<(RecordId, usize)> {
        let known = |id| self.person(id).map(|person| known_to(person).len());
        stated(entry).filter_map(|id| Some((id, known(id)?))).collect()
    }

    /// Why an entry that is folded in may not seal whom it seals.
    pub(super) fn cannot_seal(
        &mut self,
        entry: &Entry,
        before: &[(RecordId, Option<Held>)],
    ) -> Result<Option<&'static str>, LedgerError> {
        for (person, group) in self.newly_sealed(entry, before) {
            // Without a group that is here, nobody is left who would show that there is somebody.
            let Some(id) = group else { return Ok(Some(SEALS_ONLY_PERSON)) };
            self.load(vec![id])?;
            let has_other = self.has_visible(id)?;
            let Some(group) = self.held.get(&id) else { return Ok(Some(SEALS_ONLY_PERSON)) };
            let Some(group) = &group.record else { return Ok(Some("record_damaged")) };
            match hinders(person, group, has_other) {
                None => {}
                Some(CannotSeal::SpeaksForTheGroup) => return Ok(Some(SEALS_FOCAL_POINT)),
                Some(_) => return Ok(Some(SEALS_ONLY_PERSON)),
            }
        }
        Ok(None)
    }

    /// People who are sealed by an entry that is folded in and were not before, each with their group.
    pub(super) fn newly_sealed(
        &self,
        entry: &Entry,
        before: &[(RecordId, Option<Held>)],
    ) -> Vec<(RecordId, Option<RecordId>)> {
        let was = |id: RecordId| {
            let held = before.iter().find(|(known, _)| *known == id).and_then(|(_, held)| held.as_ref());
            held.and_then(|held| held.record.as_ref()).is_some_and(is_sealed)
        };
        let sealed = stated(entry).filter(|id| !was(*id)).filter_map(|id| self.person(id));
        sealed.filter(|person| is_sealed(person)).map(|person| (person.id, parent_of(person))).collect()
    }

    /// Whether anybody of a group is there for everybody.
    fn has_visible(&self, group: RecordId) -> Result<bool, LedgerError> {
        let people = self.held.values().filter_map(|held| held.record.as_ref());
        let mut people = people.filter(|record| record.kind == Kind::INDIVIDUAL);
        if people.any(|person| parent_of(person) == Some(group) && !is_sealed(person)) {
            return Ok(true);
        }
        let visible = self.office.ledger.visible_members(group)?;
        Ok(visible.iter().any(|id| !self.held.contains_key(id)))
    }

    fn person(&self, id: RecordId) -> Option<&Record> {
        self.held.get(&id)?.record.as_ref()
    }
}

/// People about whose sealing an entry says something, each once.
fn stated(entry: &Entry) -> impl Iterator<Item = RecordId> + '_ {
    let of_people = entry.changes.iter().filter(|change| change.kind == Kind::INDIVIDUAL);
    let changes = of_people.filter(|change| change.ops.iter().any(|op| op.field == Field::SEALED_FOR));
    let mut seen = HashSet::new();
    changes.map(|change| change.record).filter(move |id| seen.insert(*id))
}
