//! The promises of [`super::Record`], as properties over made-up histories.

use super::*;
use crate::id::{EnrolmentId, hex};
use proptest::prelude::*;

const RECORD: RecordId = RecordId([7; 16]);

fn entry_id(number: u8) -> EntryId {
    EntryId([number; 16])
}

/// One author at one device: states values, having seen some of what was stated before.
#[derive(Clone, Debug)]
struct Act {
    field: u16,
    value: Value,
    /// Which of the earlier entries this author had seen, one bit each.
    seen: u16,
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nothing),
        any::<bool>().prop_map(Value::Flag),
        any::<i64>().prop_map(Value::Int),
        "\\PC{0,8}".prop_map(Value::Text),
        any::<[u8; 16]>().prop_map(|id| Value::Ref(RecordId(id))),
        proptest::collection::vec("[A-Z]{3}", 0..3).prop_map(Value::Codes),
        // What a later version may write: a tagged number, a map, bytes of another length.
        any::<u32>().prop_map(|n| Value::Unknown([&[0xc1, 0x1a][..], &n.to_be_bytes()].concat())),
        any::<u8>().prop_map(|n| Value::Unknown(vec![0xa1, 0x18, n.max(24), 0xf5])),
    ]
}

/// A history: each entry replaces, for its field, what its author had seen standing there.
fn histories() -> impl Strategy<Value = Vec<Entry>> {
    let act = (prop_oneof![Just(49u16), Just(52), Just(60_000)], values(), any::<u16>())
        .prop_map(|(field, value, seen)| Act { field, value, seen });
    proptest::collection::vec(act, 1..12).prop_map(|acts| {
        let mut history: Vec<Entry> = Vec::new();
        for (number, act) in acts.into_iter().enumerate() {
            let mut view = Record::new(RECORD, Kind::INDIVIDUAL);
            for (earlier, entry) in history.iter().enumerate() {
                if act.seen & (1 << earlier) != 0 {
                    view.apply(entry);
                }
            }
            let field = Field(act.field);
            let replaces = view.stated(field).map(|stated| stated.entry).collect();
            history.push(Entry {
                id: entry_id(number as u8 + 1),
                author: UserId([number as u8; 16]),
                enrolment: EnrolmentId([0; 16]),
                at: number as u64,
                changes: vec![Change {
                    record: RECORD,
                    kind: Kind::INDIVIDUAL,
                    ops: vec![Op { field, value: act.value, replaces }],
                }],
            });
        }
        history
    })
}

fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Record {
    let mut record = Record::new(RECORD, Kind::INDIVIDUAL);
    entries.into_iter().for_each(|entry| record.apply(entry));
    record
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_give_the_same_record(
        history in histories(),
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut shuffled: Vec<&Entry> = picks.iter().map(|pick| pick.get(&history)).collect();
        shuffled.extend(history.iter().rev());
        prop_assert_eq!(fold(shuffled), fold(&history));
    }

    #[test]
    fn any_split_into_batches_gives_the_same_record(history in histories(), parts in 1usize..5) {
        let mut whole = Record::new(RECORD, Kind::INDIVIDUAL);
        for part in (0..parts).rev() {
            // Each batch is folded elsewhere, stored, and read back before it is joined.
            let batch = fold(history.iter().skip(part).step_by(parts));
            let stored = minicbor::to_vec(&batch).unwrap();
            whole.merge(&minicbor::decode(&stored).unwrap());
        }
        prop_assert_eq!(whole, fold(&history));
    }

    #[test]
    fn every_value_stated_and_never_replaced_is_visible(history in histories()) {
        let record = fold(&history);
        for entry in &history {
            for op in entry.changes.iter().flat_map(|change| &change.ops) {
                let replaced = history.iter().any(|later| {
                    later.changes.iter().flat_map(|change| &change.ops)
                        .any(|other| other.field == op.field && other.replaces.contains(&entry.id))
                });
                prop_assert_eq!(record.values(op.field).contains(&&op.value) || replaced, true);
                prop_assert_eq!(record.stated(op.field).any(|stated| stated.entry == entry.id), !replaced);
            }
        }
    }

    #[test]
    fn unknown_fields_and_values_survive_storing(history in histories()) {
        let record = fold(&history);
        let stored = minicbor::to_vec(&record).unwrap();
        prop_assert_eq!(&minicbor::decode::<Record>(&stored).unwrap(), &record);
        for entry in &history {
            prop_assert_eq!(&Entry::from_bytes(&entry.to_bytes()).unwrap(), entry);
        }
    }

    #[test]
    fn bytes_from_anywhere_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = minicbor::decode::<Record>(&bytes);
        let _ = Entry::from_bytes(&bytes);
    }
}

fn said(number: u8, value: &str, replaces: &[u8]) -> Entry {
    Entry {
        id: entry_id(number),
        author: UserId([number; 16]),
        enrolment: EnrolmentId([0; 16]),
        at: u64::from(number),
        changes: vec![Change {
            record: RECORD,
            kind: Kind::INDIVIDUAL,
            ops: vec![Op {
                field: Field::PHONE,
                value: Value::text(value),
                replaces: replaces.iter().map(|number| entry_id(*number)).collect(),
            }],
        }],
    }
}

#[test]
fn two_edits_of_the_same_state_are_a_conflict_until_a_person_replaces_both() {
    let mut record = fold([&said(1, "111", &[]), &said(2, "222", &[1]), &said(3, "333", &[1])]);
    assert_eq!(record.conflicts(), [Field::PHONE]);
    assert_eq!(record.value(Field::PHONE), None);
    assert_eq!(record.values(Field::PHONE).len(), 2);
    record.apply(&said(4, "333", &[2, 3]));
    assert_eq!(record.value(Field::PHONE), Some(&Value::text("333")));
}

#[test]
fn the_same_value_stated_twice_is_no_conflict() {
    let record = fold([&said(1, "111", &[]), &said(2, "111", &[])]);
    assert!(record.conflicts().is_empty());
}

#[test]
fn emptying_a_field_does_not_beat_an_edit_made_beside_it() {
    let record = fold([&said(1, "111", &[]), &said(2, "", &[1]), &said(3, "333", &[1])]);
    assert_eq!(record.conflicts(), [Field::PHONE]);
    assert!(record.values(Field::PHONE).contains(&&Value::text("333")));
}

#[test]
fn an_op_is_made_only_where_something_changes() {
    let record = fold([&said(1, "111", &[])]);
    assert_eq!(record.op(Field::PHONE, Value::text("111")), None);
    assert_eq!(record.op(Field::SEX, Value::Nothing), None);
    let op = record.op(Field::PHONE, Value::text("222")).unwrap();
    assert_eq!(op.replaces, [entry_id(1)]);
}

/// The stored form as first released. Never edit: devices and ledgers hold records of this form.
#[test]
fn the_first_released_form_stays_readable() {
    let kept = "8501500707070707070707070707070707070702835002020202020202020202020202020202500202020202020202020202020202020202831834826332323200815001010101010101010101010101010101";
    let record = fold([&said(1, "111", &[]), &said(2, "222", &[1])]);
    assert_eq!(hex(&minicbor::to_vec(&record).unwrap()), kept);
}
