//! Letters on their way. Their rows are read and written by the worker's script too, which has no key and no CBOR library:
//! four parts in fixed widths, and never in another form.
//!
//! `84 · 5A length(4) posted · F6 or 5A length(4) answer · 1B tried_at(8) · 5A length(4) sealed`. An empty first part is a
//! letter that has arrived and whose answer waits for the PIN.

use super::{ATTEMPTS, Families, HandedIn, tell_news};
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock};
use domain::VaultId;
use minicbor::Decoder;
use minicbor::data::Type;
use seal::letter::{self, Fate};

/// Name of the pref with the signing keys that answers were verified with, 32 bytes each, the last one last: an answer may
/// wait for its family's PIN for longer than the server keeps its key.
pub(super) const SIGNERS: &str = "signers";
/// As many of them are kept.
const SIGNERS_KEPT: usize = 8;
/// Where an answer says what became of its letter, and the code of [`Fate::OtherKey`] there.
const FATE_AT: usize = 17;
const OTHER_KEY: u8 = 4;

/// Names a letter on this phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterKey(pub(super) Key);

/// A letter that has not arrived yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Names it.
    pub key: LetterKey,
    /// The family it is of; it may be off this phone by now.
    pub family: VaultId,
    /// What is handed in, work in front.
    pub posted: Vec<u8>,
    /// What the server said of it, if it has to be changed before it is handed in again.
    pub fate: Option<Fate>,
    /// When it was last tried, milliseconds since 1970; 0 for never.
    pub tried_at: u64,
}

/// One row of `letters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LetterRow {
    pub posted: Vec<u8>,
    pub answer: Option<Vec<u8>>,
    pub tried_at: u64,
    /// What its family needs to know of it, sealed; empty when that is off this phone.
    pub sealed: Vec<u8>,
}

impl LetterRow {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.posted.len() + self.sealed.len() + 200);
        bytes.push(0x84);
        put(&mut bytes, &self.posted);
        match &self.answer {
            Some(answer) => put(&mut bytes, answer),
            None => bytes.push(0xf6),
        }
        bytes.push(0x1b);
        bytes.extend(self.tried_at.to_be_bytes());
        put(&mut bytes, &self.sealed);
        bytes
    }

    /// Reads it; whatever the widths.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut d = Decoder::new(bytes);
        let mut read = || -> Result<Self, minicbor::decode::Error> {
            d.array()?;
            let posted = d.bytes()?.to_vec();
            let answer = if d.datatype()? == Type::Null {
                d.null()?;
                None
            } else {
                Some(d.bytes()?.to_vec())
            };
            Ok(Self { posted, answer, tried_at: d.u64()?, sealed: d.bytes()?.to_vec() })
        };
        read().map_err(|_| StoreError::damaged(Table::Letters))
    }

    /// The letter's name, without the work in front.
    fn id(&self) -> letter::LetterId {
        letter::id(self.posted.get(8..).unwrap_or_default())
    }

    /// What the answer says that lies here, where the server of this key gave it to this letter.
    fn fate(&self, server: &[u8; 32]) -> Option<Fate> {
        let answer = self.answer.as_deref()?;
        letter::read_answer(answer, server, self.id()).ok().map(|(fate, _)| fate)
    }

    /// The row as it is once an answer is known; `None` when nothing of it is needed any more.
    fn after(mut self, fate: Fate, answer: Vec<u8>, now: u64) -> Option<Self> {
        self.tried_at = now;
        // Nobody is left to read an answer, or to seal it anew.
        let orphan = self.sealed.is_empty();
        match fate {
            Fate::Taken | Fate::OtherKey | Fate::Refused if orphan => return None,
            Fate::Taken => (self.posted, self.answer) = (Vec::new(), Some(answer)),
            Fate::Later => self.answer = None,
            Fate::MoreWork(_) | Fate::OtherKey | Fate::Refused => self.answer = Some(answer),
        }
        Some(self)
    }
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    to.push(0x5a);
    // Nothing here comes near 4 GiB.
    to.extend(u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
    to.extend(bytes);
}

/// Whose letter a row is, and whether it has not arrived yet.
pub(super) fn waits(key: &[u8], row: &[u8]) -> Option<(VaultId, bool)> {
    let row = LetterRow::from_bytes(row).ok()?;
    Some((VaultId::from_slice(key.get(..16)?)?, !row.posted.is_empty()))
}

/// Whether a letter cannot go without being sealed anew, for which its family's PIN is needed.
pub(super) fn needs_pin(row: &[u8]) -> bool {
    let row = LetterRow::from_bytes(row).ok().filter(|row| !row.posted.is_empty());
    row.and_then(|row| row.answer).is_some_and(|answer| answer.get(FATE_AT) == Some(&OTHER_KEY))
}

/// The row of a letter whose family leaves the phone; `None` when it has arrived.
pub(super) fn orphaned(row: &[u8]) -> Option<Vec<u8>> {
    let row = LetterRow::from_bytes(row).ok().filter(|row| !row.posted.is_empty())?;
    Some(LetterRow { sealed: Vec::new(), ..row }.to_bytes())
}

