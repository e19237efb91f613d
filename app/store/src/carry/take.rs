//! Taking another device's unsent work over. "Taken over" is said of what a strict transaction has committed, and of
//! nothing else.

use super::{CarryFault, carried_of};
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
    /// [`CarryFault`]; nothing was taken over then.
    pub async fn take_over(&self, bytes: &[u8]) -> Result<TakenOver, CarryFault> {
        let file = File::from_bytes(bytes).map_err(CarryFault::of)?;
        if file.kind != Kind::Work {
            return Err(CarryFault::OtherKind);
        }
        self.expect_our_office(&file).await?;
        let Cargo { envelopes, capsules, mut taken } = unload(file);
        let (mut waits, gone) = self.known_digests().await?;
        let mut fresh = Vec::new();
        for (envelope, bytes) in envelopes {
            let digest = short_digest(&bytes);
            if gone.contains(&digest) {
                taken.delivered += 1;
            } else if !waits.insert(digest) {
                taken.waiting += 1;
            } else {
                fresh.push((digest, envelope, bytes));
            }
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
                saved_at: sealed_at(header.id).min(now),
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

    /// Digests of the envelopes that wait here, and of those that the server acknowledged.
    async fn known_digests(&self) -> Result<(BTreeSet<[u8; 16]>, BTreeSet<[u8; 16]>), StoreError> {
        let read = self.database().read(&[Query::all(Table::Outbox), Query::all(Table::Sent)]).await?;
        let [outbox, sent] = read.try_into().unwrap_or_default();
        let (mut waits, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for (key, bytes) in outbox {
            let row = rows::read::<EnvelopeRow>(Table::Outbox, &bytes);
            let (Some(_), Ok(row)) = (ItemKey::from_key(&key), row) else { continue };
            let digest = short_digest(&row.envelope);
            if row.is_delivered() {
                gone.insert(digest)
            } else {
                waits.insert(digest)
            };
        }
        for (_, bytes) in sent {
            if let Ok(row) = rows::read::<EnvelopeRow>(Table::Sent, &bytes) {
                gone.insert(short_digest(&row.envelope));
            }
        }
        Ok((waits, gone))
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
