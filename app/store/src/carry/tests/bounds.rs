//! What others bring has an end: in number, in weight and in age; and what the server could not take can be dropped.

use super::*;
use crate::mailbox::Waybill;
use domain::EnvelopeId;
use seal::{Outgoing, Parcel, short_digest};

fn took(store: &Store, most: (usize, usize), bytes: &[u8]) -> Result<TakenOver, CarryFault> {
    now(store.mailbox().take_over_up_to(most, bytes))
}

/// Bytes of what is carried, with the capsules.
fn weight(store: &Store) -> usize {
    let Waybill { waiting, capsules } = now(store.mailbox().waybill(true)).unwrap();
    let carried: usize =
        waiting.iter().filter(|it| is_carried(it.row.vault)).map(|it| it.row.envelope.len()).sum();
    carried + capsules.values().map(|row| row.bytes.len()).sum::<usize>()
}

#[test]
fn a_device_carries_so_much_and_no_more_and_says_so() {
    assert_eq!((MOST_ITEMS, MOST_BYTES), (20_000, 64 * 1024 * 1024));
    let Trip { office, first, second, .. } = trip(5, 0);
    let file = packed(&first).bytes;
    let came = took(&second, (3, usize::MAX), &file).unwrap();
    assert_eq!((came.taken, came.laden, came.full, came.whole), (3, true, false, true));
    assert_eq!(took(&second, (3, usize::MAX), &file), Err(CarryFault::Laden));
    assert_eq!(now(second.mailbox().carried()).unwrap().waiting, 3);
    // Handed in it weighs nothing any more.
    go(&second, &office);
    let came = took(&second, (3, usize::MAX), &file).unwrap();
    assert_eq!((came.taken, came.delivered, came.laden), (2, 3, false));
    go(&second, &office);
    assert_eq!(office.entries.borrow().len(), 5);

    let ((third, _), (fourth, _)) = (device(), device());
    let _carriers = (office.enrol(&third, 3), office.enrol(&fourth, 4));
    assert_eq!(taken(&third, &file).taken, 5);
    let all = weight(&third);
    let came = took(&fourth, (usize::MAX, all - 1), &file).unwrap();
    assert!(came.laden && came.taken == 4 && weight(&fourth) < all, "{came:?}");
    assert_eq!(took(&fourth, (usize::MAX, all), &file).unwrap().taken, 1);
    // One's own work is not counted.
    let Trip { first, second, carrier, .. } = trip(2, 0);
    (5..=9).for_each(|number| save(&carrier, number));
    assert_eq!(took(&second, (2, usize::MAX), &packed(&first).bytes).unwrap().taken, 2);
}

#[test]
fn what_the_server_could_not_take_of_others_can_be_dropped_and_nothing_else() {
    let Trip { office, first, author, second, carrier, .. } = trip(2, 0);
    taken(&second, &packed(&first).bytes);
    office.verdict.set(Some(Verdict::Unreadable));
    assert_eq!(go(&second, &office).refused, 1);
    office.verdict.set(Some(Verdict::Unreadable));
    save(&carrier, 7);
    now(round::run(&second.mailbox(), &office, Budget::PAGE)).unwrap();
    save(&author, 8);
    taken(&second, &packed(&first).bytes);
    let carried = now(second.mailbox().carried()).unwrap();
    assert_eq!((carried.waiting, carried.refused), (1, 1));
    assert_eq!(now(second.mailbox().drop_refused_carried()), Ok(1));
    assert_eq!(now(second.mailbox().drop_refused_carried()), Ok(0));
    let carried = now(second.mailbox().carried()).unwrap();
    assert_eq!((carried.waiting, carried.refused), (1, 0));
    let own = now(carrier.outbox()).unwrap();
    assert_eq!(own.iter().map(|it| it.state).collect::<Vec<_>>(), [crate::ItemState::Refused]);
    // The device it came from has it still.
    assert_eq!(now(first.mailbox().left_here()).unwrap().entries, 3);
    assert_eq!(go(&first, &office).left, 0);
    assert!(office.entries.borrow().len() >= 3);
}

