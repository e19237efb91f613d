//! A picture taken is there as long as anything states it, whatever becomes of the app.

use super::*;
use crate::database::{Database, Home, WhenMissing};
use crate::store::Store;
use crate::testing::*;
use crate::{Budget, DraftNote, Fetched, fetch_attachment};
use domain::{EntryId, Field, Record, Value};

const DRAFT: DraftId = DraftId([5; 16]);
const DAY: u64 = 24 * 3_600_000;

fn reopened(store: &Store, vault: &Vault) -> Vault {
    vault.lock();
    let info = now(store.vaults()).unwrap().remove(0);
    now(store.unlock(&info, &STRETCHED)).unwrap()
}

/// The addresses in a kind of rows, whatever their order.
fn addresses(database: &Database, start: &[u8]) -> BTreeSet<Address> {
    let rows = database.every_value().into_iter().filter(|(table, ..)| *table == Table::ChunksDue);
    rows.filter(|(_, key, _)| key.starts_with(start))
        .filter_map(|(_, key, _)| tables::address_of(&key))
        .collect()
}

fn of(photo: &Attachment) -> BTreeSet<Address> {
    photo.addresses().iter().copied().collect()
}

fn on_shelf(database: &Database) -> usize {
    database.every_value().into_iter().filter(|(table, ..)| *table == Table::Chunks).count()
}

/// Makes every row about chunks so much older.
fn age(database: &Database, ms: u64) {
    let mut batch = Batch::default();
    for (table, key, value) in database.every_value() {
        if table != Table::ChunksDue || key.starts_with(tables::CHUNKS_FETCHED) {
            continue;
        }
        let row: ChunkRow = rows::read(table, &value).unwrap();
        let aged = rows::write(&ChunkRow { at: row.at.saturating_sub(ms), ..row });
        if key.starts_with(tables::CHUNKS_HELD) {
            let at = u64::from_be_bytes(key[1..9].try_into().unwrap()).saturating_sub(ms);
            batch.put(table, tables::chunk_held(at, &tables::address_of(&key).unwrap()), aged);
            batch.delete(table, key);
        } else {
            batch.put(table, key, aged);
        }
    }
    now(database.commit(batch)).unwrap();
}

#[test]
fn a_photo_taken_in_a_draft_survives_a_kill_and_is_due_when_the_entry_is_saved() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let photo = now(vault.keep_attachment(DRAFT, Media::JPEG, &picture(60_000))).unwrap();
    let state = photo.to_text();
    now(vault.save_draft(DRAFT, EntryId([1; 16]), state.as_bytes(), DraftNote::default())).unwrap();

    let vault = reopened(&store, &vault);
    let (state, _) = now(vault.draft(DRAFT)).unwrap().unwrap();
    let photo = Attachment::parse(std::str::from_utf8(&state).unwrap()).unwrap();
    assert_eq!(now(vault.attachment(&photo)), Ok(Some(picture(60_000))));
    assert_eq!(now(vault.waiting()).unwrap().pictures, 0, "nobody registered it yet");
    let outcome = now(crate::round::run(&store.mailbox(), &office, Budget::NOW)).unwrap();
    assert_eq!((outcome.chunks, outcome.chunks_left), (0, 0), "of a draft no picture is sent");

    now(vault.save(&registers_with(&vault, 1, &photo), note("Amina"), Some(DRAFT))).unwrap();
    assert!(addresses(&database, tables::CHUNKS_KEPT).is_empty());
    assert_eq!(addresses(&database, tables::CHUNKS_DUE), of(&photo));
    let waiting = now(vault.waiting()).unwrap();
    assert_eq!((waiting.unsent, waiting.pictures), (1, 1));
    let stated = now(vault.record(id(1))).unwrap().unwrap();
    let stated = stated.shown(Field::PHOTO).and_then(Value::as_text).and_then(Attachment::parse);
    assert_eq!(stated, Some(photo));
}

