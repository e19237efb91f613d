//! What administration is told of staff, devices and invitations within reach. It travels in a sealed
//! [`crate::answer`], because names of staff are in it. Nothing about anybody who was registered.

use crate::order::Deed;
use domain::permission::Standing;
use domain::{EnrolmentId, UserId};
use minicbor::{Decode, Encode};

/// Everything within the reach of whoever asked, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StaffRoom {
    /// Who asked, as the server sees them.
    #[n(0)]
    pub me: Standing,
    /// When it was told, milliseconds since 1970 by the server's clock.
    #[n(1)]
    pub at: u64,
    /// In order of their staff codes.
    #[n(2)]
    pub people: Vec<Member>,
    /// Those heard of last first.
    #[n(3)]
    pub devices: Vec<Device>,
    /// Open ones, those that end first first.
    #[n(4)]
    pub invitations: Vec<Pending>,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Member {
    /// Who.
    #[n(0)]
    pub user: UserId,
    /// How they are shown.
    #[n(1)]
    pub name: String,
    /// By which they pick themselves on a shared tablet.
    #[n(2)]
    pub staff_code: String,
    /// Code of `domain::Role`.
    #[n(3)]
    pub role: u8,
    /// Code of their organisation; empty for none.
    #[n(4)]
    pub organisation: String,
    /// Code of their site.
    #[n(5)]
    pub site: String,
    /// Code of their team; empty for none.
    #[n(6)]
    pub team: String,
    /// Gone.
    #[n(7)]
    pub disabled: bool,
    /// Whether whoever asked may change and invite them.
    #[n(8)]
    pub mine: bool,
}

/// One user on one device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Device {
    /// The enrolment.
    #[n(0)]
    pub enrolment: EnrolmentId,
    /// Whose; among the people.
    #[n(1)]
    pub user: UserId,
    /// When it was enrolled, milliseconds since 1970.
    #[n(2)]
    pub enrolled_at: u64,
    /// When it was last heard of.
    #[n(3)]
    pub heard_at: u64,
    /// What it said of itself last.
    #[n(4)]
    pub report: Option<Report>,
    /// What stands ordered.
    #[n(5)]
    pub deed: Deed,
    /// When that was ordered; 0 for never.
    #[n(6)]
    pub ordered_at: u64,
    /// Entries and drafts parked.
    #[n(7)]
    pub parked: u32,
    /// Set apart.
    #[n(8)]
    pub quarantined: u32,
    /// Of those set apart, because the device is revoked: these can be taken over.
    #[n(9)]
    pub revoked_work: u32,
}

/// What a device said of itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Report {
    /// When, by the server's clock.
    #[n(0)]
    pub at: u64,
    /// Envelopes that waited then.
    #[n(1)]
    pub unsent: u32,
    /// Since when the oldest of them had waited, to the hour; `at` when none did.
    #[n(2)]
    pub oldest_at: u64,
    /// The app's version.
    #[n(3)]
    pub version: String,
    /// What it carries for other devices, counted apart; `None` for nothing, and from servers of before.
    #[n(4)]
    pub carried: Option<CarriedWork>,
}

/// What a device carries for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CarriedWork {
    /// Envelopes that waited then.
    #[n(0)]
    pub number: u32,
    /// When the oldest of them was sealed, to the hour.
    #[n(1)]
    pub oldest_at: u64,
}

/// An invitation that waits to be used.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Pending {
    /// Names it, and is not its code.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: Vec<u8>,
    /// Whom it is for; among the people.
    #[n(1)]
    pub user: UserId,
    /// Until when, milliseconds since 1970.
    #[n(2)]
    pub expires_at: u64,
}

/// The answer to an invitation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Invited {
    /// What is wrong with what was asked; nobody was invited then.
    #[n(0)]
    pub faults: Vec<Fault>,
    /// The text behind the link's `#`: whoever has it joins as this person, once.
    #[n(1)]
    pub text: String,
    /// Who was invited.
    #[n(2)]
    pub user: Option<UserId>,
    /// Until when, milliseconds since 1970.
    #[n(3)]
    pub expires_at: u64,
}

/// Something wrong with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Fault {
    /// The input.
    #[n(0)]
    pub field: String,
    /// A short code: `missing`, `too_long`, `unknown`, `taken`, `beyond`, `own`, `last_administrator`, `disabled`,
    /// `no_code`, `fixed`.
    #[n(1)]
    pub wrong: String,
}

impl Fault {
    /// Something wrong with an input.
    #[must_use]
    pub fn of(field: &str, wrong: &str) -> Self {
        Self { field: field.to_owned(), wrong: wrong.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::permission::{Place, Role};

    /// Digest of an answer in its first form. Never edited: servers and devices of different versions exchange it.
    #[test]
    fn the_first_released_form_stays_readable() {
        let place = Place { operation: "PA".into(), site: "meteti".into(), ..Place::default() };
        let user = UserId([3; 16]);
        let room = StaffRoom {
            me: Standing { user: UserId([1; 16]), role: Role::Supervisor, place },
            at: 5,
            people: vec![Member {
                user,
                name: "Rosa M.".into(),
                staff_code: "MET-07".into(),
                role: 1,
                organisation: String::new(),
                site: "meteti".into(),
                team: String::new(),
                disabled: false,
                mine: true,
            }],
            devices: vec![Device {
                enrolment: EnrolmentId([4; 16]),
                user,
                enrolled_at: 1,
                heard_at: 2,
                report: Some(Report {
                    at: 2,
                    unsent: 3,
                    oldest_at: 1,
                    version: "0.1.0".into(),
                    carried: None,
                }),
                deed: Deed::Revoke,
                ordered_at: 3,
                parked: 1,
                quarantined: 2,
                revoked_work: 2,
            }],
            invitations: vec![Pending { id: vec![9; 16], user, expires_at: 2 }],
        };
        let bytes = minicbor::to_vec(&room).unwrap();
        assert_eq!(minicbor::decode::<StaffRoom>(&bytes).unwrap(), room);
        let invited = Invited {
            faults: vec![Fault::of("site", "unknown")],
            text: "x".into(),
            user: Some(user),
            expires_at: 7,
        };
        let invited = minicbor::to_vec(&invited).unwrap();
        assert_eq!(
            [&bytes, &invited].map(|bytes| domain::id::hex(&crate::short_digest(bytes))),
            [KEPT_ROOM, KEPT_INVITED]
        );
    }

    /// Never edited, as above.
    #[test]
    fn what_is_carried_for_others_is_told_apart_and_those_of_before_pass_over_it() {
        let carried = Some(CarriedWork { number: 4, oldest_at: 1 });
        let report = Report { at: 2, unsent: 3, oldest_at: 1, version: "0.1.0".into(), carried };
        let bytes = minicbor::to_vec(&report).unwrap();
        assert_eq!(minicbor::decode::<Report>(&bytes).unwrap(), report);
        assert_eq!(domain::id::hex(&bytes), KEPT_CARRIED);
        let before = minicbor::to_vec(Report { carried: None, ..report.clone() }).unwrap();
        assert_eq!(minicbor::decode::<Report>(&before).unwrap().carried, None);
    }
    const KEPT_CARRIED: &str = "a50002010302010365302e312e3004a200040101";
    const KEPT_ROOM: &str = "465754f975edb05c86c99253ba87bf6b";
    const KEPT_INVITED: &str = "6453da5c75525c03adf5df9d8beaebec";
}
