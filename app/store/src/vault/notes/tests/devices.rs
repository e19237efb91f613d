//! Devices that a reader got after they were named.

use super::*;

/// These are told of each other, and of a second device of the reader.
fn know_of(writer: &Desk, reader: &Desk, second: &Desk, all: &[&Desk]) {
    let told = Directory { people: vec![writer.person(&[writer]), reader.person(&[reader, second])] };
    all.iter().for_each(|desk| now(desk.vault.keep_directory(&told)).unwrap());
}

#[test]
fn a_readers_new_device_waits_for_the_yes_of_somebody_who_reads_it() {
    let [writer, reader] = [1, 2].map(Desk::new);
    let second = Desk::another(3, &reader);
    let all = [&writer, &reader, &second];
    know_each_other(&[&writer, &reader]);
    writer.writes(&[&reader]);
    share(&all, &[&writer, &reader]);
    know_of(&writer, &reader, &second, &all);
    share(&all, &all);
    // Nobody does anything, however often they hear of it.
    assert_eq!(all.map(Desk::tend), [0, 0, 0]);
    assert_eq!(second.reads(), Err(NotOpened::NotYet));
    assert_eq!([&writer, &reader, &second].map(Desk::is_new), [false, false, true]);
    let [shown] = writer.waiting()[..] else { panic!("one waits") };
    assert_eq!((shown.user, shown.since, shown.inbox), (reader.user(), second.since, second.inbox));
    assert_eq!(second.vault.own_key(), Ok(shown.inbox));
    assert_eq!((reader.waiting(), second.waiting()), (vec![shown], vec![]));
    hears_of_the_person(&writer);
    assert_eq!(now(writer.vault.owners_with_waiting_devices()), Ok(vec![(Kind::INDIVIDUAL, PERSON)]));
    // The yes is for the key that was shown, and for a device that waits.
    assert!(!writer.gives(70, &WaitingDevice { inbox: Desk::new(9).inbox, ..shown }));
    assert!(!writer.gives(70, &WaitingDevice { enrolment: EnrolmentId([9; 16]), ..shown }));
    assert!(!second.gives(70, &shown));
    assert!(writer.gives(70, &shown));
    share(&all, &all);
    assert_eq!(second.reads().as_deref(), Ok(SAID));
    assert_eq!(all.map(|desk| desk.waiting().len()), [0, 0, 0]);
    assert!(!reader.gives(71, &shown));
    assert_eq!(now(writer.vault.owners_with_waiting_devices()), Ok(vec![]));
    assert_eq!(all.map(Desk::tend), [0, 0, 0]);
}

fn hears_of_the_person(desk: &Desk) {
    let mut person = Record::new(PERSON, Kind::INDIVIDUAL);
    let change = person.change([(Field::GIVEN_NAMES, Value::text("Amina"))]);
    person.apply(&desk.vault.entry_of(EntryId([61; 16]), change.into_iter().collect()));
    desk.hear(vec![person]);
}

#[test]
fn the_writers_own_new_device_waits_for_the_other_one() {
    let [writer, reader] = [1, 2].map(Desk::new);
    let second = Desk::another(3, &writer);
    let all = [&writer, &reader, &second];
    know_each_other(&[&writer, &reader]);
    writer.writes(&[]);
    know_of(&reader, &writer, &second, &all);
    share(&all, &[&writer, &second]);
    assert_eq!((writer.tend(), second.tend(), second.is_new()), (0, 0, true));
    let [shown] = writer.waiting()[..] else { panic!("one waits") };
    assert!(writer.gives(70, &shown));
    share(&all, &[&second]);
    assert_eq!(second.reads().as_deref(), Ok(SAID));
}

#[test]
fn who_is_named_with_a_device_already_there_reads_it_with_nobodys_yes() {
    let [writer, reader] = [1, 2].map(Desk::new);
    // Enrolled a few minutes after, by a clock that differs.
    let soon = Desk { since: clock::now_ms() + 9 * 60 * 1000, ..Desk::another(3, &reader) };
    let all = [&writer, &reader, &soon];
    know_of(&writer, &reader, &soon, &all);
    writer.writes(&[]);
    assert!(writer.changes_readers(70, &[&reader], None));
    share(&all, &all);
    assert_eq!((reader.reads().as_deref(), soon.reads().as_deref()), (Ok(SAID), Ok(SAID)));
    assert_eq!((soon.is_new(), writer.waiting()), (false, vec![]));
    // Another one later, and then named anew, after having been taken off: it was there.
    let late = Desk { since: clock::now_ms(), ..Desk::another(4, &reader) };
    let people = vec![writer.person(&[&writer]), reader.person(&[&reader, &late])];
    now(writer.vault.keep_directory(&Directory { people })).unwrap();
    assert!(writer.changes_readers(71, &[], Some(&reader)));
    share(&all, &[&writer]);
    assert!(writer.changes_readers(72, &[&reader], None));
    share(&all, &[&late]);
    assert_eq!(late.reads().as_deref(), Ok(SAID));
}

