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
    let act =
        (prop_oneof![Just(49u16), Just(52), Just(Field::PHOTO.0), Just(60_000)], values(), any::<u16>())
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
    fn joining_is_commutative_associative_and_idempotent(
        history in histories(),
        whose in proptest::collection::vec(0usize..8, 12),
    ) {
        // Each entry came to some of three devices, none of which may have seen what it replaces.
        let [a, b, c] = [1, 2, 4].map(|device| {
            fold(history.iter().zip(&whose).filter(|(_, whose)| *whose & device != 0).map(|(entry, _)| entry))
        });
        let joined = |one: &Record, other: &Record| {
            let mut joined = one.clone();
            joined.merge(other);
            joined
        };
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a.clone());
        prop_assert_eq!(joined(&joined(&a, &b), &a), joined(&a, &b));
    }

    #[test]
    fn what_an_older_version_forgot_only_leaves_gaps(history in histories()) {
        // A device of the first version kept which entries were replaced and no more.
        let mut older = fold(&history);
        for replaced in older.cells.values_mut().flat_map(|cell| cell.replaced.values_mut()) {
            *replaced = Replaced::default();
        }
        prop_assert_eq!(minicbor::to_vec(&older).unwrap()[1], 1);
        let mut joined = older.clone();
        joined.merge(&fold(&history));
        prop_assert_eq!(joined, fold(&history));
        for event in older.history() {
            let _ = older.undo(event.entry);
        }
    }

    #[test]
    fn every_statement_is_in_the_history_with_what_it_replaced(history in histories()) {
        let record = fold(&history);
        let told = record.history();
        prop_assert_eq!(told.len(), history.len());
        for entry in &history {
            let event = told.iter().find(|event| event.entry == entry.id).unwrap();
            let op = &entry.changes[0].ops[0];
            let step = &event.steps[0];
            let said = Stated { value: op.value.clone(), entry: entry.id, author: entry.author, at: entry.at };
            let said = if step.stands { said } else { said.once_replaced(op.field) };
            prop_assert_eq!((event.author, event.at, step.field, &step.value), (entry.author, entry.at, op.field, &said.value));
            let before: BTreeSet<EntryId> = step.before.iter().map(|stated| stated.entry).collect();
            prop_assert_eq!(before, op.replaces.iter().copied().collect());
            prop_assert!(!step.before_unknown);
        }
    }

    #[test]
    fn undoing_an_entry_is_as_if_it_had_not_been(history in histories()) {
        let record = fold(&history);
        for entry in &history {
            let Ok(change) = record.undo_fields(entry.id, &[Field(49), Field(52), Field(60_000)]) else { continue };
            let mut undone = record.clone();
            undone.apply(&Entry { id: entry_id(200), author: UserId([9; 16]), enrolment: EnrolmentId([0; 16]), at: 99, changes: vec![change] });
            let without = fold(history.iter().filter(|other| other.id != entry.id));
            for field in record.fields() {
                let said = |record: &Record| {
                    let mut values: Vec<Value> = record.values(field).into_iter().cloned().collect();
                    values.sort();
                    if values == [Value::Nothing] { Vec::new() } else { values }
                };
                prop_assert_eq!(said(&undone), said(&without));
            }
        }
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
const KEPT_1: &str = "8501500707070707070707070707070707070702835002020202020202020202020202020202500202020202020202020202020202020202831834826332323200815001010101010101010101010101010101";
/// The second form, which also tells what was replaced, by what. Never edit.
const KEPT_2: &str = "860250070707070707070707070707070707070289500101010101010101010101010101010150010101010101010101010101010101010150020202020202020202020202020202025002020202020202020202020202020202025003030303030303030303030303030303500303030303030303030303030303030303815009090909090909090909090909090909831834846332323201633333330282830081026331313182038102";

fn read(kept: &str) -> Record {
    let bytes: Vec<u8> =
        (0..kept.len()).step_by(2).map(|at| u8::from_str_radix(&kept[at..at + 2], 16).unwrap()).collect();
    minicbor::decode(&bytes).unwrap()
}

#[test]
fn the_first_released_form_stays_readable_and_is_written_while_it_says_all_there_is() {
    let mut record = read(KEPT_1);
    assert_eq!(record.value(Field::PHONE), Some(&Value::text("222")));
    assert_eq!(hex(&minicbor::to_vec(&record).unwrap()), KEPT_1);
    // What was replaced stays replaced, and is known from the moment somebody tells it.
    assert!(record.history().iter().all(|event| event.steps.iter().all(|step| step.before_unknown)));
    assert_eq!(record.undo(entry_id(2)), Err(CannotUndo::NotKnown(vec![Field::PHONE])));
    record.merge(&fold([&said(1, "111", &[]), &said(2, "222", &[1])]));
    assert_eq!(record, fold([&said(1, "111", &[]), &said(2, "222", &[1])]));
    let amended_nowhere = minicbor::to_vec(fold([&said(1, "111", &[])])).unwrap();
    assert_eq!(amended_nowhere[..2], [0x85, 1]);
}

#[test]
fn the_second_form_stays_readable() {
    // 3 replaces 1, and 9 of which nothing else has come.
    let record = fold([&said(1, "111", &[]), &said(2, "222", &[]), &said(3, "333", &[1, 9])]);
    assert_eq!(hex(&minicbor::to_vec(&record).unwrap()), KEPT_2);
    assert_eq!(read(KEPT_2), record);
}

#[test]
fn the_history_tells_who_changed_what_when_from_what_to_what() {
    let record = fold([&said(3, "333", &[2]), &said(1, "111", &[]), &said(2, "222", &[1])]);
    let told: Vec<_> = record
        .history()
        .into_iter()
        .map(|event| {
            let [step] = <[Step; 1]>::try_from(event.steps).unwrap();
            let before: Vec<Value> = step.before.into_iter().map(|stated| stated.value).collect();
            (event.author, event.at, before, step.value, step.stands, step.before_unknown)
        })
        .collect();
    let text = Value::text;
    assert_eq!(
        told,
        [
            (UserId([1; 16]), 1, vec![], text("111"), false, false),
            (UserId([2; 16]), 2, vec![text("111")], text("222"), false, false),
            (UserId([3; 16]), 3, vec![text("222")], text("333"), true, false),
        ]
    );
    assert_eq!((record.authors().len(), record.known_authors().len()), (1, 3));
    let mut both = record.clone();
    assert!(both.is_all_by(Field::PHONE, UserId([3; 16])) && !both.is_all_by(Field::SEX, UserId([3; 16])));
    both.apply(&said(4, "444", &[]));
    assert!(!both.is_all_by(Field::PHONE, UserId([3; 16])));
}

#[test]
fn the_history_of_several_records_is_told_by_entry_newest_first() {
    let (mut first, mut both) = (said(1, "111", &[]), said(2, "222", &[1]));
    let paper = RecordId([8; 16]);
    let entered = Change { record: paper, kind: Kind::DOCUMENT, ops: both.changes[0].ops.clone() };
    both.changes.push(entered);
    first.at = 5;
    both.at = 9;
    let mut other = Record::new(paper, Kind::DOCUMENT);
    other.apply(&both);
    let told = deeds(&[fold([&first, &both]), other]);
    let told: Vec<_> = told
        .iter()
        .map(|act| (act.entry, act.events.iter().map(|(record, _)| *record).collect::<Vec<_>>()))
        .collect();
    assert_eq!(told, [(entry_id(2), vec![RECORD, paper]), (entry_id(1), vec![RECORD])]);
}

/// An undo as an entry of its own.
fn undone(record: &Record, entry: u8, by: u8) -> Entry {
    let mut undoing = said(by, "", &[]);
    undoing.changes = vec![record.undo(entry_id(entry)).unwrap()];
    undoing
}

#[test]
fn undoing_the_undoing_gives_back_what_was() {
    let mut record = fold([&said(1, "111", &[]), &said(2, "222", &[1])]);
    for (undo, by, expected) in [(2, 3, "111"), (3, 4, "222"), (4, 5, "111")] {
        record.apply(&undone(&record, undo, by));
        assert_eq!(record.values(Field::PHONE), [&Value::text(expected)]);
    }
    assert_eq!(record.history().len(), 5);
    assert_eq!(record.undo(entry_id(2)), Err(CannotUndo::ChangedSince(vec![Field::PHONE])));
    assert_eq!(record.undo(entry_id(9)), Err(CannotUndo::NothingHere));
}

/// Says that somebody's photo is another one.
fn pictured(number: u8, value: &str, replaces: &[u8]) -> Entry {
    let mut entry = said(number, value, replaces);
    entry.changes[0].ops[0].field = Field::PHOTO;
    entry
}

#[test]
fn a_picture_that_was_taken_out_is_in_no_bytes_of_the_record_and_does_not_come_back() {
    let entries = [pictured(1, "KEY-ONE", &[]), pictured(2, "KEY-TWO", &[1]), pictured(3, "", &[2])];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut record = fold(order.map(|at| &entries[at]));
        // What still held it loses it when they meet.
        record.merge(&fold([&entries[0]]));
        let bytes = minicbor::to_vec(&record).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"KEY-"), "{order:?}");
        assert_eq!(minicbor::decode::<Record>(&bytes).unwrap(), record);
        let told: Vec<_> = record.history().into_iter().map(|event| event.steps[0].clone()).collect();
        let was = [Value::Text(String::new()), Value::Text(String::new()), Value::Nothing];
        assert_eq!(told.iter().map(|step| step.value.clone()).collect::<Vec<_>>(), was);
        assert!(told.iter().all(|step| !step.before_unknown), "that there was one stays");
        assert_eq!(record.undo(entry_id(3)), Err(CannotUndo::NotKnown(vec![Field::PHOTO])));
    }
    // The first one is taken back as if it had not been.
    let mut first = fold([&entries[0]]);
    first.apply(&pictured(9, "", &[1]));
    assert_eq!(first.value(Field::PHOTO), None);
}

