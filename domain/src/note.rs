//! Sealed notes: who may read one, as its record says. What it says itself is ciphertext here, see `seal::note`.
//!
//! Statements of readers add up, and taking somebody off wins over whatever stands beside it: two people who each take
//! one off at once have taken off both. Nothing of a note but who wrote it, who may read it and what it hangs on is
//! for anybody who does not read it.

use crate::entry::{Change, Op};
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId, UserId};
use crate::permission::Role;
use crate::record::{Record, Stated};
use crate::value::{CODES_LIMIT, Value};
use std::collections::{BTreeMap, BTreeSet};

mod draft;

pub use draft::{NoteDraft, NoteFault, TEXT_LIMIT};

/// Stands before the id of somebody who was taken off.
const OFF: char = '-';

/// Most people who may read one note, those who were taken off included.
pub const READERS_LIMIT: usize = CODES_LIMIT as usize;

/// A note, read from its record.
#[derive(Clone, Copy, Debug)]
pub struct SealedNote<'r>(&'r Record);

impl<'r> SealedNote<'r> {
    /// Reads a record; `None` for one of another kind.
    #[must_use]
    pub fn of(record: &'r Record) -> Option<Self> {
        (record.kind == Kind::NOTE).then_some(Self(record))
    }

    /// Its record's id.
    #[must_use]
    pub fn id(self) -> RecordId {
        self.0.id
    }

    /// The person or group that it hangs on.
    #[must_use]
    pub fn owner(self) -> Option<RecordId> {
        self.0.shown(Field::OWNER).and_then(Value::as_ref)
    }

    /// Who wrote it: the author of the first statement of what it hangs on, which also they are told who do not read it.
    #[must_use]
    pub fn writer(self) -> Option<UserId> {
        self.first().map(|stated| stated.author)
    }

    /// When it was written, by the clock of its writer's device.
    #[must_use]
    pub fn written_at(self) -> Option<u64> {
        self.first().map(|stated| stated.at)
    }

    /// Code of list `note_topics`.
    #[must_use]
    pub fn topic(self) -> Option<&'r str> {
        self.0.shown(Field::NOTE_TOPIC).and_then(Value::as_text)
    }

    /// The sealed texts that stand, oldest entry first: one, or several when two devices sealed it anew at once.
    #[must_use]
    pub fn sealed(self) -> Vec<(EntryId, &'r str)> {
        let stated = self.0.stated(Field::NOTE_SEALED);
        stated.filter_map(|stated| Some((stated.entry, stated.value.as_text()?))).collect()
    }

    /// The wraps of its keys that stand.
    #[must_use]
    pub fn wraps(self) -> Vec<&'r str> {
        self.0.stated(Field::NOTE_WRAPS).filter_map(|stated| stated.value.as_text()).collect()
    }

    /// Who may read it: the writer, and all whom a statement names and none takes off.
    #[must_use]
    pub fn readers(self) -> BTreeSet<UserId> {
        readers(self.0)
    }

    /// Whether somebody may read it.
    #[must_use]
    pub fn may_read(self, user: UserId) -> bool {
        self.readers().contains(&user)
    }

    /// Its readers that were named by who may name them, each with the time of it, by the clock of who did: the writer
    /// since it was written, everybody else since a statement of the writer, of somebody who was a reader, or of who
    /// supervises. Being named again counts only for who was taken off in between. Nobody names themselves, be it who
    /// supervises or who has a device of a reader in hand. Readers whom nobody else named are missing.
    #[must_use]
    pub fn named(self, supervises: impl Fn(UserId) -> bool) -> BTreeMap<UserId, u64> {
        let ever = self.ever_named(&supervises);
        let known: Vec<&Stated> = self.0.known(Field::NOTE_READERS).collect();
        let at = |user: UserId| {
            let said_so = |is_on: bool| {
                let others = known.iter().filter(move |stated| !is_on || stated.author != user);
                let mine = others.filter(move |stated| said(stated).any(|told| told == (user, is_on)));
                mine.filter(|stated| ever.contains(&stated.author) || supervises(stated.author))
                    .map(|stated| stated.at)
            };
            let off = said_so(false).max();
            let since = said_so(true).filter(|at| off.is_none_or(|off| *at > off)).min();
            // Clocks differ: who was let in again by a clock that is behind was so by the last that says it.
            since.or_else(|| said_so(true).max())
        };
        let since = |user| if Some(user) == self.writer() { self.written_at() } else { at(user) };
        self.readers().into_iter().filter_map(|user| Some((user, since(user)?))).collect()
    }

    /// Everybody who read it at any time, as far as who may name readers named them.
    #[must_use]
    pub fn ever_named(self, supervises: impl Fn(UserId) -> bool) -> BTreeSet<UserId> {
        let mut ever: BTreeSet<UserId> = self.writer().into_iter().collect();
        loop {
            let known = self.0.known(Field::NOTE_READERS);
            let by_these = known.filter(|stated| ever.contains(&stated.author) || supervises(stated.author));
            let named = by_these.flat_map(|stated| said(stated).map(|told| (stated.author, told)));
            let named = named.filter_map(|(by, (user, is_on))| (is_on && user != by).then_some(user));
            let fresh: Vec<UserId> = named.filter(|user| !ever.contains(user)).collect();
            if fresh.is_empty() {
                return ever;
            }
            ever.extend(fresh);
        }
    }

    /// The wraps of its keys that stand, each with who stated it.
    pub fn wraps_by(self) -> impl Iterator<Item = (UserId, &'r str)> {
        let stated = self.0.stated(Field::NOTE_WRAPS);
        stated.filter_map(|stated| Some((stated.author, stated.value.as_text()?)))
    }

    /// Lets more people read it; `None` when all of them may already.
    #[must_use]
    pub fn letting_in(self, users: &BTreeSet<UserId>) -> Option<Op> {
        let mine = self.readers();
        let fresh: BTreeSet<UserId> = users.difference(&mine).copied().collect();
        if fresh.is_empty() {
            return None;
        }
        // Whoever was taken off is let in by taking that back; all others only add up.
        let off: Vec<&Stated> = self.statements().filter(|stated| names_off(stated, &fresh)).collect();
        Some(self.restated(&off, fresh, &BTreeSet::new()))
    }

    /// Takes somebody off; `None` for who may not read it, and for its writer.
    #[must_use]
    pub fn taking_off(self, user: UserId) -> Option<Op> {
        if !self.may_read(user) || self.writer() == Some(user) {
            return None;
        }
        let named: Vec<&Stated> = self.statements().filter(|stated| names(stated, user)).collect();
        Some(self.restated(&named, BTreeSet::new(), &[user].into()))
    }

    /// One statement in place of these, with some people more or less.
    fn restated(self, in_place_of: &[&Stated], on: BTreeSet<UserId>, off: &BTreeSet<UserId>) -> Op {
        let (mut stays_on, mut stays_off) = (BTreeSet::new(), BTreeSet::new());
        for (user, is_on) in in_place_of.iter().flat_map(|stated| said(stated)) {
            if is_on {
                stays_on.insert(user)
            } else {
                stays_off.insert(user)
            };
        }
        stays_off.retain(|user| !on.contains(user));
        stays_off.extend(off);
        stays_on.extend(on);
        stays_on.retain(|user| !stays_off.contains(user));
        let codes = stays_on.iter().map(UserId::to_string);
        let codes = codes.chain(stays_off.iter().map(|user| format!("{OFF}{user}")));
        Op {
            field: Field::NOTE_READERS,
            value: Value::Codes(codes.collect()),
            replaces: in_place_of.iter().map(|stated| stated.entry).collect(),
        }
    }

    fn statements(self) -> impl Iterator<Item = &'r Stated> {
        self.0.stated(Field::NOTE_READERS)
    }

    fn first(self) -> Option<&'r Stated> {
        self.0.stated(Field::OWNER).min_by_key(|stated| (stated.at, stated.entry))
    }
}

