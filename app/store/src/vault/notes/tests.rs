//! Who reads a note, whatever happens between the devices of those who may and those who might want to.

use super::*;
use crate::store::Store;
use crate::testing::*;
use crate::vault::DraftNote;
use domain::{EnrolmentId, Role};
use minicbor::bytes::ByteArray;
use seal::{DeviceKey, Directory, Person};

const SAID: &str = "MARKERNOTE: dijo que la golpea";
const PERSON: RecordId = RecordId([61; 16]);
const NOTE: RecordId = RecordId([62; 16]);

/// Somebody at a device of their own. Each has their own office here: what is told to whom is the story's to say.
struct Desk {
    number: u8,
    office: Office,
    store: Store,
    vault: Vault,
    inbox: [u8; 32],
    role: Role,
    since: u64,
}

impl Desk {
    fn new(number: u8) -> Self {
        let (office, (store, _)) = (Office::new(), device());
        let (vault, inbox) = office.enrol(&store, number);
        Self { number, office, store, vault, inbox, role: Role::Counsellor, since: u64::from(number) }
    }

    fn supervising(number: u8) -> Self {
        Self { role: Role::Supervisor, ..Self::new(number) }
    }

    /// Another device of somebody, enrolled later than anybody was named so far.
    fn another(number: u8, of: &Desk) -> Self {
        let (office, (store, _)) = (Office::new(), device());
        let (vault, inbox) = office.enrol_again(&store, number, &of.vault);
        let since = clock::now_ms() + 11 * 60 * 1000;
        Self { number, office, store, vault, inbox, role: of.role, since }
    }

    fn user(&self) -> UserId {
        self.vault.identity().user
    }

    fn person(&self, devices: &[&Desk]) -> Person {
        let device = |desk: &&Desk| DeviceKey {
            enrolment: desk.vault.identity().enrolment,
            inbox: ByteArray::from(desk.inbox),
            verifying: ByteArray::from([desk.number; 32]),
            since: desk.since,
        };
        Person {
            user: self.user(),
            name: format!("Rosa {}", self.number),
            role: self.role.code(),
            site: "meteti".into(),
            organisation: String::new(),
            team: String::new(),
            devices: devices.iter().map(device).collect(),
        }
    }

    /// Hands in what waits, takes in what the server tells.
    fn hear(&self, records: Vec<Record>) {
        self.office.lay_out(&self.vault, &self.inbox, records);
        now(crate::round::run(&self.store.mailbox(), &self.office, crate::Budget::PAGE)).unwrap();
        now(self.vault.fold_inbox(100)).unwrap();
    }

    fn tend(&self) -> usize {
        let tended = now(self.vault.tend_sealed()).unwrap();
        now(crate::round::run(&self.store.mailbox(), &self.office, crate::Budget::PAGE)).unwrap();
        tended
    }

    /// The devices that wait for a yes of this one.
    fn waiting(&self) -> Vec<WaitingDevice> {
        self.vault.waiting_devices(&self.held(), &now(self.vault.colleagues()).unwrap())
    }

    fn gives(&self, entry: u8, device: &WaitingDevice) -> bool {
        let given = self.vault.give_device(NOTE, EntryId([entry; 16]), device, note("Amina"));
        let given = now(given).unwrap();
        now(crate::round::run(&self.store.mailbox(), &self.office, crate::Budget::PAGE)).unwrap();
        given
    }

    fn is_new(&self) -> bool {
        self.vault.is_new_for(&self.held(), &now(self.vault.colleagues()).unwrap())
    }

    fn held(&self) -> Record {
        now(self.vault.record(NOTE)).unwrap().unwrap()
    }

    fn reads(&self) -> Result<String, NotOpened> {
        let texts = self.vault.read_note(&self.held())?;
        assert_eq!(texts.len(), 1);
        Ok(texts[0].to_string())
    }

