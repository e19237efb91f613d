//! Unsent work from a device with no line over another one to the server, and the receipts back.

mod bounds;
mod former;

use super::*;
use crate::database::Database;
use crate::store::Store;
use crate::testing::*;
use crate::transaction::Batch;
use crate::{Budget, Trouble, Vault, round};
use domain::{DraftId, EntryId};
use seal::Verdict;
use seal::carried::{File, Kind};

fn go(store: &Store, office: &Office) -> crate::RoundOutcome {
    now(round::run(&store.mailbox(), office, Budget::NOW)).unwrap()
}

fn save(vault: &Vault, number: u8) {
    now(vault.save(&registers(vault, number, number, "Amina"), note("Amina"), None)).unwrap();
}

fn draft(vault: &Vault, number: u8) {
    let note = crate::DraftNote { title: "Amina".into(), form: "register".into(), step: 1 };
    let entry = EntryId([number + 100; 16]);
    now(vault.save_draft(DraftId([number; 16]), entry, &[number; 700], note)).unwrap();
}

/// An office, a device with no line on which so much was saved, and one with a line.
struct Trip {
    office: Office,
    first: Store,
    author: Vault,
    second: Store,
    carrier: Vault,
    second_database: Database,
}

fn trip(entries: u8, drafts: u8) -> Trip {
    let (office, (first, _), (second, second_database)) = (Office::new(), device(), device());
    let (author, _) = office.enrol(&first, 1);
    let (carrier, _) = office.enrol(&second, 2);
    (1..=entries).for_each(|number| save(&author, number));
    (1..=drafts).for_each(|number| draft(&author, number));
    Trip { office, first, author, second, carrier, second_database }
}

fn packed(store: &Store) -> Packed {
    now(store.mailbox().pack_work()).unwrap().unwrap()
}

fn taken(store: &Store, bytes: &[u8]) -> TakenOver {
    now(store.mailbox().take_over(bytes)).unwrap()
}

fn receipts(store: &Store, office: &Office) -> Vec<u8> {
    now(store.mailbox().pack_receipts(office)).unwrap().unwrap()
}

#[test]
fn a_locked_device_hands_in_what_another_saved_and_the_receipts_settle_it_there() {
    let Trip { office, first, author, second, carrier, .. } = trip(5, 2);
    author.lock();
    carrier.lock();
    let file = packed(&first);
    assert_eq!((file.entries, file.drafts), (5, 2));
    // Everything stays in the first device's outbox.
    let left = now(first.mailbox().left_here()).unwrap();
    assert_eq!((left.entries, left.drafts, left.carried), (5, 2, 0));

    let came = taken(&second, &file.bytes);
    assert_eq!((came.taken, came.waiting, came.delivered, came.unreadable), (7, 0, 0, 0));
    assert!(came.whole && !came.full);
    assert_eq!(now(second.mailbox().carried()).unwrap().waiting, 7);
    assert_eq!(go(&second, &office).delivered, 7);
    assert_eq!((office.entries.borrow().len(), office.drafts.borrow().len()), (5, 2));
    let carried = now(second.mailbox().carried()).unwrap();
    // Drafts are not kept once they were handed in, as one's own.
    assert_eq!((carried.waiting, carried.delivered, carried.receipts), (0, 5, true));

    // Back to the first device, which has no line still.
    let back = receipts(&second, &office);
    let learnt = now(first.mailbox().take_receipts(&back)).unwrap();
    assert_eq!((learnt.settled, learnt.parked, learnt.forged, learnt.other_times), (7, 0, 0, 0));
    assert!(learnt.whole && now(first.mailbox().left_here()).unwrap().is_nothing());
    // Once more changes nothing, and nothing goes out a second time.
    let learnt = now(first.mailbox().take_receipts(&back)).unwrap();
    assert_eq!((learnt.settled, learnt.others), (0, 7));
    let parcels = office.parcels.borrow().len();
    go(&first, &office);
    assert_eq!(office.parcels.borrow().len(), parcels);
}

#[test]
fn with_a_line_the_first_device_hears_already_here() {
    let Trip { office, first, author, second, .. } = trip(4, 0);
    taken(&second, &packed(&first).bytes);
    go(&second, &office);
    let outcome = go(&first, &office);
    assert_eq!((outcome.delivered, outcome.left), (4, 0));
    assert_eq!(office.entries.borrow().len(), 4);
    assert_eq!(now(author.waiting()).unwrap().unsent, 0);
}

