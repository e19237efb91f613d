//! Staff and their devices in a file beside the database, sealed. A database that was restored knows nobody who enrolled
//! since, and a device that nobody knows can hand in nothing: so whoever enrolls is written here before they are told so.

use crate::server::ledger::{DeviceRow, EnrolmentRow, LedgerError, OrderRow, ReportRow, UserRow};
use crate::server::{Office, Table, keyring, log};
use domain::{EnrolmentId, UserId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use seal::Deed;
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
struct Roster {
    #[n(0)]
    people: Vec<Person>,
    #[n(1)]
    devices: Vec<Device>,
}

/// What taking over a roster came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Members of staff that were not here.
    pub people: u64,
    /// Devices that were not here.
    pub devices: u64,
    /// People disabled and devices revoked, which were not so here.
    pub ended: u64,
}

impl Roster {
    fn of(users: Vec<UserRow>, devices: Vec<DeviceRow>) -> Self {
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
        };
        roster.people.sort_by_key(|person| *person.id);
        roster.devices.sort_by_key(|device| *device.id);
        roster
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
    /// Digest of what was written last, and the log's last number then.
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
}

impl Office {
    /// Writes the roster durably, unless nothing of it has changed.
    ///
    /// # Errors
    /// When the ledger or the data folder is not able.
    pub fn keep_roster(&self) -> Result<(), LedgerError> {
        let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(format!("roster: {error}"));
        let Some(data) = &self.roster.data else { return Ok(()) };
        let mut written = self.roster.written.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever is done to staff and devices leaves a line in the log.
        let lines = self.ledger.heads()?.audit_seq;
        if written.is_some_and(|(_, then)| then == lines) {
            return Ok(());
        }
        let roster = Roster::of(self.ledger.staff()?, self.ledger.devices()?);
        let plain = minicbor::to_vec(&roster).map_err(|error| unable(&error))?;
        let digest = seal::short_digest(&plain);
        if written.is_none_or(|(before, _)| before != digest) {
            let sealed = self.seal(Table::Roster, KEY, 1, &plain).map_err(|error| unable(&error))?;
            let server = self.ledger.identity().server;
            let bytes = [MAGIC, &server, &sealed].concat();
            keyring::write_private(data, NAME, &bytes).map_err(|error| unable(&error))?;
        }
        *written = Some((digest, lines));
        Ok(())
    }

    /// Takes over from the roster whom the database lacks, and what was ended since: revoked devices and disabled people
    /// stay so over a restoration. What else was changed of somebody is left as the database has it.
    ///
    /// # Errors
    /// When the ledger or the file is not able. One that does not open is told to the log, and is nothing.
    pub fn take_over_roster(&self) -> Result<TakenOver, LedgerError> {
        let read = self.roster.read();
        let read = read.map_err(|error| LedgerError::Unable(format!("roster: {error}")))?;
        let Some((_, sealed)) = read.filter(|(server, _)| *server == self.ledger.identity().server) else {
            return Ok(TakenOver::default());
        };
        let plain = self.unseal(Table::Roster, KEY, &sealed).ok();
        let roster = plain.and_then(|(_, plain)| minicbor::decode::<Roster>(&plain).ok());
        let Some(roster) = roster else {
            log::trouble("roster_does_not_open", &NAME);
            return Ok(TakenOver::default());
        };
        let (users, devices) = roster.rows();
        let (people, devices, ended) = self.ledger.take_over_staff(users, devices)?;
        Ok(TakenOver { people, devices, ended })
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
        let (_, devices) = Roster { people: Vec::new(), devices: vec![device] }.rows();
        let roster = Roster::of(vec![user.clone()], devices.clone());
        assert_eq!(domain::id::hex(&minicbor::to_vec(&roster).unwrap()), KEPT);
        let pairs = (0..KEPT.len()).step_by(2);
        let kept: Vec<u8> = pairs.map(|at| u8::from_str_radix(&KEPT[at..at + 2], 16).unwrap()).collect();
        let read: Roster = minicbor::decode(&kept).unwrap();
        assert_eq!(read, roster);
        assert_eq!(read.rows(), (vec![user], devices));
    }
}
