//! All that the worker may touch: what waits to be delivered, what was collected, and nothing that opens either.

mod checkpoints;
mod chunks;
mod orders;

pub use chunks::Due;
pub use orders::{Report, Withdrawn};

use crate::database::{Database, Home, WhenMissing};
use crate::rows::{self, CapsuleRow, EnvelopeRow, PostRow, state};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::vault::ItemKey;
use crate::{StoreError, Trouble, clock};
use domain::VaultId;
use seal::{Purpose, Receipt, ServerKeys, Verdict, short_digest};
use std::collections::{BTreeMap, BTreeSet};

/// Longest that a server is left alone because it asked for that, in seconds.
const LONGEST_QUIET: u32 = 15 * 60;
/// How long what was delivered is kept, should the server lose it.
const KEEP: u64 = 14 * 24 * 3_600_000;
/// When what was refused is tried again without anybody asking: the server may have been updated.
const REFUSED_PAUSE: u64 = 6 * 3_600_000;
/// So many failures at the server are no accident any more.
const STUMBLES: u32 = 3;
/// What a parcel may hold besides its envelopes.
const SMALLEST_PARCEL: usize = 2 * 1024;
/// Largest parcel.
pub const LARGEST_PARCEL: usize = 64 * 1024;
/// How large the first parcel on an unknown line is.
const FIRST_PARCEL: usize = 8 * 1024;
/// Most pages in the inbox of a vault that is not opened.
pub const INBOX_LIMIT: usize = 1_000;

/// The outbox, the inbox and what delivery and collection need. Holds no key and reads nothing.
#[derive(Clone)]
pub struct Mailbox {
    database: Database,
}

/// An enrolment's post, with its row as read.
#[derive(Clone)]
pub struct Post {
    pub vault: VaultId,
    pub row: PostRow,
    bytes: Vec<u8>,
}

impl Post {
    /// Key that signs the server's answers.
    pub fn server(&self) -> Option<[u8; 32]> {
        self.row.server.as_slice().try_into().ok()
    }

    /// Whether a page is signed with the key that is believed, as far as the server says with which.
    pub fn may_sign(&self, signer: &[u8]) -> bool {
        signer.is_empty() || signer == self.row.server.as_slice()
    }

    /// Whether what a key signed may be believed of something that belongs to a vault: only where it is the key of
    /// that vault's own post, or of one with the same root.
    pub fn is_believed(posts: &[Post], key: &[u8; 32], of: VaultId) -> bool {
        let Some(own) = posts.iter().find(|post| post.vault == of) else {
            // Left behind by a vault that is no more: any server may take it.
            return true;
        };
        let same = |post: &&Post| {
            post.vault == of
                || (own.row.root.is_some() && own.row.root.as_deref() == post.row.root.as_deref())
        };
        posts.iter().filter(same).any(|post| post.server().as_ref() == Some(key))
    }

    /// Posts of the office that the device belongs to: the root of who joined first says which. There is one office on
    /// a device, see [`Mailbox::admits`].
    pub fn of_office(posts: &[Post]) -> impl Iterator<Item = &Post> {
        let root = posts.first().and_then(|post| post.row.root.as_deref());
        posts.iter().filter(move |post| root.is_none() || post.row.root.as_deref() == root)
    }
}

/// An envelope that waits, with its row as read.
#[derive(Clone)]
pub struct Waiting {
    pub item: ItemKey,
    pub row: EnvelopeRow,
    bytes: Vec<u8>,
}

impl Waiting {
    /// Whether parcels that began with it failed at the server again and again: it goes alone and last, so that
    /// it holds up nothing else.
    pub fn stumbled(&self) -> bool {
        self.row.tries >= STUMBLES && self.row.reason == format!("{:?}", Trouble::ServerUnavailable)
    }
}

/// Everything that could be delivered, in order, with the capsules.
#[derive(Default)]
pub struct Waybill {
    pub waiting: Vec<Waiting>,
    pub capsules: BTreeMap<Key, CapsuleRow>,
}

/// What settling did.
#[derive(Default)]
pub struct Settled {
    pub delivered: usize,
    pub refused: usize,
    pub parked: usize,
    /// Items to be sent again with their capsule.
    pub again: Vec<ItemKey>,
}

impl Mailbox {
    pub(crate) fn over(database: Database) -> Self {
        Self { database }
    }

