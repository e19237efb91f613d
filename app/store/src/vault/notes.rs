//! Sealed notes on this device: writing one, reading it, and keeping it sealed for whoever may read it.
//!
//! A note is an entry like any other. Who may read it is stated by people; that its key is wrapped for their devices,
//! and that the text is sealed anew when somebody was taken off, is seen to by the devices of its readers, whenever
//! they hear of it. Two of them may do so at once.

use super::{Note, SavedAt, Vault};
use crate::rows;
use crate::tables::Table;
use crate::{StoreError, clock};
use domain::{
    Change, DraftId, Entry, EntryId, Field, GroupView, Individual, Kind, Op, Record, RecordId, SealedNote,
    UserId, Value,
};
use seal::note::{self, NoteKey, Reader};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

mod devices;

use devices::Trusted;
pub use devices::WaitingDevice;

/// A note to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    /// Its record, fresh.
    pub record: RecordId,
    /// The entry, fresh: saving twice saves once.
    pub entry: EntryId,
    /// The person or group.
    pub owner: RecordId,
    /// Code of list `note_topics`.
    pub topic: String,
    /// What it says.
    pub text: Zeroizing<String>,
    /// Who may read it; whoever writes it always may.
    pub readers: BTreeSet<UserId>,
}

/// Why a note is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// Its key was not wrapped for this device yet: a reader's device does so when it hears of this one, or a person
    /// who reads it, see [`Vault::is_new_for`].
    NotYet,
    /// It does not open: it was changed on the way, or made by a later version.
    Damaged,
    /// The store.
    Store(StoreError),
}

impl From<StoreError> for NotOpened {
    fn from(error: StoreError) -> Self {
        NotOpened::Store(error)
    }
}