#[test]
fn a_record_that_an_older_version_wrote_loses_its_pictures_of_former_days() {
    let mut record = fold([&pictured(1, "KEY-ONE", &[]), &pictured(2, "KEY-TWO", &[1])]);
    let cell = record.cells.get_mut(&Field::PHOTO).unwrap();
    cell.replaced.values_mut().next().unwrap().was.as_mut().unwrap().value = Value::text("KEY-ONE");
    let bytes = minicbor::to_vec(&record).unwrap();
    assert!(bytes.windows(7).any(|window| window == b"KEY-ONE"));
    let read: Record = minicbor::decode(&bytes).unwrap();
    assert_eq!(read, fold([&pictured(1, "KEY-ONE", &[]), &pictured(2, "KEY-TWO", &[1])]));
    let mut met = fold([&pictured(2, "KEY-TWO", &[1])]);
    met.merge(&record);
    assert_eq!(met, read);
}

#[test]
fn undoing_one_side_of_a_conflict_leaves_the_other_alone() {
    let mut record = fold([&said(1, "111", &[]), &said(2, "222", &[1]), &said(3, "333", &[1])]);
    record.apply(&undone(&record, 2, 4));
    assert_eq!(record.value(Field::PHONE), Some(&Value::text("333")));
    record.apply(&undone(&record, 4, 5));
    assert_eq!(record.values(Field::PHONE).len(), 2);
    // Who decided between several values: only people can doubt again.
    let decided = fold([&said(1, "111", &[]), &said(2, "222", &[]), &said(3, "111", &[1, 2])]);
    assert_eq!(decided.undo(entry_id(3)), Err(CannotUndo::Several(vec![Field::PHONE])));
}

