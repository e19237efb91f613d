//! What families fill in on their own phone, before anybody registers them: database `applicant`.
//!
//! No enrolment and no account: each family is a row of its own, sealed under a random key that the PIN alone unwraps.
//! What may be seen without the PIN is that there is one, when it was changed, and whether it was handed in. Letters
//! lie beside it, sealed to the server, so that they leave with the page closed (`letters`).
//!
//! A PIN of six digits keeps out whoever picks the phone up. It does not keep out whoever copies its storage and tries
//! all of a million PINs on another machine: stretching makes that days of work and no more.

mod draft;
mod family;
mod letters;
mod news;
mod turn;

pub use draft::Draft;
pub use family::{Answered, Family, Outgoing, Posted, Purpose};
pub use letters::{LetterKey, Waiting};
pub use news::{News, on_news, tell_leaving, tell_news};

use crate::cipher::Cipher;
use crate::database::{Database, Home, WhenMissing};
use crate::rows;
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock};
use domain::VaultId;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use seal::{Kdf, Locker, SealError, Slot};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Times that something is tried again when another tab wrote in between.
const ATTEMPTS: u32 = 4;

/// All families on this phone. Cheap to clone.
#[derive(Clone)]
pub struct Families {
    database: Database,
}

/// What anybody who holds the phone may know of a family on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyInfo {
    /// Names it on this phone, and nowhere else.
    pub id: VaultId,
    /// By which people tell them apart: 1, 2 …
    pub number: u32,
    /// When it was begun, milliseconds since 1970.
    pub begun: u64,
    /// When it was last changed.
    pub changed: u64,
    /// Whether it was handed in.
    pub handed_in: HandedIn,
    /// Costs of stretching the PIN.
    pub kdf: Kdf,
    /// Salt of stretching.
    pub salt: [u8; 16],
    /// Until when no PIN is tried, milliseconds since 1970; 0 when one may be tried now.
    pub wait_until: u64,
}

/// How far the way to the server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedIn {
    /// Something lies here alone, and nobody asked for it to be sent.
    No,
    /// The server has an earlier version of it; what was changed since lies here alone.
    Changed,
    /// It waits to be sent.
    Waiting,
    /// The server has it as it is.
    Yes,
}

/// Why a family was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The PIN is another one; the next may be tried after this time (0: at once).
    WrongPin {
        /// Milliseconds since 1970.
        until: u64,
    },
    /// Too many were wrong: the next may be tried after this time.
    TooSoon {
        /// Milliseconds since 1970.
        until: u64,
    },
    /// Anything else.
    Store(StoreError),
}

impl From<StoreError> for NotOpened {
    fn from(error: StoreError) -> Self {
        NotOpened::Store(error)
    }
}

/// `families`: what is needed to open one, and the sealed rest.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
struct FamilyRow {
    /// [`seal::Slot`].
    #[n(0)]
    slot: ByteVec,
    #[n(1)]
    number: u32,
    #[n(2)]
    begun: u64,
    #[n(3)]
    changed: u64,
    /// Whether the server has it as it is.
    #[n(4)]
    sent: bool,
    /// PINs tried since the last right one.
    #[n(5)]
    tries: u32,
    #[n(6)]
    tried_at: u64,
    /// [`Draft`], sealed.
    #[n(7)]
    draft: ByteVec,
    /// Whether all that it says was sealed into a letter.
    #[n(8)]
    posted: bool,
    /// Whether the server ever had any of it.
    #[n(9)]
    ever: Option<bool>,
}

/// How long nothing may be tried after so many wrong PINs, in milliseconds. Nothing is ever wiped: a child that plays
/// with the phone must not cost a family its answers.
fn pause_after(tries: u32) -> u64 {
    let minutes = |count: u64| count * 60_000;
    match tries {
        0..=2 => 0,
        3 => minutes(1) / 2,
        4 => minutes(1),
        5 => minutes(5),
        6 => minutes(15),
        _ => minutes(60),
    }
}

impl FamilyRow {
    /// Until when nothing may be tried; 0 for at once. A clock that was set back ends the wait: a phone whose year was
    /// wrong must not stay shut for years, and whoever can set it could as well set it forward.
    fn wait_until(&self, now: u64) -> u64 {
        let until = self.tried_at.saturating_add(pause_after(self.tries));
        if now < self.tried_at || until <= now { 0 } else { until }
    }
}

/// The salt with which a PIN is stretched into the key of status questions: of the reference, so that another phone
/// computes the same.
#[must_use]
pub fn status_salt(reference: &str) -> [u8; 16] {
    seal::short_digest(format!("amparo/status/1{reference}").as_bytes())
}

