//! The states of a referral, and who may bring it from one to the next.

use crate::field::Field;
use crate::permission::Role;
use crate::record::Record;
use crate::value::Value;

/// Where a referral stands. The codes are those of `referral_status.csv`. *Waiting for a line* and *overdue* are no
/// states: the first is a sent one that is still on the device, the second one of which the time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Being written; kept, and told to no receiver.
    Draft,
    /// Finished by its sender.
    Sent,
    /// Opened by the receiver.
    Received,
    /// The receiver takes it.
    Accepted,
    /// The receiver is at it.
    InProgress,
    /// Over: the service was given, or a part of it.
    Closed,
    /// Over, without the service.
    ClosedNoService,
    /// The receiver does not take it, and says why.
    Rejected,
    /// The receiver referred on or back; what comes of that may still be said.
    Counter,
    /// Taken back by its sender, or for the person who withdrew.
    Cancelled,
}

impl Status {
    /// Every state.
    pub const ALL: [Status; 10] = [
        Status::Draft,
        Status::Sent,
        Status::Received,
        Status::Accepted,
        Status::InProgress,
        Status::Closed,
        Status::ClosedNoService,
        Status::Rejected,
        Status::Counter,
        Status::Cancelled,
    ];

    /// Its code in `referral_status.csv`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Sent => "sent",
            Status::Received => "received",
            Status::Accepted => "accepted",
            Status::InProgress => "in_progress",
            Status::Closed => "closed",
            Status::ClosedNoService => "closed_no_service",
            Status::Rejected => "rejected",
            Status::Counter => "counter",
            Status::Cancelled => "cancelled",
        }
    }

    /// The state of a code. Earlier versions wrote `queued` for a sent one without a line.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Status> {
        match code {
            "queued" => Some(Status::Sent),
            code => Status::ALL.into_iter().find(|status| status.code() == code),
        }
    }

    /// Whether nothing more can be said.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Status::Closed | Status::ClosedNoService | Status::Rejected | Status::Cancelled)
    }

    /// Whether it is with the receiver, and not over.
    #[must_use]
    pub fn is_open(self) -> bool {
        !self.is_final() && self != Status::Draft
    }

    /// Whether it ended without the service: then the receiver loses what was shared.
    #[must_use]
    pub fn ended_badly(self) -> bool {
        matches!(self, Status::ClosedNoService | Status::Rejected | Status::Cancelled)
    }

    /// Whether nobody has answered yet. That it was opened is no answer.
    #[must_use]
    pub fn awaits_answer(self) -> bool {
        matches!(self, Status::Sent | Status::Received)
    }
}

/// How far a state is on its way; a withdrawal goes before all, so that it never loses to an answer made beside it.
#[must_use]
pub fn status_rank(status: Status) -> u8 {
    match status {
        Status::Draft => 0,
        Status::Sent => 1,
        Status::Received => 2,
        Status::Accepted => 3,
        Status::InProgress => 4,
        Status::Counter => 5,
        Status::Rejected => 6,
        Status::ClosedNoService => 7,
        Status::Closed => 8,
        Status::Cancelled => 9,
    }
}

/// A side of a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The institution that asks.
    Sender,
    /// The desk that is asked.
    Receiver,
}

/// On which sides somebody is: on both, where two desks of one institution refer to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// Of the institution that asks.
    pub sender: bool,
    /// At the desk that is asked.
    pub receiver: bool,
}

impl Parties {
    /// Whether they are on this side.
    #[must_use]
    pub fn has(self, party: Party) -> bool {
        match party {
            Party::Sender => self.sender,
            Party::Receiver => self.receiver,
        }
    }
}

/// Every step there is: from, to, and whose it is. A sender sends and takes back as long as it is not over; all else
/// is the receiver's.
pub const STEPS: &[(Status, Status, Party)] = &[
    (Status::Draft, Status::Sent, Party::Sender),
    (Status::Draft, Status::Cancelled, Party::Sender),
    (Status::Sent, Status::Received, Party::Receiver),
    (Status::Sent, Status::Accepted, Party::Receiver),
    (Status::Sent, Status::Rejected, Party::Receiver),
    (Status::Sent, Status::Cancelled, Party::Sender),
    (Status::Received, Status::Accepted, Party::Receiver),
    (Status::Received, Status::Rejected, Party::Receiver),
    (Status::Received, Status::Cancelled, Party::Sender),
    (Status::Accepted, Status::InProgress, Party::Receiver),
    (Status::Accepted, Status::Closed, Party::Receiver),
    (Status::Accepted, Status::ClosedNoService, Party::Receiver),
    (Status::Accepted, Status::Counter, Party::Receiver),
    (Status::Accepted, Status::Cancelled, Party::Sender),
    (Status::InProgress, Status::Closed, Party::Receiver),
    (Status::InProgress, Status::ClosedNoService, Party::Receiver),
    (Status::InProgress, Status::Counter, Party::Receiver),
    (Status::InProgress, Status::Cancelled, Party::Sender),
    (Status::Counter, Status::Closed, Party::Receiver),
    (Status::Counter, Status::ClosedNoService, Party::Receiver),
    (Status::Counter, Status::Cancelled, Party::Sender),
];

