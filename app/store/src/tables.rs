//! The tables of `vault` and `applicant` and their keys. Keys are bytes; those of a vault begin with its id.

use domain::{EnrolmentId, RecordId, VaultId};
use seal::Address;

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $store:literal;)+) => {
        /// A table. Its number is bound into every sealed row and never given to another.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $name = $number,)+ }

        impl Table {
            /// The table of a number; `None` for one of a later version.
            #[must_use]
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Table::$name),)+ _ => None }
            }

            /// Every table.
            #[cfg(test)]
            pub const ALL: &'static [Table] = &[$(Table::$name),+];

            /// Name of the object store.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Table::$name => $store,)+ }
            }
        }
    };
}

tables! {
    /// Slots and identity of a vault, by its id.
    Vaults = 1, "vaults";
    /// What delivery and collection need of an enrolment, by vault. Tells nothing about anyone.
    Posts = 2, "posts";
    /// Records newer than the blocks, one a row.
    Records = 3, "records";
    /// Records, many a row.
    Blocks = 4, "blocks";
    /// The search lines of a block's records.
    Segments = 5, "segments";
    /// Names of those who stated something.
    Authors = 6, "authors";
    /// Drafts.
    Drafts = 7, "drafts";
    /// Envelopes to deliver, of every vault on the device.
    Outbox = 8, "outbox";
    /// Envelopes the server acknowledged, kept for a while in case it loses them.
    Sent = 9, "sent";
    /// Capsules that open envelopes.
    Capsules = 10, "capsules";
    /// Pages as collected, not opened yet.
    Inbox = 11, "inbox";
    /// Counters: envelopes of an enrolment, pages, the size of parcels; and small rows of a vault that need no table of
    /// their own, such as readings that are not queued yet.
    Counters = 12, "counters";
    /// Sealed chunks of attachments, by address. The same bytes lie on every device and on the server.
    Chunks = 13, "chunks";
    /// What is to be done with chunks made here. Tells nothing about anyone.
    ChunksDue = 14, "chunks_due";
    /// `applicant`: families that are being filled in, by their id.
    Families = 64, "families";
    /// `applicant`: letters to be handed in, by family and number.
    Letters = 65, "letters";
    /// `applicant`: sealed pieces of pictures, by family and address.
    Pieces = 66, "pieces";
    /// `applicant`: what anybody may read, by name.
    Prefs = 67, "prefs";
}