#[test]
fn the_same_file_twice_a_file_brought_home_and_one_that_was_delivered_change_nothing() {
    let Trip { office, first, second, .. } = trip(3, 1);
    let file = packed(&first).bytes;
    assert_eq!(taken(&second, &file).taken, 4);
    let again = taken(&second, &file);
    assert_eq!((again.taken, again.waiting), (0, 4));
    let home = taken(&first, &file);
    assert_eq!((home.taken, home.waiting), (0, 4));
    go(&second, &office);
    let late = taken(&second, &file);
    // The draft's envelope is not remembered; it goes once more and changes nothing.
    assert_eq!((late.taken, late.delivered), (1, 3));
    go(&second, &office);
    assert_eq!(office.entries.borrow().len(), 3);
}

#[test]
fn a_carrier_may_hand_on_what_it_carries_and_its_own_goes_first() {
    let Trip { office, first, second, carrier, .. } = trip(2, 0);
    taken(&second, &packed(&first).bytes);
    save(&carrier, 9);
    let (third, _) = device();
    let (_last, _) = office.enrol(&third, 3);
    let both = packed(&second);
    assert_eq!(both.entries, 3);
    let waybill = now(second.mailbox().waybill(true)).unwrap();
    let carried: Vec<bool> = waybill.waiting.iter().map(|it| is_carried(it.row.vault)).collect();
    assert_eq!(carried, [false, true, true]);
    assert_eq!(taken(&third, &both.bytes).taken, 3);
    go(&third, &office);
    assert_eq!(office.entries.borrow().len(), 3);
    // One file of receipts tells both.
    let back = receipts(&third, &office);
    assert_eq!(now(second.mailbox().take_receipts(&back)).unwrap().settled, 3);
    assert_eq!(now(first.mailbox().take_receipts(&back)).unwrap().settled, 2);
}

#[test]
fn half_a_file_delivers_that_half_and_a_spoilt_byte_costs_one_parcel() {
    let Trip { first, office, .. } = trip(120, 0);
    let file = packed(&first).bytes;
    let parts = File::from_bytes(&file).unwrap().parts.len();
    assert!(parts >= 2, "one part for every 16 KiB");
    let carrier = |number| {
        let (store, _) = device();
        let (vault, _) = office.enrol(&store, number);
        (store, vault)
    };
    let (half, _vault) = carrier(4);
    let came = taken(&half, &file[..file.len() / 2]);
    assert!(!came.whole && came.taken > 0 && came.taken < 120, "{came:?}");
    go(&half, &office);
    assert_eq!(office.entries.borrow().len(), came.taken);
    let (other, _vault) = carrier(5);
    let mut spoilt = file.clone();
    spoilt[file.len() / 2] ^= 1;
    let came = taken(&other, &spoilt);
    assert!(!came.whole && came.taken > 0 && came.taken < 120, "{came:?}");
    // What is missing comes with the whole file.
    assert_eq!(came.taken + taken(&other, &file).taken, 120);
    go(&other, &office);
    assert_eq!(office.entries.borrow().len(), 120);
    assert_eq!(now(half.mailbox().take_over(&file[..40])), Err(CarryFault::Damaged));
}

#[test]
fn a_file_of_another_office_another_kind_or_none_at_all_is_refused() {
    let Trip { office, first, second, .. } = trip(1, 0);
    let (elsewhere, (stranger, _)) = (Office::new(), device());
    let (theirs, _) = elsewhere.enrol(&stranger, 1);
    save(&theirs, 1);
    let take = |bytes: &[u8]| now(second.mailbox().take_over(bytes)).err();
    assert_eq!(take(&packed(&stranger).bytes), Some(CarryFault::OtherOffice));
    assert_eq!(take(b"<html>Sign in to the hotel</html>"), Some(CarryFault::NotOurs));
    let mut later = packed(&first).bytes;
    later[11] = 2;
    assert_eq!(take(&later), Some(CarryFault::Newer));
    taken(&second, &packed(&first).bytes);
    go(&second, &office);
    let back = receipts(&second, &office);
    assert_eq!(take(&back), Some(CarryFault::OtherKind));
    let learn = |store: &Store, bytes: &[u8]| now(store.mailbox().take_receipts(bytes)).err();
    assert_eq!(learn(&first, &packed(&first).bytes), Some(CarryFault::OtherKind));
    assert_eq!(learn(&stranger, &back), Some(CarryFault::OtherOffice));
    let (fresh, _) = device();
    assert_eq!(now(fresh.mailbox().take_over(&back)).err(), Some(CarryFault::OtherKind));
    assert_eq!(now(fresh.mailbox().take_over(&packed(&first).bytes)).err(), Some(CarryFault::NobodyHere));
    assert_eq!(now(fresh.mailbox().pack_work()), Ok(None));
}

