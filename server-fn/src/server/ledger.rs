//! What the server keeps, as a trait: bytes, ids, states and order. It holds no key and opens nothing.
//!
//! Implementations differ only in where the rows lie. All calls block until done; a call that writes returns
//! after a durable commit, so whoever calls may acknowledge. Called from blocking threads only.

use domain::{DraftId, EnrolmentId, EntryId, Kind, RecordId, UserId};
use road::server::DraftState;
pub use road::server::State;
use seal::{Address, CapsuleId, Header};

/// SHA-256 of a code, a token or a cookie, or a shortened one of an envelope.
pub type Digest = [u8; 32];

/// Why the ledger did not do it. Nothing was done then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Records or entries changed since they were read: read again and try once more.
    #[error("changed meanwhile")]
    Moved,
    /// The database is away, full, or otherwise not able. The text is for the log and holds no content.
    #[error("ledger not able: {0}")]
    Unable(String),
}

/// Which ledger this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Fixed for ever; bound into every sealed row.
    pub server: [u8; 16],
    /// Changes when the ledger was restored from a backup.
    pub epoch: [u8; 16],
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Who.
    pub id: UserId,
    /// Name and staff code, sealed.
    pub sealed: Vec<u8>,
    /// Code of `domain::Role`.
    pub role: u8,
    /// Code of their site.
    pub site: String,
    /// Code of their organisation; empty where the office never named one.
    pub organisation: String,
    /// Code of their team; empty for none.
    pub team: String,
    /// Gone: what they still send is parked.
    pub disabled: bool,
}

/// A one-time invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// Digest of the code.
    pub code: Digest,
    /// Whom it is for.
    pub user: UserId,
    /// Milliseconds since 1970.
    pub expires_at: u64,
}

/// One user on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentRow {
    /// Made by the server.
    pub id: EnrolmentId,
    /// Who.
    pub user: UserId,
    /// Public signing key.
    pub verifying: [u8; 32],
    /// Public inbox key.
    pub inbox: [u8; 32],
    /// Digest of the deposit token.
    pub token: Digest,
    /// When, milliseconds since 1970.
    pub enrolled_at: u64,
    /// The device is lost or handed on: what it still sends is set apart.
    pub revoked: bool,
}

/// An enrolment with its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The enrolment.
    pub enrolment: EnrolmentRow,
    /// Its user.
    pub user: UserRow,
}

/// What became of an invitation that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// The enrolment was made for this user.
    Enrolled(Member),
    /// The same keys enrolled with it a moment ago, at `used_at`: the answer was lost on the way.
    Before(Member, u64),
    /// No such code.
    Unknown,
    /// Another device has used it.
    Used,
    /// Too late.
    Expired,
}

/// A session row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Digest of the cookie.
    pub cookie: Digest,
    /// Whose.
    pub enrolment: EnrolmentId,
    /// When it began.
    pub created_at: u64,
}

/// An envelope as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// `seal::short_digest` of its bytes.
    pub digest: [u8; 16],
    /// What anybody may read of it.
    pub header: Header,
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// What became of an arrival when it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It lies here under this number, to be judged: new, or left over from before.
    Waiting(u64),
    /// It came before and was judged.
    Before(State, String),
    /// Nobody sent its capsule. Nothing was stored.
    CapsuleMissing,
}

/// An envelope that is kept with its bytes: waiting, parked or quarantined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRow {
    /// Its number.
    pub seq: u64,
    /// Where it stands.
    pub state: State,
    /// Why, if it is parked.
    pub reason: String,
    /// When it came.
    pub received_at: u64,
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Made on the device.
    pub id: EntryId,
    /// SHA-256 of the signed bytes, signature included: says nothing about them to who does not hold them.
    pub digest: Digest,
    /// Whose key signed.
    pub enrolment: EnrolmentId,
    /// When it came.
    pub received_at: u64,
    /// The signed bytes, sealed.
    pub sealed: Vec<u8>,
}

/// An entry in its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub seq: u64,
    /// The entry.
    pub entry: EntryRow,
    /// [`chained`] over the link before and this entry.
    pub chain: Digest,
}

/// The hash that chains an entry to the one before it.
#[must_use]
pub fn chained(previous: &Digest, entry: &EntryRow) -> Digest {
    seal::digest(
        &[
            b"amparo/chain/1".as_slice(),
            previous,
            &entry.id.0,
            &entry.digest,
            &entry.enrolment.0,
            &entry.received_at.to_be_bytes(),
        ]
        .concat(),
    )
}

