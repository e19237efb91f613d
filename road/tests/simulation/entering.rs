//! Entering what was judged, whole or not at all, and giving it its numbers.

use crate::bugs::Bug;
use crate::ledger::{Batch, Departure, Fate, Ledger, Moved, Row};
use domain::RecordId;
use road::server::{State, is_open};
use std::collections::VecDeque;

impl Ledger {
    /// Writes what judging came to, whole or not at all.
    pub fn enter(&mut self, batch: &Batch, bug: Option<Bug>) -> Result<(), Moved> {
        let is_known = batch.entries.iter().any(|(id, _)| self.entries.contains_key(id));
        let has_moved = batch
            .rows
            .iter()
            .any(|(id, row)| self.records.get(id).map_or(0, |held| held.revision) != row.revision);
        if (is_known && bug != Some(Bug::DuplicateAppliedTwice))
            || (has_moved && bug != Some(Bug::LostUpdate))
        {
            return Err(Moved);
        }
        for (id, digest) in &batch.entries {
            self.entries.insert(*id, *digest);
            let before = self.chain.last().copied().unwrap_or_default();
            self.chain.push(crate::chance::scatter(before ^ *digest));
        }
        let mut seq = batch.first.unwrap_or(self.newest);
        let mut left: Vec<(RecordId, usize)> = Vec::new();
        let mut work: VecDeque<RecordId> = VecDeque::new();
        for (id, row) in &batch.rows {
            seq += 1;
            if let Some(held) = self.records.get(id) {
                self.by_seq.remove(&held.seq);
                if held.organisation != row.organisation {
                    left.push((*id, held.organisation));
                }
            }
            let row = Row { revision: row.revision + 1, seq, ..row.clone() };
            self.by_seq.insert(seq, *id);
            self.records.insert(*id, row);
            work.push_back(*id);
        }
        // What hangs on something that came, or went elsewhere, goes along.
        while let Some(above) = work.pop_front() {
            let organisation = self.records[&above].organisation;
            let below: Vec<RecordId> = self
                .records
                .iter()
                .filter(|(_, row)| row.parent == Some(above) && row.organisation != organisation)
                .map(|(id, _)| *id)
                .collect();
            for id in below {
                seq += 1;
                let Some(row) = self.records.get_mut(&id) else { continue };
                left.push((id, row.organisation));
                self.by_seq.remove(&row.seq);
                (row.organisation, row.seq) = (organisation, seq);
                self.by_seq.insert(seq, id);
                work.push_back(id);
            }
        }
        for (record, organisation) in left {
            seq += 1;
            self.departures.push(Departure { seq, record, organisation });
            seq += 1;
            let Some(row) = self.records.get_mut(&record) else { continue };
            self.by_seq.remove(&row.seq);
            row.seq = seq;
            self.by_seq.insert(seq, record);
        }
        self.newest = self.newest.max(seq);
        for (id, state, text) in &batch.drafts {
            let held = self.drafts.get(id);
            if held.is_none_or(|(held, _)| state.is_newer_than(held)) || bug == Some(Bug::OldDraftBeatsNew) {
                self.drafts.insert(*id, (*state, *text));
            }
        }
        for (seq, fate) in &batch.fates {
            let Some(kept) = self.envelopes.get_mut(seq) else { continue };
            if !is_open(kept.state, kept.reason) {
                continue;
            }
            match fate {
                Fate::Entered => (kept.state, kept.reason, kept.has_bytes) = (State::Entered, "", false),
                Fate::Kept(state, reason) if kept.state == State::Waiting => {
                    self.audit += 1;
                    (kept.state, kept.reason) = (*state, *reason);
                }
                Fate::Kept(state, reason) => (kept.state, kept.reason) = (*state, *reason),
                Fate::Gone => {
                    self.by_digest.remove(&kept.sealed.digest);
                    self.envelopes.remove(seq);
                }
            }
        }
        Ok(())
    }
}
