//! Taking another device's unsent work over. "Taken over" is said of what a strict transaction has committed, and of
//! nothing else.

use super::{CarryFault, MOST_BYTES, MOST_ITEMS, carried_of, is_carried};
use crate::announce::{Change, announce};
use crate::mailbox::Mailbox;
use crate::rows::{self, CapsuleRow, EnvelopeRow, state};
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Expected, Query};
use crate::{ItemKey, StoreError, clock};
use domain::EnvelopeId;
use seal::carried::{File, Kind};
use seal::{CapsuleId, Envelope, Parcel, short_digest};
use std::collections::{BTreeMap, BTreeSet};

/// Envelopes of one transaction: should the device fill up, those before are here.
const AT_ONCE: usize = 64;
/// As in `vault::save`: the server takes no larger envelope.
const LARGEST_ENVELOPE: usize = 512 * 1024;
/// How old work is at most that is carried, in milliseconds: a year. What says to be older is taken for that old.
const OLDEST: u64 = 366 * 24 * 3_600_000;

/// What taking over came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Envelopes that lie here now and did not before.
    pub taken: usize,
    /// Those that waited here already: the same file again, or the device that made it.
    pub waiting: usize,
    /// Those that the server has acknowledged to this device.
    pub delivered: usize,
    /// What was no envelope that this version knows.
    pub unreadable: usize,
    /// Whether the file was whole.
    pub whole: bool,
    /// The device had no room for the rest.
    pub full: bool,
    /// The device carries as much for others as it may, so that the rest was left out.
    pub laden: bool,
}

/// How much a device carries for others.
#[derive(Default)]
struct Load {
    items: usize,
    bytes: usize,
    /// Of what is among the bytes already.
    capsules: BTreeSet<CapsuleId>,
}

impl Load {
    /// What an envelope and its capsule add. `false` where that would be too much; nothing was added then.
    fn add(&mut self, envelope: usize, id: CapsuleId, capsule: usize, most: (usize, usize)) -> bool {
        let capsule = if self.capsules.contains(&id) { 0 } else { capsule };
        let bytes = self.bytes.saturating_add(envelope).saturating_add(capsule);
        if self.items >= most.0 || bytes > most.1 {
            return false;
        }
        (self.items, self.bytes) = (self.items + 1, bytes);
        self.capsules.insert(id);
        true
    }
}

/// What lies on a device already.
#[derive(Default)]
struct Known {
    /// Digests of what waits.
    waits: BTreeSet<[u8; 16]>,
    /// Digests of what the server acknowledged.
    gone: BTreeSet<[u8; 16]>,
    load: Load,
}

/// What a file holds, read.
struct Cargo {
    envelopes: Vec<(Envelope, Vec<u8>)>,
    capsules: BTreeMap<CapsuleId, Vec<u8>>,
    taken: TakenOver,
}

fn unload(file: File) -> Cargo {
    let taken = TakenOver { whole: file.whole, ..TakenOver::default() };
    let mut cargo = Cargo { envelopes: Vec::new(), capsules: BTreeMap::new(), taken };
    for part in file.parts {
        let Ok(parcel) = Parcel::from_bytes(&part) else {
            cargo.taken.unreadable += 1;
            continue;
        };
        cargo.capsules.extend(parcel.capsules.into_iter().map(|bytes| (CapsuleId::of(&bytes), bytes)));
        for bytes in parcel.envelopes {
            match Envelope::read(&bytes) {
                Ok(envelope) if bytes.len() <= LARGEST_ENVELOPE => cargo.envelopes.push((envelope, bytes)),
                _ => cargo.taken.unreadable += 1,
            }
        }
    }
    cargo
}

impl Mailbox {
    /// Takes over what another device of this office saved to a file or showed on its screen. From then on this device
    /// delivers it like its own. The same again changes nothing.
    ///
    /// # Errors
    /// [`CarryFault`]; nothing was taken over then. [`CarryFault::Laden`] where this device carries as much as it may.
    pub async fn take_over(&self, bytes: &[u8]) -> Result<TakenOver, CarryFault> {
        self.take_over_up_to((MOST_ITEMS, MOST_BYTES), bytes).await
    }

    /// The same, where so many envelopes of so many bytes may lie here.
    pub(super) async fn take_over_up_to(
        &self,
        most: (usize, usize),
        bytes: &[u8],
    ) -> Result<TakenOver, CarryFault> {
        let file = File::from_bytes(bytes).map_err(CarryFault::of)?;
        if file.kind != Kind::Work {
            return Err(CarryFault::OtherKind);
        }
        self.expect_our_office(&file).await?;
        let Cargo { envelopes, capsules, mut taken } = unload(file);
        let Known { mut waits, gone, mut load } = self.known().await?;
        let mut fresh = Vec::new();
        for (envelope, bytes) in envelopes {
            let digest = short_digest(&bytes);
            if gone.contains(&digest) {
                taken.delivered += 1;
            } else if waits.contains(&digest) {
                taken.waiting += 1;
            } else {
                let capsule = envelope.header.capsule;
                let size = capsules.get(&capsule).map_or(0, Vec::len);
                if load.add(bytes.len(), capsule, size, most) {
                    waits.insert(digest);
                    fresh.push((digest, envelope, bytes));
                } else {
                    taken.laden = true;
                }
            }
        }
        if taken.laden && fresh.is_empty() {
            return Err(CarryFault::Laden);
        }
        for some in fresh.chunks(AT_ONCE) {
            match self.take_some(some, &capsules).await {
                Ok(()) => taken.taken += some.len(),
                Err(StoreError::Full) => {
                    taken.full = true;
                    break;
                }
                // Said with what is here by now, unless that is nothing.
                Err(error) if taken.taken == 0 => return Err(error.into()),
                Err(_) => break,
            }
        }
        if taken.taken > 0 {
            announce(Change::Outbox);
        }
        // What is left out for want of room, or of an answer, is not here.
        taken.full |= taken.taken < fresh.len();
        Ok(taken)
    }