impl Families {
    /// The letters that have not arrived, in the order in which they are to be handed in. `server` is the server's signing
    /// key: of other answers nothing is said.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn letters_waiting(&self, server: &[u8; 32]) -> Result<Vec<Waiting>, StoreError> {
        let read = self.database.read(&[Query::all(Table::Letters)]).await?;
        let waiting = read.into_iter().flatten().filter_map(|(key, row)| {
            let row = LetterRow::from_bytes(&row).ok().filter(|row| !row.posted.is_empty())?;
            let family = VaultId::from_slice(key.get(..16)?)?;
            let (fate, tried_at) = (row.fate(server), row.tried_at);
            Some(Waiting { key: LetterKey(key), family, posted: row.posted, fate, tried_at })
        });
        Ok(waiting.collect())
    }

    /// Whether any letter waits, of families on this phone or not any more.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn is_anything_waiting(&self) -> Result<bool, StoreError> {
        let read = self.database.read(&[Query::all(Table::Letters)]).await?;
        Ok(read.into_iter().flatten().filter_map(|(key, row)| waits(&key, &row)).any(|(_, waits)| waits))
    }

    /// Takes in what the server answered to a letter just now. Only an answer that this server signed for this very letter
    /// counts; then the letter leaves, if it was taken, and its answer waits for [`super::Family::settle`].
    ///
    /// # Errors
    /// [`StoreError::Untrusted`] for anything else that answered; the letter stays. [`StoreError::Lost`] when it is no
    /// longer here.
    pub async fn answered(
        &self,
        key: &LetterKey,
        answer: &[u8],
        server: &[u8; 32],
    ) -> Result<Fate, StoreError> {
        for _ in 0..ATTEMPTS {
            let before = self.letter(key).await?;
            let row = LetterRow::from_bytes(&before)?;
            if row.posted.is_empty() {
                return Ok(Fate::Taken);
            }
            let (fate, _) =
                letter::read_answer(answer, server, row.id()).map_err(|_| StoreError::Untrusted)?;
            let after = row.after(fate, answer.to_vec(), clock::now_ms());
            if fate == Fate::Taken {
                self.remember_signer(server).await;
            }
            if self.replace(key, before, after.as_ref()).await? {
                return Ok(fate);
            }
        }
        Err(StoreError::Busy)
    }

    /// Notes that a letter was tried and nothing came of it. What the worker wrote meanwhile stays.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn tried(&self, key: &LetterKey) -> Result<(), StoreError> {
        let before = self.letter(key).await?;
        let row = LetterRow { tried_at: clock::now_ms(), ..LetterRow::from_bytes(&before)? };
        self.replace(key, before, Some(&row)).await.map(|_| ())
    }

    /// Takes up what the worker wrote while no page was looking: answers that are this server's settle their letters,
    /// others are thrown away and their letters tried again. Whether anything changed.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn take_answers(&self, server: &[u8; 32]) -> Result<bool, StoreError> {
        let read = self.database.read(&[Query::all(Table::Letters)]).await?;
        let mut changed = false;
        for (key, before) in read.into_iter().flatten() {
            let Ok(row) = LetterRow::from_bytes(&before) else { continue };
            let (false, Some(answer)) = (row.posted.is_empty(), row.answer.clone()) else { continue };
            let (fate, tried_at) = (row.fate(server), row.tried_at);
            if fate == Some(Fate::Taken) {
                self.remember_signer(server).await;
            }
            let after = match fate {
                Some(fate) => row.clone().after(fate, answer, tried_at),
                None => Some(LetterRow { answer: None, ..row.clone() }),
            };
            if after.as_ref() != Some(&row) {
                changed |= self.replace(&LetterKey(key), before, after.as_ref()).await?;
            }
        }
        Ok(changed)
    }

    /// Puts a letter's new work in its place, after [`Fate::MoreWork`]. Needs no PIN: work is done over what travels.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when the letter is no longer here.
    pub async fn reworked(&self, key: &LetterKey, posted: Vec<u8>) -> Result<(), StoreError> {
        let before = self.letter(key).await?;
        let row = LetterRow::from_bytes(&before)?;
        if row.posted.get(8..) != posted.get(8..) {
            return Err(StoreError::Lost);
        }
        let row = LetterRow { posted, answer: None, tried_at: 0, ..row };
        self.replace(key, before, Some(&row)).await.map(|_| ())
    }

    /// Keeps a key that an answer was verified with. Where there is no room for it, the answer is read with the server's key
    /// of that day, as long as it is the same.
    async fn remember_signer(&self, server: &[u8; 32]) {
        let Ok(kept) = self.pref(SIGNERS).await else { return };
        let mut kept = kept.unwrap_or_default();
        if kept.as_chunks::<32>().0.last() == Some(server) {
            return;
        }
        kept.extend(server);
        let first = kept.len().saturating_sub(SIGNERS_KEPT * server.len());
        let _ = self.set_pref(SIGNERS, kept.get(first..).unwrap_or_default()).await;
    }

    async fn letter(&self, key: &LetterKey) -> Result<Vec<u8>, StoreError> {
        let read = self.database.read(&[Query::Get(Table::Letters, key.0.clone())]).await?;
        read.into_iter().flatten().next().map(|(_, row)| row).ok_or(StoreError::Lost)
    }

    /// Writes a row over what was read; whether that was still there.
    async fn replace(
        &self,
        key: &LetterKey,
        before: Vec<u8>,
        after: Option<&LetterRow>,
    ) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.require(Table::Letters, key.0.clone(), Expected::Bytes(before));
        match after {
            Some(row) => batch.put(Table::Letters, key.0.clone(), row.to_bytes()),
            None => batch.delete(Table::Letters, key.0.clone()),
        }
        let done = self.database.commit(batch).await? == Commit::Done;
        if done {
            tell_news();
        }
        Ok(done)
    }
}

impl HandedIn {
    /// Whether deleting now would lose something that nobody else has.
    #[must_use]
    pub fn is_only_here(self) -> bool {
        self != HandedIn::Yes
    }
}
