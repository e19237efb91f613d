//! The board of a team: who waits for whom, what is due, and what was done.

use super::doubled::Gifts;
use super::mine::open_follow_ups;
use super::{Brief, Chains, DAY, Doubled, NEED_WAITS, View, is_pending_need, is_there};
use crate::field::Kind;
use crate::id::{RecordId, UserId};
use crate::service::referral::Status;
use crate::service::session::attendance;
use std::collections::{BTreeMap, BTreeSet};

/// Double deliveries of so many days back are on the board.
const DOUBLES: i64 = 90;

/// Who is waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// We asked, and wait for them.
    WeWait,
    /// They asked, and wait for us.
    TheyWait,
}

/// One institution and desk that waits for an answer, or is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who waits.
    pub side: Side,
    /// The other institution.
    pub institution: String,
    /// The desk that is asked: theirs where we wait, ours where they do. Empty where none was named.
    pub desk: String,
    /// Unanswered referrals as places among the lines, those due first in front.
    pub referrals: Vec<usize>,
    /// How many of them are late.
    pub late: usize,
    /// When the oldest was sent.
    pub oldest: i64,
    /// When the first answer is, or was, due; 0 where none says.
    pub due: i64,
}

/// Follow-ups of one colleague that are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Who; `None` where the device does not know.
    pub user: Option<UserId>,
    /// Sessions as places among the lines, the longest overdue first.
    pub follow_ups: Vec<usize>,
}

/// What was done in a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sessions. One of a group is one.
    pub sessions: usize,
    /// People spoken with, each session's for itself, registered or not.
    pub attended: usize,
    /// Gifts that reached somebody.
    pub gifts: usize,
    /// Referrals that we sent.
    pub referrals: usize,
    /// People reached in whatever way: registered ones once each, and heads that nobody registered.
    pub people: usize,
}

/// What a supervisor sees. Lists hold places among the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamBoard {
    /// Who waits for whom, most late first.
    pub waiting: Vec<Waiting>,
    /// Follow-ups due today or before, by colleague, most first.
    pub follow_ups: Vec<Colleague>,
    /// Needs that nobody has looked into for more than [`NEED_WAITS`] days, the oldest first.
    pub needs: Vec<usize>,
    /// Referrals of ours that were taken back and that the other side has not acknowledged, and those of others that we
    /// have not.
    pub unacknowledged: Vec<(Side, usize)>,
    /// Help given twice, newest first.
    pub doubled: Vec<Doubled>,
    /// Done today.
    pub today: Tally,
    /// Done since Monday.
    pub week: Tally,
    /// Sessions, referrals and needs of which no more is told here than that they are there.
    pub reserved: usize,
    /// Referrals by state, those we sent and those we received. Drafts are nobody else's business.
    pub states: BTreeMap<Status, [usize; 2]>,
}

impl TeamBoard {
    /// Unanswered referrals of a side, and how many of them are late.
    #[must_use]
    pub fn unanswered(&self, side: Side) -> (usize, usize) {
        let of = self.waiting.iter().filter(|waiting| waiting.side == side);
        of.fold((0, 0), |(all, late), it| (all + it.referrals.len(), late + it.late))
    }

    /// Follow-ups that are due.
    #[must_use]
    pub fn follow_ups_due(&self) -> usize {
        self.follow_ups.iter().map(|colleague| colleague.follow_ups.len()).sum()
    }
}

/// People reached in a time, with their tally.
#[derive(Default)]
struct Counter {
    tally: Tally,
    registered: BTreeSet<RecordId>,
    heads: usize,
}

impl Counter {
    fn count(&mut self, brief: &Brief) {
        match brief.kind() {
            Kind::SESSION => {
                let attended = attendance(brief);
                self.tally.sessions += 1;
                self.tally.attended += usize::try_from(attended).unwrap_or(0);
                // Who did not come was not reached.
                if attended == 0 {
                    return;
                }
                self.heads += usize::try_from(brief.heads).unwrap_or(0);
            }
            Kind::ASSISTANCE => self.tally.gifts += 1,
            _ => self.tally.referrals += 1,
        }
        self.registered.extend(brief.owner.iter().chain(&brief.people));
    }

    fn close(self) -> Tally {
        Tally { people: self.registered.len() + self.heads, ..self.tally }
    }
}

