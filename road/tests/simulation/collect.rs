//! Handing out what changed, as the server's collection does: what is to be dropped first, then page after page.

use crate::bugs::Bug;
use crate::cast::{Duty, Member};
use crate::ledger::{Ledger, View, sees};
use crate::wire::Page;
use domain::RecordId;
use domain::permission::{Act, Reach, may_reach};
use domain::{Class, Kind};
use road::server::{Changes, may_lie_there, reached, tells_departure};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Most records that are dropped in one answer.
const EVICTED: usize = 40;

/// What a cursor says.
#[derive(Clone, Debug, PartialEq)]
pub struct Bookmark {
    pub epoch: [u8; 16],
    /// Whose it is: of nobody else's the server reads a word.
    member: usize,
    pub after: u64,
    began: u64,
    view: View,
    evicting: Option<Evicting>,
}

#[derive(Clone, Debug, PartialEq)]
struct Evicting {
    views: Vec<View>,
    at: u64,
    from: u64,
}

/// An answer.
pub struct Collected {
    pub page: Option<Page>,
    pub mark: Bookmark,
    pub more: bool,
}

/// Whether somebody is handed anything.
pub fn reads(duty: Duty) -> bool {
    !duty.disabled && may_reach(duty.role, Act::Read, Kind::GROUP, Class::Public, Some(Reach::Own))
}

/// What of an organisation's records somebody sees as whom they collect.
fn view_sees(ledger: &Ledger, view: View, user: usize, organisation: usize, id: RecordId) -> bool {
    if view.before {
        return true;
    }
    let (Some(duty), Some(row)) = (view.duty, ledger.records.get(&id)) else { return false };
    duty.organisation == organisation && sees(duty, user, organisation, row.made_by, &row.record)
}

/// Whether somebody may have been handed a record of an organisation at an earlier state of it: it was for more people
/// then.
fn may_have_known(ledger: &Ledger, view: View, organisation: usize, id: RecordId) -> bool {
    let (Some(duty), Some(row)) = (view.duty, ledger.records.get(&id)) else { return false };
    let is_open = |stated: &domain::Stated| {
        let text = stated.value.as_text();
        text.is_some_and(|text| text.starts_with("open"))
    };
    duty.organisation == organisation
        && row.record.kind == Kind::NEED
        && row.record.known(domain::Field::NEED_CODE).any(is_open)
}

pub fn collect(
    ledger: &mut Ledger,
    (at, member): (usize, Member),
    cursor: Option<&Bookmark>,
    room: usize,
    bug: Option<Bug>,
) -> Collected {
    let duty = ledger.duties[member.user];
    let view = View { duty: Some(duty).filter(|duty| reads(*duty)), before: false };
    let held = cursor.filter(|mark| mark.epoch == ledger.epoch && mark.member == at);
    let kept = ledger.views.get(&at).cloned();
    let fresh = |began| Bookmark { epoch: ledger.epoch, member: at, after: 0, began, view, evicting: None };
    let mut mark = match (held, kept) {
        (Some(held), kept) => {
            let mut mark = held.clone();
            if mark.view != view {
                let before = std::mem::replace(&mut mark.view, view);
                let mut views = mark.evicting.take().map(|under_way| under_way.views).unwrap_or_default();
                if !views.contains(&before) {
                    views.push(before);
                }
                let mut from = mark.after;
                if let Some((others, since)) = kept.filter(|_| before.before) {
                    views.extend(others);
                    from = from.min(since);
                }
                mark.evicting = Some(Evicting { views, at: 0, from });
            }
            mark
        }
        (None, Some((views, since))) if views != [view] => {
            Bookmark { evicting: Some(Evicting { views, at: 0, from: since }), ..fresh(0) }
        }
        (None, Some((_, since))) => fresh(since),
        (None, None) => fresh(ledger.newest),
    };
    if bug == Some(Bug::RightsShrinkDropsNothing) && mark.evicting.take().is_some() {
        (mark.after, mark.began) = (0, ledger.newest);
    }
    let mut collected = answer(ledger, member, mark, room, bug);
    let is_other = held.map(|held| (held.view, held.evicting.is_none())) != Some((view, true));
    if collected.mark.evicting.is_none() && is_other {
        let began = collected.mark.began;
        ledger.views.entry(at).and_modify(|(views, _)| *views = vec![view]).or_insert((vec![view], began));
    }
    if held == Some(&collected.mark) {
        collected.page = collected.page.filter(|page| *page != Page::default());
    }
    collected
}

