//! An unlocked vault: everything that needs its key.

mod again;
mod answers;
mod applications;
mod aside;
mod attachments;
mod blocks;
mod conflicts;
mod directory;
mod drafts;
mod elsewhere;
mod evict;
mod exported;
mod fold;
mod intake;
mod notes;
mod outbox;
mod read;
mod reads;
mod refused;

mod save;
mod services;
mod slots;
mod unlock;
mod words;

pub use applications::{ApplicationAct, TakenIn, received_by_slip, walked_in};
pub use directory::{Colleague, KnownDevice};
pub use exported::Leaving;
pub use intake::SlipFault;
pub use notes::{NewNote, NotOpened, WaitingDevice};
pub use slots::PasskeyOf;
pub(crate) use slots::{Means, unwrap};
pub(crate) use unlock::Reach;
pub use words::{
    DraftItem, DraftNote, Folded, Identity, ItemKey, ItemState, Note, OutboxItem, SavedAt, Waiting,
};

use crate::cipher::Cipher;
use crate::database::Database;
use crate::search::Index;
use crate::{Counts, DamagedRow, Hit, StoreError};
use domain::{Kind, RecordId, UserId};
use read::Block;
use seal::page::{Author, Grant};
use seal::{EnrolmentKeys, Outgoing, ServerKeys};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An unlocked vault. Clones are the same vault; locking one locks them all.
#[derive(Clone)]
pub struct Vault {
    database: Database,
    identity: Rc<RefCell<Rc<Identity>>>,
    /// Everything that locking forgets. Never borrowed across an `await`.
    open: Rc<RefCell<Option<Open>>>,
}

struct Open {
    session: Session,
    index: Index,
    /// Records in reach in all, as last heard.
    total: u64,
    authors: BTreeMap<UserId, Author>,
    /// Blocks opened lately, the latest last.
    blocks: Vec<(u32, Rc<Block>)>,
    set_aside: Vec<DamagedRow>,
    /// The envelope counter as last written from here.
    seq: Option<u64>,
    /// What was granted, ended or not.
    grants: Vec<Grant>,
    /// Which records were opened lately, and for what: milliseconds since 1970.
    read_lately: BTreeMap<(RecordId, u8), u64>,
    /// How often something was dropped, as this page knows.
    gone: u64,
    /// Whether pages set aside were tried again since it was unlocked.
    retried: bool,
}

/// The keys at work. A deed under way may finish with them after the vault was locked.
#[derive(Clone)]
struct Session {
    cipher: Rc<Cipher>,
    keys: Rc<EnrolmentKeys>,
    server: Rc<ServerKeys>,
    /// Keys that signed pages before.
    former: Rc<Vec<[u8; 32]>>,
    /// Begun when the first envelope is sealed.
    outgoing: Option<Rc<Outgoing>>,
}

impl Vault {
    /// Whose vault it is.
    #[must_use]
    pub fn identity(&self) -> Rc<Identity> {
        self.identity.borrow().clone()
    }

    /// Forgets every key and everything opened. What is saved stays saved and is delivered all the same.
    pub fn lock(&self) {
        *self.open.borrow_mut() = None;
        seal::scrub::stack();
    }

    /// Whether it was locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.open.borrow().is_none()
    }

    /// Finds people by parts of their names in any order, by year of birth, document number, phone or group reference.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Hit> {
        self.with(|open| open.index.search(text, limit)).unwrap_or_default()
    }

    /// Sets the short forms of names by which people are found too; without them nobody is found by one.
    pub fn set_short_forms(&self, forms: Rc<domain::ShortForms>) {
        // Locked meanwhile: whoever unlocks sets them again.
        let _ = self.with(|open| open.index.set_short_forms(forms));
    }

    /// How many are on this device.
    #[must_use]
    pub fn count(&self) -> Counts {
        self.with(|open| open.index.counts()).unwrap_or_default()
    }

    /// The individuals of a group, by id alone.
    #[must_use]
    pub fn member_ids(&self, group: RecordId) -> Vec<RecordId> {
        self.with(|open| open.index.linked(group, Kind::INDIVIDUAL)).unwrap_or_default()
    }

    /// Whether something of a record lies on this device.
    #[must_use]
    pub fn holds(&self, record: RecordId) -> bool {
        self.with(|open| open.index.holds(record)).unwrap_or_default()
    }

    /// How somebody is shown who stated something.
    #[must_use]
    pub fn author_name(&self, user: UserId) -> Option<String> {
        let identity = self.identity();
        if user == identity.user {
            return Some(identity.name.clone());
        }
        self.with(|open| open.authors.get(&user).map(|author| author.name.clone())).ok().flatten()
    }

    /// Rows that did not open.
    #[must_use]
    pub fn set_aside(&self) -> Vec<DamagedRow> {
        self.with(|open| open.set_aside.clone()).unwrap_or_default()
    }

    /// The signature that answers a sign-in challenge of the server.
    ///
    /// # Errors
    /// [`StoreError::Locked`].
    pub fn answer(&self, challenge: &[u8]) -> Result<[u8; 64], StoreError> {
        let enrolment = self.identity().enrolment;
        let message = [challenge, &enrolment.0].concat();
        self.with(|open| open.session.keys.sign(seal::signed::SIGN_IN, &message))
    }

    /// The signature without which the server registers no passkey: that a vault was open, and not a cookie alone held.
    ///
    /// # Errors
    /// [`StoreError::Locked`].
    pub fn vouch_for_passkey(&self, made: &[u8]) -> Result<[u8; 64], StoreError> {
        self.with(|open| open.session.keys.sign(seal::signed::PASSKEY, made))
    }

    fn with<T>(&self, deed: impl FnOnce(&mut Open) -> T) -> Result<T, StoreError> {
        self.open.borrow_mut().as_mut().map(deed).ok_or(StoreError::Locked)
    }

    fn session(&self) -> Result<Session, StoreError> {
        self.with(|open| open.session.clone())
    }

    fn set_row_aside(&self, row: DamagedRow) {
        let _ = self.with(|open| {
            if !open.set_aside.contains(&row) {
                open.set_aside.push(row);
            }
        });
    }
}

#[cfg(test)]
mod tests;
