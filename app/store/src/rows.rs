//! What rows hold. CBOR maps, so that a later version may add to them.

use crate::StoreError;
use crate::tables::Table;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use zeroize::Zeroize;

/// `vaults`: what is needed to unlock, and the sealed rest.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct VaultRow {
    /// `seal::Slot`s. Kinds that this version does not know are kept.
    #[n(0)]
    pub slots: Vec<ByteVec>,
    #[n(1)]
    pub staff_code: String,
    /// [`IdentityRow`], sealed.
    #[n(2)]
    pub identity: ByteVec,
    #[n(3)]
    pub created: u64,
}

/// The sealed part of a vault's row.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub struct IdentityRow {
    #[n(0)]
    pub enrolment: domain::EnrolmentId,
    #[n(1)]
    pub user: domain::UserId,
    #[n(2)]
    pub name: String,
    #[n(3)]
    pub role: u8,
    #[n(4)]
    pub site: String,
    /// Fingerprint of the root.
    #[n(5)]
    pub root: ByteVec,
    /// `seal::ServerKeys`.
    #[n(6)]
    pub server_keys: ByteVec,
    /// `seal::EnrolmentKeys`.
    #[n(7)]
    pub keys: ByteVec,
}

impl Drop for IdentityRow {
    fn drop(&mut self) {
        self.keys.zeroize();
    }
}

/// `posts`: what delivery and collection need of an enrolment. Anybody who has the disk may read it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PostRow {
    #[n(0)]
    pub enrolment: domain::EnrolmentId,
    /// Write-only.
    #[n(1)]
    pub deposit_token: ByteVec,
    /// Key that signs receipts and pages.
    #[n(2)]
    pub server: ByteVec,
    /// As last heard; another one means that the server was restored from a backup.
    #[n(3)]
    pub epoch: ByteVec,
    /// Where collection goes on.
    #[n(4)]
    pub cursor: ByteVec,
    /// When something was last collected.
    #[cbor(n(5), default)]
    pub collected_at: u64,
    /// When this enrolment last signed in: the session belongs to the latest.
    #[cbor(n(6), default)]
    pub signed_in_at: u64,
    /// When collection last began anew because a page did not open.
    #[cbor(n(7), default)]
    pub began_anew_at: u64,
    /// Fingerprint of the root: with it the round believes another signing key that the root vouches for.
    #[n(8)]
    pub root: Option<ByteVec>,
    /// `seal::ServerKeys` as the round last heard them, for the vault to check and believe.
    #[n(9)]
    pub server_keys: Option<ByteVec>,
    /// Serial of the newest order that was followed; 0 for none.
    #[cbor(n(10), default)]
    pub order: u64,
    /// `seal::order::Deed` that it ordered. Anything but nothing: the vault's key is no more.
    #[cbor(n(11), default)]
    pub ordered: u8,
    /// When it was given, milliseconds since 1970.
    #[cbor(n(12), default)]
    pub ordered_at: u64,
    /// `seal::Checkpoint`: the newest that the server signed, to be handed back to it.
    #[n(13)]
    pub checkpoint: Option<ByteVec>,
    /// When one was last handed back.
    #[cbor(n(14), default)]
    pub echoed_at: u64,
    /// `seal::ServerKeys` that were believed before, the latest last: pages in the inbox may be signed with them.
    #[cbor(n(15), default)]
    pub former: Vec<ByteVec>,
    /// From when the keys are valid that are believed: no older ones are believed again.
    #[cbor(n(16), default)]
    pub keys_from: u64,
    /// When the server last had nothing more to tell.
    #[cbor(n(17), default)]
    pub heard_all_at: u64,
}

impl PostRow {
    /// How many keys of before are kept. Whoever has not signed in for a day collects nothing.
    const FORMER: usize = 4;

    /// The keys believed before, with those that were believed until now.
    pub fn with_former(&self, until_now: Option<ByteVec>) -> Vec<ByteVec> {
        let mut former = self.former.clone();
        former.extend(until_now.filter(|keys| !self.former.contains(keys)));
        former.drain(..former.len().saturating_sub(Self::FORMER));
        former
    }
}