#[test]
fn sealing_anew_keeps_the_devices_that_got_a_yes_and_brings_in_none_that_waits() {
    let ([writer, reader, removed], supervisor) = ([1, 2, 3].map(Desk::new), Desk::supervising(4));
    let (given, waiting) = (Desk::another(5, &reader), Desk::another(6, &reader));
    let all = [&writer, &reader, &removed, &supervisor, &given, &waiting];
    know_each_other(&[&writer, &reader, &removed, &supervisor]);
    writer.writes(&[&reader, &removed]);
    let people = vec![
        writer.person(&[&writer]),
        reader.person(&[&reader, &given, &waiting]),
        removed.person(&[&removed]),
        supervisor.person(&[&supervisor]),
    ];
    let told = Directory { people };
    all.iter().for_each(|desk| now(desk.vault.keep_directory(&told)).unwrap());
    share(&all, &[&writer]);
    let shown = writer.waiting();
    assert_eq!(shown.len(), 2);
    assert!(writer.gives(70, shown.iter().find(|one| one.inbox == given.inbox).unwrap()));
    // A supervisor who does not read it states the readers anew; that is nobody's yes.
    supervisor.hear(vec![stub(&all)]);
    assert!(supervisor.changes_readers(71, &[], Some(&removed)));
    share(&all, &[&writer]);
    assert_eq!((writer.tend(), writer.tend()), (1, 0));
    share(&all, &all);
    assert_eq!([&writer, &reader, &given].map(Desk::reads), [(); 3].map(|()| Ok(SAID.to_owned())));
    assert_eq!([&removed, &waiting].map(Desk::reads), [(); 2].map(|()| Err(NotOpened::NotYet)));
    assert_eq!(writer.waiting().iter().map(|one| one.inbox).collect::<Vec<_>>(), [waiting.inbox]);
}

#[test]
fn nobody_names_themselves_neither_who_supervises_nor_from_a_second_device() {
    let ([writer, reader], supervisor) = ([1, 2].map(Desk::new), Desk::supervising(3));
    let second = Desk::another(4, &reader);
    let all = [&writer, &reader, &supervisor, &second];
    let people = vec![
        writer.person(&[&writer]),
        reader.person(&[&reader, &second]),
        supervisor.person(&[&supervisor]),
    ];
    know_each_other(&[&writer, &reader, &supervisor]);
    writer.writes(&[&reader]);
    let told = Directory { people };
    all.iter().for_each(|desk| now(desk.vault.keep_directory(&told)).unwrap());
    supervisor.hear(vec![stub(&all)]);
    assert!(supervisor.changes_readers(70, &[&supervisor], None));
    share(&all, &all);
    assert_eq!(all.map(Desk::tend), [0; 4]);
    assert_eq!(supervisor.reads(), Err(NotOpened::NotYet));
    let waits: BTreeSet<UserId> = writer.waiting().iter().map(|one| one.user).collect();
    assert_eq!(waits, [reader.user(), supervisor.user()].into());
    // Taken off and let in from the reader's second device, by a clock that is ahead, it waits as before.
    let ahead = |entry, op| {
        let change = Change { record: NOTE, kind: Kind::NOTE, ops: vec![op] };
        let at = second.since + u64::from(entry);
        Entry { at, ..second.vault.entry_of(EntryId([entry; 16]), vec![change]) }
    };
    let mut record = on_the_server(&all, NOTE, Kind::NOTE);
    let off = SealedNote::of(&record).unwrap().taking_off(reader.user()).unwrap();
    record.apply(&ahead(71, off));
    let on = SealedNote::of(&record).unwrap().letting_in(&[reader.user()].into()).unwrap();
    record.apply(&ahead(72, on));
    assert!(SealedNote::of(&record).unwrap().may_read(reader.user()));
    all.iter().for_each(|desk| desk.hear(vec![record.clone()]));
    assert_eq!(all.map(Desk::tend), [0; 4]);
    assert_eq!(second.reads(), Err(NotOpened::NotYet));
    assert!(writer.waiting().iter().any(|one| one.inbox == second.inbox));
}

#[test]
fn whom_a_stranger_names_gets_no_key_by_itself() {
    let [writer, stranger, friend] = [1, 2, 3].map(Desk::new);
    let all = [&writer, &stranger, &friend];
    know_each_other(&all);
    writer.writes(&[]);
    stranger.hear(vec![stub(&all)]);
    assert!(stranger.changes_readers(70, &[&friend], None));
    share(&all, &all);
    assert_eq!(all.map(Desk::tend), [0, 0, 0]);
    assert_eq!(friend.reads(), Err(NotOpened::NotYet));
    // It is for the writer to say.
    let [shown] = writer.waiting()[..] else { panic!("one waits") };
    assert_eq!(shown.inbox, friend.inbox);
}
