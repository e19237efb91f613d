//! A family that is open: its key is in memory, until it is locked.

use super::letters::{LetterKey, LetterRow, SIGNERS};
use super::turn::Turn;
use super::{ATTEMPTS, Draft, FamilyRow, numbered, of_family};
use crate::cipher::Cipher;
use crate::database::Database;
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock, rows};
use domain::VaultId;
use domain::application::{Application, Reply};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use seal::letter::{self, AnswerKey, Fate};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use zeroize::{Zeroize, Zeroizing};

/// A family that is open. Clones are the same one.
#[derive(Clone)]
pub struct Family {
    inner: Rc<Inner>,
}

struct Inner {
    database: Database,
    id: VaultId,
    cipher: RefCell<Option<Rc<Cipher>>>,
    turn: Turn,
    /// Version and sealed bytes of the draft as this tab last saw it on the disk.
    version: Cell<u64>,
    known: RefCell<Vec<u8>>,
}

/// What a letter was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Purpose {
    /// The application, in this revision.
    #[n(1)]
    Application(#[n(0)] u32),
    /// A piece of a picture.
    #[n(2)]
    Piece,
    /// A question or a wish.
    #[n(3)]
    Ask,
}

/// A letter to be handed in.
pub struct Outgoing {
    /// As it travels, work in front ([`letter::posted`]).
    pub posted: Vec<u8>,
    /// Opens its answer.
    pub key: AnswerKey,
    /// What it is for.
    pub purpose: Purpose,
    /// What it says, so that it can be sealed anew; of a picture's piece its address (32 bytes). Kept sealed.
    pub said: Zeroizing<Vec<u8>>,
}

/// Letters that lie here now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// When, milliseconds since 1970.
    pub at: u64,
    /// Their names, in order.
    pub keys: Vec<LetterKey>,
}

/// What became of a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    /// Names it.
    pub key: LetterKey,
    /// What it was for.
    pub purpose: Purpose,
    /// What became of it. [`Fate::OtherKey`] and [`Fate::MoreWork`] leave the letter here.
    pub fate: Fate,
    /// What the server says, where it says something.
    pub told: Option<Reply>,
    /// [`Outgoing::said`]; empty where a letter of an earlier version kept nothing.
    pub said: Zeroizing<Vec<u8>>,
}

/// The sealed part of a letter's row.
#[derive(Encode, Decode)]
#[cbor(map)]
struct About {
    /// [`AnswerKey`].
    #[n(0)]
    key: ByteVec,
    /// [`letter::LetterId`].
    #[n(1)]
    letter: ByteVec,
    #[n(2)]
    purpose: Purpose,
    /// [`Outgoing::said`].
    #[n(3)]
    said: Option<ByteVec>,
}

impl Drop for About {
    fn drop(&mut self) {
        self.key.zeroize();
        if let Some(said) = &mut self.said {
            said.zeroize();
        }
    }
}

/// Seals a draft for its row.
pub(super) fn seal_draft(
    cipher: &Cipher,
    id: VaultId,
    version: u64,
    draft: &Draft,
) -> Result<Vec<u8>, StoreError> {
    cipher.seal(Table::Families, &id.0.to_vec(), version, &draft.to_bytes())
}

/// Opens the draft of a row, with its version.
pub(super) fn open_draft(cipher: &Cipher, id: VaultId, sealed: &[u8]) -> Result<(u64, Draft), StoreError> {
    let opened = cipher.open(Table::Families, &id.0.to_vec(), sealed);
    let (version, plain) = opened.map_err(|_| StoreError::damaged(Table::Families))?;
    Ok((version, Draft::from_bytes(&Zeroizing::new(plain))?))
}

impl Family {
    pub(super) fn opened(
        database: Database,
        id: VaultId,
        cipher: Cipher,
        version: u64,
        known: Vec<u8>,
    ) -> Self {
        let inner = Inner {
            database,
            id,
            cipher: RefCell::new(Some(Rc::new(cipher))),
            turn: Turn::default(),
            version: Cell::new(version),
            known: RefCell::new(known),
        };
        Self { inner: Rc::new(inner) }
    }

    /// Names it on this phone.
    #[must_use]
    pub fn id(&self) -> VaultId {
        self.inner.id
    }

    /// Takes the key out of memory; of every clone.
    pub fn lock(&self) {
        self.inner.cipher.borrow_mut().take();
    }