/// Who may read the note of a record: its writer, and all whom a statement names and none takes off. Nobody for records
/// of other kinds. One rule for the device and for the server, which hands the note to these people alone.
#[must_use]
pub fn readers(record: &Record) -> BTreeSet<UserId> {
    let Some(note) = SealedNote::of(record) else { return BTreeSet::new() };
    let mut told: BTreeMap<UserId, bool> = BTreeMap::new();
    for (user, is_on) in note.statements().flat_map(said) {
        let stands = told.entry(user).or_insert(true);
        *stands &= is_on;
    }
    let named = told.into_iter().filter_map(|(user, is_on)| is_on.then_some(user));
    named.chain(note.writer()).collect()
}

/// The changes that write a note. `sealed` and `wraps` are texts of `seal::note`.
#[must_use]
pub fn write(
    note: RecordId,
    owner: RecordId,
    topic: &str,
    readers: &BTreeSet<UserId>,
    sealed: String,
    wraps: String,
) -> Change {
    let op = |field, value| Op { field, value, replaces: Vec::new() };
    let readers = readers.iter().map(UserId::to_string).collect();
    Change {
        record: note,
        kind: Kind::NOTE,
        ops: vec![
            op(Field::OWNER, Value::Ref(owner)),
            op(Field::NOTE_TOPIC, Value::text(topic)),
            op(Field::NOTE_SEALED, Value::Text(sealed)),
            op(Field::NOTE_WRAPS, Value::Text(wraps)),
            op(Field::NOTE_READERS, Value::Codes(readers)),
        ],
    }
}

/// Whether somebody may have made a change to a note that is held (`None` for one that it begins). Readers state
/// all but what it hangs on; a supervisor of the place states who reads it and nothing else.
#[must_use]
pub fn may_change(
    user: UserId,
    role: Role,
    is_in_reach: bool,
    held: Option<&Record>,
    change: &Change,
) -> bool {
    let Some(held) = held else { return change.ops.iter().any(|op| op.field == Field::OWNER) };
    let states = |fields: &[Field]| change.ops.iter().all(|op| fields.contains(&op.field));
    let is_reader = readers(held).contains(&user);
    let supervises = role == Role::Supervisor && is_in_reach;
    (is_reader && states(&[Field::NOTE_SEALED, Field::NOTE_WRAPS, Field::NOTE_READERS, Field::NOTE_TOPIC]))
        || (supervises && states(&[Field::NOTE_READERS]))
        // The very entry that began it, come again.
        || held.stated(Field::OWNER).any(|stated| stated.author == user)
}

/// The people whom a statement names, and whether they may read.
fn said(stated: &Stated) -> impl Iterator<Item = (UserId, bool)> + use<'_> {
    let codes = stated.value.as_codes().unwrap_or_default();
    codes.iter().filter_map(|code| match code.strip_prefix(OFF) {
        Some(off) => Some((UserId::parse(off)?, false)),
        None => Some((UserId::parse(code)?, true)),
    })
}

fn names(stated: &Stated, user: UserId) -> bool {
    said(stated).any(|(named, _)| named == user)
}

fn names_off(stated: &Stated, users: &BTreeSet<UserId>) -> bool {
    said(stated).any(|(named, is_on)| !is_on && users.contains(&named))
}

#[cfg(test)]
mod tests;
