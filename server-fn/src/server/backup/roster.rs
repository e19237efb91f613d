//! Staff and their devices in a file beside the database, sealed. A database that was restored knows nobody who enrolled
//! since, and a device that nobody knows can hand in nothing: so whoever enrolls is written here before they are told so.

mod keeping;

use crate::server::audit::Promise;
use crate::server::ledger::{DeviceRow, EnrolmentRow, Heads, Identity, OrderRow, ReportRow, UserRow};
use domain::{EnrolmentId, UserId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use seal::Deed;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

/// Name of the file in the data folder.
const NAME: &str = "roster";
/// How it begins; then follow 16 bytes of the ledger's id, and what is sealed.
const MAGIC: &[u8] = b"amparo roster 1\n";
/// Under what it is sealed.
const KEY: &[u8] = b"roster";

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Person {
    #[n(0)]
    id: ByteArray<16>,
    /// As it lies in the database, sealed.
    #[n(1)]
    sealed: ByteVec,
    #[n(2)]
    role: u8,
    #[n(3)]
    site: String,
    #[n(4)]
    organisation: String,
    #[n(5)]
    team: String,
    #[n(6)]
    disabled: bool,
}

/// One of them on a device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Device {
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    user: ByteArray<16>,
    #[n(2)]
    verifying: ByteArray<32>,
    #[n(3)]
    inbox: ByteArray<32>,
    #[n(4)]
    token: ByteArray<32>,
    #[n(5)]
    enrolled_at: u64,
    #[n(6)]
    revoked: bool,
    #[n(7)]
    deed: u8,
    #[n(8)]
    serial: u64,
    #[n(9)]
    ordered_at: u64,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::server) struct Roster {
    #[n(0)]
    people: Vec<Person>,
    #[n(1)]
    devices: Vec<Device>,
    /// Where both chains ended before this was read from the database, and in which epoch; of none in the first form.
    #[n(2)]
    written: Option<Promise>,
    /// Digests of the credentials of all passkeys.
    #[cbor(n(3), default)]
    passkeys: Vec<ByteArray<16>>,
    /// Of those that there were, and that were removed.
    #[cbor(n(4), default)]
    removed: Vec<ByteArray<16>>,
}

/// What taking over a roster came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Members of staff that were not here.
    pub people: u64,
    /// Devices that were not here.
    pub devices: u64,
    /// People disabled, devices revoked and passkeys removed, which were not so here.
    pub ended: u64,
}

impl Roster {
    fn of(users: Vec<UserRow>, devices: Vec<DeviceRow>, credentials: &[Vec<u8>]) -> Self {
        let person = |user: UserRow| {
            let UserRow { id, sealed, role, site, organisation, team, disabled } = user;
            Person { id: id.0.into(), sealed: sealed.into(), role, site, organisation, team, disabled }
        };
        let device = |device: DeviceRow| {
            let EnrolmentRow { id, user, verifying, inbox, token, enrolled_at, revoked } = device.enrolment;
            let OrderRow { deed, serial, at } = device.order;
            Device {
                id: id.0.into(),
                user: user.0.into(),
                verifying: verifying.into(),
                inbox: inbox.into(),
                token: token.into(),
                enrolled_at,
                revoked,
                deed: deed.code(),
                serial,
                ordered_at: at,
            }
        };
        let mut roster = Self {
            people: users.into_iter().map(person).collect(),
            devices: devices.into_iter().map(device).collect(),
            passkeys: credentials.iter().map(|credential| seal::short_digest(credential).into()).collect(),
            ..Self::default()
        };
        roster.passkeys.sort_by_key(|digest| **digest);
        roster.people.sort_by_key(|person| *person.id);
        roster.devices.sort_by_key(|device| *device.id);
        roster
    }

    /// Where both chains ended before it was read from the database.
    pub(in crate::server) fn written(&self) -> Option<&Promise> {
        self.written.as_ref()
    }

    /// Notes which passkeys were removed since another one: those that it knew and that are no more.
    fn removed_since(&mut self, before: &Roster) {
        let here: BTreeSet<[u8; 16]> = self.passkeys.iter().map(|digest| **digest).collect();
        let known: BTreeSet<[u8; 16]> =
            before.passkeys.iter().chain(&before.removed).map(|digest| **digest).collect();
        self.removed = known.difference(&here).map(|digest| (*digest).into()).collect();
    }

    /// Whether another one, in this epoch, says the same of everybody.
    fn says_the_same(&self, other: &Roster) -> bool {
        let epoch = |roster: &Roster| roster.written.as_ref().map(|written| written.epoch);
        let same = |one: &Roster| Roster { written: None, ..one.clone() };
        epoch(self) == epoch(other) && same(self) == same(other)
    }

    fn rows(self) -> (Vec<UserRow>, Vec<DeviceRow>) {
        let user = |person: Person| {
            let Person { id, sealed, role, site, organisation, team, disabled } = person;
            UserRow { id: UserId(*id), sealed: sealed.into(), role, site, organisation, team, disabled }
        };
        let device = |device: Device| {
            let enrolment = EnrolmentRow {
                id: EnrolmentId(*device.id),
                user: UserId(*device.user),
                verifying: *device.verifying,
                inbox: *device.inbox,
                token: *device.token,
                enrolled_at: device.enrolled_at,
                revoked: device.revoked,
            };
            // A deed of a later version is at least a revocation.
            let deed = Deed::from_code(device.deed).unwrap_or(Deed::Revoke);
            let order = OrderRow { deed, serial: device.serial, at: device.ordered_at };
            let seen_at = device.enrolled_at;
            DeviceRow {
                enrolment,
                seen_at,
                order,
                report: ReportRow::default(),
                parked: 0,
                quarantined: 0,
                revoked_work: 0,
            }
        };
        (self.people.into_iter().map(user).collect(), self.devices.into_iter().map(device).collect())
    }
}

