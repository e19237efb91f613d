//! Parts of a record: what is left of it for somebody who may not see all.

use super::{Cell, Record, Replaced, Stated};
use crate::field::Field;

impl Record {
    /// Every statement of a field that is known here, standing or replaced.
    pub fn known(&self, field: Field) -> impl Iterator<Item = &Stated> {
        self.cells.get(&field).into_iter().flat_map(Cell::known)
    }

    /// Whether a value of a field was replaced here by what is not told.
    #[must_use]
    pub fn is_withheld(&self, field: Field) -> bool {
        self.cells.get(&field).is_some_and(|cell| cell.stated.is_empty() && !cell.replaced.is_empty())
    }

    /// The record with only those statements, standing or replaced, that `keep` says yes to; `None` when that is all
    /// of them. Of a field of which no statement is left nothing is left. What was replaced stays replaced, so that the
    /// part joins with the whole, or with other parts of it, as if it had never been cut.
    #[must_use]
    pub fn part(&self, keep: impl Fn(Field, &Stated) -> bool) -> Option<Record> {
        let is_whole = self.cells.iter().all(|(field, cell)| cell.known().all(|stated| keep(*field, stated)));
        if is_whole {
            return None;
        }
        let mut part = Record::new(self.id, self.kind);
        for (field, cell) in &self.cells {
            let kept = |stated: &&Stated| keep(*field, stated);
            if cell.known().next().is_some() && !cell.known().any(|stated| keep(*field, stated)) {
                continue;
            }
            let stated = cell.stated.iter().filter(|(_, stated)| kept(stated));
            let replaced = cell.replaced.iter().map(|(entry, replaced)| {
                let was = replaced.was.as_ref().filter(kept).cloned();
                (*entry, Replaced { was, by: replaced.by.clone() })
            });
            let cell = Cell {
                stated: stated.map(|(entry, stated)| (*entry, stated.clone())).collect(),
                replaced: replaced.collect(),
            };
            part.cells.insert(*field, cell);
        }
        Some(part)
    }

    /// Whether this holds everything that another copy does: joining the two changes nothing here.
    #[must_use]
    pub fn holds_all_of(&self, other: &Record) -> bool {
        let mut joined = self.clone();
        joined.merge(other);
        joined == *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Change, Entry, Op};
    use crate::field::Kind;
    use crate::id::{EnrolmentId, EntryId, RecordId, UserId};
    use crate::value::Value;

    fn state(record: &mut Record, place: u8, author: u8, field: Field, text: &str, replaces: &[u8]) {
        let replaces = replaces.iter().map(|place| EntryId([*place; 16])).collect();
        let op = Op { field, value: Value::text(text), replaces };
        let changes = vec![Change { record: record.id, kind: record.kind, ops: vec![op] }];
        let (id, author, enrolment) = (EntryId([place; 16]), UserId([author; 16]), EnrolmentId([3; 16]));
        record.apply(&Entry { id, author, enrolment, at: u64::from(place), changes });
    }

    fn whole() -> Record {
        let mut record = Record::new(RecordId([9; 16]), Kind::INDIVIDUAL);
        state(&mut record, 1, 1, Field::GIVEN_NAMES, "Ana", &[]);
        state(&mut record, 2, 2, Field::RELIGION, "secret", &[]);
        state(&mut record, 3, 1, Field::PHONE, "mine", &[]);
        state(&mut record, 4, 2, Field::PHONE, "theirs", &[3]);
        record
    }

    #[test]
    fn a_part_says_nothing_of_what_was_left_out_and_joins_with_the_whole() {
        let whole = whole();
        assert_eq!(whole.part(|_, _| true), None);
        let part = whole.part(|_, stated| stated.author == UserId([1; 16])).unwrap();
        assert_eq!(part.fields().collect::<Vec<_>>(), [Field::GIVEN_NAMES, Field::PHONE]);
        assert!(part.values(Field::PHONE).is_empty() && part.is_withheld(Field::PHONE));
        assert!(!whole.is_withheld(Field::PHONE) && !part.is_withheld(Field::GIVEN_NAMES));
        assert_eq!(
            part.known(Field::PHONE).map(|stated| &stated.value).collect::<Vec<_>>(),
            [&Value::text("mine")]
        );
        let bytes = minicbor::to_vec(&part).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"secret" || window == b"theirs"));
        assert_eq!(minicbor::decode::<Record>(&bytes).unwrap(), part);
        assert!(whole.holds_all_of(&part) && !part.holds_all_of(&whole));
        let mut joined = part;
        joined.merge(&whole);
        assert_eq!(joined, whole);
    }
}
