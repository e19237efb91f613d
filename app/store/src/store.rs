//! Both databases, open.

use crate::{Mailbox, Reference, StoreError, Vault};
use domain::VaultId;
use seal::{EnrolmentKeys, Kdf};

/// Both databases, open. Cheap to clone.
#[derive(Clone)]
pub struct Store { reference: Reference }

/// A vault on this device, seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultInfo {
    /// The vault.
    pub id: VaultId,
    /// By which its user picks it; no name.
    pub staff_code: String,
    /// Costs of stretching the passphrase.
    pub kdf: Kdf,
    /// Salt of stretching.
    pub salt: [u8; 16],
    /// When it was made, milliseconds since 1970.
    pub created: u64,
}

/// What a new vault is made from.
pub struct NewVault {
    /// The server's answer to the enrolment.
    pub enrolled: api::Enrolled,
    /// The keys whose public halves were enrolled.
    pub keys: EnrolmentKeys,
    /// Fingerprint of the root, from the invitation.
    pub root: [u8; 32],
    /// The stretched passphrase.
    pub stretched: zeroize::Zeroizing<[u8; 32]>,
    /// Costs it was stretched with.
    pub kdf: Kdf,
    /// Salt it was stretched with.
    pub salt: [u8; 16],
}

impl Store {
    /// Opens both databases.
    ///
    /// # Errors
    /// [`StoreError::Blocked`] after five seconds, [`StoreError::Lost`] when a vault was here and is gone.
    pub async fn open() -> Result<Self, StoreError> {
        Ok(Self { reference: Reference::open().await? })
    }

    /// Begins with empty tables after [`StoreError::Lost`], when a person was told.
    ///
    /// # Errors
    /// As [`Store::open`], but for `Lost`.
    pub async fn start_over() -> Result<Self, StoreError> {
        Self::open().await
    }

    /// The vaults on this device, oldest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn vaults(&self) -> Result<Vec<VaultInfo>, StoreError> {
        Err(StoreError::Unavailable("not built yet".into()))
    }

    /// Makes a vault for a fresh enrolment, unlocked.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`] when the root does not vouch for the server's keys, [`StoreError::Full`].
    pub async fn create_vault(&self, _new: NewVault) -> Result<Vault, StoreError> {
        Err(StoreError::Unavailable("not built yet".into()))
    }

    /// Unlocks a vault with its stretched passphrase and makes it searchable.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`]; nothing was changed.
    pub async fn unlock(&self, _info: &VaultInfo, _stretched: &[u8; 32]) -> Result<Vault, StoreError> {
        Err(StoreError::Unavailable("not built yet".into()))
    }

    /// What anyone may read.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What delivery and collection need, locked or not.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox
    }
}

/// Asks the browser not to clear this store when the device runs out of room. Whether it agreed.
pub async fn ask_to_persist() -> bool { false }