#[test]
fn an_entry_is_saved_with_its_pictures_or_not_at_all() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let mut rng = crate::clock::rng();
    let sealed = Attachment::seal(&mut rng, Media::WEBP, &picture(100_000)).unwrap();
    let photo = sealed.reference.clone();
    let entry = registers_with(&vault, 1, &photo);
    database.limit_room(Some(database.size() + 50_000));
    let outcome = now(vault.save_with(&entry, note("Amina"), None, vec![sealed.clone()]));
    assert_eq!(outcome, Err(StoreError::Full));
    assert_eq!((now(vault.record(id(1))), on_shelf(&database)), (Ok(None), 0));
    assert_eq!(now(vault.keep_attachment(DRAFT, Media::JPEG, &picture(60_000))), Err(StoreError::Full));
    database.limit_room(None);
    now(vault.save_with(&entry, note("Amina"), None, vec![sealed.clone()])).unwrap();
    assert_eq!(addresses(&database, tables::CHUNKS_DUE), of(&photo));
    assert_eq!(now(vault.attachment(&photo)), Ok(Some(picture(100_000))));
    // Two taps on Save are one entry and one picture.
    assert!(now(vault.save_with(&entry, note("Amina"), None, vec![sealed])).unwrap().already);
    assert_eq!((on_shelf(&database), now(vault.waiting()).unwrap().pictures), (4, 1));
}

#[test]
fn another_tab_that_sweeps_while_somebody_saves_is_noticed() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let photo = now(vault.keep_attachment(DRAFT, Media::JPEG, &picture(100))).unwrap();
    // Saved there between what is read here and what is written.
    let (other, second) = (vault.clone(), registers_with(&vault, 2, &photo));
    database.before_next_commit(move || {
        now(other.save(&second, note("Amina"), None)).unwrap();
    });
    now(vault.save(&registers_with(&vault, 1, &photo), note("Amina"), None)).unwrap();
    assert_eq!(addresses(&database, tables::CHUNKS_DUE), of(&photo));
    assert!(addresses(&database, tables::CHUNKS_KEPT).is_empty());
}

#[test]
fn what_is_too_large_or_nothing_is_not_kept() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    for size in [0, seal::attachment::LIMIT + 1] {
        let outcome = now(vault.keep_attachment(DRAFT, Media::JPEG, &picture(size)));
        assert_eq!(outcome, Err(StoreError::TooLarge));
    }
    assert_eq!(on_shelf(&database), 0);
    vault.lock();
    assert_eq!(now(vault.keep_attachment(DRAFT, Media::JPEG, b"x")), Err(StoreError::Locked));
}

#[test]
fn what_a_discarded_draft_leaves_is_swept_after_a_month_and_nothing_else_is() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let keep = |draft: u8| {
        let (id, entry) = (DraftId([draft; 16]), EntryId([draft + 100; 16]));
        let photo = now(vault.keep_attachment(id, Media::JPEG, &picture(100))).unwrap();
        now(vault.save_draft(id, entry, photo.to_text().as_bytes(), DraftNote::default())).unwrap();
        photo
    };
    let (discarded, open, saved) = (keep(1), keep(2), keep(3));
    now(vault.discard_draft(DraftId([1; 16]))).unwrap();
    now(vault.save(&registers_with(&vault, 3, &saved), note("Amina"), Some(DraftId([3; 16])))).unwrap();
    let round = || now(crate::round::run(&store.mailbox(), &office, Budget::PAGE)).unwrap();
    age(&database, 29 * DAY);
    round();
    assert_eq!(on_shelf(&database), 3);
    age(&database, 2 * DAY);
    round();
    assert_eq!(now(vault.attachment(&discarded)), Ok(None));
    assert_eq!(now(vault.attachment(&open)), Ok(Some(picture(100))));
    assert_eq!(now(vault.attachment(&saved)), Ok(Some(picture(100))));
    assert_eq!(addresses(&database, tables::CHUNKS_KEPT), of(&open));
    // What the server acknowledged stays on the shelf, though not for ever among what it may be given again.
    assert_eq!(addresses(&database, tables::CHUNKS_HELD), of(&saved));
    age(&database, 15 * DAY);
    round();
    assert_eq!(on_shelf(&database), 2);
    assert!(addresses(&database, tables::CHUNKS_HELD).is_empty());
}

