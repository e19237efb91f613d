//! Checkpoints: the device keeps the newest one that the server signed and hands it back, so that a server whose
//! history was written anew is found out by what it signed itself.

use super::{Mailbox, Post};
use crate::rows::{self, PostRow};
use crate::tables::Table;
use crate::transaction::{Batch, Expected};
use crate::{StoreError, clock};

impl Mailbox {
    /// Notes that a checkpoint was handed back, and keeps the one that came for it, where the post's server signed one,
    /// in place of the one it held: what is replaced before could never show anything.
    pub(crate) async fn echoed(&self, post: &Post, latest: Option<Vec<u8>>) -> Result<(), StoreError> {
        let checkpoint = latest.map(Into::into).or_else(|| post.row.checkpoint.clone());
        let row = PostRow { checkpoint, echoed_at: clock::now_ms(), ..post.row.clone() };
        let mut batch = Batch::relaxed();
        let expected = Expected::Bytes(post.bytes.clone());
        // Overtaken: the next round does it.
        batch.put_if(Table::Posts, post.vault.0.to_vec(), expected, rows::write(&row));
        self.database.commit(batch).await.map(|_| ())
    }
}
