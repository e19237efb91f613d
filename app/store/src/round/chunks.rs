//! Pictures on the way: after everything else, and none is lost whatever the line does.

use super::{Line, Trouble};
use crate::rows::{self, ChunkRow};
use crate::store::Store;
use crate::tables::Table;
use crate::testing::*;
use crate::transaction::{Batch, Query};
use crate::{Budget, RoundOutcome, Vault};
use domain::DraftId;
use seal::{Address, Ask, Attachment, Holding, Holdings, Media};

/// A photo of 60 KB comes in two chunks.
const PHOTO: usize = 60_000;

fn go(store: &Store, office: &Office) -> RoundOutcome {
    now(crate::round::run(&store.mailbox(), office, Budget::PAGE)).unwrap()
}

/// A device whose user registered so many people, each with a photo.
fn office_with(photos: u8) -> (Office, Store, crate::database::Database, Vault, Vec<Attachment>) {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let photos = (1..=photos).map(|number| register(&vault, number)).collect();
    (office, store, database, vault, photos)
}

fn register(vault: &Vault, number: u8) -> Attachment {
    let draft = DraftId([number; 16]);
    let photo = now(vault.keep_attachment(draft, Media::JPEG, &picture(PHOTO))).unwrap();
    now(vault.save(&registers_with(vault, number, &photo), note("Amina"), Some(draft))).unwrap();
    photo
}

fn pictures(vault: &Vault) -> usize {
    now(vault.waiting()).unwrap().pictures
}

#[test]
fn pictures_follow_when_every_entry_has_gone_although_the_vault_is_locked() {
    let (office, store, _, vault, photos) = office_with(3);
    assert_eq!(pictures(&vault), 3);
    vault.lock();
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.chunks, outcome.chunks_left, outcome.trouble), (3, 6, 0, None));
    let held = office.chunks.borrow();
    assert!(photos.iter().flat_map(Attachment::addresses).all(|address| held.contains_key(address)));
    let log = office.log.borrow();
    let first = log.iter().position(|came| matches!(came, Came::Load(_) | Came::Question(_))).unwrap();
    assert!(log[..first].iter().all(|came| matches!(came, Came::Parcel(_))), "{log:?}");
    assert!(log[first..].iter().all(|came| !matches!(came, Came::Parcel(_))), "{log:?}");
    assert_eq!(log[first], Came::Question(6));
    let asked = log.len();
    drop((log, held));
    assert_eq!(go(&store, &office).chunks, 0);
    assert_eq!(office.log.borrow().len(), asked, "nothing is left to ask");
}

#[test]
fn an_entry_saved_while_pictures_wait_goes_first() {
    let (office, store, _, vault, _) = office_with(3);
    let other = vault.clone();
    *office.meanwhile.borrow_mut() = Some(Box::new(move || {
        now(other.save(&registers(&other, 9, 9, "Yusuf"), note("Yusuf"), None)).unwrap();
    }));
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.chunks, outcome.left), (4, 6, 0));
    let log = office.log.borrow();
    let load = log.iter().position(|came| matches!(came, Came::Load(_))).unwrap();
    assert_eq!(log[load + 1], Came::Parcel(1), "{log:?}");
}

#[test]
fn a_line_that_is_cut_goes_on_at_the_missing_chunk() {
    for taken_in in [false, true] {
        let (office, store, _, vault, photos) = office_with(2);
        now(store.mailbox().remember_parcel_size(8 * 1024)).unwrap();
        office.cut_after.set(Some((1, taken_in)));
        let outcome = go(&store, &office);
        assert_eq!((outcome.delivered, outcome.left, outcome.trouble), (2, 0, Some(Trouble::NoAnswer)));
        let here = office.chunks.borrow().len();
        assert!(outcome.chunks == 1 && here < 4, "{outcome:?}");
        assert_eq!((outcome.chunks_left, pictures(&vault)), (3, 2));
        let loads = |office: &Office| -> usize {
            let log = office.log.borrow();
            log.iter().map(|came| if let Came::Load(chunks) = came { *chunks } else { 0 }).sum()
        };
        let before = loads(&office);
        let outcome = go(&store, &office);
        assert_eq!((outcome.chunks, outcome.chunks_left, outcome.trouble), (3, 0, None));
        assert_eq!(loads(&office) - before, 4 - here, "what came through is not sent again");
        assert_eq!((office.chunks.borrow().len(), pictures(&vault)), (4, 0));
        assert_eq!(now(vault.attachment(&photos[0])), Ok(Some(picture(PHOTO))));
    }
}

