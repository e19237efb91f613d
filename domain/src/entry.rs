//! Entries: what a person did at once, and the bytes that are signed for it.

use crate::field::{Field, Kind};
use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
use crate::value::Value;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Most changes in one entry, and most ops in all of them together. A group of two hundred with papers fits.
pub const LIMIT: u64 = 4_096;

/// Sets one field and names the earlier entries whose values of it are thereby replaced: those its author saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// The field.
    pub field: Field,
    /// Its new value.
    pub value: Value,
    /// Entries that stated the values replaced by this one.
    pub replaces: Vec<EntryId>,
}

/// The ops on one record. Only the first change of a record makes it; there is no separate "create".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The record touched.
    pub record: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// At most one op a field.
    pub ops: Vec<Op>,
}

/// What a person did at once (a family registered, a phone number corrected). Carried and entered whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Made on the device.
    pub id: EntryId,
    /// Who did it.
    pub author: UserId,
    /// Their enrolment on the device; its key signs.
    pub enrolment: EnrolmentId,
    /// When, by the device's clock: milliseconds since 1970. For people to read; decides nothing.
    pub at: u64,
    /// The changes, at most one a record.
    pub changes: Vec<Change>,
}

/// Why bytes are no entry. For logs and tests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEntry {
    /// Not the CBOR that an entry is written in.
    #[error("not readable as an entry: {0}")]
    Unreadable(String),
    /// Written by a later version in a way this one cannot read.
    #[error("entry version {0} is not known here")]
    UnknownVersion(u64),
    /// One field was set twice in one entry, or one record changed twice: nobody could tell what was meant.
    #[error("a record or a field is named twice")]
    NamedTwice,
}

/// Version of the entry's own form.
const VERSION: u64 = 1;

impl Entry {
    /// The canonical bytes: what is signed, sealed and kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail; what was written so far would be refused by every reader.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// Says why the bytes are none; never panics, whatever they are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Entry, MalformedEntry> {
        let unreadable = |error: decode::Error| MalformedEntry::Unreadable(error.to_string());
        let mut d = Decoder::new(bytes);
        let items = d.array().map_err(unreadable)?;
        let version = d.u64().map_err(unreadable)?;
        if version != VERSION {
            return Err(MalformedEntry::UnknownVersion(version));
        }
        if items != Some(6) {
            return Err(MalformedEntry::Unreadable("an entry has six parts".into()));
        }
        let entry = Self::decode_parts(&mut d).map_err(unreadable)?;
        if d.position() != bytes.len() {
            return Err(MalformedEntry::Unreadable("bytes after the end".into()));
        }
        if entry.names_something_twice() { Err(MalformedEntry::NamedTwice) } else { Ok(entry) }
    }

    /// The records this entry touches.
    pub fn records(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.changes.iter().map(|change| change.record)
    }

    fn decode_parts(d: &mut Decoder<'_>) -> Result<Entry, decode::Error> {
        let mut ops_left = LIMIT;
        Ok(Entry {
            id: d.decode()?,
            author: d.decode()?,
            enrolment: d.decode()?,
            at: d.u64()?,
            changes: list(d, |d| {
                part(d, 3)?;
                Ok(Change {
                    record: d.decode()?,
                    kind: d.decode()?,
                    ops: list(d, |d| {
                        // Over all changes: an op takes many times its bytes in memory.
                        ops_left = ops_left
                            .checked_sub(1)
                            .ok_or_else(|| decode::Error::message("an entry has too many ops"))?;
                        let parts = d.array()?;
                        let op = Op {
                            field: d.decode()?,
                            value: d.decode()?,
                            replaces: if parts == Some(3) { list(d, |d| d.decode())? } else { Vec::new() },
                        };
                        if matches!(parts, Some(2 | 3)) {
                            Ok(op)
                        } else {
                            Err(decode::Error::message("an op has two or three parts"))
                        }
                    })?,
                })
            })?,
        })
    }

    fn names_something_twice(&self) -> bool {
        let twice = |mut keys: Vec<[u8; 16]>| {
            keys.sort_unstable();
            keys.windows(2).any(|pair| pair.first() == pair.last())
        };
        let fields = |change: &Change| {
            let mut keys: Vec<_> = change.ops.iter().map(|op| op.field).collect();
            keys.sort_unstable();
            keys.windows(2).any(|pair| pair.first() == pair.last())
        };
        twice(self.records().map(|id| id.0).collect()) || self.changes.iter().any(fields)
    }
}

