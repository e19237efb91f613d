//! What a round asks for, what it is told, and what it wants written.

use crate::device::{Capsule, DueChunk, Fate, Item, ItemKey, Post, RoundOutcome, Trouble};
use domain::VaultId;
use seal::{Address, Holding, Order, Receipt};

/// What a round begins with.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Every post of the device.
    pub posts: Vec<Post>,
    /// The size that parcels have grown to on this device's lines, in bytes; `None` on an unknown one.
    pub parcel_size: Option<u64>,
    /// Until when the server is to be left alone, milliseconds since 1970; 0 for nothing noted.
    pub quiet_until: u64,
}

/// What is to be done next, and which answer tells what came of it. Whatever asks the line may be answered with
/// [`Answer::Trouble`] instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read the outbox and all capsules: [`Answer::Outbox`].
    Outbox,
    /// Read the posts: [`Answer::Posts`].
    Posts,
    /// Hand in a parcel: [`Answer::Receipts`].
    Deliver {
        /// The token to hand in under.
        token: Vec<u8>,
        /// The envelopes to be in it, in this order.
        items: Vec<ItemKey>,
        /// The capsules to be in it.
        capsules: Vec<Vec<u8>>,
    },
    /// Ask for the server's keys and believe them where a root vouches for them: [`Answer::Keys`].
    Keys,
    /// Count the pages in a vault's inbox that wait to be folded in: [`Answer::Pages`].
    Pages(VaultId),
    /// Ask for the next page: [`Answer::Page`].
    Collect {
        /// For whom.
        vault: VaultId,
        /// After what.
        cursor: Vec<u8>,
        /// About how many bytes.
        room: usize,
    },
    /// Lay the page of the last answer into a vault's inbox and move its cursor, both or neither, where the post is still
    /// as it was read; an empty page only moves the cursor. [`Answer::Taken`].
    TakePage {
        /// Whose.
        vault: VaultId,
        /// Where collection goes on.
        cursor: Vec<u8>,
    },
    /// Tell how an enrolment stands (`device::report`) and ask for its order: [`Answer::Order`] where the post's server
    /// signed it for this enrolment, else [`Answer::Unsigned`].
    Report(VaultId),
    /// Read the order of the last answer once more, with the keys of now: the same answers.
    HearAgain(VaultId),
    /// Hand a checkpoint back: [`Answer::Checkpoint`].
    Echo {
        /// For whom.
        vault: VaultId,
        /// The one that is held; empty for none.
        held: Vec<u8>,
    },
    /// Read the chunks of pictures that are due: [`Answer::Chunks`].
    Chunks,
    /// Look for a chunk on the shelf, and keep its bytes for [`Step::PutChunks`]: [`Answer::Chunk`].
    Look(Address),
    /// Ask which of these the server lacks: [`Answer::Holdings`].
    AskChunks {
        /// The token to ask under.
        token: Vec<u8>,
        /// Which.
        addresses: Vec<Address>,
    },
    /// Hand these in, all of them looked at before: [`Answer::Holdings`].
    PutChunks {
        /// The token to hand in under.
        token: Vec<u8>,
        /// Which.
        addresses: Vec<Address>,
    },
    /// Forget what was acknowledged long ago: [`Answer::Tidied`].
    Tidy(Tidy),
    /// The round is over. How much is left (`left`, `chunks_left`) is for the driver to count.
    Done(RoundOutcome),
}

/// What is to be tidied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tidy {
    /// Chunks of pictures.
    Chunks,
    /// The shelf of what was sent, and capsules: `device::forget`.
    Sent,
}