/// Whether somebody of a role may take a step on a side. Sending and withdrawing is for whoever works with people, a
/// border officer included; answering for whoever works at the desk, with an account or by a slip.
#[must_use]
pub fn role_may(role: Role, party: Party) -> bool {
    match party {
        Party::Sender => matches!(
            role,
            Role::Caseworker
                | Role::Counsellor
                | Role::Supervisor
                | Role::ReferralFocalPoint
                | Role::BorderOfficer
        ),
        Party::Receiver => matches!(
            role,
            Role::Caseworker | Role::Counsellor | Role::Supervisor | Role::ReferralFocalPoint | Role::Slip
        ),
    }
}

/// The steps that somebody may take from a state, in the order of [`STEPS`].
#[must_use]
pub fn allowed(from: Status, parties: Parties, role: Role) -> Vec<Status> {
    let mine = |party: Party| parties.has(party) && role_may(role, party);
    let steps = STEPS.iter().filter(|(at, _, party)| *at == from && mine(*party));
    steps.map(|(_, to, _)| *to).collect()
}

/// Why a step is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepFault {
    /// The state does not allow it; these are the ones that it does, to this person.
    #[error("from {} nobody goes to {}; allowed: {}", .from.code(), .to.code(),
        .allowed.iter().map(|status| status.code()).collect::<Vec<_>>().join(", "))]
    NotFromHere {
        /// Where it stands.
        from: Status,
        /// What was asked.
        to: Status,
        /// What may be asked.
        allowed: Vec<Status>,
    },
    /// There is such a step, and it is the other side's.
    #[error("{} is for the other side", .0.code())]
    OtherSide(Status),
    /// There is such a step on their side, and it is not for their role.
    #[error("{} is not for this role", .0.code())]
    NotForThisRole(Status),
    /// Something must be said with it.
    #[error("field {} is needed", .0.0)]
    Lacks(Field),
}

/// Whether somebody may bring a referral from one state to another.
///
/// # Errors
/// Why not.
pub fn judge_step(from: Status, to: Status, parties: Parties, role: Role) -> Result<(), StepFault> {
    let Some((_, _, party)) = STEPS.iter().find(|(at, next, _)| (*at, *next) == (from, to)) else {
        return Err(StepFault::NotFromHere { from, to, allowed: allowed(from, parties, role) });
    };
    if !parties.has(*party) {
        Err(StepFault::OtherSide(to))
    } else if !role_may(role, *party) {
        Err(StepFault::NotForThisRole(to))
    } else {
        Ok(())
    }
}

/// Whether an outcome (list `referral_outcome`) belongs to a state.
#[must_use]
pub fn fits(status: Status, outcome: &str) -> bool {
    match status {
        Status::Closed => matches!(outcome, "served" | "partly"),
        Status::ClosedNoService => matches!(outcome, "not_reached" | "declined"),
        Status::Counter => outcome == "re_referred",
        _ => false,
    }
}

/// What a referral lacks that must be said with the state it stands in: the reason with a rejection, a fitting outcome
/// with an end.
#[must_use]
pub fn lacking(record: &Record, status: Status) -> Option<Field> {
    let text = |field| record.shown(field).and_then(Value::as_text).unwrap_or_default();
    match status {
        Status::Rejected if text(Field::REFERRAL_REJECT_REASON).is_empty() => {
            Some(Field::REFERRAL_REJECT_REASON)
        }
        Status::Closed | Status::ClosedNoService | Status::Counter
            if !fits(status, text(Field::REFERRAL_OUTCOME)) =>
        {
            Some(Field::REFERRAL_OUTCOME)
        }
        _ => None,
    }
}