impl Vault {
    /// The sealed notes on a person or a group that lie here, oldest first: those that this user may read, and for who
    /// supervises those of which they are told that they are.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn notes_of(&self, owner: RecordId) -> Result<Vec<Record>, StoreError> {
        let ids = self.with(|open| open.index.linked(owner, Kind::NOTE))?;
        self.records(&ids).await
    }

    /// What a note says. Several texts where several stand that differ.
    ///
    /// # Errors
    /// Why it is not shown.
    pub fn read_note(&self, record: &Record) -> Result<Vec<Zeroizing<String>>, NotOpened> {
        let mut texts: Vec<Zeroizing<String>> = Vec::new();
        for (_, _, text) in self.opened_note(record)? {
            let text = core::str::from_utf8(&text).map_err(|_| NotOpened::Damaged)?.to_owned();
            let text = Zeroizing::new(text);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// Seals a note for its readers' devices, as far as they are known, and saves it; drops its draft.
    ///
    /// # Errors
    /// As [`Vault::save`]; [`StoreError::TooLarge`] for a text over [`note::LIMIT`].
    pub async fn write_note(
        &self,
        new: &NewNote,
        about: Note,
        draft: Option<DraftId>,
    ) -> Result<SavedAt, StoreError> {
        let change = self.note_change(new).await?;
        match self.save(&self.entry_of(new.entry, vec![change]), about, draft).await {
            // Sealed twice it is not the same bytes, but it may be the same note.
            Err(StoreError::SavedBefore) if self.says_the_same(new).await? => {
                self.discard_if(draft).await?;
                Ok(SavedAt { ms: clock::now_ms(), already: true })
            }
            outcome => outcome,
        }
    }

    /// The change that writes a note, sealed for its readers' devices as far as they are known: to be saved with others.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a text over [`note::LIMIT`], [`StoreError::Locked`], and when the browser does not
    /// answer.
    pub async fn note_change(&self, new: &NewNote) -> Result<Change, StoreError> {
        let me = self.identity();
        let mut readers = new.readers.clone();
        readers.insert(me.user);
        let devices = self.devices_of(&readers).await?;
        let (sealed, wraps) = {
            let mut rng = clock::rng();
            let too_large = |_| StoreError::TooLarge;
            let (key, sealed) = note::seal(&mut rng, new.record, new.text.as_bytes()).map_err(too_large)?;
            (sealed, note::wrap(&mut rng, new.record, &key, &devices)?)
        };
        Ok(domain::note::write(new.record, new.owner, &new.topic, &readers, sealed, wraps))
    }

    /// Lets colleagues read a note, or takes one off, in an entry of this id. Their devices get its key from the device
    /// of somebody who reads it, which may be this one and may be another, later. Whether anything changed.
    ///
    /// # Errors
    /// As [`Vault::save`].
    pub async fn change_readers(
        &self,
        record: &Record,
        entry: EntryId,
        let_in: &BTreeSet<UserId>,
        take_off: Option<UserId>,
        about: Note,
    ) -> Result<bool, StoreError> {
        let Some(held) = SealedNote::of(record) else { return Ok(false) };
        let op = match take_off {
            Some(user) => held.taking_off(user),
            None => held.letting_in(let_in),
        };
        let Some(op) = op else { return Ok(false) };
        let change = Change { record: record.id, kind: Kind::NOTE, ops: vec![op] };
        self.save(&self.entry_of(entry, vec![change]), about, None).await?;
        // Whoever reads it need not wait for another device.
        self.tend_sealed().await?;
        Ok(true)
    }

    /// Sees to what is sealed: wraps keys of notes for readers' devices that lack them, seals notes anew of which
    /// somebody was taken off, and has sealed people follow a group that was merged. To be called whenever something
    /// was taken in. Gives how many records were seen to; none when nothing was to be done.
    ///
    /// # Errors
    /// As [`Vault::save`]; what was seen to before stays so.
    pub async fn tend_sealed(&self) -> Result<usize, StoreError> {
        let mut tended = 0;
        let role = domain::Role::from_code(self.identity().role);
        let may = |kind| role.is_some_and(|role| domain::may(role, domain::Act::Amend, kind));
        if !may(Kind::NOTE) {
            return Ok(0);
        }
        for (change, whose) in self.to_reseal().await?.into_iter().chain(self.to_follow().await?) {
            let id = EntryId::fresh(clock::now_ms(), clock::random());
            let about = self.about(change.kind, whose).await?;
            self.save(&self.entry_of(id, vec![change]), about, None).await?;
            tended += 1;
        }
        Ok(tended)
    }

    /// Changes that keep the notes sealed for whoever may read them, of those that this device opens.
    async fn to_reseal(&self) -> Result<Vec<(Change, RecordId)>, StoreError> {
        let me = self.identity().user;
        let ids = self.sealed_ids(Kind::NOTE)?;
        let mut changes = Vec::new();
        if ids.is_empty() {
            return Ok(changes);
        }
        let colleagues = self.colleagues().await?;
        for record in self.records(&ids).await? {
            let Some(held) = SealedNote::of(&record) else { continue };
            let readers = held.readers();
            if !readers.contains(&me) {
                continue;
            }
            let Ok(opened) = self.opened_note(&record) else { continue };
            let devices = self.devices_among(&colleagues, &readers)?;
            let trusted = Trusted::of(held, &colleagues, self.identity().enrolment);
            let change = reseal(&record, &readers, &devices, &trusted, &opened)?;
            changes.extend(change.zip(held.owner()));
        }
        Ok(changes)
    }

    /// Changes by which sealed people follow groups that were merged.
    async fn to_follow(&self) -> Result<Vec<(Change, RecordId)>, StoreError> {
        let ids = self.sealed_ids(Kind::INDIVIDUAL)?;
        let people = self.records(&ids).await?;
        let mut into: BTreeMap<RecordId, Option<RecordId>> = BTreeMap::new();
        let mut wanted: Vec<RecordId> =
            people.iter().filter_map(|one| reference(one, Field::GROUP)).collect();
        while !wanted.is_empty() {
            let groups = self.records(&wanted).await?;
            into.extend(groups.iter().map(|group| (group.id, reference(group, Field::MERGED_INTO))));
            // Nobody is sent to a group that is not known here.
            let known = self.with(|open| {
                let next = groups.iter().filter_map(|group| reference(group, Field::MERGED_INTO));
                next.filter(|group| open.index.holds(*group)).collect::<BTreeSet<_>>()
            })?;
            wanted = known.into_iter().filter(|group| !into.contains_key(group)).collect();
        }
        let there = |group| into.get(&group).copied().flatten().filter(|next| into.contains_key(next));
        let followed =
            people.iter().filter_map(|one| Some((domain::sealed_member::follow(one, there)?, one.id)));
        Ok(followed.collect())
    }

    /// What the list of what waits says of it, to this user alone.
    async fn about(&self, kind: Kind, whose: RecordId) -> Result<Note, StoreError> {
        let record = self.record(whose).await?;
        let of_group = record.as_ref().is_some_and(|record| record.kind == Kind::GROUP);
        let person = record.map(|record| match record.kind {
            Kind::GROUP => GroupView::from_record(&record).printed_ref().unwrap_or_default(),
            _ => Individual::from_record(&record).display_name(),
        });
        let act = match (kind, of_group) {
            (Kind::NOTE, true) => "group_note_tended",
            (Kind::NOTE, false) => "note_tended",
            _ => "member_followed",
        };
        Ok(Note { person: person.unwrap_or_default(), act: act.into(), record: whose })
    }

    fn sealed_ids(&self, wanted: Kind) -> Result<Vec<RecordId>, StoreError> {
        let sealed = self.with(|open| open.index.sealed())?;
        Ok(sealed.into_iter().filter(|(kind, _)| *kind == wanted).map(|(_, id)| id).collect())
    }

    /// The texts of a note that stand, with the entries that stated them and their keys.
    fn opened_note(&self, record: &Record) -> Result<Vec<Opened>, NotOpened> {
        let held = SealedNote::of(record).ok_or(NotOpened::Damaged)?;
        let session = self.session()?;
        let me = self.identity();
        let wraps = held.wraps();
        let mut opened = Vec::new();
        let mut why = NotOpened::NotYet;
        for (entry, sealed) in held.sealed() {
            let key =
                note::unwrap(record.id, sealed, wraps.iter().copied(), &session.keys, me.enrolment, me.user);
            let text = key.and_then(|key| Ok((note::open(record.id, sealed, &key)?, key)));
            match text {
                Ok((text, key)) => opened.push((entry, key, text)),
                Err(seal::SealError::WrongKey) => {}
                Err(_) => why = NotOpened::Damaged,
            }
        }
        if opened.is_empty() { Err(why) } else { Ok(opened) }
    }

    /// Whether the note that was saved of this record says what this one does.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn says_the_same(&self, new: &NewNote) -> Result<bool, StoreError> {
        let Some(record) = self.record(new.record).await? else { return Ok(false) };
        let Some(held) = SealedNote::of(&record) else { return Ok(false) };
        let same_text = self.read_note(&record).is_ok_and(|texts| texts.contains(&new.text));
        Ok(same_text && held.topic() == Some(new.topic.as_str()) && new.readers.is_subset(&held.readers()))
    }

    fn entry_of(&self, id: EntryId, changes: Vec<Change>) -> Entry {
        let me = self.identity();
        Entry { id, author: me.user, enrolment: me.enrolment, at: clock::now_ms(), changes }
    }

    async fn discard_if(&self, draft: Option<DraftId>) -> Result<(), StoreError> {
        match draft {
            Some(draft) => self.discard_draft(draft).await,
            None => Ok(()),
        }
    }
}

