//! Referrals: what their receiver is handed and may state, what whoever began one reads back, and which steps are taken.
//!
//! The rules of the steps, of the gate and of what is shown are those of `domain::service::referral`; here they meet
//! the rows and the desks.

use super::{Eyes, Handed, OUT_OF_REACH, Weighing, reads_only_referrals};
use crate::server::ledger::Home;
use domain::permission::{Act, Reach, ceiling, distance};
use domain::service::referral::{
    Backing, GateFault, Parties, gate, is_shown_to_receiver, judge_step, lacking, receiver_part, role_may,
};
use domain::service::{Party, Referral, Status};
use domain::{Change, Class, Field, Kind, Op, Record, Role, Standing, UserId, Value};

/// Why a step is parked: from where the referral stands nobody goes there, or not its author.
pub const STEP_NOT_ALLOWED: &str = "step_not_allowed";
/// Why a step is parked: somebody else has taken it, or another one from where its author saw it.
pub const STEP_TAKEN: &str = "step_taken";
/// Why a step is parked: something must be said with it.
pub const STEP_LACKS: &str = "step_lacks";
/// Why it is parked that a referral was sent: nobody agreed to that, or not to this institution.
pub const NO_CONSENT: &str = "no_consent";
/// Why it is parked that a referral was sent or answered: the consent was taken back.
pub const CONSENT_WITHDRAWN: &str = "consent_withdrawn";
/// Why it is parked that a referral was sent, or changed since: it would share other things than the person was shown.
pub const SHARED_OTHERWISE: &str = "shared_otherwise";
/// Why it is parked that a referral was sent: not everybody may do so without consent.
pub const MAY_NOT_OVERRIDE: &str = "may_not_override";

/// What the receiver says beside a step, and nobody else.
const ANSWERS: &[Field] =
    &[Field::REFERRAL_ANSWER, Field::REFERRAL_NEXT, Field::REFERRAL_REJECT_REASON, Field::REFERRAL_OUTCOME];

/// What stays as it was when the person was shown it: nobody changes it once it was sent.
const SHOWN: &[Field] = &[
    Field::REFERRAL_TO,
    Field::REFERRAL_DESK,
    Field::REFERRAL_FROM,
    Field::REFERRAL_FROM_DESK,
    Field::REFERRAL_SECTOR,
    Field::REFERRAL_URGENCY,
    Field::REFERRAL_REASON,
    Field::REFERRAL_FIELDS_SHARED,
    Field::REFERRAL_SHARED,
    Field::REFERRAL_CONSENT,
    Field::REFERRAL_CONSENT_FORM,
    Field::REFERRAL_OVERRIDE,
    Field::REFERRAL_OVERRIDE_NOTE,
    Field::REFERRAL_PARENT,
    Field::REFERRAL_REF,
    Field::REFERRAL_CODE,
    Field::REFERRAL_SENT_AT,
    Field::REFERRAL_DUE,
];

/// What somebody who reads nothing else is told of what they sent, whoever stated it: what became of it.
const BECAME: &[Field] = &[
    Field::REFERRAL_STATUS,
    Field::REFERRAL_DUE,
    Field::REFERRAL_SENT_AT,
    Field::REFERRAL_OUTCOME,
    Field::REFERRAL_REJECT_REASON,
    Field::REFERRAL_NEXT,
    Field::REFERRAL_CONSENT_STATE,
    Field::REFERRAL_WITHDRAWN_SEEN,
];

/// No site has this code: where the tables no longer have a desk, nobody is at it but supervisors.
const NOWHERE: &str = " ";

/// Where a referral stands that was sent, or that is still being written. What builds from before there were desks
/// called sent was told to nobody: it is being written still.
fn standing_of(home: &Home, record: &Record) -> Status {
    match Referral::of(record).map_or(Status::Draft, Referral::status) {
        status if home.addressed.is_some() || status == Status::Cancelled => status,
        _ => Status::Draft,
    }
}

/// Whether the consent that a referral rests on was taken back, as far as the ledger knows.
fn is_withdrawn(home: &Home, record: &Record) -> bool {
    let by_consent = home.addressed.as_ref().is_some_and(|addressed| addressed.withdrawn);
    by_consent || Referral::of(record).is_some_and(Referral::is_withdrawn)
}