/// The board of a team, from everything that lies on a supervisor's device.
#[must_use]
pub fn team(briefs: &[Brief], view: &View<'_>) -> TeamBoard {
    let chains = Chains::of(briefs);
    let today = view.today();
    // The first of January 1970 was a Thursday.
    let monday = today - (today + 3).rem_euclid(7);
    let mut board = TeamBoard::default();
    let (mut of_today, mut of_week) = (Counter::default(), Counter::default());
    let mut waiting: BTreeMap<(Side, &str, &str), Waiting> = BTreeMap::new();
    let mut gifts = Gifts::default();
    for (place, brief) in briefs.iter().enumerate() {
        board.reserved += usize::from(brief.code.is_empty() && !view.may_know(brief));
        let done = match brief.kind() {
            Kind::NEED => {
                if is_pending_need(brief) && is_there(brief) && view.days_since_stated(brief) > NEED_WAITS {
                    board.needs.push(place);
                }
                false
            }
            Kind::SESSION => is_there(brief) && chains.counts(brief),
            Kind::ASSISTANCE => {
                let given = view.lists.is_delivered(&brief.state) && is_there(brief) && chains.counts(brief);
                if given {
                    gifts.take(place, brief, today - DOUBLES, view);
                }
                given
            }
            Kind::REFERRAL => take_referral(&mut board, &mut waiting, place, brief, view),
            _ => false,
        };
        if done {
            let day = view.when(brief).div_euclid(DAY);
            if day == today {
                of_today.count(brief);
            }
            if (monday..=today).contains(&day) {
                of_week.count(brief);
            }
        }
    }
    (board.today, board.week) = (of_today.close(), of_week.close());
    board.doubled = gifts.doubled(today - DOUBLES, briefs);
    board.follow_ups = by_colleague(briefs, &chains, today);
    board.needs.sort_by_key(|place| briefs.get(*place).map(|it| (it.stated_at, it.record)));
    board
        .unacknowledged
        .sort_by_key(|(side, place)| briefs.get(*place).map(|it| (*side, it.when, it.record)));
    board.waiting = waiting.into_values().collect();
    for it in &mut board.waiting {
        it.referrals.sort_by_key(|place| briefs.get(*place).map(|it| (it.due, it.record)));
    }
    board.waiting.sort_by_key(|it| (core::cmp::Reverse(it.late), it.due, it.oldest));
    board
}

/// Notes a referral; whether it is one that we sent.
fn take_referral<'b>(
    board: &mut TeamBoard,
    waiting: &mut BTreeMap<(Side, &'b str, &'b str), Waiting>,
    place: usize,
    brief: &'b Brief,
    view: &View<'_>,
) -> bool {
    let (status, parties) = (view.status(brief), view.parties(brief));
    if status == Status::Draft || !(parties.sender || parties.receiver) {
        return false;
    }
    let [sent, received] = board.states.entry(status).or_default();
    *sent += usize::from(parties.sender);
    *received += usize::from(parties.receiver);
    for (on, side, other) in
        [(parties.sender, Side::WeWait, &brief.to), (parties.receiver, Side::TheyWait, &brief.from)]
    {
        if !on {
            continue;
        }
        if view.awaits_acknowledgement(brief) {
            board.unacknowledged.push((side, place));
        } else if status.awaits_answer() {
            let of = waiting.entry((side, other, &brief.desk)).or_insert_with(|| Waiting {
                side,
                institution: other.to_string(),
                desk: brief.desk.to_string(),
                referrals: Vec::new(),
                late: 0,
                oldest: i64::MAX,
                due: 0,
            });
            of.referrals.push(place);
            of.late += usize::from(view.is_late(brief));
            of.oldest = of.oldest.min(brief.when);
            of.due =
                if of.due == 0 || brief.due == 0 { of.due.max(brief.due) } else { of.due.min(brief.due) };
        }
    }
    // What was taken back before it was sent was sent to nobody.
    parties.sender && (status != Status::Cancelled || brief.due != 0)
}

fn by_colleague(briefs: &[Brief], chains: &Chains, today: i64) -> Vec<Colleague> {
    let due = |place: usize| briefs.get(place).map_or(0, |brief| brief.due);
    let mut of: BTreeMap<Option<UserId>, Vec<usize>> = BTreeMap::new();
    for (place, by) in open_follow_ups(briefs, chains) {
        if due(place).div_euclid(DAY) <= today {
            of.entry(by).or_default().push(place);
        }
    }
    let mut colleagues: Vec<Colleague> =
        of.into_iter().map(|(user, follow_ups)| Colleague { user, follow_ups }).collect();
    for colleague in &mut colleagues {
        colleague.follow_ups.sort_by_key(|place| (due(*place), *place));
    }
    colleagues.sort_by_key(|it| (core::cmp::Reverse(it.follow_ups.len()), it.user));
    colleagues
}