/// What came of a step. An answer to another step ends the round.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Every item of the outbox, due or not, and every capsule.
    Outbox(Vec<Item>, Vec<Capsule>),
    /// Every post.
    Posts(Vec<Post>),
    /// Receipts that one of [`super::Round::signers`] signed for exactly this parcel; any other answer of the line is
    /// [`Trouble::WrongSignature`].
    Receipts(Receipts),
    /// The posts as they are now, where other keys are believed; `None` where nothing changed.
    Keys(Option<Vec<Post>>),
    /// Pages that wait.
    Pages(usize),
    /// What was collected. Nobody signed it; the page itself is signed.
    Page(Collected),
    /// What became of the page.
    Taken(Taken),
    /// An order that the post's own server signed for its enrolment.
    Order(Order),
    /// An answer that it did not sign.
    Unsigned,
    /// The latest checkpoint, where the post's server signed it.
    Checkpoint(Option<Vec<u8>>),
    /// Every chunk that the server is to be given, due or not.
    Chunks(Vec<DueChunk>),
    /// A chunk's size in bytes; `None` where it does not lie on the shelf undamaged.
    Chunk(Option<usize>),
    /// What the server holds, signed by one of [`super::Round::signers`] for exactly this question.
    Holdings(Holdings),
    /// It was tidied.
    Tidied,
    /// The line gave no answer, or one that is worth nothing.
    Trouble(Trouble),
}

/// Receipts that were read.
#[derive(Clone, Debug)]
pub struct Receipts {
    /// The key that signed them.
    pub signer: [u8; 32],
    /// The server's epoch.
    pub epoch: [u8; 16],
    /// What became of the envelopes.
    pub items: Vec<Receipt>,
    /// [`seal::short_digest`] of the envelopes that were sent, in the order of [`Step::Deliver`].
    pub digests: Vec<[u8; 16]>,
    /// Whether a checkpoint came with them.
    pub has_checkpoint: bool,
    /// When, milliseconds since 1970 by the server's clock, where a checkpoint that came with them says so.
    pub at: Option<u64>,
}

/// A page as it was collected.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Bytes of the page; 0 where there is none.
    pub page: usize,
    /// Where collection goes on.
    pub cursor: Vec<u8>,
    /// Whether there is more.
    pub more: bool,
    /// The server's epoch, as it says.
    pub epoch: Vec<u8>,
    /// The key that signed the page, as it says; empty where it does not.
    pub signer: Vec<u8>,
}

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It lies in the inbox.
    Done,
    /// Another page or the worker collects as well: what it took in is not heard yet by this one.
    Overtaken,
    /// The device is full; nothing was changed.
    Full,
}

/// What the server says of chunks.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// The key that signed it.
    pub signer: [u8; 32],
    /// The server's epoch.
    pub epoch: [u8; 16],
    /// Of each chunk.
    pub items: Vec<(Address, Holding)>,
}

/// What is to be written, each in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// What becomes of items, each only where its row is still as it was read; and whether the server holds capsules,
    /// likewise. `strict`: on the disk before the next step, where something leaves the outbox or is refused.
    Items {
        /// Each with what becomes of it.
        fates: Vec<(ItemKey, Fate)>,
        /// Each with whether the server holds it.
        capsules: Vec<(Vec<u8>, bool)>,
        /// Whether to wait for the disk.
        strict: bool,
    },
    /// The server is another one: [`Post::anew`] for every post, [`Item::anew`] for every item of outbox and shelf, no
    /// capsule is held, and every acknowledged chunk of another epoch is due. In one strict transaction.
    BeginEpoch([u8; 16]),
    /// Remember the size that parcels have grown or shrunk to, in bytes.
    ParcelSize(usize),
    /// Leave the server alone until then, milliseconds since 1970.
    Quiet(u64),
    /// The server has nothing more to tell this vault for now.
    HeardAll(VaultId),
    /// Carry an order out: [`Post::follow`]. Where the post changed meanwhile, the next round hears it again.
    Follow(VaultId, Order),
    /// A checkpoint was handed back: note when, and keep this one in its place where there is one.
    Echoed(VaultId, Option<Vec<u8>>),
    /// The server holds these chunks, under this epoch.
    ChunksHeld(Vec<Address>, [u8; 16]),
    /// These chunks are not to be sent before then, milliseconds since 1970.
    ChunksPutOff(Vec<Address>, u64),
}
