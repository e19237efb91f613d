//! Rows as `road::device` decides about them, and what it decided as rows again.

use super::{Due, Post, Waiting};
use crate::rows::{CapsuleRow, EnvelopeRow, PostRow};
use crate::tables::Key;
use road::device::{self, Capsule, DueChunk, Item, ItemKey, State};
use seal::Checkpoint;
use std::collections::BTreeMap;

/// An item, from its row.
pub fn item(key: ItemKey, row: &EnvelopeRow) -> Item {
    Item {
        key,
        vault: row.vault,
        size: row.envelope.len(),
        capsule: row.capsule.to_vec(),
        saved_at: row.saved_at,
        state: State::from_code(row.state),
        verdict: row.verdict,
        reason: row.reason.clone(),
        tries: row.tries,
        last_try: row.last_try,
        not_before: row.not_before,
        settled_at: row.settled_at,
        epoch: row.epoch.to_vec(),
        forgotten: row.forgotten,
    }
}

/// The row of an item that was changed; all that nothing is decided about stays.
pub fn changed(row: &EnvelopeRow, item: Item) -> EnvelopeRow {
    EnvelopeRow {
        state: item.state.code(),
        verdict: item.verdict,
        reason: item.reason,
        tries: item.tries,
        last_try: item.last_try,
        not_before: item.not_before,
        settled_at: item.settled_at,
        epoch: item.epoch.into(),
        forgotten: item.forgotten,
        ..row.clone()
    }
}

/// Items of rows of the outbox.
pub fn items(waiting: &[Waiting]) -> Vec<Item> {
    waiting.iter().map(Waiting::plain).collect()
}

/// Capsules of their rows.
pub fn capsules(rows: &BTreeMap<Key, CapsuleRow>) -> Vec<Capsule> {
    rows.iter().map(|(key, row)| capsule(key, row)).collect()
}

/// A capsule, from its row.
pub fn capsule(key: &[u8], row: &CapsuleRow) -> Capsule {
    Capsule { key: key.to_vec(), size: row.bytes.len(), held: row.held, made_at: row.made_at }
}

/// A chunk, from its row.
pub fn chunk(due: &Due) -> DueChunk {
    DueChunk {
        address: due.address,
        vault: due.row.vault,
        at: due.row.at,
        file: due.row.file.to_vec(),
        index: due.row.index,
        not_before: due.row.not_before,
    }
}

impl Waiting {
    /// As it is decided about.
    pub(crate) fn plain(&self) -> Item {
        item(self.item, &self.row)
    }
}

impl Post {
    /// As it is decided about.
    pub(crate) fn plain(&self) -> device::Post {
        let row = &self.row;
        device::Post {
            vault: self.vault,
            token: row.deposit_token.to_vec(),
            server: self.server(),
            root: row.root.as_ref().map(|root| root.to_vec()),
            epoch: row.epoch.to_vec(),
            cursor: row.cursor.to_vec(),
            signed_in_at: row.signed_in_at,
            order: row.order,
            ordered: row.ordered,
            ordered_at: row.ordered_at,
            checkpoint: row.checkpoint.as_ref().map(|held| held.to_vec()),
            echoed_at: row.echoed_at,
        }
    }

    /// The row after a decision; all that nothing is decided about stays.
    pub(crate) fn changed(&self, post: device::Post) -> PostRow {
        PostRow {
            epoch: post.epoch.into(),
            cursor: post.cursor.into(),
            signed_in_at: post.signed_in_at,
            order: post.order,
            ordered: post.ordered,
            ordered_at: post.ordered_at,
            ..self.row.clone()
        }
    }

    /// The server's clock as far as posts know it: when the newest checkpoint that is held was made. 0 where none of
    /// those held is signed with a key of now; `None` where none is held at all, of a server of former days.
    pub(crate) fn server_time(posts: &[Post]) -> Option<u64> {
        let held = posts.iter().filter_map(|post| post.row.checkpoint.as_ref().map(|held| (post, held)));
        let read = held.map(|(post, held)| {
            let read = post.server().and_then(|server| Checkpoint::from_bytes(held, &server).ok());
            read.map_or(0, |checkpoint| checkpoint.at)
        });
        read.max()
    }
}
