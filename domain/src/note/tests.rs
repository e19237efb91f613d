use super::*;
use crate::entry::Entry;
use crate::id::EnrolmentId;
use proptest::prelude::*;

const WRITER: UserId = UserId([1; 16]);

fn user(number: u8) -> UserId {
    UserId([number; 16])
}

fn entry(number: u8, author: UserId, change: Change) -> Entry {
    let enrolment = EnrolmentId([3; 16]);
    Entry { id: EntryId([number; 16]), author, enrolment, at: u64::from(number), changes: vec![change] }
}

fn written(readers: &[u8]) -> Record {
    let readers = readers.iter().copied().map(user).chain([WRITER]).collect();
    let change =
        write(RecordId([9; 16]), RecordId([8; 16]), "gbv", &readers, "sealed".into(), "wraps".into());
    let mut record = Record::new(RecordId([9; 16]), Kind::NOTE);
    record.apply(&entry(1, WRITER, change));
    record
}

fn change(op: Op) -> Change {
    Change { record: RecordId([9; 16]), kind: Kind::NOTE, ops: vec![op] }
}

fn who(record: &Record) -> Vec<u8> {
    readers(record).into_iter().map(|user| user.0[0]).collect()
}

#[test]
fn a_note_says_what_it_hangs_on_who_wrote_it_and_who_reads_it() {
    let record = written(&[5]);
    let note = SealedNote::of(&record).unwrap();
    assert_eq!((note.owner(), note.topic()), (Some(RecordId([8; 16])), Some("gbv")));
    assert_eq!((note.writer(), note.written_at()), (Some(WRITER), Some(1)));
    assert_eq!(note.sealed(), [(EntryId([1; 16]), "sealed")]);
    assert_eq!(note.wraps(), ["wraps"]);
    assert_eq!(who(&record), [1, 5]);
    assert!(SealedNote::of(&Record::new(RecordId([1; 16]), Kind::NEED)).is_none());
    assert_eq!(readers(&Record::new(RecordId([1; 16]), Kind::NEED)), BTreeSet::new());
}

#[test]
fn two_who_let_somebody_in_at_once_have_let_in_both() {
    let before = written(&[]);
    let note = SealedNote::of(&before).unwrap();
    let (five, six) = (note.letting_in(&[user(5)].into()), note.letting_in(&[user(6)].into()));
    let mut record = before.clone();
    record.apply(&entry(2, user(7), change(five.unwrap())));
    record.apply(&entry(3, user(8), change(six.unwrap())));
    assert_eq!(who(&record), [1, 5, 6]);
    assert!(record.conflicts().is_empty());
}

#[test]
fn two_who_take_somebody_off_at_once_have_taken_off_both() {
    let before = written(&[5, 6, 7]);
    let note = SealedNote::of(&before).unwrap();
    let ops = [note.taking_off(user(5)).unwrap(), note.taking_off(user(6)).unwrap()];
    let mut record = before.clone();
    for (number, op) in (2..).zip(ops) {
        record.apply(&entry(number, user(8), change(op)));
    }
    assert_eq!(who(&record), [1, 7]);
    // And who was taken off comes back only when somebody who knows that lets them in.
    let back = SealedNote::of(&record).unwrap().letting_in(&[user(5)].into()).unwrap();
    record.apply(&entry(4, WRITER, change(back)));
    assert_eq!(who(&record), [1, 5, 7]);
}

#[test]
fn its_writer_is_never_taken_off_and_nobody_twice() {
    let record = written(&[5]);
    let note = SealedNote::of(&record).unwrap();
    assert_eq!(note.taking_off(WRITER), None);
    assert_eq!(note.taking_off(user(6)), None);
    assert_eq!(note.letting_in(&[user(5), WRITER].into()), None);
    // Not even by a statement that says so.
    let mut record = written(&[5]);
    let off = Op {
        field: Field::NOTE_READERS,
        value: Value::Codes(vec![format!("-{WRITER}"), "rubbish".into(), "-".into()]),
        replaces: vec![],
    };
    record.apply(&entry(2, user(5), change(off)));
    assert_eq!(who(&record), [1, 5]);
}