#[test]
fn receipts_settle_nothing_unless_the_server_signed_them_and_of_the_time_that_is_known() {
    let Trip { office, first, second, .. } = trip(2, 0);
    taken(&second, &packed(&first).bytes);
    go(&second, &office);
    let back = receipts(&second, &office);
    // Signed by somebody else, for the same office's name.
    let forged = {
        let mut file = File::from_bytes(&back).unwrap();
        let last = file.parts.last_mut().unwrap();
        let middle = last.len() / 2;
        last[middle] ^= 1;
        file.to_bytes()
    };
    let learnt = now(first.mailbox().take_receipts(&forged)).unwrap();
    assert_eq!((learnt.settled, learnt.forged), (0, 1));
    assert_eq!(now(first.mailbox().left_here()).unwrap().entries, 2);
    // Of a server that was restored since: the first device knows nothing of that yet, and waits for a line.
    office.epoch.set([9; 16]);
    office.entries.borrow_mut().clear();
    let (third, _) = device();
    let (_carrier, _) = office.enrol(&third, 3);
    taken(&third, &packed(&first).bytes);
    go(&third, &office);
    let learnt = now(first.mailbox().take_receipts(&receipts(&third, &office))).unwrap();
    assert_eq!((learnt.settled, learnt.other_times), (0, 1));
    assert_eq!(now(first.mailbox().left_here()).unwrap().entries, 2);
    // And the former answer is of no use to a device that knows of the restore.
    go(&first, &office);
    assert_eq!(office.entries.borrow().len(), 2);
}

#[test]
fn what_the_server_parks_its_author_hears_of_and_the_carrier_does_not() {
    let Trip { office, first, author, second, carrier, .. } = trip(1, 0);
    taken(&second, &packed(&first).bytes);
    office.verdict.set(Some(Verdict::Parked));
    office.reason.set("role_lost");
    go(&second, &office);
    assert_eq!(now(carrier.outbox()).unwrap().len(), 0);
    let learnt = now(first.mailbox().take_receipts(&receipts(&second, &office))).unwrap();
    assert_eq!((learnt.settled, learnt.parked), (1, 1));
    let item = now(author.outbox()).unwrap().remove(0);
    assert_eq!((item.state, item.reason.as_str()), (crate::ItemState::Parked, "role_lost"));
}

#[test]
fn a_restored_server_is_given_again_what_was_carried() {
    let Trip { office, first, second, .. } = trip(3, 0);
    taken(&second, &packed(&first).bytes);
    go(&second, &office);
    office.entries.borrow_mut().clear();
    office.capsules.borrow_mut().clear();
    office.epoch.set([8; 16]);
    go(&second, &office);
    go(&second, &office);
    let _ = now(round::run(&second.mailbox(), &office, Budget::PAGE)).unwrap();
    assert_eq!(office.entries.borrow().len(), 3);
}

#[test]
fn a_full_device_says_what_it_took_over_and_has_that_and_no_more() {
    let Trip { office, first, second, second_database, .. } = trip(150, 0);
    let file = packed(&first).bytes;
    second_database.limit_room(Some(second_database.size() + file.len() * 2 / 3));
    let came = taken(&second, &file);
    assert!(came.full && came.taken > 0 && came.taken < 150, "{came:?}");
    assert_eq!(now(second.mailbox().carried()).unwrap().waiting, came.taken);
    second_database.limit_room(None);
    go(&second, &office);
    assert_eq!(office.entries.borrow().len(), came.taken);
    assert_eq!(taken(&second, &file).taken, 150 - came.taken);
}

