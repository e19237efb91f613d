//! Folding in: pages opened after unlock, what is to be dropped first, then what is joined with what is held.

use crate::bugs::Bug;
use crate::device::Killed;
use crate::world::World;
use domain::{EntryId, Record, RecordId};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Whether any of some entries is known to a record.
pub fn knows_any(record: &Record, entries: &BTreeSet<EntryId>) -> bool {
    !entries.is_empty()
        && record.fields().any(|field| record.known(field).any(|it| entries.contains(&it.entry)))
}

impl World {
    /// Folds in what was collected for whoever has unlocked.
    pub fn fold(&mut self, device: usize) {
        let this = &self.devices[device];
        let Some(member) = this.unlocked.filter(|_| this.is_open && !this.is_gone) else { return };
        let pages: Vec<_> = this.disk.now.inbox.range((member, 0)..=(member, u64::MAX)).collect();
        let pages: Vec<_> = pages.into_iter().map(|(key, page)| (*key, Rc::clone(page))).collect();
        let ignores = self.bug == Some(Bug::EvictionIgnored);
        let takes = self.bug == Some(Bug::EvictionTakesUnsent);
        for (key, page) in pages {
            let unsent = if takes { BTreeSet::new() } else { self.unsent(device, member) };
            let all_unsent = if takes { self.unsent(device, member) } else { BTreeSet::new() };
            let outcome = self.commit(device, (false, true), |tables| {
                for id in page.evicted.iter().filter(|_| !ignores) {
                    let at = (member, *id);
                    let Some(held) = tables.records.get(&at) else { continue };
                    if knows_any(held, &unsent) {
                        tables.due.insert(at);
                        continue;
                    }
                    if takes && knows_any(held, &all_unsent) {
                        let told = |entry: &EntryId| {
                            held.fields().any(|it| held.known(it).any(|it| it.entry == *entry))
                        };
                        let gone: Vec<EntryId> = all_unsent.iter().copied().filter(told).collect();
                        gone.iter()
                            .for_each(|it| drop(tables.outbox.remove(&road::device::ItemKey::of_entry(*it))));
                    }
                    tables.records.remove(&at);
                }
                for told in &page.records {
                    let at = (member, told.id);
                    tables.due.remove(&at);
                    let held = tables.records.entry(at).or_insert_with(|| Rc::clone(told));
                    if !Rc::ptr_eq(held, told) {
                        Rc::make_mut(held).merge(told);
                        if **held == **told {
                            *held = Rc::clone(told);
                        }
                    }
                }
                tables.inbox.remove(&key);
            });
            if !matches!(outcome, Ok(crate::disk::Commit::Done)) {
                return;
            }
        }
        let _ = self.drop_due(device);
    }

    /// Drops what was to be dropped and waited for something to be sent.
    pub fn drop_due(&mut self, device: usize) -> Result<(), Killed> {
        let due: Vec<(usize, RecordId)> = self.devices[device].disk.now.due.iter().copied().collect();
        for (member, id) in due {
            let unsent = self.unsent(device, member);
            let held = self.devices[device].disk.now.records.get(&(member, id));
            if held.is_some_and(|held| knows_any(held, &unsent)) || self.bug == Some(Bug::EvictionIgnored) {
                continue;
            }
            self.commit(device, (false, false), |tables| {
                tables.due.remove(&(member, id));
                tables.records.remove(&(member, id));
            })?;
        }
        Ok(())
    }
}
