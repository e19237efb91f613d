//! The intake keys of the office, and slips that families show with no line: sealed to one of these keys, opened here.

use super::unlock::ATTEMPTS;
use super::{Session, Vault};
use crate::rows;
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Expected};
use crate::{StoreError, clock};
use domain::VaultId;
use domain::application::{Application, MalformedApplication};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use seal::SealError;
use seal::door::IntakeKeys;
use seal::intake::{self, IntakeId, IntakeSecret};
use zeroize::{Zeroize, Zeroizing};

/// How long a slip opens after its key was last to be sealed to: twelve months.
const OPENS_FOR: u64 = 365 * 24 * 60 * 60 * 1000;

/// Most offices remembered by their keys, so that a slip for another one names it.
const MOST_OFFICES: usize = 512;

/// Why a slip was not opened. Each has its own sentence, which says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlipFault {
    /// No slip of a pre-registration at all.
    NotOurs,
    /// Cut off or changed: to be shown again.
    Torn,
    /// Sealed to a key that this office never had.
    OtherOffice {
        /// The site that it is for, where the server's notice has named its key.
        site: Option<String>,
    },
    /// Sealed more than twelve months ago: its key is no more.
    TooOld,
    /// Made by a later version of the app.
    Newer,
    /// This device has not been told its office's keys yet.
    NoKeys,
    /// The store did not answer.
    Store(StoreError),
}

/// What is kept, sealed.
#[derive(Default, PartialEq, Encode, Decode)]
#[cbor(map)]
struct KeysRow {
    #[n(0)]
    keys: Vec<KeyRow>,
    /// Keys that the server's notice named, of whatever office; the latest last.
    #[cbor(n(1), default)]
    offices: Vec<OfficeRow>,
}

/// Which office a key is of.
#[derive(PartialEq, Encode, Decode)]
#[cbor(map)]
struct OfficeRow {
    #[n(0)]
    id: ByteArray<4>,
    #[n(1)]
    site: String,
}

/// A key, or what is left of one that opens nothing any more: its name, so that a slip for it is told apart.
#[derive(PartialEq, Encode, Decode)]
#[cbor(map)]
struct KeyRow {
    #[n(0)]
    id: ByteArray<4>,
    #[n(1)]
    secret: Option<ByteArray<32>>,
    #[n(2)]
    site: String,
    #[n(3)]
    until: u64,
}

impl Drop for KeyRow {
    fn drop(&mut self) {
        if let Some(secret) = &mut self.secret {
            secret.as_mut_slice().zeroize();
        }
    }
}

