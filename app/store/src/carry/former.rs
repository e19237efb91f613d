//! Which keys may have signed receipts, and of what time: one that the server had before says nothing of what came after.

use crate::mailbox::Post;
use seal::{Checkpoint, Receipts, ServerKeys};

/// A key that signs for the server, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Ed25519 key.
    pub key: [u8; 32],
    /// From and until when the server had it, milliseconds since 1970; `None` for one that it has.
    pub time: Option<(u64, u64)>,
}

impl Signer {
    /// Those that may have signed receipts for this device: those it believes now, and those it believed before, until
    /// those after them began. `before`: posts as they were before newer keys came along with the receipts.
    pub fn among(before: &[Post], posts: &[Post]) -> Vec<Self> {
        let mut signers: Vec<Signer> = Vec::new();
        for post in Post::of_office(posts) {
            signers.extend(post.server().map(|key| Signer { key, time: None }));
        }
        for post in Post::of_office(posts) {
            let root = post.row.root.as_ref().and_then(|root| <[u8; 32]>::try_from(root.as_slice()).ok());
            let read = post.row.former.iter().filter_map(|held| ServerKeys::from_bytes(held, &root?).ok());
            let mut former: Vec<([u8; 32], u64, u64)> =
                read.map(|keys| (keys.signing, keys.from, keys.until)).collect();
            let was = before.iter().find(|was| was.vault == post.vault);
            former.extend(was.and_then(|was| Some((was.server()?, was.row.keys_from, u64::MAX))));
            let begins: Vec<u64> =
                former.iter().map(|(_, from, _)| *from).chain([post.row.keys_from]).collect();
            for (key, from, until) in former {
                let next = begins.iter().copied().filter(|begin| *begin > from).min();
                if !signers.iter().any(|signer| signer.key == key) {
                    signers.push(Signer { key, time: Some((from, next.unwrap_or(until).min(until))) });
                }
            }
        }
        signers
    }

    /// Until when what was saved may be acknowledged by receipts that this one signed, milliseconds since 1970. `None`
    /// where they say nothing at all: a former key speaks only of its own time, which the checkpoint among them tells.
    /// Whoever has stolen one can write down any time, and still not one after it.
    pub fn speaks_until(&self, receipts: &Receipts) -> Option<u64> {
        let Some((from, until)) = self.time else { return Some(u64::MAX) };
        let said = Checkpoint::from_bytes(receipts.checkpoint.as_ref()?, &self.key).ok()?;
        (from..until).contains(&said.at).then_some(said.at)
    }
}
