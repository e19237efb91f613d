//! What is to be dropped by whoever is no longer who they were when they were handed it.

use super::bookmark::Evicting;
use super::{Collecting, EVICTED, EVICTED_SIZE};
use crate::ApiError;
use crate::server::ledger::{Home, RecordRow, Share};
use crate::server::rights::{Eyes, Handed};
use domain::{Record, RecordId};

/// Most rows that are looked at for one answer of what is to be dropped.
const LOOKED_AT: usize = 8_000;
/// Most bytes of rows that are looked at in one step of that.
const PIECE: usize = 4 * 1024 * 1024;

/// What somebody saw as who they were.
struct Former {
    /// `None` when they saw nothing.
    eyes: Option<Eyes>,
    /// All of the operation, before there were places.
    before: bool,
}

impl Collecting<'_> {
    /// Some of what was handed to them as who they were and is not for them as who they are. One former view after the
    /// other: there are several only when they became somebody else again before all was told.
    pub(super) fn evict(&mut self, mut evicting: Evicting) -> Result<Vec<RecordId>, ApiError> {
        let most = EVICTED.min(self.room / EVICTED_SIZE);
        let (mut evicted, mut looked_at) = (Vec::new(), 0);
        'views: while let Some(view) = evicting.views.first().cloned() {
            let former = Former { eyes: view.eyes(self.office, self.member.user.id)?, before: view.before };
            let share = match &evicting.groups {
                Some(closed) => Share { groups: closed.clone(), ..Share::default() },
                None => view.share(),
            };
            loop {
                if evicted.len() >= most || looked_at >= LOOKED_AT {
                    self.mark.evicting = Some(evicting);
                    return Ok(evicted);
                }
                let limit = u32::try_from(most - evicted.len()).unwrap_or(1).min(500);
                let changed = self.office.ledger.changed(&share, evicting.at, limit, PIECE)?;
                looked_at += changed.records.len();
                for row in &changed.records {
                    // Of one that does not open nobody can tell any more what was for whom.
                    let opened = self.office.record(row);
                    let had_more = |(record, _): &(Record, _)| self.had_more(&former, &row.home, row, record);
                    if opened.as_ref().is_none_or(had_more) {
                        let sees = |record: &Record| {
                            let eyes = self.eyes.as_ref();
                            eyes.is_some_and(|eyes| {
                                eyes.view(&row.home, row.made_by, record) != Handed::Nothing
                            })
                        };
                        if evicting.groups.is_some() && opened.is_some_and(|(record, _)| sees(&record)) {
                            // Of a group that was closed a part is theirs still: all is handed out anew.
                            (evicting.groups, evicting.at) = (None, 0);
                            continue 'views;
                        }
                        evicted.push(row.id);
                    }
                }
                for departure in changed.departures.iter().filter(|departure| departure.seq > evicting.from) {
                    let Some(row) = self.office.ledger.records(&[departure.record])?.pop() else { continue };
                    let Some((record, _)) = self.office.record(&row) else { continue };
                    if self.had_more(&former, &departure.home, &row, &record) {
                        evicted.push(row.id);
                    }
                }
                if let Some(last) = changed.records.last() {
                    evicting.at = last.seq;
                }
                if !changed.more {
                    break;
                }
            }
            evicting.views.remove(0);
            evicting.at = 0;
        }
        self.mark.evicting = None;
        if evicting.groups.is_none() {
            self.begin_anew()?;
            // What changed since they collected last may lie there as it was.
            self.mark.began = self.mark.began.min(evicting.from);
        }
        Ok(evicted)
    }

    /// Whether they were handed more of a record, as who they were and where it was, than they are now.
    fn had_more(&self, former: &Former, home: &Home, row: &RecordRow, record: &Record) -> bool {
        let old = match &former.eyes {
            _ if former.before => Some(record.clone()),
            Some(eyes) => eyes.view(home, row.made_by, record).record(record),
            None => None,
        };
        let new = self.eyes.as_ref().map(|eyes| eyes.view(&row.home, row.made_by, record));
        let new = new.and_then(|new| new.record(record));
        let Some(old) = old else {
            // As it is now they would have seen nothing of it; it may have been for more people then.
            return new.is_none()
                && former.eyes.as_ref().is_some_and(|eyes| eyes.may_have_known(home, record));
        };
        new.is_none_or(|new| !new.holds_all_of(&old))
    }
}
