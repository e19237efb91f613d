//! Taking an entry out of a record again: the server did not enter it, and what it stated is not so.

use super::{Cell, Record};
use crate::field::Field;
use crate::id::EntryId;
use crate::value::Value;

/// What came of forgetting an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forgot {
    /// The record knew nothing of it.
    Nothing,
    /// It is out, and what it replaced stands again.
    All,
    /// As before, but for a picture that it replaced: a record does not remember those, see
    /// [`Field::is_forgotten`]. Whoever holds the record otherwise must tell it again.
    AllButAPicture,
}

impl Record {
    /// Takes out what an entry stated, and lets stand again what it alone replaced. What others stated and replaced
    /// stays. Should the entry be told again, it is there again: nothing remembers that it was forgotten.
    ///
    /// Of what was replaced before records kept by whom, nobody knows that others had replaced it too.
    pub fn forget(&mut self, entry: EntryId) -> Forgot {
        let forgot = self.cells.iter_mut().map(|(field, cell)| cell.forget(*field, entry)).max();
        self.cells.retain(|_, cell| !(cell.stated.is_empty() && cell.replaced.is_empty()));
        forgot.unwrap_or(Forgot::Nothing)
    }

    /// Whether nothing was stated of it, nor replaced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

impl Cell {
    fn forget(&mut self, field: Field, entry: EntryId) -> Forgot {
        let mut forgot = if self.stated.remove(&entry).is_some() { Forgot::All } else { Forgot::Nothing };
        if let Some(its) = self.replaced.get_mut(&entry)
            && its.was.take().is_some()
        {
            forgot = Forgot::All;
        }
        let mut stands_again = Vec::new();
        for (replaced, what) in &mut self.replaced {
            if what.by.remove(&entry) {
                forgot = forgot.max(Forgot::All);
                if what.by.is_empty() {
                    stands_again.push(*replaced);
                }
            }
        }
        for replaced in stands_again {
            let Some(was) = self.replaced.remove(&replaced).and_then(|what| what.was) else { continue };
            if field.is_forgotten() && was.value == Value::Text(String::new()) {
                forgot = Forgot::AllButAPicture;
            } else {
                self.stated.insert(replaced, was);
            }
        }
        forgot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Change, Entry, Op};
    use crate::field::Kind;
    use crate::id::{EnrolmentId, RecordId, UserId};
    use proptest::prelude::*;

    const RECORD: RecordId = RecordId([7; 16]);
    const FIELDS: [Field; 3] = [Field::REFERRAL_STATUS, Field::REFERRAL_REASON, Field::DISTRIBUTION_LIST];

    fn id(number: u8) -> EntryId {
        EntryId([number; 16])
    }

    fn entry(number: u8, ops: Vec<Op>) -> Entry {
        let changes = vec![Change { record: RECORD, kind: Kind::REFERRAL, ops }];
        let (author, enrolment) = (UserId([number; 16]), EnrolmentId([number; 16]));
        Entry { id: id(number), author, enrolment, at: u64::from(number), changes }
    }

    fn op(field: Field, text: &str, replaces: &[u8]) -> Op {
        Op { field, value: Value::text(text), replaces: replaces.iter().map(|number| id(*number)).collect() }
    }

    fn record(entries: &[Entry]) -> Record {
        let mut record = Record::new(RECORD, Kind::REFERRAL);
        entries.iter().for_each(|entry| record.apply(entry));
        record
    }

    #[test]
    fn what_only_it_replaced_stands_again_and_the_rest_stays() {
        let sent = entry(1, vec![op(FIELDS[0], "sent", &[]), op(FIELDS[1], "why", &[])]);
        let mine = entry(2, vec![op(FIELDS[0], "accepted", &[1])]);
        let theirs = entry(3, vec![op(FIELDS[0], "rejected", &[1])]);
        let mut both = record(&[sent.clone(), mine.clone(), theirs.clone()]);
        assert_eq!(both.forget(id(2)), Forgot::All);
        assert_eq!(both, record(&[sent.clone(), theirs]));
        let mut alone = record(&[sent.clone(), mine]);
        assert_eq!(alone.forget(id(2)), Forgot::All);
        assert_eq!(alone, record(&[sent]));
        assert_eq!(alone.forget(id(9)), Forgot::Nothing);
        assert_eq!(alone.forget(id(1)), Forgot::All);
        assert!(alone.is_empty() && alone.fields().next().is_none());
    }

    #[test]
    fn a_later_entry_of_ones_own_still_replaces_what_is_forgotten() {
        let first = entry(1, vec![op(FIELDS[0], "received", &[])]);
        let then = entry(2, vec![op(FIELDS[0], "accepted", &[1])]);
        let mut told = record(&[first.clone(), then.clone()]);
        told.forget(id(1));
        assert_eq!(told, record(std::slice::from_ref(&then)));
        // Entered after all: it is known again, and replaced.
        told.apply(&first);
        assert_eq!(told, record(&[first, then]));
    }

    #[test]
    fn a_picture_that_it_replaced_must_be_told_again() {
        let taken = entry(1, vec![op(Field::PHOTO, "what opens it", &[])]);
        let removed =
            entry(2, vec![Op { field: Field::PHOTO, value: Value::Nothing, replaces: vec![id(1)] }]);
        let (server, mut here) = (record(std::slice::from_ref(&taken)), record(&[taken, removed]));
        assert_eq!(here.forget(id(2)), Forgot::AllButAPicture);
        assert_eq!(here.value(Field::PHOTO), None);
        here.merge(&server);
        assert_eq!(here, server);
    }

    prop_compose! {
        /// Entries of which each replaces some of what came before it.
        fn entries()(
            parts in prop::collection::vec((0..FIELDS.len(), "[ab]", any::<u16>(), any::<bool>()), 1..9),
        ) -> Vec<Entry> {
            let numbered = (1_u8..).zip(parts);
            numbered.map(|(number, (field, text, replaces, two))| {
                let before: Vec<u8> = (1..number).filter(|other| replaces >> other & 1 == 1).collect();
                let mut ops = vec![op(FIELDS[field], &text, &before)];
                if two {
                    ops.push(op(FIELDS[(field + 1) % FIELDS.len()], &text, &before));
                }
                entry(number, ops)
            }).collect()
        }
    }

    proptest! {
        #[test]
        fn forgetting_an_entry_leaves_what_there_was_without_it(entries in entries(), which in any::<prop::sample::Index>()) {
            let refused = which.get(&entries).clone();
            let others: Vec<Entry> = entries.iter().filter(|it| it.id != refused.id).cloned().collect();
            let without = record(&others);
            let mut told = record(&entries);
            told.forget(refused.id);
            prop_assert_eq!(&told, &without);
            // As it was written down and read again, too: that is what lies in rows.
            let mut read: Record = minicbor::decode(&minicbor::to_vec(record(&entries)).unwrap()).unwrap();
            read.forget(refused.id);
            prop_assert_eq!(&read, &without);
            // The server knows less than this device, or more, and never the refused entry.
            let known = which.index(others.len() + 1);
            let mut here = record(&entries[..]);
            here.forget(refused.id);
            here.merge(&record(&others[..known]));
            prop_assert_eq!(&here, &without);
            // Entered after all, it comes back.
            here.merge(&record(&entries));
            prop_assert_eq!(here, record(&entries));
        }
    }
}