#[test]
fn a_person_registered_is_not_undone_and_a_row_entered_is_emptied_where_it_hangs() {
    let mut made = said(1, "111", &[]);
    let owner = Op { field: Field::GROUP, value: Value::Ref(RecordId([1; 16])), replaces: vec![] };
    made.changes[0].ops.push(owner.clone());
    let mut amended = said(2, "222", &[1]);
    let person = fold([&made, &amended]);
    assert!(person.was_made_by(entry_id(1)) && !person.was_made_by(entry_id(2)));
    assert_eq!(person.undo(entry_id(1)), Err(CannotUndo::Registered));
    amended.changes[0].ops.push(Op {
        value: Value::Ref(RecordId([2; 16])),
        replaces: vec![entry_id(1)],
        ..owner
    });
    let mut moved = fold([&made, &amended]);
    moved.apply(&undone(&moved, 2, 3));
    assert_eq!(moved.value(Field::GROUP), Some(&Value::Ref(RecordId([1; 16]))));

    let mut need = Record::new(RECORD, Kind::NEED);
    let values = [(Field::OWNER, Value::Ref(RecordId([1; 16]))), (Field::NEED_CODE, Value::text("DS-LM"))];
    let mut entered = said(1, "", &[]);
    entered.changes = vec![need.change(values).unwrap()];
    need.apply(&entered);
    assert!(!need.is_blank());
    need.apply(&undone(&need, 1, 2));
    assert!(need.is_blank());
    assert!(need.value(Field::OWNER).is_some());
    need.apply(&undone(&need, 2, 3));
    assert_eq!(need.value(Field::NEED_CODE), Some(&Value::text("DS-LM")));
}