/// For builds from before there were places: what is for them, and nothing of what is to be dropped. As whom they may hold
/// what is kept, for the build that comes after.
pub fn collect_early(
    ledger: &mut Ledger,
    (at, member): (usize, Member),
    cursor: Option<&Bookmark>,
    room: usize,
) -> Option<Collected> {
    let duty = Some(ledger.duties[member.user]).filter(|duty| reads(*duty))?;
    let view = View { duty: Some(duty), before: false };
    let held = cursor.filter(|mark| mark.epoch == ledger.epoch && mark.member == at);
    if held.is_some_and(|held| !held.view.before) {
        return None;
    }
    let after = held.map_or(0, |held| held.after);
    let since = if held.is_some() { after } else { ledger.newest };
    let (views, _) = ledger.views.entry(at).or_insert((Vec::new(), since));
    if !views.contains(&view) {
        views.push(view);
    }
    let began = u64::MAX;
    let mark = Bookmark { epoch: ledger.epoch, member: at, after, began, view, evicting: None };
    let mut collected = answer(ledger, member, mark, room, None);
    collected.mark.view = View { duty: None, before: true };
    collected.mark.began = 0;
    Some(collected)
}

fn answer(ledger: &Ledger, member: Member, mut mark: Bookmark, room: usize, bug: Option<Bug>) -> Collected {
    if let Some(evicting) = mark.evicting.take() {
        let evicted = evict(ledger, member, &mut mark, evicting);
        if !evicted.is_empty() || mark.evicting.is_some() {
            let page = Page { records: Vec::new(), evicted };
            let more = mark.evicting.is_some() || mark.view.duty.is_some();
            return Collected { page: Some(page), mark, more };
        }
    }
    let Some(duty) = mark.view.duty else { return Collected { page: None, mark, more: false } };
    let (mut records, mut evicted, mut more) = (Vec::new(), BTreeSet::new(), false);
    let (mut newest, mut cut) = (None, None);
    for (seq, id) in ledger.by_seq.range(mark.after + 1..) {
        let row = &ledger.records[id];
        if row.organisation != duty.organisation {
            continue;
        }
        if records.len() >= room {
            more = true;
            cut = Some(newest.unwrap_or(mark.after));
            if bug == Some(Bug::CursorSkipsCutPage) {
                (newest, cut) = (Some(*seq), Some(*seq));
            }
            break;
        }
        newest = Some(*seq);
        if sees(duty, member.user, row.organisation, row.made_by, &row.record) {
            records.push(Rc::clone(&row.record));
        } else if may_lie_there(*seq, row.revision, mark.began) {
            evicted.insert(*id);
        }
    }
    let departures = ledger.departures.iter().filter(|gone| {
        gone.organisation == duty.organisation
            && gone.seq > mark.after
            && (!more || gone.seq <= newest.unwrap_or(0))
    });
    let departed = departures.clone().next_back().map(|gone| gone.seq);
    let changes = Changes { after: mark.after, newest, looked_at: newest.unwrap_or(0), cut, more, departed };
    let reached = reached(changes);
    for gone in departures.filter(|_| mark.began < u64::MAX) {
        let own = crate::cast::user_id(member.user);
        let is_own = ledger.records.get(&gone.record).is_some_and(|row| row.made_by == own);
        if !tells_departure(gone.seq, is_own, (mark.after, mark.began), reached) {
            continue;
        }
        let saw = view_sees(ledger, mark.view, member.user, gone.organisation, gone.record)
            || may_have_known(ledger, mark.view, gone.organisation, gone.record);
        let now = ledger.records.get(&gone.record).map(|row| row.organisation);
        let sees = now.is_some_and(|now| view_sees(ledger, mark.view, member.user, now, gone.record));
        if saw && !sees && bug != Some(Bug::DeparturesNotTold) {
            evicted.insert(gone.record);
        }
    }
    mark.after = reached.after;
    let page = Page { records, evicted: evicted.into_iter().collect() };
    let page = Some(page).filter(|page| *page != Page::default());
    Collected { page, mark, more: reached.more }
}

/// Some of what was handed to them as who they were, and is not for them as who they are.
fn evict(ledger: &Ledger, member: Member, mark: &mut Bookmark, mut evicting: Evicting) -> Vec<RecordId> {
    let mut evicted = Vec::new();
    let now = |mark: &Bookmark, id: RecordId| {
        let at = ledger.records.get(&id).map(|row| row.organisation);
        at.is_some_and(|at| view_sees(ledger, mark.view, member.user, at, id))
    };
    while let Some(view) = evicting.views.first().copied() {
        for (seq, id) in ledger.by_seq.range(evicting.at + 1..) {
            if evicted.len() >= EVICTED {
                mark.evicting = Some(evicting);
                return evicted;
            }
            evicting.at = *seq;
            let at = ledger.records[id].organisation;
            let saw = view_sees(ledger, view, member.user, at, *id) || may_have_known(ledger, view, at, *id);
            if saw && !now(mark, *id) {
                evicted.push(*id);
            }
        }
        let left = ledger.departures.iter();
        let left = left.filter(|gone| gone.seq > evicting.from);
        for gone in left {
            let saw = view_sees(ledger, view, member.user, gone.organisation, gone.record)
                || may_have_known(ledger, view, gone.organisation, gone.record);
            if saw && !now(mark, gone.record) {
                evicted.push(gone.record);
            }
        }
        evicting.views.remove(0);
        evicting.at = 0;
    }
    (mark.after, mark.began) = (0, ledger.newest.min(evicting.from));
    evicted
}
