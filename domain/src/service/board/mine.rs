//! What waits for one person.

use super::chains::Quick;
use super::{Brief, COMING, Chains, DAY, View, is_pending_need, is_planned_help, is_there};
use crate::field::Kind;
use crate::id::{RecordId, UserId};
use crate::service::referral::Status;
use std::collections::{BTreeMap, BTreeSet};

/// Referrals sent more than so many days ago are not looked into for news: nobody answers after a year.
const NEWS: i64 = 366;

/// Somebody's work. Every list holds places among the lines, what is due first in front.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MyWork {
    /// Sessions of theirs with a follow-up that is due today or was due before, and that no session followed.
    pub follow_ups: Vec<usize>,
    /// Those that are due in the coming days.
    pub coming: Vec<usize>,
    /// Referrals they sent, unanswered, whose time is up.
    pub late: Vec<usize>,
    /// Referrals they sent that wait for an answer and are in time.
    pub waiting: Vec<usize>,
    /// Referrals they sent in the last year that were answered in whatever way, the last sent first. When they were
    /// answered is no part of a line: that says their record.
    pub answered: Vec<usize>,
    /// Referrals they sent and that were taken back, of which the receiver has not said that they know.
    pub unacknowledged: Vec<usize>,
    /// Referrals that wait for an answer of their desk.
    pub to_answer: Vec<usize>,
    /// Referrals that their desk took and has not brought to an end.
    pub in_hand: Vec<usize>,
    /// Referrals to their desk that were taken back, which it has to acknowledge.
    pub to_acknowledge: Vec<usize>,
    /// Help of theirs that was approved and not given yet.
    pub planned: Vec<usize>,
    /// Needs they flagged that nobody has looked into; the longest-waiting first.
    pub needs: Vec<usize>,
}

impl MyWork {
    /// How many things wait for them today. What is only coming, in time or news is none.
    #[must_use]
    pub fn due(&self) -> usize {
        let lists = [&self.follow_ups, &self.late, &self.to_answer, &self.to_acknowledge, &self.planned];
        lists.into_iter().map(Vec::len).sum()
    }
}

/// Follow-ups that nobody made, with who began the session, in the order of the lines.
pub(super) fn open_follow_ups(briefs: &[Brief], chains: &Chains) -> Vec<(usize, Option<UserId>)> {
    let mut due = Vec::new();
    let mut settled = Quick::default();
    for (place, brief) in briefs.iter().enumerate() {
        if brief.kind() != Kind::SESSION || !chains.counts(brief) || !is_there(brief) {
            continue;
        }
        if let Some(followed) = brief.follows {
            settled.insert(chains.root(followed));
        }
        if brief.due != 0 {
            due.push((place, brief));
        }
    }
    due.retain(|(_, brief)| !settled.contains(&chains.root(brief.record)));
    // Whose it is does not change because somebody else corrected it.
    let roots: BTreeSet<RecordId> = due
        .iter()
        .filter(|(_, brief)| chains.is_amendment(brief))
        .map(|(_, it)| chains.root(it.record))
        .collect();
    let begun: BTreeMap<RecordId, Option<UserId>> = match roots.is_empty() {
        true => BTreeMap::new(),
        false => briefs.iter().filter(|it| roots.contains(&it.record)).map(|it| (it.record, it.by)).collect(),
    };
    let by = |brief: &Brief| begun.get(&chains.root(brief.record)).copied().unwrap_or(brief.by);
    due.into_iter().map(|(place, brief)| (place, by(brief))).collect()
}

/// Somebody's own work, from everything that lies on their device.
#[must_use]
pub fn mine(briefs: &[Brief], view: &View<'_>) -> MyWork {
    let me = Some(view.standing.user);
    let chains = Chains::of(briefs);
    let mut work = MyWork::default();
    for (place, by) in open_follow_ups(briefs, &chains) {
        let Some(due) = briefs.get(place).map(|brief| brief.due).filter(|_| by == me) else { continue };
        let day = due.div_euclid(DAY);
        if day <= view.today() {
            work.follow_ups.push(place);
        } else if day <= view.today() + COMING {
            work.coming.push(place);
        }
    }
    for (place, brief) in briefs.iter().enumerate() {
        match brief.kind() {
            Kind::REFERRAL => referral(&mut work, place, brief, view),
            Kind::ASSISTANCE
                if brief.by == me && is_planned_help(brief) && is_there(brief) && chains.counts(brief) =>
            {
                work.planned.push(place);
            }
            Kind::NEED if brief.by == me && is_pending_need(brief) && is_there(brief) => {
                work.needs.push(place)
            }
            _ => {}
        }
    }
    let line = |place: &usize| briefs.get(*place);
    let due = |place: &usize| line(place).map(|it| (it.due, it.record));
    let when = |place: &usize| line(place).map(|it| (view.when(it), it.record));
    for list in
        [&mut work.follow_ups, &mut work.coming, &mut work.late, &mut work.waiting, &mut work.to_answer]
    {
        list.sort_by_key(due);
    }
    for list in [
        &mut work.unacknowledged,
        &mut work.in_hand,
        &mut work.to_acknowledge,
        &mut work.planned,
        &mut work.needs,
    ] {
        list.sort_by_key(when);
    }
    work.answered.sort_by_key(|place| core::cmp::Reverse(when(place)));
    work
}

fn referral(work: &mut MyWork, place: usize, brief: &Brief, view: &View<'_>) {
    let parties = view.parties(brief);
    let status = view.status(brief);
    // Who began it sent it, wherever they have come to work since.
    if brief.by == Some(view.standing.user) {
        if view.awaits_acknowledgement(brief) {
            work.unacknowledged.push(place);
        } else if view.is_late(brief) {
            work.late.push(place);
        } else if status.awaits_answer() {
            work.waiting.push(place);
        } else if !matches!(status, Status::Draft | Status::Cancelled) && brief.day() >= view.today() - NEWS {
            work.answered.push(place);
        }
    }
    if parties.receiver {
        if view.awaits_acknowledgement(brief) {
            work.to_acknowledge.push(place);
        } else if status.awaits_answer() {
            work.to_answer.push(place);
        } else if status.is_open() {
            work.in_hand.push(place);
        }
    }
}