#[test]
fn what_happened_is_amended_and_not_undone_and_what_it_hangs_on_may_be() {
    let op = |field, value, replaces: &[u8]| Op {
        field,
        value,
        replaces: replaces.iter().map(|place| entry_id(*place)).collect(),
    };
    let entry = |place: u8, kind, ops: Vec<Op>| {
        let mut entry = said(place, "x", &[]);
        entry.changes[0].kind = kind;
        entry.changes[0].ops = ops;
        entry
    };
    let owner = |place: u8| Value::Ref(RecordId([place; 16]));
    for (kind, field) in [
        (Kind::SESSION, Field::SESSION_TYPE),
        (Kind::ASSISTANCE, Field::ASSISTANCE_STATUS),
        (Kind::DISTRIBUTION, Field::DISTRIBUTION_STATE),
        (Kind::REFERRAL, Field::REFERRAL_SENT_AT),
    ] {
        let id = entry(1, kind, vec![]).changes[0].record;
        let mut record = Record::new(id, kind);
        record.apply(&entry(
            1,
            kind,
            vec![op(Field::OWNER, owner(1), &[]), op(field, Value::text("a"), &[])],
        ));
        record.apply(&entry(2, kind, vec![op(field, Value::text("b"), &[1])]));
        record.apply(&entry(3, kind, vec![op(Field::OWNER, owner(2), &[1])]));
        for place in [1, 2] {
            assert_eq!(record.undo(entry_id(place)), Err(CannotUndo::Happened), "{kind:?}");
        }
        // Of two families that were joined each takes back its own.
        let moved = record.undo(entry_id(3));
        assert_eq!(moved.is_ok(), kind != Kind::DISTRIBUTION, "{kind:?}");
    }
    let mut draft = Record::new(entry(1, Kind::REFERRAL, vec![]).changes[0].record, Kind::REFERRAL);
    draft.apply(&entry(1, Kind::REFERRAL, vec![op(Field::REFERRAL_SECTOR, Value::text("legal"), &[])]));
    assert!(draft.undo(entry_id(1)).is_ok());
}
