//! Ways of unlocking: the passphrase, which every vault has, and a passkey beside it.

use super::Vault;
use super::unlock::ATTEMPTS;
use crate::rows::{self, VaultRow};
use crate::tables::Table;
use crate::transaction::{Batch, Commit, Expected};
use crate::{StoreError, clock};
use domain::VaultId;
use seal::{PasskeySlot, SealError, Slot};
use zeroize::Zeroizing;

/// What somebody unlocks with.
#[derive(Clone, Copy)]
pub(crate) enum Means<'a> {
    /// The stretched passphrase.
    Passphrase(&'a [u8; 32]),
    /// What the passkey computed.
    Passkey(&'a [u8; 32]),
}

/// A passkey that opens a vault, as anybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyOf {
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// What it is given to compute from.
    pub salt: [u8; 32],
}

impl PasskeyOf {
    /// The first one among a vault's slots.
    pub(crate) fn among(row: &VaultRow) -> Option<Self> {
        let slot = row.slots.iter().find_map(|slot| PasskeySlot::from_bytes(slot).ok())?;
        Some(Self { credential: slot.credential, salt: slot.salt })
    }
}

/// Unwraps a vault's key with the first slot that knows what is brought.
pub(crate) fn unwrap(
    vault: VaultId,
    row: &VaultRow,
    means: Means<'_>,
) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let mut outcome = Err(StoreError::damaged(Table::Vaults));
    for slot in &row.slots {
        let opened = match means {
            Means::Passphrase(key) => Slot::from_bytes(slot).map(|slot| slot.open(vault, key)),
            Means::Passkey(key) => PasskeySlot::from_bytes(slot).map(|slot| slot.open(vault, key)),
        };
        match opened {
            Ok(Ok(key)) => return Ok(key),
            Ok(Err(SealError::WrongKey)) => outcome = Err(StoreError::WrongPassphrase),
            _ => {}
        }
    }
    outcome
}

impl Vault {
    /// Whether a passkey opens this vault.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn passkey(&self) -> Result<Option<PasskeyOf>, StoreError> {
        let row = self.get(Table::Vaults, &self.identity().vault.0.to_vec()).await?;
        let row: VaultRow = rows::read(Table::Vaults, &row.ok_or(StoreError::damaged(Table::Vaults))?)?;
        Ok(PasskeyOf::among(&row))
    }

    /// Lets a passkey open this vault from now on, in place of another one. `stretched` is the passphrase, typed again: a
    /// tablet that somebody left open gets no second key. The passphrase's own slot stays as it is.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`]; nothing was changed. [`StoreError::Unavailable`] when the passkey computed zeros.
    pub async fn add_passkey(
        &self,
        stretched: &[u8; 32],
        passkey: &PasskeyOf,
        computed: &[u8; 32],
    ) -> Result<(), StoreError> {
        let vault = self.identity().vault;
        let session = self.session()?;
        let PasskeyOf { credential, salt } = passkey;
        let key = session.cipher.key();
        let slot = PasskeySlot::wrap(&mut clock::rng(), vault, credential, *salt, computed, key);
        let slot = slot.map_err(|_| StoreError::Unavailable("the passkey computes nothing".into()))?;
        // What cannot be read back here is not written.
        if slot.open(vault, computed).ok().as_deref() != Some(key) {
            return Err(StoreError::Unavailable("the passkey computes nothing".into()));
        }
        self.change_slots(|row| {
            unwrap(vault, row, Means::Passphrase(stretched))?;
            row.slots.retain(|slot| PasskeySlot::from_bytes(slot).is_err());
            row.slots.push(slot.to_bytes().into());
            Ok(())
        })
        .await
    }

    /// Takes the passkey out. The passphrase opens the vault as before.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn remove_passkey(&self) -> Result<(), StoreError> {
        self.change_slots(|row| {
            row.slots.retain(|slot| PasskeySlot::from_bytes(slot).is_err());
            Ok(())
        })
        .await
    }

    /// Writes the vault's row anew, whole or not at all.
    async fn change_slots(
        &self,
        mut change: impl FnMut(&mut VaultRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let key = self.identity().vault.0.to_vec();
        for _ in 0..ATTEMPTS {
            self.session()?;
            let before = self.get(Table::Vaults, &key).await?.ok_or(StoreError::damaged(Table::Vaults))?;
            let mut row: VaultRow = rows::read(Table::Vaults, &before)?;
            let passphrases = |row: &VaultRow| {
                row.slots.iter().filter(|slot| Slot::from_bytes(slot).is_ok()).cloned().collect::<Vec<_>>()
            };
            let held = passphrases(&row);
            change(&mut row)?;
            // Whatever went wrong above: the passphrase that always opens the vault is still there.
            if held.is_empty() || passphrases(&row) != held {
                return Err(StoreError::damaged(Table::Vaults));
            }
            let mut batch = Batch::default();
            batch.require(Table::Vaults, key.clone(), Expected::Bytes(before));
            batch.put(Table::Vaults, key.clone(), rows::write(&row));
            if self.database.commit(batch).await? == Commit::Done {
                crate::announce::announce(crate::announce::Change::Vaults);
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }
}

#[cfg(test)]
mod tests;