    /// Whether it was locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.inner.cipher.borrow().is_none()
    }

    fn cipher(&self) -> Result<Rc<Cipher>, StoreError> {
        self.inner.cipher.borrow().clone().ok_or(StoreError::Locked)
    }

    /// Saves the draft; on the disk when this has come back. When: milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError::SavedBefore`] when another tab saved something since ([`Family::reload`] says what),
    /// [`StoreError::Full`], [`StoreError::Locked`], [`StoreError::Lost`] when it is off this phone.
    pub async fn save(&self, draft: &Draft) -> Result<u64, StoreError> {
        let _turn = self.inner.turn.take().await;
        self.write(draft, |_| Ok(Batch::default())).await
    }

    /// Saves letters to be handed in together with the draft, all or nothing. A letter with the application notes in the
    /// draft its revision, and what it said: `sealed`, which the draft may be ahead of by now.
    ///
    /// # Errors
    /// As [`Family::save`].
    pub async fn post(
        &self,
        letters: Vec<Outgoing>,
        sealed: &Application,
        draft: &mut Draft,
    ) -> Result<Posted, StoreError> {
        let _turn = self.inner.turn.take().await;
        let cipher = self.cipher()?;
        let mut posted = draft.clone();
        for letter in &letters {
            if let Purpose::Application(revision) = letter.purpose {
                posted.was_posted(revision, sealed);
            }
        }
        let first = self.next_letter().await?;
        let (mut batch, mut keys) = (Batch::default(), Vec::new());
        for (number, letter) in (first..).zip(&letters) {
            let key = numbered(self.inner.id, number);
            keys.push(LetterKey(key.clone()));
            let row = seal_letter(&cipher, &key, letter)?;
            batch.require(Table::Letters, key.clone(), Expected::Absent);
            batch.put(Table::Letters, key, row.to_bytes());
        }
        let at = self.write(&posted, |_| Ok(batch.clone())).await?;
        *draft = posted;
        Ok(Posted { at, keys })
    }

    /// What the letters of this family say that have not arrived, in order, with what each is for.
    ///
    /// # Errors
    /// [`StoreError::Locked`], or when the browser does not answer.
    pub async fn letters_said(&self) -> Result<Vec<(Purpose, Zeroizing<Vec<u8>>)>, StoreError> {
        let cipher = self.cipher()?;
        let read = self.inner.database.read(&[of_family(Table::Letters, self.inner.id)]).await?;
        let mut letters = Vec::new();
        for (key, row) in read.into_iter().flatten() {
            let row = LetterRow::from_bytes(&row)?;
            if !row.posted.is_empty() {
                let about = about(&cipher, &key, &row)?;
                letters.push((about.purpose, about.said()));
            }
        }
        Ok(letters)
    }

    /// Puts a letter that was sealed anew in the place of one that the server has no key for any more.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when that one is no longer here, [`StoreError::Locked`].
    pub async fn resealed(&self, key: &LetterKey, letter: &Outgoing) -> Result<(), StoreError> {
        let _turn = self.inner.turn.take().await;
        let row = seal_letter(&*self.cipher()?, &key.0, letter)?;
        let read = self.inner.database.read(&[Query::Get(Table::Letters, key.0.clone())]).await?;
        let before = read.into_iter().flatten().next().ok_or(StoreError::Lost)?.1;
        let mut batch = Batch::default();
        batch.require(Table::Letters, key.0.clone(), Expected::Bytes(before));
        batch.put(Table::Letters, key.0.clone(), row.to_bytes());
        match self.inner.database.commit(batch).await? {
            Commit::Done => Ok(()),
            Commit::Overtaken => Err(StoreError::Busy),
        }
    }

    /// Reads what was answered to this family's letters and notes it in the draft: which revision the server has, and how
    /// it stands. Letters that arrived or were refused leave, with the draft, all or nothing.
    ///
    /// # Errors
    /// As [`Family::save`]. Nothing was changed then.
    pub async fn settle(&self, server: &[u8; 32], draft: &mut Draft) -> Result<Vec<Answered>, StoreError> {
        let _turn = self.inner.turn.take().await;
        let cipher = self.cipher()?;
        let former = Query::Get(Table::Prefs, SIGNERS.as_bytes().to_vec());
        let read = self.inner.database.read(&[of_family(Table::Letters, self.inner.id), former]).await?;
        let mut read = read.into_iter();
        let (rows, signers) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
        let signers = signers.into_iter().next().map(|(_, keys)| keys).unwrap_or_default();
        let (mut answers, mut batch, mut after) = (Vec::new(), Batch::default(), draft.clone());
        for (key, before) in rows {
            let former = signers.as_chunks::<32>().0;
            let Some(answered) = read_answer(&cipher, server, former, &key, &before)? else { continue };
            after.hear(&answered, clock::now_ms());
            if matches!(answered.fate, Fate::Taken | Fate::Refused) {
                batch.require(Table::Letters, key.clone(), Expected::Bytes(before));
                batch.delete(Table::Letters, key);
            }
            answers.push(answered);
        }
        if !batch.writes.is_empty() {
            self.write(&after, |_| Ok(batch.clone())).await?;
            *draft = after;
        }
        Ok(answers)
    }

    /// Keeps a sealed piece of a picture, by its address. Its key stands in the draft alone.
    ///
    /// # Errors
    /// [`StoreError::Full`], or when the browser does not answer.
    pub async fn keep_piece(&self, address: &[u8; 32], sealed: &[u8]) -> Result<(), StoreError> {
        self.cipher()?;
        let mut batch = Batch::default();
        batch.put(Table::Pieces, self.piece_key(address), sealed.to_vec());
        self.inner.database.commit(batch).await.map(|_| ())
    }

    /// A sealed piece of a picture.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn piece(&self, address: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.inner.database.read(&[Query::Get(Table::Pieces, self.piece_key(address))]).await?;
        Ok(read.into_iter().flatten().next().map(|(_, piece)| piece))
    }

    /// Lets go of these pieces of pictures.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn drop_pieces(&self, done: &BTreeSet<[u8; 32]>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for address in done {
            batch.delete(Table::Pieces, self.piece_key(address));
        }
        self.inner.database.commit(batch).await.map(|_| ())
    }

    /// Lets go of every piece of a picture but these.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn drop_pieces_but(&self, needed: &BTreeSet<[u8; 32]>) -> Result<(), StoreError> {
        let (from, to) = tables::beginning_with(&self.inner.id.0);
        let read = self.inner.database.read(&[Query::Keys(Table::Pieces, from, to)]).await?;
        let mut batch = Batch::default();
        for (key, _) in read.into_iter().flatten() {
            if key.last_chunk::<32>().is_none_or(|address| !needed.contains(address)) {
                batch.delete(Table::Pieces, key);
            }
        }
        self.inner.database.commit(batch).await.map(|_| ())
    }

    /// The draft as it lies on the disk, where another tab saved it since; `None` where nobody did.
    ///
    /// # Errors
    /// As [`Family::save`].
    pub async fn reload(&self) -> Result<Option<Draft>, StoreError> {
        let _turn = self.inner.turn.take().await;
        let cipher = self.cipher()?;
        let row: FamilyRow = rows::read(Table::Families, &self.row().await?)?;
        if row.draft[..] == self.inner.known.borrow()[..] {
            return Ok(None);
        }
        let (version, draft) = open_draft(&cipher, self.inner.id, &row.draft)?;
        self.inner.version.set(version);
        *self.inner.known.borrow_mut() = row.draft.to_vec();
        Ok(Some(draft))
    }

    /// Writes the draft and whatever else belongs to it.
    async fn write(
        &self,
        draft: &Draft,
        more: impl Fn(&Inner) -> Result<Batch, StoreError>,
    ) -> Result<u64, StoreError> {
        let Inner { database, id, version, known, .. } = &*self.inner;
        let next = version.get().saturating_add(1);
        let sealed = seal_draft(&*self.cipher()?, *id, next, draft)?;
        for _ in 0..ATTEMPTS {
            let before = self.row().await?;
            let mut row: FamilyRow = rows::read(Table::Families, &before)?;
            if row.draft[..] != known.borrow()[..] {
                return Err(StoreError::SavedBefore);
            }
            row.draft = sealed.clone().into();
            row.changed = clock::now_ms();
            row.sent = draft.is_sent();
            row.posted = !draft.says_more_than_posted();
            row.ever = (draft.sent > 0).then_some(true);
            let mut batch = more(&self.inner)?;
            batch.require(Table::Families, id.0, Expected::Bytes(before));
            batch.put(Table::Families, id.0, rows::write(&row));
            if database.commit(batch).await? == Commit::Done {
                version.set(next);
                *known.borrow_mut() = sealed;
                super::tell_news();
                return Ok(row.changed);
            }
        }
        Err(StoreError::Busy)
    }

    #[cfg(test)]
    pub(super) async fn turn(&self) -> super::turn::Held<'_> {
        self.inner.turn.take().await
    }

    async fn row(&self) -> Result<Vec<u8>, StoreError> {
        let read = self.inner.database.read(&[Query::Get(Table::Families, self.inner.id.0.to_vec())]).await?;
        read.into_iter().flatten().next().map(|(_, row)| row).ok_or(StoreError::Lost)
    }

    /// The number after that of the last letter.
    async fn next_letter(&self) -> Result<u32, StoreError> {
        let (from, to) = tables::beginning_with(&self.inner.id.0);
        let read = self.inner.database.read(&[Query::Keys(Table::Letters, from, to)]).await?;
        let last = read.into_iter().flatten().filter_map(|(key, _)| tables::number_of(&key)).max();
        Ok(last.map_or(0, |last| last.saturating_add(1)))
    }

    fn piece_key(&self, address: &[u8; 32]) -> Key {
        [&self.inner.id.0[..], address].concat()
    }
}

