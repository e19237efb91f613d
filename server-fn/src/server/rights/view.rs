//! What of a record somebody is handed: all of it, a part, no more than that there is one, or nothing.

use super::{Rules, reads_only_referrals};
use crate::server::ledger::Home;
use domain::permission::{Act, Reach, ceiling, distance, may_reach};
use domain::sight::code_field;
use domain::{Class, Field, Kind, Record, RecordId, Standing, Stated, UserId, Value, note};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Somebody who looks.
pub struct Eyes {
    /// Who, what for and where.
    pub standing: Standing,
    /// Groups of others that are open to them.
    pub granted: BTreeSet<RecordId>,
    /// Of which class everything is.
    pub rules: Arc<Rules>,
    /// People of whom they may not know.
    pub hidden: HashSet<RecordId>,
    /// For which desks they receive referrals.
    pub desks: Desks,
}

/// For which desks of their organisation somebody receives what is sent there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desks {
    /// Those that the tables say are theirs.
    Theirs,
    /// Any: whoever they were before, under tables that are gone.
    Any,
    /// None: with a build that does not know what was sent, and would not drop what is taken back.
    None,
}

/// What of a record is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// The record as it is.
    Full,
    /// Without what is not for them.
    Part(Record),
    /// No more than that it is there, and what it hangs on.
    Stub(Record),
    /// Less than they were handed before: that is dropped first.
    Less(Record),
    /// Not even that.
    Nothing,
}

impl Handed {
    /// Both of what somebody is handed of one record.
    fn with(self, other: Handed, whole: &Record) -> Handed {
        if self == Handed::Nothing {
            return other;
        }
        if self == Handed::Full || other == Handed::Full {
            return Handed::Full;
        }
        // What they no longer have of one of the two may be in what they hold.
        let is_less = matches!((&self, &other), (Handed::Stub(_), _) | (_, Handed::Less(_)));
        let (Some(mut both), Some(other)) = (self.record(whole), other.record(whole)) else {
            return Handed::Nothing;
        };
        both.merge(&other);
        match (is_less, both == *whole) {
            (true, _) => Handed::Less(both),
            (false, true) => Handed::Full,
            (false, false) => Handed::Part(both),
        }
    }

    /// The record as it is handed out.
    #[must_use]
    pub fn record(self, whole: &Record) -> Option<Record> {
        match self {
            Handed::Full => Some(whole.clone()),
            Handed::Part(record) | Handed::Stub(record) | Handed::Less(record) => Some(record),
            Handed::Nothing => None,
        }
    }
}

impl Eyes {
    /// What they are handed of a record that belongs somewhere and was begun by somebody: what their organisation holds,
    /// what was opened to them of others, and what was sent to their desk.
    #[must_use]
    pub fn view(&self, home: &Home, made_by: Option<UserId>, record: &Record) -> Handed {
        let held = self.view_held(home, made_by, record);
        match self.view_received(home, record) {
            Handed::Nothing => held,
            received => held.with(received, record),
        }
    }

    fn view_held(&self, home: &Home, made_by: Option<UserId>, record: &Record) -> Handed {
        let (role, me, kind) = (self.standing.role, self.standing.user, record.kind);
        let place = home.place();
        let is_ours = place.operation == self.standing.place.operation
            && place.organisation == self.standing.place.organisation;
        if !is_ours {
            return self.view_granted(home, record);
        }
        if !home.may_know(me) {
            return Handed::Nothing;
        }
        if reads_only_referrals(role) {
            return if made_by == Some(me) { self.view_begun(home, record) } else { Handed::Nothing };
        }
        let own = distance(&self.standing, &place, true);
        let near = distance(&self.standing, &place, false);
        if kind == Kind::NOTE {
            let is_reader = note::readers(record).contains(&me);
            let distance = if is_reader { own } else { near };
            return if may_reach(role, Act::Read, kind, Class::NeedToKnow, distance) {
                self.without(record, |_, _| true)
            } else if may_reach(role, Act::Search, kind, Class::NeedToKnow, distance) {
                stub(record, |field, _| field == Field::NOTE_READERS)
            } else {
                Handed::Nothing
            };
        }
        let code = code_field(kind);
        let class = code.map_or(Class::Restricted, |code| self.rules.row(kind, record.values(code)));
        let is_author = code.is_some_and(|code| record.is_all_by(code, me));
        let reads = if is_author { own } else { near };
        if !may_reach(role, Act::Read, kind, class, reads) {
            let knows = if made_by == Some(me) { own } else { near };
            // What they said of it themselves they know; what others made of it they do not.
            return match code.filter(|_| may_reach(role, Act::Search, kind, class, knows)) {
                Some(code) => stub(record, |field, stated| field == code && stated.author == me),
                None => Handed::Nothing,
            };
        }
        let (mine, theirs) = (ceiling(role, Act::Read, kind, own), ceiling(role, Act::Read, kind, near));
        // What a record said once is of the strictest class that it ever was.
        let ever = code.map(|code| self.rules.row(kind, record.known(code).map(|stated| &stated.value)));
        self.without(record, |field, stated| {
            let stands = || record.stated(field).any(|standing| standing.entry == stated.entry);
            let of_record = match ever {
                Some(ever) if ever > class && !stands() => ever,
                _ if is_author => Class::Public,
                _ => class,
            };
            let ceiling = if stated.author == me { mine } else { theirs };
            ceiling.is_some_and(|ceiling| self.rules.statement(record, field, of_record) <= ceiling)
        })
    }

