//! All that the worker may touch: what waits to be delivered, what was collected, and nothing that opens either.

mod checkpoints;
mod chunks;
mod orders;
mod plain;
mod settle;

pub use chunks::Due;
pub use orders::{Report, Withdrawn};
pub use plain::{capsules as plain_capsules, chunk as plain_chunk, items as plain_items};
pub use road::device::{LARGEST_PARCEL, Settled};

use crate::database::{Database, Home, WhenMissing};
use crate::rows::{self, CapsuleRow, EnvelopeRow, PostRow, state};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::vault::ItemKey;
use crate::{StoreError, clock};
use domain::VaultId;
use road::device;
use seal::ServerKeys;
use std::collections::BTreeMap;

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

/// Everything that could be delivered, in order, with the capsules.
#[derive(Default)]
pub struct Waybill {
    pub waiting: Vec<Waiting>,
    pub capsules: BTreeMap<Key, CapsuleRow>,
}

impl Mailbox {
    pub(crate) fn over(database: Database) -> Self {
        Self { database }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
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

    /// What may go now, in order (`road::device::due`), and every capsule.
    pub(crate) async fn waybill(&self, everything: bool) -> Result<Waybill, StoreError> {
        let Waybill { waiting, capsules } = self.outbox_and_capsules().await?;
        let mut rows: BTreeMap<ItemKey, Waiting> = BTreeMap::new();
        let mut items = Vec::with_capacity(waiting.len());
        for waiting in waiting {
            items.push(waiting.plain());
            rows.insert(waiting.item, waiting);
        }
        let due = device::due(items, everything, clock::now_ms());
        Ok(Waybill { waiting: due.iter().filter_map(|item| rows.remove(&item.key)).collect(), capsules })
    }

    /// Every item of the outbox, due or not, and every capsule.
    pub(crate) async fn outbox_and_capsules(&self) -> Result<Waybill, StoreError> {
        let read = self.database.read(&[Query::all(Table::Outbox), Query::all(Table::Capsules)]).await?;
        let [outbox, capsules] = read.try_into().unwrap_or_default();
        let capsules = capsules
            .into_iter()
            .filter_map(|(key, row)| Some((key, rows::read(Table::Capsules, &row).ok()?)));
        let waiting = outbox.into_iter().filter_map(read_waiting).collect();
        Ok(Waybill { waiting, capsules: capsules.collect() })
    }

    async fn outbox(&self) -> Result<Vec<Waiting>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Outbox)]).await?;
        Ok(read.into_iter().flatten().filter_map(read_waiting).collect())
    }

    /// What a round begins with: the posts as they are given, the size of parcels, and how long to be quiet.
    pub(crate) async fn start(&self, posts: &[Post]) -> Result<device::Start, StoreError> {
        let posts = posts.iter().map(Post::plain).collect();
        let (parcel_size, quiet_until) =
            (self.number(tables::PARCEL_SIZE).await?, self.number(tables::QUIET_UNTIL).await?);
        Ok(device::Start { posts, parcel_size, quiet_until: quiet_until.unwrap_or_default() })
    }

    /// The size that parcels have grown to on this device's lines.
    pub(crate) async fn parcel_size(&self) -> Result<usize, StoreError> {
        Ok(device::parcel_size(self.number(tables::PARCEL_SIZE).await?))
    }

    /// When somebody who signs in now is noted to have done so (`road::device::Post::sign_in`).
    pub(crate) async fn sign_in(&self) -> Result<u64, StoreError> {
        let posts: Vec<device::Post> = self.posts().await?.iter().map(Post::plain).collect();
        Ok(device::Post::sign_in(&posts, clock::now_ms()))
    }

    async fn number(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Counters, key.to_vec())]).await?;
        Ok(read.into_iter().flatten().next().map(|(_, value)| rows::read_number(Some(&value))))
    }

    pub(crate) async fn remember_parcel_size(&self, size: usize) -> Result<(), StoreError> {
        let mut batch = Batch::relaxed();
        batch.put(Table::Counters, tables::PARCEL_SIZE, rows::write_number(size as u64));
        self.database.commit(batch).await.map(|_| ())
    }

    /// Notes until when the server is to be left alone, milliseconds since 1970. Nothing is deleted for it.
    pub(crate) async fn be_quiet_until(&self, until: u64) -> Result<(), StoreError> {
        let mut batch = Batch::relaxed();
        batch.put(Table::Counters, tables::QUIET_UNTIL, rows::write_number(until));
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
}

fn read_waiting((key, bytes): (Key, Vec<u8>)) -> Option<Waiting> {
    Some(Waiting { item: ItemKey::from_key(&key)?, row: rows::read(Table::Outbox, &bytes).ok()?, bytes })
}