impl Draft {
    /// Notes what a letter's answer says.
    fn hear(&mut self, answered: &Answered, now: u64) {
        if let Some(Reply::Standing(standing) | Reply::TooLate(standing)) = &answered.told {
            self.standing = Some(standing.clone());
            self.standing_at = now;
        }
        let not_done = matches!(&answered.told, Some(Reply::TooLate(_) | Reply::NotKnown | Reply::Wait(_)));
        match (answered.purpose, answered.fate) {
            (_, Fate::Taken) if not_done => {}
            (Purpose::Application(revision), Fate::Taken) => {
                self.sent = self.sent.max(revision);
                self.sent_at = now;
            }
            // As if it had never been posted, so that it can be posted again.
            (Purpose::Application(_), Fate::Refused) => (self.posted, self.posted_as) = (self.sent, [0; 16]),
            (Purpose::Piece, fate) => {
                let Ok(address) = answered.said[..].try_into() else { return };
                match fate {
                    Fate::Taken => self.pieces_taken.insert(address),
                    Fate::Refused => self.pieces_refused.insert(address),
                    _ => false,
                };
            }
            _ => {}
        }
    }
}

fn seal_letter(cipher: &Cipher, key: &Key, letter: &Outgoing) -> Result<LetterRow, StoreError> {
    let about = About {
        key: letter.key.to_vec().into(),
        letter: letter::id(letter.posted.get(8..).unwrap_or_default()).to_vec().into(),
        purpose: letter.purpose,
        said: Some(letter.said.to_vec().into()),
    };
    let plain = Zeroizing::new(rows::write(&about));
    let sealed = cipher.seal(Table::Letters, key, 1, &plain)?;
    Ok(LetterRow { posted: letter.posted.clone(), answer: None, tried_at: 0, sealed })
}

