//! Unsent work on its way between devices: to a file or a screen, from there into another device's outbox, and the
//! server's receipts back. Nothing here holds a key or reads what it carries, so that it works while everybody is locked out.
//!
//! What a device carries for another lies in its own outbox, as rows of a vault that is none: so it is delivered, kept and
//! delivered again after a restore by the same code as its own, and whoever was told that it was taken over can rely on it.
//! There is an end to how much a device carries, and what the server could not take may be dropped by hand: nobody can know
//! what lies in a file before the server looks at it.

mod dropping;
mod former;
mod older;
mod pack;
mod receipts;
mod take;

pub use older::{DeliveredAsIs, deliver_as_is};
pub use pack::Packed;
pub use receipts::Learnt;
pub use take::TakenOver;

use crate::mailbox::Mailbox;
use crate::rows::{self, EnvelopeRow, state};
use crate::tables::{self, Table};
use crate::transaction::Query;
use crate::{ItemKey, StoreError, clock};
use domain::{EnrolmentId, VaultId};
use road::device::CARRIED;
pub(crate) use road::device::is_carried;
use seal::{Purpose, SealError, carried};

/// The vault under whose id the envelopes of an enrolment are carried.
fn carried_of(enrolment: EnrolmentId) -> VaultId {
    let mut id = enrolment.0;
    id.iter_mut().zip(CARRIED).for_each(|(to, from)| *to = from);
    VaultId(id)
}

/// Why a file or a code that was carried here is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarryFault {
    /// It is something else.
    #[error("no file of ours")]
    NotOurs,
    /// Unsent work where receipts were expected, or the other way round.
    #[error("a file of the other kind")]
    OtherKind,
    /// Made by a later version of the app.
    #[error("made by a later version")]
    Newer,
    /// No part of it came whole.
    #[error("spoilt on the way")]
    Damaged,
    /// It belongs to another office.
    #[error("of another office")]
    OtherOffice,
    /// Nobody has joined on this device, so that it has nothing to deliver with.
    #[error("nobody has joined here")]
    NobodyHere,
    /// This device carries as much for others as it may, see [`MOST_ITEMS`] and [`MOST_BYTES`].
    #[error("this device carries enough")]
    Laden,
    /// The store is not able.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CarryFault {
    fn of(error: SealError) -> Self {
        match error {
            SealError::UnknownVersion => CarryFault::Newer,
            SealError::Malformed => CarryFault::NotOurs,
            _ => CarryFault::Damaged,
        }
    }
}

/// Most envelopes that a device carries for others at a time.
pub const MOST_ITEMS: usize = 20_000;
/// Most bytes of them, with the capsules that open them: as much as one file holds.
pub const MOST_BYTES: usize = carried::LARGEST;

/// What a device carries for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Envelopes that wait to be handed in.
    pub waiting: usize,
    /// Envelopes that the server could not take. They stay here until somebody drops them.
    pub refused: usize,
    /// When the oldest of both was sealed, milliseconds since 1970.
    pub oldest: Option<u64>,
    /// Envelopes that the server has, of the last days.
    pub delivered: usize,
    /// Whether there are receipts to be taken back.
    pub receipts: bool,
}

/// What lies unsent on a device, whoever saved it: for whoever picks it up, unlocked or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftHere {
    /// Entries that people saved here.
    pub entries: usize,
    /// Drafts.
    pub drafts: usize,
    /// Envelopes carried for other devices.
    pub carried: usize,
    /// Pictures, or pieces of them.
    pub pictures: usize,
    /// When the oldest of the entries and drafts was saved, milliseconds since 1970.
    pub oldest: Option<u64>,
}

impl LeftHere {
    /// Whether nothing waits.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.entries + self.drafts + self.carried + self.pictures == 0
    }
}

impl Mailbox {
    /// What this device carries for others.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn carried(&self) -> Result<Carried, StoreError> {
        let read = self.database().read(&[Query::all(Table::Outbox), Query::all(Table::Sent)]).await?;
        let [outbox, sent] = read.try_into().unwrap_or_default();
        let mut carried = Carried { receipts: !self.receipt_rows().await?.is_empty(), ..Carried::default() };
        for (_, bytes) in outbox {
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &bytes) else { continue };
            if !is_carried(row.vault) || row.is_delivered() {
                continue;
            }
            if row.state == state::REFUSED {
                carried.refused += 1;
            } else {
                carried.waiting += 1;
            }
            carried.oldest = Some(carried.oldest.map_or(row.saved_at, |oldest| oldest.min(row.saved_at)));
        }
        let is_ours = |bytes: &Vec<u8>| {
            rows::read::<EnvelopeRow>(Table::Sent, bytes).is_ok_and(|row| is_carried(row.vault))
        };
        carried.delivered = sent.iter().filter(|(_, bytes)| is_ours(bytes)).count();
        Ok(carried)
    }

    /// What lies unsent on this device, of everybody.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn left_here(&self) -> Result<LeftHere, StoreError> {
        let read = self.database().read(&[Query::all(Table::Outbox)]).await?;
        let mut left = LeftHere::default();
        for (key, bytes) in read.into_iter().flatten() {
            let Some(item) = ItemKey::from_key(&key) else { continue };
            let Ok(row) = rows::read::<EnvelopeRow>(Table::Outbox, &bytes) else { continue };
            if row.is_delivered() || item.purpose() == Purpose::Reads {
                continue;
            }
            if is_carried(row.vault) {
                left.carried += 1;
                continue;
            }
            match item.purpose() {
                Purpose::Draft => left.drafts += 1,
                _ => left.entries += 1,
            }
            left.oldest = Some(left.oldest.map_or(row.saved_at, |oldest| oldest.min(row.saved_at)));
        }
        left.pictures = self.chunks_due(false).await?.len();
        Ok(left)
    }

    /// Whether the post of a vault tells the office of what the device carries for others: one of them does.
    pub(crate) async fn tells_of_carried(&self, vault: VaultId) -> Result<bool, StoreError> {
        let posts = self.posts().await?;
        let free = posts.iter().find(|post| post.row.ordered == seal::Deed::Nothing.code());
        Ok(free.or(posts.first()).is_some_and(|post| post.vault == vault))
    }

    /// How many envelopes are carried for others, and the age of the oldest in whole hours: for the office.
    pub(crate) async fn carried_report(&self) -> Result<(u32, u32), StoreError> {
        let Carried { waiting, refused, oldest, .. } = self.carried().await?;
        let hours = oldest.map_or(0, |oldest| clock::now_ms().saturating_sub(oldest) / 3_600_000);
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok((number(waiting + refused), u32::try_from(hours).unwrap_or(u32::MAX)))
    }
}

/// Key of receipts that are kept for another device, by the digest of the parcel they answer.
fn receipts_of(parcel: &[u8; 32]) -> tables::Key {
    [RECEIPTS, parcel].concat()
}

/// What the keys of kept receipts begin with, among the small rows of the device.
const RECEIPTS: &[u8] = b"receipts";

#[cfg(test)]
mod tests;