    fn writes(&self, readers: &[&Desk]) {
        let new = NewNote {
            record: NOTE,
            entry: EntryId([63; 16]),
            owner: PERSON,
            topic: "gbv".into(),
            text: Zeroizing::new(SAID.into()),
            readers: readers.iter().map(|desk| desk.user()).collect(),
        };
        now(self.vault.write_note(&new, note("Amina"), None)).unwrap();
        now(crate::round::run(&self.store.mailbox(), &self.office, crate::Budget::PAGE)).unwrap();
    }

    fn changes_readers(&self, entry: u8, let_in: &[&Desk], take_off: Option<&Desk>) -> bool {
        let users = let_in.iter().map(|desk| desk.user()).collect();
        let off = take_off.map(Desk::user);
        let held = self.held();
        let entry = EntryId([entry; 16]);
        let done = now(self.vault.change_readers(&held, entry, &users, off, note("Amina"))).unwrap();
        now(crate::round::run(&self.store.mailbox(), &self.office, crate::Budget::PAGE)).unwrap();
        done
    }
}

fn directory(desks: &[&Desk]) -> Directory {
    Directory { people: desks.iter().map(|desk| desk.person(&[desk])).collect() }
}

fn know_each_other(desks: &[&Desk]) {
    let told = directory(desks);
    desks.iter().for_each(|desk| now(desk.vault.keep_directory(&told)).unwrap());
}

/// A record as all that these have handed in makes it.
fn on_the_server(desks: &[&Desk], id: RecordId, kind: Kind) -> Record {
    let mut record = Record::new(id, kind);
    for desk in desks {
        desk.office.entries.borrow().values().for_each(|entry| record.apply(entry));
    }
    record
}

/// These are told the note as it stands on the server.
fn share(all: &[&Desk], with: &[&Desk]) {
    let record = on_the_server(all, NOTE, Kind::NOTE);
    with.iter().for_each(|desk| desk.hear(vec![record.clone()]));
}

/// What somebody is told who may know that there is a note and not read it.
fn stub(all: &[&Desk]) -> Record {
    let whole = on_the_server(all, NOTE, Kind::NOTE);
    let mut record = Record::new(NOTE, Kind::NOTE);
    for desk in all {
        for entry in desk.office.entries.borrow().values() {
            let mut entry = entry.clone();
            for change in &mut entry.changes {
                change.ops.retain(|op| matches!(op.field, Field::OWNER | Field::NOTE_READERS));
            }
            record.apply(&entry);
        }
    }
    assert_eq!(domain::note::readers(&record), domain::note::readers(&whole));
    record
}

#[test]
fn a_note_is_read_with_no_line_by_whom_it_names_and_by_nobody_else() {
    let [writer, reader, other] = [1, 2, 3].map(Desk::new);
    let all = [&writer, &reader, &other];
    know_each_other(&all);
    writer.writes(&[&reader]);
    assert_eq!(writer.reads().as_deref(), Ok(SAID));
    share(&all, &all);
    assert_eq!(reader.reads().as_deref(), Ok(SAID));
    // Even if it were handed to them.
    assert_eq!(other.reads(), Err(NotOpened::NotYet));
    assert_eq!(now(reader.vault.notes_of(PERSON)).unwrap().len(), 1);
    assert_eq!(all.map(Desk::tend), [0, 0, 0]);
    // Nothing of it is searched.
    assert!(all.iter().all(|desk| desk.vault.search("MARKERNOTE", 5).is_empty()));
    let told = minicbor::to_vec(on_the_server(&all, NOTE, Kind::NOTE)).unwrap();
    assert!(!told.windows(10).any(|window| window == b"MARKERNOTE"));
}