/// A text that stands: the entry that stated it, its key, what it says.
type Opened = (EntryId, NoteKey, Zeroizing<Vec<u8>>);

/// The text that a note says, of several that say the same, sealed anew by two devices at once, the last; `None` where
/// different ones stand, which are for people, or one that does not open here, which is not thrown away here.
fn only_text<'o>(held: SealedNote<'o>, opened: &'o [Opened]) -> Option<(&'o str, &'o Opened)> {
    let last = opened.last()?;
    let standing = held.sealed();
    let (_, sealed) = *standing.iter().find(|(of, _)| *of == last.0)?;
    let are_one = opened.len() == standing.len() && opened.iter().all(|(.., other)| *other == last.2);
    are_one.then_some((sealed, last))
}

/// What is to be stated so that a note is sealed for its readers' devices and for no other; `None` when it is.
/// Whoever wraps nothing by themselves for a device keeps what somebody gave it, see [`Trusted`].
fn reseal(
    record: &Record,
    readers: &BTreeSet<UserId>,
    devices: &[Reader],
    trusted: &Trusted,
    opened: &[Opened],
) -> Result<Option<Change>, StoreError> {
    let Some(held) = SealedNote::of(record) else { return Ok(None) };
    let Some((sealed, (_, key, text))) = only_text(held, opened) else { return Ok(None) };
    let standing = held.sealed();
    let wrapped = note::wrapped_for(sealed, held.wraps());
    let all: Vec<EntryId> = record.stated(Field::NOTE_WRAPS).map(|stated| stated.entry).collect();
    let mut rng = clock::rng();
    let change = |ops| Change { record: record.id, kind: Kind::NOTE, ops };
    let wraps = |text, replaces| Op { field: Field::NOTE_WRAPS, value: Value::Text(text), replaces };
    let seals = |text| Op {
        field: Field::NOTE_SEALED,
        value: Value::Text(text),
        replaces: standing.iter().map(|(entry, _)| *entry).collect(),
    };
    // Somebody had the key who may not read it any more: another key. Not by a device that knows nobody's keys yet:
    // it would shut out all others.
    let had = |user: &UserId| wrapped.iter().any(|(other, _)| other == user);
    let knows = |user: &UserId| devices.iter().any(|device| device.user == *user);
    if wrapped.iter().any(|(user, _)| !readers.contains(user)) {
        let others = readers.iter().filter(|user| had(user)).count();
        if others > 1 && readers.iter().filter(|user| had(user) && knows(user)).count() <= 1 {
            return Ok(None);
        }
        let given = trusted.given(held, sealed);
        let stay = |it: &Reader| trusted.was_there(it) || given.contains(&(it.user, it.enrolment));
        let devices: Vec<Reader> = devices.iter().copied().filter(stay).collect();
        let (key, sealed) = note::seal(&mut rng, record.id, text)?;
        let wrapped = note::wrap(&mut rng, record.id, &key, &devices)?;
        return Ok(Some(change(vec![seals(sealed), wraps(wrapped, all)])));
    }
    let lacks = |it: &Reader| !wrapped.contains(&(it.user, it.enrolment)) && trusted.was_there(it);
    let lacking: Vec<Reader> = devices.iter().copied().filter(lacks).collect();
    let mut ops = Vec::new();
    // Two devices that settled it at once have stated the same.
    if standing.iter().any(|(_, other)| *other != sealed) {
        ops.push(seals(sealed.to_owned()));
    }
    if !lacking.is_empty() {
        ops.push(wraps(note::wrap(&mut rng, record.id, key, &lacking)?, Vec::new()));
    }
    Ok((!ops.is_empty()).then(|| change(ops)))
}

