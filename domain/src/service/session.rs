//! Counselling sessions: what is logged of one, how they are counted, and what is still to be followed up.
//!
//! A session is an event: it is never edited. A correction is a session of its own that names what it amends and says
//! everything anew; the newest of such a chain is the one that counts. It hangs on the individual it was held with, so
//! that it goes wherever they go; a group session hangs on nobody and names who attended.

mod draft;
mod fault;

pub use draft::SessionDraft;
pub use fault::{Form, HEADS_LIMIT, MINUTES_LIMIT, STEP_LIMIT, SessionFault};

use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::RecordId;
use crate::record::Record;
use crate::service::Brief;
use std::collections::{BTreeMap, BTreeSet};

/// Outcome of a session that nobody came to.
const NO_SHOW: &str = "no_show";

/// How many attended a session: those registered, and those only counted. Nobody where the only outcome is that they
/// did not come.
#[must_use]
pub fn attendance(brief: &Brief) -> u32 {
    if brief.kind() != Kind::SESSION || brief.more == NO_SHOW {
        return 0;
    }
    let people: BTreeSet<RecordId> = brief.owner.into_iter().chain(brief.people.iter().copied()).collect();
    let registered = u32::try_from(people.len()).unwrap_or(u32::MAX);
    registered.saturating_add(brief.heads)
}

/// Whether a saved session says what this change would: every field of it, and no other. Of its narrative that is the
/// note it names.
#[must_use]
pub fn says_the_same(saved: &Record, change: &Change) -> bool {
    let fields: BTreeSet<Field> = change.ops.iter().map(|op| op.field).collect();
    let stated = |field: Field| saved.stated(field).next().is_some();
    saved.id == change.record
        && saved.kind == change.kind
        && saved.fields().filter(|field| stated(*field)).all(|field| fields.contains(&field))
        && change.ops.iter().all(|op| saved.value(op.field) == Some(&op.value))
}

/// Sessions added up: one counts once, whoever attended (`DOMAIN.md`, section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub sessions: u64,
    /// People in them; who attended two is counted in both.
    pub people: u64,
    /// Minutes that they took.
    pub minutes: u64,
}

impl Tally {
    /// Of sessions that stand, see [`standing`].
    #[must_use]
    pub fn of<'b>(briefs: impl IntoIterator<Item = &'b Brief>) -> Tally {
        briefs.into_iter().filter(|brief| brief.kind() == Kind::SESSION).fold(
            Tally::default(),
            |all, brief| Tally {
                sessions: all.sessions + 1,
                people: all.people + u64::from(attendance(brief)),
                minutes: all.minutes + u64::from(brief.minutes),
            },
        )
    }
}

/// Chains of amendments: which session each was at first.
struct Chains(BTreeMap<RecordId, RecordId>);

impl Chains {
    fn of(briefs: &[Brief]) -> Self {
        let amends = briefs.iter().filter(|brief| brief.kind() == Kind::SESSION);
        Self(amends.filter_map(|brief| Some((brief.record, brief.amends?))).collect())
    }

    /// The first of a chain.
    fn root(&self, id: RecordId) -> RecordId {
        let (mut at, mut met) = (id, BTreeSet::from([id]));
        while let Some(next) = self.0.get(&at) {
            if !met.insert(*next) {
                return self.least_of_ring(*next);
            }
            at = *next;
        }
        at
    }

    /// The least of sessions that amend each other in a ring, which nobody makes by accident.
    fn least_of_ring(&self, one: RecordId) -> RecordId {
        let round = core::iter::successors(self.0.get(&one), |at| self.0.get(at));
        round.take_while(|at| **at != one).copied().fold(one, RecordId::min)
    }
}

/// The sessions that count, in the order given: of each chain of amendments the last. Where two people amended the same
/// one at once, the last stated of both: a session never counts twice.
#[must_use]
pub fn standing(briefs: &[Brief]) -> Vec<&Brief> {
    let chains = Chains::of(briefs);
    let amended: BTreeSet<RecordId> = chains.0.values().copied().collect();
    let mut last: BTreeMap<RecordId, &Brief> = BTreeMap::new();
    let sessions = || briefs.iter().filter(|brief| brief.kind() == Kind::SESSION);
    let order = |brief: &Brief| (!amended.contains(&brief.record), brief.stated_at, brief.record);
    for brief in sessions() {
        let held = last.entry(chains.root(brief.record)).or_insert(brief);
        if order(brief) > order(held) {
            *held = brief;
        }
    }
    let stands: BTreeSet<RecordId> = last.values().map(|brief| brief.record).collect();
    sessions().filter(|brief| stands.contains(&brief.record)).collect()
}

/// The session that counts in place of one: itself, or the last that amends it. `None` for one that is not among
/// `briefs`.
#[must_use]
pub fn newest(briefs: &[Brief], id: RecordId) -> Option<&Brief> {
    let chains = Chains::of(briefs);
    let root = chains.root(id);
    standing(briefs).into_iter().find(|brief| chains.root(brief.record) == root)
}

/// Sessions whose day to follow up is set and that nobody has followed up yet, the first due first. A session that names
/// any one of a chain as the one it follows settles the whole chain.
#[must_use]
pub fn to_follow_up(briefs: &[Brief]) -> Vec<&Brief> {
    let chains = Chains::of(briefs);
    let standing = standing(briefs);
    let followed: BTreeSet<RecordId> =
        standing.iter().filter_map(|brief| brief.follows).map(|id| chains.root(id)).collect();
    let mut open: Vec<&Brief> = standing
        .into_iter()
        .filter(|brief| brief.due != 0 && !followed.contains(&chains.root(brief.record)))
        .collect();
    open.sort_by_key(|brief| (brief.due, brief.record));
    open
}

#[cfg(test)]
mod tests;