/// The file of a data folder; of none, where an office has no folder.
#[derive(Debug, Default)]
pub struct RosterFile {
    data: Option<PathBuf>,
    /// The epoch and the log's last number when it was written, or found to be as it was, last.
    written: Mutex<Option<([u8; 16], u64)>>,
}

impl RosterFile {
    /// The one of a folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { data: Some(data.to_owned()), written: Mutex::default() }
    }

    /// The ledger's id and the sealed bytes; `None` where there is no file, or none of this kind.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn read(&self) -> io::Result<Option<([u8; 16], Vec<u8>)>> {
        let Some(data) = &self.data else { return Ok(None) };
        let bytes = match fs::read(data.join(NAME)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let read = bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_first_chunk::<16>());
        Ok(read.map(|(server, sealed)| (*server, sealed.to_vec())))
    }

    /// The id of the ledger whose roster it is: every sealed row is bound to it.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn server(&self) -> io::Result<Option<[u8; 16]>> {
        Ok(self.read()?.map(|(server, _)| server))
    }

    /// Whether it was written, or found to be as it was, in this epoch when the log ended there. Whatever is done to staff
    /// and devices leaves a line in the log.
    pub(in crate::server) fn is_of(&self, identity: Identity, heads: Heads) -> bool {
        let written = *self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written == Some((identity.epoch, heads.audit_seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sealed, as the first version wrote it. Never edited.
    const KEPT: &str = "a20081a70050010101010101010101010101010101010158280202020202020202020202020202020202020202020202\
                        0202020202020202020202020202020202020103666d6574657469046468696173056006f50181aa0050030303030303\
                        030303030303030303030150010101010101010101010101010101010258200404040404040404040404040404040404\
                        040404040404040404040404040404035820050505050505050505050505050505050505050505050505050505050505\
                        05050458200606060606060606060606060606060606060606060606060606060606060606050706f5070208080909";

    /// What the second form adds to that, whose first byte then says five instead of two. Never edited.
    const KEPT_MORE: &str = "02a7005001010101010101010101010101010101015002020202020202020202020202020202021b000001a0c4506c000303\
                             0458200404040404040404040404040404040404040404040404040404040404040404050506582006060606060606060606\
                             0606060606060606060606060606060606060606060603815007070707070707070707070707070707048150080808080808\
                             08080808080808080808";

    #[test]
    fn a_roster_is_read_as_it_was_written() {
        let user = UserRow {
            id: UserId([1; 16]),
            sealed: vec![2; 40],
            role: 1,
            site: "meteti".into(),
            organisation: "hias".into(),
            team: String::new(),
            disabled: true,
        };
        let device = Device {
            id: [3; 16].into(),
            user: [1; 16].into(),
            verifying: [4; 32].into(),
            inbox: [5; 32].into(),
            token: [6; 32].into(),
            enrolled_at: 7,
            revoked: true,
            deed: Deed::Wipe.code(),
            serial: 8,
            ordered_at: 9,
        };
        let (_, devices) = Roster { devices: vec![device], ..Roster::default() }.rows();
        let first = Roster::of(vec![user.clone()], devices.clone(), &[]);
        let read = |kept: &str| -> Roster {
            let pairs = (0..kept.len()).step_by(2);
            let bytes: Vec<u8> = pairs.map(|at| u8::from_str_radix(&kept[at..at + 2], 16).unwrap()).collect();
            minicbor::decode(&bytes).unwrap()
        };
        assert_eq!(read(KEPT), first);
        assert_eq!(read(KEPT).rows(), (vec![user], devices));
        let identity = Identity { server: [1; 16], epoch: [2; 16] };
        let heads = Heads { entries_seq: 3, entries_head: [4; 32], audit_seq: 5, audit_head: [6; 32] };
        let roster = Roster {
            written: Some(Promise::of(identity, heads, 1_790_000_000_000)),
            passkeys: vec![[7; 16].into()],
            removed: vec![[8; 16].into()],
            ..first
        };
        assert_eq!(
            domain::id::hex(&minicbor::to_vec(&roster).unwrap()),
            format!("a5{}{KEPT_MORE}", &KEPT[2..])
        );
        assert_eq!(read(&format!("a5{}{KEPT_MORE}", &KEPT[2..])), roster);
    }

    #[test]
    fn a_passkey_that_was_removed_stays_removed_until_it_is_there_again() {
        let of = |keys: &[&[u8]]| {
            Roster::of(Vec::new(), Vec::new(), &keys.iter().map(|key| key.to_vec()).collect::<Vec<_>>())
        };
        let first = of(&[b"one", b"two"]);
        let mut second = of(&[b"two", b"three"]);
        second.removed_since(&first);
        assert_eq!(second.removed, [seal::short_digest(b"one").into()]);
        let mut third = of(&[b"three"]);
        third.removed_since(&second);
        assert_eq!(third.removed.len(), 2);
        assert!(!third.says_the_same(&second) && third.says_the_same(&third));
        let mut again = of(&[b"one", b"three"]);
        again.removed_since(&third);
        assert_eq!(again.removed, [seal::short_digest(b"two").into()]);
    }
}