#[test]
fn nothing_but_the_servers_signature_makes_a_picture_acknowledged() {
    let (office, store, _, vault, _) = office_with(1);
    office.cut_after.set(Some((0, false)));
    go(&store, &office);
    office.portal.set(true);
    let outcome = go(&store, &office);
    assert_eq!((outcome.chunks, outcome.trouble), (0, Some(Trouble::WrongSignature)));
    assert_eq!(pictures(&vault), 1);
    // An answer of the server's to another question is none to this one.
    struct Echo<'a>(&'a Office, Vec<u8>);
    impl Line for Echo<'_> {
        async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble> {
            self.0.deliver(token, parcel).await
        }
        async fn collect(&self, cursor: &[u8], room: u32) -> Result<api::Collected, Trouble> {
            self.0.collect(cursor, room).await
        }
        async fn chunks_lacking(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Trouble> {
            Ok(self.1.clone())
        }
    }
    office.portal.set(false);
    let due = now(store.mailbox().chunks_due(true)).unwrap();
    let addresses: Vec<Address> = due.iter().map(|due| due.address).collect();
    let ask = Ask { nonce: [1; 16], addresses: addresses.clone() }.to_bytes();
    let items = addresses.iter().map(|address| (*address, Holding::Held)).collect();
    let told = Holdings { epoch: [1; 16], items }.to_bytes(&office.secrets.signing, &ask);
    let outcome = now(crate::round::run(&store.mailbox(), &Echo(&office, told), Budget::NOW)).unwrap();
    assert_eq!((outcome.chunks, outcome.trouble), (0, Some(Trouble::WrongSignature)));
    assert_eq!(pictures(&vault), 1);
    assert_eq!(go(&store, &office).chunks, 2);
}

#[test]
fn another_signing_key_is_believed_for_pictures_too_when_the_root_vouches_for_it() {
    let (mut office, store, _, vault, _) = office_with(1);
    office.cut_after.set(Some((0, false)));
    go(&store, &office);
    office.secrets.signing = Office::new().secrets.signing;
    let outcome = go(&store, &office);
    assert_eq!((outcome.chunks, outcome.trouble, pictures(&vault)), (2, None, 0));
}

#[test]
fn what_the_server_has_no_room_for_waits_and_holds_up_nothing() {
    let (office, store, _, vault, _) = office_with(2);
    office.chunk_room.set(3);
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.chunks, outcome.chunks_left, outcome.trouble), (2, 3, 0, None));
    assert_eq!(pictures(&vault), 1, "it is still said to wait");
    let asked = office.log.borrow().len();
    assert_eq!(go(&store, &office).chunks, 0);
    assert_eq!(office.log.borrow().len(), asked, "not again and again");
    office.chunk_room.set(9);
    let outcome = now(crate::round::run(&store.mailbox(), &office, Budget::NOW)).unwrap();
    assert_eq!((outcome.chunks, pictures(&vault)), (1, 0), "when somebody asks for it");
}

#[test]
fn a_restored_server_is_given_the_pictures_again() {
    let (office, store, _, vault, photos) = office_with(2);
    go(&store, &office);
    assert_eq!(pictures(&vault), 0);
    // Back to a state that had but one of the four chunks.
    let kept = photos[0].addresses()[0];
    office.chunks.borrow_mut().retain(|address, _| *address == kept);
    office.entries.borrow_mut().clear();
    office.epoch.set([2; 16]);
    office.log.borrow_mut().clear();
    let outcome = go(&store, &office);
    // That it was restored is noticed by collecting; entries then go before pictures again.
    assert_eq!((outcome.delivered, outcome.chunks, outcome.left, outcome.trouble), (2, 4, 0, None));
    assert_eq!((office.chunks.borrow().len(), pictures(&vault)), (4, 0));
    let log = office.log.borrow();
    assert!(matches!(log[..2], [Came::Parcel(2), Came::Question(4)]), "{log:?}");
    let loads = log.iter().map(|came| if let Came::Load(chunks) = came { *chunks } else { 0 });
    assert_eq!(loads.sum::<usize>(), 3);
}