/// `outbox` and `sent`: an envelope and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnvelopeRow {
    #[n(0)]
    pub envelope: ByteVec,
    #[n(1)]
    pub vault: domain::VaultId,
    /// The capsule that opens it.
    #[n(2)]
    pub capsule: ByteVec,
    #[n(3)]
    pub saved_at: u64,
    /// One of [`state`].
    #[cbor(n(4), default)]
    pub state: u8,
    /// `seal::Verdict`, 0 where none was given.
    #[cbor(n(5), default)]
    pub verdict: u8,
    #[cbor(n(6), default)]
    pub reason: String,
    #[cbor(n(7), default)]
    pub tries: u32,
    /// 0 for never.
    #[cbor(n(8), default)]
    pub last_try: u64,
    /// [`crate::Note`], sealed.
    #[n(9)]
    pub note: ByteVec,
    /// Not to be sent before: drafts wait a little, because the next state takes their place.
    #[cbor(n(10), default)]
    pub not_before: u64,
    /// When the server took it over, and its epoch then.
    #[cbor(n(11), default)]
    pub settled_at: u64,
    #[n(12)]
    pub epoch: ByteVec,
    /// Whether what the server refused to enter was taken out of the records.
    #[cbor(n(13), default)]
    pub forgotten: bool,
}

impl EnvelopeRow {
    /// Whether the server holds it, entered or not.
    pub fn is_delivered(&self) -> bool {
        matches!(self.state, state::PARKED | state::NOTED)
    }
}

/// States of [`EnvelopeRow`].
pub mod state {
    pub const WAITING: u8 = 0;
    pub const REFUSED: u8 = 1;
    pub const PARKED: u8 = 2;
    /// The server entered it, and has something to say to who saved it.
    pub const NOTED: u8 = 3;
}

/// `capsules`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CapsuleRow {
    #[n(0)]
    pub bytes: ByteVec,
    /// Whether the server has said, by taking over an envelope, that it holds this capsule.
    #[cbor(n(1), default)]
    pub held: bool,
    #[cbor(n(2), default)]
    pub made_at: u64,
}

/// `chunks_due`: a chunk of an attachment that was made here. Which table of keys it lies under says what is to be
/// done with it, see [`crate::tables::chunk_due`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChunkRow {
    #[n(0)]
    pub vault: domain::VaultId,
    /// Names the attachment: the address of its first chunk.
    #[n(1)]
    pub file: ByteVec,
    /// The chunk's place in it.
    #[n(2)]
    pub index: u32,
    /// When it was kept or queued.
    #[n(3)]
    pub at: u64,
    /// The draft that it was made for, as long as no entry states it.
    #[n(4)]
    pub draft: Option<domain::DraftId>,
    /// Not to be sent before: the server had no room for it.
    #[cbor(n(5), default)]
    pub not_before: u64,
    /// The server's epoch when it acknowledged it.
    #[cbor(n(6), default)]
    pub epoch: Option<ByteVec>,
}

/// `drafts`, sealed.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct DraftRow {
    #[n(0)]
    pub bytes: ByteVec,
    #[n(1)]
    pub title: String,
    #[n(2)]
    pub form: String,
    #[n(3)]
    pub step: u32,
    #[n(4)]
    pub at: u64,
}

/// The note of an envelope, sealed.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct NoteRow {
    #[n(0)]
    pub person: String,
    #[n(1)]
    pub act: String,
    #[n(2)]
    pub record: domain::RecordId,
    /// Every record that the entry states something of; none where an earlier version wrote it.
    #[cbor(n(3), default)]
    pub records: Vec<domain::RecordId>,
}

impl NoteRow {
    /// The records that it is about, as far as it says.
    pub fn about(self) -> Vec<domain::RecordId> {
        if self.records.is_empty() { vec![self.record] } else { self.records }
    }
}

/// Writes a row.
pub fn write<T: Encode<()>>(row: &T) -> Vec<u8> {
    // Writing to memory cannot fail.
    minicbor::to_vec(row).unwrap_or_default()
}

/// Writes a row that holds keys, in a place that is large enough from the start: one that grows leaves its bytes behind.
pub fn write_secret<T: Encode<()>>(row: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32 * 1024);
    // Writing to memory cannot fail.
    let _ = minicbor::encode(row, &mut bytes);
    bytes
}

/// Reads a row.
pub fn read<T: for<'b> Decode<'b, ()>>(table: Table, bytes: &[u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes).map_err(|_| StoreError::damaged(table))
}

/// Writes a number.
pub fn write_number(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// Reads a number; 0 where there is none.
pub fn read_number(bytes: Option<&[u8]>) -> u64 {
    bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
pub(crate) mod kept;