impl About {
    fn said(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.said.as_ref().map(|it| it.to_vec()).unwrap_or_default())
    }
}

/// Opens the sealed part of a letter's row.
fn about(cipher: &Cipher, key: &Key, row: &LetterRow) -> Result<About, StoreError> {
    let opened = cipher.open(Table::Letters, key, &row.sealed);
    let plain = Zeroizing::new(opened.map_err(|_| StoreError::damaged(Table::Letters))?.1);
    rows::read(Table::Letters, &plain)
}

/// What was answered to the letter of a row; `None` while nothing was, or nothing that this server said. An answer that was
/// verified when it came, while the family was locked, counts with the key of that time.
fn read_answer(
    cipher: &Cipher,
    server: &[u8; 32],
    former: &[[u8; 32]],
    key: &Key,
    row: &[u8],
) -> Result<Option<Answered>, StoreError> {
    let row = LetterRow::from_bytes(row)?;
    let Some(answer) = &row.answer else { return Ok(None) };
    let about = about(cipher, key, &row)?;
    let damaged = || StoreError::damaged(Table::Letters);
    let id = about.letter[..].try_into().map_err(|_| damaged())?;
    let opens = Zeroizing::new(about.key[..].try_into().map_err(|_| damaged())?);
    let former = if row.posted.is_empty() { former } else { &[] };
    let read = |signer| letter::read_answer(answer, signer, id).ok();
    let Some((fate, sealed)) = read(server).or_else(|| former.iter().find_map(read)) else { return Ok(None) };
    // A reply of a later version: its fate counts all the same.
    let told = letter::read_told(&opens, id, sealed).ok().and_then(|told| minicbor::decode(&told).ok());
    let (purpose, said) = (about.purpose, about.said());
    Ok(Some(Answered { key: LetterKey(key.clone()), purpose, fate, told, said }))
}

#[cfg(test)]
mod kept;