    /// Opens the mailbox by itself, for the worker. `None` when there is no store on this device: the worker
    /// never makes one.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn open() -> Result<Option<Self>, StoreError> {
        match Database::open(Home::Vault, WhenMissing::Lost).await {
            Ok(database) => Ok(Some(Self { database })),
            Err(StoreError::Lost) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many envelopes wait, drafts included. What was refused does not wait: somebody must look.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn left(&self) -> Result<usize, StoreError> {
        let rows = self.outbox().await?;
        Ok(rows.iter().filter(|waiting| waiting.row.state == state::WAITING).count())
    }

    pub(crate) async fn posts(&self) -> Result<Vec<Post>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Posts)]).await?;
        let posts = read.into_iter().flatten().filter_map(|(key, bytes)| {
            Some(Post {
                vault: VaultId::from_slice(&key)?,
                row: rows::read(Table::Posts, &bytes).ok()?,
                bytes,
            })
        });
        Ok(posts.collect())
    }

    /// Whether somebody may join on this device whose server a root vouches for. All who use a device belong to one
    /// office: its tables are theirs, and receipts and keys of one server say nothing of what another holds. To be
    /// asked before an invitation is spent; making a vault asks again.
    ///
    /// # Errors
    /// [`StoreError::OtherOffice`] when somebody else joined with another root.
    pub async fn admits(&self, root: &[u8; 32]) -> Result<(), StoreError> {
        let posts = self.posts().await?;
        let other = |post: &Post| post.row.root.as_ref().is_some_and(|held| held.as_slice() != root);
        if posts.iter().any(other) { Err(StoreError::OtherOffice) } else { Ok(()) }
    }

    /// What may go now. Entries before drafts, older before newer, and last what the server stumbled over.
    pub(crate) async fn waybill(&self, everything: bool) -> Result<Waybill, StoreError> {
        let now = clock::now_ms();
        let read = self.database.read(&[Query::all(Table::Outbox), Query::all(Table::Capsules)]).await?;
        let [outbox, capsules] = read.try_into().unwrap_or_default();
        let mut waiting: Vec<Waiting> = outbox.into_iter().filter_map(read_waiting).collect();
        waiting.retain(|Waiting { row, .. }| match row.state {
            state::WAITING => everything || row.not_before <= now,
            state::REFUSED => everything || now > row.last_try.saturating_add(REFUSED_PAUSE),
            _ => false,
        });
        waiting.sort_by_key(|waiting| {
            let stumbled = waiting.stumbled();
            // Of those the one tried least comes first, or one of them would hold up the others.
            let tries = if stumbled { waiting.row.tries } else { 0 };
            // Entries, then drafts, then who read what.
            (stumbled, tries, waiting.item.purpose().code(), waiting.row.saved_at, waiting.item)
        });
        let capsules = capsules
            .into_iter()
            .filter_map(|(key, row)| Some((key, rows::read(Table::Capsules, &row).ok()?)));
        Ok(Waybill { waiting, capsules: capsules.collect() })
    }

    async fn outbox(&self) -> Result<Vec<Waiting>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Outbox)]).await?;
        Ok(read.into_iter().flatten().filter_map(read_waiting).collect())
    }

    /// The size that parcels have grown to on this device's lines.
    pub(crate) async fn parcel_size(&self) -> Result<usize, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Counters, tables::PARCEL_SIZE.to_vec())]).await?;
        let size =
            read.first().and_then(|rows| rows.first()).map(|(_, value)| rows::read_number(Some(value)));
        let size = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(FIRST_PARCEL);
        Ok(size.clamp(SMALLEST_PARCEL, LARGEST_PARCEL))
    }

    pub(crate) async fn remember_parcel_size(&self, size: usize) -> Result<(), StoreError> {
        let mut batch = Batch::relaxed();
        batch.put(Table::Counters, tables::PARCEL_SIZE, rows::write_number(size as u64));
        self.database.commit(batch).await.map(|_| ())
    }

    /// Seconds for which the server asked to be left alone, as far as they are not over.
    pub(crate) async fn quiet_for(&self) -> Result<u32, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Counters, tables::QUIET_UNTIL.to_vec())]).await?;
        let until = read.first().and_then(|rows| rows.first()).map(|(_, row)| rows::read_number(Some(row)));
        let seconds = until.unwrap_or_default().saturating_sub(clock::now_ms()).div_ceil(1_000);
        // More than was ever noted: the clock was put back.
        Ok(u32::try_from(seconds).ok().filter(|seconds| *seconds <= LONGEST_QUIET).unwrap_or_default())
    }

    /// Notes for how many seconds the server asked to be left alone. Nothing is deleted for it, and nothing waits
    /// longer than a quarter of an hour because of it: the answer may be anybody's.
    pub(crate) async fn be_quiet_for(&self, seconds: u32) -> Result<(), StoreError> {
        let until = clock::now_ms().saturating_add(u64::from(seconds.min(LONGEST_QUIET)) * 1_000);
        let mut batch = Batch::relaxed();
        batch.put(Table::Counters, tables::QUIET_UNTIL, rows::write_number(until));
        self.database.commit(batch).await.map(|_| ())
    }

    /// Notes an attempt that acknowledged nothing. Nothing is deleted for it.
    pub(crate) async fn note_trouble(&self, tried: &[Waiting], trouble: Trouble) -> Result<(), StoreError> {
        let mut batch = Batch::relaxed();
        for (place, waiting) in tried.iter().enumerate() {
            // It may be one envelope that the server stumbles over. The first alone is suspected: should it be
            // another, that one comes first in its turn.
            let counts = trouble != Trouble::ServerUnavailable || place == 0;
            let row = EnvelopeRow {
                tries: waiting.row.tries.saturating_add(u32::from(counts)),
                last_try: clock::now_ms(),
                reason: format!("{trouble:?}"),
                ..waiting.row.clone()
            };
            let expected = Expected::Bytes(waiting.bytes.clone());
            batch.put_if(Table::Outbox, waiting.item.in_outbox(), expected, rows::write(&row));
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Notes that the server refused a parcel that held this alone: somebody must look.
    pub(crate) async fn refuse(&self, waiting: &Waiting, trouble: Trouble) -> Result<(), StoreError> {
        let row = EnvelopeRow {
            state: state::REFUSED,
            verdict: 0,
            reason: format!("{trouble:?}"),
            tries: waiting.row.tries.saturating_add(1),
            last_try: clock::now_ms(),
            ..waiting.row.clone()
        };
        let mut batch = Batch::default();
        let expected = Expected::Bytes(waiting.bytes.clone());
        batch.put_if(Table::Outbox, waiting.item.in_outbox(), expected, rows::write(&row));
        self.database.commit(batch).await.map(|_| ())
    }

    /// Takes over another signing key of the server, where the root that a post is pinned to vouches for it.
    /// Whether any did.
    pub(crate) async fn take_keys(&self, keys: &[u8]) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        for Post { vault, row, bytes } in self.posts().await? {
            let root = row.root.as_ref().and_then(|root| <[u8; 32]>::try_from(root.as_slice()).ok());
            let Some(root) = root else { continue };
            let Ok(read) = ServerKeys::from_bytes(keys, &root) else { continue };
            // Older ones again may be somebody's who has stolen them.
            if row.server.as_slice() != read.signing && read.from >= row.keys_from {
                let former = row.with_former(row.server_keys.clone());
                let (server, keys_from) = (read.signing.to_vec().into(), read.from);
                let row =
                    PostRow { server, server_keys: Some(keys.to_vec().into()), former, keys_from, ..row };
                batch.put_if(Table::Posts, vault.0.to_vec(), Expected::Bytes(bytes), rows::write(&row));
            }
        }
        let changes = !batch.writes.is_empty();
        if changes {
            self.database.commit(batch).await?;
        }
        Ok(changes)
    }

    /// Acts on receipts. An item that changed meanwhile (a draft's next state) is left to the next round.
    pub(crate) async fn settle(
        &self,
        tried: &[Waiting],
        receipts: &[Receipt],
        epoch: [u8; 16],
        capsules: &BTreeMap<Key, CapsuleRow>,
    ) -> Result<Settled, StoreError> {
        let now = clock::now_ms();
        let (mut settled, mut batch) = (Settled::default(), Batch::default());
        let (mut held, mut missing) = (BTreeSet::new(), BTreeSet::new());
        for waiting in tried {
            let digest = short_digest(&waiting.row.envelope);
            let Some(receipt) = receipts.iter().find(|receipt| receipt.envelope == digest) else { continue };
            let row = EnvelopeRow {
                verdict: receipt.verdict.code(),
                reason: receipt.reason.clone(),
                tries: waiting.row.tries.saturating_add(1),
                last_try: now,
                settled_at: now,
                epoch: epoch.to_vec().into(),
                ..waiting.row.clone()
            };
            let (key, expected) = (waiting.item.in_outbox(), Expected::Bytes(waiting.bytes.clone()));
            let capsule = waiting.row.capsule.to_vec();
            let is_draft = waiting.item.purpose() == Purpose::Draft;
            match receipt.verdict {
                verdict if verdict.is_acknowledgement() => {
                    held.insert(capsule);
                    // What became of readings is nothing for whoever is at the device.
                    let attention = matches!(verdict, Verdict::Parked | Verdict::Quarantined)
                        && waiting.item.purpose() != Purpose::Reads;
                    if is_draft {
                        batch.delete_if(Table::Outbox, key, expected);
                    } else if attention {
                        settled.parked += 1;
                        let row = EnvelopeRow { state: state::PARKED, forgotten: false, ..row };
                        batch.put_if(Table::Outbox, key, expected, rows::write(&row));
                    } else if waiting.item.purpose() == Purpose::Entry && !row.reason.is_empty() {
                        // Entered, and still there is something that who saved it must know.
                        let row = EnvelopeRow { state: state::NOTED, ..row };
                        batch.put_if(Table::Outbox, key, expected, rows::write(&row));
                    } else {
                        let row = EnvelopeRow { state: state::WAITING, ..row };
                        batch.put(Table::Sent, waiting.item.in_sent(row.vault), rows::write(&row));
                        batch.delete_if(Table::Outbox, key, expected);
                    }
                    settled.delivered += 1;
                }
                Verdict::CapsuleMissing => {
                    missing.insert(capsule);
                    settled.again.push(waiting.item);
                    let row = EnvelopeRow { state: state::WAITING, settled_at: 0, ..row };
                    batch.put_if(Table::Outbox, key, expected, rows::write(&row));
                }
                _ => {
                    settled.refused += 1;
                    let row = EnvelopeRow { state: state::REFUSED, settled_at: 0, ..row };
                    batch.put_if(Table::Outbox, key, expected, rows::write(&row));
                }
            }
        }
        for (key, row) in capsules {
            let held = if missing.contains(key) { false } else { row.held || held.contains(key) };
            if held != row.held {
                let bytes = rows::write(&CapsuleRow { held, ..row.clone() });
                batch.put_if(Table::Capsules, key.clone(), Expected::Bytes(rows::write(row)), bytes);
            }
        }
        self.database.commit(batch).await?;
        Ok(settled)
    }

    /// The server was restored from a backup: what it acknowledged before may be gone there. All of it goes out
    /// again; what is there already is answered so.
    pub(crate) async fn begin_epoch(&self, epoch: &[u8]) -> Result<(), StoreError> {
        let read = self
            .database
            .read(&[
                Query::all(Table::Posts),
                Query::all(Table::Sent),
                Query::all(Table::Outbox),
                Query::all(Table::Capsules),
                Query::range(Table::ChunksDue, tables::beginning_with(tables::CHUNKS_HELD)),
            ])
            .await?;
        let [posts, sent, outbox, capsules, chunks] = read.try_into().unwrap_or_default();
        let mut batch = Batch::default();
        chunks::due_again(&mut batch, chunks, epoch);
        for (key, bytes) in posts {
            let Ok(post) = rows::read::<PostRow>(Table::Posts, &bytes) else { continue };
            let post = PostRow { epoch: epoch.to_vec().into(), cursor: Vec::new().into(), ..post };
            batch.put_if(Table::Posts, key, Expected::Bytes(bytes), rows::write(&post));
        }
        let is_older = |row: &EnvelopeRow| row.epoch.as_slice() != epoch;
        let anew =
            |row: EnvelopeRow| EnvelopeRow { state: state::WAITING, not_before: 0, forgotten: false, ..row };
        for (key, bytes) in sent {
            let Some(item) = ItemKey::from_sent(&key) else { continue };
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Sent, &bytes) else { continue };
            if is_older(&row) {
                batch.put_if(Table::Outbox, item.in_outbox(), Expected::Absent, rows::write(&anew(row)));
                batch.delete_if(Table::Sent, key, Expected::Bytes(bytes));
            }
        }
        for (key, bytes) in outbox {
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &bytes) else { continue };
            if row.is_delivered() && is_older(&row) {
                batch.put_if(Table::Outbox, key, Expected::Bytes(bytes), rows::write(&anew(row)));
            }
        }
        for (key, bytes) in capsules {
            let Ok(row) = rows::read::<CapsuleRow>(Table::Capsules, &bytes) else { continue };
            if row.held {
                batch.put(Table::Capsules, key, rows::write(&CapsuleRow { held: false, ..row }));
            }
        }
        self.database.commit(batch).await.map(|_| ())
    }

    /// Puts a page into the inbox and moves the cursor, both or neither. `false` when another page did meanwhile.
    pub(crate) async fn take_page(
        &self,
        post: &Post,
        page: &[u8],
        cursor: &[u8],
    ) -> Result<bool, StoreError> {
        let counter = [b"page".as_slice(), &post.vault.0].concat();
        let read = self.database.read(&[Query::Get(Table::Counters, counter.clone())]).await?;
        let row = read.into_iter().flatten().next().map(|(_, value)| value);
        let number = rows::read_number(row.as_deref());
        let changed =
            PostRow { cursor: cursor.to_vec().into(), collected_at: clock::now_ms(), ..post.row.clone() };
        // Relaxed: should it be lost, the cursor is lost with it and the page is collected again.
        let mut batch = Batch::relaxed();
        batch.require(Table::Posts, post.vault.0.to_vec(), Expected::Bytes(post.bytes.clone()));
        batch.put(Table::Posts, post.vault.0.to_vec(), rows::write(&changed));
        if !page.is_empty() {
            let short = u32::try_from(number % u64::from(u32::MAX)).unwrap_or(0);
            batch.require(Table::Counters, counter.clone(), Expected::as_read(row));
            batch.put(Table::Counters, counter, rows::write_number(number + 1));
            batch.put(Table::Inbox, tables::page(post.vault, short), page.to_vec());
        }
        Ok(self.database.commit(batch).await? == Commit::Done)
    }

    /// Notes that the server has nothing more to tell for now.
    pub(crate) async fn heard_all(&self, vault: VaultId) -> Result<(), StoreError> {
        let Some(post) = self.posts().await?.into_iter().find(|post| post.vault == vault) else {
            return Ok(());
        };
        let row = PostRow { heard_all_at: clock::now_ms(), ..post.row };
        let mut batch = Batch::relaxed();
        // Changed meanwhile: the next round notes it.
        batch.put_if(Table::Posts, vault.0.to_vec(), Expected::Bytes(post.bytes), rows::write(&row));
        self.database.commit(batch).await.map(|_| ())
    }

    /// Pages that lie in a vault's inbox and can be folded in; those set aside do not count.
    pub(crate) async fn pages(&self, vault: VaultId) -> Result<usize, StoreError> {
        let (from, to) = tables::beginning_with(&vault.0);
        let read = self.database.read(&[Query::Keys(Table::Inbox, from, to)]).await?;
        Ok(read.iter().flatten().filter(|(key, _)| tables::is_page(key)).count())
    }

    /// Forgets what was delivered long ago, and the capsules that nothing needs any more.
    ///
    /// A capsule goes only when no row names it, and only when nothing was saved since they were read: every save
    /// moves its enrolment's counter.
    pub(crate) async fn tidy(&self) -> Result<(), StoreError> {
        let before = clock::now_ms().saturating_sub(KEEP);
        let read = self
            .database
            .read(&[
                Query::all(Table::Sent),
                Query::all(Table::Outbox),
                Query::all(Table::Capsules),
                Query::range(Table::Counters, tables::beginning_with(tables::SEQ)),
            ])
            .await?;
        let [sent, outbox, capsules, counters] = read.try_into().unwrap_or_default();
        let (mut batch, mut needed) = (Batch::relaxed(), BTreeSet::new());
        for (key, bytes) in counters {
            batch.require(Table::Counters, key, Expected::Bytes(bytes));
        }
        for (key, bytes) in sent {
            // Of a later version: kept, and with it every capsule.
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Sent, &bytes) else { return Ok(()) };
            // What goes now still needs its capsule until it is gone: another page may be sending it again.
            needed.insert(row.capsule.to_vec());
            if row.settled_at < before {
                batch.delete_if(Table::Sent, key, Expected::Bytes(bytes));
            }
        }
        for (_, bytes) in outbox {
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &bytes) else { return Ok(()) };
            needed.insert(row.capsule.to_vec());
        }
        for (key, bytes) in capsules {
            let old = rows::read::<CapsuleRow>(Table::Capsules, &bytes).is_ok_and(|row| row.made_at < before);
            if old && !needed.contains(&key) {
                batch.delete_if(Table::Capsules, key, Expected::Bytes(bytes));
            }
        }
        if batch.writes.is_empty() {
            return Ok(());
        }
        // Overtaken: there is no hurry, the next round does it.
        self.database.commit(batch).await.map(|_| ())
    }
}

fn read_waiting((key, bytes): (Key, Vec<u8>)) -> Option<Waiting> {
    Some(Waiting { item: ItemKey::from_key(&key)?, row: rows::read(Table::Outbox, &bytes).ok()?, bytes })
}