impl Vault {
    /// Keeps the keys that the server told, beside those it told before. Those whose slips open no more are destroyed.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn keep_intake_keys(&self, told: &IntakeKeys) -> Result<(), StoreError> {
        self.keep_intake_keys_at(told, clock::now_ms()).await
    }

    async fn keep_intake_keys_at(&self, told: &IntakeKeys, now: u64) -> Result<(), StoreError> {
        self.change_keys(|kept| {
            let mut is_new = false;
            for (secret, one) in told.keys.iter().map(|one| (one.secret(), one)) {
                let Ok(public) = secret.public() else { continue };
                let (id, secret) = (intake::key_id(&public).into(), Some((*secret.0).into()));
                let fresh = KeyRow { id, secret, site: one.site.clone(), until: one.until };
                match kept.keys.iter_mut().find(|held| held.id == fresh.id) {
                    Some(held) if *held == fresh => continue,
                    Some(held) => *held = fresh,
                    None => kept.keys.push(fresh),
                }
                is_new = true;
            }
            for held in kept.keys.iter_mut().filter(|held| now > held.until.saturating_add(OPENS_FOR)) {
                if let Some(mut secret) = held.secret.take() {
                    secret.as_mut_slice().zeroize();
                    is_new = true;
                }
            }
            is_new
        })
        .await
    }

    /// Remembers which office each key of the server's notice to applicants is of. What is not signed by the server is
    /// not believed, and changes nothing.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn keep_offices(&self, notice: &[u8]) -> Result<(), StoreError> {
        let signing = self.session()?.server.signing;
        let Ok(door) = seal::door::read(notice, &signing) else { return Ok(()) };
        self.change_keys(|kept| {
            let known = |id: &IntakeId| kept.offices.iter().any(|office| *office.id == *id);
            let fresh: Vec<OfficeRow> = (door.offices.iter().filter(|office| !known(&office.key_id)))
                .map(|office| OfficeRow { id: office.key_id.into(), site: office.site.clone() })
                .collect();
            let is_new = !fresh.is_empty();
            kept.offices.extend(fresh);
            kept.offices.drain(..kept.offices.len().saturating_sub(MOST_OFFICES));
            is_new
        })
        .await
    }

    /// Changes the sealed row, where there is anything to change.
    async fn change_keys(&self, change: impl Fn(&mut KeysRow) -> bool) -> Result<(), StoreError> {
        let key = intake_of(self.identity().vault);
        for _ in 0..ATTEMPTS {
            let session = self.session()?;
            let row = self.get(Table::Counters, &key).await?;
            let (version, mut kept) = open(&session, &key, row.as_deref())?;
            if !change(&mut kept) {
                return Ok(());
            }
            let plain = Zeroizing::new(rows::write_secret(&kept));
            let sealed = session.cipher.seal(Table::Counters, &key, version + 1, &plain)?;
            let mut batch = Batch::default();
            batch.put_if(Table::Counters, key.clone(), Expected::as_read(row), sealed);
            if self.database.commit(batch).await? == Commit::Done {
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }

    /// Opens a slip that a family showed or brought as a file. Keeps nothing: see [`Vault::take_in_slip`].
    ///
    /// # Errors
    /// Why it is none that can be opened here.
    pub async fn open_slip(&self, slip: &[u8]) -> Result<Application, SlipFault> {
        let name = intake::sealed_to(slip).map_err(of_seal)?;
        let held = self.intake_secret(name, clock::now_ms()).await?;
        let plain = intake::open(&held, slip).map_err(of_seal)?;
        Application::from_bytes(&plain).map_err(|fault| match fault {
            MalformedApplication::Newer => SlipFault::Newer,
            MalformedApplication::Unreadable => SlipFault::NotOurs,
        })
    }

    async fn intake_secret(&self, name: IntakeId, now: u64) -> Result<IntakeSecret, SlipFault> {
        let session = self.session().map_err(SlipFault::Store)?;
        let key = intake_of(self.identity().vault);
        let row = self.get(Table::Counters, &key).await.map_err(SlipFault::Store)?;
        let (_, kept) = open(&session, &key, row.as_deref()).map_err(SlipFault::Store)?;
        if kept.keys.is_empty() {
            return Err(SlipFault::NoKeys);
        }
        let held = kept.keys.iter().find(|held| *held.id == name).ok_or_else(|| {
            let office = kept.offices.iter().find(|office| *office.id == name);
            SlipFault::OtherOffice { site: office.map(|office| office.site.clone()) }
        })?;
        let opens = now <= held.until.saturating_add(OPENS_FOR);
        let secret = held.secret.as_ref().filter(|_| opens).ok_or(SlipFault::TooOld)?;
        Ok(IntakeSecret(Zeroizing::new(**secret)))
    }
}

fn of_seal(fault: SealError) -> SlipFault {
    match fault {
        SealError::UnknownVersion => SlipFault::Newer,
        SealError::WrongKey => SlipFault::OtherOffice { site: None },
        // Too short to be whole, or changed on the way.
        _ => SlipFault::Torn,
    }
}

fn open(session: &Session, key: &Key, row: Option<&[u8]>) -> Result<(u64, KeysRow), StoreError> {
    let Some(row) = row else { return Ok((0, KeysRow::default())) };
    let damaged = |_| StoreError::damaged(Table::Counters);
    let (version, plain) = session.cipher.open(Table::Counters, key, row).map_err(damaged)?;
    Ok((version, rows::read(Table::Counters, &Zeroizing::new(plain))?))
}

/// Key of the intake keys.
fn intake_of(vault: VaultId) -> Key {
    [b"intake".as_slice(), &vault.0].concat()
}

#[cfg(test)]
mod tests;
