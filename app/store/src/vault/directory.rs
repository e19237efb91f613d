//! Colleagues: who works within reach, and the keys of their devices as this device saw them first.
//!
//! The server tells them, and a server that lies about a key would read what is sealed to it. So a key is believed as
//! it was first seen; another one for the same enrolment is never used, and said to be so in words. A device that is
//! new is shown as new: who seals something sees for which devices, and what was sealed before waits for a person's yes,
//! see `notes::devices`.

use super::unlock::ATTEMPTS;
use super::{Session, Vault};
use crate::rows;
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Expected};
use crate::{StoreError, clock};
use domain::{EnrolmentId, UserId, VaultId};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use seal::note::Reader;
use seal::{Directory, Person};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// A colleague, as last told by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub user: UserId,
    /// How they are shown.
    pub name: String,
    /// Code of `domain::Role`.
    pub role: u8,
    /// Code of their site.
    pub site: String,
    /// Code of their organisation; empty where the office names none.
    pub organisation: String,
    /// Code of their team; empty for none.
    pub team: String,
    /// Their devices, the oldest first.
    pub devices: Vec<KnownDevice>,
}

/// A device of a colleague.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// When it was enrolled, as the server says: milliseconds since 1970.
    pub since: u64,
    /// When this device first heard of it.
    pub seen_at: u64,
    /// The key first seen; `None` where the server has told another one since: nothing is sealed to either.
    pub inbox: Option<[u8; 32]>,
}

impl Colleague {
    /// What can be sealed to: their devices whose keys are as they were first seen.
    pub fn readers(&self) -> impl Iterator<Item = Reader> + '_ {
        let user = self.user;
        self.devices.iter().filter_map(move |device| {
            Some(Reader { user, enrolment: device.enrolment, inbox: device.inbox? })
        })
    }

    /// Whether the server has told another key for one of their devices.
    #[must_use]
    pub fn has_changed_key(&self) -> bool {
        self.devices.iter().any(|device| device.inbox.is_none())
    }
}

/// What is kept, sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct KnownRow {
    /// As last told.
    #[n(0)]
    people: Directory,
    /// Every key as first seen, also of who is not told any more.
    #[n(1)]
    seen: Vec<Seen>,
}

/// A key as first seen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Seen {
    #[n(0)]
    enrolment: EnrolmentId,
    #[n(1)]
    inbox: ByteArray<32>,
    #[n(2)]
    verifying: ByteArray<32>,
    /// Whose it was said to be.
    #[n(3)]
    user: UserId,
    #[n(4)]
    at: u64,
}

impl Vault {
    /// Keeps the directory as a page told it, and pins every key that is new.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn keep_directory(&self, told: &Directory) -> Result<(), StoreError> {
        let key = people_of(self.identity().vault);
        for _ in 0..ATTEMPTS {
            let session = self.session()?;
            let row = self.get(Table::Counters, &key).await?;
            let (version, mut known) = open(&session, &key, row.as_deref())?;
            let before = known.clone();
            let now = clock::now_ms();
            for person in &told.people {
                for device in &person.devices {
                    if !known.seen.iter().any(|seen| seen.enrolment == device.enrolment) {
                        let (inbox, verifying) = (device.inbox, device.verifying);
                        let (enrolment, user) = (device.enrolment, person.user);
                        known.seen.push(Seen { enrolment, inbox, verifying, user, at: now });
                    }
                }
            }
            known.people = told.clone();
            if known == before && row.is_some() {
                return Ok(());
            }
            let plain = Zeroizing::new(rows::write(&known));
            let sealed = session.cipher.seal(Table::Counters, &key, version + 1, &plain)?;
            let mut batch = Batch::default();
            batch.put_if(Table::Counters, key.clone(), Expected::as_read(row), sealed);
            if self.database.commit(batch).await? == Commit::Done {
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }

    /// The colleagues that the server last told of, this user among them.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when what is kept does not open: without the keys first seen, no key is believed.
    pub async fn colleagues(&self) -> Result<Vec<Colleague>, StoreError> {
        let session = self.session()?;
        let key = people_of(self.identity().vault);
        let row = self.get(Table::Counters, &key).await?;
        let (_, known) = open(&session, &key, row.as_deref())?;
        let seen: BTreeMap<EnrolmentId, &Seen> =
            known.seen.iter().map(|seen| (seen.enrolment, seen)).collect();
        Ok(known.people.people.iter().map(|person| colleague(person, &seen)).collect())
    }

    /// All devices of these people that something can be sealed to, with this one, which is known without being told.
    ///
    /// # Errors
    /// As [`Self::colleagues`].
    pub(super) async fn devices_of(&self, users: &BTreeSet<UserId>) -> Result<Vec<Reader>, StoreError> {
        self.devices_among(&self.colleagues().await?, users)
    }

    /// As [`Self::devices_of`], of colleagues that were read before.
    pub(super) fn devices_among(
        &self,
        colleagues: &[Colleague],
        users: &BTreeSet<UserId>,
    ) -> Result<Vec<Reader>, StoreError> {
        let me = self.identity();
        let mut readers: BTreeMap<EnrolmentId, Reader> = BTreeMap::new();
        for colleague in colleagues.iter().filter(|one| users.contains(&one.user)) {
            readers.extend(colleague.readers().map(|reader| (reader.enrolment, reader)));
        }
        // Whatever the server says of this device, its keys are known here.
        readers.remove(&me.enrolment);
        if users.contains(&me.user) {
            let mine = Reader { user: me.user, enrolment: me.enrolment, inbox: self.own_key()? };
            readers.insert(me.enrolment, mine);
        }
        Ok(readers.into_values().collect())
    }

    /// The key of this device that others seal to, for people to compare: see `seal::server_keys::groups`.
    ///
    /// # Errors
    /// [`StoreError::Locked`].
    pub fn own_key(&self) -> Result<[u8; 32], StoreError> {
        Ok(self.session()?.keys.public()?.inbox)
    }
}

fn colleague(person: &Person, seen: &BTreeMap<EnrolmentId, &Seen>) -> Colleague {
    let device = |device: &seal::DeviceKey| {
        let first = seen.get(&device.enrolment);
        let as_seen = first.filter(|first| {
            first.inbox == device.inbox && first.verifying == device.verifying && first.user == person.user
        });
        KnownDevice {
            enrolment: device.enrolment,
            since: device.since,
            seen_at: first.map_or(0, |first| first.at),
            inbox: as_seen.map(|first| *first.inbox),
        }
    };
    let mut devices: Vec<KnownDevice> = person.devices.iter().map(device).collect();
    devices.sort_by_key(|device| (device.since, device.enrolment));
    let (name, site) = (person.name.clone(), person.site.clone());
    let (organisation, team) = (person.organisation.clone(), person.team.clone());
    Colleague { user: person.user, name, role: person.role, site, organisation, team, devices }
}

fn open(session: &Session, key: &Key, row: Option<&[u8]>) -> Result<(u64, KnownRow), StoreError> {
    let Some(row) = row else { return Ok((0, KnownRow::default())) };
    let damaged = |_| StoreError::damaged(Table::Counters);
    let (version, plain) = session.cipher.open(Table::Counters, key, row).map_err(damaged)?;
    Ok((version, rows::read(Table::Counters, &Zeroizing::new(plain))?))
}

/// Key of the directory and the keys first seen.
fn people_of(vault: VaultId) -> Key {
    [b"people".as_slice(), &vault.0].concat()
}

#[cfg(test)]
mod kept;