/// A record as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Which.
    pub id: RecordId,
    /// About what.
    pub kind: Kind,
    /// The record it hangs on: a person's group, a paper's holder.
    pub parent: Option<RecordId>,
    /// Where it belongs, and with that who may be handed it.
    pub home: Home,
    /// Who began it; `None` in a ledger from before that was kept.
    pub made_by: Option<UserId>,
    /// Counts its changes.
    pub revision: u64,
    /// Its place in the order of all changes; 0 before it was written.
    pub seq: u64,
    /// The snapshot, sealed.
    pub sealed: Vec<u8>,
}

/// The state of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// Which.
    pub id: DraftId,
    /// Whose.
    pub user: UserId,
    /// From which device.
    pub enrolment: EnrolmentId,
    /// Its envelope's place in the device's counting.
    pub counter: u64,
    /// When it came.
    pub received_at: u64,
    /// The signed bytes, sealed.
    pub sealed: Vec<u8>,
}

impl DraftRow {
    /// Whether this state takes the place of one that is held, see [`DraftState::is_newer_than`].
    #[must_use]
    pub fn is_newer_than(&self, held: &DraftRow) -> bool {
        self.state().is_newer_than(&held.state())
    }

    fn state(&self) -> DraftState {
        let DraftRow { user, enrolment, counter, received_at, .. } = *self;
        DraftState { user, enrolment, counter, received_at }
    }
}

/// What becomes of one waiting or parked envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its entry stands in the same batch, or stood in the ledger before.
    Entered,
    /// The same, and its author is told something of it, also when they ask again.
    Noted(String),
    /// Kept with its bytes.
    Kept(State, String),
    /// Parked for a reason that lasts (see [`LASTING`]), in the room of whoever carried it here.
    Held(EnrolmentId, String),
    /// Its draft was taken over, or an older state of one that is here: nothing of it need be kept.
    DraftTaken,
    /// It does not open: moved apart, where room is limited.
    Unreadable,
    /// It does not open, and enough of its parcel is kept; or it would be held, and its carrier has no room left: the
    /// device alone keeps it.
    Forgotten,
}

/// All that judging some envelopes comes to. Written whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// New entries, in order.
    pub entries: Vec<EntryRow>,
    /// Records as they stand after them. `revision` is one more than what was read.
    pub records: Vec<RecordRow>,
    /// Drafts newer than what was read.
    pub drafts: Vec<DraftRow>,
    /// Chunks of the attachments that the entries state.
    pub stated: Vec<Address>,
    /// Digests of the numbers of slips, with their referrals.
    pub slips: Vec<(Digest, RecordId)>,
    /// Rows for the log of deeds and readings.
    pub audit: Vec<AuditRow>,
    /// What becomes of the envelopes.
    pub fates: Vec<(u64, Fate)>,
}

/// Numbers for the log and for figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries in the ledger.
    pub entries: u64,
    /// Records they add up to.
    pub records: u64,
    /// Envelopes waiting to be judged.
    pub waiting: u64,
    /// Envelopes parked.
    pub parked: u64,
    /// Envelopes quarantined.
    pub quarantined: u64,
    /// Drafts held.
    pub drafts: u64,
    /// What could not be opened.
    pub unreadable: u64,
    /// Chunks of attachments.
    pub chunks: u64,
}

/// A sealed chunk of an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Digest of its bytes, as the server found it.
    pub address: Address,
    /// Its bytes as they came.
    pub bytes: Vec<u8>,
}

/// Most bytes of chunks kept from one enrolment that no entry states: about a thousand faces. Entries come first, so
/// that what is stated sooner or later hardly counts; what is parked, or made up, does.
pub const UNSTATED_ROOM: u64 = 64 * 1024 * 1024;
/// Of a device that was revoked, or whose user is disabled: what its colleagues wait for it may still carry.
pub const UNWELCOME_ROOM: u64 = 1024 * 1024;
/// Most bytes kept from one enrolment in a day that entries state: some thousand faces and pages. Beyond that a device
/// tries again on another day.
pub const STATED_ROOM: u64 = 512 * 1024 * 1024;
/// What the smallest chunk counts there: many small ones cost more than their bytes.
pub const UNSTATED_FLOOR: u64 = 4 * 1024;

/// Most bytes kept of what cannot be opened; beyond that the device alone keeps it.
pub const UNREADABLE_ROOM: u64 = 64 * 1024 * 1024;

mod applications;
mod appointments;
mod audit;
mod grants;
mod lasting;
mod passkeys;
mod places;
mod sealed;
mod several;
mod slips;
mod staff_room;

pub use applications::*;
pub use appointments::*;
pub use audit::*;
pub use grants::*;
pub use lasting::*;
pub use passkeys::*;
pub use places::*;
pub use sealed::*;
pub use several::*;
pub use slips::*;
pub use staff_room::*;

/// Either a value or the reason why the ledger was not able.
pub type Result<T> = core::result::Result<T, LedgerError>;