impl Families {
    /// Opens the database; makes it where there is none.
    ///
    /// # Errors
    /// [`StoreError::Blocked`], or [`StoreError::Unavailable`] where the browser keeps nothing (some private windows).
    pub async fn open() -> Result<Self, StoreError> {
        Ok(Self { database: Database::open(Home::Applicant, WhenMissing::Create).await? })
    }

    #[cfg(test)]
    fn over(database: Database) -> Self {
        Self { database }
    }

    /// The families on this phone, oldest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn list(&self) -> Result<Vec<FamilyInfo>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Families), Query::all(Table::Letters)]).await?;
        let mut read = read.into_iter();
        let (families, rows) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
        // Of each family with letters here: whether one still waits.
        let mut waiting: BTreeMap<VaultId, bool> = BTreeMap::new();
        for (key, row) in &rows {
            if let Some((family, waits)) = letters::waits(key, row) {
                *waiting.entry(family).or_default() |= waits;
            }
        }
        let now = clock::now_ms();
        let known = families.iter().filter_map(|(key, row)| {
            let row: FamilyRow = rows::read(Table::Families, row).ok()?;
            let slot = Slot::from_bytes(&row.slot).ok()?;
            let id = VaultId::from_slice(key)?;
            let handed_in = match waiting.get(&id) {
                Some(true) => HandedIn::Waiting,
                // It arrived, which the sealed part learns with the PIN.
                Some(false) if row.posted => HandedIn::Yes,
                _ if row.sent => HandedIn::Yes,
                Some(false) => HandedIn::Changed,
                None if row.ever == Some(true) => HandedIn::Changed,
                _ => HandedIn::No,
            };
            Some(FamilyInfo {
                id,
                number: row.number,
                begun: row.begun,
                changed: row.changed,
                handed_in,
                kdf: slot.kdf,
                salt: slot.salt,
                wait_until: row.wait_until(now),
            })
        });
        let mut list: Vec<FamilyInfo> = Vec::new();
        for info in known {
            // Each to its place at once: families are few, and the library's sorting is heavy.
            let place = list.partition_point(|other| (other.number, other.id) <= (info.number, info.id));
            list.insert(place, info);
        }
        Ok(list)
    }

    /// Begins a family: `stretched` is its PIN, stretched with these costs and this salt. Its draft lies on the disk when
    /// this has come back.
    ///
    /// # Errors
    /// [`StoreError::Full`], or when the browser does not answer.
    pub async fn begin(
        &self,
        stretched: &[u8; 32],
        kdf: Kdf,
        salt: [u8; 16],
        draft: &Draft,
    ) -> Result<Family, StoreError> {
        let rng = &mut clock::rng();
        let now = clock::now_ms();
        let id = VaultId::fresh(now, clock::random());
        let locker = Locker::generate(rng, id.0);
        let slot = Slot::wrap(rng, id, kdf, salt, stretched, locker.key())?;
        let cipher = Cipher::new(locker);
        let sealed = family::seal_draft(&cipher, id, 1, draft)?;
        let number = self.list().await?.iter().map(|info| info.number).max().unwrap_or(0).saturating_add(1);
        let row = FamilyRow {
            slot: slot.to_bytes().into(),
            number,
            begun: now,
            changed: now,
            sent: false,
            tries: 0,
            tried_at: 0,
            draft: sealed.clone().into(),
            posted: false,
            ever: None,
        };
        let mut batch = Batch::default();
        batch.require(Table::Families, id.0, Expected::Absent);
        batch.put(Table::Families, id.0, rows::write(&row));
        match self.database.commit(batch).await? {
            Commit::Done => Ok(Family::opened(self.database.clone(), id, cipher, 1, sealed)),
            Commit::Overtaken => Err(StoreError::Busy),
        }
    }

    /// Opens a family with its stretched PIN: how it stands. A PIN counts as tried before it is judged, so that a page
    /// that is closed quickly gains no further try.
    ///
    /// # Errors
    /// [`NotOpened`]; nothing was changed but the count of tries.
    pub async fn unlock(&self, id: VaultId, stretched: &[u8; 32]) -> Result<(Family, Draft), NotOpened> {
        let row = self.count_try(id).await?;
        let slot = Slot::from_bytes(&row.slot).map_err(StoreError::from)?;
        let key = match slot.open(id, stretched) {
            Err(SealError::WrongKey) => {
                return Err(NotOpened::WrongPin { until: row.wait_until(clock::now_ms()) });
            }
            opened => opened.map_err(|_| StoreError::damaged(Table::Families))?,
        };
        let cipher = Cipher::new(Locker::new(Zeroizing::new(*key), id.0));
        let (version, draft) = family::open_draft(&cipher, id, &row.draft)?;
        match self.change(id, |row| row.tries = 0).await {
            Err(StoreError::Full) => {}
            changed => drop(changed?),
        }
        let family = Family::opened(self.database.clone(), id, cipher, version, row.draft.to_vec());
        Ok((family, draft))
    }

    /// Counts a try, or says that it is too soon for one.
    async fn count_try(&self, id: VaultId) -> Result<FamilyRow, NotOpened> {
        let now = clock::now_ms();
        let mut too_soon = 0;
        let row = self.change(id, |row| {
            too_soon = row.wait_until(now);
            if too_soon == 0 {
                row.tries = row.tries.saturating_add(1);
                row.tried_at = now;
            }
        });
        let row = match row.await {
            // A phone with no room left must still show what it holds; then the try goes uncounted.
            Err(StoreError::Full) => rows::read(Table::Families, &self.row(id).await?)?,
            row => row?,
        };
        if too_soon > 0 { Err(NotOpened::TooSoon { until: too_soon }) } else { Ok(row) }
    }

    /// Changes what is plain in a family's row, whatever other tabs write meanwhile; the row as it is then.
    async fn change(&self, id: VaultId, change: impl FnMut(&mut FamilyRow)) -> Result<FamilyRow, StoreError> {
        let mut change = change;
        for _ in 0..ATTEMPTS {
            let before = self.row(id).await?;
            let mut row: FamilyRow = rows::read(Table::Families, &before)?;
            change(&mut row);
            let after = rows::write(&row);
            let mut batch = Batch::default();
            batch.require(Table::Families, id.0, Expected::Bytes(before));
            batch.put(Table::Families, id.0, after);
            if self.database.commit(batch).await? == Commit::Done {
                return Ok(row);
            }
        }
        Err(StoreError::Busy)
    }

    /// The bytes of a family's row; [`StoreError::Lost`] when it is gone.
    async fn row(&self, id: VaultId) -> Result<Vec<u8>, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Families, id.0.to_vec())]).await?;
        read.into_iter().flatten().next().map(|(_, row)| row).ok_or(StoreError::Lost)
    }

    /// Takes a family off this phone: its key, what was typed, its pictures. `keep_letters` leaves what waits to be sent,
    /// sealed to the server, without anything here that could ever open it or its answer; else it is destroyed too. Needs
    /// no PIN: whoever forgot it may begin anew.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when letters are to be left that the server has no key for any more: they must be sealed anew
    /// first, with the PIN. Or when the browser does not answer. All of it is still there then.
    pub async fn wipe(&self, id: VaultId, keep_letters: bool) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let (pieces, letters) = (of_family(Table::Pieces, id), of_family(Table::Letters, id));
            let [from, to] = match &pieces {
                Query::Range(_, from, to) => [from.clone(), to.clone()],
                _ => return Ok(()),
            };
            let read = self.database.read(&[Query::Keys(Table::Pieces, from, to), letters]).await?;
            let mut read = read.into_iter();
            let mut batch = Batch::default();
            batch.delete(Table::Families, id.0);
            for (key, _) in read.next().unwrap_or_default() {
                batch.delete(Table::Pieces, key);
            }
            for (key, before) in read.next().unwrap_or_default() {
                if keep_letters && letters::needs_pin(&before) {
                    return Err(StoreError::Locked);
                }
                match letters::orphaned(&before).filter(|_| keep_letters) {
                    Some(orphan) => batch.put(Table::Letters, key.clone(), orphan),
                    None => batch.delete(Table::Letters, key.clone()),
                }
                batch.require(Table::Letters, key, Expected::Bytes(before));
            }
            if self.database.commit(batch).await? == Commit::Done {
                tell_news();
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }

    /// Something kept under a name that anybody may read: a pinned root, the server's keys, the notice of offices. Never
    /// anything about a person.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn pref(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Prefs, name.as_bytes().to_vec())]).await?;
        Ok(read.into_iter().flatten().next().map(|(_, value)| value))
    }

    /// Keeps something under a name, see [`Families::pref`].
    ///
    /// # Errors
    /// [`StoreError::Full`], or when the browser does not answer.
    pub async fn set_pref(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::Prefs, name.as_bytes(), value.to_vec());
        self.database.commit(batch).await.map(|_| ())
    }
}

/// All rows of a family in a table.
fn of_family(table: Table, id: VaultId) -> Query {
    Query::range(table, tables::beginning_with(&id.0))
}

/// The key of a numbered row of a family.
fn numbered(id: VaultId, number: u32) -> Key {
    tables::numbered(id, number)
}

#[cfg(test)]
mod tests;