#[test]
fn who_supervises_lets_a_colleague_in_without_reading_it_and_a_readers_device_sees_to_it() {
    let ([writer, colleague], supervisor) = ([1, 2].map(Desk::new), Desk::supervising(3));
    let all = [&writer, &colleague, &supervisor];
    know_each_other(&all);
    writer.writes(&[]);
    supervisor.hear(vec![stub(&all)]);
    assert!(supervisor.reads().is_err());
    assert!(supervisor.changes_readers(70, &[&colleague], None));
    assert_eq!(supervisor.tend(), 0, "there is nothing it could open");
    share(&all, &[&writer]);
    assert_eq!((writer.tend(), writer.tend()), (1, 0));
    share(&all, &[&writer, &colleague]);
    assert_eq!(colleague.reads().as_deref(), Ok(SAID));
    assert_eq!((writer.tend(), colleague.tend()), (0, 0));
    // The key stayed: who read before reads on.
    assert_eq!(writer.reads().as_deref(), Ok(SAID));
    let item = now(writer.vault.outbox()).unwrap();
    assert!(item.is_empty(), "it was handed in");
}

#[test]
fn who_was_taken_off_does_not_open_what_is_sealed_after() {
    let ([writer, reader, removed], supervisor) = ([1, 2, 3].map(Desk::new), Desk::supervising(4));
    let all = [&writer, &reader, &removed, &supervisor];
    know_each_other(&all);
    writer.writes(&[&reader, &removed]);
    share(&all, &[&writer, &reader, &removed]);
    assert_eq!(removed.reads().as_deref(), Ok(SAID));
    supervisor.hear(vec![stub(&all)]);
    assert!(supervisor.changes_readers(70, &[], Some(&removed)));
    share(&all, &[&reader]);
    // Whichever reader's device hears of it first.
    assert_eq!((reader.tend(), reader.tend()), (1, 0));
    share(&all, &all);
    assert_eq!(removed.reads(), Err(NotOpened::NotYet));
    assert_eq!((writer.reads().as_deref(), reader.reads().as_deref()), (Ok(SAID), Ok(SAID)));
    assert_eq!(all.map(Desk::tend), [0; 4]);
    // Nothing of what was sealed before is left in the record.
    let held = writer.held();
    assert_eq!(SealedNote::of(&held).unwrap().sealed().len(), 1);
    let sealed = SealedNote::of(&held).unwrap().sealed()[0].1;
    let users: BTreeSet<UserId> = note::wrapped_for(sealed, SealedNote::of(&held).unwrap().wraps())
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(users, [writer.user(), reader.user()].into());
    // A writer is never taken off.
    assert!(!reader.changes_readers(71, &[], Some(&writer)));
}

#[test]
fn two_devices_that_seal_it_anew_at_once_come_to_rest_with_one_text() {
    let [writer, reader, removed] = [1, 2, 3].map(Desk::new);
    let all = [&writer, &reader, &removed];
    know_each_other(&all);
    writer.writes(&[&reader, &removed]);
    share(&all, &all);
    // One takes a colleague off; both hear of it before either hears of the other.
    let off = SealedNote::of(&writer.held()).unwrap().taking_off(removed.user()).unwrap();
    let change = Change { record: NOTE, kind: Kind::NOTE, ops: vec![off] };
    let entry = writer.vault.entry_of(EntryId([70; 16]), vec![change]);
    now(writer.vault.save(&entry, note("Amina"), None)).unwrap();
    writer.hear(vec![]);
    share(&all, &[&reader]);
    assert_eq!((writer.tend(), reader.tend()), (1, 1));
    // From now on all that is stated is told to both; they come to rest.
    let mut rounds = 0;
    loop {
        share(&all, &[&writer, &reader]);
        let tended = writer.tend() + reader.tend();
        rounds += 1;
        if tended == 0 {
            break;
        }
        assert!(rounds < 4, "they go on for ever");
    }
    for desk in [&writer, &reader] {
        assert_eq!(desk.reads().as_deref(), Ok(SAID));
        assert_eq!(desk.held().conflicts(), []);
    }
    assert_eq!(writer.held(), reader.held());
    share(&all, &[&removed]);
    assert_eq!(removed.reads(), Err(NotOpened::NotYet));
}

