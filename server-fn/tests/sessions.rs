//! Counselling sessions on the server: who is handed one, what of it, and that it goes with whom it was held.

mod office;

use api::server::client::Device;
use domain::note::NoteDraft;
use domain::rules::Lists;
use domain::service::Brief;
use domain::service::session::{SessionDraft, attendance, standing};
use domain::{Change, EntryId, Field, Kind, Op, Record, RecordId, Role, SealedNote, Value, note};
use office::*;
use seal::Verdict;
use seal::note::Reader;
use std::collections::BTreeMap;

const SAID: &str = "MarcaDelRelato: no quiere que nadie lo sepa";

/// The classes of the topics that these stories use.
fn lists() -> Lists {
    let row = |code: &str, class: &str| {
        let cells = [("code", code), ("default_sensitivity", class)];
        cells
            .map(|(column, cell)| (column.to_owned(), cell.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>()
    };
    Lists::read(|table| match table {
        "session_types" => {
            vec![row("reception", "restricted"), row("gbv", "need_to_know"), row("group", "public")]
        }
        _ => Vec::new(),
    })
}

fn draft(owner: Option<RecordId>, topics: &[&str]) -> SessionDraft {
    let entry = EntryId::fresh(api::server::now_ms(), api::server::random());
    let mut draft = SessionDraft::new(record_id(), entry, owner, "2026-11-20T09:30".into());
    draft.topics = topics.iter().map(|code| (*code).to_owned()).collect();
    draft.outcomes = vec!["info_given".into()];
    draft.mode = "office".into();
    draft
}

fn change_of(draft: &SessionDraft) -> Change {
    draft.change(&lists(), i64::MAX).unwrap()
}

fn moves(person: RecordId, from: EntryId, to: RecordId) -> Change {
    let op = Op { field: Field::GROUP, value: Value::Ref(to), replaces: vec![from] };
    Change { record: person, kind: Kind::INDIVIDUAL, ops: vec![op] }
}

fn sessions(records: &[Record]) -> Vec<RecordId> {
    records.iter().filter(|record| record.kind == Kind::SESSION).map(|record| record.id).collect()
}

/// A note for one device, sealed as that device would.
fn sealed(device: &Device, draft: &NoteDraft) -> Change {
    let inbox = device.keys.public().unwrap().inbox;
    let reader = Reader { user: device.user, enrolment: device.enrolment, inbox };
    let mut rng = api::server::rng();
    let (key, sealed) = seal::note::seal(&mut rng, draft.record, draft.text.as_bytes()).unwrap();
    let wraps = seal::note::wrap(&mut rng, draft.record, &key, &[reader]).unwrap();
    note::write(draft.record, draft.owner, &draft.topic, &[device.user].into(), sealed, wraps)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_with_the_person_whether_it_was_logged_before_the_move_or_by_who_had_not_heard_of_it()
{
    let server = Server::start().await;
    let meteti = server.device(Role::Caseworker, "meteti").await;
    let panama = server.device(Role::Counsellor, "panama").await;
    let georgetown = server.device(Role::Counsellor, "georgetown").await;
    let from = family(&meteti, "meteti", &["Amina", "Omar"]);
    enter(&meteti, from.changes.clone()).await;
    let [left, person] = [0, 1].map(|at| from.changes[at].record);
    let held = Holder::of(&panama).await;
    let stated = held.get(person).stated(Field::GROUP).next().unwrap().entry;

    // Logged, and corrected, before anybody moves; and one that waits on a tablet with no line.
    let first = draft(Some(person), &["reception"]);
    enter(&panama, vec![change_of(&first)]).await;
    let second = Holder::of(&panama).await.get(first.record).clone();
    let today = domain::rules::days::day_of_text("2026-11-22").unwrap();
    let corrected = SessionDraft::amending(
        &second,
        record_id(),
        EntryId::fresh(api::server::now_ms(), api::server::random()),
        today,
    )
    .unwrap();
    enter(&panama, vec![change_of(&corrected)]).await;
    let late = change_of(&draft(Some(person), &["reception"]));

    // To another group of the same office: the one who had not heard of it is taken in all the same.
    let other = register(&meteti, "meteti", &["Leila"]).await[0];
    enter(&meteti, vec![moves(person, stated, other)]).await;
    assert_eq!(state(&panama, vec![late.clone()]).await.0, Verdict::Accepted);
    let colleague = Holder::of(&panama).await;
    let with_them: Vec<RecordId> = sessions(&colleague.held.values().cloned().collect::<Vec<_>>());
    assert_eq!(with_them.len(), 3);
    for id in &with_them {
        assert_eq!(colleague.get(*id).value(Field::OWNER), Some(&Value::Ref(person)));
    }
    assert_eq!(colleague.get(person).value(Field::GROUP), Some(&Value::Ref(other)));

    // To another country: all three go along, and nothing of them stays.
    let far = register(&georgetown, "georgetown", &["Shanta"]).await[0];
    let stated = colleague.get(person).stated(Field::GROUP).next().unwrap().entry;
    enter(&meteti, vec![moves(person, stated, far)]).await;
    let there = Holder::of(&georgetown).await;
    let mut gone = sessions(&there.held.values().cloned().collect::<Vec<_>>());
    gone.sort_unstable();
    let mut all = with_them;
    all.sort_unstable();
    assert_eq!(gone, all);
    let briefs: Vec<Brief> = there.held.values().filter_map(Brief::of).collect();
    assert_eq!(standing(&briefs).len(), 2);
    let here = Holder::of(&panama).await;
    assert!(sessions(&here.held.values().cloned().collect::<Vec<_>>()).is_empty());
    assert!(here.held.contains_key(&left));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_session_reaches_the_whole_office_and_nobody_elsewhere_and_comes_once() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "panama").await;
    let supervisor = server.device(Role::Supervisor, "meteti").await;
    let far = server.device(Role::Counsellor, "georgetown").await;
    let others = server.device_of(Role::Counsellor, "panama", "HIAS").await;
    let people = register(&counsellor, "panama", &["Amina", "Omar"]).await;
    let mut draft = draft(None, &["group"]);
    draft.people = people[1..3].to_vec();
    draft.heads = "7".into();
    let envelope = counsellor.seal(&entry(&counsellor, vec![change_of(&draft)])).unwrap();
    for wanted in [Verdict::Accepted, Verdict::AlreadyHere] {
        let receipts = counsellor.deliver(vec![envelope.clone()]).await.unwrap();
        assert_eq!(receipts.items[0].verdict, wanted);
    }
    let held = Holder::of(&supervisor).await;
    let briefs: Vec<Brief> = held.held.values().filter_map(Brief::of).collect();
    assert_eq!(briefs.len(), 1);
    assert_eq!((briefs[0].owner, attendance(&briefs[0]), briefs[0].by), (None, 9, Some(counsellor.user)));
    for device in [&far, &others] {
        assert!(sessions(&all_records(device).await).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_session_with_a_narrative_a_caseworker_is_handed_the_session_and_nothing_of_the_narrative() {
    let server = Server::start().await;
    let counsellor = server.device(Role::Counsellor, "panama").await;
    let caseworker = server.device(Role::Caseworker, "panama").await;
    let supervisor = server.device(Role::Supervisor, "panama").await;
    let person = register(&counsellor, "panama", &["Amina"]).await[1];
    let mut told = draft(Some(person), &["reception"]);
    told.narrative = Some(NoteDraft { text: SAID.into(), ..NoteDraft::new(person, record_id(), told.entry) });
    let note = told.note().unwrap();
    // Both in one entry: they arrive together, or not at all.
    enter(&counsellor, vec![sealed(&counsellor, &note), change_of(&told)]).await;
    let theirs = Holder::of(&caseworker).await;
    assert!(theirs.held.contains_key(&told.record) && !theirs.held.contains_key(&note.record));
    assert!(!theirs.says(b"MarcaDelRelato"));
    let mine = Holder::of(&counsellor).await;
    let record = mine.get(note.record);
    let held = SealedNote::of(record).unwrap();
    assert_eq!((held.owner(), held.topic()), (Some(person), Some("counselling")));
    // Who supervises learns that there is one, and not what it says or is about.
    let stub = Holder::of(&supervisor).await;
    assert!(stub.get(note.record).stated(Field::NOTE_SEALED).next().is_none());

    // What only few need to know reaches the caseworker as a session of which nothing is told, or not at all.
    let reserved = draft(Some(person), &["reception", "gbv"]);
    enter(&counsellor, vec![change_of(&reserved)]).await;
    let theirs = Holder::of(&caseworker).await;
    if let Some(record) = theirs.held.get(&reserved.record) {
        assert!(domain::sight::is_stub(record));
    }
    assert!(!theirs.says(b"gbv"));
    assert_eq!(
        Holder::of(&counsellor).await.get(reserved.record).value(Field::SESSION_TYPE),
        Some(&Value::text("gbv"))
    );
}
