//! Attachments: sealed chunks under the digests of their bytes. Nothing here holds a key to any.
//!
//! Whoever is signed in may fetch a chunk whose address they know. Its 32 bytes are in the records that state the
//! attachment and nowhere else, and without the key beside it there the chunk opens to nobody.

use super::ledger::Chunk;
use super::limits::{Kind, Who};
use super::request::blocking;
use super::{Office, log, now_ms};
use crate::ApiError;
use domain::EnrolmentId;
use seal::attachment::{CHUNK_FLOOR, CHUNK_LIMIT};
use seal::{Address, Ask, Holding, Holdings, Load, holdings};
use serde_bytes::ByteBuf;

/// Largest load: what a device sends is smaller, because its lines are thin.
pub const LOAD_LIMIT: usize = 256 * 1024;
/// Least and most bytes handed out at a time.
const ROOM: core::ops::RangeInclusive<usize> = CHUNK_LIMIT..=256 * 1024;

/// Body of `api::chunks_lacking`.
///
/// # Errors
/// As there.
pub async fn chunks_lacking(token: ByteBuf, ask: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let office = &*current.office;
        let (_, epoch) = carrier(office, &token)?;
        let addresses = Ask::from_bytes(&ask).map_err(|_| ApiError::Malformed)?.addresses;
        let held = office.ledger.holds_chunks(&addresses)?;
        let of = |(address, held)| (address, if held { Holding::Held } else { Holding::Lacking });
        Ok(signed(office, &ask, epoch, addresses.into_iter().zip(held).map(of).collect()))
    })
    .await
}

/// Body of `api::chunks_put`.
///
/// # Errors
/// As there.
pub async fn chunks_put(token: ByteBuf, load: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let office = &*current.office;
        if load.len() > LOAD_LIMIT {
            return Err(ApiError::TooLarge);
        }
        let (carrier, epoch) = carrier(office, &token)?;
        let chunks = Load::from_bytes(&load).map_err(|_| ApiError::Malformed)?.chunks;
        let began = now_ms();
        let (mut items, mut taken) = (Vec::with_capacity(chunks.len()), Vec::new());
        for bytes in chunks {
            let address = Address::of(&bytes);
            items.push((address, Holding::NoChunk));
            if (CHUNK_FLOOR..=CHUNK_LIMIT).contains(&bytes.len()) {
                taken.push(Chunk { address, bytes });
            }
        }
        let addresses: Vec<Address> = taken.iter().map(|chunk| chunk.address).collect();
        let stored =
            if taken.is_empty() { Vec::new() } else { office.ledger.put_chunks(carrier, taken, began)? };
        for (address, is_here) in addresses.into_iter().zip(stored) {
            let holding = if is_here { Holding::Held } else { Holding::NoRoom };
            let same = items.iter_mut().filter(|(other, _)| *other == address);
            same.for_each(|(_, item)| *item = holding);
        }
        let count = |wanted| items.iter().filter(|(_, holding)| *holding == wanted).count() as u64;
        let figures = [
            ("bytes", load.len() as u64),
            ("chunks", items.len() as u64),
            ("held", count(Holding::Held)),
            ("no_room", count(Holding::NoRoom)),
            ("ms", now_ms().saturating_sub(began)),
        ];
        log::event("chunks_put", &figures);
        Ok(signed(office, &load, epoch, items))
    })
    .await
}

/// Body of `api::chunks_get`.
///
/// To whoever is signed in: an address is the digest of sealed bytes and stands in the record alone, so only who was handed
/// the record can ask for them, and only they can open them.
///
/// # Errors
/// As there.
pub async fn chunks_get(addresses: ByteBuf, room: u32) -> Result<Vec<ByteBuf>, ApiError> {
    blocking(move |current| {
        current.member()?;
        let (addresses, over) = addresses.as_chunks::<32>();
        if !over.is_empty() || addresses.len() > holdings::LIMIT {
            return Err(ApiError::Malformed);
        }
        let addresses: Vec<Address> = addresses.iter().copied().map(Address).collect();
        let room = usize::try_from(room).unwrap_or(usize::MAX).clamp(*ROOM.start(), *ROOM.end());
        let found = current.office.ledger.chunks(&addresses, room)?;
        let bytes: usize = found.iter().map(Vec::len).sum();
        log::event("chunks_get", &[("chunks", found.len() as u64), ("bytes", bytes as u64)]);
        Ok(found.into_iter().map(ByteBuf::from).collect())
    })
    .await
}

/// Any device of this server's may carry chunks, also for colleagues, and when it is no longer welcome; what is not
/// stated by any record counts against its own room, which is small then. With it the epoch in which it asks: what is
/// stored from here on counts for that one and for no other.
fn carrier(office: &Office, token: &[u8]) -> Result<(EnrolmentId, [u8; 16]), ApiError> {
    let carrier = office.ledger.holder_of_token(seal::digest(token))?.ok_or(ApiError::DepositRefused)?;
    office.limits.take(Kind::Delivery, Who::Enrolment(carrier))?;
    Ok((carrier, office.ledger.look()?.epoch))
}

fn signed(office: &Office, request: &[u8], epoch: [u8; 16], items: Vec<(Address, Holding)>) -> ByteBuf {
    let holdings = Holdings { epoch, items };
    ByteBuf::from(holdings.to_bytes(&office.keyring.secrets.signing, request))
}