    /// What is opened to somebody of another organisation: never what is for few, and nothing is only counted. Of what
    /// was sent to others, neither what they were shown nor the code that opens it to whoever has it.
    fn view_granted(&self, home: &Home, record: &Record) -> Handed {
        let is_open = home.group.is_some_and(|group| self.granted.contains(&group));
        let (role, kind) = (self.standing.role, record.kind);
        let is_here = home.scope == self.standing.place.operation;
        if !is_open || !is_here || !home.sealed_for.is_empty() || kind == Kind::NOTE {
            return Handed::Nothing;
        }
        let ceiling = ceiling(role, Act::Read, kind, Some(Reach::Organisation));
        let ceiling = ceiling.map(|ceiling| ceiling.min(Class::Confidential));
        let ever = code_field(kind).map_or(Class::Restricted, |code| {
            self.rules.row(kind, record.known(code).map(|stated| &stated.value))
        });
        if ceiling.is_none_or(|ceiling| ever > ceiling) {
            return Handed::Nothing;
        }
        self.without(record, |field, _| {
            !matches!(field, Field::REFERRAL_CODE | Field::REFERRAL_SHARED)
                && ceiling.is_some_and(|ceiling| self.rules.statement(record, field, ever) <= ceiling)
        })
    }

    /// A record with what is kept of it, and without the names of people of whom they may not know.
    pub(super) fn without(&self, record: &Record, keep: impl Fn(Field, &Stated) -> bool) -> Handed {
        let part = record.part(|field, stated| keep(field, stated) && !self.names_hidden(&stated.value));
        part.map_or(Handed::Full, Handed::Part)
    }

    /// Whether a value names somebody of whom they may not know: as a reference, or by id in a list.
    pub(super) fn names_hidden(&self, value: &Value) -> bool {
        if self.hidden.is_empty() {
            return false;
        }
        match value {
            Value::Ref(id) => self.hidden.contains(id),
            Value::Codes(codes) => {
                codes.iter().filter_map(|code| RecordId::parse(code)).any(|id| self.hidden.contains(&id))
            }
            // In words of one's own nobody is told from anybody else; ids stand in none.
            _ => false,
        }
    }

    /// As [`Self::may_have_known_more`], where they may know of it at all.
    #[must_use]
    pub fn may_have_known(&self, home: &Home, record: &Record) -> bool {
        home.may_know(self.standing.user) && self.may_have_known_more(home, record)
    }

    /// Whether they may have been handed something of a record at an earlier state of it, of which they are handed
    /// less now: what it is about was found to be for fewer people, or they were taken off its readers.
    #[must_use]
    pub fn may_have_known_more(&self, home: &Home, record: &Record) -> bool {
        let (me, mine) = (self.standing.user, &self.standing.place);
        let is_ours = (&home.scope, &home.organisation) == (&mine.operation, &mine.organisation);
        // Of what is sent to others they never knew, and what was sent to them is never found to be for fewer.
        if !is_ours && !home.group.is_some_and(|group| self.granted.contains(&group)) {
            return false;
        }
        if record.kind == Kind::NOTE {
            let is_named = |stated: &Stated| {
                let codes = stated.value.as_codes().unwrap_or_default();
                codes.iter().any(|code| UserId::parse(code) == Some(me))
            };
            return record.known(Field::NOTE_READERS).any(is_named);
        }
        let Some(code) = code_field(record.kind) else { return false };
        let ceiling = ceiling(self.standing.role, Act::Read, record.kind, Some(Reach::Organisation));
        record.known(code).any(|stated| {
            let class = self.rules.row(record.kind, [&stated.value]);
            stated.author == me || ceiling.is_some_and(|ceiling| class <= ceiling)
        })
    }
}

/// What a record hangs on, and what else is kept.
fn stub(record: &Record, keep: impl Fn(Field, &Stated) -> bool) -> Handed {
    let owner = record.kind.owner_field();
    let part = record.part(|field, stated| Some(field) == owner || keep(field, stated));
    Handed::Stub(part.unwrap_or_else(|| record.clone()))
}
