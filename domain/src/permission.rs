//! Who may do what: one table, judged on the device and again on the server.
//!
//! [`reach`] is the table: how far a role may go with an act, by the kind of record and the class of what is held.
//! [`distance`] says how far a record is from somebody. Whoever is not further away than they may reach, may.

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
    /// Refers people from a border post, and reads nothing but what became of what they sent.
    #[n(8)]
    BorderOfficer = 8,
    /// Nobody: a desk without accounts, which answers on the page of a slip's code. The server states what it said;
    /// nobody is ever invited as this.
    #[n(9)]
    Slip = 9,
    /// Nobody: a family that pre-registers itself on its own phone, without an account. The server states what it said;
    /// nobody is ever invited as this.
    #[n(10)]
    Applicant = 10,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 10] = [
        Role::Caseworker,
        Role::Counsellor,
        Role::Supervisor,
        Role::Verifier,
        Role::ReferralFocalPoint,
        Role::Administrator,
        Role::Auditor,
        Role::BorderOfficer,
        Role::Slip,
        Role::Applicant,
    ];

    /// Whether it is nobody's: the server states in its name, and nobody is ever invited as it.
    #[must_use]
    pub fn is_voice(self) -> bool {
        matches!(self, Role::Slip | Role::Applicant)
    }

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
            Role::BorderOfficer => "border_officer",
            Role::Slip => "slip",
            Role::Applicant => "applicant",
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
    /// Learn that a record exists, and no more.
    Search,
    /// Open it, collect it.
    Read,
    /// Have entries taken in. What others send is parked, never dropped.
    Deliver,
}

impl Act {
    /// Every act.
    pub const ALL: [Act; 5] = [Act::Register, Act::Amend, Act::Search, Act::Read, Act::Deliver];
}

/// How far from somebody a record is, or how far they may reach. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// They began it themselves, or are named on it.
    Own,
    /// Their team's.
    Team,
    /// Their site's.
    Site,
    /// Their organisation's, at any site of the operation.
    Organisation,
    /// The whole operation's: every organisation in one country. Nothing reaches beyond.
    All,
}

impl Reach {
    /// From the narrowest to the widest.
    pub const ALL: [Reach; 5] = [Reach::Own, Reach::Team, Reach::Site, Reach::Organisation, Reach::All];
}

/// Where a user works or a record belongs. Codes of the tables `sites`, `institutions` and `teams`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// The operation: a country's code.
    #[n(0)]
    pub operation: String,
    /// The organisation; empty where an office has only one and never named it.
    #[n(1)]
    pub organisation: String,
    /// The site.
    #[n(2)]
    pub site: String,
    /// The team; empty for none.
    #[n(3)]
    pub team: String,
}

/// Somebody, with what they are here for and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Standing {
    /// Who.
    #[n(0)]
    pub user: crate::id::UserId,
    /// What they are here for.
    #[n(1)]
    pub role: Role,
    /// Where.
    #[n(2)]
    pub place: Place,
}