#[test]
fn nothing_of_a_file_is_readable_and_screens_hold_what_fits() {
    let Trip { first, author, second, office, .. } = trip(0, 0);
    for number in 1..=12 {
        let entry = registers(&author, number, number, "Yorleny del Carmen Quetzal");
        now(author.save(&entry, note("Yorleny del Carmen Quetzal"), None)).unwrap();
    }
    let file = packed(&first).bytes;
    for word in ["Yorleny", "Quetzal", "meteti", "Rosa", "R1"] {
        assert!(!file.windows(word.len()).any(|it| it == word.as_bytes()), "{word}");
    }
    let most = 4 * 1024;
    let (screens, too_large) = now(first.mailbox().pack_for_screens(most)).unwrap();
    assert_eq!(too_large, 0);
    assert!(screens.len() > 1 && screens.iter().all(|it| it.bytes.len() <= most && it.entries > 0));
    assert_eq!(screens.iter().map(|it| it.entries).sum::<usize>(), 12);
    // Each is enough for itself, in whatever order.
    for screen in screens.iter().rev() {
        assert_eq!(taken(&second, &screen.bytes).taken, screen.entries);
    }
    go(&second, &office);
    assert_eq!(office.entries.borrow().len(), 12);
    assert_eq!(now(first.mailbox().pack_for_screens(1_300)).unwrap(), (Vec::new(), 12));
}

#[test]
fn the_office_is_told_of_carried_work_apart() {
    let Trip { office, first, second, carrier, .. } = trip(3, 0);
    save(&carrier, 7);
    taken(&second, &packed(&first).bytes);
    office.before.borrow_mut().push(Trouble::ServerUnavailable);
    go(&second, &office);
    let report = now(second.mailbox().report_of(carrier.identity().vault)).unwrap();
    assert_eq!(report.unsent, 1);
    assert_eq!(now(second.mailbox().carried_report()).unwrap(), (3, 0));
}

#[test]
fn an_older_app_hands_in_what_a_later_one_saved_and_changes_no_byte() {
    let Trip { office, second, second_database, carrier, .. } = trip(0, 0);
    (1..=70).for_each(|number| save(&carrier, number));
    let before = second_database.every_value();
    let mut done = std::collections::BTreeSet::new();
    office.before.borrow_mut().push(Trouble::NoAnswer);
    let outcome = now(deliver_as_is(&second.mailbox(), &office, &mut done)).unwrap();
    assert_eq!((outcome.held, outcome.trouble), (0, Some(Trouble::NoAnswer)));
    let outcome = now(deliver_as_is(&second.mailbox(), &office, &mut done)).unwrap();
    assert_eq!((outcome.held, outcome.left.entries, outcome.trouble), (70, 70, None));
    assert_eq!(office.entries.borrow().len(), 70);
    assert_eq!(second_database.every_value(), before);
    // Not again as long as the page lives; the later app sends it once more and hears that it is there.
    let parcels = office.parcels.borrow().len();
    now(deliver_as_is(&second.mailbox(), &office, &mut done)).unwrap();
    assert_eq!(office.parcels.borrow().len(), parcels);
    assert_eq!(go(&second, &office).delivered, 70);
}

#[test]
fn tidying_in_another_page_takes_no_capsule_from_what_was_just_taken_over() {
    let Trip { office, first, second, second_database, .. } = trip(1, 0);
    let file = packed(&first).bytes;
    taken(&second, &file);
    go(&second, &office);
    // Long ago: the shelf was tidied, and the capsule may go now.
    for (table, key, bytes) in second_database.every_value() {
        let mut batch = Batch::default();
        match table {
            Table::Sent => batch.delete(table, key),
            Table::Capsules => {
                let row: rows::CapsuleRow = rows::read(table, &bytes).unwrap();
                batch.put(table, key, rows::write(&rows::CapsuleRow { made_at: 1, ..row }));
            }
            _ => continue,
        }
        now(second_database.commit(batch)).unwrap();
    }
    // Between looking and tidying the file is brought once more.
    let (store, bytes) = (second.clone(), file.clone());
    second_database.before_next_commit(move || assert_eq!(taken(&store, &bytes).taken, 1));
    now(second.mailbox().tidy()).unwrap();
    office.capsules.borrow_mut().clear();
    office.entries.borrow_mut().clear();
    go(&second, &office);
    assert_eq!(office.entries.borrow().len(), 1);
    assert_eq!(Kind::Work, File::from_bytes(&file).unwrap().kind);
}
