//! In what the envelopes came that are judged, and what is kept of it.

use super::{Judged, UNREADABLE_LIMIT};
use crate::server::Office;
use crate::server::ledger::{Fate, KeptRow, LedgerError, State, counted, is_lasting};
use domain::EnrolmentId;
use seal::Verdict;

/// What came together.
#[derive(Clone, Copy, Default)]
pub struct Parcel {
    /// Whose token it came with; `None` for what lies here from before.
    pub carrier: Option<EnrolmentId>,
    /// Unreadable items of it so far.
    pub unreadable: usize,
    /// What is left of its carrier's room, once somebody asked.
    room: Option<u64>,
}

impl Parcel {
    /// Nothing of it was judged yet; so many items were no envelopes.
    pub fn of(carrier: EnrolmentId, unreadable: usize) -> Self {
        Self { carrier: Some(carrier), unreadable, room: None }
    }

    /// What becomes of an envelope that does not open.
    pub fn unreadable(&mut self) -> Fate {
        self.unreadable += 1;
        if self.unreadable > UNREADABLE_LIMIT { Fate::Forgotten } else { Fate::Unreadable }
    }

    /// What becomes of an envelope. What no rights will ever enter is kept while whoever carried it has room; beyond
    /// that nothing of it is kept, and its device is told so: it keeps it.
    pub fn bound(
        &mut self,
        office: &Office,
        row: &KeptRow,
        fate: Fate,
        judged: Judged,
    ) -> Result<(Fate, Judged), LedgerError> {
        let (reason, carrier) = match (fate, self.carrier) {
            (Fate::Kept(State::Parked, reason), Some(carrier))
                if row.state == State::Waiting && is_lasting(&reason) =>
            {
                (reason, carrier)
            }
            (fate, _) => return Ok((fate, judged)),
        };
        let room = match self.room {
            Some(room) => room,
            None => office.ledger.lasting_room(carrier)?,
        };
        let left = room.checked_sub(counted(row.raw.len()));
        self.room = Some(left.unwrap_or(room));
        Ok(match left {
            Some(_) => (Fate::Held(carrier, reason), judged),
            None if reason == "unknown_version" => {
                (Fate::Forgotten, Judged::new(Verdict::UnknownVersion, ""))
            }
            None => (Fate::Forgotten, Judged::new(Verdict::Unreadable, &reason)),
        })
    }
}