/// Reads a list of known length within [`LIMIT`].
fn list<T>(
    d: &mut Decoder<'_>,
    mut item: impl FnMut(&mut Decoder<'_>) -> Result<T, decode::Error>,
) -> Result<Vec<T>, decode::Error> {
    let length = d.array()?.filter(|length| *length <= LIMIT);
    let length = length.ok_or_else(|| decode::Error::message("a list is too long or has no length"))?;
    let mut items = Vec::new();
    for _ in 0..length {
        items.push(item(d)?);
    }
    Ok(items)
}

fn part(d: &mut Decoder<'_>, expected: u64) -> Result<(), decode::Error> {
    if d.array()? == Some(expected) { Ok(()) } else { Err(decode::Error::message("wrong number of parts")) }
}

impl<C> Encode<C> for Entry {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(6)?.u64(VERSION)?;
        self.id.encode(e, ctx)?;
        self.author.encode(e, ctx)?;
        self.enrolment.encode(e, ctx)?;
        e.u64(self.at)?.array(self.changes.len() as u64)?;
        for change in &self.changes {
            e.array(3)?;
            change.record.encode(e, ctx)?;
            change.kind.encode(e, ctx)?;
            e.array(change.ops.len() as u64)?;
            for op in &change.ops {
                e.array(if op.replaces.is_empty() { 2 } else { 3 })?;
                op.field.encode(e, ctx)?;
                op.value.encode(e, ctx)?;
                if !op.replaces.is_empty() {
                    e.array(op.replaces.len() as u64)?;
                    op.replaces.iter().try_for_each(|id| id.encode(e, ctx))?;
                }
            }
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Entry {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let start = d.position();
        d.skip()?;
        let bytes = d.input().get(start..d.position()).unwrap_or_default();
        Entry::from_bytes(bytes).map_err(|error| decode::Error::message(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::hex;

    fn sample() -> Entry {
        Entry {
            id: EntryId([1; 16]),
            author: UserId([2; 16]),
            enrolment: EnrolmentId([3; 16]),
            at: 1_790_000_000_000,
            changes: vec![Change {
                record: RecordId([4; 16]),
                kind: Kind::INDIVIDUAL,
                ops: vec![
                    Op { field: Field::GIVEN_NAMES, value: Value::Text("Amina".into()), replaces: vec![] },
                    Op { field: Field::PHONE, value: Value::Nothing, replaces: vec![EntryId([9; 16])] },
                ],
            }],
        }
    }

    /// Version 1 as first released. Never edit: devices hold entries of this form.
    const KEPT: &str = "86015001010101010101010101010101010101500202020202020202020202020202020250030303030303030303030303030303031b000001a0c4506c0081835004040404040404040404040404040404028282182a65416d696e61831834f6815009090909090909090909090909090909";

    #[test]
    fn the_first_released_form_stays_readable() {
        assert_eq!(hex(&sample().to_bytes()), KEPT);
        assert_eq!(Entry::from_bytes(&sample().to_bytes()), Ok(sample()));
    }

    #[test]
    fn nothing_but_a_whole_entry_is_taken() {
        let bytes = sample().to_bytes();
        for end in 0..bytes.len() {
            assert!(Entry::from_bytes(&bytes[..end]).is_err());
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Entry::from_bytes(&longer).is_err());
        let mut later = bytes;
        later[1] = 2;
        assert_eq!(Entry::from_bytes(&later), Err(MalformedEntry::UnknownVersion(2)));
    }

    #[test]
    fn an_entry_with_too_many_ops_in_all_is_refused() {
        let with = |ops: u64| {
            let mut entry = sample();
            let op = |field| Op { field: Field(field), value: Value::Flag(true), replaces: vec![] };
            let change = |(record, ops): (u8, u64)| Change {
                record: RecordId([record; 16]),
                kind: Kind::GROUP,
                ops: (0..ops).map(|field| op(u16::try_from(field).unwrap())).collect(),
            };
            entry.changes = [(1, LIMIT / 2), (2, ops - LIMIT / 2)].map(change).into();
            Entry::from_bytes(&entry.to_bytes()).is_ok()
        };
        assert!(with(LIMIT));
        assert!(!with(LIMIT + 1));
    }

    #[test]
    fn a_field_or_a_record_named_twice_is_refused() {
        let mut twice = sample();
        twice.changes[0].ops[1].field = Field::GIVEN_NAMES;
        assert_eq!(Entry::from_bytes(&twice.to_bytes()), Err(MalformedEntry::NamedTwice));
        let mut twice = sample();
        twice.changes.push(twice.changes[0].clone());
        assert_eq!(Entry::from_bytes(&twice.to_bytes()), Err(MalformedEntry::NamedTwice));
    }
}
