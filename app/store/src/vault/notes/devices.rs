//! For which devices of its readers a note's key is wrapped without anybody being asked, and which wait for a person.
//!
//! Who may invite somebody on a second device, who steals an invitation, and a server that lists a device of its own
//! could otherwise read all that somebody reads, and nobody would have said yes. So a device wraps by itself for
//! those alone that were there when their owner was named; for a later one somebody who reads the note asks its owner.
//! What pages tell of that is the server's word: they carry no entries with signatures (see `THREATS.md`).

use super::{Note, Opened, StoreError, Vault, only_text};
use crate::Colleague;
use crate::clock;
use domain::{
    Change, EnrolmentId, EntryId, Field, Kind, Op, Record, RecordId, Role, SealedNote, UserId, Value,
};
use seal::note::{self, Reader};
use std::collections::{BTreeMap, BTreeSet};

/// By how much the clocks of a server and of a device may differ: ten minutes, in milliseconds.
const CLOCKS: u64 = 10 * 60 * 1000;

/// A device of a reader that got it after they were named, and that nobody has given access to the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingDevice {
    /// Whose it is said to be.
    pub user: UserId,
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// When it was enrolled, as the server says: milliseconds since 1970.
    pub since: u64,
    /// Its key, for people to compare.
    pub inbox: [u8; 32],
}

/// What the directory and the statements on a note's readers say of their devices.
pub(super) struct Trusted {
    /// Readers, with when they were named.
    named: BTreeMap<UserId, u64>,
    /// Who read it at any time.
    ever: BTreeSet<UserId>,
    /// When devices were enrolled.
    since: BTreeMap<(UserId, EnrolmentId), u64>,
    /// This device.
    here: EnrolmentId,
}

impl Trusted {
    pub(super) fn of(held: SealedNote<'_>, colleagues: &[Colleague], here: EnrolmentId) -> Self {
        let supervises = |user| {
            let supervisor = Role::Supervisor.code();
            colleagues.iter().any(|one| one.user == user && one.role == supervisor)
        };
        let devices = colleagues
            .iter()
            .flat_map(|one| one.devices.iter().map(|device| ((one.user, device.enrolment), device.since)));
        let (named, ever) = (held.named(supervises), held.ever_named(supervises));
        Self { named, ever, since: devices.collect(), here }
    }

    /// Whether a device was there when its owner was named. This one reads the note.
    pub(super) fn was_there(&self, device: &Reader) -> bool {
        device.enrolment == self.here || self.is_of_old(device.user, device.enrolment)
    }

    fn is_of_old(&self, user: UserId, enrolment: EnrolmentId) -> bool {
        let (named, since) = (self.named.get(&user), self.since.get(&(user, enrolment)));
        named.zip(since).is_some_and(|(named, since)| *since <= named.saturating_add(CLOCKS))
    }

    /// The devices to which somebody who read the note gave its key.
    pub(super) fn given(&self, held: SealedNote<'_>, sealed: &str) -> BTreeSet<(UserId, EnrolmentId)> {
        let by_readers = held.wraps_by().filter(|(author, _)| self.ever.contains(author));
        note::wrapped_for(sealed, by_readers.map(|(_, wraps)| wraps))
    }
}

impl Vault {
    /// Whether this device is newer than this user's access to a note: it gets the key from a person alone.
    #[must_use]
    pub fn is_new_for(&self, record: &Record, colleagues: &[Colleague]) -> bool {
        let me = self.identity();
        let Some(held) = SealedNote::of(record) else { return false };
        let trusted = Trusted::of(held, colleagues, me.enrolment);
        trusted.since.contains_key(&(me.user, me.enrolment)) && !trusted.is_of_old(me.user, me.enrolment)
    }

    /// Devices of a note's readers that wait for somebody's yes. None for who does not read it on this device.
    #[must_use]
    pub fn waiting_devices(&self, record: &Record, colleagues: &[Colleague]) -> Vec<WaitingDevice> {
        self.note_with_waiting(record, colleagues).map(|(_, waiting)| waiting).unwrap_or_default()
    }

    /// The persons and groups with notes for which devices wait that this one can give access, each once.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn owners_with_waiting_devices(&self) -> Result<Vec<(Kind, RecordId)>, StoreError> {
        let ids = self.sealed_ids(Kind::NOTE)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let colleagues = self.colleagues().await?;
        let notes = self.records(&ids).await?;
        let waits = notes.iter().filter(|note| !self.waiting_devices(note, &colleagues).is_empty());
        let owners: BTreeSet<RecordId> = waits.filter_map(|note| SealedNote::of(note)?.owner()).collect();
        let owners: Vec<RecordId> = owners.into_iter().collect();
        Ok(self.records(&owners).await?.into_iter().map(|owner| (owner.kind, owner.id)).collect())
    }

    /// Gives a device that waits access to a note, in an entry of this id: somebody asked its owner whether it is
    /// theirs. Whether it was given; not for one that waits no more, or whose key is not the one that was shown.
    ///
    /// # Errors
    /// As [`Vault::save`].
    pub async fn give_device(
        &self,
        record: RecordId,
        entry: EntryId,
        device: &WaitingDevice,
        about: Note,
    ) -> Result<bool, StoreError> {
        let (Some(record), colleagues) = (self.record(record).await?, self.colleagues().await?) else {
            return Ok(false);
        };
        let Some(((_, key, _), waiting)) = self.note_with_waiting(&record, &colleagues) else {
            return Ok(false);
        };
        if !waiting.contains(device) {
            return Ok(false);
        }
        let reader = Reader { user: device.user, enrolment: device.enrolment, inbox: device.inbox };
        let wraps = note::wrap(&mut clock::rng(), record.id, &key, &[reader])?;
        let op = Op { field: Field::NOTE_WRAPS, value: Value::Text(wraps), replaces: Vec::new() };
        let change = Change { record: record.id, kind: Kind::NOTE, ops: vec![op] };
        self.save(&self.entry_of(entry, vec![change]), about, None).await?;
        Ok(true)
    }

    /// What a note says, and the devices of its readers that wait for its key; `None` for who does not read it here.
    fn note_with_waiting(
        &self,
        record: &Record,
        colleagues: &[Colleague],
    ) -> Option<(Opened, Vec<WaitingDevice>)> {
        let me = self.identity();
        let held = SealedNote::of(record).filter(|held| held.may_read(me.user))?;
        let role = Role::from_code(me.role)?;
        if !domain::may(role, domain::Act::Amend, Kind::NOTE) {
            return None;
        }
        let trusted = Trusted::of(held, colleagues, me.enrolment);
        let mut new = self.devices_among(colleagues, &held.readers()).ok()?;
        new.retain(|device| !trusted.was_there(device));
        // Nothing is opened where nobody can be waiting.
        if new.is_empty() {
            return None;
        }
        let mut opened = self.opened_note(record).ok()?;
        let (sealed, _) = only_text(held, &opened)?;
        let wrapped = note::wrapped_for(sealed, held.wraps());
        let waits = new.iter().filter(|device| !wrapped.contains(&(device.user, device.enrolment)));
        let waiting = waits.filter_map(|device| {
            let (user, enrolment, inbox) = (device.user, device.enrolment, device.inbox);
            Some(WaitingDevice { user, enrolment, inbox, since: *trusted.since.get(&(user, enrolment))? })
        });
        let waiting = waiting.collect();
        Some((opened.pop()?, waiting))
    }
}