#[test]
fn who_may_change_a_note_is_as_agreed() {
    let record = written(&[5]);
    let op = |field| Op { field, value: Value::Nothing, replaces: vec![] };
    // Text, wraps, readers, what it hangs on: may each be stated?
    for (who, role, near, wanted) in [
        (1, Role::Counsellor, false, [true, true, true, true]),
        (5, Role::Caseworker, true, [true, true, true, false]),
        (6, Role::Counsellor, true, [false, false, false, false]),
        (6, Role::Caseworker, true, [false, false, false, false]),
        (6, Role::Supervisor, true, [false, false, true, false]),
        (6, Role::Supervisor, false, [false, false, false, false]),
        (6, Role::Administrator, true, [false, false, false, false]),
    ] {
        let told = [Field::NOTE_SEALED, Field::NOTE_WRAPS, Field::NOTE_READERS, Field::OWNER]
            .map(|field| may_change(user(who), role, near, Some(&record), &change(op(field))));
        assert_eq!(told, wanted, "{who} {role:?} {near}");
    }
    assert!(may_change(user(6), Role::Caseworker, true, None, &change(op(Field::OWNER))));
    assert!(!may_change(user(6), Role::Caseworker, true, None, &change(op(Field::NOTE_READERS))));
}

#[test]
fn a_reader_is_one_since_they_were_first_named_by_who_may_name_them() {
    let supervisor = user(7);
    let supervises = |who| who == supervisor;
    let named = |record: &Record| -> Vec<(u8, u64)> {
        let named = SealedNote::of(record).unwrap().named(supervises);
        named.into_iter().map(|(user, at)| (user.0[0], at)).collect()
    };
    let mut record = written(&[5]);
    assert_eq!(named(&record), [(1, 1), (5, 1)]);
    // A supervisor and a reader name somebody; a stranger does too, and whoever they named names one more.
    for (number, author, who) in [(2, 7, 6), (3, 5, 8), (4, 30, 31), (5, 31, 32), (6, 30, 5)] {
        let op = Op {
            field: Field::NOTE_READERS,
            value: Value::Codes(vec![user(who).to_string()]),
            replaces: Vec::new(),
        };
        record.apply(&entry(number, user(author), change(op)));
    }
    assert_eq!(who(&record), [1, 5, 6, 8, 31, 32]);
    assert_eq!(named(&record), [(1, 1), (5, 1), (6, 2), (8, 3)]);
    // One is taken off, by which all others of that statement are named once more: they were before.
    let off = |record: &Record, who| change(SealedNote::of(record).unwrap().taking_off(user(who)).unwrap());
    let made = entry(10, supervisor, off(&record, 8));
    record.apply(&made);
    assert_eq!(named(&record), [(1, 1), (5, 1), (6, 2)]);
    // Who was taken off and let in again is one since then; who was taken off named others all the same.
    let back = SealedNote::of(&record).unwrap().letting_in(&[user(8)].into()).unwrap();
    record.apply(&entry(12, WRITER, change(back)));
    let made = entry(13, WRITER, off(&record, 5));
    record.apply(&made);
    assert_eq!(named(&record), [(1, 1), (6, 2), (8, 12)]);
    // By a clock that is behind.
    let back = SealedNote::of(&record).unwrap().letting_in(&[user(5)].into()).unwrap();
    record.apply(&entry(11, WRITER, change(back)));
    assert_eq!(named(&record), [(1, 1), (5, 11), (6, 2), (8, 12)]);
    // Who takes themselves off and lets themselves in has not been named anew, nor who supervises and names themselves.
    let made = entry(20, user(6), off(&record, 6));
    record.apply(&made);
    for (number, who) in [(21, 6), (22, 7)] {
        let back = SealedNote::of(&record).unwrap().letting_in(&[user(who)].into()).unwrap();
        record.apply(&entry(number, user(who), change(back)));
    }
    assert_eq!(who(&record), [1, 5, 6, 7, 8, 31, 32]);
    assert_eq!(named(&record), [(1, 1), (5, 11), (6, 2), (8, 12)]);
    let ever = SealedNote::of(&record).unwrap().ever_named(supervises);
    assert_eq!(ever.iter().map(|user| user.0[0]).collect::<Vec<_>>(), [1, 5, 6, 8]);
}

proptest! {
    /// Whatever order deeds arrive in, all devices agree on who reads it; and who was taken off last is off.
    #[test]
    fn devices_agree_on_the_readers(deeds in prop::collection::vec((2_u8..6, any::<bool>()), 1..6), turn in 0_usize..6) {
        let mut whole = written(&[2, 3]);
        let mut entries = Vec::new();
        for (number, (who, on)) in (10_u8..).zip(&deeds) {
            let note = SealedNote::of(&whole).unwrap();
            let op = if *on { note.letting_in(&[user(*who)].into()) } else { note.taking_off(user(*who)) };
            if let Some(op) = op {
                let made = entry(number, WRITER, change(op));
                whole.apply(&made);
                prop_assert_eq!(readers(&whole).contains(&user(*who)), *on);
                entries.push(made);
            }
        }
        let mut other = written(&[2, 3]);
        let turn = turn.min(entries.len());
        entries.rotate_left(turn);
        entries.iter().for_each(|made| other.apply(made));
        prop_assert_eq!(readers(&other), readers(&whole));
    }
}