impl Eyes {
    /// Whether a referral was sent to a desk at which they are; and then whether they may read what it says. Somebody
    /// who looks after the desk is otherwise told that it is there, and whether it is overdue.
    pub(super) fn receives(&self, home: &Home, record: &Record) -> Option<bool> {
        let Standing { role, place, .. } = &self.standing;
        let addressed = home.addressed.as_ref()?;
        let is_ours = (&home.scope, &addressed.organisation) == (&place.operation, &place.organisation);
        if !is_ours || !role_may(*role, Party::Receiver) {
            return None;
        }
        let referral = Referral::of(record)?;
        let site = match self.desks {
            super::Desks::None => return None,
            super::Desks::Any => "",
            super::Desks::Theirs => {
                self.rules.desk_site(referral.text(Field::REFERRAL_DESK)).unwrap_or(NOWHERE)
            }
        };
        if !referral.parties(&self.standing, site).receiver {
            return None;
        }
        // It was sent for them to work with: what it says is for whoever may know of its sector.
        let sectors = record.known(Field::REFERRAL_SECTOR).map(|stated| &stated.value);
        let class = self.rules.row(Kind::REFERRAL, sectors);
        let ceiling = match role {
            Role::ReferralFocalPoint | Role::Counsellor | Role::Slip => Some(Class::NeedToKnow),
            role => ceiling(*role, Act::Read, Kind::REFERRAL, Some(Reach::Organisation)),
        };
        let reads = ceiling.is_some_and(|ceiling| class <= ceiling);
        (reads || *role == Role::Supervisor).then_some(reads)
    }

    /// What they are handed of a referral that was sent to their desk.
    pub(super) fn view_received(&self, home: &Home, record: &Record) -> Handed {
        let (Some(reads), Some(status)) =
            (self.receives(home, record), Referral::of(record).map(Referral::status))
        else {
            return Handed::Nothing;
        };
        let withdrawn = is_withdrawn(home, record);
        let Some(part) = receiver_part(record, withdrawn) else { return Handed::Nothing };
        // What was thought of while it was being written nobody was shown.
        let stands = |field: Field, entry| {
            field == Field::REFERRAL_STATUS || record.stated(field).any(|stated| stated.entry == entry)
        };
        let me = self.standing.user;
        let keeps = |field| reads || is_shown_to_receiver(status, true, field);
        let shown = part.part(|field, stated| {
            stands(field, stated.entry)
                && !self.names_hidden(&stated.value)
                && (keeps(field) || stated.author == me)
        });
        let shown = shown.unwrap_or(part);
        if withdrawn || status.ended_badly() { Handed::Less(shown) } else { Handed::Part(shown) }
    }

    /// What somebody who is handed nothing else is handed of a referral that they began: a focal point all of it, a
    /// border officer what they said themselves, and what became of it. Neither of them anything of the person once it
    /// was taken back.
    pub(super) fn view_begun(&self, home: &Home, record: &Record) -> Handed {
        let (role, me) = (self.standing.role, self.standing.user);
        if record.kind != Kind::REFERRAL {
            return Handed::Nothing;
        }
        // Of what was taken back nothing of the person stays with who holds no record of them.
        if is_withdrawn(home, record)
            && let Some(part) = receiver_part(record, true)
        {
            return Handed::Less(part);
        }
        self.without(record, |field, stated| {
            role == Role::ReferralFocalPoint || stated.author == me || BECAME.contains(&field)
        })
    }
}

/// A referral as it stood before an entry, and as it stands with it.
pub struct Stood<'a> {
    /// Before, and where it belonged; `None` when it begins with the entry.
    pub before: Option<(&'a Home, &'a Record)>,
    /// With it.
    pub after: &'a Record,
    /// What it rests on.
    pub backing: Backing<'a>,
    /// The consent that it rests on is taken back with it, or another one of the same people for the same institution.
    pub withdraws: bool,
    /// The consent that it rests on was taken back since it was given, by another record.
    pub withdrawn: bool,
    /// The referral that it answers was taken back: it backs nothing any more.
    pub parent_withdrawn: bool,
    /// Somebody may be told of it: its desk is in the operation where it belongs, and takes people still.
    pub reaches_desk: bool,
    /// The number of its slip is another one's.
    pub is_number_taken: bool,
    /// It hangs on somebody else, who is not what became of whom it hung on when groups were put together.
    pub is_of_others: bool,
}