#[test]
fn a_colleague_fetches_a_photo_chunk_by_chunk_and_believes_only_what_its_address_says() {
    let office = Office::new();
    let (here, there) = (device(), device());
    let ((vault, _), (colleague, _)) = (office.enrol(&here.0, 1), office.enrol(&there.0, 2));
    let photo = now(vault.keep_attachment(DRAFT, Media::JPEG, &picture(150_000))).unwrap();
    now(vault.save(&registers_with(&vault, 1, &photo), note("Amina"), Some(DRAFT))).unwrap();
    let mailbox = there.0.mailbox();
    let fetch = || now(fetch_attachment(&mailbox, &office, photo.addresses())).unwrap();
    assert_eq!(now(colleague.attachment(&photo)), Ok(None));
    assert_eq!(fetch(), Fetched::NotThere);
    now(crate::round::run(&here.0.mailbox(), &office, Budget::PAGE)).unwrap();

    office.portal.set(true);
    assert_eq!(fetch(), Fetched::Cut(crate::Trouble::NoAnswer));
    office.portal.set(false);
    office.before.borrow_mut().push(crate::Trouble::NotSignedIn);
    assert_eq!(fetch(), Fetched::Cut(crate::Trouble::NotSignedIn));
    assert_eq!(on_shelf(&there.1), 0);
    // The first answer brings some, then the line is cut.
    *office.before.borrow_mut() = vec![];
    let one = photo.addresses()[0];
    now(mailbox.shelve(vec![(one, office.chunks.borrow()[&one].clone())])).unwrap();
    assert_eq!(now(colleague.attachment(&photo)), Ok(None));
    assert_eq!(fetch(), Fetched::Here);
    assert_eq!(now(colleague.attachment(&photo)), Ok(Some(picture(150_000))));
    assert_eq!(now(colleague.waiting()).unwrap().pictures, 0, "nothing of it is to be sent from here");
    // Damaged on the disk: not here, and fetched anew.
    there.1.spoil(Table::Chunks, &photo.addresses()[2].0.to_vec());
    assert_eq!(now(colleague.attachment(&photo)), Ok(None));
    assert_eq!(fetch(), Fetched::Here);
    assert_eq!(now(colleague.attachment(&photo)), Ok(Some(picture(150_000))));
    // With another key it does not open, and says so.
    let text = photo.to_text();
    let other = format!("{}{}{}", &text[..20], if &text[20..21] == "A" { "B" } else { "A" }, &text[21..]);
    let other = Attachment::parse(&other).unwrap();
    assert_eq!(now(colleague.attachment(&other)), Err(StoreError::damaged(Table::Chunks)));
}

#[test]
fn nothing_of_a_picture_lies_readable_on_the_device() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let marked = b"MARKERFACE".repeat(5_000);
    let photo = now(vault.keep_attachment(DRAFT, Media::JPEG, &marked)).unwrap();
    now(vault.save(&registers_with(&vault, 1, &photo), note("Amina"), Some(DRAFT))).unwrap();
    let text = photo.to_text();
    for (table, _, value) in database.every_value() {
        assert!(!value.windows(10).any(|window| window == b"MARKERFACE"), "{table:?}");
        // The test build seals no rows, so that the test in the browser can show that it would find them.
        let tells =
            !cfg!(feature = "plain") && value.windows(20).any(|window| window == &text.as_bytes()[..20]);
        assert!(!tells, "the key lies in {table:?}");
    }
}

#[test]
fn a_device_of_the_version_before_keeps_everything_and_takes_pictures_from_then_on() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    now(vault.save(&registers(&vault, 1, 1, "Amina"), note("Amina"), None)).unwrap();
    now(vault.save_draft(DRAFT, EntryId([9; 16]), b"typed", DraftNote::default())).unwrap();
    vault.lock();

    let old = Database::of_version(1, database.every_value());
    let store = Store::over(old.clone(), now(crate::Reference::open()).unwrap());
    let info = now(store.vaults()).unwrap().remove(0);
    // What the version before did not make is not there.
    assert!(now(old.read(&[Query::all(Table::Chunks)])).is_err());
    old.open_after(1);
    let vault = now(store.unlock(&info, &STRETCHED)).unwrap();
    assert_eq!(now(vault.record(id(1))).unwrap().as_ref().map(given_name), Some("Amina"));
    assert_eq!(now(vault.draft(DRAFT)).unwrap().unwrap().0, b"typed");
    let photo = now(vault.keep_attachment(DRAFT, Media::JPEG, &picture(40_000))).unwrap();
    let held: Record = now(vault.record(id(1))).unwrap().unwrap();
    let change = held.change([(Field::PHOTO, Value::Text(photo.to_text()))]).unwrap();
    let entry = domain::Entry { changes: vec![change], ..registers(&vault, 2, 1, "") };
    now(vault.save(&entry, note("Amina"), Some(DRAFT))).unwrap();
    let outcome = now(crate::round::run(&store.mailbox(), &office, Budget::NOW)).unwrap();
    assert_eq!((outcome.delivered, outcome.chunks, outcome.trouble), (2, 2, None));
    let again = now(Database::open(Home::Vault, WhenMissing::Create)).unwrap();
    assert!(now(again.read(&[Query::all(Table::Chunks)])).is_ok());
}
