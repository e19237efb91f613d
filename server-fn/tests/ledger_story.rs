//! What every ledger must do, told to each implementation alike. It knows nothing but the trait.

mod postgres;

use api::server::ledger::*;
use api::server::random;
use api::server::rows::SqlLedger;
use api::server::sql::Source;
use domain::{DraftId, EnrolmentId, EntryId, EnvelopeId, Kind, RecordId, UserId};
use seal::{Address, CapsuleId, Deed, Header, Purpose};

/// Opens the same ledger again and again.
trait Place {
    fn open(&self) -> Box<dyn Ledger>;
}

impl Place for Source {
    fn open(&self) -> Box<dyn Ledger> {
        let fresh = Identity { server: random(), epoch: random() };
        Box::new(SqlLedger::open(self.clone(), fresh).unwrap())
    }
}

#[test]
fn the_story_of_the_ledger_in_sqlite() {
    let folder = std::env::temp_dir().join(format!("amparo-ledger-{}", domain::id::hex(&random::<8>())));
    std::fs::create_dir_all(&folder).unwrap();
    tell(&Source::File(folder.join("amparo.db")));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_story_of_the_ledger_in_postgresql() {
    if !postgres::is_wanted() {
        return;
    }
    tell(&Source::read(&postgres::fresh()).unwrap());
}

fn tell(place: &dyn Place) {
    let identity = place.open().identity();
    assert_eq!(place.open().identity(), identity, "opened again it is the same ledger");
    let ledger = &*place.open();
    something_is_marked_once(ledger);
    let enrolment = staff_join_with_an_invitation_that_works_once(ledger);
    sessions_begin_and_end(ledger, enrolment);
    envelopes_are_stored_before_anything_else(ledger, enrolment);
    entries_are_entered_whole_or_not_at_all(ledger, enrolment);
    records_are_collected_in_the_order_of_their_changes(ledger);
    drafts_go_forward_only(ledger, enrolment);
    what_cannot_be_read_is_kept_apart(ledger, enrolment);
    what_is_parked_for_good_takes_its_carriers_room(ledger, enrolment);
    ledger.set_user(UserId([1; 16]), 3, "david", false).unwrap();
    chunks_lie_under_their_addresses(ledger, enrolment);
    ledger.settle().unwrap();
    let (before, chain) = (ledger.counts().unwrap(), ledger.chain(0, 100).unwrap());
    let again = place.open();
    assert_eq!((again.counts().unwrap(), again.chain(0, 100).unwrap()), (before, chain));
}

fn something_is_marked_once(ledger: &dyn Ledger) {
    assert!(!ledger.is_marked("loaded").unwrap());
    assert!(!ledger.mark("loaded", 1).unwrap());
    assert!(ledger.mark("loaded", 2).unwrap());
    assert!(ledger.is_marked("loaded").unwrap());
}

fn user(byte: u8) -> UserRow {
    UserRow {
        id: UserId([byte; 16]),
        sealed: vec![byte; 9],
        role: 1,
        site: "meteti".into(),
        organisation: "HIAS".into(),
        team: String::new(),
        disabled: false,
    }
}

fn staff_join_with_an_invitation_that_works_once(ledger: &dyn Ledger) -> EnrolmentId {
    let invitation = |code: u8| InvitationRow { code: [code; 32], user: UserId([1; 16]), expires_at: 1_000 };
    for code in [1, 2] {
        ledger.invite(user(1), invitation(code)).unwrap();
    }
    assert!(ledger.invite(user(1), invitation(1)).is_err(), "a code is given once");
    let enrol = |code: u8, id: u8, now: u64| {
        let (id, user) = (EnrolmentId([id; 16]), UserId([0; 16]));
        let (verifying, inbox, token) = ([id.0[0]; 32], [2; 32], [id.0[0]; 32]);
        let row = EnrolmentRow { id, user, verifying, inbox, token, enrolled_at: now, revoked: false };
        let session = SessionRow { cookie: [id.0[0] + code; 32], enrolment: id, created_at: now };
        ledger.enrol([code; 32], row, session).unwrap()
    };
    assert_eq!(enrol(9, 9, 1), Invited::Unknown);
    assert_eq!(enrol(1, 9, 1_000), Invited::Expired);
    let Invited::Enrolled(member) = enrol(1, 10, 500) else { panic!("it was not used before") };
    assert_eq!((&member.user, member.enrolment.user), (&user(1), UserId([1; 16])));
    assert_eq!(enrol(1, 30, 600), Invited::Used);

    let id = member.enrolment.id;
    assert_eq!(ledger.member(id).unwrap(), Some(member));
    assert_eq!(ledger.member(EnrolmentId([9; 16])).unwrap(), None);
    assert_eq!(ledger.holder_of_token([10; 32]).unwrap(), Some(id));
    assert_eq!(ledger.holder_of_token([9; 32]).unwrap(), None);
    assert_eq!(ledger.session([11; 32]).unwrap().map(|session| session.enrolment), Some(id));
    assert_eq!(ledger.users(&[UserId([9; 16]), UserId([1; 16])]).unwrap(), [user(1)]);
    ledger.set_user(UserId([1; 16]), 3, "david", true).unwrap();
    let changed = UserRow { role: 3, site: "david".into(), disabled: true, ..user(1) };
    assert_eq!(ledger.users(&[UserId([1; 16])]).unwrap(), [changed]);
    id
}

fn sessions_begin_and_end(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    let session = |cookie: u8, created_at| SessionRow { cookie: [cookie; 32], enrolment, created_at };
    ledger.open_session(session(100, 1_000), 0).unwrap();
    ledger.open_session(session(101, 9_000), 5_000).unwrap();
    assert_eq!(ledger.session([100; 32]).unwrap(), None, "begun too long ago");
    assert_eq!(ledger.session([101; 32]).unwrap(), Some(session(101, 9_000)));
    ledger.close_session([101; 32]).unwrap();
    assert_eq!(ledger.session([101; 32]).unwrap(), None);
    ledger.open_session(session(102, 9_000), 0).unwrap();
    let order = |deed, now| match ledger.order(enrolment, deed, now, None, None).unwrap() {
        Ordered::Given(order) => order,
        other => panic!("{other:?}"),
    };
    let revoked = order(Deed::Revoke, 100);
    assert_eq!(ledger.session([102; 32]).unwrap(), None);
    assert!(ledger.member(enrolment).unwrap().unwrap().enrolment.revoked);
    let back = order(Deed::Nothing, 50);
    assert_eq!((revoked.serial, back.serial), (100, 101), "also by a clock that was set back");
}

const CAPSULE: &[u8] = b"a capsule";

fn arrival(byte: u8, enrolment: EnrolmentId) -> Arrival {
    let header = Header {
        purpose: Purpose::Entry,
        id: EnvelopeId([byte; 16]),
        enrolment,
        seq: u64::from(byte),
        capsule: CapsuleId::of(CAPSULE),
        server_key: [0; 16],
    };
    Arrival { digest: [byte; 16], header, raw: vec![byte; 7] }
}

fn envelopes_are_stored_before_anything_else(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    let store = |capsules: &[&[u8]], bytes: &[u8]| {
        let arrivals = bytes.iter().map(|byte| arrival(*byte, enrolment)).collect();
        ledger.store(capsules.iter().map(|capsule| capsule.to_vec()).collect(), arrivals, 77).unwrap()
    };
    assert_eq!(store(&[], &[1]), [Stored::CapsuleMissing]);
    let first = store(&[CAPSULE], &[1, 2, 1]);
    let [Stored::Waiting(one), Stored::Waiting(two), Stored::Waiting(again)] = first.as_slice() else {
        panic!("{first:?}")
    };
    assert!(one == again && one < two);
    assert_eq!(store(&[CAPSULE], &[2]), [Stored::Waiting(*two)], "left over, to be judged");
    assert_eq!(ledger.capsule(CapsuleId::of(CAPSULE)).unwrap().as_deref(), Some(CAPSULE));
    let waiting = ledger.kept(State::Waiting, 0, 10).unwrap();
    assert_eq!(waiting.iter().map(|row| row.seq).collect::<Vec<_>>(), [*one, *two]);
    assert_eq!((waiting[0].raw.clone(), waiting[0].received_at), (vec![1; 7], 77));
    assert_eq!(ledger.kept(State::Waiting, *one, 10).unwrap().len(), 1);
    assert_eq!([(); 2].map(|()| ledger.try_judging(*two).unwrap()), [false, true]);
    ledger.not_tried(&[*two]).unwrap();
    assert_eq!([(); 2].map(|()| ledger.try_judging(*two).unwrap()), [false, true]);

    let fates = vec![(*one, Fate::Entered), (*two, Fate::Kept(State::Parked, "role_lost".into()))];
    ledger.enter(Batch { fates, ..Batch::default() }).unwrap();
    let told =
        [Stored::Before(State::Entered, String::new()), Stored::Before(State::Parked, "role_lost".into())];
    assert_eq!(store(&[], &[1, 2]), told);
    assert!(ledger.kept(State::Waiting, 0, 10).unwrap().is_empty());
    assert_eq!(ledger.kept(State::Parked, 0, 10).unwrap()[0].raw, vec![2; 7]);
    assert!(!ledger.try_judging(*two).unwrap(), "it came to an end");
    // Who judged it late does not undo what was found meanwhile.
    let late = vec![(*one, Fate::Kept(State::Parked, "late".into()))];
    ledger.enter(Batch { fates: late, ..Batch::default() }).unwrap();
    assert_eq!(store(&[], &[1]), [Stored::Before(State::Entered, String::new())]);
    ledger.enter(Batch { fates: vec![(*two, Fate::Entered)], ..Batch::default() }).unwrap();
    assert_eq!(ledger.counts().unwrap().parked, 0);
}

fn entry(byte: u8, enrolment: EnrolmentId) -> EntryRow {
    EntryRow { id: EntryId([byte; 16]), digest: [byte; 32], enrolment, received_at: 5, sealed: vec![byte; 3] }
}

fn record(byte: u8, revision: u64, scope: &str) -> RecordRow {
    let parent = (byte > 1).then_some(RecordId([1; 16]));
    let (id, kind, scope) = (RecordId([byte; 16]), Kind(u16::from(byte)), scope.to_owned());
    let group = (byte == 1).then_some(id);
    let home = Home { scope, organisation: "HIAS".into(), site: "s".into(), group, ..Home::default() };
    let made_by = Some(UserId([1; 16]));
    RecordRow { id, kind, parent, home, made_by, revision, seq: 0, sealed: vec![byte, revision as u8] }
}

fn entries_are_entered_whole_or_not_at_all(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    let enter = |entries: &[u8], records: Vec<RecordRow>| {
        let entries = entries.iter().map(|byte| entry(*byte, enrolment)).collect();
        ledger.enter(Batch { entries, records, ..Batch::default() })
    };
    enter(&[1, 2], vec![record(1, 1, "PA"), record(2, 1, "PA")]).unwrap();
    let state =
        || (ledger.chain(0, 100).unwrap(), ledger.records(&[1, 2, 3].map(|id| RecordId([id; 16]))).unwrap());
    let before = state();
    for (what, entries, records) in [
        ("an entry that is here", &[3, 2][..], vec![record(3, 1, "PA")]),
        ("a record that is here", &[3], vec![record(3, 1, "PA"), record(1, 1, "PA")]),
        ("a record that has moved on", &[3], vec![record(3, 1, "PA"), record(1, 3, "PA")]),
        ("a record that is not here", &[3], vec![record(3, 2, "PA")]),
    ] {
        assert_eq!(enter(entries, records), Err(LedgerError::Moved), "{what}");
        assert_eq!(state(), before, "{what}");
    }
    enter(&[3], vec![record(1, 2, "PA"), record(3, 1, "PA")]).unwrap();
    let (chain, records) = state();
    let mut previous = [0; 32];
    for link in &chain {
        previous = chained(&previous, &link.entry);
        assert_eq!(link.chain, previous);
    }
    assert_eq!(chain.iter().map(|link| link.entry.id.0[0]).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(records.iter().map(|record| record.revision).collect::<Vec<_>>(), [2, 1, 1]);
    let ids = [EntryId([2; 16]), EntryId([9; 16])];
    assert_eq!(ledger.entry_digests(&ids).unwrap(), [Some([2; 32]), None]);
}

fn share(scope: &str) -> Share {
    Share { home: Some((scope.into(), "HIAS".into())), ..Share::default() }
}

fn bytes(records: &[RecordRow]) -> Vec<u8> {
    records.iter().map(|record| record.id.0[0]).collect()
}

fn records_are_collected_in_the_order_of_their_changes(ledger: &dyn Ledger) {
    let changed = |after, limit| ledger.changed(&share("PA"), after, limit, 1000).unwrap();
    let total = |scope| ledger.total(&share(scope), UserId([1; 16]), &[4]).unwrap();
    let all = changed(0, 100);
    assert_eq!((total("PA"), ledger.total(&share("PA"), UserId([1; 16]), &[3, 4]).unwrap()), (3, 2));
    assert_eq!(bytes(&all.records), [2, 1, 3]);
    assert!(all.records.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert_eq!(changed(all.records[0].seq, 1).records[0].id, RecordId([1; 16]));
    let last = all.records[2].seq;
    assert_eq!(ledger.newest().unwrap(), last);
    assert!(changed(last, 100).records.is_empty());
    assert_eq!((all.more, changed(0, 3).more, changed(0, 2).more), (false, false, true));
    // Each is two bytes: the one that does not fit waits, but one comes always.
    for (room, fit) in [(0, 1), (3, 1), (4, 2), (5, 2), (6, 3)] {
        let within = ledger.changed(&share("PA"), 0, 100, room).unwrap();
        assert_eq!((within.records.len(), within.more), (fit, fit < 3), "{room}");
    }
    let gy = |after| ledger.changed(&share("GY"), after, 100, 1000).unwrap();
    assert_eq!(gy(0), Changed::default());
    let of_others = Share { home: Some(("PA".into(), "NRC".into())), ..Share::default() };
    assert_eq!(ledger.changed(&of_others, 0, 100, 1000).unwrap(), Changed::default());
    assert_eq!(ledger.changed(&Share::default(), 0, 100, 1000).unwrap(), Changed::default());
    // Written for another place than that of the group it hangs on: it stays with its group, and nothing has left.
    ledger.enter(Batch { records: vec![record(2, 2, "GY")], ..Batch::default() }).unwrap();
    assert_eq!(gy(0), Changed::default());
    assert!(changed(0, 100).departures.is_empty());
    assert_eq!(ledger.records(&[RecordId([2; 16])]).unwrap()[0].home.group, Some(RecordId([1; 16])));
    // A group is opened to somebody who works elsewhere.
    let opened = Share { groups: vec![RecordId([1; 16])], ..share("GY") };
    assert_eq!(bytes(&ledger.changed(&opened, 0, 100, 1000).unwrap().records), [1, 2]);
    // The group moves, and the person with it; the paper hangs on no person and stays.
    let before = ledger.newest().unwrap();
    ledger.enter(Batch { records: vec![record(1, 3, "GY")], ..Batch::default() }).unwrap();
    let moved = gy(0).records;
    assert_eq!(bytes(&moved), [1, 2]);
    assert!(moved.windows(2).all(|pair| before < pair[0].seq && pair[0].seq < pair[1].seq));
    assert_eq!(moved[1].revision, 2, "as it was sealed");
    assert_eq!((total("PA"), total("GY")), (1, 2));
    // Those who read it where it was are told, before it is told anew.
    let left = changed(before, 100).departures;
    assert_eq!(
        left.iter().map(|it| (it.record.0[0], it.home.scope.as_str())).collect::<Vec<_>>(),
        [(1, "PA"), (2, "PA")]
    );
    assert!(left.iter().all(|departure| departure.seq < moved[0].seq && !departure.renew));
    assert!(changed(ledger.newest().unwrap(), 100).departures.is_empty());
    who_is_sealed_is_told_of_to_those_who_know(ledger);
}

fn who_is_sealed_is_told_of_to_those_who_know(ledger: &dyn Ledger) {
    let sealed = |revision, users: &[u8]| {
        let mut row = record(2, revision, "GY");
        row.home.sealed_for = users.iter().map(|user| UserId([*user; 16])).collect();
        ledger.enter(Batch { records: vec![row], ..Batch::default() }).unwrap();
    };
    let total = |user: u8| ledger.total(&share("GY"), UserId([user; 16]), &[]).unwrap();
    let before = ledger.newest().unwrap();
    sealed(3, &[7]);
    assert_eq!((total(7), total(1)), (2, 1));
    assert_eq!(ledger.sealed_people("GY").unwrap(), [(RecordId([2; 16]), [UserId([7; 16])].into())]);
    assert!(ledger.sealed_people("PA").unwrap().is_empty());
    let told = ledger.changed(&share("GY"), before, 100, 1000).unwrap();
    let left: Vec<_> = told.departures.iter().map(|it| (it.record.0[0], it.renew)).collect();
    // The group may name the person: it is to be dropped and comes again, as does all else of it.
    assert_eq!(left, [(2, false), (1, true)]);
    assert!(told.departures[0].home.sealed_for.is_empty());
    assert_eq!(bytes(&told.records), [2, 1]);
    assert!(told.departures.iter().all(|departure| departure.seq < told.records[0].seq));
    // One more may know: nobody loses anything, and what names the person is told anew.
    let before = ledger.newest().unwrap();
    sealed(4, &[7, 8]);
    let told = ledger.changed(&share("GY"), before, 100, 1000).unwrap();
    assert_eq!((bytes(&told.records).len(), told.departures.len(), total(8)), (2, 0, 2));
    // And back: everybody may.
    sealed(5, &[]);
    assert_eq!((total(1), ledger.sealed_people("GY").unwrap().len()), (2, 0));
}

fn drafts_go_forward_only(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    let draft = |user: u8, enrolment, counter, received_at| DraftRow {
        id: DraftId([4; 16]),
        user: UserId([user; 16]),
        enrolment,
        counter,
        received_at,
        sealed: vec![counter as u8],
    };
    let other = EnrolmentId([77; 16]);
    ledger.invite(user(2), InvitationRow { code: [50; 32], user: UserId([2; 16]), expires_at: 0 }).unwrap();
    let first = draft(1, enrolment, 5, 100);
    // Counted later, whatever the time of arrival; from the other device what arrives later.
    let (second, third) = (draft(1, enrolment, 9, 90), draft(1, other, 1, 90));
    for (row, held) in [
        (first.clone(), &first),
        (second.clone(), &second),
        (draft(1, enrolment, 7, 200), &second),
        (draft(1, other, 50, 89), &second),
        (third.clone(), &third),
        (draft(2, enrolment, 99, 300), &third),
    ] {
        ledger.enter(Batch { drafts: vec![row], ..Batch::default() }).unwrap();
        assert_eq!(ledger.draft(DraftId([4; 16])).unwrap().as_ref(), Some(held));
    }
    assert_eq!(ledger.draft(DraftId([5; 16])).unwrap(), None);
}

fn what_cannot_be_read_is_kept_apart(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    ledger.keep_unreadable(enrolment, vec![vec![1; 10], vec![1; 10], vec![2; 10]], 1).unwrap();
    assert_eq!(ledger.counts().unwrap().unreadable, 2);
    let Stored::Waiting(seq) = ledger.store(vec![], vec![arrival(60, enrolment)], 1).unwrap()[0] else {
        panic!("it is new")
    };
    ledger.enter(Batch { fates: vec![(seq, Fate::Unreadable)], ..Batch::default() }).unwrap();
    let counts = ledger.counts().unwrap();
    assert_eq!((counts.unreadable, counts.waiting), (3, 0));
    // There is an end to it: what does not fit is not kept, and nothing else suffers.
    let huge = vec![0; usize::try_from(UNREADABLE_ROOM).unwrap() / 2];
    for byte in 0..3 {
        let mut huge = huge.clone();
        huge[0] = byte;
        ledger.keep_unreadable(enrolment, vec![huge], 1).unwrap();
    }
    assert_eq!(ledger.counts().unwrap().unreadable, 4);
}

fn what_is_parked_for_good_takes_its_carriers_room(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    let store = |byte, size| {
        let raw = vec![byte; size];
        let arrival = Arrival { digest: seal::short_digest(&raw), raw, ..arrival(byte, enrolment) };
        let Stored::Waiting(seq) = ledger.store(vec![], vec![arrival], 1).unwrap()[0] else {
            panic!("it is new")
        };
        seq
    };
    let settle = |seq, fate| ledger.enter(Batch { fates: vec![(seq, fate)], ..Batch::default() });
    let (carrier, other) = (EnrolmentId([77; 16]), EnrolmentId([78; 16]));
    let room = || ledger.lasting_room(carrier).unwrap();
    let held = |carrier| Fate::Held(carrier, "unknown_enrolment".into());
    let before = ledger.changeable(0, 100).unwrap().len();
    let (small, large) = (store(70, 10), store(71, 100_000));
    settle(small, held(carrier)).unwrap();
    settle(large, held(carrier)).unwrap();
    assert_eq!(room(), LASTING_ROOM - LASTING_FLOOR - 100_000);
    assert_eq!(ledger.lasting_room(other).unwrap(), LASTING_ROOM);
    assert_eq!(ledger.changeable(0, 100).unwrap().len(), before, "no rights change it");
    // Judged again, it is nobody else's; judged otherwise, it gives its room back.
    settle(small, held(other)).unwrap();
    settle(small, Fate::Kept(State::Parked, "wrong_signature".into())).unwrap();
    assert_eq!(room(), LASTING_ROOM - LASTING_FLOOR - 100_000);
    settle(large, Fate::Kept(State::Parked, "role_lost".into())).unwrap();
    assert_eq!(room(), LASTING_ROOM - LASTING_FLOOR);
    assert_eq!(ledger.changeable(0, 100).unwrap().len(), before + 1);
    for seq in [small, large] {
        settle(seq, Fate::Entered).unwrap();
    }
    assert_eq!((room(), ledger.lasting_room(other).unwrap()), (LASTING_ROOM, LASTING_ROOM));
    // Whoever found no room for it forgot it: it is not acknowledged as held.
    let gone = store(72, 10);
    settle(gone, Fate::Forgotten).unwrap();
    assert_eq!(settle(gone, held(carrier)), Err(LedgerError::Moved));
}

fn chunks_lie_under_their_addresses(ledger: &dyn Ledger, enrolment: EnrolmentId) {
    let chunk = |byte: u8, size: usize| {
        let bytes = vec![byte; size];
        Chunk { address: Address::of(&bytes), bytes }
    };
    let (one, two, three) = (chunk(1, 100), chunk(2, 200), chunk(3, 300));
    let put = |chunks: &[&Chunk]| {
        ledger.put_chunks(enrolment, chunks.iter().map(|chunk| (*chunk).clone()).collect(), 1).unwrap()
    };
    assert_eq!(put(&[&one, &two, &one]), [true, true, true]);
    assert_eq!(put(&[&two]), [true], "a second time nothing happens");
    let asked = [two.address, three.address, one.address];
    assert_eq!(ledger.holds_chunks(&asked).unwrap(), [true, false, true]);
    assert_eq!(ledger.chunks(&asked, 1_000).unwrap(), [two.bytes.clone(), one.bytes.clone()]);
    assert_eq!(ledger.chunks(&asked, 1).unwrap(), [two.bytes], "one at least");
    assert!(ledger.chunks(&[], 1).unwrap().is_empty());
    // What an entry states does not count against the room, whichever came first.
    ledger.enter(Batch { stated: vec![one.address, three.address], ..Batch::default() }).unwrap();
    ledger.enter(Batch { stated: vec![one.address], ..Batch::default() }).unwrap();
    let large = usize::try_from(UNSTATED_ROOM).unwrap();
    assert_eq!(put(&[&chunk(4, large), &three]), [false, true], "the second one counts still");
    let fits = large - usize::try_from(UNSTATED_FLOOR).unwrap();
    assert_eq!(put(&[&chunk(5, fits), &chunk(6, 1)]), [true, false]);
    assert_eq!(ledger.counts().unwrap().chunks, 4);
}