#[test]
fn two_devices_that_let_a_third_in_at_once_do_so_once() {
    let [writer, reader, third] = [1, 2, 3].map(Desk::new);
    let all = [&writer, &reader, &third];
    know_each_other(&all);
    writer.writes(&[&reader]);
    share(&all, &[&writer, &reader]);
    let op = SealedNote::of(&writer.held()).unwrap().letting_in(&[third.user()].into()).unwrap();
    let change = Change { record: NOTE, kind: Kind::NOTE, ops: vec![op] };
    let entry = writer.vault.entry_of(EntryId([70; 16]), vec![change]);
    now(writer.vault.save(&entry, note("Amina"), None)).unwrap();
    writer.hear(vec![]);
    share(&all, &[&reader]);
    assert_eq!((writer.tend(), reader.tend()), (1, 1));
    share(&all, &all);
    assert_eq!(all.map(Desk::tend), [0, 0, 0]);
    assert_eq!(third.reads().as_deref(), Ok(SAID));
}

#[test]
fn a_key_that_changed_is_never_used_and_said_to_have() {
    let [writer, reader] = [1, 2].map(Desk::new);
    let all = [&writer, &reader];
    know_each_other(&all);
    let mut lie = directory(&all);
    lie.people[1].devices[0].inbox = ByteArray::from(Desk::new(9).inbox);
    now(writer.vault.keep_directory(&lie)).unwrap();
    let colleagues = now(writer.vault.colleagues()).unwrap();
    assert!(!colleagues[0].has_changed_key() && colleagues[1].has_changed_key());
    assert_eq!(colleagues[1].readers().count(), 0);
    writer.writes(&[&reader]);
    let held = writer.held();
    let sealed = SealedNote::of(&held).unwrap();
    let wrapped = note::wrapped_for(sealed.sealed()[0].1, sealed.wraps());
    assert_eq!(wrapped, [(writer.user(), writer.vault.identity().enrolment)].into());
    // The device that it was is believed again as soon as its first key is told again.
    now(writer.vault.keep_directory(&directory(&all))).unwrap();
    assert_eq!((writer.tend(), writer.tend()), (1, 0));
    share(&all, &[&reader]);
    assert_eq!(reader.reads().as_deref(), Ok(SAID));
    // Nor does the first key serve under another name, or this very device's own for another's.
    let mut lie = directory(&all);
    lie.people[1].devices[0].enrolment = writer.vault.identity().enrolment;
    now(writer.vault.keep_directory(&lie)).unwrap();
    assert!(now(writer.vault.colleagues()).unwrap()[1].has_changed_key());
    let own = now(writer.vault.devices_of(&[reader.user(), writer.user()].into())).unwrap();
    let mine: Vec<_> = own.iter().filter(|it| it.enrolment == writer.vault.identity().enrolment).collect();
    assert_eq!((mine.len(), mine[0].user, mine[0].inbox), (1, writer.user(), writer.inbox));
}

#[test]
fn a_device_that_knows_nobodys_keys_shuts_nobody_out() {
    let [writer, reader, removed] = [1, 2, 3].map(Desk::new);
    let all = [&writer, &reader, &removed];
    know_each_other(&[&writer]);
    now(writer.vault.keep_directory(&directory(&all))).unwrap();
    writer.writes(&[&reader, &removed]);
    share(&all, &[&reader]);
    // The reader's device has not been told of anybody yet.
    assert!(reader.changes_readers(70, &[], Some(&removed)));
    assert_eq!(reader.tend(), 0);
    share(&all, &[&writer]);
    assert_eq!(writer.tend(), 1);
    share(&all, &[&reader]);
    assert_eq!(reader.reads().as_deref(), Ok(SAID));
}

#[test]
fn in_a_practice_it_is_for_oneself() {
    let writer = Desk::new(1);
    assert_eq!(now(writer.vault.colleagues()).unwrap(), []);
    writer.writes(&[]);
    assert_eq!((writer.reads().as_deref(), writer.tend()), (Ok(SAID), 0));
}

