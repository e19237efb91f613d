//! Both databases, open.

use crate::database::{Database, Home, WhenMissing};
use crate::journal::{self, Journal, Recovered};
use crate::rows::{self, VaultRow};
use crate::tables::Table;
use crate::transaction::Query;
use crate::vault::{Means, PasskeyOf, Reach};
use crate::{Mailbox, Reference, StoreError, Vault};
use domain::VaultId;
use seal::{EnrolmentKeys, Kdf, Slot};

/// Both databases, open. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    reference: Reference,
    pub(crate) practice: bool,
    /// The second copy; `None` where nothing is kept twice.
    journal: Option<Journal>,
}

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
    /// The passkey that opens it too, if one does.
    pub passkey: Option<PasskeyOf>,
}

/// A key that closes or opens a vault. In a place of its own, which is wiped: what is handed on by value, above all
/// through work that waits, leaves its bytes behind.
pub type SecretKey = Box<zeroize::Zeroizing<[u8; 32]>>;

/// What a new vault is made from.
pub struct NewVault {
    /// The server's answer to the enrolment.
    pub enrolled: api::Enrolled,
    /// The keys whose public halves were enrolled.
    pub keys: EnrolmentKeys,
    /// Fingerprint of the root, from the invitation.
    pub root: [u8; 32],
    /// The stretched passphrase.
    pub stretched: SecretKey,
    /// Costs it was stretched with.
    pub kdf: Kdf,
    /// Salt it was stretched with.
    pub salt: [u8; 16],
}

impl Store {
    /// Opens both databases. What the browser lost of `vault` is put back from the journal first, as far as it is there;
    /// [`Self::recovered`] says then what that came to. `writer` is the address of the script that writes the journal; without
    /// one nothing is kept twice.
    ///
    /// # Errors
    /// [`StoreError::Blocked`] after five seconds, [`StoreError::Lost`] when a vault was here, is gone, and the journal has
    /// nothing of it; [`StoreError::SecondCopy`] when the journal may have something of it and could not be read now.
    pub async fn open(writer: Option<String>) -> Result<Self, StoreError> {
        let note = journal::read_note();
        let (medium, loaded) = journal::load(writer).await;
        // Asked without making one: what is to be made in the place of one that is gone is decided first.
        let found = match Database::open(Home::Vault, WhenMissing::Lost).await {
            Ok(database) => Some(database),
            Err(StoreError::Lost) => None,
            Err(error) => return Err(error),
        };
        let make = || Database::open(Home::Vault, WhenMissing::Create);
        let opened = journal::opening::open(found, &loaded, note, make).await?;
        let journal = Journal::attach(&opened, &loaded, medium);
        journal.listen();
        journal.go();
        Ok(Self {
            database: opened.database,
            reference: Reference::open().await?,
            practice: false,
            journal: Some(journal),
        })
    }

    /// Begins with empty tables after [`StoreError::Lost`], when a person was told. Files of which nothing can be read are put
    /// aside. Where something can be read by now, nothing is done: the next start puts it back.
    ///
    /// # Errors
    /// As [`Store::open`], but for `Lost`.
    pub async fn start_over() -> Result<(), StoreError> {
        if journal::set_aside().await? {
            Database::open(Home::Vault, WhenMissing::Create).await?;
            journal::clear_note();
        }
        Ok(())
    }