#[test]
fn a_full_device_settles_what_the_server_took_though_the_receipts_find_no_room() {
    let Trip { office, first, second, second_database, .. } = trip(1, 0);
    taken(&second, &packed(&first).bytes);
    *office.checkpoint.borrow_mut() = Some(vec![1; 4_000]);
    second_database.limit_room(Some(second_database.size() + 1_000));
    assert_eq!(go(&second, &office).delivered, 1);
    let carried = now(second.mailbox().carried()).unwrap();
    assert_eq!((carried.waiting, carried.delivered, carried.receipts), (0, 1, false));
    let parcels = office.parcels.borrow().len();
    go(&second, &office);
    assert_eq!(office.parcels.borrow().len(), parcels);
}

#[test]
fn receipts_that_are_handed_on_say_nothing_of_the_carrier_s_own_work() {
    let Trip { office, first, second, carrier, .. } = trip(2, 0);
    taken(&second, &packed(&first).bytes);
    save(&carrier, 9);
    let waiting = now(second.mailbox().waybill(true)).unwrap().waiting;
    go(&second, &office);
    let back = receipts(&second, &office);
    for it in waiting {
        let is_named = back.windows(16).any(|some| some == short_digest(&it.row.envelope));
        assert_eq!(is_named, is_carried(it.row.vault));
    }
}

#[test]
fn receipts_that_nobody_came_for_are_forgotten() {
    let Trip { office, first, second, second_database, carrier, .. } = trip(1, 0);
    taken(&second, &packed(&first).bytes);
    go(&second, &office);
    let age = |days: u64| {
        let (key, row) = now(second.mailbox().receipt_rows()).unwrap().remove(0);
        let at = clock::now_ms() - days * 86_400_000;
        let mut batch = Batch::default();
        batch.put(Table::Counters, key, [&rows::write_number(at)[..], &row[8..]].concat());
        now(second_database.commit(batch)).unwrap();
    };
    for (number, days, left) in [(7, 59, 1), (8, 61, 0)] {
        age(days);
        save(&carrier, number);
        go(&second, &office);
        assert_eq!(now(second.mailbox().receipt_rows()).unwrap().len(), left, "{days}");
    }
}

#[test]
fn what_says_to_be_sealed_in_another_age_is_no_older_than_a_year_and_no_younger_than_now() {
    let Trip { office, second, .. } = trip(0, 0);
    let mut rng = clock::rng();
    let outgoing = Outgoing::begin(&mut rng, &office.secrets.sealing_public).unwrap();
    let mut seal = |id, seq| {
        let enrolment = EnrolmentId([77; 16]);
        outgoing.seal(&mut rng, Purpose::Entry, EnvelopeId([id; 16]), enrolment, seq, &[1; 9]).unwrap()
    };
    let envelopes = vec![seal(0, 1), seal(255, 2)];
    let parcel = Parcel { capsules: vec![outgoing.capsule().1.to_vec()], envelopes }.to_bytes();
    let office = seal::carried::office(&office.root.fingerprint());
    let file = File { kind: Kind::Work, office, parts: vec![parcel], whole: true };
    let before = clock::now_ms();
    assert_eq!(taken(&second, &file.to_bytes()).taken, 2);
    let waiting = now(second.mailbox().waybill(true)).unwrap().waiting;
    let mut times: Vec<u64> = waiting.iter().map(|it| it.row.saved_at).collect();
    times.sort_unstable();
    let year = 366 * 86_400_000;
    assert!(times[0] >= before - year && times[0] < before - year + 60_000, "{times:?}");
    assert!(times[1] >= before && times[1] <= clock::now_ms(), "{times:?}");
    assert_eq!(now(second.mailbox().carried_report()).unwrap(), (2, 366 * 24));
}
