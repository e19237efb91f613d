//! Who may do what: one table, judged on the device and again on the server.
//!
//! An act, a record kind and a role decide who may state and collect; the class of what is held decides who
//! sees it on the device, see [`sees`]. The issue of permissions widens the table by reach (own, team, site,
//! organisation, all); callers keep asking the same questions.

use crate::catalogue::Class;
use crate::entry::Entry;
use crate::field::Kind;
use minicbor::{Decode, Encode};

/// What somebody is here for. The codes are fixed: they lie in the server's rows and in sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
#[repr(u8)]
pub enum Role {
    /// Registers families.
    #[n(1)]
    Caseworker = 1,
    /// Holds counselling sessions, gives assistance, refers.
    #[n(2)]
    Counsellor = 2,
    /// Sees backlog and conflicts of a team.
    #[n(3)]
    Supervisor = 3,
    /// Checks a card at another institution.
    #[n(4)]
    Verifier = 4,
    /// Receives referrals at another institution.
    #[n(5)]
    ReferralFocalPoint = 5,
    /// Looks after devices and people's roles, and reads nobody's record.
    #[n(6)]
    Administrator = 6,
    /// Reads the log of who read what, and nobody's record.
    #[n(7)]
    Auditor = 7,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 7] = [
        Role::Caseworker,
        Role::Counsellor,
        Role::Supervisor,
        Role::Verifier,
        Role::ReferralFocalPoint,
        Role::Administrator,
        Role::Auditor,
    ];

    /// The fixed code.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The role of a code; `None` for one of a later version, which may then do nothing here.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Names words and logs.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Role::Caseworker => "caseworker",
            Role::Counsellor => "counsellor",
            Role::Supervisor => "supervisor",
            Role::Verifier => "verifier",
            Role::ReferralFocalPoint => "referral_focal_point",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }
}

/// What somebody wants to do with records of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// State something new.
    Register,
    /// Replace what was stated.
    Amend,
    /// Learn that a record exists.
    Search,
    /// Open it, collect it.
    Read,
    /// Have entries taken in. What others send is parked, never dropped.
    Deliver,
}

/// Why an entry is not taken as it is. It is parked then and judged again when rules change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not for this role.
    #[error("{} may not {act:?} records of kind {}", .role.key(), .kind.0)]
    NotForThisRole {
        /// Who asked.
        role: Role,
        /// For what.
        act: Act,
        /// On which kind.
        kind: Kind,
    },
    /// A kind of a later version: nobody here can tell who may touch it.
    #[error("records of kind {} are not known here", .0.0)]
    UnknownKind(Kind),
    /// An entry that says nothing.
    #[error("the entry changes nothing")]
    Empty,
}

/// The table.
#[must_use]
pub fn may(role: Role, act: Act, kind: Kind) -> bool {
    match role {
        Role::Caseworker | Role::Counsellor | Role::Supervisor => match act {
            Act::Register | Act::Amend | Act::Search | Act::Read | Act::Deliver => is_known(kind),
        },
        Role::Verifier | Role::ReferralFocalPoint | Role::Administrator | Role::Auditor => false,
    }
}

/// Kinds of later versions are for nobody here: who may touch them is not known.
fn is_known(kind: Kind) -> bool {
    kind.key().is_some()
}

/// Whether somebody may see, on the device, what is of a class; `is_author` when they stated it themselves.
///
/// Who may not see something of [`Class::NeedToKnow`] is told that something is there, and no more («1 dato
/// reservado»). Confidential things are seen by all who register, until reaches narrow it to those on the case.
#[must_use]
pub fn sees(role: Role, class: Class, is_author: bool) -> bool {
    match (role, class) {
        (_, Class::Public) => true,
        (Role::Caseworker | Role::Counsellor | Role::Supervisor, Class::Restricted | Class::Confidential) => {
            true
        }
        (Role::Counsellor, Class::NeedToKnow) => true,
        (Role::Caseworker | Role::Supervisor, Class::NeedToKnow) => is_author,
        (Role::Verifier | Role::ReferralFocalPoint | Role::Administrator | Role::Auditor, _) => false,
    }
}

/// Whether somebody may record and confirm a specific need whose code is of class need-to-know. Others record that
/// a need was reported (`X-PE`, pending) and leave finding out which to those who may. Rule NEE01 of `rules.csv`.
#[must_use]
pub fn may_assess(role: Role) -> bool {
    role == Role::Counsellor
}