#[test]
fn what_is_typed_of_a_note_is_kept_where_not_even_the_server_reads_it() {
    let (office, (store, database)) = (Office::new(), device());
    let (vault, _) = office.enrol(&store, 1);
    let (draft, entry) = (DraftId([5; 16]), EntryId([63; 16]));
    let bytes = vault.seal_own_draft(draft, SAID.as_bytes()).unwrap();
    let shown = DraftNote { title: "Amina".into(), form: "note".into(), step: 0 };
    now(vault.save_draft(draft, entry, &bytes, shown)).unwrap();
    now(crate::round::run(&store.mailbox(), &office, crate::Budget::NOW)).unwrap();
    // What the server opens of it is sealed.
    let opened = office.drafts.borrow();
    assert_eq!(opened.len(), 1);
    assert!(!opened[0].windows(10).any(|window| window == b"MARKERNOTE"));
    assert!(
        database.every_value().iter().all(|(_, _, value)| !value.windows(10).any(|w| w == b"MARKERNOTE"))
    );
    let (kept, _) = now(vault.draft(draft)).unwrap().unwrap();
    assert_eq!(vault.open_own_draft(draft, &kept).unwrap().as_slice(), SAID.as_bytes());
    assert!(vault.open_own_draft(DraftId([6; 16]), &kept).is_err());
    // Saved, the draft is gone; saved twice, it is one note; saved with another text, it is refused.
    let new = |text: &str| NewNote {
        record: NOTE,
        entry,
        owner: PERSON,
        topic: "gbv".into(),
        text: Zeroizing::new(text.into()),
        readers: BTreeSet::new(),
    };
    assert!(!now(vault.write_note(&new(SAID), note("Amina"), Some(draft))).unwrap().already);
    assert!(now(vault.draft(draft)).unwrap().is_none());
    assert!(now(vault.write_note(&new(SAID), note("Amina"), Some(draft))).unwrap().already);
    let other = now(vault.write_note(&new("otra cosa"), note("Amina"), Some(draft)));
    assert_eq!(other.err(), Some(StoreError::SavedBefore));
    let long = now(vault.write_note(&new(&"a".repeat(note::LIMIT + 1)), note("Amina"), None));
    assert_eq!(long.err(), Some(StoreError::TooLarge));
}

#[test]
fn a_sealed_person_is_brought_along_when_their_group_was_merged_elsewhere() {
    let knows = Desk::new(1);
    let me = knows.user();
    let made = |id, kind, said: &[(Field, Value)]| {
        let mut record = Record::new(id, kind);
        let change = record.change(said.iter().cloned());
        record.apply(&knows.vault.entry_of(EntryId([id.0[0]; 16]), change.into_iter().collect()));
        record
    };
    let (home, there) = (RecordId([1; 16]), RecordId([2; 16]));
    let person = made(
        PERSON,
        Kind::INDIVIDUAL,
        &[
            (Field::GROUP, Value::Ref(home)),
            (Field::GIVEN_NAMES, Value::text("Amina")),
            (Field::SEALED_FOR, Value::Codes(vec![me.to_string()])),
        ],
    );
    let group = |id, into: Option<RecordId>| {
        let into = into.map(|into| (Field::MERGED_INTO, Value::Ref(into)));
        let said: Vec<_> = into.into_iter().chain([(Field::GROUP_REF, Value::text("KX7M42P2"))]).collect();
        made(id, Kind::GROUP, &said)
    };
    knows.hear(vec![person, group(home, None), group(there, None)]);
    assert_eq!(knows.tend(), 0);
    knows.hear(vec![group(home, Some(there))]);
    assert_eq!((knows.tend(), knows.tend()), (1, 0));
    assert_eq!(knows.vault.member_ids(there), [PERSON]);
    // Where the other group does not lie here, nobody is sent into the blue.
    let unknown = RecordId([3; 16]);
    knows.hear(vec![group(there, Some(unknown))]);
    assert_eq!(knows.tend(), 0);
    assert_eq!(knows.vault.member_ids(there), [PERSON]);
}

mod devices;
