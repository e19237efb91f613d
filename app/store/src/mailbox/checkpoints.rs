//! Checkpoints: the device keeps the newest one that the server signed and hands it back, so that a server whose
//! history was written anew is found out by what it signed itself.

use super::{Mailbox, Post};
use crate::rows::{self, PostRow};
use crate::tables::Table;
use crate::transaction::{Batch, Expected};
use crate::{StoreError, clock};
use seal::Checkpoint;

/// How often one that was handed back is handed back again while nothing newer came.
const AGAIN: u64 = 10 * 60_000;

impl Post {
    /// The checkpoint to hand back now: empty where none is held, `None` where it was handed back just now and nothing
    /// came since.
    pub(crate) fn to_echo(&self, is_news: bool) -> Option<Vec<u8>> {
        let due = is_news || clock::now_ms().abs_diff(self.row.echoed_at) >= AGAIN;
        due.then(|| self.row.checkpoint.as_ref().map(|held| held.to_vec()).unwrap_or_default())
    }
}

impl Mailbox {
    /// Keeps a checkpoint for a post, in place of the one it held. To be called once that one has been handed back: what
    /// is replaced before could never show anything. One that the post's server did not sign is passed over.
    pub(crate) async fn keep_checkpoint(&self, post: &Post, bytes: &[u8]) -> Result<(), StoreError> {
        let signed = post.server().and_then(|server| Checkpoint::from_bytes(bytes, &server).ok());
        let checkpoint =
            if signed.is_some() { Some(bytes.to_vec().into()) } else { post.row.checkpoint.clone() };
        let row = PostRow { checkpoint, echoed_at: clock::now_ms(), ..post.row.clone() };
        let mut batch = Batch::relaxed();
        let expected = Expected::Bytes(post.bytes.clone());
        // Overtaken: the next round does it.
        batch.put_if(Table::Posts, post.vault.0.to_vec(), expected, rows::write(&row));
        self.database.commit(batch).await.map(|_| ())
    }
}
