//! What delivery and collection need of an enrolment, and which answers are believed of what.

use super::{ECHO_AGAIN, Item};
use domain::VaultId;
use seal::{Deed, Order, Purpose};

/// An enrolment's post. Times are milliseconds since 1970, 0 for never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Whose it is.
    pub vault: VaultId,
    /// Write-only token by which anything is handed in.
    pub token: Vec<u8>,
    /// Key that signs the server's answers; `None` where it is of no known form.
    pub server: Option<[u8; 32]>,
    /// Fingerprint of the root that vouches for the server.
    pub root: Option<Vec<u8>>,
    /// The server's epoch as last heard; another one means that it was restored from a backup.
    pub epoch: Vec<u8>,
    /// Where collection goes on.
    pub cursor: Vec<u8>,
    /// When this enrolment last signed in: the session belongs to the latest.
    pub signed_in_at: u64,
    /// Serial of the newest order that was followed; 0 for none.
    pub order: u64,
    /// Code of the [`seal::Deed`] that it ordered.
    pub ordered: u8,
    /// When it was given.
    pub ordered_at: u64,
    /// The newest checkpoint that the server signed, to be handed back to it.
    pub checkpoint: Option<Vec<u8>>,
    /// When one was last handed back.
    pub echoed_at: u64,
}

impl Post {
    /// Whether a page is signed with the key that is believed, as far as the server says with which.
    #[must_use]
    pub fn may_sign(&self, signer: &[u8]) -> bool {
        signer.is_empty() || self.server.as_ref().is_some_and(|server| server == signer)
    }

    /// Whether what a key signed may be believed of something that belongs to a vault: only where it is the key of that
    /// vault's own post, or of one with the same root.
    #[must_use]
    pub fn is_believed(posts: &[Post], key: &[u8; 32], of: VaultId) -> bool {
        let Some(own) = posts.iter().find(|post| post.vault == of) else {
            // Left behind by a vault that is no more: any server may take it.
            return true;
        };
        let same = |post: &&Post| post.vault == of || (own.root.is_some() && own.root == post.root);
        posts.iter().filter(same).any(|post| post.server.as_ref() == Some(key))
    }

    /// The post of whom the browser's session belongs to: who signed in last.
    #[must_use]
    pub fn signed_in(posts: &[Post]) -> Option<&Post> {
        posts.iter().filter(|post| post.signed_in_at > 0).max_by_key(|post| post.signed_in_at)
    }

    /// When somebody who signs in now is noted to have done so: after everybody else on this device, whatever the clock
    /// said when they did.
    #[must_use]
    pub fn sign_in(posts: &[Post], now: u64) -> u64 {
        let latest = posts.iter().map(|post| post.signed_in_at).max().unwrap_or_default();
        now.max(latest.saturating_add(1))
    }

    /// As it stands once the server turned out to be another one: what was collected came from a server that is no
    /// more, so that collection begins anew.
    #[must_use]
    pub fn anew(&self, epoch: &[u8]) -> Post {
        Post { epoch: epoch.to_vec(), cursor: Vec::new(), ..self.clone() }
    }

    /// The checkpoint to hand back now: empty where none is held, `None` where it was handed back just now and nothing
    /// came since.
    #[must_use]
    pub fn to_echo(&self, is_news: bool, now: u64) -> Option<Vec<u8>> {
        let due = is_news || now.abs_diff(self.echoed_at) >= ECHO_AGAIN;
        due.then(|| self.checkpoint.clone().unwrap_or_default())
    }

    /// What an order changes that the post's own server signed for this enrolment; `None` where there is nothing to do.
    #[must_use]
    pub fn follow(&self, order: &Order) -> Option<Followed> {
        let is_news = order.is_news_after(self.order);
        if !is_news && self.ordered == Deed::Nothing.code() {
            return None;
        }
        let mut post = self.clone();
        if is_news {
            (post.order, post.ordered, post.ordered_at) = (order.serial, order.deed.code(), order.at);
        }
        let destroys = post.ordered != Deed::Nothing.code();
        if destroys {
            // Whoever was unlocked while the order came may have written since: swept again each time.
            post.signed_in_at = 0;
        }
        let wipes = post.ordered == Deed::Wipe.code();
        Some(Followed { post, destroys, wipes })
    }
}

/// What follows from an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The post as it is to stand.
    pub post: Post,
    /// Whether the vault's key and all that is sealed under it go. What waits, its capsules and the post stay.
    pub destroys: bool,
    /// Whether what was handed in goes too, once nothing waits any more: see [`may_wipe`].
    pub wipes: bool,
}

/// Whether everything of a vault's may be taken out of outbox and shelf: nothing of it is still to be handed in.
#[must_use]
pub fn may_wipe(outbox: &[Item], vault: VaultId) -> bool {
    !outbox.iter().any(|item| item.vault == vault && !item.is_delivered())
}

/// How an enrolment stands on its device: figures only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Envelopes that wait to be handed in.
    pub unsent: u32,
    /// Age of the oldest of them in whole hours; 0 when none waits.
    pub oldest_hours: u32,
    /// Envelopes carried for other devices, told by one post of a device alone; 0 by the others.
    pub carried: u32,
    /// Age of the oldest of these in whole hours.
    pub carried_oldest_hours: u32,
}

/// How an enrolment stands, from the outbox.
#[must_use]
pub fn report(outbox: &[Item], vault: VaultId, now: u64) -> Report {
    // Readings go along by themselves and are nobody's work.
    let waits =
        |item: &&Item| item.vault == vault && !item.is_delivered() && item.key.purpose() != Purpose::Reads;
    let oldest = outbox.iter().filter(waits).map(|item| item.saved_at).min();
    let hours = oldest.map_or(0, |oldest| now.saturating_sub(oldest) / 3_600_000);
    Report {
        unsent: u32::try_from(outbox.iter().filter(waits).count()).unwrap_or(u32::MAX),
        oldest_hours: u32::try_from(hours).unwrap_or(u32::MAX),
        carried: 0,
        carried_oldest_hours: 0,
    }
}
