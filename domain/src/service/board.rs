//! What waits for whom: the lists of somebody's own work and the board of a team, put together from the lines of all
//! services that a device holds ([`Brief`]). One pass over the lines; what is listed are places in them, so that nothing
//! is copied.
//!
//! Two things hold everywhere. An event that was amended counts once, as its newest amendment says. Only what was
//! delivered counts as given.

mod chains;
mod doubled;
mod mine;
mod team;

pub use doubled::Doubled;
pub use mine::{MyWork, mine};
pub use team::{Colleague, Side, Tally, TeamBoard, Waiting, team};

pub(super) use chains::Chains;

use super::referral::{Parties, Status, means_withdrawn};
use super::{Brief, brief};
use crate::field::Kind;
use crate::id::RecordId;
use crate::permission::{Role, Standing, sees};
use crate::rules::Lists;
use std::collections::BTreeMap;

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;
/// A need that waits longer than so many days is on the board.
pub const NEED_WAITS: i64 = 14;
/// So many days ahead the coming follow-ups are listed.
pub const COMING: i64 = 7;

/// Who looks, when, and with which tables.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    /// They themselves, what they are here for, and where.
    pub standing: &'v Standing,
    /// This minute by the clock of where they are, counted from 1970 as [`brief::minutes_of`] does.
    pub now: i64,
    /// Minutes by which that clock is ahead of universal time.
    pub offset: i64,
    /// What is known of codes.
    pub lists: &'v Lists,
    /// Sites of desks by their code; empty, or not there, for a desk of all sites.
    pub desks: &'v BTreeMap<String, String>,
}

impl View<'_> {
    /// The day, counted from 1970.
    #[must_use]
    pub fn today(&self) -> i64 {
        self.now.div_euclid(DAY)
    }

    /// When a service happened, by the clock of whoever looks. One that holds no time of its own, or a day alone on
    /// which it was stated too, has the time of its first statement, which is of universal time.
    #[must_use]
    pub fn when(&self, brief: &Brief) -> i64 {
        let stated = i64::try_from(brief.stated_at / 60_000).unwrap_or(0);
        let here = stated + self.offset;
        let of_that_day = brief.when.rem_euclid(DAY) == 0 && brief.day() == here.div_euclid(DAY);
        if brief.when == stated || of_that_day { here } else { brief.when }
    }

    /// Whole days since something was first stated.
    #[must_use]
    pub fn days_since_stated(&self, brief: &Brief) -> i64 {
        let stated = i64::try_from(brief.stated_at / 60_000).unwrap_or(0);
        (self.now - self.offset - stated).div_euclid(DAY)
    }

    /// Whether somebody may know what a service is about. One of which the code is not told here is for few.
    #[must_use]
    pub fn may_know(&self, brief: &Brief) -> bool {
        let kind = brief.kind();
        if !matches!(kind, Kind::NEED | Kind::SESSION | Kind::REFERRAL) {
            return true;
        }
        let is_author = brief.by == Some(self.standing.user);
        if brief.code.is_empty() {
            return is_author || sees(self.standing.role, crate::catalogue::Class::NeedToKnow, false);
        }
        // What was addressed to their desk was told to it, and who refers knows what for, whatever records they hold.
        let is_for_us = kind == Kind::REFERRAL && (is_author || self.parties(brief).receiver);
        is_for_us || sees(self.standing.role, self.lists.code_class(kind, &brief.code), is_author)
    }

    /// On which sides of a referral they are, as [`super::Referral::parties`] tells of its record.
    #[must_use]
    pub fn parties(&self, brief: &Brief) -> Parties {
        let mine = &self.standing.place;
        let at_desk = || {
            let site = self.desks.get(brief.desk.as_str()).map(String::as_str).unwrap_or_default();
            self.standing.role == Role::Supervisor || site.is_empty() || site == mine.site
        };
        Parties {
            sender: brief.from.is_empty() || *brief.from == *mine.organisation,
            receiver: !brief.to.is_empty() && *brief.to == *mine.organisation && at_desk(),
        }
    }

    /// Where a referral stands for whoever looks: one of which the consent was taken back is withdrawn, whatever it says.
    #[must_use]
    pub fn status(&self, brief: &Brief) -> Status {
        match status(brief) {
            status if status.is_open() && self.is_withdrawn(brief) => Status::Cancelled,
            status => status,
        }
    }

    /// Whether a referral was taken back, or the consent that it rests on, as far as whoever looks can know.
    #[must_use]
    pub fn is_withdrawn(&self, brief: &Brief) -> bool {
        is_withdrawn(brief, self.standing, self.parties(brief))
    }

    /// Whether a referral was taken back after it was sent, and its receiver has not said that they know. One without a
    /// time to answer was never sent.
    #[must_use]
    pub fn awaits_acknowledgement(&self, brief: &Brief) -> bool {
        brief.due != 0 && brief.marks & brief::ACKNOWLEDGED == 0 && self.is_withdrawn(brief)
    }

    /// Whether the time to answer is up and nobody has.
    #[must_use]
    pub fn is_late(&self, brief: &Brief) -> bool {
        brief.due != 0 && brief.due < self.now && self.status(brief).awaits_answer()
    }
}

/// The record that counts in the place of one that was amended: its newest amendment, as in every list and board. The
/// record itself, where nothing was said anew.
#[must_use]
pub fn newest(briefs: &[Brief], record: RecordId) -> RecordId {
    Chains::of(briefs).newest(record)
}

/// Where a referral stands; a draft where nothing is said.
#[must_use]
pub fn status(brief: &Brief) -> Status {
    Status::from_code(&brief.state).unwrap_or(Status::Draft)
}

/// Whether a referral was taken back, or the consent that it rests on, as far as somebody on these sides can know: where
/// the server alone knows, by nothing of the person being told any more.
#[must_use]
pub fn is_withdrawn(brief: &Brief, standing: &Standing, parties: Parties) -> bool {
    let began_it = brief.by == Some(standing.user);
    brief.marks & brief::WITHDRAWN != 0
        || (brief.marks & brief::EMPTIED != 0 && means_withdrawn(parties, standing.role, began_it))
}

/// Whether a line tells of something that is there. What was taken away hangs on nobody; only group sessions,
/// distributions, and referrals of who holds nobody's record never do.
#[must_use]
pub fn is_there(brief: &Brief) -> bool {
    match brief.kind() {
        Kind::NEED => brief.owner.is_some(),
        Kind::ASSISTANCE => {
            brief.owner.is_some() && !(brief.code.is_empty() && brief.state.is_empty() && !is_torn(brief))
        }
        Kind::SESSION => brief.owner.is_some() || brief.state == "group",
        _ => true,
    }
}

/// Whether a need was flagged and nobody has looked into it. While several of its states stand side by side it waits, so
/// that it stays in sight until somebody decides.
#[must_use]
pub fn is_pending_need(brief: &Brief) -> bool {
    brief.kind() == Kind::NEED
        && (matches!(brief.state.as_str(), "reported" | "pending")
            || is_torn(brief) && brief.state.is_empty())
}

/// Whether a help was approved and not given yet. While several of its statuses stand side by side it waits, so that it
/// stays in sight until somebody decides.
#[must_use]
pub fn is_planned_help(brief: &Brief) -> bool {
    brief.kind() == Kind::ASSISTANCE
        && (brief.state == "approved" || is_torn(brief) && brief.state.is_empty())
}

/// Whether something of it is in conflict. Of a code or a state that is, the line tells none.
#[must_use]
pub fn is_torn(brief: &Brief) -> bool {
    brief.marks & brief::IN_CONFLICT != 0
}

#[cfg(test)]
mod tests;