impl Weighing {
    /// On which sides of a referral they are that stands so: whether they work where it belongs, and may change it
    /// there; and whether they received it, and may read it.
    fn sides(&self, home: &Home, made_by: Option<UserId>, record: &Record) -> (Option<Reach>, Option<bool>) {
        let Standing { user, role, .. } = self.standing;
        let is_mine = made_by == Some(user);
        // Who is handed nothing but their own changes nothing else.
        let only_own = reads_only_referrals(role);
        let near = distance(&self.standing, &home.place(), only_own && is_mine);
        let is_sender = near.is_some_and(|near| near <= Reach::Organisation)
            && home.may_know(user)
            && (!only_own || is_mine);
        (near.filter(|_| is_sender), self.eyes().receives(home, record))
    }

    /// Why they may not have made a change to a referral as it stands. Of one that was sent each side says its own;
    /// whether a step is taken is judged by [`Self::refuses_step`].
    pub(super) fn refuses_of_referral(
        &self,
        home: &Home,
        made_by: Option<UserId>,
        record: &Record,
        change: &Change,
    ) -> Option<&'static str> {
        let (sender, receives) = self.sides(home, made_by, record);
        let states = |op: &Op| sender.is_some() && self.may_state(sender, record, op);
        let refuses = |op: &Op| match op.field {
            _ if home.addressed.is_none() => (!states(op)).then_some(OUT_OF_REACH),
            Field::REFERRAL_STATUS => {
                let knows = || self.knows(home, made_by, Some(record));
                let may = receives == Some(true) || (states(op) && knows());
                (!may).then_some(OUT_OF_REACH)
            }
            Field::REFERRAL_WITHDRAWN_SEEN if receives.is_some() => None,
            field if ANSWERS.contains(&field) || field == Field::REFERRAL_WITHDRAWN_SEEN => match receives {
                Some(true) => None,
                Some(false) => Some(OUT_OF_REACH),
                None if sender.is_some() => Some(STEP_NOT_ALLOWED),
                None => Some(OUT_OF_REACH),
            },
            _ if sender.is_none() => Some(OUT_OF_REACH),
            Field::REFERRAL_CONSENT_STATE if op.value.as_text() == Some("withdrawn") => {
                (!states(op)).then_some(OUT_OF_REACH)
            }
            Field::REFERRAL_CONSENT_STATE => Some(SHARED_OTHERWISE),
            field if SHOWN.contains(&field) => Some(SHARED_OTHERWISE),
            _ => (!states(op)).then_some(OUT_OF_REACH),
        };
        change.ops.iter().find_map(refuses)
    }

    /// Why a change may not bring a referral from where it stood to where it stands with it.
    #[must_use]
    pub fn refuses_step(
        &self,
        change: &Change,
        made_by: Option<UserId>,
        stood: &Stood<'_>,
    ) -> Option<&'static str> {
        let from = stood.before.map_or(Status::Draft, |(home, record)| standing_of(home, record));
        let was_withdrawn = stood.before.is_some_and(|(home, record)| is_withdrawn(home, record));
        let (sender, receives) = match stood.before {
            Some((home, record)) => self.sides(home, made_by, record),
            None => (Some(Reach::Own), None),
        };
        if from != Status::Draft && stood.is_of_others {
            return Some(SHARED_OTHERWISE);
        }
        let Some(op) = change.ops.iter().find(|op| op.field == Field::REFERRAL_STATUS) else {
            let answers = change.ops.iter().any(|op| ANSWERS.contains(&op.field));
            return match from {
                Status::Draft => None,
                _ if answers && from.is_final() => Some(STEP_TAKEN),
                _ if answers && was_withdrawn => Some(CONSENT_WITHDRAWN),
                _ => lacking(stood.after, from).map(|_| STEP_LACKS),
            };
        };
        let Some(to) = op.value.as_text().and_then(Status::from_code) else {
            // Nothing was ever sent: what builds of then made of it is theirs.
            return (from != Status::Draft).then_some(STEP_NOT_ALLOWED);
        };
        if from == Status::Draft && to == Status::Draft {
            return None;
        }
        let referral = Referral::of(stood.after)?;
        // Whoever holds the record now speaks for whoever sent it before it was handed over.
        let was_sent = stood.before.is_some_and(|(home, _)| home.addressed.is_some());
        let from_us = was_sent || referral.parties(&self.standing, NOWHERE).sender;
        let parties = Parties { sender: sender.is_some() && from_us, receiver: receives == Some(true) };
        if to == Status::Cancelled && stood.withdraws && parties.sender {
            // Whoever takes a consent back is never too late, and never kept waiting for the referrals that they know of.
            return None;
        }
        if parties.receiver && is_late_reading(op, from, to, stood) {
            return None;
        }
        if judge_step(from, to, parties, self.standing.role).is_err() {
            return Some(self.why_not(op, from, to, parties, stood));
        }
        if was_withdrawn && to != Status::Cancelled {
            return Some(CONSENT_WITHDRAWN);
        }
        if to != Status::Cancelled && !from.awaits_answer() && from != Status::Draft && !replaces(op, stood) {
            // From where they saw it somebody else went on: what they go on from now they never saw.
            return Some(STEP_TAKEN);
        }
        if to == Status::Sent {
            return self.refuses_sending(referral, stood);
        }
        lacking(stood.after, to).map(|_| STEP_LACKS)
    }

    /// Whether somebody else was first: it stood, when its author saw it, where the step could be taken from.
    fn why_not(
        &self,
        op: &Op,
        from: Status,
        to: Status,
        parties: Parties,
        stood: &Stood<'_>,
    ) -> &'static str {
        let known = stood.before.into_iter().flat_map(|(_, record)| record.known(Field::REFERRAL_STATUS));
        let mut seen = known
            .filter(|stated| op.replaces.contains(&stated.entry))
            .filter_map(|stated| stated.value.as_text().and_then(Status::from_code));
        let is_late =
            seen.any(|seen| seen != from && judge_step(seen, to, parties, self.standing.role).is_ok());
        if from == to || is_late { STEP_TAKEN } else { STEP_NOT_ALLOWED }
    }

    /// Why a referral may not be sent as it stands.
    fn refuses_sending(&self, referral: Referral<'_>, stood: &Stood<'_>) -> Option<&'static str> {
        let record = stood.after;
        if let Err(fault) = gate(self.standing.role, record, &stood.backing) {
            return Some(match fault {
                GateFault::NoConsent if stood.parent_withdrawn => CONSENT_WITHDRAWN,
                GateFault::Lacks(_) => STEP_LACKS,
                GateFault::NoConsent => NO_CONSENT,
                GateFault::Withdrawn => CONSENT_WITHDRAWN,
                GateFault::MayNotOverride => MAY_NOT_OVERRIDE,
                GateFault::SharedOtherwise => SHARED_OTHERWISE,
            });
        }
        if stood.withdrawn {
            return Some(CONSENT_WITHDRAWN);
        }
        let desk = self.rules.desk(referral.text(Field::REFERRAL_DESK));
        if desk.is_none_or(|(institution, _)| institution != referral.text(Field::REFERRAL_TO)) {
            return Some(STEP_LACKS);
        }
        if !stood.reaches_desk || stood.is_number_taken {
            return Some(STEP_LACKS);
        }
        // Two values side by side: nobody knows which the person was shown. And an answer is nobody's yet.
        let is_two = SHOWN.iter().any(|field| record.values(*field).len() > 1);
        let is_answered =
            ANSWERS.iter().any(|field| record.values(*field).iter().any(|value| **value != Value::Nothing));
        (is_two || is_answered).then_some(SHARED_OTHERWISE)
    }
}

/// Whether somebody of the desk says that it was received after a colleague has gone further: it stands beside what the
/// colleague said, which counts, and nobody need be told that they were late to read.
fn is_late_reading(op: &Op, from: Status, to: Status, stood: &Stood<'_>) -> bool {
    to == Status::Received && !matches!(from, Status::Draft | Status::Sent) && !replaces(op, stood)
}

/// Whether a step is taken from the statement that counts: its author saw where it stands.
fn replaces(op: &Op, stood: &Stood<'_>) -> bool {
    let standing = stood.before.and_then(|(_, record)| Referral::of(record)?.standing());
    standing.is_some_and(|(_, stated)| op.replaces.contains(&stated.entry))
}