fn reference(record: &Record, field: Field) -> Option<RecordId> {
    record.shown(field).and_then(Value::as_ref)
}

/// What is typed of a note and not saved yet, for [`Vault::save_draft`], whose bytes the server opens: so it is sealed
/// within them to this enrolment, and the server keeps what it cannot read.
impl Vault {
    /// Seals a draft's bytes for this enrolment alone.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] over [`note::LIMIT`], [`StoreError::Locked`].
    pub fn seal_own_draft(&self, id: DraftId, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (me, own) = (self.identity(), self.session()?.keys.public()?);
        let mine = Reader { user: me.user, enrolment: me.enrolment, inbox: own.inbox };
        let mut rng = clock::rng();
        let (key, sealed) = note::seal(&mut rng, RecordId(id.0), plain).map_err(|_| StoreError::TooLarge)?;
        let wraps = note::wrap(&mut rng, RecordId(id.0), &key, &[mine])?;
        Ok(rows::write(&OwnDraft { sealed, wraps }))
    }

    /// Opens what [`Self::seal_own_draft`] sealed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it does not open, [`StoreError::Locked`].
    pub fn open_own_draft(&self, id: DraftId, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let OwnDraft { sealed, wraps } = rows::read(Table::Drafts, bytes)?;
        let (me, session) = (self.identity(), self.session()?);
        let of = RecordId(id.0);
        let key = note::unwrap(of, &sealed, [wraps.as_str()], &session.keys, me.enrolment, me.user);
        let opened = key.and_then(|key| note::open(of, &sealed, &key));
        opened.map_err(|_| StoreError::damaged(Table::Drafts))
    }
}

/// A draft that only its author opens.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct OwnDraft {
    #[n(0)]
    sealed: String,
    #[n(1)]
    wraps: String,
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod tests;
