//! The stored form of records. Two versions, and both stay readable for ever.
//!
//! Version 1: `[1, id, kind, [entry, author, at, …], [field, [value, entry index, …], [replaced…], …]]`.
//! Entries are named once and then by index: most records were stated by one.
//!
//! Version 2: `[2, id, kind, [entry, author, at, …], [entry, …], [field, [value, index, …],
//! [[index, [index of what replaced it, …], value], …], …]]`. The second list names entries of which only the id
//! has come; indices count on from the first list into it. The value is left out where it is not known; of a picture
//! that was replaced it is an empty text, whatever an older version wrote.
//!
//! A record is written in version 1 as long as that says all there is to say: it knows neither what a replaced
//! statement said nor what replaced it. Records that were never amended, which are most, are the same in both.

use super::{Cell, Record, Replaced, Stated};
use crate::field::Field;
use crate::id::{EntryId, UserId};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use std::collections::{BTreeMap, BTreeSet};

/// Whether version 1 would leave something out.
fn needs_version_2(record: &Record) -> bool {
    let replaced = record.cells.values().flat_map(|cell| cell.replaced.values());
    replaced.into_iter().any(|replaced| replaced.was.is_some() || !replaced.by.is_empty())
}

/// The entries that a record names, each once.
struct Names {
    /// Those of which something is known.
    known: BTreeMap<EntryId, (UserId, u64)>,
    /// The others.
    bare: BTreeSet<EntryId>,
    /// Where each lies in the two lists.
    places: BTreeMap<EntryId, u64>,
}

impl Names {
    fn of(record: &Record) -> Names {
        let mut names = Names { known: BTreeMap::new(), bare: BTreeSet::new(), places: BTreeMap::new() };
        for stated in record.cells.values().flat_map(Cell::known) {
            // One entry has one author and one time; should two ever be told, the same one is written always.
            let told = (stated.author, stated.at);
            let held = names.known.entry(stated.entry).or_insert(told);
            *held = (*held).min(told);
        }
        for cell in record.cells.values() {
            for (entry, replaced) in &cell.replaced {
                let all = replaced.by.iter().chain([entry]);
                names.bare.extend(all.filter(|entry| !names.known.contains_key(*entry)));
            }
        }
        names.places = names.known.keys().chain(&names.bare).copied().zip(0..).collect();
        names
    }

    /// Where an entry lies. Every one that the record names does.
    fn index(&self, entry: &EntryId) -> u64 {
        self.places.get(entry).copied().unwrap_or_default()
    }
}

impl<C> Encode<C> for Record {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let whole = needs_version_2(self);
        let names = Names::of(self);
        e.array(if whole { 6 } else { 5 })?.u64(if whole { 2 } else { 1 })?;
        self.id.encode(e, ctx)?;
        self.kind.encode(e, ctx)?;
        e.array(names.known.len() as u64 * 3)?;
        for (entry, (author, at)) in &names.known {
            entry.encode(e, ctx)?;
            author.encode(e, ctx)?;
            e.u64(*at)?;
        }
        if whole {
            e.array(names.bare.len() as u64)?;
            names.bare.iter().try_for_each(|entry| entry.encode(e, ctx))?;
        }
        e.array(self.cells.len() as u64 * 3)?;
        for (field, cell) in &self.cells {
            field.encode(e, ctx)?;
            e.array(cell.stated.len() as u64 * 2)?;
            for stated in cell.stated.values() {
                stated.value.encode(e, ctx)?;
                e.u64(names.index(&stated.entry))?;
            }
            e.array(cell.replaced.len() as u64)?;
            for (entry, replaced) in &cell.replaced {
                if whole {
                    e.array(if replaced.was.is_some() { 3 } else { 2 })?.u64(names.index(entry))?;
                    e.array(replaced.by.len() as u64)?;
                    replaced.by.iter().try_for_each(|by| e.u64(names.index(by)).map(drop))?;
                    replaced.was.iter().try_for_each(|was| was.value.encode(e, ctx))?;
                } else {
                    entry.encode(e, ctx)?;
                }
            }
        }
        Ok(())
    }
}

/// What an index stands for: an entry, with its author and its time where they are known.
type Named = (EntryId, Option<(UserId, u64)>);

impl<'b, C> Decode<'b, C> for Record {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let parts = d.array()?;
        let whole = match (parts, d.u64()?) {
            (Some(5), 1) => false,
            (Some(6), 2) => true,
            _ => return Err(decode::Error::message("a record version that is not known here")),
        };
        let mut record = Record::new(d.decode()?, d.decode()?);
        let mut names: Vec<Named> = Vec::new();
        for _ in 0..length(d)? / 3 {
            names.push((d.decode()?, Some((d.decode()?, d.u64()?))));
        }
        if whole {
            for _ in 0..length(d)? {
                names.push((d.decode()?, None));
            }
        }
        for _ in 0..length(d)? / 3 {
            let field = d.decode()?;
            let mut cell = Cell::default();
            for _ in 0..length(d)? / 2 {
                let value = d.decode()?;
                let (entry, told) = named(d, &names)?;
                let (author, at) = told.ok_or_else(without)?;
                cell.stated.insert(entry, Stated { value, entry, author, at });
            }
            for _ in 0..length(d)? {
                let (entry, replaced) = if whole {
                    decode_replaced(d, field, &names)?
                } else {
                    (d.decode()?, Replaced::default())
                };
                cell.stated.remove(&entry);
                cell.replaced.insert(entry, replaced);
            }
            record.cells.insert(field, cell);
        }
        Ok(record)
    }
}

fn decode_replaced(
    d: &mut Decoder<'_>,
    field: Field,
    names: &[Named],
) -> Result<(EntryId, Replaced), decode::Error> {
    let parts = length(d)?;
    let (entry, told) = named(d, names)?;
    let mut replaced = Replaced::default();
    for _ in 0..length(d)? {
        replaced.by.insert(named(d, names)?.0);
    }
    match parts {
        2 => {}
        3 => {
            let (author, at) = told.ok_or_else(without)?;
            replaced.was = Some(Stated { value: d.decode()?, entry, author, at }.once_replaced(field));
        }
        _ => return Err(decode::Error::message("a replaced statement has two or three parts")),
    }
    Ok((entry, replaced))
}

fn named(d: &mut Decoder<'_>, names: &[Named]) -> Result<Named, decode::Error> {
    let at = usize::try_from(d.u64()?).ok().and_then(|index| names.get(index));
    at.copied().ok_or_else(without)
}

fn without() -> decode::Error {
    decode::Error::message("a statement without its entry")
}

fn length(d: &mut Decoder<'_>) -> Result<u64, decode::Error> {
    d.array()?.ok_or_else(|| decode::Error::message("a list without a length"))
}