/// Whether somebody of this role may have stated the entry.
///
/// # Errors
/// The first reason against it.
pub fn judge(role: Role, entry: &Entry) -> Result<(), Refusal> {
    if entry.changes.iter().all(|change| change.ops.is_empty()) {
        return Err(Refusal::Empty);
    }
    for change in &entry.changes {
        let kind = change.kind;
        if !is_known(kind) {
            return Err(Refusal::UnknownKind(kind));
        }
        let amends = change.ops.iter().any(|op| !op.replaces.is_empty());
        for act in [Act::Deliver, if amends { Act::Amend } else { Act::Register }] {
            if !may(role, act, kind) {
                return Err(Refusal::NotForThisRole { role, act, kind });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Change, Op};
    use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
    use crate::value::Value;

    const ACTS: [Act; 5] = [Act::Register, Act::Amend, Act::Search, Act::Read, Act::Deliver];

    fn entry(kind: Kind, ops: usize) -> Entry {
        let op = Op { field: crate::Field::SITE, value: Value::Nothing, replaces: vec![] };
        Entry {
            id: EntryId([1; 16]),
            author: UserId([2; 16]),
            enrolment: EnrolmentId([3; 16]),
            at: 0,
            changes: vec![Change { record: RecordId([4; 16]), kind, ops: vec![op; ops] }],
        }
    }

    #[test]
    fn the_table_is_as_agreed() {
        for (role, code, wanted) in [
            (Role::Caseworker, 1, true),
            (Role::Counsellor, 2, true),
            (Role::Supervisor, 3, true),
            (Role::Verifier, 4, false),
            (Role::ReferralFocalPoint, 5, false),
            (Role::Administrator, 6, false),
            (Role::Auditor, 7, false),
        ] {
            assert_eq!((role.code(), Role::from_code(code)), (code, Some(role)));
            assert_eq!(minicbor::to_vec(role).unwrap(), [code]);
            for act in ACTS {
                for kind in (1..=11).map(Kind) {
                    assert_eq!(may(role, act, kind), wanted, "{role:?} {act:?} {kind:?}");
                    assert!(Kind::ALL.contains(&kind));
                }
                assert!(!may(role, act, Kind(999)));
            }
        }
        assert_eq!(Role::from_code(0), None);
        assert_eq!(Role::from_code(8), None);
    }

    #[test]
    fn who_sees_what_is_as_agreed() {
        // Public, restricted, confidential, need to know; need to know of one's own; may assess.
        for (role, wanted) in [
            (Role::Caseworker, [true, true, true, false, true, false]),
            (Role::Counsellor, [true, true, true, true, true, true]),
            (Role::Supervisor, [true, true, true, false, true, false]),
            (Role::Verifier, [true, false, false, false, false, false]),
            (Role::ReferralFocalPoint, [true, false, false, false, false, false]),
            (Role::Administrator, [true, false, false, false, false, false]),
            (Role::Auditor, [true, false, false, false, false, false]),
        ] {
            let seen = |class| sees(role, class, false);
            let told = [
                seen(Class::Public),
                seen(Class::Restricted),
                seen(Class::Confidential),
                seen(Class::NeedToKnow),
                sees(role, Class::NeedToKnow, true),
                may_assess(role),
            ];
            assert_eq!(told, wanted, "{role:?}");
        }
    }

    #[test]
    fn an_entry_is_judged_by_every_change() {
        for kind in Kind::ALL {
            assert_eq!(judge(Role::Caseworker, &entry(*kind, 1)), Ok(()));
        }
        assert_eq!(judge(Role::Caseworker, &entry(Kind::GROUP, 0)), Err(Refusal::Empty));
        assert_eq!(judge(Role::Caseworker, &entry(Kind(999), 1)), Err(Refusal::UnknownKind(Kind(999))));
        for role in [Role::Verifier, Role::ReferralFocalPoint, Role::Administrator, Role::Auditor] {
            assert!(matches!(judge(role, &entry(Kind::GROUP, 1)), Err(Refusal::NotForThisRole { .. })));
        }
        let mut mixed = entry(Kind::GROUP, 1);
        mixed.changes.push(entry(Kind(999), 1).changes.remove(0));
        assert_eq!(judge(Role::Caseworker, &mixed), Err(Refusal::UnknownKind(Kind(999))));
    }
}