#[test]
fn a_restore_noticed_while_pictures_are_on_their_way_sends_the_entries_again_first() {
    let (office, store, _, vault, _) = office_with(2);
    office.cut_after.set(Some((0, false)));
    go(&store, &office);
    office.entries.borrow_mut().clear();
    office.epoch.set([2; 16]);
    let budget = Budget { collect: false, ..Budget::NOW };
    let outcome = now(crate::round::run(&store.mailbox(), &office, budget)).unwrap();
    assert_eq!((outcome.delivered, outcome.chunks, pictures(&vault)), (2, 4, 0));
    assert_eq!(office.entries.borrow().len(), 2);
}

#[test]
fn pictures_go_without_a_session_and_not_when_entries_could_not() {
    let (office, store, _, vault, _) = office_with(1);
    office.before.borrow_mut().push(Trouble::ServerUnavailable);
    let outcome = go(&store, &office);
    assert_eq!((outcome.delivered, outcome.chunks, pictures(&vault)), (0, 0, 1));
    struct SignedOut<'a>(&'a Office);
    impl Line for SignedOut<'_> {
        async fn deliver(&self, token: &[u8], parcel: &[u8]) -> Result<Vec<u8>, Trouble> {
            self.0.deliver(token, parcel).await
        }
        async fn collect(&self, _: &[u8], _: u32) -> Result<api::Collected, Trouble> {
            Err(Trouble::NotSignedIn)
        }
        async fn chunks_lacking(&self, token: &[u8], ask: &[u8]) -> Result<Vec<u8>, Trouble> {
            self.0.chunks_lacking(token, ask).await
        }
        async fn chunks_put(&self, token: &[u8], load: &[u8]) -> Result<Vec<u8>, Trouble> {
            self.0.chunks_put(token, load).await
        }
    }
    let outcome = now(crate::round::run(&store.mailbox(), &SignedOut(&office), Budget::PAGE)).unwrap();
    assert_eq!((outcome.delivered, outcome.chunks, outcome.trouble), (1, 2, Some(Trouble::NotSignedIn)));
}

#[test]
fn one_envelope_that_the_server_stumbles_over_keeps_no_picture_waiting_for_ever() {
    let (office, store, _, vault, _) = office_with(1);
    go(&store, &office);
    now(vault.save(&registers(&vault, 7, 7, "Yusuf"), note("Yusuf"), None)).unwrap();
    let envelope = now(store.mailbox().waybill(true)).unwrap().waiting[0].row.envelope.to_vec();
    office.poison.borrow_mut().push((envelope, Trouble::ServerUnavailable));
    register(&vault, 8);
    for _ in 0..6 {
        go(&store, &office);
    }
    assert_eq!((now(vault.waiting()).unwrap().unsent, pictures(&vault)), (1, 0));
}

#[test]
fn a_chunk_damaged_on_the_disk_is_not_sent_and_holds_up_no_other() {
    let (office, store, database, vault, photos) = office_with(2);
    database.spoil(Table::Chunks, &photos[0].addresses()[0].0.to_vec());
    let outcome = go(&store, &office);
    assert_eq!((outcome.chunks, outcome.chunks_left, outcome.trouble), (3, 0, None));
    assert_eq!(pictures(&vault), 1);
}

#[test]
fn older_pictures_go_first_and_each_in_one_piece() {
    let (office, store, database, _, photos) = office_with(3);
    // Saved within one millisecond on a quick machine: set apart.
    let mut batch = Batch::default();
    for (_, key, value) in database.every_value().into_iter().filter(|(table, ..)| *table == Table::ChunksDue)
    {
        let row: ChunkRow = rows::read(Table::ChunksDue, &value).unwrap();
        let place = photos.iter().position(|photo| photo.addresses()[0].0 == row.file.as_slice()).unwrap();
        batch.put(Table::ChunksDue, key, rows::write(&ChunkRow { at: 1_000 - place as u64, ..row }));
    }
    now(database.commit(batch)).unwrap();
    let order: Vec<Address> =
        now(store.mailbox().chunks_due(false)).unwrap().into_iter().map(|due| due.address).collect();
    let wanted: Vec<Address> = photos.iter().rev().flat_map(|photo| photo.addresses().to_vec()).collect();
    assert_eq!(order, wanted);
    go(&store, &office);
    let left = now(database.read(&[Query::all(Table::ChunksDue)])).unwrap().remove(0);
    assert_eq!(left.len(), 6, "kept for a while, should the server lose them");
}