/// The ledger.
pub trait Ledger:
    Appointments
    + Grants
    + Lasting
    + Trail
    + StaffRoom
    + Passkeys
    + SealedRows
    + Several
    + Places
    + Slips
    + Applications
    + Send
    + Sync
{
    /// Which ledger this is, as it was when this program looked last ([`Several::look`]).
    fn identity(&self) -> Identity;
    /// Keeps a sealed value by which the storage key is known again, unless one is kept. Gives the one kept.
    fn key_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>>;
    /// Whether something was done here before; marks it as done now.
    fn mark(&self, name: &str, now: u64) -> Result<bool>;
    /// Whether something was done here before.
    fn is_marked(&self, name: &str) -> Result<bool>;
    /// When something was first done here, milliseconds since 1970.
    fn marked_at(&self, name: &str) -> Result<Option<u64>>;

    /// Adds a user unless they are here, and an invitation for them.
    fn invite(&self, user: UserRow, invitation: InvitationRow) -> Result<()>;
    /// Uses an invitation, once, and makes the enrolment (whose `user` is filled in) and its session.
    fn enrol(&self, code: Digest, enrolment: EnrolmentRow, session: SessionRow) -> Result<Invited>;
    /// An enrolment with its user.
    fn member(&self, enrolment: EnrolmentId) -> Result<Option<Member>>;
    /// The enrolment that holds a deposit token.
    fn holder_of_token(&self, token: Digest) -> Result<Option<EnrolmentId>>;
    /// Users by id; unknown ones are left out.
    fn users(&self, ids: &[UserId]) -> Result<Vec<UserRow>>;
    /// Changes what a user may do.
    fn set_user(&self, user: UserId, role: u8, site: &str, disabled: bool) -> Result<()>;

    /// Begins a session; forgets those that began before `forget_before`.
    fn open_session(&self, session: SessionRow, forget_before: u64) -> Result<()>;
    /// The session of a cookie.
    fn session(&self, cookie: Digest) -> Result<Option<SessionRow>>;
    /// Ends a session.
    fn close_session(&self, cookie: Digest) -> Result<()>;

    /// Stores what came as it came, before anything is looked at.
    fn store(&self, capsules: Vec<Vec<u8>>, arrivals: Vec<Arrival>, now: u64) -> Result<Vec<Stored>>;
    /// Keeps bytes that are no envelope, while there is room.
    fn keep_unreadable(&self, carrier: EnrolmentId, raw: Vec<Vec<u8>>, now: u64) -> Result<()>;
    /// A capsule.
    fn capsule(&self, id: CapsuleId) -> Result<Option<Vec<u8>>>;
    /// Envelopes in a state, after a number.
    fn kept(&self, state: State, after: u64, limit: u32) -> Result<Vec<KeptRow>>;
    /// Whether an envelope was tried at a start and that never came to an end; marks it as tried now.
    fn try_judging(&self, seq: u64) -> Result<bool>;
    /// Takes back that envelopes were tried: it came to an end, though not to an outcome.
    fn not_tried(&self, seqs: &[u64]) -> Result<()>;
    /// Digests of the signed bytes of entries; `None` for those not here.
    fn entry_digests(&self, ids: &[EntryId]) -> Result<Vec<Option<Digest>>>;
    /// Records by id; unknown ones are left out.
    fn records(&self, ids: &[RecordId]) -> Result<Vec<RecordRow>>;
    /// A draft.
    fn draft(&self, id: DraftId) -> Result<Option<DraftRow>>;
    /// Writes what judging came to, whole or not at all. Then gives every record touched, and all that hangs on
    /// it, the place of the record that it hangs on: who judged may not have seen where that one is by now.
    ///
    /// [`LedgerError::Moved`] when an entry is here already or a record is not as it was read.
    fn enter(&self, batch: Batch) -> Result<()>;

    /// Whether each of some chunks lies here, durably.
    fn holds_chunks(&self, addresses: &[Address]) -> Result<Vec<bool>>;
    /// Keeps chunks. For each whether it lies here now; what no entry states is kept up to [`UNSTATED_ROOM`], or
    /// [`UNWELCOME_ROOM`], and what one states up to [`STATED_ROOM`] a day.
    fn put_chunks(&self, carrier: EnrolmentId, chunks: Vec<Chunk>, now: u64) -> Result<Vec<bool>>;
    /// Chunks by their addresses, so many bytes at most, but always one that there is; unknown ones are left out.
    fn chunks(&self, addresses: &[Address], room: usize) -> Result<Vec<Vec<u8>>>;

    /// Entries in their order, after a number.
    fn chain(&self, after: u64, limit: u32) -> Result<Vec<Link>>;
    /// Numbers.
    fn counts(&self) -> Result<Counts>;
    /// Writes everything to its lasting place before the program ends.
    fn settle(&self) -> Result<()>;
}
