//! A device in memory and a clock that is set, for stories of other crates on the host. Not part of any app.

pub use crate::clock::set_clock;
use crate::database::{Database, Home, WhenMissing};
use crate::{Reference, Store, StoreError};

/// A device: what it holds outlives the stores that are opened on it, as a disk outlives pages.
#[derive(Clone)]
pub struct Device {
    database: Database,
    reference: Reference,
}

impl Device {
    /// A device with nothing on it.
    ///
    /// # Errors
    /// None on the host.
    pub async fn new() -> Result<Self, StoreError> {
        let database = Database::open(Home::Vault, WhenMissing::Create).await?;
        Ok(Self { database, reference: Reference::open().await? })
    }

    /// Opens the store, as a page that was just loaded does: nothing is unlocked.
    #[must_use]
    pub fn open(&self) -> Store {
        Store::over(self.database.clone(), self.reference.clone())
    }

    /// Lets no more than so many bytes be stored, as on a full device; `None` for as many as one likes.
    pub fn limit_room(&self, room: Option<usize>) {
        self.database.limit_room(room);
    }

    /// Bytes stored.
    #[must_use]
    pub fn size(&self) -> usize {
        self.database.size()
    }
}
