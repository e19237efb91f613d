//! What was done for somebody, and what comes next: the line of time of a person or a group.

use super::board::{Chains, View, is_pending_need, is_there, is_torn};
use super::{Brief, Status};
use crate::field::Kind;
use crate::id::RecordId;
use std::collections::BTreeSet;

/// What something on the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Somebody was registered.
    Registered(RecordId),
    /// A service, as its place among the lines.
    Service(usize),
}

/// What is to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing more.
    Nothing,
    /// They come again, at this time.
    FollowUp(i64),
    /// An answer is due, at this time.
    Answer(i64),
    /// The desk that took it is at it.
    Outcome,
    /// Help that was asked for or approved is to be given.
    Give,
    /// Somebody looks into it.
    Assess,
    /// The receiver says that they know of the withdrawal.
    Acknowledge,
    /// A draft is finished and sent.
    Finish,
}

/// Something on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// When, by the clock of whoever looks: minutes since 1970.
    pub when: i64,
    /// What.
    pub what: What,
    /// It stands in place of what was recorded first.
    pub is_corrected: bool,
    /// What is to come of it.
    pub next: Next,
    /// Whether the time of that is up.
    pub is_late: bool,
}

/// A line of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Newest first.
    pub items: Vec<Item>,
    /// Things that are there and not for who looks.
    pub reserved: usize,
}

/// Puts together what concerns somebody: the lines of services about them, and who was registered when. Of what was
/// amended the newest stands there alone.
#[must_use]
pub fn timeline(briefs: &[Brief], registered: &[(RecordId, i64)], view: &View<'_>) -> Timeline {
    let chains = Chains::of(briefs);
    let counting = |brief: &&Brief| brief.kind() == Kind::SESSION && chains.counts(brief);
    let followed = briefs.iter().filter(counting).filter_map(|brief| brief.follows);
    let followed: BTreeSet<RecordId> = followed.map(|record| chains.root(record)).collect();
    let mut line = Timeline::default();
    line.items.extend(registered.iter().map(|(person, when)| Item {
        when: *when,
        what: What::Registered(*person),
        is_corrected: false,
        next: Next::Nothing,
        is_late: false,
    }));
    for (place, brief) in briefs.iter().enumerate() {
        if brief.kind() == Kind::DISTRIBUTION || !is_there(brief) || !chains.counts(brief) {
            continue;
        }
        if !view.may_know(brief) {
            line.reserved += 1;
            continue;
        }
        // Of what they may know, nothing is said: it was taken away.
        if brief.code.is_empty() && brief.state.is_empty() && !is_torn(brief) {
            continue;
        }
        let (next, is_late) = next(brief, followed.contains(&chains.root(brief.record)), view);
        line.items.push(Item {
            when: view.when(brief),
            what: What::Service(place),
            is_corrected: brief.amends.is_some(),
            next,
            is_late,
        });
    }
    line.items.sort_by_key(|item| core::cmp::Reverse((item.when, item.what)));
    line
}

fn next(brief: &Brief, followed: bool, view: &View<'_>) -> (Next, bool) {
    let next = match brief.kind() {
        Kind::SESSION if brief.due != 0 && !followed => Next::FollowUp(brief.due),
        Kind::ASSISTANCE if matches!(brief.state.as_str(), "approved" | "requested") => Next::Give,
        Kind::NEED if is_pending_need(brief) => Next::Assess,
        Kind::REFERRAL => match view.status(brief) {
            _ if view.awaits_acknowledgement(brief) => Next::Acknowledge,
            Status::Draft => Next::Finish,
            status if status.awaits_answer() => Next::Answer(brief.due),
            status if status.is_open() => Next::Outcome,
            _ => Next::Nothing,
        },
        _ => Next::Nothing,
    };
    let is_late = match next {
        // A follow-up is for a day, not for its first minute.
        Next::FollowUp(due) => due.div_euclid(super::board::DAY) < view.today(),
        Next::Answer(_) => view.is_late(brief),
        _ => false,
    };
    (next, is_late)
}

#[cfg(test)]
mod tests;