    async fn take_some(
        &self,
        some: &[([u8; 16], Envelope, Vec<u8>)],
        capsules: &BTreeMap<CapsuleId, Vec<u8>>,
    ) -> Result<(), StoreError> {
        let now = clock::now_ms();
        let mut batch = Batch::default();
        let needed: BTreeSet<CapsuleId> =
            some.iter().map(|(_, envelope, _)| envelope.header.capsule).collect();
        let needed: Vec<(&CapsuleId, &Vec<u8>)> =
            needed.iter().filter_map(|id| capsules.get_key_value(id)).collect();
        let queries: Vec<Query> =
            needed.iter().map(|(id, _)| Query::Get(Table::Capsules, id.0.to_vec())).collect();
        let held = self.database().read(&queries).await?;
        for ((id, bytes), row) in needed.into_iter().zip(held) {
            let known = row.first().and_then(|(_, row)| rows::read::<CapsuleRow>(Table::Capsules, row).ok());
            // Written anew also where it is known: tidying, which may be at work in another page, leaves alone what
            // changed since it looked.
            let row = CapsuleRow {
                bytes: bytes.clone().into(),
                held: known.is_some_and(|known| known.held),
                made_at: now,
            };
            batch.put(Table::Capsules, id.0.to_vec(), rows::write(&row));
        }
        for (digest, envelope, bytes) in some {
            let header = envelope.header;
            let row = EnvelopeRow {
                envelope: bytes.clone().into(),
                vault: carried_of(header.enrolment),
                capsule: header.capsule.0.to_vec().into(),
                saved_at: sealed_at(header.id).clamp(now.saturating_sub(OLDEST), now),
                state: state::WAITING,
                verdict: 0,
                reason: String::new(),
                tries: 0,
                last_try: 0,
                note: Vec::new().into(),
                not_before: 0,
                settled_at: 0,
                epoch: Vec::new().into(),
                forgotten: false,
            };
            // By its digest: two envelopes that say to be the same one both stay.
            let key: Key = [&[header.purpose.code()][..], digest].concat();
            batch.put_if(Table::Outbox, key, Expected::Absent, rows::write(&row));
        }
        self.database().commit(batch).await.map(|_| ())
    }

    /// What lies here already.
    async fn known(&self) -> Result<Known, StoreError> {
        let read = self
            .database()
            .read(&[Query::all(Table::Outbox), Query::all(Table::Sent), Query::all(Table::Capsules)])
            .await?;
        let [outbox, sent, capsules] = read.try_into().unwrap_or_default();
        let capsules = capsules.into_iter().filter_map(|(key, bytes)| {
            Some((key, rows::read::<CapsuleRow>(Table::Capsules, &bytes).ok()?.bytes.len()))
        });
        let capsules: BTreeMap<Key, usize> = capsules.collect();
        let Known { mut waits, mut gone, mut load } = Known::default();
        for (key, bytes) in outbox {
            let row = rows::read::<EnvelopeRow>(Table::Outbox, &bytes);
            let (Some(_), Ok(row)) = (ItemKey::from_key(&key), row) else { continue };
            let digest = short_digest(&row.envelope);
            if row.is_delivered() {
                gone.insert(digest);
                continue;
            }
            waits.insert(digest);
            let id =
                <[u8; 16]>::try_from(row.capsule.as_slice()).map(CapsuleId).unwrap_or(CapsuleId([0; 16]));
            if is_carried(row.vault) {
                let size = capsules.get(row.capsule.as_slice()).copied().unwrap_or_default();
                // What is here already is here, however much it is.
                let _ = load.add(row.envelope.len(), id, size, (usize::MAX, usize::MAX));
            }
        }
        for (_, bytes) in sent {
            if let Ok(row) = rows::read::<EnvelopeRow>(Table::Sent, &bytes) {
                gone.insert(short_digest(&row.envelope));
            }
        }
        Ok(Known { waits, gone, load })
    }

    /// That this device has joined, and in the office that a file belongs to.
    pub(super) async fn expect_our_office(&self, file: &File) -> Result<(), CarryFault> {
        let unknown = [0; 16];
        match self.office_mark().await? {
            None => Err(CarryFault::NobodyHere),
            Some(ours) if ours != file.office && ours != unknown && file.office != unknown => {
                Err(CarryFault::OtherOffice)
            }
            Some(_) => Ok(()),
        }
    }
}

/// When an envelope was sealed by its device's clock: its id begins with that.
fn sealed_at(id: EnvelopeId) -> u64 {
    id.0.iter().take(6).fold(0, |ms, byte| (ms << 8) | u64::from(*byte))
}