impl Table {
    /// The number in sealed rows.
    #[must_use]
    #[cfg_attr(feature = "plain", allow(dead_code))] // Nothing is sealed there.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// The key of a row.
pub type Key = Vec<u8>;

/// Key of a row of a vault that is named by 16 bytes.
#[must_use]
pub fn of_vault(vault: VaultId, id: &[u8; 16]) -> Key {
    [&vault.0[..], id].concat()
}

/// Key of a record.
#[must_use]
pub fn record(vault: VaultId, id: RecordId) -> Key {
    of_vault(vault, &id.0)
}

/// Key of a numbered row of a vault: a block, a segment, a page.
#[must_use]
pub fn numbered(vault: VaultId, number: u32) -> Key {
    [&vault.0[..], &number.to_be_bytes()].concat()
}

/// Key of a page that was collected. Builds that do not drop what a page tells them to drop take it for no page of theirs and
/// set it aside: one may be open in another tab, over the same inbox.
#[must_use]
pub fn page(vault: VaultId, number: u32) -> Key {
    [&vault.0[..], &number.to_be_bytes(), HEEDED].concat()
}

/// Whether a key is of a page that waits to be folded in, collected by this build or by one of before.
#[must_use]
pub fn is_page(key: &[u8]) -> bool {
    let number = key.get(16..).and_then(|rest| rest.strip_suffix(HEEDED)).map_or(0, <[u8]>::len);
    number_of(key).is_some() || (number == 4 && !is_page_aside(key))
}

/// At the end of the keys of pages for builds that heed all of them.
const HEEDED: &[u8] = &[1];

/// Key of a page set aside: after every page that may be collected, or those set aside would be all that folding
/// ever reads.
#[must_use]
pub fn page_aside(vault: VaultId, page: &[u8]) -> Key {
    [&vault.0[..], ASIDE, page.get(16..).unwrap_or_default()].concat()
}

/// Whether a key is of a page set aside.
#[must_use]
pub fn is_page_aside(key: &[u8]) -> bool {
    key.get(16..).is_some_and(|rest| rest.len() > ASIDE.len() && rest.starts_with(ASIDE))
}

/// No page has this number.
const ASIDE: &[u8] = &[0xff; 4];

/// The number at the end of such a key.
#[must_use]
pub fn number_of(key: &[u8]) -> Option<u32> {
    key.get(16..)?.try_into().ok().map(u32::from_be_bytes)
}

/// The 16 bytes after the vault's id.
#[must_use]
pub fn id_of(key: &[u8]) -> Option<[u8; 16]> {
    key.get(16..)?.try_into().ok()
}

/// Key of the envelope counter of an enrolment.
#[must_use]
pub fn seq_of(enrolment: EnrolmentId) -> Key {
    [SEQ, &enrolment.0].concat()
}

/// What the keys of envelope counters begin with.
pub const SEQ: &[u8] = b"seq";

/// What the keys of readings begin with that are not queued yet.
pub const READS: &[u8] = b"reads";

/// Key of what names the database, see `road::marks`.
pub const MARK: &[u8] = b"mark";

/// Key of what was brought back at a start and nobody was told of yet.
pub const RECOVERED: &[u8] = b"recovered";

/// Key of the size that parcels have grown to.
pub const PARCEL_SIZE: &[u8] = b"parcel";
/// Until when the server is not asked anything unbidden, because it said that it was asked too often.
pub const QUIET_UNTIL: &[u8] = b"quiet";

/// Key of a chunk that a draft's attachment needs: kept, not to be sent yet.
#[must_use]
pub fn chunk_kept(address: &Address) -> Key {
    [CHUNKS_KEPT, &address.0].concat()
}

/// Key of a chunk that the server is to be given.
#[must_use]
pub fn chunk_due(address: &Address) -> Key {
    [CHUNKS_DUE, &address.0].concat()
}

/// Key of a chunk that the server acknowledged at a time, should it lose it: older ones come first.
#[must_use]
pub fn chunk_held(at: u64, address: &Address) -> Key {
    [CHUNKS_HELD, &at.to_be_bytes(), &address.0].concat()
}

/// Key of a chunk that the server hands out again, with when it came: older ones go first where room is short.
#[must_use]
pub fn chunk_fetched(at: u64, address: &Address) -> Key {
    [CHUNKS_FETCHED, &at.to_be_bytes(), &address.0].concat()
}

/// The chunk that a key of one of these four kinds is about.
#[must_use]
pub fn address_of(key: &[u8]) -> Option<Address> {
    key.last_chunk::<32>().copied().map(Address)
}

/// What the keys of kept chunks begin with.
pub const CHUNKS_KEPT: &[u8] = &[1];

/// What the keys of due chunks begin with.
pub const CHUNKS_DUE: &[u8] = &[2];

/// What the keys of acknowledged chunks begin with.
pub const CHUNKS_HELD: &[u8] = &[3];

/// What the keys of fetched chunks begin with. Their rows are numbers of bytes.
pub const CHUNKS_FETCHED: &[u8] = &[4];

/// A range of keys that begin with something.
#[must_use]
pub fn beginning_with(start: &[u8]) -> (Key, Key) {
    let mut end = start.to_vec();
    // The next key that does not begin so: the last byte that can grow grows. Ids are random, so that one
    // of 0xff alone does not occur.
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            break;
        }
    }
    (start.to_vec(), end)
}