    /// How often what waits lies on this device.
    #[must_use]
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// What was put back at a start and nobody was told of yet.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn recovered(&self) -> Result<Option<Recovered>, StoreError> {
        journal::told(&self.database).await
    }

    /// Somebody was told of what was put back.
    ///
    /// # Errors
    /// When the browser does not answer; it is told again then.
    pub async fn recovery_was_told(&self) -> Result<(), StoreError> {
        journal::dismiss(&self.database).await
    }

    /// Made-up people over a database of their own.
    pub(crate) fn practice_over(database: Database, reference: Reference) -> Self {
        Self { database, reference, practice: true, journal: None }
    }

    #[cfg(all(any(test, feature = "testing"), not(target_arch = "wasm32")))]
    pub(crate) fn over(database: Database, reference: Reference) -> Self {
        Self { database, reference, practice: false, journal: None }
    }

    #[cfg(test)]
    pub(crate) fn with_journal(database: Database, reference: Reference, journal: Journal) -> Self {
        Self { database, reference, practice: false, journal: Some(journal) }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The vaults on this device, oldest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn vaults(&self) -> Result<Vec<VaultInfo>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Vaults)]).await?;
        let mut vaults: Vec<VaultInfo> =
            read.into_iter().flatten().filter_map(|(key, row)| info(&key, &row)).collect();
        vaults.sort_by_key(|info| (info.created, info.id));
        Ok(vaults)
    }

    /// Makes a vault for a fresh enrolment, unlocked.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`] when the root does not vouch for the server's keys, [`StoreError::OtherOffice`],
    /// [`StoreError::Full`]. In a practice nobody joins.
    pub async fn create_vault(&self, new: NewVault) -> Result<Vault, StoreError> {
        if self.practice {
            return Err(StoreError::Unavailable("this is a practice".into()));
        }
        let vault = Vault::create(self.database.clone(), new, Reach::Server).await?;
        if let Some(journal) = &self.journal {
            // Should the page die before, the next start does it.
            journal.named(journal::opening::name(&self.database).await?);
        }
        crate::announce::announce(crate::announce::Change::Vaults);
        Ok(vault)
    }

    /// Unlocks a vault with its stretched passphrase and makes it searchable.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`]; nothing was changed but the count of wrong tries ([`crate::tries`]).
    /// [`StoreError::TooSoon`], [`StoreError::Emptied`].
    pub async fn unlock(&self, info: &VaultInfo, stretched: &[u8; 32]) -> Result<Vault, StoreError> {
        // Known to be right before everything is read: a page that is killed meanwhile counts as no wrong try.
        self.knows(info, stretched).await?;
        Vault::unlock(self.database.clone(), info, Means::Passphrase(stretched)).await
    }

    /// Whether a stretched passphrase opens a vault. Opens nothing, and counts as a try.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub async fn knows(&self, info: &VaultInfo, stretched: &[u8; 32]) -> Result<(), StoreError> {
        let turn = self.begin_try(info.id).await?;
        let outcome = self.does_know(info, stretched).await;
        self.end_try(turn, outcome).await
    }

    async fn does_know(&self, info: &VaultInfo, stretched: &[u8; 32]) -> Result<(), StoreError> {
        let rows = self.database.read(&[Query::Get(Table::Vaults, info.id.0.to_vec())]).await?;
        let row = rows.into_iter().flatten().next().ok_or(StoreError::damaged(Table::Vaults))?;
        let row: VaultRow = rows::read(Table::Vaults, &row.1)?;
        crate::vault::unwrap(info.id, &row, Means::Passphrase(stretched)).map(|_| ())
    }

    /// Unlocks a vault with what its passkey computed from the salt in `info`.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`] when it is not the passkey that was added; nothing was changed.
    pub async fn unlock_with_passkey(
        &self,
        info: &VaultInfo,
        computed: &[u8; 32],
    ) -> Result<Vault, StoreError> {
        Vault::unlock(self.database.clone(), info, Means::Passkey(computed)).await
    }

    /// What anyone may read.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What delivery and collection need, locked or not.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::over(self.database.clone())
    }
}

/// What a vault shows without being unlocked; `None` when its row or every slot is of a later version.
fn info(key: &[u8], row: &[u8]) -> Option<VaultInfo> {
    let row: VaultRow = rows::read(Table::Vaults, row).ok()?;
    let slot = row.slots.iter().find_map(|slot| Slot::from_bytes(slot).ok())?;
    let id = VaultId::from_slice(key)?;
    let passkey = PasskeyOf::among(&row);
    let VaultRow { staff_code, created, .. } = row;
    Some(VaultInfo { id, staff_code, kdf: slot.kdf, salt: slot.salt, created, passkey })
}

/// Asks the browser not to clear this store when the device runs out of room. Whether it agreed.
pub async fn ask_to_persist() -> bool {
    #[cfg(target_arch = "wasm32")]
    {
        let Some(window) = web_sys::window() else { return false };
        let Ok(asked) = window.navigator().storage().persist() else { return false };
        wasm_bindgen_futures::JsFuture::from(asked).await.is_ok_and(|answer| answer.is_truthy())
    }
    #[cfg(not(target_arch = "wasm32"))]
    false
}
