//! What people state, and what the auditor remembers of it.

use crate::cast::{ORGANISATIONS, id, user_id};
use crate::chance::Chance;
use crate::wire::Ms;
use domain::{Change, EnrolmentId, Entry, EntryId, Field, Kind, Op, Record, RecordId, Value};
use road::device::ItemKey;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Something that somebody stated at once.
#[derive(Clone, Debug)]
pub struct Fact {
    pub member: usize,
    pub entry: Rc<Entry>,
    pub digest: u64,
    pub key: ItemKey,
    /// When it was shown as saved.
    pub shown_at: Option<Ms>,
    /// Why nothing is expected of it any more: what the plan destroyed outright.
    pub lost: Option<&'static str>,
}

/// All that was stated.
#[derive(Default)]
pub struct Facts {
    pub all: Vec<Fact>,
    pub by_entry: BTreeMap<EntryId, Vec<usize>>,
    made: u64,
}

fn text(value: String) -> Value {
    Value::Text(value)
}

impl Facts {
    pub fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Remembers an entry that somebody is about to save.
    pub fn add(&mut self, member: usize, entry: Entry) -> usize {
        let digest = crate::chance::scatter(self.all.len() as u64 ^ 0xfac7);
        let (at, key) = (self.all.len(), ItemKey::of_entry(entry.id));
        self.by_entry.entry(entry.id).or_default().push(at);
        let entry = Rc::new(entry);
        self.all.push(Fact { member, entry, digest, key, shown_at: None, lost: None });
        at
    }

    /// Makes up what somebody states, over the records that they hold. Every value is stated once.
    pub fn make_up(
        &mut self,
        chance: &mut Chance,
        (member, user): (usize, usize),
        held: &[Rc<Record>],
        contention: u64,
    ) -> Entry {
        let entry = EntryId(id(b'e', self.number()));
        let changes = match chance.below(1_000) {
            // What many know is corrected by many.
            act if act < contention && !held.is_empty() => {
                let known = if chance.happens(700) { &held[..held.len().min(4)] } else { held };
                vec![self.correct(chance, chance_of(known, self.made))]
            }
            act if act % 4 == 0 && !held.is_empty() => self.hang_on(chance, held),
            _ => self.register(chance),
        };
        let enrolment = EnrolmentId(id(b'm', member as u64));
        Entry { id: entry, author: user_id(user), enrolment, at: 0, changes }
    }

    fn correct(&mut self, chance: &mut Chance, record: &Record) -> Change {
        let fields: &[Field] = match record.kind {
            Kind::GROUP => &[Field::ADDRESS, Field::SIZE, Field::OWNER_ORG],
            Kind::INDIVIDUAL => &[Field::GIVEN_NAMES, Field::PHONE],
            _ => &[Field::NEED_CODE],
        };
        let field = fields[chance.index(fields.len()).min(chance.index(fields.len() + 1))];
        let value = match field {
            Field::OWNER_ORG => text(ORGANISATIONS[chance.index(3)].to_owned()),
            Field::NEED_CODE if chance.happens(300) => text(format!("close {}", self.number())),
            _ => text(format!("open {}", self.number())),
        };
        let ops: Vec<Op> = record.op(field, value).into_iter().collect();
        if ops.is_empty() {
            let value = text(format!("open {}", self.number()));
            let seen = record.stated(Field::RECORD_STATUS).map(|stated| stated.entry).collect();
            let ops = vec![Op { field: Field::RECORD_STATUS, value, replaces: seen }];
            return Change { record: record.id, kind: record.kind, ops };
        }
        Change { record: record.id, kind: record.kind, ops }
    }

    fn begin(&mut self, kind: Kind, ops: Vec<(Field, Value)>) -> Change {
        let record = RecordId(id(b'r', self.number()));
        let op = |(field, value)| Op { field, value, replaces: Vec::new() };
        Change { record, kind, ops: ops.into_iter().map(op).collect() }
    }

    fn register(&mut self, chance: &mut Chance) -> Vec<Change> {
        let address = text(format!("open {}", self.number()));
        let group = self.begin(Kind::GROUP, vec![(Field::ADDRESS, address)]);
        let mut changes = vec![group];
        for _ in 0..chance.below(3) {
            let name = text(format!("open {}", self.number()));
            let ops = vec![(Field::GROUP, Value::Ref(changes[0].record)), (Field::GIVEN_NAMES, name)];
            changes.push(self.begin(Kind::INDIVIDUAL, ops));
        }
        changes
    }

    fn hang_on(&mut self, chance: &mut Chance, held: &[Rc<Record>]) -> Vec<Change> {
        let above = &held[chance.index(held.len())];
        let number = self.number();
        match above.kind {
            Kind::GROUP => {
                let name = text(format!("open {number}"));
                vec![self.begin(
                    Kind::INDIVIDUAL,
                    vec![(Field::GROUP, Value::Ref(above.id)), (Field::GIVEN_NAMES, name)],
                )]
            }
            Kind::INDIVIDUAL => {
                let class = if chance.happens(400) { "close" } else { "open" };
                let code = text(format!("{class} {number}"));
                vec![
                    self.begin(
                        Kind::NEED,
                        vec![(Field::OWNER, Value::Ref(above.id)), (Field::NEED_CODE, code)],
                    ),
                ]
            }
            _ => vec![self.correct(chance, above)],
        }
    }
}

fn chance_of(held: &[Rc<Record>], number: u64) -> &Record {
    &held[number as usize % held.len()]
}