/// How far a record is from somebody; `None` in another operation, which nobody reaches. `is_named` when they began
/// the record, or are named on it as one of those whom it is for: within their organisation, which holds it. Whoever
/// goes over to another one leaves what they did for the former behind.
#[must_use]
pub fn distance(standing: &Standing, place: &Place, is_named: bool) -> Option<Reach> {
    let mine = &standing.place;
    if mine.operation != place.operation {
        return None;
    }
    let is_ours = mine.organisation == place.organisation;
    Some(if is_named && is_ours {
        Reach::Own
    } else if !is_ours {
        Reach::All
    } else if mine.site != place.site {
        Reach::Organisation
    } else if mine.team.is_empty() || mine.team != place.team {
        Reach::Site
    } else {
        Reach::Team
    })
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

/// The table: how far somebody of a role may go with an act on records of a kind, by the class of what is held.
/// `None` for not at all.
///
/// Sources: `sensitivity.csv` of the domain (restricted and confidential for the organisation that holds the record;
/// need to know for named people, of which supervisors see that something exists and not what); a sealed note is for
/// its readers alone, who are named on it.
#[must_use]
pub fn reach(role: Role, act: Act, kind: Kind, class: Class) -> Option<Reach> {
    if !is_known(kind) {
        return None;
    }
    match role {
        Role::Caseworker | Role::Counsellor | Role::Supervisor => match (act, class) {
            (Act::Deliver, _) | (Act::Search, Class::Public) => Some(Reach::All),
            (Act::Register, _) if kind == Kind::NOTE => Some(Reach::Organisation),
            (Act::Read | Act::Amend, _) if kind == Kind::NOTE => Some(Reach::Own),
            (Act::Search, _) if kind == Kind::NOTE => Some(match role {
                // Who grants readers must know that there is something to read.
                Role::Supervisor => Reach::Organisation,
                _ => Reach::Own,
            }),
            (Act::Search, Class::Restricted) => Some(Reach::All),
            (_, Class::Public | Class::Restricted | Class::Confidential) => Some(Reach::Organisation),
            (Act::Search, Class::NeedToKnow) if role == Role::Supervisor => Some(Reach::Organisation),
            (_, Class::NeedToKnow) if role == Role::Counsellor => Some(Reach::Organisation),
            (_, Class::NeedToKnow) => Some(Reach::Own),
        },
        // Their own: what they began, and what is addressed to their desk.
        Role::ReferralFocalPoint | Role::BorderOfficer if kind == Kind::REFERRAL => Some(match act {
            Act::Deliver => Reach::All,
            Act::Register => Reach::Organisation,
            Act::Amend | Act::Search | Act::Read => Reach::Own,
        }),
        // It says something new of what it is addressed in, and begins nothing: what it began would be its site's.
        Role::Slip if kind == Kind::REFERRAL => Some(match act {
            Act::Deliver => Reach::All,
            Act::Register | Act::Amend | Act::Search | Act::Read => Reach::Own,
        }),
        // It says what a family says of its own application, whoever holds that by then.
        Role::Applicant if kind == Kind::APPLICATION => Some(match act {
            Act::Deliver => Reach::All,
            Act::Register | Act::Amend | Act::Search | Act::Read => Reach::Organisation,
        }),
        Role::Verifier
        | Role::ReferralFocalPoint
        | Role::Administrator
        | Role::Auditor
        | Role::BorderOfficer
        | Role::Slip
        | Role::Applicant => None,
    }
}

/// Whether somebody may do something with records of a kind, so far away, of a class.
#[must_use]
pub fn may_reach(role: Role, act: Act, kind: Kind, class: Class, distance: Option<Reach>) -> bool {
    distance.is_some_and(|distance| reach(role, act, kind, class).is_some_and(|reach| distance <= reach))
}

/// Whether somebody of a role may do something with records of a kind at all, their own at least.
#[must_use]
pub fn may(role: Role, act: Act, kind: Kind) -> bool {
    may_reach(role, act, kind, Class::Public, Some(Reach::Own))
}

/// The strictest class that somebody may do something with, so far away; `None` for not even public ones.
#[must_use]
pub fn ceiling(role: Role, act: Act, kind: Kind, distance: Option<Reach>) -> Option<Class> {
    let classes = [Class::NeedToKnow, Class::Confidential, Class::Restricted, Class::Public];
    classes.into_iter().find(|class| may_reach(role, act, kind, *class, distance))
}

/// What is done in the office itself, not with records of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfficeAct {
    /// See staff, invite them, change their role and place.
    People,
    /// See devices, revoke and wipe them.
    Devices,
    /// Change organisations, sites, teams and the other tables.
    Tables,
    /// Answer requests to open what others registered, and hear of what was opened in an emergency.
    Requests,
    /// Read who did and opened what.
    Audit,
    /// Take figures or records out of the system.
    Export,
}

impl OfficeAct {
    /// Every one.
    pub const ALL: [OfficeAct; 6] = [
        OfficeAct::People,
        OfficeAct::Devices,
        OfficeAct::Tables,
        OfficeAct::Requests,
        OfficeAct::Audit,
        OfficeAct::Export,
    ];
}

/// How far somebody of a role may go in the office; `None` for not at all. An administrator reads nobody's record, an
/// auditor changes nothing, and no one does both: who looks after rights does not look after the log of their use.
#[must_use]
pub fn office_reach(role: Role, act: OfficeAct) -> Option<Reach> {
    match (role, act) {
        (Role::Supervisor, OfficeAct::People | OfficeAct::Devices) => Some(Reach::Site),
        (Role::Supervisor, OfficeAct::Requests) => Some(Reach::Organisation),
        (Role::Administrator, OfficeAct::People | OfficeAct::Devices | OfficeAct::Tables) => Some(Reach::All),
        (Role::Auditor, OfficeAct::Audit) => Some(Reach::All),
        (Role::Administrator | Role::Supervisor, OfficeAct::Export) => Some(Reach::Organisation),
        _ => None,
    }
}

/// Whether somebody may give a person of `place` a role: within their own reach, and never one that reaches further
/// than they do themselves. Supervisors make caseworkers, counsellors and verifiers of their own site; administrators
/// make all others too.
#[must_use]
pub fn may_appoint(standing: &Standing, role: Role, place: &Place) -> bool {
    let Some(reach) = office_reach(standing.role, OfficeAct::People) else { return false };
    if role.is_voice() {
        return false;
    }
    if reach == Reach::All {
        return true;
    }
    let near = distance(standing, place, false).is_some_and(|distance| distance <= reach);
    let below =
        [Role::Caseworker, Role::Counsellor, Role::Verifier, Role::ReferralFocalPoint, Role::BorderOfficer];
    near && below.contains(&role)
}

/// Kinds of later versions are for nobody here: who may touch them is not known.
fn is_known(kind: Kind) -> bool {
    kind.key().is_some()
}

/// Whether somebody may see, on the device, what is of a class; `is_author` when they stated it themselves. What lies
/// on the device is within their organisation's reach: the server hands out nothing else.
///
/// Who may not see something of [`Class::NeedToKnow`] is told that something is there, and no more («1 dato
/// reservado»), and only where the server tells it.
#[must_use]
pub fn sees(role: Role, class: Class, is_author: bool) -> bool {
    let distance = if is_author { Reach::Own } else { Reach::Organisation };
    class == Class::Public || may_reach(role, Act::Read, Kind::INDIVIDUAL, class, Some(distance))
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
mod tests;
